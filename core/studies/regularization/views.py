"""The documents of the Regularization page's views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.datasets import Dataset
from core.datasets.own import OWN, brought_data
from core.parameters import choice, choices, integer, part, real
from core.studies.regularization import remedies, sweep
from core.studies.regularization.norm_balls import BALLS
from core.views import VIEWS, View, first_column

_ENDS = {name: (problem.low, problem.high) for name, problem in sweep.PROBLEMS.items()}


def _marked(low: float, high: float) -> Any:
    """Declare the strength that is marked on a data set, among those from `low` to `high`. 0 means the best strength of L1, which only the training finds."""
    return real(
        0.0, low, high, stops=sweep.strengths(low, high), hard="[0, 10]", symbol=r"\lambda", label="Strength",
        doc="Where the full rule stands in all charts. It opens at the lowest validation loss of L1.",
    )  # fmt: skip


@VIEWS.add("regularization.strength")
@dataclass(frozen=True)
class Strength(View):
    """Strength of penalties: the data, the mixture of the elastic net, and for each data set the strength that is marked in all charts."""

    data: str = choice(
        sweep.OPENING, {"made": "Known coefficients", "diabetes": "Diabetes", "digits": "Digits", OWN: "Own data"},
        doc="""**Known coefficients**: 60 training rows, 40 features, of which only 5 matter: a model of so many weights fits the noise.
**Diabetes**: 40 training rows, 10 features, some of which say nearly the same.
**Digits**: 109 training rows, 64 pixels, 10 classes: 640 weights.
**Own data**: all rows, or as many as take seconds.""",
    )  # fmt: skip
    l1_ratio: float = real(
        sweep.OPENING_L1_RATIO, 0.1, 0.9, hard="[0.01, 0.99]", step=0.1, symbol=r"\rho", label="Elastic net: share of L1",
        doc="Of the elastic net, how much is L1: 1 is L1, 0 is L2.",
    )  # fmt: skip
    made_strength: float = _marked(*_ENDS["made"])
    diabetes_strength: float = _marked(*_ENDS["diabetes"])
    digits_strength: float = _marked(*_ENDS["digits"])
    own_strength: float = _marked(*sweep.OWN_ENDS)
    own: Dataset | None = brought_data()
    folded_out: tuple[str, ...] = choices((), ("look",), doc="What is folded out.")
    first_column: int = first_column()


@VIEWS.add("regularization.remedies")
@dataclass(frozen=True)
class RemediesView(View):
    """Remedies beside each other: what the networks are trained with, and the epoch and the layer whose weights are shown."""

    trained: remedies.Remedies = part(remedies.Remedies(), doc="The rows, and how strong each remedy is.")
    layer: int = integer(0, 0, 1, hard="[0, 1]", doc="Layers from the input on; the last one leads to the outputs.")
    epoch: int = integer(remedies.EPOCHS, 0, remedies.EPOCHS, hard=f"[0, {remedies.EPOCHS}]", doc="Parameters are kept at about 24 epochs.")
    folded_out: tuple[str, ...] = choices((), ("remedies", "look"), doc="What is folded out.")
    first_column: int = first_column()


@VIEWS.add("regularization.balls")
@dataclass(frozen=True)
class Balls(View):
    """Norm balls: the bowl of two coefficients, and the budget of the penalties."""

    budget: int = integer(
        50, 5, 100, step=5, hard="[1, 100]", pattern="{:g}%", doc="How large the penalty may be, in parts of what it is at least squares."
    )
    correlation: float = real(0.0, -0.9, 0.9, hard="[-0.99, 0.99]", step=0.1, doc="Of the two features. Correlated features make long, slanted rings.")
    second: float = real(0.3, -1.0, 1.0, hard="[-10, 10]", step=0.1, label="Second coefficient", doc="Of least squares; the first is 1.")
    l1_ratio: float = real(
        BALLS["elastic_net"], 0.1, 0.9, hard="[0.01, 0.99]", step=0.1, symbol=r"\rho", label="Share of L1", doc="Of the elastic net, how much is L1."
    )


@VIEWS.add("regularization.fit")
@dataclass(frozen=True)
class Fit(View):
    """Under- and overfitting: the data, how many rows of them there are, and how much is wrong with these."""

    data: str = choice("curve", {"curve": "A curve", "digits": "Digits", OWN: "Own data"}, doc="What the models of growing size are trained on.")
    rows: int = integer(
        20, 15, 150, stops=(15, 20, 50, 150), hard="[10, 500]", label="Training rows",
        doc="Rows of the curve that train. The loss on validation is that on the same 400 other rows, however many train.",
    )  # fmt: skip
    noise: float = real(
        0.5, 0.1, 0.5, stops=(0.1, 0.2, 0.3, 0.5), hard="[0, 2]", doc="Standard deviation of what is added to the sine, whose height is 1."
    )
    training_share: float = real(
        0.1, 0.05, 0.5, stops=(0.05, 0.1, 0.5), pattern="{:.0%}", hard="[0.05, 1]", label="Training rows", doc="Share of digits’ 1,079 training rows."
    )
    wrong_labels: float = real(
        0.0, 0.0, 0.2, stops=(0.0, 0.2), pattern="{:.0%}", hard="[0, 0.5]", doc="Share of those rows that are given another class. Validation stays right."
    )

    own_share: float = real(
        0.25, 0.1, 1.0, stops=(0.1, 0.25, 0.5, 1.0), pattern="{:.0%}", hard="[0.05, 1]", label="Training rows", doc="Share of your training rows."
    )
    own: Dataset | None = brought_data()
    folded_out: tuple[str, ...] = choices((), ("look",), doc="What is folded out.")
    first_column: int = first_column()

    def active(self) -> tuple[str, ...]:
        """Return the names of the fields that have an effect on these data."""
        return {"curve": ("data", "rows", "noise"), "digits": ("data", "training_share", "wrong_labels"), OWN: ("data", "own_share")}[self.data]


@VIEWS.add("regularization.decay")
@dataclass(frozen=True)
class Decay(View):
    """Decay in Adam: the strength of the decay, and how long the weights of known gradients are followed."""

    strength: float = real(
        0.1, 0.003, 1.0, hard="[0.0001, 10]", stops=(0.003, 0.01, 0.03, 0.1, 0.3, 1.0), symbol=r"\lambda", doc="Of both forms of decay, in both charts."
    )
    updates: int = integer(1000, 100, 2000, hard="[1, 5000]", stops=(100, 200, 500, 1000, 2000), doc="How many updates the weights on the left get.")

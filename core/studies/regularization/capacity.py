"""Under- and overfitting: models of growing size on the same few rows. They differ in the model, so each is an experiment of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.datasets import DATASETS
from core.datasets.regression import Sine
from core.experiment import Experiment, Run
from core.losses import LOSSES
from core.models import MLP, Linear, Model
from core.optimizers import OPTIMIZERS
from core.preparation.corruption import Corruption
from core.training.results import Result

#: models by what they are called, the smallest first
ON_A_CURVE: dict[str, Model] = {
    "straight line": Linear(),
    "4 units": MLP(hidden=(4,), activation="tanh"),
    "64 units": MLP(hidden=(64,), activation="tanh"),
    "128 + 128 units": MLP(hidden=(128, 128), activation="tanh"),
}
ON_DIGITS: dict[str, Model] = {"linear": Linear(), "4 units": MLP(hidden=(4,)), "16 units": MLP(hidden=(16,)), "256 units": MLP(hidden=(256,))}
#: a validation loss this much above the lowest counts as higher
_CLEARLY = 1.1


def on_a_curve(rows: int, noise: float) -> tuple[Experiment, ...]:
    """Return the experiments on a noisy sine, of which half of the rows train, all at once."""
    run = Run(loss=LOSSES["squared_error"](), optimizer=OPTIMIZERS["adam"](), learning_rate=0.02)
    first = Experiment(dataset=Sine(rows=rows, noise=noise), model=Linear(), runs=(run,), epochs=800, batch_size=0, validation_share=0.4, test_share=0.1)
    return tuple(replace(first, model=model) for model in ON_A_CURVE.values())


def on_digits(training_share: float, wrong_labels: float) -> tuple[Experiment, ...]:
    """Return the experiments on a share of digits' training rows, some of them with wrong labels."""
    run = Run(loss=LOSSES["cross_entropy"](), optimizer=OPTIMIZERS["adam"](), learning_rate=5e-3)
    rows = Corruption(training_share=training_share, wrong_labels=wrong_labels)
    first = Experiment(dataset=DATASETS["digits"](), model=Linear(), runs=(run,), epochs=60, seeds=3, corruption=rows)
    return tuple(replace(first, model=model) for model in ON_DIGITS.values())


@dataclass(frozen=True)
class Fit:
    """The loss of one model at the end, mean over seeds, on training and validation rows, and the lowest that the validation loss has been."""

    train: float
    validation: float
    lowest: float


def fit(result: Result) -> Fit:
    """Return the fit of an experiment's only run."""
    train, validation = (result.values("loss", split)[..., 0].mean(axis=1) for split in ("train", "validation"))
    return Fit(float(train[-1]), float(validation[-1]), float(validation.min()))


def verdicts(fits: Sequence[Fit]) -> list[str]:
    """Return for each model, the smallest first: `best here` if its validation loss is not clearly above the lowest, else `underfits` or `overfits`.

    A model underfits if its training loss is still above the lowest validation loss of all: then it is not the rows that are too few. Else it overfits.
    """
    lowest = min(each.validation for each in fits)
    return ["best here" if each.validation <= _CLEARLY * lowest else "underfits" if each.train > lowest else "overfits" for each in fits]

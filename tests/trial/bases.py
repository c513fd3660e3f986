"""The sixteen kinds of experiments of the trial, drawn from a seed, and the grid of runs around each that says which of them are sane."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.datasets import DATASETS
from core.experiment import Experiment, Run
from core.losses import LOSSES
from core.models import MODELS, Model
from core.optimizers import OPTIMIZERS
from core.preparation.corruption import Corruption
from core.tasks import CLASSIFICATION

#: the optimizers and the learning rates of a grid
OPTIMIZERS_TRIED = ("sgd", "momentum", "adam", "rmsprop")
LADDER = (1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


@dataclass(frozen=True)
class Kind:
    """A kind of experiment: the parameters of its data set that are drawn from a range, the hidden layers to draw from (() is linear), and the rest."""

    dataset: str
    drawn: dict[str, tuple[float, float]]
    hidden: tuple[tuple[int, ...], ...]
    activation: str = "relu"
    loss: str = ""
    fixed: dict[str, Any] | None = None
    share: tuple[float, float] = (1.0, 1.0)
    shares: tuple[float, float] = (0.2, 0.5)


_ROWS = {"rows": (500, 900)}
#: A large part of the rows is for the test, because the judge sees nothing else.
KINDS = (
    Kind("moons", {**_ROWS, "noise": (0.15, 0.3)}, ((16,), (32,))),
    Kind("circles", {**_ROWS, "noise": (0.08, 0.15)}, ((16,), (32,))),
    Kind("xor", {**_ROWS, "noise": (0.08, 0.25)}, ((16,), (32,))),
    Kind("blobs", {**_ROWS, "spread": (1.5, 3.0), "classes": (3, 5)}, ((), (16,))),
    Kind("spirals", {"rows": (800, 1200), "noise": (0.02, 0.06)}, ((32, 32), (64, 64))),
    Kind("digits", {}, ((), (32,), (64,)), share=(0.3, 0.8), shares=(0.2, 0.4)),
    Kind("wine", {}, ((), (16,)), shares=(0.2, 0.4)),
    Kind("iris", {}, ((), (16,)), shares=(0.2, 0.4)),
    Kind("breast_cancer", {}, ((), (16,)), shares=(0.2, 0.4)),
    Kind("line", {**_ROWS, "noise": (0.3, 1.5)}, ((),)),
    Kind("sine", {**_ROWS, "noise": (0.1, 0.3)}, ((32,), (64,)), activation="tanh"),
    Kind("friedman1", {**_ROWS, "noise": (0.5, 2.0)}, ((32,), (64,))),
    Kind("make_regression", {**_ROWS, "noise": (10.0, 50.0)}, ((),)),
    Kind("diabetes", {}, ((), (16,)), shares=(0.2, 0.4)),
    Kind("counts", {**_ROWS, "slope": (1.0, 2.5)}, ((), (16,)), loss="poisson"),
    Kind("costs", {**_ROWS, "slope": (1.0, 2.5), "dispersion": (0.2, 0.6)}, ((), (16,)), loss="gamma"),
)


def base(kind: Kind, rng: np.random.Generator) -> Experiment:
    """Return an experiment of a kind, with a run that is not tuned yet."""
    values: dict[str, Any] = dict(kind.fixed or {})
    for name, (low, high) in kind.drawn.items():
        whole = name in ("rows", "classes")
        values[name] = int(rng.integers(int(low), int(high) + 1)) if whole else round(float(rng.uniform(low, high)), 3)
    if kind.drawn:
        values["seed"] = int(rng.integers(1000))
    dataset = DATASETS[kind.dataset].from_dict(values)
    hidden = kind.hidden[rng.integers(len(kind.hidden))]
    loss = kind.loss or ("cross_entropy" if dataset.task == CLASSIFICATION else "squared_error")
    return Experiment(
        dataset=dataset, model=network(hidden, kind.activation), runs=(Run(loss=LOSSES[loss](), optimizer=OPTIMIZERS["adam"](), learning_rate=0.01),),
        epochs=int(rng.choice((20, 30, 40, 60))), batch_size=int(rng.choice((16, 32, 32, 64))), validation_share=kind.shares[0], test_share=kind.shares[1],
        corruption=Corruption(training_share=round(float(rng.uniform(*kind.share)), 2)),
    )  # fmt: skip


def network(hidden: tuple[int, ...], activation: str = "relu") -> Model:
    """Return the network with these hidden layers; the linear model without any."""
    return MODELS["mlp"].from_dict({"hidden": list(hidden), "activation": activation}) if hidden else MODELS["linear"]()


def wider(model: Model) -> Model:
    """Return a model with twice the units, or with 32 units instead of none."""
    return network(tuple(2 * width for width in model.widths), model.nonlinearity) if model.widths else network((32,))


def grid(experiment: Experiment) -> list[Experiment]:
    """Return the experiment with each optimizer at each rate, and with a wider model under Adam at each rate."""
    plain = experiment.runs[0]
    runs = [
        replace(plain, optimizer=OPTIMIZERS[optimizer](), learning_rate=rate) for optimizer in OPTIMIZERS_TRIED for rate in LADDER
    ]  # fmt: skip
    wide = [replace(run, model=wider(experiment.model)) for run in runs if run.optimizer.kind == "adam"]
    return [replace(experiment, runs=(run,)) for run in (*runs, *wide)]

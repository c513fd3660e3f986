"""Penalty sweeps: one experiment whose runs differ in the strength of a penalty alone, and what becomes of a linear model along it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import DATASETS, Dataset
from core.datasets.regression import MakeRegression
from core.experiment import Experiment, Run
from core.losses import LOSSES
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.penalties import PENALTIES, Penalty
from core.preparation.corruption import Corruption
from core.tasks import IDENTITY
from core.training.results import Result

Array = NDArray[Any]

#: steps of a sweep, evenly spaced in the logarithm of the strength
POINTS = 40
#: penalties that are swept beside each other, those with a kink by their proximal step, which makes exact zeros
SWEPT = ("l1_proximal", "l2", "elastic_net_proximal")


@dataclass(frozen=True)
class Problem:
    """A linear model on data where penalties matter, and a training that comes close to the minimum at every strength from `low` to `high`.

    Plain gradient descent on all rows at once: each update is then one of ISTA. With momentum the velocity grows to 1 / (1 - β) gradients
    while the proximal step stays, so the penalty would count (1 - β) times; with noisy batches weights would leave their exact zeros.
    """

    dataset: Dataset
    loss: str
    low: float
    high: float
    learning_rate: float
    epochs: int
    training_share: float = 1.0

    def strengths(self) -> tuple[float, ...]:
        """Return the strengths of the sweep, ascending, to three digits."""
        return tuple(float(f"{strength:.3g}") for strength in np.geomspace(self.low, self.high, POINTS))

    def run(self, penalty: Penalty) -> Run:
        """Return the run that minimises the problem's loss with a penalty."""
        return Run(loss=LOSSES[self.loss](), optimizer=OPTIMIZERS["sgd"](), learning_rate=self.learning_rate, penalty=penalty)

    def experiment(self, *penalties: Penalty) -> Experiment:
        """Return the experiment of these penalties."""
        return Experiment(
            dataset=self.dataset, model=MODELS["linear"](), runs=tuple(map(self.run, penalties)), epochs=self.epochs, batch_size=0,
            corruption=Corruption(training_share=self.training_share),
        )  # fmt: skip

    def sweep(self, kind: str, l1_ratio: float) -> Experiment:
        """Return the experiment that sweeps the strength of one penalty; `l1_ratio` is for those that have one."""
        return self.experiment(*(penalty(kind, strength, l1_ratio) for strength in self.strengths()))


#: of the real data a small share of the training rows: with all of them there is next to no overfitting to prevent
PROBLEMS = {
    "made": Problem(MakeRegression(rows=100, columns=40, informative=5, noise=50.0), "squared_error", 1e-3, 3.0, 0.2, 500),
    "diabetes": Problem(DATASETS["diabetes"](), "squared_error", 1e-3, 3.0, 0.15, 1000, training_share=0.15),
    "digits": Problem(DATASETS["digits"](), "cross_entropy", 1e-4, 1.0, 0.5, 100, training_share=0.1),
}
#: the problem and the share of L1 that a comparison begins with
OPENING, OPENING_L1_RATIO = "made", 0.5


def penalty(kind: str, strength: float, l1_ratio: float) -> Penalty:
    """Return a penalty of this kind; strength and `l1_ratio` are for those that have them."""
    chosen = PENALTIES[kind]
    values = {"strength": strength, "l1_ratio": l1_ratio}
    return chosen(**{name: value for name, value in values.items() if name in chosen.parameters()})


@dataclass(frozen=True, eq=False)
class Path:
    """What a sweep came to: `coefficients` (R, D, K) of standardised features at R ascending `strengths`, the losses of both splits, the share of zeros.

    Losses are without the penalty; `best` is the position of the lowest validation loss.
    """

    strengths: Array
    coefficients: Array
    train: Array
    validation: Array
    zeros: Array
    best: int

    @property
    def at_an_end(self) -> bool:
        """Whether the lowest validation loss is that of the weakest or of the strongest penalty: then the sweep shows no U."""
        return self.best in (0, len(self.strengths) - 1)


def path(result: Result) -> Path:
    """Return the path of a sweep, at its last epoch."""
    features, outputs = result.data.X.shape[1], len(result.data.outputs)
    weights = result.snapshots[max(result.snapshots)][:, : features * outputs]
    validation = result.values("loss")[-1, 0]
    return Path(
        strengths=np.array([run.penalty.to_dict()["strength"] for run in result.experiment.runs]),
        coefficients=weights.reshape(len(weights), features, outputs),
        train=result.values("loss", "train")[-1, 0],
        validation=validation,
        zeros=(weights == 0).mean(axis=1),
        best=int(np.nanargmin(validation)),
    )


def truth(result: Result) -> Array | None:
    """Return the true coefficients (D,) of made data with one output, in the units of a path's; None where nobody knows them."""
    dataset, data = result.experiment.dataset, result.data
    if not isinstance(dataset, MakeRegression):
        return None
    return dataset.coefficients()[:, 0] * data.feature_scale / data.targets[IDENTITY].unit[0]


def leading(paths: Sequence[Path], most: int) -> list[int]:
    """Return the features (at most `most`) that the strongest penalties of the first path leave over, the last one to go first: those that a drawing names."""
    sizes = np.abs(paths[0].coefficients[..., 0])
    order = np.lexsort((-sizes[0], -(sizes > 0).sum(axis=0)))
    return [int(i) for i in order[:most]]


def experiments(data: str = OPENING, l1_ratio: float = OPENING_L1_RATIO) -> list[Experiment]:
    """Return a sweep of each penalty of `SWEPT` on one of the `PROBLEMS`."""
    return [PROBLEMS[data].sweep(kind, l1_ratio) for kind in SWEPT]

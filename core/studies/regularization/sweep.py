"""Penalty sweeps: experiments whose runs differ only in the strength of a penalty, and the coefficients and losses of a linear model at each strength."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import DATASETS, Dataset, Table
from core.datasets.regression import MakeRegression
from core.experiment import Experiment, Run
from core.inspection.resampled import LAST, resampled
from core.losses import LOSSES
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.penalties import PENALTIES, Penalty
from core.preparation.corruption import Corruption
from core.preparation.split import prepare
from core.tasks import CLASSIFICATION, IDENTITY
from core.training.results import Result

Array = NDArray[Any]

#: strengths of a sweep, evenly spaced in their logarithm
POINTS = 40
#: The penalties that are compared, each in a sweep of its own. Those with L1 are the proximal ones, whose step makes exact zeros.
SWEPT = ("l1_proximal", "l2", "elastic_net_proximal")


@dataclass(frozen=True)
class Problem:
    """A linear model on data where penalties matter, and the settings of its training.

    The training comes close to the minimum at every strength from `low` to `high`.
    It is plain gradient descent on all rows at once, so each update is an update of ISTA.
    Momentum would scale the gradient by 1 / (1 - β) but not the proximal step, so the penalty would count only (1 - β) times.
    Noisy batches would move weights away from their exact zeros.
    """

    dataset: Dataset
    loss: str
    low: float
    high: float
    learning_rate: float
    epochs: int
    training_share: float = 1.0
    #: the share of the rows for validation, and that for test
    held_out: float = 0.2

    def strengths(self) -> tuple[float, ...]:
        """Return the strengths of the sweep, ascending."""
        return strengths(self.low, self.high)

    def run(self, penalty: Penalty) -> Run:
        """Return the run that minimises the problem's loss with a penalty."""
        return Run(loss=LOSSES[self.loss](), optimizer=OPTIMIZERS["sgd"](), learning_rate=self.learning_rate, penalty=penalty)

    def experiment(self, *penalties: Penalty) -> Experiment:
        """Return the experiment with one run per penalty."""
        return Experiment(
            dataset=self.dataset, model=MODELS["linear"](), runs=tuple(map(self.run, penalties)), epochs=self.epochs, batch_size=0,
            validation_share=self.held_out, test_share=self.held_out, corruption=Corruption(training_share=self.training_share),
        )  # fmt: skip

    def sweep(self, kind: str, l1_ratio: float) -> Experiment:
        """Return the experiment that sweeps the strength of a penalty. Penalties without `l1_ratio` ignore it."""
        return self.experiment(*(penalty(kind, strength, l1_ratio) for strength in self.strengths()))


#: the ends of a sweep on own data
OWN_ENDS = 1e-4, 3.0
#: epochs of a sweep on own data, and multiplications of a weight with a row in all sweeps together: about ten seconds of one processor
_OWN_EPOCHS, _OWN_WORK = 500, 10_000_000_000
#: what the metrics of a row cost, in multiplications
_METRICS = 20
#: however many features there are, so many rows are used if there are as many
_FEWEST_ROWS = 400
#: so many rows of the rarest class are held out, if there are as many
_FEWEST_OF_CLASS = 5
#: the largest curvature of a loss, of a score
_CURVATURE = {"squared_error": 2.0, "cross_entropy": 0.5}
#: The real data sets train on a small share of their training rows. With all rows there would be hardly any overfitting to prevent.
PROBLEMS = {
    "made": Problem(MakeRegression(rows=100, columns=40, informative=5, noise=50.0), "squared_error", 1e-3, 3.0, 0.2, 500),
    "diabetes": Problem(DATASETS["diabetes"](), "squared_error", 1e-3, 3.0, 0.15, 1000, training_share=0.15),
    "digits": Problem(DATASETS["digits"](), "cross_entropy", 1e-4, 1.0, 0.5, 100, training_share=0.1),
}
#: the problem and the share of L1 that the page shows at first
OPENING, OPENING_L1_RATIO = "made", 0.5


def strengths(low: float, high: float) -> tuple[float, ...]:
    """Return the strengths of a sweep, ascending, evenly spaced in their logarithm, rounded to three significant digits."""
    return tuple(float(f"{strength:.3g}") for strength in np.geomspace(low, high, POINTS))


def own_problem(own: Dataset, table: Table) -> Problem:
    """Return the problem of a table that was brought: squared error, or cross-entropy for classes.

    Of many rows a random part is used, split in the same shares, so that the sweeps take seconds; of classes as many as leave the rarest one some rows in
    each split. The learning rate is 1 / L, L being the largest curvature of loss and strongest penalty together: at most that of the loss times the largest
    eigenvalue of the features' second moments, plus the strength. So plain gradient descent gets closer with every update, at any strength.
    Source: Nesterov, Introductory Lectures on Convex Optimization, theorem 2.1.14, 2004.
    Raises `ValueError` for a table that cannot be split.
    """
    loss, (low, high) = "cross_entropy" if own.task == CLASSIFICATION else "squared_error", OWN_ENDS
    rows, of_a_row = len(table.X), table.X.shape[1] * len(table.outputs) + _METRICS
    part = max(_FEWEST_ROWS, _OWN_WORK / (len(SWEPT) * POINTS * _OWN_EPOCHS * of_a_row)) / rows
    if own.task == CLASSIFICATION:
        part = max(part, _FEWEST_OF_CLASS / (Problem.held_out * max(1, int(np.bincount(table.y).min()))))
    part = min(1.0, part)
    held_out = part * Problem.held_out
    trained = (part - 2 * held_out) / (1 - 2 * held_out)  # of the rows that are not held out
    problem = Problem(own, loss, low, high, 1.0, _OWN_EPOCHS, training_share=trained, held_out=held_out)
    data = prepare(table, own.task, replace(problem.experiment(penalty("none", 0, 0)).preparation, dtype="float64"))
    X = data.X[: data.n_train]
    largest = max(1.0, float(np.linalg.eigvalsh(X.T @ X / len(X))[-1]))  # the bias alone has 1
    return replace(problem, learning_rate=float(f"{1 / (_CURVATURE[loss] * largest + high):.2g}"))


def penalty(kind: str, strength: float, l1_ratio: float) -> Penalty:
    """Return a penalty of this kind. A kind without `strength` or `l1_ratio` ignores it."""
    penalty_class = PENALTIES[kind]
    values = {"strength": strength, "l1_ratio": l1_ratio}
    return penalty_class(**{name: value for name, value in values.items() if name in penalty_class.parameters()})


@dataclass(frozen=True, eq=False)
class Path:
    """The model at each of the R strengths of a sweep.

    `strengths` (R,): ascending.
    `coefficients` (R, D, K): of D standardised features and K outputs.
    `train` (R,), `validation` (R,): the losses of both splits, without the penalty.
    `zeros` (R,): the share of coefficients that are exactly 0.
    `best`: the position of the lowest validation loss.
    `alike`: the weakest and the strongest strength whose validation loss is within one standard error of the lowest: the validation rows cannot tell more
    (Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984; Hastie, Tibshirani and Friedman, 2009, section 7.10).
    """

    strengths: Array
    coefficients: Array
    train: Array
    validation: Array
    zeros: Array
    best: int
    alike: tuple[float, float]

    @property
    def at_an_end(self) -> bool:
        """Whether the weakest or the strongest penalty has the lowest validation loss. The curve of the validation loss is then no U."""
        return self.best in (0, len(self.strengths) - 1)


def path(result: Result) -> Path:
    """Return the path of a sweep at the last epoch of its result, from seed 0."""
    features, outputs = result.data.X.shape[1], len(result.data.outputs)
    weights = result.snapshots[max(result.snapshots)][:, : features * outputs]
    validation = result.values("loss")[-1, 0]
    best = int(np.nanargmin(validation))
    strengths = np.array([run.penalty.to_dict()["strength"] for run in result.experiment.runs])
    near = strengths[validation <= validation[best] + resampled(result.alone(best), "loss", LAST).std(ddof=1)]
    return Path(
        strengths=strengths,
        coefficients=weights.reshape(len(weights), features, outputs),
        train=result.values("loss", "train")[-1, 0],
        validation=validation,
        zeros=(weights == 0).mean(axis=1),
        best=best,
        alike=(float(near[0]), float(near[-1])),
    )


def truth(result: Result) -> Array | None:
    """Return the true coefficients (D,) of the first output, in the units of `Path.coefficients`; None unless the data were made by `MakeRegression`."""
    dataset, data = result.experiment.dataset, result.data
    if not isinstance(dataset, MakeRegression):
        return None
    return dataset.coefficients()[:, 0] * data.feature_scale / data.targets[IDENTITY].unit[0]


def most_persistent(path: Path, most: int) -> list[int]:
    """Return at most `most` features, in order of the number of strengths at which their coefficient is not 0, the largest number first.

    Ties are in order of the coefficient's size at the weakest penalty. Only the first output counts.
    """
    sizes = np.abs(path.coefficients[..., 0])
    order = np.lexsort((-sizes[0], -(sizes > 0).sum(axis=0)))
    return [int(i) for i in order[:most]]


def experiments(problem: Problem | None = None, l1_ratio: float = OPENING_L1_RATIO) -> list[Experiment]:
    """Return one sweep of a problem for each penalty of `SWEPT`; without a problem, of the one that the page shows at first."""
    return [(problem or PROBLEMS[OPENING]).sweep(kind, l1_ratio) for kind in SWEPT]

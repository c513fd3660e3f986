"""What single rows are to each run at one epoch: their loss, pull and prediction, and which of them stand out.

`samples_at` gives the numbers; `hardest`, `surely_wrong` and `disputed` give orders of them.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from core.inspection.pictures import alive, scores_at
from core.losses import Loss
from core.tasks import CLASSIFICATION
from core.training.results import Result
from core.training.stack import RunStack

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Samples:
    """What the B rows of a split are to R runs, at the models of seed 0 of one epoch.

    `rows` (B,) are places in `Data`, of which `damaged` (B,) have a target that is not what the table says. `truth` (B,) and `predicted` (R, B) are
    class numbers, or one output's targets in original units. `probability` (R, B) is that of the predicted class, NaN where the loss defines none;
    `lead` (R, B) is how far its score is above the next one. Both are NaN for a regression.
    `loss` (R, B) is each run's own, over all outputs and without a weight. `pull` (R, B) is the length of the loss's gradient by the scores, times the row's
    weight: class weight x sample weight x how often it is drawn, `weight` (R, B). Of runs that had diverged, those without `alive` (R,), floats are NaN
    and classes -1.
    """

    rows: Array
    damaged: Array
    truth: Array
    predicted: Array
    probability: Array
    lead: Array
    loss: Array
    weight: Array
    pull: Array
    alive: Array

    @property
    def classes(self) -> bool:
        """Whether classes are predicted, not numbers."""
        return bool(np.issubdtype(self.truth.dtype, np.integer))

    @property
    def wrong(self) -> Array:
        """Which classes are predicted wrongly, (R, B)."""
        return self.alive[:, None] & (self.predicted != self.truth)

    @property
    def error(self) -> Array:
        """The residuals of a regression, predicted - true in original units, (R, B)."""
        return self.predicted - self.truth

    @property
    def confidence(self) -> Array:
        """How sure each run is of its predicted class, (R, B): its probability, or the lead of its score where the loss defines none."""
        return np.where(np.isnan(self.probability), self.lead, self.probability)


def samples_at(result: Result, epoch: int, split: str, output: int = 0) -> Samples:
    """Return what the rows of a split are to each run at a snapshot's epoch; `output` is the predicted one of a regression of several.

    Scores are those of the training's precision; what is computed from them is float64, so that probabilities near 1 can be told apart.
    """
    data, runs = result.data, result.experiment.runs
    rows, known = data.split(split), alive(result, epoch)
    scores = scores_at(result, epoch, data.X[rows]).astype(float)
    weight = RunStack(runs, result.experiment.model, data, result.experiment.dtype).row_weights(data, rows).astype(float)
    classes = data.task == CLASSIFICATION
    shape = scores.shape[:-1]
    predicted = np.full(shape, -1) if classes else np.full(shape, np.nan)
    probability, lead, loss, pull = (np.full(shape, np.nan) for _ in range(4))
    for r in np.flatnonzero(known):
        own = loss_at(result, int(r), epoch)
        targets = data.targets[own.link]
        with np.errstate(all="ignore"):
            loss[r] = own.value(scores[r], targets.values[rows])
            pull[r] = weight[r] * np.linalg.norm(own.gradient(scores[r], targets.values[rows]), axis=-1)
            if classes:
                predicted[r] = scores[r].argmax(axis=-1)
                next_best, best = np.partition(scores[r], -2, axis=-1)[:, -2:].T
                lead[r] = best - next_best
                probabilities = own.probabilities(scores[r])
                if probabilities is not None:
                    probability[r] = np.take_along_axis(probabilities, predicted[r][:, None], axis=-1)[:, 0]
            else:
                predicted[r] = targets.original(own.predict(scores[r]))[:, output]
    truth = data.truth[rows] if classes else data.truth[rows, output]
    places = np.arange(rows.start, rows.stop)
    return Samples(places, data.damaged[rows], truth, predicted, probability, lead, loss, np.where(known[:, None], weight, np.nan), pull, known)


def loss_at(result: Result, run: int, epoch: int) -> Loss:
    """Return a run's loss at a snapshot's epoch: with the hyperparameters that seed 0 has learned until then.

    They are those of the snapshot's weights: of the run's best epoch where early stopping has brought these back.
    """
    chosen = result.experiment.runs[run]
    stopped = result.stopped_at[0, run]
    restored = chosen.patience > 0 and (0 <= stopped <= epoch or epoch == result.experiment.epochs)
    position = result.best_epoch[0, run] if restored else np.searchsorted(result.epochs, epoch)
    loss = copy.copy(chosen.loss)
    for name in loss.learned:  # without validation, which is for what a person sets
        object.__setattr__(loss, name, float(result.values(f"learned_{name}")[position, 0, run]))
    return loss


def hardest(samples: Samples, runs: Sequence[int]) -> Array:
    """Return all rows (B,), positions in `samples`, by descending mean over `runs` of the rank of their loss: losses differ in scale, ranks do not."""
    loss = np.nan_to_num(samples.loss[list(runs)], nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    return np.argsort(rankdata(-loss, axis=-1).mean(axis=0), kind="stable")


def surely_wrong(samples: Samples, run: int) -> Array:
    """Return the rows whose class a run gets wrong, those first of which it is surest."""
    wrong = np.flatnonzero(samples.wrong[run])
    return wrong[np.argsort(-samples.confidence[run, wrong], kind="stable")]


def disputed(samples: Samples, one: int, other: int) -> Array:
    """Return the rows on which two runs differ, in an order that does not depend on which is which.

    Other classes: by descending sum of the ranks, within each run, of how sure it is; other numbers: by descending distance.
    """
    pair = [one, other]
    first, second = samples.predicted[pair]
    by = rankdata(samples.confidence[pair], axis=-1, nan_policy="omit").sum(axis=0) if samples.classes else np.abs(first - second)
    rows = np.flatnonzero((first != second) & samples.alive[pair].all())
    return rows[np.argsort(-by[rows], kind="stable")]


def shares(values: Array) -> Array:
    """Return values (..., N) divided by their sum over the samples, or all 0 where that is not positive."""
    total = values.sum(axis=-1, keepdims=True)
    return np.divide(values, total, out=np.zeros_like(values), where=total > 0)

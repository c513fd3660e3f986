"""Single rows at one epoch: prediction, loss and pull of each row under each run, and orders of the rows.

`samples_at` computes the numbers. `hardest`, `surely_wrong` and `disputed` order the rows by them.
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
from core.training.stack import class_weights, row_weights

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Samples:
    """The B rows of a split under the models of R runs, at one epoch and seed 0.

    `rows` (B,): positions in `Data`.
    `damaged` (B,): whether the target was damaged, so that it differs from the table.
    `truth` (B,), `predicted` (R, B): class numbers, or the targets of one output in original units.
    `probability` (R, B): that of the predicted class; NaN for a regression, or if the run's loss defines no probabilities.
    `lead` (R, B): the score of the predicted class minus the next largest score; NaN for a regression.
    `loss` (R, B): the value of the run's loss, over all outputs, not weighted.
    `weight` (R, B): class weight x sample weight x number of draws.
    `pull` (R, B): `weight` times the length of the loss's gradient by the scores.
    `alive` (R,): whether the run has not diverged. For a diverged run floats are NaN, and predicted classes are -1.
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
        """Whether the task is a classification."""
        return bool(np.issubdtype(self.truth.dtype, np.integer))

    @property
    def wrong(self) -> Array:
        """Whether the predicted class is wrong, (R, B); false for diverged runs."""
        return self.alive[:, None] & (self.predicted != self.truth)

    @property
    def error(self) -> Array:
        """The errors of a regression, predicted - truth in original units, (R, B)."""
        return self.predicted - self.truth

    @property
    def confidence(self) -> Array:
        """The confidence of each run in its predicted class, (R, B): `probability`, or `lead` where the loss defines no probabilities."""
        return np.where(np.isnan(self.probability), self.lead, self.probability)


def samples_at(result: Result, epoch: int, split: str, output: int = 0) -> Samples:
    """Return the samples of a split at a snapshot's epoch. `output` is the position of the output to predict, for a regression with several.

    Scores are computed in the training's precision. Everything else is computed from them in float64, so that probabilities near 1 remain different.
    """
    data, runs = result.data, result.experiment.runs
    rows, run_is_alive = data.split(split), alive(result, epoch)
    scores = scores_at(result, epoch, data.X[rows]).astype(float)
    weight = row_weights(runs, class_weights(runs, data, result.experiment.dtype), data, rows).astype(float)
    classes = data.task == CLASSIFICATION
    shape = scores.shape[:-1]
    predicted = np.full(shape, -1) if classes else np.full(shape, np.nan)
    probability, lead, loss, pull = (np.full(shape, np.nan) for _ in range(4))
    for r in np.flatnonzero(run_is_alive):
        run_loss = loss_at(result, int(r), epoch)
        targets = data.targets[run_loss.link]
        with np.errstate(all="ignore"):
            loss[r] = run_loss.value(scores[r], targets.values[rows])
            pull[r] = weight[r] * np.linalg.norm(run_loss.gradient(scores[r], targets.values[rows]), axis=-1)
            if classes:
                predicted[r] = scores[r].argmax(axis=-1)
                next_best, best = np.partition(scores[r], -2, axis=-1)[:, -2:].T
                lead[r] = best - next_best
                probabilities = run_loss.probabilities(scores[r])
                if probabilities is not None:
                    probability[r] = np.take_along_axis(probabilities, predicted[r][:, None], axis=-1)[:, 0]
            else:
                predicted[r] = targets.original(run_loss.predict(scores[r]))[:, output]
    truth = data.truth[rows] if classes else data.truth[rows, output]
    positions = np.arange(rows.start, rows.stop)
    weight = np.where(run_is_alive[:, None], weight, np.nan)
    return Samples(positions, data.damaged[rows], truth, predicted, probability, lead, loss, weight, pull, run_is_alive)


def loss_at(result: Result, run: int, epoch: int) -> Loss:
    """Return a run's loss with the hyperparameters that belong to the snapshot of an epoch, as seed 0 has learned them.

    If early stopping has restored the best weights in this snapshot, they are the hyperparameters of the best epoch.
    """
    chosen_run = result.experiment.runs[run]
    stopped = result.stopped_at[0, run]
    restored = chosen_run.patience > 0 and (0 <= stopped <= epoch or epoch == result.experiment.epochs)
    position = result.best_epoch[0, run] if restored else np.searchsorted(result.epochs, epoch)
    loss = copy.copy(chosen_run.loss)
    for name in loss.learned:  # set without validation, because a learned value may lie outside the range that a person may set
        object.__setattr__(loss, name, float(result.values(f"learned_{name}")[position, 0, run]))
    return loss


def hardest(samples: Samples, runs: Sequence[int]) -> Array:
    """Return all positions in `samples` (B,), in descending order of the rank of the row's loss, averaged over `runs`.

    Ranks are averaged instead of losses, because losses differ in scale.
    """
    loss = np.nan_to_num(samples.loss[list(runs)], nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    return np.argsort(rankdata(-loss, axis=-1).mean(axis=0), kind="stable")


def surely_wrong(samples: Samples, run: int) -> Array:
    """Return the positions in `samples` of the rows that a run classifies wrongly, in descending order of its confidence."""
    wrong = np.flatnonzero(samples.wrong[run])
    return wrong[np.argsort(-samples.confidence[run, wrong], kind="stable")]


def disputed(samples: Samples, one: int, other: int) -> Array:
    """Return the positions in `samples` of the rows for which two runs predict different values. The order of the runs does not matter.

    Classes are in descending order of the sum of both confidences' ranks, ranked within each run. Numbers are in descending order of their difference.
    """
    pair = [one, other]
    first, second = samples.predicted[pair]
    dispute = rankdata(samples.confidence[pair], axis=-1, nan_policy="omit").sum(axis=0) if samples.classes else np.abs(first - second)
    rows = np.flatnonzero((first != second) & samples.alive[pair].all())
    return rows[np.argsort(-dispute[rows], kind="stable")]


def shares(values: Array) -> Array:
    """Return values (..., N) divided by their sum over the N samples; 0 where that sum is not positive."""
    total = values.sum(axis=-1, keepdims=True)
    return np.divide(values, total, out=np.zeros_like(values), where=total > 0)

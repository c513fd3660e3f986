"""The plan of a training: the order of the rows, the batches of an epoch, learning rates, initial parameters, and the epochs of snapshots.

All random numbers come from `default_rng([seed, purpose, ...])`, so that a training in slices draws the same numbers as a whole one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.experiment import Experiment
from core.models import Dropout
from core.preparation.split import Data
from core.training.limits import snapshots
from core.training.stack import RunStack

Array = NDArray[Any]

#: the purposes of random numbers. Seed, purpose, and epoch or update determine a draw.
_WEIGHTS, _BATCHES, _DROPOUT = 0, 1, 2
#: the largest number of snapshots, without that of epoch 0
SNAPSHOTS = 24


@dataclass(frozen=True, eq=False)
class Batch:
    """The rows of one update, for all replicas.

    `step`: number of the update, from 1. `X` (S or 1, 1, B, D). `targets`: for each link (S or 1, 1, B, K).
    `weights` (S, R, B): row weights divided by their sum over the batch. `rates` (R, 1): learning rates. `dropout`: masks, or None.
    """

    step: int
    X: Array
    targets: dict[str, Array]
    weights: Array
    rates: Array
    dropout: Dropout | None


class Plan:
    """The plan of a stack on its data: an experiment whose runs have no models and batch sizes of their own. It is cheap, so each slice makes it anew."""

    @np.errstate(over="ignore")  # a hyperparameter may exceed single precision; its run then diverges, or is not clipped
    def __init__(self, experiment: Experiment, data: Data) -> None:
        self.experiment = experiment
        self.data = data
        self.model = experiment.model
        self.stack = RunStack(experiment.runs, experiment.model, data, experiment.dtype)
        self.patience = np.array([run.patience for run in experiment.runs])
        self.batch_size = min(experiment.batch_size or data.n_train, data.n_train)
        self.n_batches = updates_per_epoch(experiment, data.n_train)
        self.snapshot_epochs = snapshot_epochs(experiment.epochs, snapshots(experiment.dtype, self.stack.n_params, SNAPSHOTS))
        self.train_weights = self.stack.row_weights(data, data.split("train"))

    def rates(self, updates: Array, dtype: str) -> Array:
        """Return the learning rates (U, R, 1) of updates. `updates` (U,): their numbers, from 0."""
        return self.stack.rates(updates / (self.experiment.epochs * self.n_batches), self.experiment.epochs, dtype)

    def batches(self, epoch: int, first: int, end: int) -> Iterator[Batch]:
        """Yield the batches `first` to `end` - 1 of an epoch."""
        X, targets, weights = self._rows_of(epoch)
        done = epoch * self.n_batches
        rates = self.rates(np.arange(done + first, done + end), self.experiment.dtype)
        for i in range(first, end):
            rows, step = slice(i * self.batch_size, (i + 1) * self.batch_size), done + i + 1
            of_rows = weights[..., rows]
            yield Batch(
                step, X[..., rows, :], {link: values[..., rows, :] for link, values in targets.items()}, of_rows, rates[i - first],
                self._dropout(step, of_rows.shape[-1]),
            )  # fmt: skip

    def _rows_of(self, epoch: int) -> tuple[Array, dict[str, Array], Array]:
        """Return the epoch's training rows in the order of its batches: X (S, 1, n, D), each link's targets (S, 1, n, K), weights (S, R, n).

        All runs of a seed have the same order. Targets are stored class by class in memory, like the scores.
        Weights are divided by their sum over the batch, which makes the weighted sum of losses a mean.
        """
        data, n = self.data, self.data.n_train
        if self.n_batches == 1:
            whole = {link: data.targets[link].values[None, None, :n] for link in self.stack.links}
            return data.X[None, None, :n], whole, self._batch_shares(self.train_weights)[None]
        order = np.stack([np.random.default_rng([seed, _BATCHES, epoch]).permutation(n) for seed in self.experiment.seed_numbers])
        by_class = {link: np.ascontiguousarray(data.targets[link].values[order].mT).mT[:, None] for link in self.stack.links}
        return data.X[order][:, None], by_class, self._batch_shares(self.train_weights[:, order].swapaxes(0, 1))

    def _batch_shares(self, weights: Array) -> Array:
        """Return weights (..., n) divided by their sum over each batch. A batch in which all weights are 0 stays 0."""
        starts = np.arange(0, weights.shape[-1], self.batch_size)
        totals = np.add.reduceat(weights, starts, axis=-1)
        sizes = np.diff(starts, append=weights.shape[-1])
        return weights / np.repeat(np.where(totals > 0, totals, 1), sizes, axis=-1)

    def _dropout(self, step: int, rows: int) -> Dropout | None:
        """Return the dropout of one update, with the same draws for all runs of a seed; None if no run drops units."""
        if self.stack.dropout is None:
            return None
        rngs = [np.random.default_rng([seed, _DROPOUT, step]) for seed in self.experiment.seed_numbers]
        return self.model.dropout(self.stack.dropout, rows, rngs, self.experiment.dtype)


def initial_params(experiment: Experiment, data: Data) -> Array:
    """Return the initial parameters of the model for each seed, (S, P)."""
    seeds = [np.random.default_rng([seed, _WEIGHTS]) for seed in experiment.seed_numbers]
    return np.stack([experiment.model.init(rng, data.X.shape[1], len(data.outputs)) for rng in seeds])


def snapshot_epochs(epochs: int, most: int = SNAPSHOTS) -> tuple[int, ...]:
    """Return the epochs of the snapshots: all epochs of a short training, else about `most`, which are denser at the start, where changes are largest."""
    if epochs <= most:
        return tuple(range(epochs + 1))
    spread = epochs * (np.arange(most + 1) / most) ** 2
    return tuple(sorted({round(e) for e in spread}))


def updates_per_epoch(experiment: Experiment, n_train: int) -> int:
    """Return the number of mini-batches of an epoch. The last one may be smaller."""
    return -(-n_train // min(experiment.batch_size or n_train, n_train))

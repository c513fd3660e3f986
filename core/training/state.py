"""The state of a training between two slices, and the record of an epoch."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.experiment import Experiment
from core.optimizers.base import State
from core.preparation.split import Data
from core.training.plan import updates_per_epoch
from core.training.stopping import Best

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Record:
    """The record of one epoch: metrics (splits, S, R), run metrics (S, R), and at some epochs the parameters (R, P) of seed 0."""

    epoch: int
    metrics: dict[str, Array]
    run_metrics: dict[str, Array]
    snapshot: Array | None

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays and of what numpy keeps beside each: most arrays of a record are small."""
        arrays = (*self.metrics.values(), *self.run_metrics.values(), *(() if self.snapshot is None else (self.snapshot,)))
        return sum(map(sys.getsizeof, arrays))


@dataclass(frozen=True, eq=False, kw_only=True)
class StackState:
    """Where the runs of a stack stand between two slices. Axes: S seeds, R runs, P packed parameters.

    `optimizer`: the states of the groups of optimizers. `first_loss` (S, R): the training loss of epoch 0.
    `update_seconds` (R,): the processor time of one update of each run alone; NaN before the first slice.
    `sums` (2, S, R): the epoch's sums of gradient and update norms.
    `diverged_at` (S, R): the epoch in which a replica was frozen, or -1. `stopped_at` (S, R): the epoch in which its patience ended, or -1.
    `best`: None if no run has patience.
    `epoch`: the number of whole epochs done. `batch`: the number of updates of the next epoch done. `slice_seconds`: wall time of the last slice.
    """

    params: Array
    optimizer: list[State]
    diverged_at: Array
    stopped_at: Array
    first_loss: Array
    update_seconds: Array
    sums: Array
    best: Best | None = None
    epoch: int = 0
    batch: int = 0
    slice_seconds: float = 0.0

    @property
    def nbytes(self) -> int:
        """Bytes of the parameters, the optimizers' states and the best parameters."""
        optimizer = [array for state in self.optimizer for array in state.values()]
        return sum(array.nbytes for array in (self.params, *optimizer, *(() if self.best is None else (self.best.params,))))

    @property
    def running(self) -> Array:
        """Which replicas (S, R) still train."""
        return (self.diverged_at < 0) & (self.stopped_at < 0)

    def done(self, experiment: Experiment) -> bool:
        """Return whether nothing is left to train. The epoch in which the last replica diverges is completed first, so that it is recorded."""
        ended = not self.running.any() and self.epoch >= np.maximum(self.diverged_at, self.stopped_at).max()
        return bool(ended or self.epoch >= experiment.epochs)


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainingState(StackState):
    """Everything that `advance` needs to continue: `data`, and where the runs stand. `records` are those of the last slice."""

    data: Data
    records: tuple[Record, ...] = ()

    def updates(self, experiment: Experiment) -> int:
        """Return the number of updates done."""
        return self.epoch * updates_per_epoch(experiment, self.data.n_train) + self.batch

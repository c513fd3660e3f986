"""The training of segmentations, in slices: `start` returns the first state, `advance` the state after some more updates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.optimizers.base import State
from core.studies.segmentation.document import Segmentation
from core.studies.segmentation.learner import Learner
from core.studies.segmentation.rows import Prepared
from core.training.threads import one_thread

Array = NDArray[Any]

#: records of a segmentation, beside that of the start
RECORDS = 15
#: the first updates change most: record k of n is at the share (k / n)^`_EARLY` of the updates
_EARLY = 1.5


@dataclass(frozen=True, eq=False)
class SegmentationState:
    """Where the runs of a stack stand after `update` updates. `params` (S, R, P). `diverged_at` (S, R): the update when a replica was frozen, or -1."""

    params: Array
    optimizer: list[State]
    diverged_at: Array
    update: int = 0

    @property
    def nbytes(self) -> int:
        """Bytes of the parameters and the optimizers' states."""
        return sum(array.nbytes for array in (self.params, *(each for state in self.optimizer for each in state.values())))

    def done(self, document: Segmentation) -> bool:
        """Return whether nothing is left to train."""
        return self.update >= document.updates


@dataclass(frozen=True, eq=False)
class Record:
    """What was measured after an update: `metrics` (S, R) by name, NaN after a divergence; of the first seed parameters (R, P) and counts (R, 3, T)."""

    update: int
    metrics: dict[str, Array]
    params: Array
    counts: Array


def recorded_updates(document: Segmentation) -> tuple[int, ...]:
    """Return the updates after which a segmentation is recorded."""
    return tuple(sorted({round((place / RECORDS) ** _EARLY * document.updates) for place in range(RECORDS + 1)}))


def start(document: Segmentation, data: Prepared) -> SegmentationState:
    """Return the state before the first update. Raise ValueError, with the reason, for more work than a segmentation may ask for."""
    document.check()
    learner = Learner(document, data)
    params = learner.start()
    return SegmentationState(params, learner.stepper.init(params), np.full(params.shape[:2], -1))


def advance(document: Segmentation, state: SegmentationState, updates: int, data: Prepared) -> tuple[SegmentationState, list[Record]]:
    """Return the state after so many more updates, at most to the end, and the records of this slice, that of the start included.

    The function changes nothing, and slices of any size lead to the same bits. A replica whose parameters are no longer finite is frozen and marked.
    """
    learner, records, recorded = Learner(document, data), [], {*recorded_updates(document)}
    with np.errstate(all="ignore"), one_thread():
        if state.update == 0:
            records.append(_record(learner, state))
        for _ in range(min(updates, document.updates - state.update)):
            state = _updated(learner, state)
            if state.update in recorded:
                records.append(_record(learner, state))
    return state, records


def _updated(learner: Learner, state: SegmentationState) -> SegmentationState:
    """Return the state after one update. Replicas that are no longer finite keep the parameters that they had before it."""
    update = state.update + 1
    params, optimizer = learner.updated(state.params, state.optimizer, update)
    lost = (state.diverged_at < 0) & ~np.isfinite(params).all(axis=-1)
    diverged_at = np.where(lost, update, state.diverged_at)
    return SegmentationState(np.where((diverged_at < 0)[..., None], params, state.params), optimizer, diverged_at, update)


def _record(learner: Learner, state: SegmentationState) -> Record:
    """Return the record of a state."""
    metrics, found = learner.measured(state.params)
    metrics = {name: np.where(state.diverged_at < 0, values, np.nan) for name, values in metrics.items()}
    return Record(state.update, metrics, state.params[0].copy(), found[0])

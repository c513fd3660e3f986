"""The lanes of a segmentation: one run each, trained once for every segmentation that has it, and the result that is joined of what they recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from core.datasets import Table
from core.studies.segmentation.document import MAX_UNITS, Segmentation
from core.studies.segmentation.learner import Learner, scored
from core.studies.segmentation.rows import Prepared, prepared
from core.studies.segmentation.scores import levels
from core.studies.segmentation.training import Record, advance, start
from core.training.limits import MAX_STACKED_PARAMS
from core.training.recorded import Recorded, joined
from core.training.recorded_training import RunsLane, RunsState
from core.training.threads import one_thread

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class SegmentationTrack:
    """What one run recorded. `updates` (E,); `metrics`: (E, S) by name; of the first seed `params` (E, P) and `counts` (E, 3, T); `diverged_at` (S,)."""

    updates: Array
    metrics: dict[str, Array]
    params: Array
    counts: Array
    diverged_at: Array

    @classmethod
    def of(cls, state: RunsState, records: Sequence[Record], run: int) -> SegmentationTrack:
        """Return what a run of a stack recorded in a slice. `state`: that after it."""
        names = records[0].metrics if records else {}
        metrics = {name: np.array([record.metrics[name][:, run] for record in records]) for name in names}
        params, counts = (np.array([getattr(record, name)[run] for record in records]) for name in ("params", "counts"))
        return cls(np.array([record.update for record in records], int), metrics, params, counts, state.diverged_at[:, run].copy())

    def followed_by(self, later: SegmentationTrack) -> SegmentationTrack:
        """Return this track and that of the next slice as one."""
        if not len(later.updates):
            return replace(self, diverged_at=later.diverged_at)
        if not len(self.updates):
            return later
        params, counts = (np.concatenate([getattr(self, name), getattr(later, name)]) for name in ("params", "counts"))
        return SegmentationTrack(*joined(self, later), params, counts, later.diverged_at)

    @property
    def nbytes(self) -> int:
        """Bytes of metrics, parameters and counts."""
        return sum(values.nbytes for values in (*self.metrics.values(), self.params, self.counts))


class SegmentationLane(RunsLane):
    """One run of a segmentation under the settings that it shares with others."""

    asked: Segmentation

    def memory_share(self, data: Prepared) -> float:
        """Return the share of the largest stack's memory that the lane takes: of its parameters, or of its units in an update."""
        return max(self.asked.params() / MAX_STACKED_PARAMS, self.asked.units() / MAX_UNITS)

    @staticmethod
    def _start(stack: Segmentation, data: Prepared) -> RunsState:
        return start(stack, data)

    @staticmethod
    def _advance(stack: Segmentation, state: RunsState, updates: int, data: Prepared) -> tuple[RunsState, list[Record]]:
        return advance(stack, state, updates, data)

    @staticmethod
    def _learner(stack: Segmentation, data: Prepared) -> Learner:
        return Learner(stack, data)

    @staticmethod
    def _track(stack: Segmentation, state: RunsState, records: Sequence[Record], run: int) -> SegmentationTrack:
        return SegmentationTrack.of(state, records, run)


@dataclass(frozen=True)
class SegmentationResult(Recorded):
    """The records of a segmentation, or those so far."""

    segmentation: Segmentation
    data: Prepared
    tracks: tuple[SegmentationTrack, ...]

    @property
    def document(self) -> Segmentation:
        """The document."""
        return self.segmentation

    def levels(self, run: int, update: int, chosen: slice) -> Array:
        """Return the levels (N, K) of the pixels of chosen test images, of the first seed of a run after a recorded update."""
        params = self.tracks[run].params[self.place(update)]
        with one_thread():
            return levels(expit(scored(self.segmentation, params, self.data.test, chosen)))

    def counts(self, update: int) -> Array:
        """Return TP, FP, and FP on empty images, (R, 3, T), of the first seed on test images after a recorded update."""
        return np.stack([track.counts[self.place(update)] for track in self.tracks])


@dataclass(frozen=True)
class SegmentationDocument:
    """A segmentation as the lanes that it is made of."""

    segmentation: Segmentation

    @cached_property
    def lanes(self) -> tuple[SegmentationLane, ...]:
        """The lanes, in the order of the runs."""
        return tuple(SegmentationLane(self.segmentation.alone(index)) for index in range(len(self.segmentation.runs)))

    def prepared(self, table: Table | None = None) -> Prepared:
        """Return the images that all runs share. Raise ValueError, with the reason, as `Segmentation.check` does."""
        self.segmentation.check()
        return prepared(self.segmentation)

    def joined(self, data: Prepared, records: Sequence[SegmentationTrack]) -> SegmentationResult:
        """Return the result, from what the lanes recorded."""
        return SegmentationResult(self.segmentation, data, tuple(records))


def segment(segmentation: Segmentation) -> SegmentationResult:
    """Return the result of a segmentation, all of whose runs train as one stack."""
    data = SegmentationDocument(segmentation).prepared()
    state, records = advance(segmentation, start(segmentation, data), segmentation.updates, data)
    return SegmentationResult(segmentation, data, tuple(SegmentationTrack.of(state, records, run) for run in range(len(segmentation.runs))))

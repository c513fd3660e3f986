"""The lanes of an embedding: one run each, trained once for every embedding that has it, and the result that is joined of what they recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import Table
from core.studies.metric_learning.embedding import MAX_PAIRS, Embedding
from core.studies.metric_learning.learner import Learner
from core.studies.metric_learning.rows import Prepared, prepared
from core.studies.metric_learning.training import Record, advance, start
from core.training.limits import MAX_STACKED_PARAMS
from core.training.recorded import Recorded, joined
from core.training.recorded_training import RunsLane, RunsState

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class EmbeddingTrack:
    """What one run recorded. `updates` (E,); `metrics`: (E, S) by name; `points`: (E, N, dimensions) of the first seed by place; `diverged_at` (S,)."""

    updates: Array
    metrics: dict[str, Array]
    points: dict[str, Array]
    diverged_at: Array

    @classmethod
    def of(cls, state: RunsState, records: Sequence[Record], run: int) -> EmbeddingTrack:
        """Return what a run of a stack recorded in a slice. `state`: that after it."""
        names, places = (records[0].metrics, records[0].points) if records else ({}, {})
        metrics = {name: np.array([record.metrics[name][:, run] for record in records]) for name in names}
        points = {place: np.array([record.points[place][run] for record in records]) for place in places}
        return cls(np.array([record.update for record in records], int), metrics, points, state.diverged_at[:, run].copy())

    def followed_by(self, later: EmbeddingTrack) -> EmbeddingTrack:
        """Return this track and that of the next slice as one."""
        if not len(later.updates):
            return replace(self, diverged_at=later.diverged_at)
        if not len(self.updates):
            return later
        points = {place: np.concatenate([values, later.points[place]]) for place, values in self.points.items()}
        return EmbeddingTrack(*joined(self, later), points, later.diverged_at)

    @property
    def nbytes(self) -> int:
        """Bytes of metrics and points."""
        return sum(values.nbytes for values in (*self.metrics.values(), *self.points.values()))


class EmbeddingLane(RunsLane):
    """One run of an embedding under the settings that it shares with others."""

    asked: Embedding

    def memory_share(self, data: Prepared) -> float:
        """Return the share of the largest stack's memory that the lane takes: of its parameters, or of its pairs of rows."""
        return max(self.asked.params(data.train.X.shape[1], len(data.seen)) / MAX_STACKED_PARAMS, self.asked.pairs() / MAX_PAIRS)

    @staticmethod
    def _start(stack: Embedding, data: Prepared) -> RunsState:
        return start(stack, data)

    @staticmethod
    def _advance(stack: Embedding, state: RunsState, updates: int, data: Prepared) -> tuple[RunsState, list[Record]]:
        return advance(stack, state, updates, data)

    @staticmethod
    def _learner(stack: Embedding, data: Prepared) -> Learner:
        return Learner(stack, data)

    @staticmethod
    def _track(stack: Embedding, state: RunsState, records: Sequence[Record], run: int) -> EmbeddingTrack:
        return EmbeddingTrack.of(state, records, run)


@dataclass(frozen=True)
class EmbeddingResult(Recorded):
    """The records of an embedding, or those so far."""

    embedding: Embedding
    data: Prepared
    tracks: tuple[EmbeddingTrack, ...]

    @property
    def document(self) -> Embedding:
        """The document."""
        return self.embedding

    @property
    def updates_per_epoch(self) -> float:
        """Batches that have as many rows as there are training rows."""
        return len(self.data.train.X) / (min(self.embedding.classes, len(self.data.seen)) * self.embedding.per_class)

    def points(self, run: int, update: int, where: str = "test") -> Array:
        """Return the embeddings (N, dimensions) of the first seed of a run after a recorded update, of the rows of a place."""
        return self.tracks[run].points[where][self.place(update)]


@dataclass(frozen=True)
class EmbeddingDocument:
    """An embedding as the lanes that it is made of."""

    embedding: Embedding

    @cached_property
    def lanes(self) -> tuple[EmbeddingLane, ...]:
        """The lanes, in the order of the runs."""
        return tuple(EmbeddingLane(self.embedding.alone(index)) for index in range(len(self.embedding.runs)))

    def prepared(self, table: Table | None = None) -> Prepared:
        """Return the rows that all runs share. Raise ValueError, with the reason, as `rows.prepared` and `Embedding.check` do."""
        data = prepared(self.embedding, table)
        self.embedding.check(data.train.X.shape[1], len(data.seen))
        return data

    def joined(self, data: Prepared, records: Sequence[EmbeddingTrack]) -> EmbeddingResult:
        """Return the result, from what the lanes recorded."""
        return EmbeddingResult(self.embedding, data, tuple(records))


def embed(embedding: Embedding, table: Table | None = None) -> EmbeddingResult:
    """Return the result of an embedding, all of whose runs train as one stack."""
    data = EmbeddingDocument(embedding).prepared(table)
    state, records = advance(embedding, start(embedding, data), embedding.updates, data)
    return EmbeddingResult(embedding, data, tuple(EmbeddingTrack.of(state, records, run) for run in range(len(embedding.runs))))

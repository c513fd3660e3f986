"""The lanes of an embedding: one run each, trained once for every embedding that has it, and the result that is joined of what they recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from core.datasets import Table
from core.studies.metric_learning.embedding import MAX_PAIRS, Embedding
from core.studies.metric_learning.learner import Learner
from core.studies.metric_learning.rows import Prepared, prepared
from core.training.limits import MAX_STACKED_PARAMS
from core.training.recorded import Recorded
from core.training.recorded_lanes import DocumentLanes
from core.training.recorded_training import RunsLane, RunTrack

Array = NDArray[Any]


class EmbeddingLane(RunsLane):
    """One run of an embedding under the settings that it shares with others."""

    asked: Embedding
    learner = Learner

    def memory_share(self, data: Prepared) -> float:
        """Return the share of the largest stack's memory that the lane takes: of its parameters, or of its pairs of rows."""
        return max(self.asked.params(data.train.X.shape[1], len(data.seen)) / MAX_STACKED_PARAMS, self.asked.pairs() / MAX_PAIRS)


@dataclass(frozen=True)
class EmbeddingResult(Recorded):
    """The records of an embedding, or those so far."""

    document: Embedding
    data: Prepared
    tracks: tuple[RunTrack, ...]

    @property
    def updates_per_epoch(self) -> float:
        """Batches that have as many rows as there are training rows."""
        return len(self.data.train.X) / (min(self.document.classes, len(self.data.seen)) * self.document.per_class)

    def points(self, run: int, update: int, where: str = "test") -> Array:
        """Return the embeddings (N, dimensions) of the first seed of a run after a recorded update, of the rows of a place."""
        return self.tracks[run].kept[where][self.place(update)]


class EmbeddingDocument(DocumentLanes[EmbeddingResult]):
    """An embedding as the lanes that it is made of."""

    asked: Embedding
    lane, result = EmbeddingLane, EmbeddingResult

    def prepared(self, table: Table | None = None) -> Prepared:
        """Return the rows that all runs share. Raise ValueError, with the reason, as `rows.prepared` and `Embedding.check` do."""
        data = prepared(self.asked, table)
        self.asked.check(data.train.X.shape[1], len(data.seen))
        return data


def embed(embedding: Embedding, table: Table | None = None) -> EmbeddingResult:
    """Return the result of an embedding, all of whose runs train as one stack."""
    return EmbeddingDocument(embedding).trained(table)

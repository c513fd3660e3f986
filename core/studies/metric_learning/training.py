"""The training of embeddings, in slices: `start` returns the first state, `advance` the state after some more updates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.optimizers.base import State
from core.studies.metric_learning.embedding import Embedding
from core.studies.metric_learning.learner import Learner
from core.studies.metric_learning.rows import Prepared
from core.studies.metric_learning.scores import measured
from core.training.threads import one_thread

Array = NDArray[Any]

#: records of an embedding, beside that of the start
RECORDS = 20
#: the first updates change most: record k of n is at the share (k / n)^`_EARLY` of the updates
_EARLY = 1.5


@dataclass(frozen=True, eq=False)
class EmbeddingState:
    """Where the runs of a stack stand after `update` updates. `params` (S, R, P + T). `diverged_at` (S, R): the update when a replica was frozen, or -1."""

    params: Array
    optimizer: list[State]
    diverged_at: Array
    update: int = 0

    @property
    def nbytes(self) -> int:
        """Bytes of the parameters and the optimizers' states."""
        return sum(array.nbytes for array in (self.params, *(each for state in self.optimizer for each in state.values())))

    def done(self, embedding: Embedding) -> bool:
        """Return whether nothing is left to train."""
        return self.update >= embedding.updates


@dataclass(frozen=True, eq=False)
class Record:
    """What was measured after an update: `metrics` (S, R) by name, and embeddings (R, N, E) of the first seed by place. NaN after a divergence."""

    update: int
    metrics: dict[str, Array]
    points: dict[str, Array]


def recorded_updates(embedding: Embedding) -> tuple[int, ...]:
    """Return the updates after which an embedding is recorded."""
    return tuple(sorted({round((place / RECORDS) ** _EARLY * embedding.updates) for place in range(RECORDS + 1)}))


def named(measure: str, place: str) -> str:
    """Return the name of a measure at a place, as it stands in records: that of test rows is the measure's own."""
    return measure if place == "test" else f"{place}_{measure}"


def start(embedding: Embedding, data: Prepared) -> EmbeddingState:
    """Return the state before the first update. Raise ValueError, with the reason, for more work than an embedding may ask for."""
    embedding.check(data.train.X.shape[1], len(data.seen))
    learner = Learner(embedding, data)
    params = learner.start()
    return EmbeddingState(params, learner.stepper.init(params), np.full(params.shape[:2], -1))


def advance(embedding: Embedding, state: EmbeddingState, updates: int, data: Prepared) -> tuple[EmbeddingState, list[Record]]:
    """Return the state after so many more updates, at most to the end, and the records of this slice, that of the start included.

    The function changes nothing, and slices of any size lead to the same bits. A replica whose parameters are no longer finite is frozen and marked.
    """
    learner, records, recorded = Learner(embedding, data), [], {*recorded_updates(embedding)}
    with np.errstate(all="ignore"), one_thread():
        if state.update == 0:
            records.append(_record(learner, state))
        for _ in range(min(updates, embedding.updates - state.update)):
            state = _updated(learner, state)
            if state.update in recorded:
                records.append(_record(learner, state))
    return state, records


def _updated(learner: Learner, state: EmbeddingState) -> EmbeddingState:
    """Return the state after one update. Replicas that are no longer finite keep the parameters that they had before it."""
    update = state.update + 1
    params, optimizer = learner.updated(state.params, state.optimizer, update)
    if np.isfinite(params.sum()) and state.diverged_at.max() < 0:  # a cheap test of all
        return EmbeddingState(params, optimizer, state.diverged_at, update)
    lost = (state.diverged_at < 0) & ~np.isfinite(params).all(axis=-1)
    diverged_at = np.where(lost, update, state.diverged_at)
    return EmbeddingState(np.where((diverged_at < 0)[..., None], params, state.params), optimizer, diverged_at, update)


def _record(learner: Learner, state: EmbeddingState) -> Record:
    """Return the record of a state."""
    metrics: dict[str, Array] = {}
    points: dict[str, Array] = {}
    for place, rows in learner.data.places.items():
        shown = learner.shown(state.params, rows.X)
        for seeds_runs in np.ndindex(*shown.shape[:2]):  # one at a time: what is measured of a run fits in a processor's cache
            for name, value in measured(shown[seeds_runs], rows.labels).items():
                metrics.setdefault(named(name, place), np.full(shown.shape[:2], np.nan))[seeds_runs] = value
        points[place] = np.where((state.diverged_at[0] < 0)[:, None, None], shown[0], np.nan).astype(np.float32)
    metrics["loss"], metrics["active"] = learner.losses_of(state.params, learner.probes())
    return Record(state.update, {name: np.where(state.diverged_at < 0, values, np.nan) for name, values in metrics.items()}, points)

"""The training of embeddings, in slices: `start` returns the first state, `advance` the state after some more updates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.metric_learning.embedding import Embedding
from core.studies.metric_learning.learner import Learner
from core.studies.metric_learning.rows import Prepared
from core.studies.metric_learning.scores import measured
from core.training.recorded_training import RunsState, begun, go_on

Array = NDArray[Any]

#: records of an embedding, beside that of the start
RECORDS = 20
#: the first updates change most: record k of n is at the share (k / n)^`_EARLY` of the updates
_EARLY = 1.5


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


def start(embedding: Embedding, data: Prepared) -> RunsState:
    """Return the state before the first update. Raise ValueError, with the reason, for more work than an embedding may ask for."""
    embedding.check(data.train.X.shape[1], len(data.seen))
    return begun(Learner(embedding, data))


def advance(embedding: Embedding, state: RunsState, updates: int, data: Prepared) -> tuple[RunsState, list[Record]]:
    """Return the state after so many more updates, at most to the end, and the records of this slice, as `recorded_training.go_on` does."""
    return go_on(Learner(embedding, data), state, updates, recorded_updates(embedding), _record)


def _record(learner: Learner, state: RunsState) -> Record:
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

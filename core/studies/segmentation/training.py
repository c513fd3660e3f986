"""The training of segmentations, in slices: `start` returns the first state, `advance` the state after some more updates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.segmentation.document import Segmentation
from core.studies.segmentation.learner import Learner
from core.studies.segmentation.rows import Prepared
from core.training.recorded_training import RunsState, begun, go_on

Array = NDArray[Any]

#: records of a segmentation, beside that of the start
RECORDS = 15
#: the first updates change most: record k of n is at the share (k / n)^`_EARLY` of the updates
_EARLY = 1.5


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


def start(document: Segmentation, data: Prepared) -> RunsState:
    """Return the state before the first update. Raise ValueError, with the reason, for more work than a segmentation may ask for."""
    document.check()
    return begun(Learner(document, data))


def advance(document: Segmentation, state: RunsState, updates: int, data: Prepared) -> tuple[RunsState, list[Record]]:
    """Return the state after so many more updates, at most to the end, and the records of this slice, as `recorded_training.go_on` does."""
    return go_on(Learner(document, data), state, updates, recorded_updates(document), _record)


def _record(learner: Learner, state: RunsState) -> Record:
    """Return the record of a state."""
    metrics, found = learner.measured(state.params)
    metrics = {name: np.where(state.diverged_at < 0, values, np.nan) for name, values in metrics.items()}
    return Record(state.update, metrics, state.params[0].copy(), found[0])

"""The lanes of this study's documents: one run each, trained once for every document that has it, and the result that is joined of what they recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.datasets import Table
from core.studies.reinforcement import climb, control, prediction
from core.studies.reinforcement.climb import Climb
from core.studies.reinforcement.control import Quest
from core.studies.reinforcement.prediction import Prediction
from core.studies.reinforcement.stacks import Stand, recorded_steps, together
from core.training.recorded_lanes import DocumentLanes, RecordedLane

Array = NDArray[Any]
Studied: TypeAlias = "Prediction | Quest | Climb"


@dataclass(frozen=True)
class Engine:
    """What trains a kind of document. `prepared(document)`: what its runs share. `start` and `advance` of a state; `done(document, state)`: updates so far."""

    prepared: Callable[[Any], Any]
    start: Callable[[Any, Any], Stand]
    advance: Callable[[Any, Stand, int, Any], Stand]
    done: Callable[[Stand], int]


def _at(stand: Stand) -> int:
    return stand.at


ENGINES: dict[type, Engine] = {
    Prediction: Engine(prediction.prepared, prediction.start, prediction.advance, _at),
    Quest: Engine(control.prepared, control.start, control.advance, lambda stand: int(stand.arrays["episode"].min())),
    Climb: Engine(climb.prepared, climb.start, climb.advance, _at),
}


@dataclass(frozen=True, eq=False)
class Records:
    """What one run recorded so far: `done` updates, and arrays (S, ...) by name, NaN where nothing is recorded yet."""

    done: int
    arrays: dict[str, Array]

    def followed_by(self, later: Records) -> Records:
        """Return the records after the next slice, which have those before it."""
        return later

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return sum(array.nbytes for array in self.arrays.values())


class StudyLane(RecordedLane):
    """One run under the settings that it shares with others. Its slices are of steps, of which an update may take several."""

    asked: Studied
    FIRST = 1

    @property
    def _engine(self) -> Engine:
        return ENGINES[type(self.asked)]

    def memory_share(self, data: Any) -> float:
        """Return the share of the largest stack's memory that the lane takes."""
        return self.asked.share()

    def done(self, state: Stand) -> bool:
        """Return whether nothing is left to train."""
        return self._engine.done(state) >= self.asked.updates

    def position(self, state: Stand) -> tuple[int, ...]:
        """Return how far a state is; lanes of one company that are equally far can go on in one stack."""
        return (state.at,)

    def updates(self, state: Stand, data: Any) -> tuple[int, int]:
        """Return how many updates are done, and how many there are."""
        return self._engine.done(state), self.asked.updates

    @classmethod
    def _start(cls, stack: Studied, data: Any) -> Stand:
        return ENGINES[type(stack)].start(stack, data)

    @classmethod
    def _advance(cls, stack: Studied, state: Stand, updates: int, data: Any) -> tuple[Stand, tuple[()]]:
        return ENGINES[type(stack)].advance(stack, state, updates, data), ()

    @classmethod
    def _together(cls, stack: Studied, states: Sequence[Stand], data: Any) -> Stand:
        return together(states)

    @classmethod
    def _part(cls, stack: Studied, state: Stand, data: Any, run: int) -> Stand:
        return state.of_run(run)

    @classmethod
    def _track(cls, stack: Studied, state: Stand, records: Sequence[Any], run: int) -> Records:
        alone = state.of_run(run)
        return Records(ENGINES[type(stack)].done(alone), {name: array[:, 0] for name, array in alone.records.items()})


@dataclass(frozen=True)
class StudyResult:
    """The records of all runs of a document, or those so far. `data`: what the runs share."""

    document: Studied
    data: Any
    records: tuple[Records, ...]

    def labelled(self, document: Studied) -> StudyResult:
        """Return the result under the labels of a document that differs in nothing else."""
        return replace(self, document=document)

    @property
    def done(self) -> int:
        """The updates that all runs have done."""
        return min(each.done for each in self.records)

    @property
    def progress(self) -> float:
        """The share of the updates that is done, the mean over the runs: learners that fall more often have done fewer episodes in as many steps."""
        return sum(each.done for each in self.records) / (len(self.records) * self.document.updates)

    @property
    def updates(self) -> tuple[int, ...]:
        """The updates after which what was learned is shown, as far as all runs have come."""
        if isinstance(self.document, Quest):
            return tuple(episode for episode in self.document.recorded if episode <= self.done)
        return recorded_steps(self.done)

    @cached_property
    def arrays(self) -> dict[str, Array]:
        """What was recorded, (S, R, ...) by name."""
        return {name: np.stack([each.arrays[name] for each in self.records], axis=1) for name in self.records[0].arrays}


class StudyDocument(DocumentLanes[StudyResult]):
    """A document as the lanes that it is made of."""

    asked: Studied
    lane, result = StudyLane, StudyResult

    def prepared(self, table: Table | None = None) -> Any:
        """Return what all runs share. Raise ValueError, with the reason, for what cannot be trained."""
        return ENGINES[type(self.asked)].prepared(self.asked)


def learn(document: Studied) -> StudyResult:
    """Return the result of a document, all of whose runs train as one stack."""
    return StudyDocument(document).trained()

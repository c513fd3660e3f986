"""The lanes of this study's documents: one run each, trained once for every document that has it, and the result that is joined of what they recorded."""

from __future__ import annotations

import json
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
from core.studies.reinforcement.stacks import Stand, together
from core.training.recorded import for_a_while

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


@dataclass(frozen=True)
class StudyLane:
    """One run under the settings that it shares with others. `document` has this run alone, without a label."""

    document: Studied

    @property
    def _engine(self) -> Engine:
        return ENGINES[type(self.document)]

    def key(self) -> str:
        """Return a text that is equal for equal lanes."""
        return f"{self.document.noun} {self.document.to_json()}"

    def company(self) -> str:
        """Return a text that is equal for lanes that can train in one stack."""
        return f"{self.document.noun} {json.dumps({**self.document.to_dict(), 'runs': None})}"

    def share(self, data: Any) -> float:
        """Return the share of the largest stack that the lane takes."""
        return self.document.share()

    def memory_share(self, data: Any) -> float:
        """Return the share of the largest stack's memory that the lane takes."""
        return self.document.share()

    def done(self, state: Stand) -> bool:
        """Return whether nothing is left to train."""
        return self._engine.done(state) >= self.document.updates

    def position(self, state: Stand) -> tuple[int, ...]:
        """Return how far a state is; lanes of one company that are equally far can go on in one stack."""
        return (state.at,)

    def updates(self, state: Stand, data: Any) -> tuple[int, int]:
        """Return how many updates are done, and how many there are."""
        return self._engine.done(state), self.document.updates

    @staticmethod
    def advance(
        lanes: Sequence[StudyLane], states: Sequence[Stand] | None, data: Any, seconds: float, max_updates: int | None = None
    ) -> list[tuple[Stand, Records]]:
        """Return for each lane the state after one more slice of about so many seconds, or of `max_updates` steps, and what it recorded so far."""
        first: Any = lanes[0].document
        stack = replace(first, runs=tuple(lane.document.runs[0] for lane in lanes))
        engine = ENGINES[type(stack)]

        def further(before: Stand, steps: int) -> tuple[Stand, tuple[()]]:
            return engine.advance(stack, before, steps, data), ()

        begun = engine.start(stack, data) if states is None else together(states)
        state, _ = for_a_while(further, begun, lambda each: engine.done(each) >= stack.updates, seconds, max_updates)
        return [(alone, recorded(stack, alone)) for alone in (state.of_run(run) for run in range(len(lanes)))]


def recorded(document: Studied, alone: Stand) -> Records:
    """Return what a run alone recorded."""
    return Records(ENGINES[type(document)].done(alone), {name: array[:, 0] for name, array in alone.records.items()})


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
        """The share of the updates that is done."""
        return self.done / self.document.updates

    @cached_property
    def arrays(self) -> dict[str, Array]:
        """What was recorded, (S, R, ...) by name."""
        return {name: np.stack([each.arrays[name] for each in self.records], axis=1) for name in self.records[0].arrays}


@dataclass(frozen=True)
class StudyDocument:
    """A document as the lanes that it is made of."""

    document: Studied

    @cached_property
    def lanes(self) -> tuple[StudyLane, ...]:
        """The lanes, in the order of the runs."""
        return tuple(StudyLane(self.document.alone(index)) for index in range(len(self.document.runs)))

    def prepared(self, table: Table | None = None) -> Any:
        """Return what all runs share. Raise ValueError, with the reason, for what cannot be trained."""
        return ENGINES[type(self.document)].prepared(self.document)

    def joined(self, data: Any, records: Sequence[Records]) -> StudyResult:
        """Return the result, from what the lanes recorded."""
        return StudyResult(self.document, data, tuple(records))


def learn(document: Studied) -> StudyResult:
    """Return the result of a document, all of whose runs train as one stack."""
    engine = ENGINES[type(document)]
    data = engine.prepared(document)
    state = engine.start(document, data)
    while engine.done(state) < document.updates:
        state = engine.advance(document, state, 2**20, data)
    return StudyResult(document, data, tuple(recorded(document, state.of_run(run)) for run in range(len(document.runs))))

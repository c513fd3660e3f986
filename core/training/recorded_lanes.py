"""The lanes of documents that are recorded after some of their updates (`recorded`): what is the same whatever a study trains."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

from core.datasets import Table
from core.training.recorded import for_a_while

R = TypeVar("R")


@dataclass(frozen=True)
class RecordedLane(ABC):
    """One run of a document under the settings that it shares with others. `asked`: the document with this run alone, without a label.

    A study says how much memory a run takes, and gives the five functions that train a stack.
    """

    asked: Any
    #: how many lanes a stack may have, and how many updates a slice tries first
    MOST: ClassVar[int] = 16
    FIRST: ClassVar[int] = 4

    def key(self) -> str:
        """Return a text that is equal for equal lanes."""
        return f"{self.asked.noun} {self.asked.to_json()}"

    def company(self) -> str:
        """Return a text that is equal for lanes that can train in one stack."""
        return f"{self.asked.noun} {json.dumps({**self.asked.to_dict(), 'runs': None})}"

    def share(self, data: Any) -> float:
        """Return the share of the largest stack that the lane takes: of its runs, or of its memory."""
        return max(1 / self.MOST, self.memory_share(data))

    @abstractmethod
    def memory_share(self, data: Any) -> float:
        """Return the share of the largest stack's memory that the lane takes."""

    def done(self, state: Any) -> bool:
        """Return whether nothing is left to train."""
        return bool(state.update >= self.asked.updates)

    def position(self, state: Any) -> tuple[int, ...]:
        """Return how far a state is; lanes of one company that are equally far can go on in one stack."""
        return (state.update,)

    def updates(self, state: Any, data: Any) -> tuple[int, int]:
        """Return how many updates are done, and how many there are."""
        return state.update, self.asked.updates

    @classmethod
    def advance(
        cls, lanes: Sequence[RecordedLane], states: Sequence[Any] | None, data: Any, seconds: float, max_updates: int | None = None
    ) -> list[tuple[Any, Any]]:
        """Return for each lane the state after one more slice of about so many seconds, or of `max_updates`, and what it recorded in it."""
        stack = replace(lanes[0].asked, runs=tuple(lane.asked.runs[0] for lane in lanes))
        state = cls._start(stack, data) if states is None else cls._together(stack, states, data)
        state, records = for_a_while(
            lambda before, count: cls._advance(stack, before, count, data), state, lanes[0].done, seconds, max_updates, first=cls.FIRST
        )  # fmt: skip
        return [(cls._part(stack, state, data, run), cls._track(stack, state, records, run)) for run in range(len(lanes))]

    @classmethod
    @abstractmethod
    def _start(cls, stack: Any, data: Any) -> Any:
        """Return the state of a stack before its first update."""

    @classmethod
    @abstractmethod
    def _advance(cls, stack: Any, state: Any, updates: int, data: Any) -> tuple[Any, Sequence[Any]]:
        """Return the state of a stack after so many more updates, and the records on the way."""

    @classmethod
    @abstractmethod
    def _together(cls, stack: Any, states: Sequence[Any], data: Any) -> Any:
        """Return the state of a stack of runs that are equally far, from the state of each run alone."""

    @classmethod
    @abstractmethod
    def _part(cls, stack: Any, state: Any, data: Any, run: int) -> Any:
        """Return the state of one run of a stack, as the run alone has it."""

    @classmethod
    @abstractmethod
    def _track(cls, stack: Any, state: Any, records: Sequence[Any], run: int) -> Any:
        """Return what one run of a stack recorded."""


@dataclass(frozen=True)
class DocumentLanes(ABC, Generic[R]):
    """A document as the lanes that it is made of. A study says of which class its lanes and its result are, and prepares what the runs share."""

    asked: Any
    lane: ClassVar[type[RecordedLane]]
    result: ClassVar[type[Any]]

    @cached_property
    def lanes(self) -> tuple[Any, ...]:
        """The lanes, in the order of the runs."""
        return tuple(self.lane(self.asked.alone(index)) for index in range(len(self.asked.runs)))

    @abstractmethod
    def prepared(self, table: Table | None = None) -> Any:
        """Return what all runs share; `table`: own data. Raise ValueError, with the reason, for what cannot be trained."""

    def joined(self, data: Any, tracks: Sequence[Any]) -> R:
        """Return the result, from what the lanes recorded."""
        result: R = self.result(self.asked, data, tuple(tracks))
        return result

    def trained(self, table: Table | None = None) -> R:
        """Return the whole result. Lanes of one company train as one stack."""
        data, companies, tracks = self.prepared(table), dict[str, list[int]](), dict[int, Any]()
        for place, lane in enumerate(self.lanes):
            companies.setdefault(lane.company(), []).append(place)
        for places in companies.values():
            done = self.lane.advance([self.lanes[place] for place in places], None, data, math.inf)
            tracks |= {place: track for place, (_, track) in zip(places, done, strict=True)}
        return self.joined(data, [tracks[place] for place in range(len(self.lanes))])

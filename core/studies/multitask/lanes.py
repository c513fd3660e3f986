"""The lanes of a comparison: one run each, trained once for every comparison that has it, and the result that is joined of what they recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import Table
from core.studies.multitask.document import MAX_UNITS, Multitask
from core.studies.multitask.learner import Learner
from core.studies.multitask.rows import Prepared, prepared
from core.studies.multitask.training import MultitaskState, Record, advance, start
from core.training import parts
from core.training.limits import MAX_STACKED_PARAMS
from core.training.recorded import Recorded, joined
from core.training.recorded_lanes import RecordedLane

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class MultitaskTrack:
    """What one run recorded. `updates` (E,); `metrics`: (E, S) by name; `diverged_at` (S,)."""

    updates: Array
    metrics: dict[str, Array]
    diverged_at: Array

    @classmethod
    def of(cls, state: MultitaskState, records: Sequence[Record], run: int) -> MultitaskTrack:
        """Return what a run of a stack recorded in a slice. `state`: that after it."""
        names = records[0].metrics if records else {}
        metrics = {name: np.array([record.metrics[name][:, run] for record in records]) for name in names}
        return cls(np.array([record.update for record in records], int), metrics, state.diverged_at[:, run].copy())

    def followed_by(self, later: MultitaskTrack) -> MultitaskTrack:
        """Return this track and that of the next slice as one."""
        if not len(later.updates):
            return replace(self, diverged_at=later.diverged_at)
        return MultitaskTrack(*joined(self, later), later.diverged_at) if len(self.updates) else later

    @property
    def nbytes(self) -> int:
        """Bytes of the metrics."""
        return sum(values.nbytes for values in self.metrics.values())


class MultitaskLane(RecordedLane):
    """One run of a comparison under the settings that it shares with others."""

    asked: Multitask

    def memory_share(self, data: Prepared) -> float:
        """Return the share of the largest stack's memory that the lane takes: of its parameters, or of its units in an update."""
        return max(self.asked.params() / MAX_STACKED_PARAMS, self.asked.units() / MAX_UNITS)

    @staticmethod
    def _start(stack: Multitask, data: Prepared) -> MultitaskState:
        return start(stack, data)

    @staticmethod
    def _advance(stack: Multitask, state: MultitaskState, updates: int, data: Prepared) -> tuple[MultitaskState, list[Record]]:
        return advance(stack, state, updates, data)

    @staticmethod
    def _together(stack: Multitask, states: Sequence[MultitaskState], data: Prepared) -> MultitaskState:
        return together(stack, states, data)

    @staticmethod
    def _part(stack: Multitask, state: MultitaskState, data: Prepared, run: int) -> MultitaskState:
        return part(stack, state, data, run)

    @staticmethod
    def _track(stack: Multitask, state: MultitaskState, records: Sequence[Record], run: int) -> MultitaskTrack:
        return MultitaskTrack.of(state, records, run)


@dataclass(frozen=True)
class MultitaskResult(Recorded):
    """The records of a comparison, or those so far."""

    multitask: Multitask
    data: Prepared
    tracks: tuple[MultitaskTrack, ...]

    @property
    def document(self) -> Multitask:
        """The document."""
        return self.multitask


@dataclass(frozen=True)
class MultitaskDocument:
    """A comparison as the lanes that it is made of."""

    multitask: Multitask

    @cached_property
    def lanes(self) -> tuple[MultitaskLane, ...]:
        """The lanes, in the order of the runs."""
        return tuple(MultitaskLane(self.multitask.alone(index)) for index in range(len(self.multitask.runs)))

    def prepared(self, table: Table | None = None) -> Prepared:
        """Return the rows that all runs share. Raise ValueError, with the reason, as `Multitask.check` does."""
        self.multitask.check()
        return prepared(self.multitask)

    def joined(self, data: Prepared, records: Sequence[MultitaskTrack]) -> MultitaskResult:
        """Return the result, from what the lanes recorded."""
        return MultitaskResult(self.multitask, data, tuple(records))


def weigh(multitask: Multitask) -> MultitaskResult:
    """Return the result of a comparison, all of whose runs train as one stack."""
    data = MultitaskDocument(multitask).prepared()
    state, records = advance(multitask, start(multitask, data), multitask.updates, data)
    return MultitaskResult(multitask, data, tuple(MultitaskTrack.of(state, records, run) for run in range(len(multitask.runs))))


def part(stack: Multitask, state: MultitaskState, data: Prepared, run: int) -> MultitaskState:
    """Return the state of one run of a stack, as the run alone has it."""
    own, runs, learner = slice(run, run + 1), len(stack.runs), Learner(stack, data)
    optimizer, weights = parts.of_run(learner.stepper, state.optimizer, run, runs), parts.of_run(learner.weights_stepper, state.weights, run, runs)
    return MultitaskState(state.params[:, own].copy(), [optimizer], [weights], state.diverged_at[:, own].copy(), state.update)


def together(stack: Multitask, states: Sequence[MultitaskState], data: Prepared) -> MultitaskState:
    """Return the state of a stack of runs that are equally far, from the state of each run alone."""
    learner = Learner(stack, data)
    optimizer = parts.together(learner.stepper, [state.optimizer[0] for state in states])
    weights = parts.together(learner.weights_stepper, [state.weights[0] for state in states])
    params, diverged_at = (np.concatenate([getattr(state, name) for state in states], axis=1) for name in ("params", "diverged_at"))
    return MultitaskState(params, optimizer, weights, diverged_at, states[0].update)

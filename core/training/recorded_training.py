"""The training of runs whose state is their parameters and their optimizers' states, and which are recorded after some updates: what studies share.

A study gives a `Learner`, which knows its runs as one stack. `begun`, `go_on`, `part` and `together` do the rest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.optimizers.base import State
from core.training import parts
from core.training.recorded import joined
from core.training.recorded_lanes import RecordedLane
from core.training.stack import Stepper
from core.training.threads import one_thread

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Steps:
    """What steps a part of the parameters: the optimizers of the runs, and their rates (R, 1)."""

    stepper: Stepper
    rates: Array
    of: slice


@dataclass(frozen=True, eq=False)
class RunsState:
    """Where the runs of a stack stand after `update` updates.

    `params` (S, R, P). `optimizers`: the states of the optimizers of each part. `diverged_at` (S, R): the update when a replica was frozen, or -1.
    """

    params: Array
    optimizers: tuple[list[State], ...]
    diverged_at: Array
    update: int = 0

    @property
    def nbytes(self) -> int:
        """Bytes of the parameters and the optimizers' states."""
        return self.params.nbytes + sum(array.nbytes for states in self.optimizers for state in states for array in state.values())


@dataclass(frozen=True, eq=False)
class Record:
    """What was measured after an update: `metrics` (S, R), and `kept` (R, ...) for pictures, both by name, NaN after a divergence."""

    update: int
    metrics: dict[str, Array]
    kept: dict[str, Array] = field(default_factory=dict)


class Learner(ABC):
    """The runs of a stack on their data: their start, their gradients, what steps them, and what is measured. It is cheap, so each slice makes it anew."""

    #: a `RunsDocument`, and what steps each part of the parameters
    document: Any
    steps: Sequence[Steps]

    @abstractmethod
    def start(self) -> Array:
        """Return the parameters (S, R, P) before the first update."""

    @abstractmethod
    def slope(self, params: Array, update: int) -> Array:
        """Return the gradient (S, R, P) of an update, from 0."""

    @abstractmethod
    def record(self, state: RunsState) -> Record:
        """Return the record of a state."""


def stepper(document: Any, of: slice = slice(None)) -> Steps:
    """Return what steps the runs of a document by their own `optimizer` and `learning_rate`."""
    rates = np.array([[run.learning_rate] for run in document.runs], document.dtype)
    return Steps(Stepper([run.optimizer for run in document.runs], document.dtype), rates, of)


def begun(learner: Learner) -> RunsState:
    """Return the state before the first update."""
    params = learner.start()
    return RunsState(params, tuple(each.stepper.init(params[..., each.of]) for each in learner.steps), np.full(params.shape[:2], -1))


def go_on(learner: Learner, state: RunsState, updates: int) -> tuple[RunsState, list[Record]]:
    """Return the state after so many more updates, at most to the end, and the records of this slice, that of the start included.

    The function changes nothing, and slices of any size lead to the same bits. A replica whose parameters are no longer finite is frozen and marked.
    """
    records, recorded = list[Record](), {*learner.document.recorded}
    with np.errstate(all="ignore"), one_thread():
        if state.update == 0:
            records.append(learner.record(state))
        for _ in range(min(updates, learner.document.updates - state.update)):
            state = _updated(learner, state)
            if state.update in recorded:
                records.append(learner.record(state))
    return state, records


def _updated(learner: Learner, state: RunsState) -> RunsState:
    """Return the state after one update. Replicas that are no longer finite keep the parameters that they had before it."""
    update, before = state.update + 1, state.params
    gradient, params, optimizers = learner.slope(before, state.update), np.empty_like(before), []
    for each, states in zip(learner.steps, state.optimizers, strict=True):
        params[..., each.of], states = each.stepper.update(gradient[..., each.of], states, before[..., each.of], update, each.rates)
        optimizers.append(states)
    after = RunsState(params, tuple(optimizers), state.diverged_at, update)
    if np.isfinite(params.sum()) and state.diverged_at.max() < 0:  # a cheap test of all
        return after
    lost = (state.diverged_at < 0) & ~np.isfinite(params).all(axis=-1)
    diverged_at = np.where(lost, update, state.diverged_at)
    return replace(after, params=np.where((diverged_at < 0)[..., None], params, before), diverged_at=diverged_at)


def part(learner: Learner, state: RunsState, run: int) -> RunsState:
    """Return the state of one run of a stack, as the run alone has it."""
    own, runs = slice(run, run + 1), len(learner.document.runs)
    optimizers = tuple([parts.of_run(each.stepper, states, run, runs)] for each, states in zip(learner.steps, state.optimizers, strict=True))
    return RunsState(state.params[:, own].copy(), optimizers, state.diverged_at[:, own].copy(), state.update)


def together(learner: Learner, states: Sequence[RunsState]) -> RunsState:
    """Return the state of a stack of runs that are equally far, from the state of each run alone."""
    optimizers = tuple(parts.together(each.stepper, [state.optimizers[k][0] for state in states]) for k, each in enumerate(learner.steps))
    params, diverged_at = (np.concatenate([getattr(state, name) for state in states], axis=1) for name in ("params", "diverged_at"))
    return RunsState(params, optimizers, diverged_at, states[0].update)


@dataclass(frozen=True, eq=False)
class RunTrack:
    """What one run recorded. `updates` (E,); `metrics` (E, S), and `kept` (E, ...), by name; `diverged_at` (S,)."""

    updates: Array
    metrics: dict[str, Array]
    kept: dict[str, Array]
    diverged_at: Array

    @classmethod
    def of(cls, state: RunsState, records: Sequence[Record], run: int) -> RunTrack:
        """Return what a run of a stack recorded in a slice. `state`: that after it."""
        metrics, kept = (records[0].metrics, records[0].kept) if records else ({}, {})
        return cls(
            np.array([record.update for record in records], int),
            {name: np.array([record.metrics[name][:, run] for record in records]) for name in metrics},
            {name: np.array([record.kept[name][run] for record in records]) for name in kept}, state.diverged_at[:, run].copy(),
        )  # fmt: skip

    def followed_by(self, later: RunTrack) -> RunTrack:
        """Return this track and that of the next slice as one."""
        if not len(later.updates):
            return replace(self, diverged_at=later.diverged_at)
        if not len(self.updates):
            return later
        kept = {name: np.concatenate([values, later.kept[name]]) for name, values in self.kept.items()}
        return RunTrack(*joined(self, later), kept, later.diverged_at)

    @property
    def nbytes(self) -> int:
        """Bytes of all that is recorded."""
        return sum(values.nbytes for values in (*self.metrics.values(), *self.kept.values()))


class RunsLane(RecordedLane):
    """The lane of a run whose state is a `RunsState`. `learner`: what knows a stack of them on their data."""

    learner: ClassVar[type[Any]]

    @classmethod
    def _start(cls, stack: Any, data: Any) -> RunsState:
        return begun(cls.learner(stack, data))

    @classmethod
    def _advance(cls, stack: Any, state: RunsState, updates: int, data: Any) -> tuple[RunsState, list[Record]]:
        return go_on(cls.learner(stack, data), state, updates)

    @classmethod
    def _together(cls, stack: Any, states: Sequence[RunsState], data: Any) -> RunsState:
        return together(cls.learner(stack, data), states)

    @classmethod
    def _part(cls, stack: Any, state: RunsState, data: Any, run: int) -> RunsState:
        return part(cls.learner(stack, data), state, run)

    @classmethod
    def _track(cls, stack: Any, state: RunsState, records: Sequence[Record], run: int) -> RunTrack:
        return RunTrack.of(state, records, run)

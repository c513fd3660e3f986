"""The training of runs whose state is their parameters and their optimizers' states, and which are recorded after some updates: what studies share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.optimizers.base import State
from core.training import parts
from core.training.recorded_lanes import RecordedLane
from core.training.stack import Stepper
from core.training.threads import one_thread

Array = NDArray[Any]
L = TypeVar("L", bound="Learner")
R = TypeVar("R")


class Learner(Protocol):
    """What a study knows of its runs, as one stack."""

    stepper: Stepper

    def start(self) -> Array:
        """Return the parameters (S, R, P) before the first update."""
        ...

    def updated(self, params: Array, optimizer: list[State], step: int) -> tuple[Array, list[State]]:
        """Return the parameters and the optimizers' states after update number `step`, from 1."""
        ...


@dataclass(frozen=True, eq=False)
class RunsState:
    """Where the runs of a stack stand after `update` updates. `params` (S, R, P). `diverged_at` (S, R): the update when a replica was frozen, or -1."""

    params: Array
    optimizer: list[State]
    diverged_at: Array
    update: int = 0

    @property
    def nbytes(self) -> int:
        """Bytes of the parameters and the optimizers' states."""
        return sum(array.nbytes for array in (self.params, *(each for state in self.optimizer for each in state.values())))


def begun(learner: Learner) -> RunsState:
    """Return the state before the first update."""
    params = learner.start()
    return RunsState(params, learner.stepper.init(params), np.full(params.shape[:2], -1))


def go_on(learner: L, state: RunsState, updates: int, recorded: Collection[int], record: Callable[[L, RunsState], R]) -> tuple[RunsState, list[R]]:
    """Return the state after so many more updates, at most to the last of the `recorded` ones, and the records of this slice, that of the start included.

    The function changes nothing, and slices of any size lead to the same bits. A replica whose parameters are no longer finite is frozen and marked.
    """
    records: list[R] = []
    with np.errstate(all="ignore"), one_thread():
        if state.update == 0:
            records.append(record(learner, state))
        for _ in range(min(updates, max(recorded) - state.update)):
            state = _updated(learner, state)
            if state.update in recorded:
                records.append(record(learner, state))
    return state, records


def _updated(learner: Learner, state: RunsState) -> RunsState:
    """Return the state after one update. Replicas that are no longer finite keep the parameters that they had before it."""
    update = state.update + 1
    params, optimizer = learner.updated(state.params, state.optimizer, update)
    if np.isfinite(params.sum()) and state.diverged_at.max() < 0:  # a cheap test of all
        return RunsState(params, optimizer, state.diverged_at, update)
    lost = (state.diverged_at < 0) & ~np.isfinite(params).all(axis=-1)
    diverged_at = np.where(lost, update, state.diverged_at)
    return RunsState(np.where((diverged_at < 0)[..., None], params, state.params), optimizer, diverged_at, update)


def part(stepper: Stepper, runs: int, state: RunsState, run: int) -> RunsState:
    """Return the state of one of `runs` runs, as the run alone has it."""
    own = slice(run, run + 1)
    return RunsState(state.params[:, own].copy(), [parts.of_run(stepper, state.optimizer, run, runs)], state.diverged_at[:, own].copy(), state.update)


def together(stepper: Stepper, states: Sequence[RunsState]) -> RunsState:
    """Return the state of a stack of runs that are equally far, from the state of each run alone."""
    optimizer = parts.together(stepper, [state.optimizer[0] for state in states])
    params, diverged_at = (np.concatenate([getattr(state, name) for state in states], axis=1) for name in ("params", "diverged_at"))
    return RunsState(params, optimizer, diverged_at, states[0].update)


class RunsLane(RecordedLane):
    """The lane of a run whose state is a `RunsState`. A study says what knows a stack of them."""

    @staticmethod
    @abstractmethod
    def _learner(stack: Any, data: Any) -> Learner:
        """Return what knows the runs of a stack."""

    @classmethod
    def _together(cls, stack: Any, states: Sequence[RunsState], data: Any) -> RunsState:
        return together(cls._learner(stack, data).stepper, states)

    @classmethod
    def _part(cls, stack: Any, state: RunsState, data: Any, run: int) -> RunsState:
        return part(cls._learner(stack, data).stepper, len(stack.runs), state, run)

"""Lanes: an experiment is an ordered tuple of lanes, one run each, and its result is joined from what these record.

A lane is trained with whatever other lanes have the same shared settings, and records the same in any company. So it needs to be trained only once,
for every experiment that has it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from core.datasets import Table
from core.experiment import Experiment
from core.optimizers.base import State
from core.preparation.split import Data
from core.training.limits import MAX_STACKED_PARAMS, MAX_UNIT_BYTES, unit_bytes
from core.training.plan import updates_per_epoch
from core.training.recorded import for_a_while
from core.training.results import Result, Track
from core.training.slices import advance, begin, prepared
from core.training.stack import groups
from core.training.state import Record, StackState, TrainingState
from core.training.stopping import Best

#: runs of the largest stack: twice as many make an update of one run on digits 3 % cheaper (`benchmarks.training stacks`), and other stacks wait for it
MOST_LANES = 32


@dataclass(frozen=True)
class Lane:
    """One run under the settings that it shares with others. `experiment` has this run alone, without a label."""

    experiment: Experiment

    def key(self) -> str:
        """Return a text that is equal for equal lanes."""
        return self.experiment.to_json()

    def company(self) -> str:
        """Return a text that is equal for lanes that can train in one stack."""
        return json.dumps({**self.experiment.to_dict(), "runs": None})

    def share(self, data: Data) -> float:
        """Return the share of the largest stack that the lane takes: of its runs, or of its memory."""
        return max(1 / MOST_LANES, self.memory_share(data))

    def memory_share(self, data: Data) -> float:
        """Return the share of the largest stack's memory that the lane takes: of its parameters, or of its units in an update."""
        experiment, sizes = self.experiment, (data.X.shape[1], len(data.outputs))
        params = experiment.seeds * experiment.model.n_params(*sizes) / MAX_STACKED_PARAMS
        return max(params, unit_bytes(experiment, data.n_train, sum(sizes)) / MAX_UNIT_BYTES)

    def done(self, state: StackState) -> bool:
        """Return whether nothing is left to train."""
        return state.done(self.experiment)

    def position(self, state: StackState) -> tuple[int, int]:
        """Return how far a state is; lanes of one company that are equally far can go on in one stack."""
        return state.epoch, state.batch

    def updates(self, state: StackState, data: Data) -> tuple[int, int]:
        """Return how many updates are done, and how many there are."""
        of_epoch = updates_per_epoch(self.experiment, data.n_train)
        return state.epoch * of_epoch + state.batch, self.experiment.epochs * of_epoch

    @staticmethod
    def advance(
        lanes: Sequence[Lane], states: Sequence[StackState] | None, data: Data, seconds: float, max_updates: int | None = None
    ) -> list[tuple[StackState, Track]]:
        """Return for each lane the state after one more slice, and what it recorded in it.

        The lanes are of one company, and equally far; without `states` they begin. The slice ends after about `seconds`, and after `max_updates`.
        """
        stack = replace(lanes[0].experiment, runs=tuple(lane.experiment.runs[0] for lane in lanes))
        state = begin(stack, data) if states is None else stacked(stack, states, data)
        started, first = time.perf_counter(), state.records

        def further(before: TrainingState, updates: int) -> tuple[TrainingState, tuple[Record, ...]]:
            after = advance(stack, before, stack.epochs, max_updates=updates)
            return after, after.records

        state, later = for_a_while(further, state, lambda each: each.done(stack), seconds, max_updates)
        records = [*first, *later]
        parts = split(stack, replace(state, slice_seconds=time.perf_counter() - started))
        return [(part, Track.of(stack, state, records, run)) for run, part in enumerate(parts)]


@dataclass(frozen=True)
class Comparison:
    """An experiment as the lanes that it is made of."""

    experiment: Experiment

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        """The lanes, in the order of the runs."""
        return tuple(Lane(self.experiment.alone(index)) for index in range(len(self.experiment.runs)))

    def prepared(self, table: Table | None = None) -> Data:
        """Return the data that all lanes share. Raise ValueError as `core.training.slices.prepared` does."""
        return prepared(self.experiment, table)

    def joined(self, data: Data, tracks: Sequence[Track]) -> Result:
        """Return the result of the experiment, from what its lanes recorded."""
        return Result.join(self.experiment, data, tracks)


def split(stack: Experiment, state: StackState) -> list[StackState]:
    """Return the state of each run of a stack, as the run alone has it."""
    common = {name: getattr(state, name) for name in ("epoch", "batch", "slice_seconds")}
    optimizers: list[State] = [{}] * len(stack.runs)
    for group, of_group in zip(_optimizers(stack), state.optimizer, strict=True):
        for place, run in enumerate(np.arange(len(stack.runs))[group.index]):
            optimizers[run] = {name: array[:, place : place + 1, : _size(stack, run, state)].copy() for name, array in of_group.items()}
    parts = []
    for run, optimizer in enumerate(optimizers):
        own, size = slice(run, run + 1), _size(stack, run, state)
        best = state.best if state.best is not None and stack.runs[run].patience else None
        part = StackState(
            params=state.params[:, own, :size].copy(), optimizer=[optimizer], diverged_at=state.diverged_at[:, own].copy(),
            stopped_at=state.stopped_at[:, own].copy(), first_loss=state.first_loss[:, own].copy(), update_seconds=state.update_seconds[own].copy(),
            sums=state.sums[..., own].copy(),
            best=None if best is None else Best(best.loss[:, own].copy(), best.epoch[:, own].copy(), best.params[:, own, :size].copy()), **common,
        )  # fmt: skip
        parts.append(part)
    return parts


def stacked(stack: Experiment, states: Sequence[StackState], data: Data) -> TrainingState:
    """Return the state of a stack of runs that are equally far, from the state of each run alone."""
    size, first = max(state.params.shape[-1] for state in states), states[0]

    def beside(arrays: Sequence[np.ndarray], axis: int = 1) -> np.ndarray:
        return np.concatenate(arrays, axis=axis)

    def packed(arrays: Sequence[np.ndarray]) -> np.ndarray:  # an optimizer may have one number (S, 1, 1) for all parameters
        return beside([np.pad(array, ((0, 0), (0, 0), (0, size - array.shape[-1] if array.shape[-1] > 1 else 0))) for array in arrays])

    members = [[states[run].optimizer[0] for run in np.arange(len(states))[group.index]] for group in _optimizers(stack)]
    best = None
    if any(state.best is not None for state in states):
        of_runs = [state.best or Best.before(state.params) for state in states]
        best = Best(beside([each.loss for each in of_runs]), beside([each.epoch for each in of_runs]), packed([each.params for each in of_runs]))
    return TrainingState(
        data=data, params=packed([state.params for state in states]),
        optimizer=[{name: packed([each[name] for each in of_group]) for name in of_group[0]} for of_group in members],
        diverged_at=beside([state.diverged_at for state in states]), stopped_at=beside([state.stopped_at for state in states]),
        first_loss=beside([state.first_loss for state in states]), update_seconds=beside([state.update_seconds for state in states], 0),
        sums=beside([state.sums for state in states], 2), best=best, epoch=first.epoch, batch=first.batch,
    )  # fmt: skip


def _optimizers(stack: Experiment) -> list[Any]:
    """Return the groups of the optimizers of a stack."""
    return groups([run.optimizer for run in stack.runs], 1, stack.dtype)


def _size(stack: Experiment, run: int, state: StackState) -> int:
    """Return the number of packed parameters of a run alone: in a stack all have room for as many learned numbers as any loss learns."""
    most = max(len(each.loss.learned) for each in stack.runs)
    return state.params.shape[-1] - most + len(stack.runs[run].loss.learned)

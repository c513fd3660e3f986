"""The lanes of a duel: one run each, trained once for every duel that has it, and the result that is joined of what they recorded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import Table
from core.studies.adversarial.duel import MAX_STACKED_PARAMS, MAX_UNITS, Duel
from core.studies.adversarial.exam import Exam, exam
from core.studies.adversarial.play import DuelState, Record, advance, start
from core.studies.adversarial.players import Player, Players, stepper
from core.training import parts
from core.training.recorded import Recorded, for_a_while, joined

Array = NDArray[Any]

#: runs of the largest stack
_MOST_LANES = 16


@dataclass(frozen=True, eq=False)
class DuelTrack:
    """What one run recorded. `updates` (E,); `metrics`: (E, S) by name; `states`: of its first seed, one for each record; `diverged_at` (S,)."""

    updates: Array
    metrics: dict[str, Array]
    states: tuple[DuelState, ...]
    diverged_at: Array

    @classmethod
    def of(cls, duel: Duel, state: DuelState, records: Sequence[Record], run: int) -> DuelTrack:
        """Return what a run of a stack recorded in a slice. `state`: that after it."""
        names = records[0].metrics if records else {}
        states = tuple(part(duel, record.state, run, seeds=1) for record in records)
        metrics = {name: np.array([record.metrics[name][:, run] for record in records]) for name in names}
        return cls(np.array([each.update for each in states], int), metrics, states, state.diverged_at[:, run].copy())

    def followed_by(self, later: DuelTrack) -> DuelTrack:
        """Return this track and that of the next slice as one."""
        if not len(later.updates):
            return replace(self, diverged_at=later.diverged_at)
        if not len(self.updates):
            return later
        return DuelTrack(*joined(self, later), self.states + later.states, later.diverged_at)

    @property
    def nbytes(self) -> int:
        """Bytes of metrics and states."""
        return sum(values.nbytes for values in self.metrics.values()) + sum(state.nbytes for state in self.states)


@dataclass(frozen=True)
class DuelLane:
    """One run of a duel under the settings that it shares with others. `duel` has this run alone, without a label."""

    duel: Duel

    def key(self) -> str:
        """Return a text that is equal for equal lanes."""
        return f"duel {self.duel.to_json()}"

    def company(self) -> str:
        """Return a text that is equal for lanes that can train in one stack."""
        return f"duel {json.dumps({**self.duel.to_dict(), 'runs': None})}"

    def share(self, data: Exam) -> float:
        """Return the share of the largest stack that the lane takes: of its runs, or of its memory."""
        return max(1 / _MOST_LANES, self.memory_share(data))

    def memory_share(self, data: Exam) -> float:
        """Return the share of the largest stack's memory that the lane takes."""
        return max(self.duel.seeds * self.duel.params() / MAX_STACKED_PARAMS, self.duel.units() / MAX_UNITS)

    def done(self, state: DuelState) -> bool:
        """Return whether nothing is left to train."""
        return state.done(self.duel)

    def position(self, state: DuelState) -> tuple[int, ...]:
        """Return how far a state is; lanes of one company that are equally far can go on in one stack."""
        return (state.update,)

    def updates(self, state: DuelState, data: Exam) -> tuple[int, int]:
        """Return how many updates are done, and how many there are."""
        return state.update, self.duel.updates

    @staticmethod
    def advance(
        lanes: Sequence[DuelLane], states: Sequence[DuelState] | None, data: Exam, seconds: float, max_updates: int | None = None
    ) -> list[tuple[DuelState, DuelTrack]]:
        """Return for each lane the state after one more slice of about so many seconds, or of `max_updates`, and what it recorded in it."""
        stack = replace(lanes[0].duel, runs=tuple(lane.duel.runs[0] for lane in lanes))
        state = start(stack) if states is None else together(stack, states)
        state, records = for_a_while(
            lambda before, count: advance(stack, before, count, data), state, lambda each: each.done(stack), seconds, max_updates, first=4
        )  # fmt: skip
        return [(part(stack, state, run), DuelTrack.of(stack, state, records, run)) for run in range(len(lanes))]


@dataclass(frozen=True)
class DuelResult(Recorded):
    """The records of a duel, or those so far."""

    duel: Duel
    exam: Exam
    tracks: tuple[DuelTrack, ...]

    @property
    def document(self) -> Duel:
        """The document."""
        return self.duel

    def state(self, update: int) -> DuelState:
        """Return the state of all runs of the first seed at a recorded update."""
        return together(replace(self.duel, seeds=1), [track.states[self.place(update)] for track in self.tracks])


@dataclass(frozen=True)
class DuelDocument:
    """A duel as the lanes that it is made of."""

    duel: Duel

    @cached_property
    def lanes(self) -> tuple[DuelLane, ...]:
        """The lanes, in the order of the runs."""
        return tuple(DuelLane(self.duel.alone(index)) for index in range(len(self.duel.runs)))

    def prepared(self, table: Table | None = None) -> Exam:
        """Return what all runs are measured with. Raise ValueError, with the reason, for more work than a duel may ask for."""
        self.duel.check()
        return exam(self.duel)

    def joined(self, data: Exam, records: Sequence[DuelTrack]) -> DuelResult:
        """Return the result, from what the lanes recorded."""
        return DuelResult(self.duel, data, tuple(records))


def play(duel: Duel) -> DuelResult:
    """Return the result of a duel, all of whose runs train as one stack."""
    data = DuelDocument(duel).prepared()
    state, records = advance(duel, start(duel), duel.updates, data)
    return DuelResult(duel, data, tuple(DuelTrack.of(duel, state, records, run) for run in range(len(duel.runs))))


def part(stack: Duel, state: DuelState, run: int, seeds: int | None = None) -> DuelState:
    """Return the state of one run of a stack, as the run alone has it, of all seeds or of the first `seeds`."""
    own, some = slice(run, run + 1), slice(seeds)
    rules = [each.generator_optimizer for each in stack.runs], [each.critic_optimizer for each in stack.runs]
    generator, critic = (
        Player(player.params[some, own].copy(), [parts.of_run(stepper(stack, of_runs), player.optimizer, run, len(stack.runs), some)], player.steps)
        for player, of_runs in zip((state.generator, state.critic), rules, strict=True)
    )  # fmt: skip
    return DuelState(generator, critic, state.diverged_at[some, own].copy(), state.update)


def together(stack: Duel, states: Sequence[DuelState]) -> DuelState:
    """Return the state of a stack of runs that are equally far, from the state of each run alone."""
    rules = [each.generator_optimizer for each in stack.runs], [each.critic_optimizer for each in stack.runs]

    def beside(arrays: Sequence[Array]) -> Array:
        return np.concatenate(arrays, axis=1)

    players = []
    for name, of_runs in zip(("generator", "critic"), rules, strict=True):
        alone: list[Player] = [getattr(state, name) for state in states]
        optimizer = parts.together(stepper(stack, of_runs), [player.optimizer[0] for player in alone])
        players.append(Player(beside([player.params for player in alone]), optimizer, alone[0].steps))
    return DuelState(players[0], players[1], beside([state.diverged_at for state in states]), states[0].update)


def players_of(duel: Duel) -> Players:
    """Return the players of a duel's first seed, for pictures of it."""
    return Players(replace(duel, seeds=1))

"""The lanes of a duel: one run each, trained once for every duel that has it, and the result that is joined of what they recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import Table
from core.studies.adversarial.duel import MAX_STACKED_PARAMS, MAX_UNITS, Duel
from core.studies.adversarial.exam import Exam, exam
from core.studies.adversarial.play import DuelState, Record, advance, start
from core.studies.adversarial.players import Player, Players, stepper
from core.training import parts
from core.training.recorded import Recorded, joined
from core.training.recorded_lanes import DocumentLanes, RecordedLane

Array = NDArray[Any]


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


class DuelLane(RecordedLane):
    """One run of a duel under the settings that it shares with others."""

    asked: Duel

    def memory_share(self, data: Exam) -> float:
        """Return the share of the largest stack's memory that the lane takes."""
        return max(self.asked.seeds * self.asked.params() / MAX_STACKED_PARAMS, self.asked.units() / MAX_UNITS)

    @classmethod
    def _start(cls, stack: Duel, data: Exam) -> DuelState:
        return start(stack)

    @classmethod
    def _advance(cls, stack: Duel, state: DuelState, updates: int, data: Exam) -> tuple[DuelState, list[Record]]:
        return advance(stack, state, updates, data)

    @classmethod
    def _together(cls, stack: Duel, states: Sequence[DuelState], data: Exam) -> DuelState:
        return together(stack, states)

    @classmethod
    def _part(cls, stack: Duel, state: DuelState, data: Exam, run: int) -> DuelState:
        return part(stack, state, run)

    @classmethod
    def _track(cls, stack: Duel, state: DuelState, records: Sequence[Record], run: int) -> DuelTrack:
        return DuelTrack.of(stack, state, records, run)


@dataclass(frozen=True)
class DuelResult(Recorded):
    """The records of a duel, or those so far."""

    document: Duel
    data: Exam
    tracks: tuple[DuelTrack, ...]

    def state(self, update: int) -> DuelState:
        """Return the state of all runs of the first seed at a recorded update."""
        return together(replace(self.document, seeds=1), [track.states[self.place(update)] for track in self.tracks])


class DuelDocument(DocumentLanes[DuelResult]):
    """A duel as the lanes that it is made of."""

    asked: Duel
    lane, result = DuelLane, DuelResult

    def prepared(self, table: Table | None = None) -> Exam:
        """Return what all runs are measured with. Raise ValueError, with the reason, for more work than a duel may ask for."""
        self.asked.check()
        return exam(self.asked)


def play(duel: Duel) -> DuelResult:
    """Return the result of a duel, all of whose runs train as one stack."""
    return DuelDocument(duel).trained()


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

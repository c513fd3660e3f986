"""The training of duels, in slices: `start` returns the first state, `advance` the state after some more updates, `play` a whole result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.adversarial.duel import Duel
from core.studies.adversarial.exam import Exam, measured
from core.studies.adversarial.players import Player, Players
from core.training.threads import one_thread

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class DuelState:
    """Where the runs of a stack stand after `update` updates. `diverged_at` (S, R): the update in which a replica was frozen, or -1."""

    generator: Player
    critic: Player
    diverged_at: Array
    update: int = 0

    @property
    def nbytes(self) -> int:
        """Bytes of the parameters and the optimizers' states."""
        players = self.generator, self.critic
        return sum(array.nbytes for player in players for array in (player.params, *(each for state in player.optimizer for each in state.values())))

    def done(self, duel: Duel) -> bool:
        """Return whether nothing is left to train."""
        return self.update >= duel.updates


@dataclass(frozen=True, eq=False)
class Record:
    """What was measured after an update, (S, R) by name, and the state then."""

    metrics: dict[str, Array]
    state: DuelState


def start(duel: Duel) -> DuelState:
    """Return the state before the first update. Raise ValueError, with the reason, for more work than a duel may ask for."""
    duel.check()
    generator, critic = Players(duel).start()
    return DuelState(generator, critic, np.full((duel.seeds, len(duel.runs)), -1))


def advance(duel: Duel, state: DuelState, updates: int, exam: Exam) -> tuple[DuelState, list[Record]]:
    """Return the state after so many more updates, at most to the end, and the records of this slice, that of the start included.

    The function changes nothing, and slices of any size lead to the same bits. A replica whose parameters are no longer finite is frozen and marked.
    """
    players, records, recorded = Players(duel), [], {*duel.recorded}
    with np.errstate(all="ignore"), one_thread():
        if state.update == 0:
            records.append(record(players, state, exam))
        for _ in range(min(updates, duel.updates - state.update)):
            state = updated(players, state)
            if state.update in recorded:
                records.append(record(players, state, exam))
    return state, records


def updated(players: Players, state: DuelState) -> DuelState:
    """Return the state after one update: the steps of the critic, and that of the generator."""
    draws, generator, critic = players.draws(state.update), state.generator, state.critic
    for number in range(players.duel.critic_steps):
        critic = players.critic_step(generator, critic, draws, number)
    generator = players.generator_step(generator, critic, draws)
    after = DuelState(generator, critic, state.diverged_at, state.update + 1)
    if np.isfinite(generator.params.sum() + critic.params.sum()) and state.diverged_at.max() < 0:  # a cheap test of all
        return after
    return _frozen(state, after)


def _frozen(before: DuelState, after: DuelState) -> DuelState:
    """Return the state after an update, in which replicas that are no longer finite keep the parameters that they had before it."""
    finite = np.isfinite(after.generator.params).all(axis=-1) & np.isfinite(after.critic.params).all(axis=-1)
    diverged_at = np.where((before.diverged_at < 0) & ~finite, after.update, before.diverged_at)
    runs = (diverged_at < 0)[..., None]
    generator, critic = (
        replace(new, params=np.where(runs, new.params, old.params))
        for new, old in ((after.generator, before.generator), (after.critic, before.critic))
    )  # fmt: skip
    return replace(after, generator=generator, critic=critic, diverged_at=diverged_at)


def record(players: Players, state: DuelState, exam: Exam) -> Record:
    """Return the record of a state. Of a replica that has diverged there is NaN."""
    metrics = measured(players, state.generator.params, state.critic.params, exam)
    return Record({name: np.where(state.diverged_at < 0, values, np.nan) for name, values in metrics.items()}, state)

"""What a duel looks like at one update: samples, the critic's scores over the plane, and where the generator is pulled; also after single steps beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from core.studies.adversarial.duel import Duel
from core.studies.adversarial.exam import Exam, measured
from core.studies.adversarial.lanes import DuelResult, players_of
from core.studies.adversarial.play import DuelState

Array = NDArray[Any]

#: the letters of single steps, of critic and generator
CRITIC, GENERATOR = "d", "g"
#: cells of the shading along a side, samples and arrows that are drawn
_CELLS, SHOWN, ARROWS = 60, 300, 24
#: the width of the shading divided by its height, for panels that are wider than high
WIDE = 2.0


@dataclass(frozen=True, eq=False)
class Picture:
    """One run at one update. `reach`: half the height of the picture, `WIDE` times that half its width.

    `samples`, `real` (N, 2). `shares` (H, W, 2): for each cell 1 - p and p, where p is how much rather generated than real the critic finds it, against the
    middle of its scores; row 0 is at the lowest y. `pulls` (M, 2): the negative gradient of the generator's loss at the first M samples.
    """

    reach: float
    samples: Array
    real: Array
    shares: Array
    pulls: Array


def stepped(duel: Duel, state: DuelState, singly: Sequence[str]) -> DuelState:
    """Return the state of a duel's first seed after single steps, CRITIC or GENERATOR, on rows and noise that the training does not use."""
    players, generator, critic = players_of(duel), state.generator, state.critic
    with np.errstate(all="ignore"):
        for place, player in enumerate(singly):
            draws = players.draws(duel.updates + place)
            if player == CRITIC:
                critic = players.critic_step(generator, critic, draws, 0)
            else:
                generator = players.generator_step(generator, critic, draws)
    return replace(state, generator=generator, critic=critic)


def shown(result: DuelResult, update: int, singly: Sequence[str] = ()) -> tuple[list[Picture], dict[str, Array]]:
    """Return the picture of each run after an update and single steps, and what is measured then, (R,) by name."""
    duel = result.document
    state = stepped(duel, result.state(update), singly)
    return pictures(duel, state, result.data), _measured(duel, state, result.data)


def _measured(duel: Duel, state: DuelState, exam: Exam) -> dict[str, Array]:
    with np.errstate(all="ignore"):
        found = measured(players_of(duel), state.generator.params, state.critic.params, exam)
    return {name: np.where(state.diverged_at[0] < 0, values[0], np.nan) for name, values in found.items()}


def pictures(duel: Duel, state: DuelState, exam: Exam) -> list[Picture]:
    """Return the picture of each run of a state of the first seed."""
    players, reach, model = players_of(duel), duel.data.reach, duel.critic
    wide = round(WIDE * _CELLS)
    across, up = (((np.arange(cells) + 0.5) / _CELLS * 2 - cells / _CELLS) * reach for cells in (wide, _CELLS))
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2).astype(duel.dtype)
    with np.errstate(all="ignore"):
        samples, _ = players.made(state.generator.params, exam.noise[None, None])
        scores, a, b = (
            model.forward(state.critic.params, np.broadcast_to(x, (*samples.shape[:2], x.shape[-2], 2)))[0][0, ..., 0] for x in (grid, exam.real, samples)
        )
        pulls = -players.pulls(state.critic.params, samples, exam.real)[0]
        middle = (np.median(a, axis=1) + np.median(b, axis=1)) / 2
        spread = np.quantile(scores, 0.9, axis=1) - np.quantile(scores, 0.1, axis=1)
        generated = expit(-2 * (scores - middle[:, None]) / np.maximum(spread, 1e-12)[:, None]).reshape(-1, _CELLS, wide)
    return [
        Picture(reach, samples[0, run, :SHOWN], exam.real[:SHOWN], np.stack([1 - of_run, of_run], axis=-1), pulls[run, :ARROWS])
        for run, of_run in enumerate(generated)
    ]  # fmt: skip

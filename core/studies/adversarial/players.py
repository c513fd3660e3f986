"""The players of a stack of duels, and their single steps. Axes: S seeds, R runs, B samples, P packed parameters.

Runs of one kind of loss, penalty or optimizer form a group, as in `core.training.stack`. All runs of a seed share start, real rows and noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.optimizers import Optimizer
from core.optimizers.base import State
from core.studies.adversarial.duel import Duel
from core.studies.adversarial.penalties import AT_REAL, BETWEEN
from core.training.stack import Group, Stepper, groups

Array = NDArray[Any]

#: purposes of random numbers: seed, purpose and block determine a draw
_START, _REAL, _NOISE, _BETWEEN = 0, 1, 2, 3
#: updates whose random numbers are drawn at once
_BLOCK = 32


@dataclass(frozen=True, eq=False)
class Draws:
    """What one update draws, for all runs. `real` (S, 1, n, B, 2), `noise` (S, 1, n + 1, B, L), `between` (S, 1, n, B, 1), of n steps of the critic."""

    real: Array
    noise: Array
    between: Array


@dataclass(frozen=True, eq=False)
class Player:
    """One player of all runs: parameters (S, R, P), the states of its optimizers, one for each group, and the number of its steps."""

    params: Array
    optimizer: list[State]
    steps: int = 0


class Players:
    """The losses, penalties and optimizers of the runs of a duel, applied to all runs at once. It is cheap, so each slice makes it anew."""

    def __init__(self, duel: Duel) -> None:
        self.duel = duel
        self.losses = groups([run.loss for run in duel.runs], 1, duel.dtype)
        penalties = groups([run.penalty for run in duel.runs], 2, duel.dtype)
        self.penalties = [group for group in penalties if group.item.place in (AT_REAL, BETWEEN)]
        self.limits = [group for group in penalties if group.item.kind == "clipping"]
        self._critic = stepper(duel, [run.critic_optimizer for run in duel.runs])
        self._generator = stepper(duel, [run.generator_optimizer for run in duel.runs])
        self._critic_rates = np.array([[run.critic_rate] for run in duel.runs], duel.dtype)
        self._generator_rates = np.array([[run.generator_rate] for run in duel.runs], duel.dtype)
        self._paired = any(run.loss.paired for run in duel.runs)
        self._block: tuple[int, Draws] | None = None

    def start(self) -> tuple[Player, Player]:
        """Return generator and critic before the first update."""
        duel, runs = self.duel, len(self.duel.runs)
        made = [], []  # type: tuple[list[Array], list[Array]]
        for seed in duel.seed_numbers:
            rng = np.random.default_rng([seed, _START])
            made[0].append(np.zeros(0) if duel.still else duel.generator.init(rng, duel.latent, 2))
            made[1].append(duel.critic.init(rng, 2, 1))
        generator, critic = (np.repeat(np.stack(each)[:, None], runs, axis=1).astype(duel.dtype) for each in made)
        return Player(generator, self._generator.init(generator)), Player(critic, self._critic.init(critic))

    def draws(self, update: int) -> Draws:
        """Return the random numbers of an update (from 0). Those of a block of updates are drawn at once."""
        block, place = divmod(update, _BLOCK)
        if self._block is None or self._block[0] != block:
            self._block = block, self._drawn(block)
        whole = self._block[1]
        return Draws(whole.real[:, :, place], whole.noise[:, :, place], whole.between[:, :, place])

    def _drawn(self, block: int) -> Draws:
        duel, shape = self.duel, (_BLOCK, self.duel.critic_steps, self.duel.batch)
        real, noise, between = [], [], []
        for seed in duel.seed_numbers:
            real.append(duel.data.draw(np.random.default_rng([seed, _REAL, block]), shape))
            noise.append(np.random.default_rng([seed, _NOISE, block]).standard_normal((_BLOCK, shape[1] + 1, shape[2], noise_width(duel))))
            between.append(np.random.default_rng([seed, _BETWEEN, block]).random((*shape, 1)) if self.penalties else np.zeros((*shape, 0)))
        return Draws(*(np.stack(each)[:, None].astype(duel.dtype) for each in (real, noise, between)))

    def made(self, generator: Array, noise: Array) -> tuple[Array, list[Array]]:
        """Return the points (S, R, B, 2) that the generators make of noise (S or 1, R or 1, B, L), and the inputs of their layers."""
        if self.duel.still:
            return np.broadcast_to(self.duel.still * noise, (*generator.shape[:2], *noise.shape[-2:])).astype(noise.dtype), []
        return self.duel.generator.forward(generator, noise)

    def critic_gradient(self, generator: Array, critic: Array, real: Array, noise: Array, between: Array) -> Array:
        """Return the gradient (S, R, P) of what the critics minimise: the mean of the loss over a batch, and the penalty."""
        points, _ = self.made(generator, noise)
        real = np.broadcast_to(real, points.shape)
        rows = points.shape[-2]
        scores, inputs = self.duel.critic.forward(critic, np.concatenate([real, points], axis=-2))
        dscores = np.empty_like(scores)
        for group in self.losses:
            of_group = scores[:, group.index, :, 0]
            da, db = group.item.critic_gradient(of_group[..., :rows], of_group[..., rows:])
            dscores[:, group.index, :, 0] = np.concatenate([da, db], axis=-1)
        dscores /= rows
        grads = self.duel.critic.backward(critic, inputs, dscores)
        for penalised in self.penalties:
            known = inputs if penalised.item.place == AT_REAL else None
            grads[:, penalised.index] += self._penalty_gradient(penalised, critic, real, points, between, known)
        return grads

    def _penalty_gradient(self, group: Group[Any], critic: Array, real: Array, points: Array, between: Array, known: list[Array] | None) -> Array:
        """Return the gradient (S, R_k, P) of the mean penalty of a group. `known`: the inputs of the critic's layers, whose first rows are of real samples."""
        i, model, rows = group.index, self.duel.critic, points.shape[-2]
        params = critic[:, i]
        if known is None:
            _, inputs = model.forward(params, between * real[:, i] + (1 - between) * points[:, i])
        else:
            inputs = [each[:, i][:, :, :rows] for each in known]
        ones = np.ones((*params.shape[:2], rows, 1), params.dtype)
        slopes, of_layers = model.input_gradient(params, inputs, ones)
        return model.penalty_backward(params, inputs, of_layers, group.item.gradient(slopes) / rows)

    def pulls(self, critic: Array, points: Array, real: Array) -> Array:
        """Return the gradient of the generators' loss by each point, (S, R, B, 2). `real` (..., B, 2): what a paired loss compares with."""
        model = self.duel.critic
        scores, inputs = model.forward(critic, points)
        b = scores[..., 0]
        a = model.forward(critic, np.broadcast_to(real, points.shape))[0][..., 0] if self._paired else b
        db = np.empty_like(b)
        for group in self.losses:
            db[:, group.index] = group.item.generator_gradient(a[:, group.index], b[:, group.index])[1]
        return model.input_gradient(critic, inputs, db[..., None])[0]

    def generator_gradient(self, generator: Array, critic: Array, real: Array, noise: Array) -> Array:
        """Return the gradient (S, R, P) of what the generators minimise, the mean over a batch."""
        points, inputs = self.made(generator, noise)
        return self.duel.generator.backward(generator, inputs, self.pulls(critic, points, real) / points.shape[-2])

    def critic_step(self, generator: Player, critic: Player, draws: Draws, number: int) -> Player:
        """Return the critics after step `number` (from 0) of those of an update."""
        grads = self.critic_gradient(generator.params, critic.params, draws.real[:, :, number], draws.noise[:, :, number], draws.between[:, :, number])
        params, optimizer = self._critic.update(grads, critic.optimizer, critic.params, critic.steps + 1, self._critic_rates)
        for group in self.limits:
            params[:, group.index] = group.item.limited(params[:, group.index])
        return Player(params, optimizer, critic.steps + 1)

    def generator_step(self, generator: Player, critic: Player, draws: Draws) -> Player:
        """Return the generators after the step of an update; one that stands still does not change."""
        if self.duel.still:
            return replace(generator, steps=generator.steps + 1)
        grads = self.generator_gradient(generator.params, critic.params, draws.real[:, :, -1], draws.noise[:, :, -1])
        params, optimizer = self._generator.update(grads, generator.optimizer, generator.params, generator.steps + 1, self._generator_rates)
        return Player(params, optimizer, generator.steps + 1)

    def losses_at(self, a: Array, b: Array) -> tuple[Array, Array]:
        """Return the mean loss of critics and generators, each (S, R), of scores (S, R, B), without the penalty."""
        means = np.empty((2, *a.shape[:2]), a.dtype)
        for group in self.losses:
            i = group.index
            means[0][:, i] = group.item.critic_value(a[:, i], b[:, i]).mean(axis=-1)
            means[1][:, i] = group.item.generator_value(a[:, i], b[:, i]).mean(axis=-1)
        return means[0], means[1]


def noise_width(duel: Duel) -> int:
    """Return the number of dimensions of the noise."""
    return 2 if duel.still else duel.latent


def stepper(duel: Duel, optimizers: Sequence[Optimizer]) -> Stepper:
    """Return the optimizers of one player."""
    return Stepper(optimizers, duel.dtype)

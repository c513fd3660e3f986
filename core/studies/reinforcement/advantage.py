"""The advantage: seven estimators of the gradient of a policy's return, on the same episodes, beside the exact gradient.

The policy is a softmax of scores (C, 4), so the gradient has as many entries. Nothing is discounted, and every episode goes on to the goal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.reinforcement.policy_losses import log_softmax
from core.studies.reinforcement.worlds import FIELD, Maze, maze

Array = NDArray[Any]

#: purposes of random numbers
_EPISODES, _CRITIC = 0, 1
#: more steps than any episode has whose policy is not worse than chance
_MOST_STEPS = 20_000


@dataclass(frozen=True)
class Estimator:
    """What stands for the advantage of a step. `decay`: the λ of a mixture of TD errors; None: returns, less a baseline."""

    title: str
    doc: str
    decay: float | None = None


ESTIMATORS = {
    "whole": Estimator("whole return", "The return of the whole episode, at each of its steps."),
    "to_go": Estimator("return to go", "What came after the step: what came before is no merit of it."),
    "minus_mean": Estimator("to go, minus mean", "Less the mean return to go over all steps: a baseline that is one number."),
    "minus_v": Estimator("to go, minus V(s)", "Less what the critic expects of the cell."),
    "gae_95": Estimator("GAE, λ = 0.95", "TD errors of the critic, added up with the weights 1, λ, λ², ...", 0.95),
    "gae_90": Estimator("GAE, λ = 0.9", "TD errors of the critic, added up with the weights 1, λ, λ², ...", 0.9),
    "gae_0": Estimator("GAE, λ = 0", "One TD error of the critic, and nothing of what came later.", 0.0),
}


@dataclass(frozen=True, eq=False)
class Exact:
    """What is known of a policy without an episode. `v` (C,), `q` (C, 4), `visits` (C,): expected visits; `chances` (C, 4); `gradient` (C, 4); `value`."""

    v: Array
    q: Array
    visits: Array
    chances: Array
    gradient: Array
    value: float


def exact(world: Maze, scores: Array) -> Exact:
    """Return the values of a policy by the linear system v = r + P v, and the gradient of the start's value: visits · π · (q - v).

    Source: R. S. Sutton et al., 2000, Policy gradient methods for reinforcement learning with function approximation.
    """
    chances, stands = np.exp(log_softmax(scores)), world.stands
    ways = _ways(world, chances)
    v, visits = np.zeros(world.cells), np.zeros(world.cells)
    rewards = (chances * world.rewards).sum(axis=1)
    system = np.eye(len(stands)) - ways[np.ix_(stands, stands)]
    v[stands] = np.linalg.solve(system, rewards[stands])
    visits[stands] = np.linalg.solve(system.T, (stands == world.start).astype(float))
    q = world.rewards + v[world.after]
    return Exact(v, q, visits, chances, visits[:, None] * chances * (q - v[:, None]), float(v[world.start]))


def _ways(world: Maze, chances: Array) -> Array:
    """Return the chance (C, C) to come from a cell to another one in one step."""
    ways = np.zeros((world.cells, world.cells))
    np.add.at(ways, (np.arange(world.cells)[:, None], world.after), chances)
    return ways


def expected(world: Maze, known: Exact, critic: Array, decay: float) -> Array:
    """Return the mean (C, 4) of the gradient that GAE with a critic (C,) estimates, exactly.

    The advantage of (s, a) has the mean δ(s, a) + λ u(s'), where u = (1 - λP)⁻¹ δ_π is what later TD errors come to. With λ = 1, or with the true values,
    it is the exact gradient.
    """
    stands = world.stands
    deltas = world.rewards + critic[world.after] - critic[:, None]
    later = np.zeros(world.cells)
    of_policy = (known.chances * deltas).sum(axis=1)
    ways = _ways(world, known.chances)[np.ix_(stands, stands)]
    later[stands] = np.linalg.solve(np.eye(len(stands)) - decay * ways, of_policy[stands])
    advantages = deltas + decay * later[world.after]
    mean = (known.chances * advantages).sum(axis=1, keepdims=True)
    return known.visits[:, None] * known.chances * (advantages - mean)


@dataclass(frozen=True, eq=False)
class Sample:
    """Episodes as they ran, (T, E): `cells` and `actions` of each step, its reward, and whether the episode goes on (`going`). `after`: the next cells."""

    cells: Array
    actions: Array
    rewards: Array
    after: Array
    going: Array


def sampled(world: Maze, chances: Array, episodes: int, seed: int) -> Sample:
    """Return so many episodes of a policy (C, 4), to their ends."""
    rng, limits = np.random.default_rng([seed, _EPISODES]), chances.cumsum(axis=1)
    at, alive = np.full(episodes, world.start), np.ones(episodes, bool)
    steps: list[tuple[Array, ...]] = []
    while alive.any() and len(steps) < _MOST_STEPS:
        action = np.minimum((rng.random(episodes)[:, None] > limits[at]).sum(axis=1), 3)
        after = np.where(alive, world.after[at, action], at)
        rewards = np.where(alive, world.rewards[at, action], 0.0)
        steps.append((at.astype(np.int16), action.astype(np.int8), rewards, after.astype(np.int16), alive))
        at, alive = after, alive & (after != world.goal)
    return Sample(*(np.stack(each) for each in zip(*steps, strict=True)))


def gae(rewards: Array, v: Array, v_after: Array, decay: float) -> Array:
    """Return A_t = δ_t + λ A_{t+1} (T, ...), with δ = r + v' - v. Where an episode is over, rewards and values have to be 0.

    Source: J. Schulman et al., 2016, High-dimensional continuous control using generalized advantage estimation, arXiv:1506.02438; without discount.
    """
    advantages = rewards + v_after - v
    for t in range(len(advantages) - 2, -1, -1):
        advantages[t] += decay * advantages[t + 1]
    return advantages


def advantages_of(name: str, sample: Sample, critic: Array) -> Array:
    """Return what an estimator takes for the advantage of each step (T, E); 0 after the end."""
    decay = ESTIMATORS[name].decay
    if decay is not None:
        now, then = (np.where(sample.going, critic[cells], 0.0) for cells in (sample.cells, sample.after))
        return gae(sample.rewards, now, then, decay)
    to_go = np.cumsum(sample.rewards[::-1], axis=0)[::-1]
    values = {
        "whole": to_go[:1], "to_go": to_go, "minus_mean": to_go - to_go[sample.going].mean(), "minus_v": to_go - critic[sample.cells],
    }[name]  # fmt: skip
    return np.where(sample.going, values, 0.0)


def gradients(advantages: Array, sample: Sample, chances: Array) -> Array:
    """Return the gradient (E, C, 4) that each episode estimates: Σ A (onehot(a) - π)."""
    cells, (episodes, count) = len(chances), (sample.cells.shape[1], 4)
    place = (np.arange(episodes) * cells + sample.cells) * count + sample.actions
    raised = np.bincount(place.ravel(), advantages.ravel(), episodes * cells * count).reshape(episodes, cells, count)
    return raised - raised.sum(axis=-1, keepdims=True) * chances


@dataclass(frozen=True, eq=False)
class Estimates:
    """What an estimator comes to: the trace of the covariance of one episode's gradient, and the length of its bias.

    The bias is exact, but that of the mean as a baseline, which is as small as 1 / E and is not counted.
    """

    variance: float
    bias: float


@dataclass(frozen=True, eq=False)
class Contest:
    """All estimators on the same episodes, and what is known exactly. `episodes`: how many were seen; `steps`: their mean length, NaN of none."""

    known: Exact
    episodes: int
    steps: float
    estimates: dict[str, Estimates]

    def error(self, name: str, batch: int) -> float:
        """Return the expected error of a gradient of so many episodes, as a share of the exact one's length: √(variance / batch + bias²)."""
        each = self.estimates[name]
        return float(np.sqrt(each.variance / batch + each.bias**2) / np.linalg.norm(self.known.gradient))


def scores_towards(world: Maze, sureness: float) -> Array:
    """Return scores (C, 4) that prefer each action on a shortest way to the goal by `sureness`."""
    nearer: Array = world.steps_to_goal[world.after] < world.steps_to_goal[:, None]
    return sureness * nearer.astype(float)


def critic_of(known: Exact, world: Maze, noise: float, seed: int) -> Array:
    """Return the true values (C,) with normal errors of this standard deviation; the goal's is 0."""
    critic = known.v + noise * np.random.default_rng([seed, _CRITIC]).standard_normal(world.cells) * (np.arange(world.cells) != world.goal)
    return critic


def counts(episodes: int) -> list[int]:
    """Return after how many of so many episodes the scatter is measured: 0, and 2, 5, 10, 20, ... up to all of them."""
    stops = (mantissa * 10**power for power in range(4) for mantissa in (1, 2, 5))
    return [0, *(stop for stop in stops if 2 <= stop < episodes), episodes]


@lru_cache(maxsize=32)
def contests(sureness: float, noise: float, episodes: int, seed: int) -> dict[int, Contest]:
    """Return what the estimators come to on the first of so many episodes, for each of `counts(episodes)`. Of none there is no variance: it is NaN.

    The policy prefers ways to the goal by `sureness`, and the critic errs by `noise`.
    """
    world = maze(FIELD)
    known = exact(world, scores_towards(world, sureness))
    sample, critic = sampled(world, known.chances, episodes, seed), critic_of(known, world, noise, seed)
    steps, scatter, bias = sample.going.sum(axis=0), {}, {}
    for name, estimator in ESTIMATORS.items():
        each = gradients(advantages_of(name, sample, critic), sample, known.chances)
        mean = known.gradient if estimator.decay is None else expected(world, known, critic, estimator.decay)
        scatter[name] = {count: float(each[:count].var(axis=0, ddof=1).sum()) if count else np.nan for count in counts(episodes)}
        bias[name] = float(np.linalg.norm(mean - known.gradient))
    return {
        count: Contest(
            known, count, float(steps[:count].mean()) if count else np.nan, {name: Estimates(scatter[name][count], bias[name]) for name in ESTIMATORS}
        )
        for count in counts(episodes)
    }


def contest(sureness: float, noise: float, episodes: int, seed: int) -> Contest:
    """Return what the estimators come to on all episodes; see `contests`."""
    return contests(sureness, noise, episodes, seed)[episodes]

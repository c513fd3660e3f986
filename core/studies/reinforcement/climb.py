"""Learning a policy in a world: actors that climb their return by the gradient of a loss, compared (`Climb`).

Axes: S seeds, R runs, K episodes, T steps, C cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, boolean, choice, component, described, integer, items, part, real, text
from core.runs import RunsDocument
from core.studies.reinforcement.advantage import gae
from core.studies.reinforcement.policy_losses import POLICY_LOSSES, EntropyBonus, PolicyGradient, PolicyLoss, log_softmax
from core.studies.reinforcement.stacks import Stand
from core.studies.reinforcement.value_losses import ReturnLoss
from core.studies.reinforcement.worlds import FIELD, Grid, Maze, maze
from core.training.threads import one_thread
from core.words import Figure, Said

Array = NDArray[Any]

TO_GO, MINUS_MEAN, CRITIC = "to_go", "minus_mean", "critic"
BASELINES = {TO_GO: "return to go", MINUS_MEAN: "minus the mean return", CRITIC: "a critic, GAE"}
#: steps after which an episode is broken off, which counts as its end
LONGEST = 50
#: steps of all runs, seeds, updates and passes
MAX_WORK = 150_000_000
#: the purpose of random numbers
_CHANCE = 0
#: the least variance that advantages are divided by
_LEAST = 1e-8
#: what is measured of each batch, with its direction: whether higher is better
MEASURES = {"return": "return", "policy_loss": "policy loss", "value_loss": "value loss", "entropy": "entropy"}


@dataclass(frozen=True)
class Actor(Declared):
    """One actor of those compared: a loss of the policy, what stands for the advantage, and how it descends."""

    loss: PolicyLoss = described(
        component(POLICY_LOSSES, PolicyGradient(), only=lambda cls: cls.kind != "entropy", doc="What the policy minimises, batch by batch."), "loss"
    )
    baseline: str = described(choice(TO_GO, BASELINES, label="Advantage", doc="What stands for the advantage of an action."), "advantage")
    decay: float = described(
        real(0.95, 0.0, 1.0, step=0.05, hard="[0, 1]", symbol=r"\lambda", doc="How long the critic is mistrusted: 1 is the return less its value."), "λ"
    )
    rate: float = described(real(0.3, 0.05, 2.0, step=0.05, hard="(0, 100]", symbol=r"\eta", doc="Size of the policy's steps."), "rate")
    critic_rate: float = described(
        real(0.2, 0.05, 1.0, step=0.05, hard="(0, 1]", label="Critic's rate", doc="Share of its mean error by which a cell's value moves."), "critic's rate"
    )
    passes: int = described(integer(1, 1, 30, hard="[1, 100]", label="Passes", doc="Steps of the policy on each batch."), "passes", brief="{value} passes")
    normalised: bool = described(
        boolean(False, label="Advantages normalised", doc="Advantages of a batch are put at mean 0 and standard deviation 1."),
        "advantages",
        off="as they are",
    )
    bonus: float = described(
        real(0.0, 0.0, 1.0, step=0.01, hard="[0, 100]", symbol=r"\beta", label="Entropy bonus", doc="Weight of the entropy bonus; 0: none."), "bonus"
    )
    label: str = text("", doc="A name of your own; empty: made from what differs between the runs.")


@dataclass(frozen=True)
class Climb(RunsDocument):
    """Actors in one world. All begin with all actions equally likely, and all runs of a seed share the chance of each step."""

    noun = "a climb"
    version = 1

    runs: tuple[Actor, ...] = items(Actor, shortest=1, longest=12, doc="What is compared.")
    world: Grid = part(FIELD, doc="Where they learn.")
    batch: int = integer(10, 2, 40, stops=(2, 5, 10, 20, 40), hard="[1, 200]", symbol="K", label="Episodes of a batch", doc="Episodes between two updates.")
    updates: int = integer(100, 20, 300, stops=(20, 50, 100, 200, 300), hard="[1, 2000]", label="Updates", doc="Batches that are learned from.")
    seed: int = integer(0, 0, 20, hard="[0, 4294967000]", doc="Another number gives other chances.")
    seeds: int = integer(20, 1, 40, stops=(1, 5, 10, 20, 40), hard="[1, 100]", label="Seeds", doc="How many seeds learn, from this one on.")

    def check(self) -> None:
        """Raise ValueError, with a `Said`, for a world without a way, or for more work than one comparison may ask for."""
        self.world.check()
        work = sum(LONGEST * self.batch * self.seeds * self.updates * (1 + run.passes) for run in self.runs)
        if work > MAX_WORK:
            said = Said(
                "{runs} runs x {seeds} seeds x {updates} updates are {times} times the work that one comparison may ask for: "
                "take fewer updates, passes, seeds or runs, or smaller batches", runs=len(self.runs), seeds=self.seeds, updates=self.updates,
                times=Figure(work / MAX_WORK, ".2g"),
            )  # fmt: skip
            raise ValueError(said)

    def share(self) -> float:
        """Return the share of the largest stack that one run takes."""
        return min(1.0, max(1 / 16, self.seeds * self.batch / 4000))


def prepared(climb: Climb) -> Maze:
    """Return the world as tables. Raise ValueError, with the reason, as `Climb.check` does."""
    climb.check()
    return maze(climb.world)


def start(climb: Climb, world: Maze) -> Stand:
    """Return the state before the first batch."""
    shape = climb.seeds, len(climb.runs)
    arrays = {"scores": np.zeros((*shape, world.cells, 4)), "critic": np.zeros((*shape, world.cells))}
    return Stand(arrays, {name: np.full((*shape, climb.updates), np.nan) for name in MEASURES})


def advance(climb: Climb, stand: Stand, updates: int, world: Maze) -> Stand:
    """Return the state after so many more updates."""
    arrays, records = ({name: array.copy() for name, array in part.items()} for part in (stand.arrays, stand.records))
    end = min(stand.at + updates, climb.updates)
    with one_thread():
        for at in range(stand.at, end):
            batch = acted(climb, arrays["scores"], world, at)
            for place, run in enumerate(climb.runs):
                for name, value in _learned(run, arrays, batch.of_run(place), place).items():
                    records[name][:, place, at] = value
    return Stand(arrays, records, end)


@dataclass(frozen=True, eq=False)
class Batch:
    """What happened in a batch, (T, S, R, K), or (T, S, K) of one run: `cells`, `after`, `actions`, `rewards`, and whether the episode goes on."""

    cells: Array
    after: Array
    actions: Array
    rewards: Array
    going: Array

    def of_run(self, run: int) -> Batch:
        """Return the batch of one run."""
        return Batch(*(each[:, :, run] for each in (self.cells, self.after, self.actions, self.rewards, self.going)))


def acted(climb: Climb, scores: Array, world: Maze, at: int) -> Batch:
    """Return batch number `at` of all policies (S, R, C, 4)."""
    seeds, runs = scores.shape[:2]
    limits = np.exp(log_softmax(scores)).cumsum(axis=-1).reshape(-1, 4)
    first = (np.arange(seeds * runs) * world.cells).reshape(seeds, runs, 1)
    chance = np.stack([np.random.default_rng([seed, _CHANCE, at]).random((LONGEST, climb.batch)) for seed in climb.seed_numbers], axis=1)
    here, alive = np.full((seeds, runs, climb.batch), world.start), np.ones((seeds, runs, climb.batch), bool)
    steps: list[tuple[Array, ...]] = []
    for t in range(LONGEST):
        if not alive.any():
            break
        action = np.minimum((chance[t][:, None, :, None] > limits[first + here]).sum(axis=-1), 3)
        after = np.where(alive, world.after[here, action], here)
        steps.append((here, after, action, np.where(alive, world.rewards[here, action], 0.0), alive))
        here, alive = after, alive & (after != world.goal)
    return Batch(*(np.stack(each) for each in zip(*steps, strict=True)))


def advantages_of(run: Actor, batch: Batch, critic: Array) -> Array:
    """Return what stands for the advantage of each step (T, S, K) of a run, with its critic (S, C); 0 after the end."""
    if run.baseline == CRITIC:
        rows = np.arange(len(critic))[:, None]
        now = np.where(batch.going, critic[rows, batch.cells], 0.0)
        then = np.where(batch.going, critic[rows, batch.after], 0.0)
        then[-1] = 0.0  # it is broken off: the end
        return gae(batch.rewards, now, then, run.decay)
    to_go = np.cumsum(batch.rewards[::-1], axis=0)[::-1]
    if run.baseline == MINUS_MEAN:
        to_go = to_go - to_go.sum(axis=(0, 2), keepdims=True) / batch.going.sum(axis=(0, 2))[:, None]
    return np.where(batch.going, to_go, 0.0)


def _learned(run: Actor, arrays: dict[str, Array], batch: Batch, place: int) -> dict[str, Array]:
    """Let one run learn from its batch. Return what is measured of it (S,), with the policy that acted. Changes `arrays`.

    Only steps that were taken are looked at, (M,) of all seeds, by the number of their seed and cell.
    """
    scores, critic = (arrays[name][:, place].reshape(-1, *shape) for name, shape in (("scores", (4,)), ("critic", ())))
    going, (seeds, count) = batch.going, arrays["critic"][:, place].shape
    seed = np.broadcast_to(np.arange(seeds)[:, None], going.shape)[going]
    at, actions = seed * count + batch.cells[going], batch.actions[going]
    to_go = np.cumsum(batch.rewards[::-1], axis=0)[::-1][going]
    advantages, steps = advantages_of(run, batch, critic.reshape(seeds, count))[going], going.sum(axis=(0, 2))

    def mean(values: Array) -> Array:
        return np.bincount(seed, values, seeds) / steps

    logs = log_softmax(scores)
    old, predicted = logs[at, actions], critic[at]
    if run.normalised:
        advantages = advantages - mean(advantages)[seed]
        advantages = advantages / np.sqrt(np.maximum(mean(advantages**2), _LEAST))[seed]
    measured = {
        "return": batch.rewards.sum(axis=0).mean(axis=-1),
        "policy_loss": mean(run.loss.value(scores[at], actions, advantages, old)),
        "value_loss": mean(ReturnLoss().value(predicted, to_go)) if run.baseline == CRITIC else np.full(seeds, np.nan),
        "entropy": mean(-(np.exp(logs) * logs).sum(axis=-1)[at]),
    }
    for _ in range(run.passes):
        slopes = run.loss.gradient(scores[at], actions, advantages, old)
        if run.bonus:
            slopes = slopes + EntropyBonus(weight=run.bonus).gradient(scores[at], actions, advantages, old)
        added = [np.bincount(at, slopes[:, action], seeds * count) for action in range(4)]
        scores = scores - run.rate / batch.cells.shape[-1] * np.stack(added, axis=-1)
    arrays["scores"][:, place] = scores.reshape(seeds, count, 4)
    if run.baseline == CRITIC:
        visits = np.maximum(np.bincount(at, minlength=seeds * count), 1)
        pulls = np.bincount(at, ReturnLoss().gradient(predicted, to_go), seeds * count)
        arrays["critic"][:, place] = (critic - run.critic_rate * pulls / visits).reshape(seeds, count)
    return measured


def actors() -> tuple[Actor, ...]:
    """Return the four actors that the page opens with."""
    return (
        Actor(label="REINFORCE"), Actor(baseline=MINUS_MEAN, label="with a baseline"), Actor(baseline=CRITIC, label="actor-critic"),
        Actor(loss=POLICY_LOSSES["ppo"](), baseline=CRITIC, passes=4, normalised=True, label="PPO's clip"),
    )  # fmt: skip

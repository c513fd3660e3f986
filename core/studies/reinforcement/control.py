"""Learning to act in a world: learners of action values that explore, and are compared in one world over many episodes (`Quest`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry, component, described, integer, items, part, real, text
from core.runs import RunsDocument
from core.studies.reinforcement.stacks import Stand
from core.studies.reinforcement.worlds import Grid, Maze, maze
from core.training.stack import groups
from core.training.threads import one_thread
from core.words import Figure, Said

Array = NDArray[Any]

#: steps after which an episode is broken off; the next one begins at the start
MOST_STEPS = 1000
#: steps, of all runs, seeds and episodes, if each episode took as many as there are cells
MAX_WORK = 30_000_000
#: steps whose random numbers are drawn at once, and the purpose of the draws
_BLOCK, _CHANCE = 512, 0
#: decides between equal action values; far smaller than any difference that is learned
_TIE = 1e-9


class Rule(Declared, ABC):
    """What the value of the next step is taken for. Action values (..., 4) of the next cell, the action that is taken there (...), and ε (...)."""

    #: whether the next action is chosen before the update, because the target needs it
    on_policy = False

    @abstractmethod
    def following(self, q: Array, action: Array, epsilon: Array) -> Array:
        """Return the value (...) of the next cell."""


RULES: Registry[Rule] = Registry("rule")


@RULES.add("q_learning")
@dataclass(frozen=True)
class QLearning(Rule):
    """The best action's value: it learns of the policy that never explores, whatever it does meanwhile."""

    title = "Q-learning"
    summary = "Learns the best path, and does not mind that it slips while it explores."
    formula = r"\delta = r + \gamma \max_a q(s', a) - q(s, a)"
    reference = "C. Watkins, 1989, Learning from delayed rewards"

    def following(self, q: Array, action: Array, epsilon: Array) -> Array:
        """Return the largest value."""
        best: Array = q.max(axis=-1)
        return best


@RULES.add("sarsa")
@dataclass(frozen=True)
class Sarsa(Rule):
    """The value of the action that is taken next: it learns of what it does, its slips included."""

    title = "SARSA"
    summary = "Learns the path that is best for who slips; its targets scatter with the next action."
    on_policy = True
    formula = r"\delta = r + \gamma\, q(s', a') - q(s, a)"
    reference = "G. Rummery and M. Niranjan, 1994, On-line Q-learning using connectionist systems"

    def following(self, q: Array, action: Array, epsilon: Array) -> Array:
        """Return the value of the action."""
        value: Array = np.take_along_axis(q, action[..., None], axis=-1)[..., 0]
        return value


@RULES.add("expected_sarsa")
@dataclass(frozen=True)
class ExpectedSarsa(Rule):
    """The mean value over the actions that may be taken next: SARSA without the chance of its next action."""

    title = "Expected SARSA"
    summary = "Learns what SARSA learns, with less scatter."
    formula = r"\delta = r + \gamma \sum_a \pi(a \mid s')\, q(s', a) - q(s, a)"
    reference = "H. van Seijen et al., 2009, A theoretical and empirical analysis of expected Sarsa"

    def following(self, q: Array, action: Array, epsilon: Array) -> Array:
        """Return the mean of the largest value and of all, by the chance to explore."""
        mean: Array = (1 - epsilon) * q.max(axis=-1) + epsilon * q.mean(axis=-1)
        return mean


@dataclass(frozen=True)
class Learner(Declared):
    """One learner of those compared."""

    rule: Rule = described(component(RULES, QLearning(), doc="What the value of the next step is taken for."), "rule")
    rate: float = described(real(0.5, 0.05, 1.0, step=0.05, hard="(0, 1]", symbol=r"\alpha", doc="How far a value moves towards its target."), "rate")
    epsilon: float = described(
        real(0.1, 0.0, 0.5, step=0.01, hard="[0, 1]", symbol=r"\varepsilon", doc="Chance that a step goes anywhere, and not where it seems best."),
        "exploration",
    )
    label: str = text("", doc="A name of your own; empty: made from what differs between the runs.")


@dataclass(frozen=True)
class Quest(RunsDocument):
    """Learners in one world: all values begin at 0, nothing is discounted, and all runs of a seed share the chance of each step."""

    noun = "a quest"
    version = 1
    RECORDS = 25
    EARLY = 1.6

    runs: tuple[Learner, ...] = items(Learner, shortest=1, longest=12, doc="What is compared.")
    world: Grid = part(Grid(), doc="Where they learn.")
    episodes: int = integer(500, 100, 1000, stops=(100, 200, 300, 500, 1000), hard="[1, 2000]", label="Episodes", doc="Ways from the start to the goal.")
    seed: int = integer(0, 0, 20, hard="[0, 4294967000]", doc="Another number gives other chances.")
    seeds: int = integer(10, 1, 20, hard="[1, 50]", label="Seeds", doc="How many seeds learn, from this one on.")

    @property
    def updates(self) -> int:
        """What progress counts: episodes."""
        return self.episodes

    def check(self) -> None:
        """Raise ValueError, with a `Said`, for a world without a way, or for more work than one comparison may ask for."""
        self.world.check()
        work = len(self.runs) * self.seeds * self.episodes * self.world.rows * self.world.columns
        if work > MAX_WORK:
            said = Said(
                "{runs} runs x {seeds} seeds x {episodes} episodes are {times} times the work that one comparison may ask for: "
                "take fewer episodes, seeds or runs, or a smaller world", runs=len(self.runs), seeds=self.seeds, episodes=self.episodes,
                times=Figure(work / MAX_WORK, ".2g"),
            )  # fmt: skip
            raise ValueError(said)

    def share(self) -> float:
        """Return the share of the largest stack that one run takes."""
        return max(1 / 16, self.seeds / 200)


def prepared(quest: Quest) -> Maze:
    """Return the world as tables. Raise ValueError, with the reason, as `Quest.check` does."""
    quest.check()
    return maze(quest.world)


def start(quest: Quest, world: Maze) -> Stand:
    """Return the state before the first step."""
    shape = quest.seeds, len(quest.runs)
    arrays = {
        "q": np.zeros((*shape, world.cells, 4)), "cell": np.full(shape, world.start), "action": np.full(shape, -1),
        "steps": np.zeros(shape, int), "sum": np.zeros(shape), "episode": np.zeros(shape, int),
    }  # fmt: skip
    records = {
        "returns": np.full((*shape, quest.episodes), np.nan), "ends": np.zeros((*shape, quest.episodes), bool),
        "values": np.full((*shape, len(quest.recorded), world.cells, 4), np.nan, np.float32),
    }  # fmt: skip
    records["values"][:, :, 0] = 0.0
    return Stand(arrays, records)


def advance(quest: Quest, stand: Stand, steps: int, world: Maze) -> Stand:
    """Return the state after so many more steps of every run and seed, each in an episode of its own, or when all episodes are over."""
    acting = _Acting(quest, stand, world)
    at = stand.at
    with one_thread():
        for at in range(stand.at + 1, stand.at + steps + 1):
            acting.step(at - 1)
            if not acting.going.any():
                break
    return Stand(acting.arrays, acting.records, at)


class _Acting:
    """Copies of a state, on which steps are taken."""

    def __init__(self, quest: Quest, stand: Stand, world: Maze) -> None:
        self.quest, self.world = quest, world
        self.arrays = {name: array.copy() for name, array in stand.arrays.items()}
        self.records = {name: array.copy() for name, array in stand.records.items()}
        self.rules = groups([run.rule for run in quest.runs], 0, "float64")
        self.on_policy = np.array([run.rule.on_policy for run in quest.runs])
        self.rates, self.epsilon = (np.array([getattr(run, name) for run in quest.runs]) for name in ("rate", "epsilon"))
        #: the action values one after the other, where those of each seed and run begin, and the world in the same way
        self.q = self.arrays["q"].reshape(-1, 4)
        self.first = np.arange(quest.seeds * len(quest.runs)).reshape(quest.seeds, -1) * world.cells
        self.after, self.rewards = world.after.ravel(), world.rewards.ravel()
        self.places = {episode: place for place, episode in enumerate(quest.recorded)}
        self.going = self.arrays["episode"] < quest.episodes
        self._block = -1

    def _draws(self, at: int) -> tuple[Array, Array, Array]:
        """Return the chances of a step: to explore (S, 1), where to (S, 1), and among equals (S, 1, 4)."""
        block, place = divmod(at, _BLOCK)
        if block != self._block:
            drawn = [np.random.default_rng([seed, _CHANCE, block]).random((_BLOCK, 6)) for seed in self.quest.seed_numbers]
            self._block, self._drawn = block, np.stack(drawn, axis=1)
        draw = self._drawn[place]
        return draw[:, :1], (draw[:, 1:2] * 4).astype(np.intp), draw[:, None, 2:]

    def _chosen(self, q: Array, draws: tuple[Array, Array, Array]) -> Array:
        """Return actions (S, R) by action values (S, R, 4)."""
        explores, where, equals = draws
        greedy = (q + _TIE * equals).argmax(axis=-1)
        return np.where(explores < self.epsilon, where, greedy)

    def step(self, at: int) -> None:
        """Take one step of every run and seed whose episodes are not over."""
        now, first, single = self.arrays, self.first, self.q.reshape(-1)
        draws = self._draws(at)
        if at == 0:
            now["action"] = self._chosen(self.q.take(first + now["cell"], axis=0), draws)
        cell = now["cell"]
        way = 4 * cell + now["action"]
        after, reward = self.after.take(way), self.rewards.take(way)
        ends = after == self.world.goal
        q_after = self.q.take(first + after, axis=0)
        following = self._chosen(q_after, draws)
        place, target = 4 * first + way, np.empty(cell.shape)
        before = single.take(place)
        for group in self.rules:
            i = group.index
            target[:, i] = group.item.following(q_after[:, i], following[:, i], self.epsilon[i])
        change = self.rates * (reward + np.where(ends, 0.0, target) - before) * self.going
        single[place] = before + change
        stays = (after == cell) & ~self.on_policy
        if stays.any():  # who bumped chooses again, by the value that has just changed
            following = np.where(stays, self._chosen(self.q.take(first + after, axis=0), draws), following)
        now["steps"] += 1
        now["sum"] += reward
        now["cell"], now["action"] = after, following
        over = (ends | (now["steps"] >= MOST_STEPS)) & self.going
        if over.any():
            self._finish(over, ends, draws)

    def _finish(self, over: Array, ends: Array, draws: tuple[Array, Array, Array]) -> None:
        """Record the episodes that are over, and let the next ones begin."""
        now, records = self.arrays, self.records
        for seed, run in zip(*np.nonzero(over), strict=True):
            episode = now["episode"][seed, run]
            records["returns"][seed, run, episode], records["ends"][seed, run, episode] = now["sum"][seed, run], ends[seed, run]
            if episode + 1 in self.places:
                records["values"][seed, run, self.places[episode + 1]] = now["q"][seed, run]
        now["episode"] = now["episode"] + over
        now["steps"], now["sum"] = np.where(over, 0, now["steps"]), np.where(over, 0.0, now["sum"])
        now["cell"] = np.where(over, self.world.start, now["cell"])
        now["action"] = np.where(over, self._chosen(self.q.take(self.first + now["cell"], axis=0), draws), now["action"])
        self.going = now["episode"] < self.quest.episodes

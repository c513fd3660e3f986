"""Predicting a random walk: methods and losses that learn its values from the same episodes, at many rates at once (`Prediction`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, choice, component, described, integer, items, real, text, vector
from core.runs import RunsDocument
from core.studies.reinforcement.methods import METHODS, Episodes, Method, NStep
from core.studies.reinforcement.stacks import Stand
from core.studies.reinforcement.value_losses import VALUE_LOSSES, SquaredTd, ValueLoss
from core.training.stack import groups
from core.training.threads import one_thread
from core.words import Figure, Said

Array = NDArray[Any]

#: rewards at the two ends, and where all values begin
ENDS = {"minus": (-1.0, 1.0, 0.0), "zero": (0.0, 1.0, 0.5)}
NONE, SYMMETRIC, SKEWED = "none", "symmetric", "skewed"
#: degrees of freedom of symmetric noise: it has no variance
_FREEDOM = 1.5
#: skewed noise is this high with the chance 1 / (1 + it), else -1: its mean is 0
_RARE = 19.0
#: updates of a value, of all rates, runs, seeds and episodes: about a minute of one processor
MAX_WORK = 400_000_000
#: numbers that all runs keep
MAX_KEPT = 20_000_000
#: purposes of random numbers
_WALK, _NOISE = 0, 1
#: the rates that every method is tried at
RATES = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True)
class Estimator(Declared):
    """One way to predict, of those compared: a method, and the loss of its errors."""

    method: Method = described(component(METHODS, NStep(), doc="What a prediction is drawn to."), "method")
    loss: ValueLoss = described(
        component(VALUE_LOSSES, SquaredTd(), only=lambda cls: cls.kind != "value", doc="What the difference to the target costs."), "loss"
    )
    label: str = text("", doc="A name of your own; empty: made from what differs between the runs.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.loss.kind != "td" and not self.method.any_loss:
            raise ValueError(Said("{method} is defined by the squared error", method=Said(self.method.title)))
        if self.loss.kind == "residual" and self.method.kind == "td_lambda":
            raise ValueError(Said("the residual gradient goes through one target, and TD(λ) mixes many: take n-step TD"))


@dataclass(frozen=True)
class Prediction(RunsDocument):
    """Estimators on one random walk: `states` in a row, from the middle one step to the left or right by chance, until one of the ends.

    The reward is 0 but at the ends; `noise` of mean 0 is added to the reward of each episode's last step. Nothing is discounted.
    """

    noun = "a prediction"
    version = 1

    runs: tuple[Estimator, ...] = items(Estimator, shortest=1, longest=12, doc="What is compared.")
    states: int = integer(19, 5, 19, stops=(5, 9, 19), hard="[3, 51]", label="States", doc="States of the walk, an odd number.")
    ends: str = choice("minus", {"minus": "−1 and 1, from 0", "zero": "0 and 1, from ½"}, label="Ends", doc="Rewards at both ends, and where all values begin.")
    noise: str = choice(
        NONE, {NONE: "none", SYMMETRIC: "symmetric, heavy tails", SKEWED: "skewed"}, label="Noise", doc="What is added to the last reward; its mean is 0."
    )
    scale: float = real(
        0.5, 0.1, 2.0, step=0.1, hard="[0, 100]", label="Size of the noise", doc="Times Student's t of 1.5 degrees, or 19 once in 20 and else −1."
    )
    rates: tuple[float, ...] = vector(RATES, 0.0, 1.0, hard="(0, 2]", shortest=1, longest=40, doc="The rates α that every run is tried at.")
    episodes: int = integer(10, 10, 200, stops=(10, 20, 50, 100, 200), hard="[1, 1000]", label="Episodes", doc="Walks that are learned from.")
    seed: int = integer(0, 0, 20, hard="[0, 4294967000]", doc="Another number gives other walks.")
    seeds: int = integer(20, 5, 100, stops=(5, 10, 20, 50, 100), hard="[1, 200]", label="Seeds", doc="Walks of how many seeds are averaged.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.states % 2 == 0:
            raise ValueError(Said("the walk begins in its middle: take an odd number of states"))

    @property
    def updates(self) -> int:
        """What progress counts: episodes."""
        return self.episodes

    def check(self) -> None:
        """Raise ValueError, with a `Said`, for more work or memory than one comparison may ask for."""
        updates = (self.states + 1) ** 2 / 4 * self.episodes * self.seeds * len(self.runs) * len(self.rates)
        kept = self.episodes * len(self.runs) * len(self.rates) * (self.seeds + 2 * self.states)
        if updates > MAX_WORK or kept > MAX_KEPT:
            said = Said(
                "{runs} runs x {seeds} seeds x {episodes} episodes are {times} times the work that one comparison may ask for: "
                "take fewer episodes, seeds, states or runs", runs=len(self.runs), seeds=self.seeds, episodes=self.episodes,
                times=Figure(max(updates / MAX_WORK, kept / MAX_KEPT), ".2g"),
            )  # fmt: skip
            raise ValueError(said)

    def share(self) -> float:
        """Return the share of the largest stack that one run takes."""
        return min(1.0, max(1 / 16, self.seeds * len(self.rates) * self.states / 60_000))


def true_values(document: Prediction) -> Array:
    """Return the values (N,) by the linear system v = P v + r: each is the mean of its neighbours."""
    count, (low, high, _) = document.states, ENDS[document.ends]
    ways = 0.5 * (np.eye(count, k=1) + np.eye(count, k=-1))
    rewards = np.zeros(count)
    rewards[0] += 0.5 * low
    rewards[-1] += 0.5 * high
    values: Array = np.linalg.solve(np.eye(count) - ways, rewards)
    return values


@dataclass(frozen=True, eq=False)
class Walk:
    """What all runs are measured with: the true values (N,). The episodes are drawn when they are learned from."""

    truth: Array

    @property
    def nbytes(self) -> int:
        """Bytes of the values."""
        return self.truth.nbytes


def prepared(document: Prediction) -> Walk:
    """Return what all runs share. Raise ValueError for more work than one may ask for."""
    document.check()
    return Walk(true_values(document))


def episodes_of(document: Prediction, episode: int) -> Episodes:
    """Return an episode, counted from 0, of each seed: the same for all runs."""
    return _beside([_walk(document, seed, episode) for seed in document.seed_numbers], document.states)


def _walk(document: Prediction, seed: int, episode: int) -> tuple[Array, float]:
    """Return the places of one walk, up to -1 or N, and its last reward."""
    rng, places, at = np.random.default_rng([seed, _WALK, episode]), [], document.states // 2
    while True:
        block = at + np.cumsum(2 * rng.integers(0, 2, 256) - 1)
        out = np.flatnonzero((block < 0) | (block >= document.states))
        if len(out):
            places.append(block[: out[0] + 1])
            break
        places.append(block)
        at = int(block[-1])
    way = np.concatenate([[document.states // 2], *places])
    low, high, _ = ENDS[document.ends]
    chance = np.random.default_rng([seed, _NOISE, episode])
    noise = {
        NONE: 0.0, SYMMETRIC: float(chance.standard_t(_FREEDOM)), SKEWED: _RARE if chance.random() < 1 / (1 + _RARE) else -1.0,
    }[document.noise]  # fmt: skip
    return way, (high if way[-1] > 0 else low) + document.scale * noise


def _beside(drawn: list[tuple[Array, float]], states: int) -> Episodes:
    """Return the walks of all seeds as arrays; after its end a walk stays in the end."""
    lengths = np.array([len(way) - 1 for way, _ in drawn])
    places = np.full((len(drawn), lengths.max() + 1), states, np.intp)
    sums = np.zeros(places.shape)
    for row, (way, reward) in enumerate(drawn):
        places[row, : len(way) - 1] = way[:-1]
        sums[row, len(way) - 1 :] = reward
    return Episodes(places, sums, lengths)


def start(document: Prediction, data: Walk) -> Stand:
    """Return the state before the first episode."""
    shape = len(document.runs), len(document.rates)
    v = np.full((document.seeds, document.states + 1, *shape), ENDS[document.ends][2])
    v[:, -1] = 0.0
    error = np.full((document.seeds, shape[0], document.episodes + 1, shape[1]), np.nan)
    values = np.full((2, shape[0], document.episodes + 1, shape[1], document.states), np.nan)
    records = {"error": error, "values": values}
    _record(records, v, data.truth, 0)
    return Stand({"v": np.moveaxis(v, 2, 1)}, records)


def advance(document: Prediction, stand: Stand, episodes: int, data: Walk) -> Stand:
    """Return the state after so many more episodes. Values that overflow become NaN, and stay so."""
    rates = np.array(document.rates)
    records = {name: array.copy() for name, array in stand.records.items()}
    v = np.moveaxis(stand.arrays["v"], 1, 2).copy()
    with one_thread(), np.errstate(all="ignore"):
        for at in range(stand.at, min(stand.at + episodes, document.episodes)):
            drawn = episodes_of(document, at)
            for index, method, loss in _groups(document):
                v[:, :, index] = method.learned(np.ascontiguousarray(v[:, :, index]), drawn, loss, rates)
            v[~np.isfinite(v)] = np.nan
            _record(records, v, data.truth, at + 1)
    return Stand({"v": np.moveaxis(v, 2, 1)}, records, min(stand.at + episodes, document.episodes))


def _groups(document: Prediction) -> list[tuple[Array, Method, ValueLoss]]:
    """Return the runs of each kind of method and loss, with the numbers of both as columns (R, 1)."""
    found = []
    kinds = [(run.method.kind, run.loss.kind) for run in document.runs]
    for kind in dict.fromkeys(kinds):
        index = np.array([place for place, each in enumerate(kinds) if each == kind])
        of_kind = [document.runs[place] for place in index]
        method, loss = groups([run.method for run in of_kind], 1, "float64")[0], groups([run.loss for run in of_kind], 1, "float64")[0]
        found.append((index, method.item, loss.item))
    return found


def _record(records: dict[str, Array], v: Array, truth: Array, at: int) -> None:
    """Put the error of each seed, run and rate at its place, and the values of the first seed and their mean over the seeds."""
    values = np.moveaxis(v[:, :-1], 1, -1)
    with np.errstate(all="ignore"):
        records["error"][:, :, at] = np.sqrt(((values - truth) ** 2).mean(axis=-1))
        records["values"][0, :, at], records["values"][1, :, at] = values[0], values.mean(axis=0)

"""How the loss was learned: `python -m core.studies.losses.learned` finds its numbers, and tunes Huber's and Tukey's on the same data, from fixed seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.losses import LOSSES
from core.studies.losses.learned.rule import SIZE, fitted, pull
from core.training.evolution import Evolution

Array = NDArray[Any]

#: of the training, and of the tables on which the others are tuned
SEED, TUNING_SEED = 0, 1
EVOLUTION = Evolution(generations=400, pairs=12)
#: tables of a generation, and those that the others are tuned on
BATCH, TUNED_ON = 16, 300
#: rows of a table, its weights, and the standard deviation of its noise
ROWS, WEIGHTS, NOISE = 40, 3, 0.3
#: the share of the targets that is damaged, and by how much: evenly between these
SHARE, PUSHES = 0.25, (2.0, 8.0)
#: the direction of the damage
UP, DOWN, NONE = "up", "down", "none"
_SIGN = {UP: 1.0, DOWN: -1.0, NONE: 0.0}
#: the bounds that Huber's and Tukey's loss are tuned over
BOUNDS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0)
#: the rivals, and the name of their bound
RIVALS = {"huber": "delta", "tukey": "scale"}


@dataclass(frozen=True, eq=False)
class Tables:
    """Linear tables: rows X (T, N, D) with a constant, targets y (T, N), which of them are damaged (T, N), and the true weights (T, D)."""

    X: Array
    y: Array
    damaged: Array
    truth: Array

    def errors(self, weights: Array) -> Array:
        """Return the clean error (..., T) of weights (..., T, D): the mean squared distance from the true line, at the rows."""
        apart = (self.X @ (weights - self.truth)[..., None])[..., 0]
        return np.square(apart).mean(axis=-1)


def tables(rng: np.random.Generator, count: int, damage: str) -> Tables:
    """Return some tables, a quarter of whose targets is pushed up, or down, or not at all. The draws are the same for every damage."""
    X = np.concatenate([np.ones((count, ROWS, 1)), rng.standard_normal((count, ROWS, WEIGHTS - 1))], axis=-1)
    truth = 2 * rng.standard_normal((count, WEIGHTS))
    y = (X @ truth[..., None])[..., 0] + NOISE * rng.standard_normal((count, ROWS))
    damaged, push = rng.random((count, ROWS)) < SHARE, rng.uniform(*PUSHES, (count, ROWS))
    return Tables(X, y + _SIGN[damage] * damaged * push, damaged & (damage != NONE), truth)


def trained(evolution: Evolution = EVOLUTION, seed: int = SEED) -> Array:
    """Return the numbers (`SIZE`,) that evolution strategies find: a small clean error, by its logarithm, on tables damaged upward and drawn anew each time."""
    def objective(numbers: Array, rng: np.random.Generator) -> Array:
        drawn = tables(rng, BATCH, UP)
        weights = fitted(lambda residuals: pull(numbers[:, None], residuals), drawn.X, drawn.y, (len(numbers),))
        return np.log(np.clip(np.nan_to_num(drawn.errors(weights), nan=1e6), 1e-6, 1e6)).mean(axis=-1)

    with np.errstate(all="ignore"):
        return evolution.minimised(objective, 0.5 * np.random.default_rng([seed, 1]).standard_normal(SIZE), seed)


def of_rival(kind: str, bound: float, drawn: Tables) -> Array:
    """Return the clean errors (T,) of the fits of a rival with a bound."""
    loss = LOSSES[kind](**{RIVALS[kind]: bound})
    return drawn.errors(fitted(lambda residuals: loss.gradient(residuals[..., None], np.zeros(1))[..., 0], drawn.X, drawn.y))


def tuned() -> dict[str, float]:
    """Return the bound of each rival with the lowest mean logarithm of the clean error on tables damaged upward."""
    drawn = tables(np.random.default_rng(TUNING_SEED), TUNED_ON, UP)
    return {kind: min(BOUNDS, key=lambda bound: float(np.log(of_rival(kind, bound, drawn)).mean())) for kind in RIVALS}

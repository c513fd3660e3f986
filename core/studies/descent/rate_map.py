"""Learning rate, momentum and schedules on a quadratic of two parameters: closed forms of theory, and measurements of real runs.

The curvatures are μ = 1/κ and L = 1. Coordinates are along the curvatures, so that each coordinate evolves by itself.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from core.optimizers import OPTIMIZERS, Optimizer
from core.schedules import Schedule
from core.studies.descent.surfaces.base import Array

#: the kinds of optimizers with a closed form. At momentum 0 both are gradient descent.
HEAVY_BALL, NESTEROV = "momentum", "nesterov"
#: the largest curvature, L
LARGEST = 1.0
#: stand in place of a number of steps: not within the steps of the run, and diverging
NOT_YET, DIVERGES = -1, -2
#: losses beyond this are NaN
_FAR = 1e12


@dataclass(frozen=True)
class Best:
    """The rate and the momentum with the fastest contraction. `factor`: of the distance, a step. `source`: who found them."""

    rate: float
    momentum: float
    factor: float
    source: str


def curvatures(condition: float) -> Array:
    """Return the curvatures μ = L/κ and L = 1, (2,)."""
    return np.array([LARGEST / condition, LARGEST])


def best_plain(condition: float) -> Best:
    """Return the best rate of plain descent, 2/(L + μ), which contracts by (κ - 1)/(κ + 1) a step."""
    return Best(2 / (LARGEST + LARGEST / condition), 0.0, (condition - 1) / (condition + 1), "Polyak 1964")


def best(kind: str, condition: float) -> Best:
    """Return the best constant rate and momentum of a rule.

    Heavy ball: 4/(√L + √μ)² and ((√κ - 1)/(√κ + 1))², factor (√κ - 1)/(√κ + 1) (Polyak 1964). Nesterov: 4/(3L + μ) and
    (√(3κ + 1) - 2)/(√(3κ + 1) + 2), factor 1 - 2/√(3κ + 1) (Lessard, Recht and Packard 2016, proposition 1).
    """
    if kind == HEAVY_BALL:
        root = math.sqrt(condition)
        factor = (root - 1) / (root + 1)
        return Best(4 / (1 + 1 / root) ** 2 / LARGEST, factor**2, factor, "Polyak 1964")
    root = math.sqrt(3 * condition + 1)
    return Best(4 / (3 + 1 / condition) / LARGEST, (root - 2) / (root + 2), 1 - 2 / root, "Lessard et al. 2016")


@dataclass(frozen=True)
class Examples:
    """Rates to compare: their names, and each as a function of the condition number."""

    title: str
    rates: Mapping[str, Callable[[float], float]]


EXAMPLES = {
    "apart": Examples("Too small, good, too large", {
        "0.05/L, too small": lambda _: 0.05 / LARGEST,
        "1/L, good": lambda _: 1 / LARGEST,
        "2.05/L, too large": lambda _: 2.05 / LARGEST,
    }),
    "best": Examples("Around the best", {
        "half the best": lambda condition: best_plain(condition).rate / 2,
        "2/(L+μ), the best": lambda condition: best_plain(condition).rate,
        "halfway to 2/L": lambda condition: (best_plain(condition).rate + 2 / LARGEST) / 2,
    }),
    "limit": Examples("At the limit 2/L", {
        "1.98/L, just below": lambda _: 1.98 / LARGEST,
        "2/L, the limit": lambda _: 2 / LARGEST,
        "2.02/L, just beyond": lambda _: 2.02 / LARGEST,
    }),
}  # fmt: skip


def border(kind: str, momentum: Array | float) -> Any:
    """Return the rate below which a rule converges: 2 (1 + β)/L for heavy ball, 2 (1 + β)/(L (1 + 2β)) for Nesterov; 2/L without momentum."""
    return 2 * (1 + momentum) / LARGEST / (1 if kind == HEAVY_BALL else 1 + 2 * np.asarray(momentum))


def factor(kind: str, condition: float, rate: Array | float, momentum: Array | float = 0.0) -> Array:
    """Return the factor of the distance a step in the long run: the largest absolute root of z² - b z + c, over both curvatures.

    Heavy ball: b = 1 + β - ηλ, c = β. Nesterov: b = (1 + β)(1 - ηλ), c = β (1 - ηλ). Complex roots have the absolute value √c, which is √β for heavy ball.
    """
    rate, momentum = np.asarray(rate)[..., None], np.asarray(momentum)[..., None]
    kept = 1 - rate * curvatures(condition)
    if kind == HEAVY_BALL:
        b, c = momentum + kept, momentum + 0 * kept
    else:
        b, c = (1 + momentum) * kept, momentum * kept
    discriminant = b * b - 4 * c
    largest_real = (np.abs(b) + np.sqrt(np.maximum(discriminant, 0))) / 2
    return np.where(discriminant >= 0, largest_real, np.sqrt(np.maximum(c, 0))).max(axis=-1)


def distances(kind: str, condition: float, rates: Array, momenta: Array, steps: int) -> Array:
    """Return the distance to the minimum in parts of that at the start, (steps + 1, R), for R runs of one rule.

    `rates` (R,), `momenta` (R,): one for each run. Parameters are stored as (2, R): numpy is several times as fast over a long last axis as over pairs.
    """
    rule = _stacked(OPTIMIZERS[kind](), momenta)
    params = np.full((2, len(rates)), math.sqrt(0.5))
    state, curvature = rule.init(params), curvatures(condition)[:, None]
    squares = np.empty((steps + 1, len(rates)))
    squares[0] = 1
    with np.errstate(all="ignore"):
        for step in range(1, steps + 1):
            params, state = rule.update(params * curvature, state, params, step, rates)
            np.einsum("cr,cr->r", params, params, out=squares[step])
        return np.sqrt(np.where(np.isfinite(squares), squares, np.inf))


def _stacked(rule: Optimizer, momenta: Array) -> Optimizer:
    """Return the rule with an array of momenta, one for each run, in place of its number."""
    stacked = copy.copy(rule)
    object.__setattr__(stacked, "momentum", momenta)
    return stacked


def settled(away: Array, tolerance: float) -> Array:
    """Return the step (R,) from which on each run's distance stays at most `tolerance`; `NOT_YET` or `DIVERGES` if there is none.

    `away` (T + 1, R): the distances. A run without such a step diverges if its largest distance in the second half of its steps exceeds that in the
    first half, of which the first eighth is left out.
    """
    last = len(away) - 1
    above = away > tolerance
    steps = np.where(above.any(axis=0), last + 1 - above[::-1].argmax(axis=0), 0)
    half = last // 2
    grows = away[half + 1 :].max(axis=0) > away[max(half // 8, 1) : half + 1].max(axis=0)
    return np.where(above[-1] & grows, DIVERGES, np.where(steps > last, NOT_YET, steps))


def measured_factor(away: Array) -> Array:
    """Return the mean factor of each run's distance a step (R,), over the second half of its steps.

    `away` (T + 1, R): the distances. Steps count up to the first distance that is close to the smallest or the largest float.
    """
    representable = (away > 1e-140) & (away < 1e140)
    last = np.where(representable.all(axis=0), len(away) - 1, np.maximum(representable.argmin(axis=0) - 1, 1))
    middle, run = last // 2, np.arange(away.shape[1])
    with np.errstate(all="ignore"):
        return (away[last, run] / away[middle, run]) ** (1 / np.maximum(last - middle, 1))


@dataclass(frozen=True, eq=False)
class RateMap:
    """The map of a rule. `rates` (R,), `momenta` (M,): the centres of the cells.

    `steps` (M, R): as `settled` returns them. `most`: the number of steps of each run.
    """

    rates: Array
    momenta: Array
    steps: Array
    most: int

    def fewest(self) -> tuple[float, float, int]:
        """Return rate, momentum and steps of the fastest cell."""
        reached = np.where(self.steps >= 0, self.steps, self.most + 1)
        row, column = np.unravel_index(reached.argmin(), reached.shape)
        return float(self.rates[column]), float(self.momenta[row]), int(reached[row, column])


@lru_cache(maxsize=32)
def rate_map(kind: str, condition: float, tolerance: float, steps: int = 400, columns: int = 60, rows: int = 40) -> RateMap:
    """Return the map of one rule, of `rows` momenta from 0 to 1 and `columns` rates from 0 to beyond the border of stability. Runs have `steps` steps."""
    widest = 4.2 if kind == HEAVY_BALL else 2.1
    rates = (np.arange(columns) + 0.5) * widest / columns
    momenta = (np.arange(rows) + 0.5) / rows
    across, up = np.meshgrid(rates, momenta)
    settling = settled(distances(kind, condition, across.ravel(), up.ravel(), steps), tolerance)
    return RateMap(rates, momenta, settling.reshape(rows, columns), steps)


@lru_cache(maxsize=32)
def sweep(condition: float, tolerance: float, steps: int = 2000, count: int = 220) -> tuple[Array, Array]:
    """Return rates (count,) from 0 to 2.2/L and the steps (count,) that plain descent takes to the tolerance."""
    rates = (np.arange(count) + 1) * 2.2 / count / LARGEST
    return rates, settled(distances(HEAVY_BALL, condition, rates, np.zeros(count), steps), tolerance)


def losses(condition: float, rates: Sequence[float], steps: int) -> Array:
    """Return the loss of plain descent from (1, 1) in parts of that at the start, (steps + 1, R), by its closed form; NaN beyond `_FAR`."""
    curvature = curvatures(condition)
    with np.errstate(all="ignore"):
        powers = np.power((1 - np.asarray(rates)[:, None] * curvature)[None], np.arange(steps + 1)[:, None, None])
        relative = (curvature * powers**2).sum(axis=-1) / curvature.sum()
    return np.where(relative < _FAR, relative, np.nan)


@dataclass(frozen=True, eq=False)
class Scheduled:
    """Plain descent with noisy gradients under K schedules.

    `rates` (T, K): learning rates. `losses` (T + 1, K): means over the draws of the noise. `path` (T + 1, K, 2): the points of the first draw.
    """

    rates: Array
    losses: Array
    path: Array


@lru_cache(maxsize=32)
def scheduled(schedules: tuple[Schedule, ...], condition: float, rate: float, noise: float, steps: int, seed: int, draws: int = 64) -> Scheduled:
    """Return the runs under each schedule. All get the same `draws` of noise. `noise`: its standard deviation in each part of the gradient."""
    progress = np.arange(steps) / steps
    rates = rate * np.stack([schedule.factor(progress, steps) for schedule in schedules], axis=1)
    rule = OPTIMIZERS["sgd"]()
    curvature = curvatures(condition)[:, None, None]
    params = np.ones((2, len(schedules), draws))
    points = np.empty((steps + 1, *params.shape))
    points[0] = params
    errors = noise * np.random.default_rng(seed).normal(size=(steps, 2, 1, draws))
    with np.errstate(all="ignore"):
        for step in range(steps):
            params, _ = rule.update(params * curvature + errors[step], {}, params, step + 1, rates[step][:, None])
            points[step + 1] = params
        values = (points * points * curvature).sum(axis=1).mean(axis=-1) / 2
    return Scheduled(rates, np.where(values < _FAR, values, np.nan), points[..., 0].swapaxes(1, 2).copy())  # a view would keep all draws in memory


def noise_floor(condition: float, rate: float, noise: float) -> float:
    """Return the mean loss that a constant rate ends at: the sum over both curvatures λ of η σ² / (2 (2 - ηλ)); infinite from 2/L on."""
    margins = 2 - rate * curvatures(condition)
    return float((rate * noise**2 / (2 * margins)).sum()) if margins.min() > 0 else math.inf

"""Penalties as budgets: the lowest squared error of two coefficients within a ball, and the penalty's strength that leads to the same point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

Array = NDArray[Any]

#: share of L1 of each ball: the elastic net's penalty ρ |w|₁ + (1 - ρ)/2 |w|₂² holds the others as its ends
BALLS = {"l1": 1.0, "l2": 0.0, "elastic_net": 0.5}
_ANGLES = 361
_STEPS = 121


@dataclass(frozen=True)
class Bowl:
    """The squared error of a regression on two standardised features, (w - c)' H (w - c) / 2 above its minimum, H = [[1, ρ], [ρ, 1]].

    It depends on the features through their correlation ρ alone, and its minimum c is the least-squares fit.
    """

    first: float = 1.0
    second: float = 0.3
    correlation: float = 0.0

    @property
    def centre(self) -> Array:
        """The coefficients of least squares, (2,)."""
        return np.array([self.first, self.second])

    @property
    def curvature(self) -> Array:
        """H, (2, 2)."""
        return np.array([[1, self.correlation], [self.correlation, 1]])

    def loss(self, weights: Array) -> Array:
        """Return the loss above its minimum, (...,), of coefficients (..., 2)."""
        away = weights - self.centre
        found: Array = np.einsum("...i,ij,...j->...", away, self.curvature, away) / 2
        return found

    def contour(self, level: float) -> Array:
        """Return the closed line (N, 2) on which the loss is `level`: an ellipse, as the curvature is constant."""
        angles = np.linspace(0, 2 * np.pi, _ANGLES)
        circle = np.column_stack([np.cos(angles), np.sin(angles)]) * np.sqrt(2 * level)
        return self.centre + circle @ np.linalg.inv(np.linalg.cholesky(self.curvature))


def size(weights: Array, l1_ratio: float) -> Array:
    """Return the elastic net's penalty (...,) of coefficients (..., 2)."""
    found: Array = (l1_ratio * np.abs(weights) + (1 - l1_ratio) / 2 * np.square(weights)).sum(axis=-1)
    return found


def penalised(bowl: Bowl, l1_ratio: float, strength: float) -> Array:
    """Return the coefficients (2,) with the lowest loss plus `strength` times `size`, exactly.

    For each pattern of signs the minimum solves a linear system; the right pattern is the one whose solution has these signs and whose zeros are held by
    a pull of at most strength * l1_ratio (the conditions of Karush, Kuhn and Tucker).
    """
    pull = strength * l1_ratio
    H = bowl.curvature + strength * (1 - l1_ratio) * np.eye(2)
    target = bowl.curvature @ bowl.centre
    best, least = np.zeros(2), np.inf
    for signs in product((0.0, 1.0, -1.0), repeat=2):
        sign = np.array(signs)
        free = sign != 0
        weights = np.zeros(2)
        weights[free] = np.linalg.solve(H[np.ix_(free, free)], (target - pull * sign)[free])
        if (weights * sign >= 0).all():  # a minimum within this orthant's closure; the lowest of them is that of all
            value = float(bowl.loss(weights) + strength * size(weights, l1_ratio))
            if value < least:
                best, least = weights, value
    return best


@dataclass(frozen=True, eq=False)
class Constrained:
    """The lowest loss within a ball: where (2,), its loss, the ball's outline (N, 2), and the strength of the penalty with the same minimum."""

    weights: Array
    loss: float
    outline: Array
    strength: float


def constrained(bowl: Bowl, l1_ratio: float, share: float) -> Constrained:
    """Return the lowest loss among coefficients of at most `share` (0 to 1, not 0) of the size of the least-squares fit.

    The minimum under a budget is that under a penalty of some strength (Lagrange); its size falls continuously with the strength, so it is searched for.
    """
    budget = share * float(size(bowl.centre, l1_ratio))
    if share >= 1:
        strength = 0.0
    else:
        high = 1.0
        while size(penalised(bowl, l1_ratio, high), l1_ratio) > budget:
            high *= 2
        strength = float(brentq(lambda strength: float(size(penalised(bowl, l1_ratio, strength), l1_ratio)) - budget, 0, high, xtol=1e-12))
    weights = penalised(bowl, l1_ratio, strength)
    return Constrained(weights, float(bowl.loss(weights)), outline(l1_ratio, budget), strength)


def outline(l1_ratio: float, budget: float) -> Array:
    """Return the closed line (N, 2) of coefficients of the size `budget`; corners lie on it."""
    angles = np.linspace(0, 2 * np.pi, _ANGLES)
    direction = np.column_stack([np.cos(angles), np.sin(angles)])
    linear, square = l1_ratio * np.abs(direction).sum(axis=1), (1 - l1_ratio) / 2
    # the root of square r² + linear r = budget, in the form that does not cancel where `square` is small
    radius = 2 * budget / (linear + np.sqrt(linear**2 + 4 * square * budget))
    return direction * radius[:, None]


@lru_cache(maxsize=64)
def route(bowl: Bowl, l1_ratio: float) -> Array:
    """Return where the minimum goes (N, 2) while the penalty falls from so strong that nothing is left to nothing."""
    strengths = np.concatenate([np.geomspace(1e3, 1e-3, _STEPS), [0]])
    return np.array([penalised(bowl, l1_ratio, float(strength)) for strength in strengths])


@dataclass(frozen=True)
class Sizes:
    """One vector of weights: what it predicts for features that are all 1, and its sizes."""

    weights: tuple[float, ...]
    prediction: float
    l1: float
    l2: float


def two_lines() -> tuple[Sizes, Sizes]:
    """Return one large weight and four small ones: the same prediction for (1, 1, 1, 1) and the same L1 norm, but another sum of squares."""
    found = [np.array([1.0, 0, 0, 0]), np.full(4, 0.25)]
    one, four = (Sizes(tuple(w.tolist()), float(w @ np.ones(4)), float(np.abs(w).sum()), float(np.square(w).sum())) for w in found)
    return one, four

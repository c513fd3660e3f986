"""Penalties as budgets: the lowest squared error of two coefficients within a norm ball, and the strength of the penalty with the same minimum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

Array = NDArray[Any]

#: The share of L1 of each ball. The elastic net's penalty ρ |w|₁ + (1 - ρ)/2 |w|₂² is L1 at ρ = 1 and L2 at ρ = 0.
BALLS = {"l1": 1.0, "l2": 0.0, "elastic_net": 0.5}
#: points of a closed line
_ANGLES = 361
#: strengths of a route, without 0
_STEPS = 121


@dataclass(frozen=True)
class Bowl:
    """The squared error of a regression on two standardised features, minus its minimum: (w - c)' H (w - c) / 2 with H = [[1, ρ], [ρ, 1]].

    c = (`first`, `second`) are the least-squares coefficients. ρ is the `correlation` of the features; nothing else of them matters.
    """

    first: float = 1.0
    second: float = 0.3
    correlation: float = 0.0

    @property
    def centre(self) -> Array:
        """The least-squares coefficients c, (2,)."""
        return np.array([self.first, self.second])

    @property
    def curvature(self) -> Array:
        """The second derivatives H, (2, 2)."""
        return np.array([[1, self.correlation], [self.correlation, 1]])

    def loss(self, weights: Array) -> Array:
        """Return the loss (...,), above its minimum, at coefficients (..., 2)."""
        difference = weights - self.centre
        loss: Array = np.einsum("...i,ij,...j->...", difference, self.curvature, difference) / 2
        return loss

    def contour(self, level: float) -> Array:
        """Return the closed line (N, 2) on which the loss is `level`. It is an ellipse, because the curvature is constant."""
        angles = np.linspace(0, 2 * np.pi, _ANGLES)
        circle = np.column_stack([np.cos(angles), np.sin(angles)]) * np.sqrt(2 * level)
        return self.centre + circle @ np.linalg.inv(np.linalg.cholesky(self.curvature))


def size(weights: Array, l1_ratio: float) -> Array:
    """Return the elastic net's penalty (...,) of coefficients (..., 2), at strength 1."""
    penalty: Array = (l1_ratio * np.abs(weights) + (1 - l1_ratio) / 2 * np.square(weights)).sum(axis=-1)
    return penalty


def penalised(bowl: Bowl, l1_ratio: float, strength: float) -> Array:
    """Return the coefficients (2,) that minimise the loss plus `strength` times `size`, exactly.

    Given the sign of each coefficient (1, -1 or 0), the objective is quadratic and its minimum solves a linear system. A solution is a candidate if it
    has the given signs. The candidate with the lowest objective is the minimum.
    """
    l1_strength = strength * l1_ratio
    H = bowl.curvature + strength * (1 - l1_ratio) * np.eye(2)
    target = bowl.curvature @ bowl.centre
    best, lowest = np.zeros(2), np.inf
    for signs in product((0.0, 1.0, -1.0), repeat=2):
        sign = np.array(signs)
        nonzero = sign != 0
        weights = np.zeros(2)
        weights[nonzero] = np.linalg.solve(H[np.ix_(nonzero, nonzero)], (target - l1_strength * sign)[nonzero])
        if (weights * sign >= 0).all():
            objective = float(bowl.loss(weights) + strength * size(weights, l1_ratio))
            if objective < lowest:
                best, lowest = weights, objective
    return best


@dataclass(frozen=True, eq=False)
class Constrained:
    """The point with the lowest loss within a ball.

    `weights` (2,): the point; `loss`: the loss there; `outline` (N, 2): the ball's boundary;
    `strength`: the strength of the penalty that has its minimum at the same point.
    """

    weights: Array
    loss: float
    outline: Array
    strength: float


def constrained(bowl: Bowl, l1_ratio: float, share: float) -> Constrained:
    """Return the lowest loss among coefficients whose `size` is at most `share` times that of the least-squares fit. `share`: above 0, at most 1.

    The minimum within the ball is also the minimum under a penalty of some strength (Lagrange). Its size falls continuously as the strength grows, so a
    root search finds the strength at which the size equals the budget.
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
    """Return the closed line (N, 2) of coefficients whose `size` is `budget`. The ball's corners are among its points."""
    angles = np.linspace(0, 2 * np.pi, _ANGLES)
    direction = np.column_stack([np.cos(angles), np.sin(angles)])
    linear, square = l1_ratio * np.abs(direction).sum(axis=1), (1 - l1_ratio) / 2
    # the positive root of square r² + linear r = budget, in the form without cancellation for a small `square`
    radius = 2 * budget / (linear + np.sqrt(linear**2 + 4 * square * budget))
    return direction * radius[:, None]


@lru_cache(maxsize=64)
def route(bowl: Bowl, l1_ratio: float) -> Array:
    """Return the minimum (N, 2) at each of N falling strengths of the penalty, from 1000, where it is close to 0, to 0, where it is least squares."""
    strengths = np.concatenate([np.geomspace(1e3, 1e-3, _STEPS), [0]])
    return np.array([penalised(bowl, l1_ratio, float(strength)) for strength in strengths])


@dataclass(frozen=True)
class Sizes:
    """A vector of weights: its `prediction` for features that are all 1, its L1 norm (`l1`), and its sum of squares (`l2`)."""

    weights: tuple[float, ...]
    prediction: float
    l1: float
    l2: float


def one_large_and_four_small() -> tuple[Sizes, Sizes]:
    """Return one large weight, and four small ones with the same prediction and the same L1 norm, but a smaller sum of squares."""
    vectors = [np.array([1.0, 0, 0, 0]), np.full(4, 0.25)]
    one, four = (Sizes(tuple(w.tolist()), float(w @ np.ones(4)), float(np.abs(w).sum()), float(np.square(w).sum())) for w in vectors)
    return one, four

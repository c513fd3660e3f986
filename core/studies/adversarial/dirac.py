"""The smallest duel, of two numbers (Dirac-GAN): real samples are 0, generated ones θ, and the critic's score is D(x) = ψ x.

With b = ψθ the players move by θ' = -g'(b) ψ and ψ' = -d'(b) θ - q, where g and d are what generator and critic minimise, and q is the slope of the
penalty by ψ. The game is at rest at (0, 0). Instance noise σ adds N(0, σ²) to real and generated samples; then both are means over the noise.
Source: Mescheder, Geiger and Nowozin, arXiv:1801.04406.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from core.studies.adversarial.losses import AdversarialLoss
from core.studies.adversarial.penalties import CriticPenalty

Array = NDArray[Any]

#: how the players move
FLOW, SIMULTANEOUS, ALTERNATING = "flow", "simultaneous", "alternating"
#: steps of Runge and Kutta's rule for one step of the players
_SUBSTEPS = 2
#: nodes of the noise: of one sample, and along each side of a grid of pairs
_NODES, _PAIRED = 241, 25
_REACH = 6.0
#: a path has left the picture for good when a coordinate is larger than this
_FAR = 1e6
_EPS = 1e-5


@dataclass(frozen=True)
class Game:
    """A game of two numbers: a loss, a penalty, and the standard deviation σ of the instance noise."""

    loss: AdversarialLoss
    penalty: CriticPenalty
    noise: float = 0.0

    def velocity(self, points: Array) -> Array:
        """Return (θ', ψ') at points (..., 2) of (θ, ψ): the negative gradients of both players, shape (..., 2)."""
        theta, psi = points[..., 0, None], points[..., 1, None]
        real, made, weights = _noise(self.noise, self.loss.paired)
        a, b = psi * real, psi * (theta + made)
        _, force = self.loss.generator_gradient(a, b)
        da, db = self.loss.critic_gradient(a, b)
        slope = self.penalty.gradient(points[..., 1:])[..., 0]
        to_theta = -(force @ weights) * points[..., 1]
        to_psi = -((da * real + db * (theta + made)) @ weights) - slope
        return np.stack([to_theta, to_psi], axis=-1)

    def limited(self, point: Array) -> Array:
        """Return a point (2,) after a step of the critic: its number is cut where the penalty is a limit."""
        return np.append(point[:1], self.penalty.limited(point[1:]))

    def jacobian(self) -> Array:
        """Return the derivatives (2, 2) of the velocity at the equilibrium."""
        step = _EPS * np.eye(2)
        jacobian: Array = ((self.velocity(step) - self.velocity(-step)) / (2 * _EPS)).T
        return jacobian

    def eigenvalues(self) -> Array:
        """Return the two eigenvalues of the flow at the equilibrium, which it comes to if their real parts are below 0."""
        values: Array = np.linalg.eigvals(self.jacobian())
        return values


@lru_cache(maxsize=32)
def _noise(deviation: float, paired: bool) -> tuple[Array, Array, Array]:
    """Return what noise adds to real and to generated samples, and the weight of each pair, (N,). They are constants."""
    if not deviation:
        return np.zeros(1), np.zeros(1), np.ones(1)
    nodes = np.linspace(-_REACH, _REACH, _PAIRED if paired else _NODES)
    weights = norm.pdf(nodes) / norm.pdf(nodes).sum()
    if paired:
        real, made = (each.ravel() for each in np.meshgrid(nodes, nodes))
        return deviation * real, deviation * made, np.outer(weights, weights).ravel()
    return deviation * nodes, deviation * nodes, weights


def path(game: Game, how: str, start: tuple[float, float], rate: float, steps: int) -> Array:
    """Return the points (T + 1, 2) of the players after each step. NaN after one that is too far out.

    `how`: FLOW follows the velocity exactly, for a time `rate` each step; SIMULTANEOUS takes both steps from the same point; ALTERNATING lets the critic
    step first, and the generator answer it.
    """
    move = {FLOW: _flow, SIMULTANEOUS: _simultaneous, ALTERNATING: _alternating}[how]
    points = np.full((steps + 1, 2), np.nan)
    points[0] = start
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(steps):
            points[step + 1] = move(game, points[step], rate)
            if not np.abs(points[step + 1]).max() < _FAR:
                points[step + 1] = np.nan
                break
    return points


def _simultaneous(game: Game, point: Array, rate: float) -> Array:
    return game.limited(point + rate * game.velocity(point))


def _alternating(game: Game, point: Array, rate: float) -> Array:
    after = game.limited(point + [0, rate] * game.velocity(point))
    moved: Array = after + [rate, 0] * game.velocity(after)
    return moved


def _flow(game: Game, point: Array, rate: float) -> Array:
    """Return the point after a time `rate`, by Runge and Kutta's rule of order 4."""
    h = rate / _SUBSTEPS
    for _ in range(_SUBSTEPS):
        k1 = game.velocity(point)
        k2 = game.velocity(point + h / 2 * k1)
        k3 = game.velocity(point + h / 2 * k2)
        k4 = game.velocity(point + h * k3)
        point = game.limited(point + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return point

"""Two bells: the gradient that a generator gets from the best possible critic, without any training.

Real samples are N(0, s²), generated ones N(θ, s²). The critic is the best one of its loss; of a Wasserstein loss the best one whose slope is at most 1.
All integrals are sums over an even grid of normal densities, which converge faster than any power of its width.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy
from scipy.stats import norm

from core.studies.adversarial.losses import AdversarialLoss

Array = NDArray[Any]

#: what Jensen-Shannon comes to when the bells do not overlap
LOG_2 = float(np.log(2))
#: the distances that are shown, and how many
FARTHEST, _DISTANCES = 5.0, 101
#: half the width of a grid in standard deviations, and its points; of a grid of pairs along each of its sides
_REACH, _NODES, _PAIRED = 8.0, 641, 101
#: the largest distance a bell is drawn beyond its mean, in standard deviations
_DRAWN = 4.0


@dataclass(frozen=True, eq=False)
class Distances:
    """Two distances of the bells by their distance θ (D,): Jensen-Shannon `js` in nats, and Wasserstein `w1`."""

    theta: Array
    js: Array
    w1: Array


@dataclass(frozen=True, eq=False)
class Scene:
    """The bells along a line: `x` (N,), the densities of `real` and `made` samples."""

    x: Array
    real: Array
    made: Array


def thetas() -> Array:
    """Return the distances that are shown: the first one is just above 0."""
    return np.linspace(0, FARTHEST, _DISTANCES).clip(1e-3)


def scene(theta: float, width: float) -> Scene:
    """Return the two bells at a distance."""
    x = np.linspace(-_DRAWN * width, FARTHEST + _DRAWN * width, 400)
    return Scene(x, norm.pdf(x, 0, width), norm.pdf(x, theta, width))


def log_ratio(x: Array, theta: Any, width: float) -> Array:
    """Return log p(x)/q(x) = (θ² - 2xθ) / (2s²) of real against generated samples."""
    ratio: Array = (theta * theta - 2 * x * theta) / (2 * width * width)
    return ratio


def critic(loss: AdversarialLoss, x: Array, theta: Any, width: float) -> tuple[Array, Array]:
    """Return the scores of the best critic at x, and its slopes."""
    best = loss.best_score(log_ratio(x, theta, width))
    if best is None:  # the steepest descent from the real bell to the generated one; it is 0 half way
        return theta / 2 - x, -np.ones_like(x)
    return best[0], best[1] * (-theta / (width * width))


@lru_cache(maxsize=256)
def pull(loss: AdversarialLoss, width: float) -> Array:
    """Return the pull on the generator at each of `thetas`, (D,): the derivative of its mean loss by θ through its samples, of a critic held fixed.

    It is E[g'(b) D'(x)] over generated x. Above 0 the bells are drawn together.
    """
    theta = thetas()[:, None]
    nodes, weights = _normal(_PAIRED if loss.paired else _NODES)
    x = theta + width * nodes
    b, slope = critic(loss, x, theta, width)
    if loss.paired:
        a, _ = critic(loss, np.broadcast_to(width * nodes, x.shape), theta, width)
        one, other = np.broadcast_arrays(a[:, :, None], b[:, None, :])
        force = np.einsum("dij,i->dj", loss.generator_gradient(one, other)[1], weights)
    else:
        force = loss.generator_gradient(b, b)[1]
    drawn: Array = (force * slope) @ weights
    return drawn


def place(theta: float) -> int:
    """Return the position of a distance among `thetas`, or of the nearest."""
    return int(np.abs(thetas() - theta).argmin())


@lru_cache(maxsize=64)
def distances(width: float) -> Distances:
    """Return the distances of the bells at each of `thetas`."""
    theta = thetas()
    x = np.linspace(-_REACH * width, FARTHEST + _REACH * width, 4001)
    p, q = norm.pdf(x, 0, width), norm.pdf(x, theta[:, None], width)
    middle = (p + q) / 2
    with np.errstate(under="ignore"):
        integrand = (xlogy(p, p) + xlogy(q, q)) / 2 - xlogy(middle, middle)
    return Distances(theta, integrand.sum(axis=1) * (x[1] - x[0]), theta.copy())


def _normal(count: int) -> tuple[Array, Array]:
    """Return nodes and weights (N,) of sums that stand for means over a standard normal distribution."""
    nodes = np.linspace(-_REACH, _REACH, count)
    weights = norm.pdf(nodes)
    return nodes, weights / weights.sum()

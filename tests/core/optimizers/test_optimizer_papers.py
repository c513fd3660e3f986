"""Rules that PyTorch does not have follow their papers' equations, written here once more: numbers in loops, in the papers' symbols.

The problem is the reference's noisy quadratic. Its coordinates do not touch each other, so each is followed alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from core.optimizers import OPTIMIZERS, Optimizer
from tests.reference.make_optimizers import CURVATURE, FREQUENCY, START, gradient, settings

STEPS = 100
Slope = Callable[[float, int], float]


def sign(x: float) -> int:
    return (x > 0) - (x < 0)


def adabelief(o: Any, theta: float, alpha: float, slope: Slope) -> Iterator[float]:
    """Algorithm 2 of arXiv:2010.07468, with decoupled decay."""
    m = s = 0.0
    for t in range(1, STEPS + 1):
        g = slope(theta, t)
        m = o.beta1 * m + (1 - o.beta1) * g
        s = o.beta2 * s + (1 - o.beta2) * (g - m) ** 2 + o.eps
        m_hat = m / (1 - o.beta1**t)
        s_hat = s / (1 - o.beta2**t)
        theta = theta - alpha * o.weight_decay * theta
        theta = theta - alpha * m_hat / (math.sqrt(s_hat) + o.eps)
        yield theta


def yogi(o: Any, x: float, eta: float, slope: Slope) -> Iterator[float]:
    """Algorithm 2 of Zaheer et al., NeurIPS 2018."""
    m = v = 0.0
    for t in range(1, STEPS + 1):
        g = slope(x, t)
        m = o.beta1 * m + (1 - o.beta1) * g
        v = v - (1 - o.beta2) * sign(v - g**2) * g**2
        x = x - eta * m / (math.sqrt(v) + o.eps)
        yield x


def lion(o: Any, theta: float, eta: float, slope: Slope) -> Iterator[float]:
    """Algorithm 2 of arXiv:2302.06675."""
    m = 0.0
    for t in range(1, STEPS + 1):
        g = slope(theta, t)
        c = o.beta1 * m + (1 - o.beta1) * g
        theta = theta - eta * (sign(c) + o.weight_decay * theta)
        m = o.beta2 * m + (1 - o.beta2) * g
        yield theta


def sign_descent(o: Any, x: float, delta: float, slope: Slope) -> Iterator[float]:
    """Algorithm 1 of arXiv:1802.04434."""
    for t in range(1, STEPS + 1):
        x = x - delta * sign(slope(x, t))
        yield x


def sgdw(o: Any, theta: float, alpha: float, slope: Slope) -> Iterator[float]:
    """Algorithm 1 of arXiv:1711.05101 without a schedule; its velocity holds α, and its λ is not multiplied by α."""
    m, lambda_ = 0.0, alpha * o.weight_decay
    for t in range(1, STEPS + 1):
        m = o.momentum * m + alpha * slope(theta, t)
        theta = theta - m - lambda_ * theta
        yield theta


PAPER: dict[str, Callable[[Any, float, float, Slope], Iterator[float]]] = {
    "adabelief": adabelief,
    "yogi": yogi,
    "lion": lion,
    "sign_descent": sign_descent,
    "sgdw": sgdw,
}
CASES = [(cls(**values), cls.learning_rate / (i + 1)) for kind, cls in OPTIMIZERS.items() if kind in PAPER for i, values in enumerate(settings(cls, draws=5))]


def coordinate(i: int) -> Slope:
    """Return coordinate `i` of the reference's gradient, as a function of that coordinate and of the number of the update."""
    return lambda x, t: CURVATURE[i] * x + 0.5 * math.sin(FREQUENCY[i] * t)


def test_the_coordinates_are_the_reference_problem() -> None:
    expected = gradient(np.array(START), 7)
    np.testing.assert_allclose([coordinate(i)(x, 7) for i, x in enumerate(START)], expected, rtol=1e-15)


def test_every_rule_is_compared_with_pytorch_or_with_its_paper() -> None:
    """That PyTorch's trajectories are recorded is the business of tests/core/optimizers/test_optimizers.py."""
    assert set(PAPER) == {kind for kind, cls in OPTIMIZERS.items() if cls.pytorch is None}


@pytest.mark.parametrize(("item", "lr"), CASES, ids=lambda value: repr(value))
def test_trajectory_follows_the_paper(item: Optimizer, lr: float) -> None:
    params, state = np.array(START), item.init(np.array(START))
    visited = []
    for step in range(1, STEPS + 1):
        params, state = item.update(gradient(params, step), state, params, step, lr)
        visited.append(params)
    expected = np.transpose([list(PAPER[item.kind](item, x, lr, coordinate(i))) for i, x in enumerate(START)])
    np.testing.assert_allclose(visited, expected, rtol=1e-9)

"""The learned optimizer: a small network that makes a step of what a coordinate has seen. It is no `Optimizer`: it is good within its horizon, and at home."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
#: loss (M, N) and gradient (M, N, D) of N problems at points (M, N, D)
Problems = Callable[[Array], tuple[Array, Array]]

#: what it sees of a coordinate, its hidden units, and all of its numbers
FEATURES, HIDDEN, OUTPUTS = 6, 12, 2
SIZE = FEATURES * HIDDEN + HIDDEN + HIDDEN * OUTPUTS + OUTPUTS
#: the steps of the problems that it was trained on
HORIZON = 20
#: how fast what it remembers of gradients, and of their squares, fades
_FAST, _SLOW, _SQUARES = 0.5, 0.9, 0.95
#: the step without anything learned, and the largest exponent of its size
_STEP, _MOST = 0.1, 3.0


def descended(numbers: Array, problems: Problems, points: Array, steps: int) -> Array:
    """Return the losses (M, N, steps + 1) of M learned optimizers on N problems, from `points` (N, D).

    `numbers` (M, `SIZE`). With r the root of the faded mean of squared gradients, the network sees of each coordinate g / r, two faded means of g over r,
    log r, its last step, and tanh(step / `HORIZON`), and says a direction d and an exponent e: the step is -0.1 d exp(e). All coordinates have one network.
    """
    hidden, bias, out, last = np.split(numbers, np.cumsum([FEATURES * HIDDEN, HIDDEN, HIDDEN * OUTPUTS]), axis=1)
    inner, outer = hidden.reshape(-1, FEATURES, HIDDEN), out.reshape(-1, HIDDEN, OUTPUTS)
    x = np.broadcast_to(points, (len(numbers), *points.shape)).copy()
    fast, slow, squares, moved = (np.zeros_like(x) for _ in range(4))
    losses = np.empty((*x.shape[:2], steps + 1))
    losses[..., 0], gradient = problems(x)
    for step in range(1, steps + 1):
        fast, slow = _FAST * fast + (1 - _FAST) * gradient, _SLOW * slow + (1 - _SLOW) * gradient
        squares = _SQUARES * squares + (1 - _SQUARES) * gradient**2
        root = np.sqrt(squares / (1 - _SQUARES**step)) + 1e-12
        seen = np.stack(
            [gradient / root, fast / (1 - _FAST**step) / root, slow / (1 - _SLOW**step) / root, np.log(root) / 3, moved / _STEP,
             np.full_like(x, np.tanh(step / HORIZON))], axis=-1,
        ).reshape(len(x), -1, FEATURES)  # fmt: skip
        said = (np.tanh(seen @ inner + bias[:, None]) @ outer + last[:, None]).reshape(*x.shape, OUTPUTS)
        moved = -_STEP * said[..., 0] * np.exp(np.minimum(said[..., 1], _MOST))
        x = x + moved
        losses[..., step], gradient = problems(x)
    return losses


def by_adam(rates: Array, beta1: Array, beta2: Array, problems: Problems, points: Array, steps: int) -> Array:
    """Return the losses (M, N, steps + 1) of Adam with M rates and β on N problems, from `points` (N, D). PyTorch's convention, ε = 1e-8."""
    x = np.broadcast_to(points, (len(rates), *points.shape)).copy()
    rates, beta1, beta2 = (np.asarray(values, float)[:, None, None] for values in (rates, beta1, beta2))
    first, second = np.zeros_like(x), np.zeros_like(x)
    losses = np.empty((*x.shape[:2], steps + 1))
    losses[..., 0], gradient = problems(x)
    for step in range(1, steps + 1):
        first, second = beta1 * first + (1 - beta1) * gradient, beta2 * second + (1 - beta2) * gradient**2
        x = x - rates * (first / (1 - beta1**step)) / (np.sqrt(second / (1 - beta2**step)) + 1e-8)
        losses[..., step], gradient = problems(x)
    return losses

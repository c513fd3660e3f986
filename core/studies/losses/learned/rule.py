"""A learned loss: its pull is a small network of the residual, and its curve the integral of that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

#: hidden units, and all numbers: of each unit where it bends and how steeply, and its part in the pull; and one number for all
UNITS = 8
SIZE = 3 * UNITS + 1
#: steps of a fit, and the size of them
STEPS, RATE = 60, 0.5


def _parts(numbers: Array) -> tuple[Array, Array, Array, Array]:
    """Return slopes, shifts and parts (..., `UNITS`), and the constant (..., 1), of numbers (..., `SIZE`)."""
    slopes, shifts, parts = (numbers[..., first * UNITS : (first + 1) * UNITS] for first in range(3))
    return slopes, shifts, parts, numbers[..., -1:]


def pull(numbers: Array, residuals: Array) -> Array:
    """Return the derivative Σ_j v_j tanh(a_j r + b_j) + c of the loss by the score, of numbers (..., `SIZE`) at residuals (..., N): r is score minus target."""
    slopes, shifts, parts, constant = _parts(numbers)
    units: Array = np.tanh(residuals[..., None] * slopes[..., None, :] + shifts[..., None, :])
    values: Array = (units @ parts[..., None])[..., 0] + constant
    return values


def value(numbers: Array, residuals: Array) -> Array:
    """Return the loss at residuals (N,): the integral of the pull from 0. It may be below 0, because nothing asks the pull to vanish at 0."""
    slopes, shifts, parts, constant = _parts(numbers)
    slopes = np.where(np.abs(slopes) < 1e-6, 1e-6, slopes)
    inner = residuals[:, None] * slopes + shifts
    values: Array = ((_log_cosh(inner) - _log_cosh(shifts)) * parts / slopes).sum(axis=-1) + constant * residuals
    return values


def _log_cosh(values: Array) -> Array:
    return np.logaddexp(values, -values) - np.log(2)


def fitted(pulls: Callable[[Array], Array], X: Array, y: Array, stack: tuple[int, ...] = ()) -> Array:
    """Return weights (*stack, T, D) of T linear fits of targets y (T, N) by rows X (T, N, D): `STEPS` steps of descent from the least squares fit.

    `pulls(residuals (*stack, T, N))` is the derivative of the loss of each row by its score.
    """
    squares = np.linalg.solve(X.mT @ X, X.mT @ y[..., None])[..., 0]
    weights = np.broadcast_to(squares, (*stack, *squares.shape)).copy()
    for _ in range(STEPS):
        residuals = (X @ weights[..., None])[..., 0] - y
        weights = weights - RATE * (pulls(residuals)[..., None, :] @ X)[..., 0, :] / X.shape[-2]
    return weights

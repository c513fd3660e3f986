"""From the error of one sample to the loss over a data set: a dozen points, a line, its errors, and the figures computed from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.losses import LOSSES, Loss
from core.studies.losses.pulls import plain_parameters
from core.tasks import IDENTITY, REGRESSION

Array = NDArray[Any]

#: the ranges of the plot
X_RANGE = (0.0, 10.0)
Y_RANGE = (-1.0, 12.0)


@dataclass(frozen=True, eq=False)
class ErrorParts:
    """The errors of a line on N samples, and the figures computed from them. Nothing is scaled: errors are in the units of y.

    `x` (N,), `y` (N,): the samples.
    `predictions` (N,); `errors` (N,): prediction - target; `losses` (N,).
    `ends` (2, 2): the points (x, y) of the line at both ends of `X_RANGE`.
    `total`, `mean`: of the losses.
    `mse`, `rmse`, `mae`: mean squared error, its root, mean absolute error.
    `variance`: the mean squared deviation of the targets from their mean (divided by N), so that `r2` = 1 - `mse` / `variance`.
    """

    x: Array
    y: Array
    predictions: Array
    errors: Array
    losses: Array
    ends: Array
    total: float
    mean: float
    mse: float
    rmse: float
    mae: float
    variance: float
    r2: float


@lru_cache(maxsize=1)
def points() -> tuple[Array, Array]:
    """Return x (N,) and y (N,) of the data, rounded so that they can be read off the plot. The arrays are read-only."""
    x = np.array([0.6, 1.4, 2.1, 2.9, 3.7, 4.4, 5.2, 6.0, 6.8, 7.6, 8.5, 9.3])
    y = np.array([2.6, 1.9, 3.9, 3.2, 5.4, 4.1, 5.0, 6.9, 2.0, 7.1, 7.0, 8.9])
    x.setflags(write=False)
    y.setflags(write=False)
    return x, y


def least_squares() -> tuple[float, float]:
    """Return slope and intercept of the line with the lowest mean squared error."""
    x, y = points()
    slope = float(np.cov(x, y, bias=True)[0, 1] / x.var())
    return slope, float(y.mean() - slope * x.mean())


def flat() -> tuple[float, float]:
    """Return slope and intercept of the constant prediction: 0 and the mean of the targets."""
    return 0.0, float(points()[1].mean())


def fits(loss: type[Loss]) -> bool:
    """Return whether a loss is one of a regression that is defined for any error without a link.

    Losses with learned parameters do not fit, nor do those with parameters that no single widget can set.
    """
    domain = loss.target_domain
    unbounded = domain.low == -np.inf and domain.high == np.inf
    return REGRESSION in loss.tasks and loss.link == IDENTITY and unbounded and not loss.learned and plain_parameters(loss)


def fitting() -> tuple[str, ...]:
    """Return the names of the losses that fit, in order of registration."""
    return tuple(name for name, loss in LOSSES.items() if fits(loss))


def parts(loss: Loss, slope: float, intercept: float) -> ErrorParts:
    """Return the errors, losses and figures of the line `slope` x + `intercept`."""
    x, y = points()
    predictions = slope * x + intercept
    errors = predictions - y
    losses = loss.value(predictions[:, None], y[:, None])
    mse, variance = float(np.square(errors).mean()), float(y.var())
    mae = float(np.abs(errors).mean())
    ends = np.array([[end, slope * end + intercept] for end in X_RANGE])
    return ErrorParts(x, y, predictions, errors, losses, ends, float(losses.sum()), float(losses.mean()), mse, mse**0.5, mae, variance, 1 - mse / variance)

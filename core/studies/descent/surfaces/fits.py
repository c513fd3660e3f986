"""Surfaces that are losses of a model with two weights on data: a straight line, and logistic regression."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from scipy.special import expit

from core.parameters import integer, real
from core.studies.descent.surfaces.base import SURFACES, Array, Point, Surface, as_points, in_pieces, map_around, pair, sample_seed

#: the map's reach to either side of the minimum, as a multiple of the distance from the first start to the minimum
_ROOM = 1.3


def _rows() -> Any:
    return integer(100, 10, 1000, log=True, hard="[3, 10000]", symbol="n", doc="Number of rows.")


class _Fit(Surface):
    """The loss of a model with two weights on data. The minimum is the centre of its map, and the first start lies on the map."""

    real = True

    @property
    @abstractmethod
    def _best(self) -> Array:
        """The minimum (2,)."""

    @property
    @abstractmethod
    def _first(self) -> Array:
        """The first start (2,)."""

    @property
    def _reach(self) -> Array:
        return np.maximum(_ROOM * np.abs(self._first - self._best), 2.0)

    @cached_property
    def domain(self) -> tuple[Point, Point]:
        return map_around(self._best, self._reach)

    @cached_property
    def minima(self) -> tuple[Point, ...]:
        return as_points([self._best])

    @cached_property
    def starts(self) -> tuple[Point, ...]:
        return as_points([self._first, self._best + self._reach * (0.8, 0.5), self._best + self._reach * (-0.3, 0.8)])


@lru_cache(maxsize=32)
def _line_data(rows: int, noise: float, seed: int) -> tuple[Array, Array]:
    """Return x and y, each (rows,), drawn with numpy's legacy generator, x first, as the published example draws them."""
    rng = np.random.RandomState(seed)
    x = rng.uniform(-1, 1, rows)
    y = 2 + 3 * x + rng.normal(0, noise, rows)
    x.flags.writeable = y.flags.writeable = False
    return x, y


@lru_cache(maxsize=256)
def _shuffled(rows: int, seed: int, epoch: int) -> Array:
    return np.random.default_rng([seed, epoch]).permutation(rows)


@SURFACES.add("line_mse")
@dataclass(frozen=True)
class LineMSE(_Fit):
    """Mean squared error of a straight line: the mean over the rows of (bias + slope x - y)². There is no factor 1/2.

    With a `batch`, an update sees that many rows. Their order changes in each epoch. The last batch of an epoch may be smaller.
    """

    rows: int = _rows()
    noise: float = real(0.5, 0.0, 2.0, hard="[0, 100]", symbol=r"\sigma", doc="Standard deviation of the targets around the line 2 + 3 x.")
    batch: int = integer(0, 0, 100, hard="[0, 10000]", symbol="B", doc="Rows that an update sees; 0: all of them.")
    seed: int = sample_seed()

    title = "Straight line (MSE)"
    summary = "The squared error of a line is a parabola in each weight: one bowl, whose tilt and condition come from the data alone."
    formula = r"\tfrac1n \sum_i (b + w x_i - y_i)^2"
    reference = "Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805"
    axes = ("bias", "slope")

    @property
    def _design(self) -> Array:
        """The inputs (rows, 2): 1 for the bias, x for the slope."""
        x, _ = self.data()
        return pair(np.ones_like(x), x)

    @cached_property
    def _best(self) -> Array:
        return np.linalg.lstsq(self._design, self.data()[1])[0]

    @cached_property
    def _first(self) -> Array:
        return np.array([-0.5850598491177812, -0.1506290624969875])

    @cached_property
    def _lowest(self) -> float:
        """The MSE of least squares."""
        residuals = self._design @ self._best - self.data()[1]
        return float((residuals * residuals).mean())

    @cached_property
    def _hessian(self) -> Array:
        """The second derivatives (2, 2)."""
        return 2 / self.rows * self._design.T @ self._design

    def data(self) -> tuple[Array, Array]:
        """Return x and y of the data, each (rows,)."""
        return _line_data(self.rows, self.noise, self.seed)

    def value(self, points: Array) -> Array:
        offsets = points - self._best
        return self._lowest + np.vecdot(offsets, offsets @ self._hessian) / 2

    def gradient(self, points: Array) -> Array:
        return (points - self._best) @ self._hessian

    def batch_rows(self, step: int) -> Array:
        """Return the indices of the rows that update number `step` (from 1) sees."""
        size = min(self.batch or self.rows, self.rows)
        epoch, batch = divmod(step - 1, -(-self.rows // size))
        return _shuffled(self.rows, self.seed, epoch)[batch * size : (batch + 1) * size]

    def seen(self, points: Array, step: int) -> Array:
        if not 0 < self.batch < self.rows:
            return self.gradient(points)
        rows = self.batch_rows(step)
        x, y = (values[rows] for values in self.data())
        residuals = points[..., :1] + points[..., 1:] * x - y
        return 2 / len(rows) * pair(residuals.sum(axis=-1), residuals @ x)

    def hessian(self) -> Array:
        return self._hessian.copy()


@lru_cache(maxsize=32)
def _blobs(rows: int, distance: float, seed: int) -> tuple[Array, Array]:
    """Return the features (rows, 2) of two clouds and the labels (rows,), -1 or 1. The clouds are half as wide along the second feature."""
    rng = np.random.default_rng(seed)
    labels = np.where(np.arange(rows) % 2, 1.0, -1.0)
    X = rng.normal(size=(rows, 2)) * (1.0, 0.5) + labels[:, None] * distance / 2 * (1.0, 0.5)
    X.flags.writeable = labels.flags.writeable = False
    return X, labels


@SURFACES.add("logistic")
@dataclass(frozen=True)
class Logistic(_Fit):
    """Logistic loss of two weights without a bias, with the penalty λ |w|² / 2. Labels are -1 and 1. Separable clouds have a minimum only with the penalty."""

    rows: int = _rows()
    distance: float = real(2.0, 0.5, 4.0, hard="[0, 20]", doc="Distance of the clouds' centres, in standard deviations of the first feature.")
    l2: float = real(0.01, 1e-3, 1.0, log=True, hard="[1e-4, 1e3]", symbol=r"\lambda", doc="Weight of the penalty.")
    seed: int = sample_seed()

    title = "Logistic regression"
    summary = "Convex, with a constant slope where the weights are wrong and hardly any where they are right: rates tuned far out are too small near by."
    formula = r"\tfrac1n \sum_i \ln\left(1 + e^{-t_i w^\top x_i}\right) + \tfrac{\lambda}{2} |w|^2"
    reference = "Cox, The Regression Analysis of Binary Sequences, JRSS B 20, 1958"
    axes = ("weight 1", "weight 2")

    @cached_property
    def _margins(self) -> Array:
        """Each row's features times its label, (2, rows)."""
        X, labels = self.data()
        return np.ascontiguousarray((X * labels[:, None]).T)

    @cached_property
    def _first(self) -> Array:
        return self._best - np.maximum(np.abs(self._best), 1.0) * (1.4, 1.2)

    def data(self) -> tuple[Array, Array]:
        """Return features (rows, 2) and labels (rows,), -1 or 1."""
        return _blobs(self.rows, self.distance, self.seed)

    @cached_property
    def _best(self) -> Array:
        """The minimum (2,) by Newton's method. A step that raises the loss is halved."""
        best = np.zeros(2)
        for _ in range(100):
            slope = self.gradient(best)
            if np.abs(slope).max() < 1e-14:
                break
            sigmoid = expit(best @ self._margins)
            curvature = (self._margins * (sigmoid * (1 - sigmoid))) @ self._margins.T / self.rows + self.l2 * np.eye(2)
            step = np.linalg.solve(curvature, slope)
            while np.abs(step).max() > 1e-9 and self.value(best - step) > self.value(best):
                step = step / 2
            best = best - step
        return best

    def value(self, points: Array) -> Array:
        def piece(weights: Array) -> Array:
            return np.logaddexp(0, -(weights @ self._margins)).mean(axis=-1) + self.l2 / 2 * np.vecdot(weights, weights)

        return in_pieces(piece, points, self.rows)

    def gradient(self, points: Array) -> Array:
        def piece(weights: Array) -> Array:
            return self.l2 * weights - expit(-(weights @ self._margins)) @ self._margins.T / self.rows

        return in_pieces(piece, points, self.rows)

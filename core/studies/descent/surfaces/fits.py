"""Real losses of two parameters: a line, a classifier, and a plane through a network's parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from scipy.special import expit

from core.datasets import DATASETS
from core.experiment import Experiment, Run
from core.losses import LOSSES, Loss
from core.models import MODELS, Model
from core.optimizers import OPTIMIZERS
from core.parameters import integer, real
from core.studies.descent.surfaces.base import SURFACES, Array, Point, Surface, pair
from core.training.slices import advance, start

#: floats that an evaluation of many points holds at a time, so that they stay in the processor's cache
_PIECE = 30_000
#: how far the map reaches on either side of a minimum, as a multiple of the way from the first start
_ROOM = 1.3


def _seed() -> Any:
    return integer(0, 0, 20, hard="[0, 4294967295]", doc="Another seed draws another sample of the same kind.")


def _rows() -> Any:
    return integer(100, 10, 1000, log=True, hard="[3, 10000]", symbol="n", doc="Number of rows.")


def _map_around(centre: Array, first: Array) -> tuple[tuple[Point, Point], tuple[Point, ...]]:
    """Return a domain that has `centre` in its middle, and starts: `first`, which is on the map, and two more."""
    reach = np.maximum(_ROOM * np.abs(first - centre), 2.0)
    starts = (first, centre + reach * (0.8, 0.5), centre + reach * (-0.3, 0.8))
    (left, bottom), (right, top) = (centre - reach).tolist(), (centre + reach).tolist()
    return ((left, right), (bottom, top)), tuple((float(x), float(y)) for x, y in starts)


def _in_pieces(function: Callable[[Array], Array], points: Array, floats: int) -> Array:
    """Return `function` of points (..., 2), given (m, 2) at a time, where each point takes so many `floats`."""
    size = max(1, _PIECE // floats)
    flat = points.reshape(-1, 2)
    pieces = [function(flat[i : i + size]) for i in range(0, max(len(flat), 1), size)]
    result = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
    return result.reshape(points.shape[:-1] + result.shape[1:])


@lru_cache(maxsize=32)
def _line_data(rows: int, noise: float, seed: int) -> tuple[Array, Array]:
    """Return x and y (rows,), drawn as in countless tutorials: with the legacy generator, x first."""
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
class LineMSE(Surface):
    """Mean squared error of a straight line, the mean over the rows of (bias + slope x - y)², whose gradient has the factor 2/n.

    With a `batch`, updates see the rows in another order in each epoch, so many at a time; the last batch of an epoch may be smaller.
    """

    rows: int = _rows()
    noise: float = real(0.5, 0.0, 2.0, hard="[0, 100]", symbol=r"\sigma", doc="Standard deviation of the targets around the line 2 + 3 x.")
    batch: int = integer(0, 0, 100, hard="[0, 10000]", symbol="B", doc="Rows that an update sees; 0: all of them.")
    seed: int = _seed()

    title = "Straight line (MSE)"
    summary = "The squared error of a line is a parabola in each weight: one bowl, whose tilt and condition come from the data alone."
    formula = r"\tfrac1n \sum_i (b + w x_i - y_i)^2"
    reference = "Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805"
    axes = ("bias", "slope")
    real = True

    _hessian: ClassVar[Array]
    _lowest: ClassVar[tuple[Array, float]]

    def __post_init__(self) -> None:
        super().__post_init__()
        x, y = self.data()
        design = pair(np.ones_like(x), x)
        best = np.linalg.lstsq(design, y)[0]
        residuals = design @ best - y
        domain, starts = _map_around(best, np.array([-0.5850598491177812, -0.1506290624969875]))
        self._set(
            domain=domain, starts=starts, minima=((float(best[0]), float(best[1])),),
            _hessian=2 / self.rows * design.T @ design, _lowest=(best, float((residuals * residuals).mean())),
        )  # fmt: skip

    def data(self) -> tuple[Array, Array]:
        """Return the rows that the line is fitted to: x and y, each (rows,)."""
        return _line_data(self.rows, self.noise, self.seed)

    def value(self, points: Array) -> Array:
        best, lowest = self._lowest
        away = points - best
        return lowest + np.vecdot(away, away @ self._hessian) / 2

    def gradient(self, points: Array) -> Array:
        return (points - self._lowest[0]) @ self._hessian

    def batch_rows(self, step: int) -> Array:
        """Return which rows update number `step` sees."""
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
    """Return features (rows, 2) of two clouds, the second of which is a third as wide along the second feature, and labels -1 and 1."""
    rng = np.random.default_rng(seed)
    labels = np.where(np.arange(rows) % 2, 1.0, -1.0)
    X = rng.normal(size=(rows, 2)) * (1.0, 0.5) + labels[:, None] * distance / 2 * (1.0, 0.5)
    X.flags.writeable = labels.flags.writeable = False
    return X, labels


@SURFACES.add("logistic")
@dataclass(frozen=True)
class Logistic(Surface):
    """Logistic loss of two weights without a bias, labels -1 and 1, and λ |w|² / 2, without which separable clouds would have no minimum."""

    rows: int = _rows()
    distance: float = real(2.0, 0.5, 4.0, hard="[0, 20]", doc="Distance of the clouds' centres, in standard deviations of the first feature.")
    l2: float = real(0.01, 1e-3, 1.0, log=True, hard="[1e-4, 1e3]", symbol=r"\lambda", doc="Weight of the penalty.")
    seed: int = _seed()

    title = "Logistic regression"
    summary = "Convex, with a constant slope where the weights are wrong and hardly any where they are right: rates tuned far out are too small near by."
    formula = r"\tfrac1n \sum_i \ln\left(1 + e^{-t_i w^\top x_i}\right) + \tfrac{\lambda}{2} |w|^2"
    reference = "Cox, The Regression Analysis of Binary Sequences, JRSS B 20, 1958"
    axes = ("weight 1", "weight 2")
    real = True

    _margins: ClassVar[Array]

    def __post_init__(self) -> None:
        super().__post_init__()
        X, labels = self.data()
        self._set(_margins=np.ascontiguousarray((X * labels[:, None]).T))
        best = self._solved()
        first = best - np.maximum(np.abs(best), 1.0) * (1.4, 1.2)
        domain, starts = _map_around(best, first)
        self._set(domain=domain, starts=starts, minima=((float(best[0]), float(best[1])),))

    def data(self) -> tuple[Array, Array]:
        """Return features (rows, 2) and labels (rows,), -1 or 1."""
        return _blobs(self.rows, self.distance, self.seed)

    def _solved(self) -> Array:
        """Return the minimum by Newton's method; a step that does not go down is halved."""
        best = np.zeros(2)
        for _ in range(100):
            slope = self.gradient(best)
            if np.abs(slope).max() < 1e-14:
                break
            right = expit(best @ self._margins)
            curvature = (self._margins * (right * (1 - right))) @ self._margins.T / self.rows + self.l2 * np.eye(2)
            step = np.linalg.solve(curvature, slope)
            while np.abs(step).max() > 1e-9 and self.value(best - step) > self.value(best):
                step = step / 2
            best = best - step
        return best

    def value(self, points: Array) -> Array:
        def piece(some: Array) -> Array:
            return np.logaddexp(0, -(some @ self._margins)).mean(axis=-1) + self.l2 / 2 * np.vecdot(some, some)

        return _in_pieces(piece, points, self.rows)

    def gradient(self, points: Array) -> Array:
        def piece(some: Array) -> Array:
            return self.l2 * some - expit(-(some @ self._margins)) @ self._margins.T / self.rows

        return _in_pieces(piece, points, self.rows)


@dataclass(frozen=True, eq=False)
class _Plane:
    """A model, its loss, training rows and one-hot targets, and a plane in the space of its parameters: origin (P,) and directions (2, P)."""

    model: Model
    loss: Loss
    X: Array
    targets: Array
    origin: Array
    directions: Array
    path: Array
    explained: float


@lru_cache(maxsize=16)
def _plane(units: int, noise: float, epochs: int, seed: int) -> _Plane:
    """Return the plane of a training: principal components of the way from each epoch's parameters to the last ones, as Li et al. take them."""
    model = MODELS["mlp"](hidden=(units,), activation="tanh")  # type: ignore[call-arg]
    run = Run(loss=LOSSES["cross_entropy"](), optimizer=OPTIMIZERS["momentum"](), learning_rate=0.05)
    dataset = DATASETS["moons"](rows=100, noise=noise, seed=seed)  # type: ignore[call-arg]
    experiment = Experiment(dataset=dataset, model=model, runs=(run,), epochs=epochs, validation_share=0.1, test_share=0.1, split_seed=seed, dtype="float64")
    state = start(experiment)
    visited = [state.params[0, 0]]
    while not state.done(experiment):
        state = advance(experiment, state, 1)
        visited.append(state.params[0, 0])
    rows, targets = slice(state.data.n_train), state.data.targets[run.loss.link].values
    away = np.array(visited) - visited[-1]
    _, sizes, axes = np.linalg.svd(away, full_matrices=False)
    path = away @ axes[:2].T
    signs = np.where(path[0] > 0, -1.0, 1.0)  # a component has no sign: the training goes from left to right and upwards
    explained = float((sizes[:2] ** 2).sum() / (sizes**2).sum())
    return _Plane(model, run.loss, state.data.X[rows], targets[rows], visited[-1], axes[:2] * signs[:, None], path * signs, explained)


@SURFACES.add("mlp_plane")
@dataclass(frozen=True)
class MLPPlane(Surface):
    """Training loss of a small network (moons, one hidden layer of tanh, cross-entropy) in the plane of its own training path.

    The plane holds the last parameters, at its origin, and the two directions in which the path strays furthest from them. `path` (epochs + 1, 2)
    is the training seen in it, `explained` the share of the path's squared distances from its end that lies within it. A slice can mislead:
    a race in the plane cannot leave it, a training can, and what looks like a minimum need not be one. None is declared.
    """

    units: int = integer(8, 2, 32, log=True, hard="[1, 64]", doc="Hidden units.")
    noise: float = real(0.2, 0.0, 0.5, hard="[0, 10]", symbol=r"\sigma", doc="Noise of the moons.")
    epochs: int = integer(60, 10, 100, hard="[2, 200]", doc="Length of the training that defines the plane.")
    seed: int = _seed()

    title = "Network in the plane of its path"
    summary = "A real network's loss where its training went: valleys and plateaus as they are, though a slice of two dimensions can mislead."
    formula = r"L(\theta_{\text{end}} + a\, d_1 + b\, d_2)"
    reference = "Li et al., Visualizing the Loss Landscape of Neural Nets, arXiv:1712.09913"
    minima = ()
    axes = ("component 1", "component 2")
    real = True

    #: the training in the plane, one point an epoch
    path: ClassVar[Array]
    #: share of the path's squared distances from its end that lies in the plane
    explained: ClassVar[float]
    _plane: ClassVar[_Plane]

    def __post_init__(self) -> None:
        super().__post_init__()
        plane = _plane(self.units, self.noise, self.epochs, self.seed)
        low, high = plane.path.min(axis=0), plane.path.max(axis=0)
        middle, reach = (low + high) / 2, 0.75 * (high - low).max()
        (left, bottom), (right, top) = (middle - reach).tolist(), (middle + reach).tolist()
        starts = plane.path[0], middle + reach * np.array([0.8, -0.8]), middle + reach * np.array([-0.8, 0.8])
        self._set(
            _plane=plane, path=plane.path, explained=plane.explained, domain=((left, right), (bottom, top)),
            starts=tuple((float(x), float(y)) for x, y in starts),
        )  # fmt: skip

    def note(self) -> str:
        """Return how much of the training is seen in the plane."""
        return f"The plane holds {self.explained:.1%} of how far the training strayed from its end; what happens outside it is not seen."

    def value(self, points: Array) -> Array:
        plane = self._plane

        def piece(some: Array) -> Array:
            scores, _ = plane.model.forward(plane.origin + some @ plane.directions, plane.X)
            return plane.loss.value(scores, plane.targets).mean(axis=-1)

        return _in_pieces(piece, points, len(plane.X) * self.units)

    def gradient(self, points: Array) -> Array:
        plane = self._plane

        def piece(some: Array) -> Array:
            params = plane.origin + some @ plane.directions
            scores, inputs = plane.model.forward(params, plane.X)
            dscores = plane.loss.gradient(scores, plane.targets) / len(plane.X)
            return plane.model.backward(params, inputs, dscores) @ plane.directions.T

        return _in_pieces(piece, points, len(plane.X) * self.units)

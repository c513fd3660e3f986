"""What every surface is: a loss of two parameters with its gradient, a map to draw it on, and what it is known for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry, integer

Array = NDArray[Any]
Point = tuple[float, float]

#: floats that an evaluation of many points holds at a time, so that they stay in the processor's cache
_PIECE = 30_000


class Surface(Declared, ABC):
    """A loss of two parameters, for points of shape (..., 2).

    `domain`, `minima` and `starts` are attributes of the class, or properties where they follow from the item's parameters or from data. A property
    is computed when it is asked for, once: to declare an item, or to read a link, computes nothing.
    """

    #: what the two parameters are called
    axes: ClassVar[tuple[str, str]] = ("x", "y")
    #: whether it is the loss of a model on data; the others show mechanisms and rank nobody
    real: ClassVar[bool] = False
    #: whether parameters are kept on the map after each update (projected descent)
    bounded: ClassVar[bool] = False

    @property
    @abstractmethod
    def domain(self) -> tuple[Point, Point]:
        """The map: ((left, right), (bottom, top))."""

    @property
    @abstractmethod
    def minima(self) -> tuple[Point, ...]:
        """All global minima on the map; none where there is no lowest point."""

    @property
    @abstractmethod
    def starts(self) -> tuple[Point, ...]:
        """Points from which there is something to see, the best first."""

    @abstractmethod
    def value(self, points: Array) -> Array:
        """Return the loss, shape (...)."""

    @abstractmethod
    def gradient(self, points: Array) -> Array:
        """Return the derivative of `value`, shape (..., 2)."""

    def seen(self, points: Array, step: int) -> Array:
        """Return the gradient that an optimizer is shown in update number `step` (from 1), shape (..., 2): the true one, unless told otherwise."""
        return self.gradient(points)

    def note(self) -> str:
        """Return what is to be said of this item beside the summary of its kind; empty: nothing."""
        return ""

    def hessian(self) -> Array | None:
        """Return the second derivatives, shape (2, 2), where they are the same everywhere; None where they are not."""
        return None


def pair(x: Array, y: Array) -> Array:
    """Return two coordinates of shape (...) as points (..., 2): `np.stack` takes four times as long."""
    points = np.empty((*x.shape, 2))
    points[..., 0] = x
    points[..., 1] = y
    return points


def as_points(points: Iterable[Array]) -> tuple[Point, ...]:
    """Return arrays (2,) as points."""
    return tuple((float(x), float(y)) for x, y in points)


def map_around(centre: Array, reach: Array | float) -> tuple[Point, Point]:
    """Return the domain that reaches so far from `centre` on either side."""
    (left, bottom), (right, top) = (centre - reach).tolist(), (centre + reach).tolist()
    return (left, right), (bottom, top)


def in_pieces(function: Callable[[Array], Array], points: Array, floats: int) -> Array:
    """Return `function` of points (..., 2), given (m, 2) at a time, where each point takes so many `floats`."""
    size = max(1, _PIECE // floats)
    flat = points.reshape(-1, 2)
    pieces = [function(flat[i : i + size]) for i in range(0, max(len(flat), 1), size)]
    result = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
    return result.reshape(points.shape[:-1] + result.shape[1:])


def sample_seed() -> Any:
    """Declare the seed of a surface's data."""
    return integer(0, 0, 20, hard="[0, 4294967295]", doc="Another seed draws another sample of the same kind.")


SURFACES: Registry[Surface] = Registry("surface")

"""`Surface`, the base of all surfaces: a loss of two parameters with its gradient, its map, its minima and its starts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry, integer
from core.words import Said

Array = NDArray[Any]
Point = tuple[float, float]

#: `in_pieces` evaluates so many floats at a time, so that they fit in the processor's cache
_PIECE = 30_000


class Surface(Declared, ABC):
    """A loss of two parameters, for points of shape (..., 2).

    `domain`, `minima` and `starts` are attributes of the class, or cached properties if they depend on the item's parameters or on data.
    A property is computed when it is first read, so that making an item, or reading a link, computes nothing.
    """

    #: the names of the two parameters
    axes: ClassVar[tuple[str, str]] = ("x", "y")
    #: whether it is the loss of a model on data; the other surfaces are toys
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
        """All global minima on the map; empty if there is no lowest point."""

    @property
    @abstractmethod
    def starts(self) -> tuple[Point, ...]:
        """Instructive starts, the best first."""

    @abstractmethod
    def value(self, points: Array) -> Array:
        """Return the loss, shape (...)."""

    @abstractmethod
    def gradient(self, points: Array) -> Array:
        """Return the derivative of `value`, shape (..., 2)."""

    def seen(self, points: Array, step: int) -> Array:
        """Return the gradient that an optimizer is shown in update number `step` (from 1), shape (..., 2). By default it is the true one."""
        return self.gradient(points)

    def note(self) -> Said | None:
        """Return a sentence on this item that follows the summary of its kind; None if there is none."""
        return None

    def hessian(self) -> Array | None:
        """Return the second derivatives (2, 2) if they are the same at all points, else None."""
        return None


def pair(x: Array, y: Array) -> Array:
    """Return coordinates x (...) and y (...) as points (..., 2). It takes a quarter of the time of `np.stack`."""
    points = np.empty((*x.shape, 2))
    points[..., 0] = x
    points[..., 1] = y
    return points


def as_points(points: Iterable[Array]) -> tuple[Point, ...]:
    """Return arrays (2,) as tuples of two floats."""
    return tuple((float(x), float(y)) for x, y in points)


def map_around(centre: Array, reach: Array | float) -> tuple[Point, Point]:
    """Return the domain from `centre - reach` to `centre + reach`. `centre` (2,); `reach` (2,) or a number."""
    (left, bottom), (right, top) = (centre - reach).tolist(), (centre + reach).tolist()
    return (left, right), (bottom, top)


def in_pieces(function: Callable[[Array], Array], points: Array, floats: int) -> Array:
    """Return `function(points)` for points (..., 2), evaluated on pieces (m, 2). `floats`: how many floats `function` holds for each point."""
    size = max(1, _PIECE // floats)
    flat = points.reshape(-1, 2)
    pieces = [function(flat[i : i + size]) for i in range(0, max(len(flat), 1), size)]
    result = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
    return result.reshape(points.shape[:-1] + result.shape[1:])


def sample_seed() -> Any:
    """Return the declaration of the seed of a surface's data."""
    return integer(0, 0, 20, hard="[0, 4294967295]", doc="Another seed draws another sample of the same kind.")


SURFACES: Registry[Surface] = Registry("surface")

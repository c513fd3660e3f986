"""What every surface is: a loss of two parameters with its gradient, a map to draw it on, and what it is known for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry

Array = NDArray[Any]
Point = tuple[float, float]


class Surface(Declared, ABC):
    """A loss of two parameters, for points of shape (..., 2).

    What depends on the parameters of the surface (a domain that follows from data, say) is set for each item in `__post_init__`, by `_set`.
    """

    #: the map: ((left, right), (bottom, top))
    domain: ClassVar[tuple[Point, Point]]
    #: all global minima on the map; none where there is no lowest point
    minima: ClassVar[tuple[Point, ...]]
    #: points from which there is something to see, the best first
    starts: ClassVar[tuple[Point, ...]]
    #: what the two parameters are called
    axes: ClassVar[tuple[str, str]] = ("x", "y")
    #: whether it is the loss of a model on data; the others show mechanisms and rank nobody
    real: ClassVar[bool] = False
    #: whether parameters are kept on the map after each update (projected descent)
    bounded: ClassVar[bool] = False

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

    def _set(self, **values: Any) -> None:
        """Set what follows from the parameters: frozen means that nobody else does."""
        for name, value in values.items():
            object.__setattr__(self, name, value)


def pair(x: Array, y: Array) -> Array:
    """Return two coordinates of shape (...) as points (..., 2): `np.stack` takes four times as long."""
    points = np.empty((*x.shape, 2))
    points[..., 0] = x
    points[..., 1] = y
    return points


SURFACES: Registry[Surface] = Registry("surface")

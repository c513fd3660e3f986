"""What the generator is to imitate: distributions in the plane, from which any number of points can be drawn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry, integer, real, vector
from core.words import Said

Array = NDArray[Any]

#: a sample counts as good within this many standard deviations of the curve or the points that the data scatter about
GOOD = 3.0
#: points along a curve, and parts that a curve is cut into for the count of what is covered
_FINE, _PARTS = 200, 8


class Cloud(Declared, ABC):
    """A distribution in the plane: points of a skeleton, drawn with equal chance, moved by normal noise. It is cut into parts of equal chance."""

    #: how a part is called
    part: ClassVar[str] = "parts"

    spread: float

    @abstractmethod
    def skeleton(self) -> Array:
        """Return the points (N, 2) that the data scatter about."""

    @abstractmethod
    def parts(self) -> Array:
        """Return the number of the part of each point of the skeleton, (N,)."""

    @abstractmethod
    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Return random points, `shape` + (2,)."""

    @property
    def reach(self) -> float:
        """The half side of the square that a picture shows, around the origin."""
        return float(np.abs(self.skeleton()).max() * 1.25 + 3 * self.spread)

    def _noisy(self, rng: np.random.Generator, points: Array) -> Array:
        noisy: Array = points + self.spread * rng.standard_normal(points.shape)
        return noisy


CLOUDS: Registry[Cloud] = Registry("point cloud")


def _spread(default: float) -> Any:
    return real(default, 0.01, 0.5, hard="(0, 2]", symbol=r"\sigma", doc="Standard deviation of the noise around the skeleton.")


class Points(Cloud):
    """A cloud around single points: each is a mode."""

    part = "modes"

    def parts(self) -> Array:
        return np.arange(len(self.skeleton()))

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        centres = self.skeleton()
        return self._noisy(rng, centres[rng.integers(len(centres), size=shape)])


class Curve(Cloud):
    """A cloud along a curve, which is cut into eight parts."""

    @abstractmethod
    def at(self, share: Array) -> Array:
        """Return the points (..., 2) at these shares of the curve, from 0 to 1."""

    def skeleton(self) -> Array:
        return self.at((np.arange(_FINE) + 0.5) / _FINE)

    def parts(self) -> Array:
        return np.arange(_FINE) * _PARTS // _FINE

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return self._noisy(rng, self.at(rng.random(shape)))


@CLOUDS.add("ring")
@dataclass(frozen=True)
class Ring(Points):
    """Normal distributions evenly on a circle."""

    modes: int = integer(8, 2, 12, hard="[1, 40]", doc="Number of modes.")
    radius: float = real(2.0, 0.5, 3.0, hard="(0, 10]", doc="Radius of the circle.")
    spread: float = _spread(0.1)

    title = "Ring of modes"
    summary = "Narrow modes on a circle, with nothing between them: a generator easily serves a few of them only (mode collapse)."
    formula = r"x = R\,(\cos \tfrac{2\pi k}{K}, \sin \tfrac{2\pi k}{K}) + \sigma\varepsilon"
    reference = "Metz et al., Unrolled Generative Adversarial Networks, arXiv:1611.02163"

    def skeleton(self) -> Array:
        angle = 2 * np.pi * np.arange(self.modes) / self.modes
        return self.radius * np.column_stack([np.cos(angle), np.sin(angle)])


@CLOUDS.add("two_moons")
@dataclass(frozen=True)
class TwoMoons(Curve):
    """Two interleaved half circles."""

    spread: float = _spread(0.1)

    title = "Moons"
    summary = "Two interleaved half circles: the generator has to tear one cloud into two."
    formula = r"x = \tfrac32 m(t) + \sigma\varepsilon"
    reference = "scikit-learn, sklearn.datasets.make_moons, here 1.5 times as large and centred"

    def at(self, share: Array) -> Array:
        angle = 2 * np.pi * share
        lower = share >= 0.5
        x = np.where(lower, 1 + np.cos(angle), np.cos(angle)) - 0.5
        y = np.where(lower, 0.5 + np.sin(angle), np.sin(angle)) - 0.25
        return 1.5 * np.stack([x, y], axis=-1)


@CLOUDS.add("wave")
@dataclass(frozen=True)
class Wave(Curve):
    """A sine curve."""

    waves: float = real(1.5, 0.5, 3.0, step=0.5, hard="[0, 10]", doc="Number of waves.")
    spread: float = _spread(0.1)

    title = "Curve"
    summary = "A thin curve: almost all of the plane is outside of the data, where a sure critic is flat."
    formula = r"x = (4t - 2, \sin 2\pi w t) + \sigma\varepsilon"
    reference = "-"

    def at(self, share: Array) -> Array:
        return np.stack([4 * share - 2, np.sin(2 * np.pi * self.waves * share)], axis=-1)


@CLOUDS.add("own_points")
@dataclass(frozen=True)
class OwnPoints(Points):
    """Normal distributions around points of one's own."""

    points: tuple[float, ...] = vector(
        (-1.5, -1.0, 0.0, 1.5, 1.5, -1.0), -2.5, 2.5, hard="[-10, 10]", shortest=2, longest=48, doc="Where the modes are: x and y of each in turn.",
    )  # fmt: skip
    spread: float = _spread(0.1)

    title = "Own points"
    summary = "One mode at each point that you click."
    formula = r"x = c_k + \sigma\varepsilon"
    reference = "-"

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.points) % 2:
            raise ValueError(Said("points must be pairs of x and y, got {count} numbers", count=len(self.points)))

    def skeleton(self) -> Array:
        return np.reshape(self.points, (-1, 2))

    @property
    def reach(self) -> float:
        """The half side of the square that a picture shows: it does not move while points are added."""
        return max(2.5, super().reach)

"""Surfaces with saddles or several minima: the end of a path depends on its start."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.parameters import boolean, real
from core.studies.descent.surfaces.base import SURFACES, Array, Point, Surface, pair

#: the z at which (z⁴ - 16 z² + 5 z) / 2 is lowest
_LOWEST = -2.903534027771177


@SURFACES.add("himmelblau")
@dataclass(frozen=True)
class Himmelblau(Surface):
    """Himmelblau's function. Its four minima are the points at which two parabolas meet."""

    title = "Himmelblau"
    summary = "Four minima of the same depth: which one is found depends on the start, and on how far the first steps carry."
    formula = r"(x^2 + y - 11)^2 + (x + y^2 - 7)^2"
    reference = "Himmelblau, Applied Nonlinear Programming, McGraw-Hill 1972"
    domain = ((-5.0, 5.0), (-5.0, 5.0))
    minima = (
        (3.0, 2.0),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.283185991286169),
        (3.584428340330492, -1.848126526964404),
    )
    starts = ((0.0, 0.0), (-0.5, -1.0), (0.5, 4.5), (-4.5, 0.0))

    def value(self, points: Array) -> Array:
        x, y = points[..., 0], points[..., 1]
        return (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2

    def gradient(self, points: Array) -> Array:
        x, y = points[..., 0], points[..., 1]
        first, second = 2 * (x * x + y - 11), 2 * (x + y * y - 7)
        return pair(2 * x * first + second, first + 2 * y * second)


@SURFACES.add("saddle")
@dataclass(frozen=True)
class Saddle(Surface):
    """(x² - y²) / 2. With a floor, y⁴/16 is added, which makes minima of value -1 at y = ±2 and changes little near the saddle."""

    floor: bool = boolean(True, doc="Whether a quartic stops the fall at two minima; without it there is no lowest point.")

    title = "Saddle"
    summary = "A minimum along one axis and a maximum along the other: on the ridge the way out is flat, and plain descent takes long to find it."
    formula = r"\tfrac12 (x^2 - y^2)\ \left(+\ \tfrac{1}{16} y^4\right)"
    reference = "Dauphin et al., Identifying and Attacking the Saddle Point Problem, arXiv:1406.2572"
    domain = ((-3.0, 3.0), (-3.0, 3.0))
    starts = ((-2.5, 0.01), (2.0, 0.0), (1.5, -0.5))

    @property
    def minima(self) -> tuple[Point, ...]:
        """The two minima that the quartic makes; none without it."""
        return ((0.0, 2.0), (0.0, -2.0)) if self.floor else ()

    def value(self, points: Array) -> Array:
        xx, yy = points[..., 0] ** 2, points[..., 1] ** 2
        return (xx - yy) / 2 + yy * yy / 16 if self.floor else (xx - yy) / 2

    def gradient(self, points: Array) -> Array:
        x, y = points[..., 0], points[..., 1]
        return pair(x, y * (y * y / 4 - 1) if self.floor else -y)

    def hessian(self) -> Array | None:
        return None if self.floor else np.diag([1.0, -1.0])


@SURFACES.add("monkey_saddle")
@dataclass(frozen=True)
class MonkeySaddle(Surface):
    """x³ - 3 x y². The saddle has three ways down and no curvature."""

    title = "Monkey saddle"
    summary = "A saddle with three ways down and no curvature at all in its middle, where gradients fade and every rule of constant rate is slow."
    formula = r"x^3 - 3 x y^2"
    reference = "Hilbert and Cohn-Vossen, Geometry and the Imagination, section 29, 1952"
    domain = ((-2.0, 2.0), (-2.0, 2.0))
    minima = ()
    starts = ((1.5, 0.02), (1.5, 0.0), (-0.8, 1.5))

    def value(self, points: Array) -> Array:
        x, y = points[..., 0], points[..., 1]
        return x * (x * x - 3 * (y * y))

    def gradient(self, points: Array) -> Array:
        x, y = points[..., 0], points[..., 1]
        return pair(3 * (x * x - y * y), -6 * (x * y))


@SURFACES.add("rastrigin")
@dataclass(frozen=True)
class Rastrigin(Surface):
    """Rastrigin's function: a bowl x² + y² under a grid of waves of height A."""

    amplitude: float = real(10.0, 0.0, 20.0, hard="[0, 1e3]", symbol="A", doc="Height of the waves; 0 leaves the bowl.")

    title = "Rastrigin"
    summary = "A bowl under a grid of waves: every rule that only goes down ends in the nearest hollow, and noise or long steps may leave it."
    formula = r"x^2 + y^2 + A\,(2 - \cos 2\pi x - \cos 2\pi y)"
    reference = "Rastrigin, Systems of Extremal Control, Nauka 1974"
    domain = ((-5.12, 5.12), (-5.12, 5.12))
    minima = ((0.0, 0.0),)
    starts = ((-3.4, 2.3), (1.4, 0.6), (4.5, 4.5))

    def value(self, points: Array) -> Array:
        return (points * points + 2 * self.amplitude * np.sin(math.pi * points) ** 2).sum(axis=-1)

    def gradient(self, points: Array) -> Array:
        return 2 * points + (2 * math.pi * self.amplitude) * np.sin((2 * math.pi) * points)


@SURFACES.add("ackley")
@dataclass(frozen=True)
class Ackley(Surface):
    """Ackley's function. It has a kink at its minimum, where the gradient is defined as 0."""

    title = "Ackley"
    summary = "A nearly flat, rippled plain around one sharp funnel: far out the slope says little, and at the bottom it does not fade."
    formula = r"-20\, e^{-0.2 \sqrt{(x^2 + y^2)/2}} - e^{(\cos 2\pi x + \cos 2\pi y)/2} + e + 20"
    reference = "Ackley, A Connectionist Machine for Genetic Hillclimbing, Kluwer 1987"
    domain = ((-5.0, 5.0), (-5.0, 5.0))
    minima = ((0.0, 0.0),)
    starts = ((-2.4, 1.7), (0.6, -0.7), (4.4, 4.4))

    def value(self, points: Array) -> Array:
        radius = np.sqrt(np.vecdot(points, points) / 2)
        waves = np.sin(math.pi * points)  # (cos 2πx + cos 2πy)/2 = 1 - sin² πx - sin² πy: exactly 0 at the minimum
        return -20 * np.expm1(-0.2 * radius) - math.e * np.expm1(-np.vecdot(waves, waves))

    def gradient(self, points: Array) -> Array:
        radius = np.sqrt(np.vecdot(points, points) / 2)
        angles = (2 * math.pi) * points
        waves = np.exp(np.cos(angles).sum(axis=-1) / 2)
        funnel = 2 * np.exp(-0.2 * radius) / np.maximum(radius, 1e-300)
        return funnel[..., None] * points + math.pi * waves[..., None] * np.sin(angles)


@SURFACES.add("styblinski_tang")
@dataclass(frozen=True)
class StyblinskiTang(Surface):
    """Styblinski and Tang's function: half of z⁴ - 16 z² + 5 z in each coordinate."""

    title = "Styblinski-Tang"
    summary = "Four hollows, one of them the deepest: descent takes the one that it starts in, and a good result may still not be the best."
    formula = r"\tfrac12 \sum_{z \in \{x, y\}} z^4 - 16 z^2 + 5 z"
    reference = "Styblinski and Tang, Experiments in Nonconvex Optimization, Neural Networks 3, 1990"
    domain = ((-5.0, 5.0), (-5.0, 5.0))
    minima = ((_LOWEST, _LOWEST),)
    starts = ((0.5, 0.8), (-0.5, -0.3), (0.3, -4.0), (4.5, 4.5))

    def value(self, points: Array) -> Array:
        square = points * points
        return (square * (square - 16) + 5 * points).sum(axis=-1) / 2

    def gradient(self, points: Array) -> Array:
        return points * (2 * (points * points) - 16) + 2.5

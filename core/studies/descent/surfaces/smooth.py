"""Surfaces with one valley or one bowl, for the effects of condition, curvature and flatness."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from scipy.special import expit

from core.parameters import real
from core.studies.descent.surfaces.base import SURFACES, Array, Point, Surface, pair


@SURFACES.add("quadratic")
@dataclass(frozen=True)
class Quadratic(Surface):
    """Half a quadratic form with the eigenvalues 1/κ and L = 1. Its shallow direction is turned by an angle against the x axis."""

    condition: float = real(20.0, 1.0, 1000.0, log=True, hard="[1, 1e6]", symbol=r"\kappa", doc="Steepest curvature divided by the shallowest.")
    rotation: float = real(20.0, 0.0, 90.0, hard="[-360, 360]", symbol=r"\varphi", doc="Angle in degrees by which the valley is turned against the axes.")

    title = "Quadratic bowl"
    summary = "One minimum and constant curvature: the condition number alone decides how slow plain descent is."
    formula = r"\tfrac12 \left(\tfrac{u^2}{\kappa} + v^2\right),\quad (u, v) = R_\varphi^\top (x, y)"
    reference = "Boyd and Vandenberghe, Convex Optimization, section 9.3, 2004"
    domain = ((-3.0, 3.0), (-3.0, 3.0))
    minima = ((0.0, 0.0),)
    starts = ((-2.4, 1.6), (2.0, 2.0), (-0.5, -2.5))

    @cached_property
    def _matrix(self) -> Array:
        """The second derivatives (2, 2)."""
        angle = math.radians(self.rotation)
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        return turn @ np.diag([1 / self.condition, 1.0]) @ turn.T

    def value(self, points: Array) -> Array:
        return np.vecdot(points, points @ self._matrix) / 2

    def gradient(self, points: Array) -> Array:
        return points @ self._matrix

    def hessian(self) -> Array:
        return self._matrix.copy()


@SURFACES.add("ravine")
@dataclass(frozen=True)
class Ravine(Surface):
    """x²/κ + y²: a quadratic bowl along the axes, as most textbooks draw it."""

    condition: float = real(20.0, 1.0, 1000.0, log=True, hard="[1, 1e6]", symbol=r"\kappa", doc="Curvature across the ravine divided by that along it.")

    title = "Narrow ravine"
    summary = "A valley along an axis: plain descent bounces between its walls, and rules that scale each coordinate by itself walk straight down."
    formula = r"\tfrac{x^2}{\kappa} + y^2"
    reference = "Sutton, Two Problems with Backpropagation and Other Steepest-Descent Learning Procedures for Networks, CogSci 1986"
    domain = ((-10.0, 10.0), (-5.0, 5.0))
    minima = ((0.0, 0.0),)
    starts = ((-7.0, 2.0), (8.0, 4.0), (-9.0, -0.5))

    @cached_property
    def _scales(self) -> Array:
        """The second derivatives (2,) along the axes."""
        return np.array([2 / self.condition, 2.0])

    def value(self, points: Array) -> Array:
        return np.vecdot(points, points * self._scales) / 2

    def gradient(self, points: Array) -> Array:
        return points * self._scales

    def hessian(self) -> Array:
        return np.diag(self._scales)


@SURFACES.add("rosenbrock")
@dataclass(frozen=True)
class Rosenbrock(Surface):
    """Rosenbrock's parabolic valley (1 - x)² + b (y - x²)²."""

    b: float = real(100.0, 1.0, 1000.0, log=True, hard="(0, 1e6]", symbol="b", doc="How steep the walls of the valley are.")

    title = "Rosenbrock"
    summary = "A curved valley with a nearly flat floor: to find it is easy, to follow it round the bend is not."
    formula = r"(1 - x)^2 + b\,(y - x^2)^2"
    reference = "Rosenbrock, An Automatic Method for Finding the Greatest or Least Value of a Function, Computer Journal 3, 1960"
    domain = ((-2.0, 2.0), (-1.0, 3.0))
    minima = ((1.0, 1.0),)
    starts = ((-1.2, 1.0), (-0.5, 2.5), (1.5, -0.5))

    def value(self, points: Array) -> Array:
        x, y = points[..., 0], points[..., 1]
        wall = y - x * x
        return (1 - x) ** 2 + self.b * (wall * wall)

    def gradient(self, points: Array) -> Array:
        x, y = points[..., 0], points[..., 1]
        push = (2 * self.b) * (y - x * x)
        return pair(2 * (x - 1 - push * x), push)


@SURFACES.add("beale")
@dataclass(frozen=True)
class Beale(Surface):
    """Beale's function: three squared residuals 1.5, 2.25 and 2.625 less x (1 - y^k)."""

    title = "Beale"
    summary = "Flat in the middle and sheer at the corners: a rate that moves at all in the valley throws the point off from the walls."
    formula = r"(1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2"
    reference = "Beale, On an Iterative Method for Finding a Local Minimum of a Function of More than One Variable, Princeton 1958"
    domain = ((-4.5, 4.5), (-4.5, 4.5))
    minima = ((3.0, 0.5),)
    starts = ((1.0, 1.5), (-1.5, -1.0), (3.5, -1.5))

    _constants: ClassVar[Array] = np.array([1.5, 2.25, 2.625])
    _powers: ClassVar[Array] = np.array([1.0, 2.0, 3.0])

    def value(self, points: Array) -> Array:
        x, y = points[..., :1], points[..., 1:]
        residuals = self._constants + x * (y**self._powers - 1)
        return np.vecdot(residuals, residuals)

    def gradient(self, points: Array) -> Array:
        x, y = points[..., :1], points[..., 1:]
        by_x = y**self._powers - 1
        residuals = 2 * (self._constants + x * by_x)
        return pair(np.vecdot(residuals, by_x), np.vecdot(residuals, x * (self._powers * y ** (self._powers - 1))))


@SURFACES.add("cliff")
@dataclass(frozen=True)
class Cliff(Surface):
    """A plateau of slope s that falls to the foot of a cliff of slope K: -s x + K w ln(1 + exp(x/w)) + sqrt(1 + y²) - 1.

    The foot is rounded over the width w. The surface is convex, and its slope is bounded.
    At its minimum the slope of the cliff, K σ(x/w), equals that of the plateau.
    """

    steepness: float = real(50.0, 5.0, 500.0, log=True, hard="[1, 1e6]", symbol="K", doc="Slope of the cliff.")
    plateau: float = real(0.3, 0.05, 0.9, log=True, hard="[1e-3, 0.9]", symbol="s", doc="Slope of the plateau towards the foot of the cliff.")

    title = "Plateau and cliff"
    summary = "A gentle slope ends at a wall: whoever steps too far into it is thrown back across the plateau, unless the gradient is clipped."
    formula = r"-s\,x + K w \ln\left(1 + e^{x/w}\right) + \sqrt{1 + y^2} - 1,\quad w = 0.02"
    reference = "Pascanu, Mikolov and Bengio, On the Difficulty of Training Recurrent Neural Networks, section 2.3, arXiv:1211.5063"
    domain = ((-4.0, 1.0), (-2.0, 2.0))
    starts = ((-3.0, 1.5), (-1.0, -1.0), (-2.0, 0.5))

    _width: ClassVar[float] = 0.02

    @property
    def minima(self) -> tuple[Point, ...]:
        """The point at the foot of the cliff where the slope of the cliff equals that of the plateau."""
        return ((self._width * math.log(self.plateau / (self.steepness - self.plateau)), 0.0),)

    def value(self, points: Array) -> Array:
        x, y = points[..., 0], points[..., 1]
        wall = self.steepness * self._width * np.logaddexp(0, x / self._width)
        return wall - self.plateau * x + np.hypot(1, y) - 1

    def gradient(self, points: Array) -> Array:
        x, y = points[..., 0], points[..., 1]
        return pair(self.steepness * expit(x / self._width) - self.plateau, y / np.hypot(1, y))

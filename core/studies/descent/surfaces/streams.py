"""Surfaces whose gradients depend on the step: the loss is the mean of several terms, and an optimizer sees one term at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.parameters import integer, real
from core.studies.descent.surfaces.base import SURFACES, Array, Surface, pair


@SURFACES.add("sparse")
@dataclass(frozen=True)
class Sparse(Surface):
    """Losses f_t = (x² + [n divides t] c y²) / 2, whose mean over n steps is (x² + c y²/n) / 2.

    The gradients that are seen are not multiplied by n, so that their mean is the gradient of the mean loss, as in a stream of samples.
    """

    every: int = integer(10, 1, 50, log=True, hard="[1, 1000]", symbol="n", doc="The gradient of y is seen in each n-th step only, and is 0 in between.")
    strength: float = real(0.1, 0.01, 1.0, log=True, hard="(0, 1e3]", symbol="c", doc="Curvature of y in the steps in which it is seen; that of x is 1.")

    title = "Sparse gradient"
    summary = "The second coordinate is seen rarely and faintly: plain descent crawls along it; Adagrad keeps a rate for each coordinate, and does not."
    formula = r"\tfrac12 \left(x^2 + \tfrac{c}{n} y^2\right),\quad g_t = (x,\ c\,y\,[n \mid t])"
    reference = "Duchi, Hazan and Singer, Adaptive Subgradient Methods, JMLR 12, 2011"
    domain = ((-3.0, 3.0), (-3.0, 3.0))
    minima = ((0.0, 0.0),)
    starts = ((-2.5, 2.5), (2.0, -1.0), (0.5, 2.5))

    @cached_property
    def _mean(self) -> Array:
        """The curvatures (2,) of the mean loss."""
        return np.array([1.0, self.strength / self.every])

    @cached_property
    def _seen(self) -> tuple[Array, Array]:
        """The curvatures (2,) that are seen in most steps, and those (2,) that are seen in each n-th step."""
        return np.array([1.0, 0.0]), np.array([1.0, self.strength])

    def value(self, points: Array) -> Array:
        return np.vecdot(points, points * self._mean) / 2

    def gradient(self, points: Array) -> Array:
        return points * self._mean

    def seen(self, points: Array, step: int) -> Array:
        return points * self._seen[step % self.every == 0]

    def hessian(self) -> Array:
        return np.diag(self._mean)


@SURFACES.add("reddi")
@dataclass(frozen=True)
class Reddi(Surface):
    """The counter-example of Reddi et al. on [-1, 1]: f_t(x) = C x at t = 1, 4, 7, ..., else -x.

    The loss is the mean over three steps, (C - 2) x / 3, so x = -1 is best. An Adam with β1 = 0 and β2 = 1 / (1 + C²) goes to +1, because it
    shrinks the rare large gradient to the size of the two others.
    The second coordinate adds a bowl y²/2, which is seen in all steps, so that there is one minimum.
    """

    scale: float = real(3.0, 2.1, 10.0, hard="(2, 100]", symbol="C", doc="The rare gradient; above 2, it outweighs the two others.")

    title = "Reddi's counter-example"
    summary = "One large gradient to the left, then two small ones to the right: Adam forgets the large one too fast and ends at the worst point."
    formula = r"\tfrac{C - 2}{3}\, x + \tfrac12 y^2,\quad g_t = (C\ \text{if}\ t \bmod 3 = 1\ \text{else}\ -1,\ y)"
    reference = "Reddi, Kale and Kumar, On the Convergence of Adam and Beyond, section 3, arXiv:1904.09237"
    domain = ((-1.0, 1.0), (-1.0, 1.0))
    minima = ((-1.0, 0.0),)
    starts = ((0.0, 0.8), (0.8, -0.6), (-0.8, 0.5))
    bounded = True

    def value(self, points: Array) -> Array:
        x, y = points[..., 0], points[..., 1]
        return (self.scale - 2) / 3 * x + y * y / 2

    def gradient(self, points: Array) -> Array:
        y = points[..., 1]
        return pair(np.full(y.shape, (self.scale - 2) / 3), y)

    def seen(self, points: Array, step: int) -> Array:
        y = points[..., 1]
        return pair(np.full(y.shape, self.scale if step % 3 == 1 else -1.0), y)

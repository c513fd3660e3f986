"""Robust losses of a regression: their pull fades at large residuals. They are functions of r = score - target, element by element."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

import numpy as np
from scipy.special import expit, logit

from core.losses.base import LOSSES, Array, ElementwiseLoss
from core.parameters import real
from core.tasks import REGRESSION

#: the smallest |2 - alpha| that is computed with, as in Barron's code: about the spacing of single precision below 2
NEAREST_TWO = 1e-7
#: the smallest |alpha| that is computed with; expm1(alpha t) / alpha then equals t to the last bit
NEAREST_ZERO = 1e-30
#: the range of a learned scale, within which everything stays finite in single precision
SCALES = (1e-5, 1e5)


def _scale(default: float, high: float, doc: str) -> float:
    """Declare a scale: a residual in units of the scaled target."""
    return real(default, 0.1, high, log=True, hard="[0.001, 1000]", symbol="c", doc=doc)


@LOSSES.add("cauchy")
@dataclass(frozen=True)
class Cauchy(ElementwiseLoss):
    """Cauchy (Lorentzian) loss, r²/2 near 0, as scipy's `least_squares(loss="cauchy", f_scale=c)`; the general robust loss of α = 0 and c / √2, times c²/2."""

    scale: float = _scale(1.0, 10.0, "Residual of the largest pull, in units of the scaled target.")

    title = "Cauchy"
    aliases = ("Lorentzian", "柯西损失")
    summary = "Grows as a logarithm, so beyond c the pull fades: far outliers are nearly forgotten."
    formula = r"\tfrac{c^2}{2}\log\left(1 + (r/c)^2\right),\quad r = s - y"
    gradient_formula = r"\frac{r}{1 + (r/c)^2}"
    reference = "Holland and Welsch, Robust Regression Using Iteratively Reweighted Least-Squares, Communications in Statistics 6, 1977"
    use = "Take it where outliers are many or far and Huber's constant pull is still too much."
    avoid = "Avoid it when large residuals are right and the model is wrong: it gives such rows up, and may settle in a poor local minimum."
    tasks = frozenset({REGRESSION})
    pytorch = "({scale} ** 2 / 2 * torch.log1p(((scores - targets) / {scale}).square())).mean(-1)"
    convex, differentiable, robust, zero_at_perfect = False, True, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        return self.scale**2 / 2 * np.log1p(np.square((scores - targets) / self.scale))

    def slope(self, scores: Array, targets: Array) -> Array:
        residual = scores - targets
        return residual / (1 + np.square(residual / self.scale))


@LOSSES.add("tukey")
@dataclass(frozen=True)
class Tukey(ElementwiseLoss):
    """Tukey's biweight (bisquare), r²/2 near 0 and c²/6 from c on, where its gradient is exactly 0."""

    scale: float = _scale(
        4.685, 20.0, "Residual from which on a row is ignored, in units of the scaled target, which outliers stretch: 4.685 is meant for spreads of good rows."
    )

    title = "Tukey biweight"
    aliases = ("bisquare",)
    summary = "Beyond c a residual costs a constant and pulls not at all: an outlier counts as if it were not there."
    formula = r"\tfrac{c^2}{6}\left(1 - \max\left(0,\ 1 - (r/c)^2\right)^3\right),\quad r = s - y"
    gradient_formula = r"r\,\max\left(0,\ 1 - (r/c)^2\right)^2"
    reference = "Beaton and Tukey, The Fitting of Power Series, Meaning Polynomials, Illustrated on Band-Spectroscopic Data, Technometrics 16, 1974"
    use = "Take it for gross errors that must not move the fit at all, once the fit is roughly right."
    avoid = "Avoid it from a poor start: rows beyond c pull with nothing, so a fit that begins far away never comes."
    tasks = frozenset({REGRESSION})
    pytorch = "({scale} ** 2 / 6 * (1 - torch.relu(1 - ((scores - targets) / {scale}).square()) ** 3)).mean(-1)"
    convex, differentiable, bounded, robust, zero_at_perfect = False, True, True, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        u = np.minimum(np.square((scores - targets) / self.scale), 1)
        return self.scale**2 / 6 * u * (3 - u * (3 - u))

    def slope(self, scores: Array, targets: Array) -> Array:
        residual = scores - targets
        return residual * np.square(np.maximum(1 - np.square(residual / self.scale), 0))


def rho(x: Array, alpha: Array) -> Array:
    """Return Barron's general loss of x = r / c, for any alpha up to 2: (b/α) ((x²/b + 1)^(α/2) - 1) with b = |α - 2|.

    It is computed as b expm1(α t) / α with t = log(x²/b + 1) / 2. This form is precise for small x.
    Its limits at α = 0 and α = 2 are those of the loss: log(x²/2 + 1) and x²/2. `alpha` must have the precision of `x`.
    """
    b, alpha, t = _terms(x, alpha)
    return b * np.expm1(alpha * t) / alpha


def rho_by_x(x: Array, alpha: Array) -> Array:
    """Return the derivative of `rho` by x: x (x²/b + 1)^(α/2 - 1)."""
    _, alpha, t = _terms(x, alpha)
    return x * np.exp((alpha - 2) * t)


def rho_and_by_log_alpha(x: Array, alpha: Array) -> tuple[Array, Array]:
    """Return `rho` and its derivative by log(alpha), for alpha from 0 to 2. Unlike the derivative by alpha, it is precise near 0."""
    b, alpha, t = _terms(x, alpha)
    rise = np.expm1(alpha * t)
    z, ratio = np.square(x) / b, rise / alpha
    return b * ratio, b * (t * (1 + rise) - ratio) - rise + alpha * (1 + rise) * (z / (1 + z)) / 2


def _terms(x: Array, alpha: Array) -> tuple[Array, Array, Array]:
    """Return b, alpha with 0 replaced by a number that can be divided by, and t, as in `rho`."""
    b = np.maximum(2 - alpha, NEAREST_TWO)
    return b, np.where(np.abs(alpha) < NEAREST_ZERO, NEAREST_ZERO, alpha), np.log1p(np.square(x) / b) / 2


def _half_line(step: float, first: float, last: float) -> tuple[Array, Array]:
    """Return points and weights of the double-exponential rule for twice an integral from 0 to infinity.

    The points are x = exp(π/2 sinh u), u from `first` to `last` in equal steps. They crowd at 0, where the integrand of `log_partition` is nearly
    singular for alpha near 2. Those of the usual x = sinh(π/2 sinh u) do not.
    """
    u = np.arange(round(first / step), round(last / step) + 1) * step
    x = np.exp(np.pi / 2 * np.sinh(u))
    return x, step * np.pi * np.cosh(u) * x


_POINTS, _WEIGHTS = _half_line(1 / 16, -3.8, 3.95)


def log_partition(alpha: Array) -> tuple[Array, Array]:
    """Return log Z(α), Z(α) = ∫ exp(-ρ(x, α)) dx over all reals, and its derivative by log(α), which is -E[∂ρ/∂log α].

    `alpha`: from 0 to 2, of any shape. The error is at most 1e-13. Results have the dtype of `alpha`.
    """
    energy, by_log_alpha = rho_and_by_log_alpha(_POINTS, alpha[..., None].astype(float))
    density = _WEIGHTS * np.exp(-energy)
    z = density.sum(axis=-1)
    slope = -(density * by_log_alpha).sum(axis=-1) / z
    return np.log(z).astype(alpha.dtype), slope.astype(alpha.dtype)


@LOSSES.add("general_robust")
@dataclass(frozen=True)
class GeneralRobust(ElementwiseLoss):
    """Barron's general robust loss, (r/c)²/2 near 0; it is convex for α >= 1, bounded for α < 0, and its pull fades for α < 1."""

    alpha: float = real(1.0, -4.0, 2.0, hard="[-100, 2]", symbol=r"\alpha", doc="Shape: 2 squared, 1 pseudo-Huber, 0 Cauchy, -2 Geman-McClure, -100 Welsch.")
    scale: float = _scale(1.0, 10.0, "Residual at which robustness sets in, in units of the scaled target.")

    title = "General robust (Barron)"
    summary = "One family from squared error to losses that ignore outliers altogether: α sets how much a large residual counts."
    formula = r"\frac{|\alpha-2|}{\alpha}\left(\left(\frac{(r/c)^2}{|\alpha-2|} + 1\right)^{\alpha/2} - 1\right),\quad r = s - y"
    gradient_formula = r"\frac{r}{c^2}\left(\frac{(r/c)^2}{|\alpha-2|} + 1\right)^{\alpha/2 - 1}"
    reference = "Barron, A General and Adaptive Robust Loss Function, arXiv:1701.03077, 2019"
    use = "Take it to try degrees of robustness with one slider, from none at α = 2 to ignoring outliers at α = -4."
    avoid = "Avoid low α from a poor start: far rows pull with next to nothing, and there are local minima."
    tasks = frozenset({REGRESSION})
    pytorch = (
        "(max(2 - {alpha}, 1e-7) / ({alpha} or 1e-30) * torch.expm1(({alpha} or 1e-30) / 2"
        " * torch.log1p(((scores - targets) / {scale}).square() / max(2 - {alpha}, 1e-7)))).mean(-1)"
    )
    convex, differentiable, robust, zero_at_perfect = False, True, False, True

    def element(self, scores: Array, targets: Array) -> Array:
        residual = scores - targets
        return rho(residual / self.scale, np.asarray(self.alpha, residual.dtype))

    def slope(self, scores: Array, targets: Array) -> Array:
        residual = scores - targets
        return rho_by_x(residual / self.scale, np.asarray(self.alpha, residual.dtype)) / self.scale


@LOSSES.add("adaptive_robust")
@dataclass(frozen=True)
class AdaptiveRobust(ElementwiseLoss):
    """Negative log-likelihood of Barron's distribution, whose shape α and scale c are learned with the weights.

    The latent numbers are a with α = 2 sigmoid(a), and log c. Barron's code bounds α by 0.001 and 1.999 where this has 0 and 2, and makes c a softplus.
    A learned c stops at 1e-5 and 1e5, where its gradient is 0.
    """

    alpha: float = real(1.0, 0.05, 1.95, hard="[0.001, 1.999]", symbol=r"\alpha", doc="Shape at the start: 2 is the normal distribution, 0 Cauchy's.")
    scale: float = _scale(1.0, 10.0, "Scale at the start, in units of the scaled target.")

    title = "Adaptive robust (Barron)"
    summary = "The general robust loss as a likelihood that learns its own shape and scale: the data decide how robust the fit is."
    formula = r"\rho(r/c, \alpha) + \log c + \log Z(\alpha),\quad Z(\alpha) = \int e^{-\rho(x, \alpha)}\,dx"
    gradient_formula = r"\frac{r}{c^2}\left(\frac{(r/c)^2}{|\alpha-2|} + 1\right)^{\alpha/2 - 1}"
    reference = "Barron, A General and Adaptive Robust Loss Function, arXiv:1701.03077, 2019"
    use = "Take it when it is not known how many outliers there are: α falls where they are, and rises towards 2 where errors are normal."
    avoid = "Avoid it for data that can be fitted exactly: c shrinks towards 0 and the loss falls without end."
    tasks = frozenset({REGRESSION})
    learned = MappingProxyType({
        "alpha": "The shape of the adaptive loss: near 2 it is squared, at 1 about absolute, near 0 it forgives outliers.",
        "scale": "The scale of the adaptive loss: residuals beyond it count as large.",
    })  # fmt: skip
    convex, differentiable, robust, zero_at_perfect, nonnegative = False, True, False, False, False

    def _parts(self, scores: Array, targets: Array) -> tuple[Array, Array, Array]:
        """Return r / c, alpha and c, all of the dtype of the scores."""
        residual = scores - targets
        scale = np.asarray(self.scale, residual.dtype)
        return residual / scale, np.asarray(self.alpha, residual.dtype), scale

    def element(self, scores: Array, targets: Array) -> Array:
        x, alpha, scale = self._parts(scores, targets)
        return rho(x, alpha) + (np.log(scale) + log_partition(alpha)[0])

    def slope(self, scores: Array, targets: Array) -> Array:
        x, alpha, scale = self._parts(scores, targets)
        return rho_by_x(x, alpha) / scale

    def latent(self) -> Array:
        """Return logit(alpha / 2) and log(scale), shape (..., 2)."""
        alpha, scale = (np.reshape(field, np.shape(field)[:-2]) for field in (self.alpha, self.scale))
        return np.stack([logit(alpha / 2), np.log(scale)], axis=-1)

    def at(self, latent: Array) -> Self:
        """Return a copy with alpha = 2 sigmoid(a) and scale = exp(log c). It is not validated, because validation is for values that a person sets."""
        copied = copy.copy(self)
        a, log_scale = latent[..., 0, None, None], latent[..., 1, None, None]
        object.__setattr__(copied, "alpha", 2 * expit(a))
        object.__setattr__(copied, "scale", np.clip(np.exp(np.clip(log_scale, -12, 12)), *SCALES))
        return copied

    def latent_gradient(self, scores: Array, targets: Array) -> Array:
        """Return the derivatives by logit(alpha / 2) and log(scale), shape (..., B, 2)."""
        x, alpha, scale = self._parts(scores, targets)
        by_alpha = (1 - alpha / 2) * (rho_and_by_log_alpha(x, alpha)[1] + log_partition(alpha)[1])
        by_scale = (1 - x * rho_by_x(x, alpha)) * ((scale > SCALES[0]) & (scale < SCALES[1]))
        return np.stack([by_alpha.mean(axis=-1), by_scale.mean(axis=-1)], axis=-1)

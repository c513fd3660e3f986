"""Losses of a regression: functions of the residual r = score - target, element by element."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.losses.base import CLASSIFICATION, LOSSES, REGRESSION, Array, ElementwiseLoss
from core.parameters import real


@LOSSES.add("squared_error")
@dataclass(frozen=True)
class SquaredError(ElementwiseLoss):
    """Squared error r², as PyTorch's `MSELoss` (without the factor 1/2 of scikit-learn's).

    For classes it compares the scores themselves with the one-hot targets, without a softmax: the loss that people ask about.
    """

    title = "Squared error"
    summary = "Large errors count most: the pull grows with the residual, so the fit follows the mean and every outlier."
    formula = r"r^2,\quad r = s - y"
    gradient_formula = "2r"
    reference = "Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805"
    tasks = frozenset({REGRESSION, CLASSIFICATION})
    pytorch = "torch.nn.functional.mse_loss(scores, targets, reduction='none').mean(-1)"
    convex, differentiable, robust, zero_at_perfect = True, True, False, True

    def element(self, scores: Array, targets: Array) -> Array:
        return np.square(scores - targets)

    def slope(self, scores: Array, targets: Array) -> Array:
        return 2 * (scores - targets)


@LOSSES.add("absolute_error")
@dataclass(frozen=True)
class AbsoluteError(ElementwiseLoss):
    """Absolute error |r|; its subgradient at r = 0 is 0, as in PyTorch."""

    title = "Absolute error"
    summary = "All errors pull alike, whatever their size, so the fit follows the median and outliers hardly move it."
    formula = r"|r|,\quad r = s - y"
    gradient_formula = r"\operatorname{sign}(r)"
    reference = "Boscovich, De litteraria expeditione, 1757"
    tasks = frozenset({REGRESSION})
    pytorch = "torch.nn.functional.l1_loss(scores, targets, reduction='none').mean(-1)"
    convex, differentiable, robust, zero_at_perfect = True, False, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        return np.abs(scores - targets)

    def slope(self, scores: Array, targets: Array) -> Array:
        return np.sign(scores - targets)


@LOSSES.add("huber")
@dataclass(frozen=True)
class Huber(ElementwiseLoss):
    """Huber loss in the scaling of PyTorch's `HuberLoss`: slope 1 x r inside, delta outside."""

    delta: float = real(
        1.0, 0.1, 10.0, log=True, hard="(0, inf)", symbol=r"\delta", doc="Residual beyond which the pull stops growing, in units of the scaled target."
    )

    title = "Huber"
    summary = "Squared for small residuals and absolute for large ones: smooth at 0, and an outlier pulls with at most δ."
    formula = r"\tfrac12 r^2 \text{ if } |r| \le \delta,\ \text{else } \delta\,(|r| - \tfrac12\delta)"
    gradient_formula = r"\max(-\delta, \min(r, \delta))"
    reference = "Huber, Robust Estimation of a Location Parameter, Annals of Mathematical Statistics 35, 1964"
    tasks = frozenset({REGRESSION})
    pytorch = "torch.nn.functional.huber_loss(scores, targets, delta={delta}, reduction='none').mean(-1)"
    convex, differentiable, robust, zero_at_perfect = True, True, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        size = np.abs(scores - targets)
        inside = np.minimum(size, self.delta)
        return inside * (size - inside / 2)

    def slope(self, scores: Array, targets: Array) -> Array:
        return np.clip(scores - targets, -self.delta, self.delta)


@LOSSES.add("log_cosh")
@dataclass(frozen=True)
class LogCosh(ElementwiseLoss):
    """Logarithm of the hyperbolic cosine, computed as |r| + log(1 + exp(-2|r|)) - log 2, which cannot overflow."""

    title = "Log-cosh"
    summary = "About r²/2 near 0 and |r| far away, twice differentiable everywhere: Huber without a corner in its slope."
    formula = r"\log\cosh r,\quad r = s - y"
    gradient_formula = r"\tanh r"
    reference = "Green, Bayesian Reconstructions from Emission Tomography Data, IEEE Transactions on Medical Imaging 9, 1990"
    tasks = frozenset({REGRESSION})
    convex, differentiable, robust, zero_at_perfect = True, True, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        size = np.abs(scores - targets)
        return size + np.log1p(np.expm1(-2 * size) / 2)

    def slope(self, scores: Array, targets: Array) -> Array:
        return np.tanh(scores - targets)


@LOSSES.add("quantile")
@dataclass(frozen=True)
class Quantile(ElementwiseLoss):
    """Quantile (pinball) loss: scikit-learn's `mean_pinball_loss`; its subgradient at r = 0 is 0."""

    quantile: float = real(0.5, 0.05, 0.95, hard="(0, 1)", symbol="q", doc="Share of the targets that the fit leaves below itself.")

    title = "Quantile (pinball)"
    summary = "Under- and overestimates have different prices, so the fit leaves a share q of the targets below it."
    formula = r"q\,\max(-r, 0) + (1 - q)\max(r, 0),\quad r = s - y"
    gradient_formula = r"-q \text{ if } r < 0,\ 1 - q \text{ if } r > 0"
    reference = "Koenker and Bassett, Regression Quantiles, Econometrica 46, 1978"
    tasks = frozenset({REGRESSION})
    convex, differentiable, robust, zero_at_perfect = True, False, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        residual = scores - targets
        return np.maximum(-self.quantile * residual, (1 - self.quantile) * residual)

    def slope(self, scores: Array, targets: Array) -> Array:
        sign = np.sign(scores - targets)
        return sign * (0.5 + sign * (0.5 - self.quantile))

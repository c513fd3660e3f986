"""Losses of a regression: functions of the residual r = score - target, element by element."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.losses.base import LOSSES, Array, ElementwiseLoss
from core.parameters import real
from core.tasks import CLASSIFICATION, REGRESSION


@LOSSES.add("squared_error")
@dataclass(frozen=True)
class SquaredError(ElementwiseLoss):
    """Squared error r², as PyTorch's `MSELoss` (without the factor 1/2 of scikit-learn's).

    For classes it compares the scores themselves with the one-hot targets, without a softmax: the loss that people ask about.
    """

    title = "Squared error"
    aliases = ("MSE", "L2 loss", "least squares", "均方误差")
    summary = "Large errors count most: the pull grows with the residual, so the fit follows the mean and every outlier."
    formula = r"r^2,\quad r = s - y"
    gradient_formula = "2r"
    reference = "Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805"
    use = "Take it when the mean is wanted and errors are about normal: the default of regression."
    avoid = "Avoid it where single targets can be far off: one residual of 10 weighs as much as a hundred of 1."
    tasks = frozenset({REGRESSION, CLASSIFICATION})
    pytorch = "torch.nn.functional.mse_loss(scores, targets, reduction='none').mean(-1)"
    sklearn = "sklearn.linear_model.LinearRegression()"
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
    aliases = ("MAE", "L1 loss", "平均绝对误差")
    summary = "All errors pull alike, whatever their size, so the fit follows the median and outliers hardly move it."
    formula = r"|r|,\quad r = s - y"
    gradient_formula = r"\operatorname{sign}(r)"
    reference = "Boscovich, De litteraria expeditione, 1757"
    use = "Take it when the median is wanted, or when the metric that counts is the mean absolute error."
    avoid = "Avoid it where a smooth path to the minimum matters: the pull does not shrink as the fit gets close."
    tasks = frozenset({REGRESSION})
    pytorch = "torch.nn.functional.l1_loss(scores, targets, reduction='none').mean(-1)"
    sklearn = "sklearn.linear_model.QuantileRegressor(quantile=0.5, alpha=0)"
    convex, differentiable, robust, zero_at_perfect = True, False, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        return np.abs(scores - targets)

    def slope(self, scores: Array, targets: Array) -> Array:
        return np.sign(scores - targets)


@LOSSES.add("huber")
@dataclass(frozen=True)
class Huber(ElementwiseLoss):
    """Huber loss in the scaling of PyTorch's `HuberLoss`: slope 1 x r inside, delta outside.

    It is the loss of scikit-learn's `SGDRegressor`; its `HuberRegressor` minimises another one, in which the scale of the noise is fitted too.
    """

    delta: float = real(
        1.0, 0.1, 10.0, log=True, hard="(0, inf)", symbol=r"\delta", doc="Residual beyond which the pull stops growing, in units of the scaled target."
    )

    title = "Huber"
    summary = "Squared for small residuals and absolute for large ones: smooth at 0, and an outlier pulls with at most δ."
    formula = r"\tfrac12 r^2 \text{ if } |r| \le \delta,\ \text{else } \delta\,(|r| - \tfrac12\delta)"
    gradient_formula = r"\max(-\delta, \min(r, \delta))"
    reference = "Huber, Robust Estimation of a Location Parameter, Annals of Mathematical Statistics 35, 1964"
    use = "Take it for targets that are mostly clean, with some outliers: the mean of the clean ones at little loss of precision."
    avoid = "Avoid it where many targets are wrong to one side: an outlier still pulls with δ, however far it is."
    tasks = frozenset({REGRESSION})
    pytorch = "torch.nn.functional.huber_loss(scores, targets, delta={delta}, reduction='none').mean(-1)"
    sklearn = "sklearn.linear_model.SGDRegressor(loss='huber', epsilon={delta}, penalty=None)"
    convex, differentiable, robust, zero_at_perfect = True, True, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        size = np.abs(scores - targets)
        inside = np.minimum(size, self.delta)
        return inside * (size - inside / 2)

    def slope(self, scores: Array, targets: Array) -> Array:
        return np.clip(scores - targets, -self.delta, self.delta)


@LOSSES.add("smooth_l1")
@dataclass(frozen=True)
class SmoothL1(ElementwiseLoss):
    """Smooth L1 loss as PyTorch's `SmoothL1Loss`: Huber's divided by beta, so slope r / beta inside and 1 outside."""

    beta: float = real(1.0, 0.1, 10.0, log=True, hard="(0, inf)", symbol=r"\beta", doc="Residual beyond which the pull is 1, in units of the scaled target.")

    title = "Smooth L1"
    summary = "Absolute error with its corner at 0 rounded off: β sets how wide the rounding is, and outliers always pull with 1."
    formula = r"\tfrac{1}{2\beta} r^2 \text{ if } |r| \le \beta,\ \text{else } |r| - \tfrac12\beta"
    gradient_formula = r"\max(-1, \min(r / \beta, 1))"
    reference = "Girshick, Fast R-CNN, arXiv:1504.08083, 2015"
    use = "Take it where absolute error is meant but should settle at the minimum: box regression is its home."
    avoid = "Avoid it beside Huber with δ = β: the two are the same up to a factor β, which only changes the learning rate."
    tasks = frozenset({REGRESSION})
    pytorch = "torch.nn.functional.smooth_l1_loss(scores, targets, beta={beta}, reduction='none').mean(-1)"
    sklearn = "sklearn.linear_model.SGDRegressor(loss='huber', epsilon={beta}, penalty=None)"
    convex, differentiable, robust, zero_at_perfect = True, True, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        size = np.abs(scores - targets)
        inside = np.minimum(size, self.beta)
        return inside / self.beta * (size - inside / 2)

    def slope(self, scores: Array, targets: Array) -> Array:
        return np.clip(scores - targets, -self.beta, self.beta) / self.beta


@LOSSES.add("log_cosh")
@dataclass(frozen=True)
class LogCosh(ElementwiseLoss):
    """Logarithm of the hyperbolic cosine, computed as |r| + log(1 + exp(-2|r|)) - log 2, which cannot overflow."""

    title = "Log-cosh"
    summary = "About r²/2 near 0 and |r| far away, twice differentiable everywhere: Huber without a corner in its slope."
    formula = r"\log\cosh r,\quad r = s - y"
    gradient_formula = r"\tanh r"
    reference = "Green, Bayesian Reconstructions from Emission Tomography Data, IEEE Transactions on Medical Imaging 9, 1990"
    use = "Take it for Huber's behaviour with a second derivative everywhere and nothing to set."
    avoid = "Avoid it where the size that separates small from large residuals has to be chosen: here it is always about 1."
    tasks = frozenset({REGRESSION})
    pytorch = "(torch.logaddexp(scores - targets, targets - scores) - 0.6931471805599453).mean(-1)"
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
    aliases = ("check loss", "分位数损失")
    summary = "Under- and overestimates have different prices, so the fit leaves a share q of the targets below it."
    formula = r"q\,\max(-r, 0) + (1 - q)\max(r, 0),\quad r = s - y"
    gradient_formula = r"-q \text{ if } r < 0,\ 1 - q \text{ if } r > 0"
    reference = "Koenker and Bassett, Regression Quantiles, Econometrica 46, 1978"
    use = "Take it for a forecast with a safety margin, or two of them for an interval that holds a given share of the targets."
    avoid = "Avoid it when the mean is wanted: for a skewed target no quantile stands for it."
    tasks = frozenset({REGRESSION})
    pytorch = "((1 - {quantile}) * torch.relu(scores - targets) + {quantile} * torch.relu(targets - scores)).mean(-1)"
    sklearn = "sklearn.linear_model.QuantileRegressor(quantile={quantile}, alpha=0)"
    convex, differentiable, robust, zero_at_perfect = True, False, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        residual = scores - targets
        return np.maximum(-self.quantile * residual, (1 - self.quantile) * residual)

    def slope(self, scores: Array, targets: Array) -> Array:
        sign = np.sign(scores - targets)
        return sign * (0.5 + sign * (0.5 - self.quantile))


def _tube() -> float:
    """Declare the half-width of the tube in which a residual is free."""
    return real(0.1, 0.0, 2.0, hard="[0, inf)", symbol=r"\varepsilon", doc="Residual that costs nothing, in units of the scaled target.")


@LOSSES.add("epsilon_insensitive")
@dataclass(frozen=True)
class EpsilonInsensitive(ElementwiseLoss):
    """Absolute error beyond epsilon; its subgradient at |r| = epsilon is 0, as PyTorch's `relu` has it."""

    epsilon: float = _tube()

    title = "Epsilon-insensitive"
    aliases = ("SVR", "L1-SVR")
    summary = "Errors up to ε are free and the rest cost as in absolute error: the loss of support vector regression."
    formula = r"\max(0, |r| - \varepsilon),\quad r = s - y"
    gradient_formula = r"\operatorname{sign}(r) \text{ if } |r| > \varepsilon,\ \text{else } 0"
    reference = "Vapnik, The Nature of Statistical Learning Theory, 1995"
    use = "Take it when targets are known to a tolerance only, or when few rows should decide the fit."
    avoid = "Avoid it when ε is near the spread of the targets: nearly every row is then free and the fit is arbitrary."
    tasks = frozenset({REGRESSION})
    pytorch = "torch.relu((scores - targets).abs() - {epsilon}).mean(-1)"
    sklearn = "sklearn.linear_model.SGDRegressor(loss='epsilon_insensitive', epsilon={epsilon}, penalty=None)"
    convex, differentiable, robust, zero_at_perfect = True, False, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        return np.maximum(np.abs(scores - targets) - self.epsilon, 0)

    def slope(self, scores: Array, targets: Array) -> Array:
        residual = scores - targets
        return np.sign(residual) * (np.abs(residual) > self.epsilon)


@LOSSES.add("squared_epsilon_insensitive")
@dataclass(frozen=True)
class SquaredEpsilonInsensitive(ElementwiseLoss):
    """Square of what exceeds epsilon, without the factor 1/2, as in scikit-learn."""

    epsilon: float = _tube()

    title = "Squared epsilon-insensitive"
    aliases = ("L2-SVR",)
    summary = "Errors up to ε are free and what exceeds it is squared: smooth, but an outlier pulls without limit."
    formula = r"\max(0, |r| - \varepsilon)^2,\quad r = s - y"
    gradient_formula = r"2\operatorname{sign}(r)\,\max(0, |r| - \varepsilon)"
    reference = "Ho and Lin, Large-scale Linear Support Vector Regression, JMLR 13, 2012"
    use = "Take it for a tolerance around each target where large misses must be avoided, as squared error does."
    avoid = "Avoid it where targets have outliers: beyond ε it is the squared error."
    tasks = frozenset({REGRESSION})
    pytorch = "torch.relu((scores - targets).abs() - {epsilon}).square().mean(-1)"
    sklearn = "sklearn.linear_model.SGDRegressor(loss='squared_epsilon_insensitive', epsilon={epsilon}, penalty=None)"
    convex, differentiable, robust, zero_at_perfect = True, True, False, True

    def element(self, scores: Array, targets: Array) -> Array:
        return np.square(np.maximum(np.abs(scores - targets) - self.epsilon, 0))

    def slope(self, scores: Array, targets: Array) -> Array:
        residual = scores - targets
        return 2 * np.sign(residual) * np.maximum(np.abs(residual) - self.epsilon, 0)

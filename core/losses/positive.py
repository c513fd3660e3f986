"""Losses of a regression whose targets cannot be negative: the score s is a logarithm of the prediction.

Targets and predictions are in units of the training rows' mean.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from core.losses.base import LOSSES, Array, ElementwiseLoss
from core.parameters import Interval, real
from core.tasks import LOG, REGRESSION

#: exp(30) = 1e13, whose square is finite in single precision too
LIMIT = 30.0


class PositiveLoss(ElementwiseLoss):
    """A loss with a logarithmic link."""

    tasks = frozenset({REGRESSION})
    link = LOG
    convex, differentiable, robust = True, True, False
    target_domain = Interval.parse("[0, inf)")


class ExponentialLoss(PositiveLoss):
    """A loss of the prediction exp(s): scores are clamped to ±30, beyond which it is constant."""

    score_range = (-LIMIT, LIMIT)
    zero_at_perfect = False

    @abstractmethod
    def inner(self, s: Array, targets: Array) -> Array:
        """Return the loss of each element at a score within the limits, shape (..., B, K)."""

    @abstractmethod
    def inner_slope(self, s: Array, targets: Array) -> Array:
        """Return the derivative of `inner` by the score, shape (..., B, K)."""

    def element(self, scores: Array, targets: Array) -> Array:
        return self.inner(np.clip(scores, -LIMIT, LIMIT), targets)

    def slope(self, scores: Array, targets: Array) -> Array:
        return self.inner_slope(np.clip(scores, -LIMIT, LIMIT), targets) * (np.abs(scores) <= LIMIT)

    def predict(self, scores: Array) -> Array:
        """Return exp(s)."""
        return np.exp(np.clip(scores, -LIMIT, LIMIT))


@LOSSES.add("squared_log_error")
@dataclass(frozen=True)
class SquaredLogError(PositiveLoss):
    """Squared difference of log(1 + target) and log(1 + prediction), both in units of the training rows' mean.

    scikit-learn's `mean_squared_log_error` has the 1 in original units: equal only where the mean is 1. The score is log(1 + prediction) itself,
    which makes the loss convex; the prediction exp(s) - 1 may therefore be negative, though above -1, as in the pipeline in scikit-learn.
    """

    title = "Squared log error"
    aliases = ("MSLE", "RMSLE")
    summary = "Squared error of log(1 + y): ratios count instead of differences, and a forecast that is too low costs more than one too high."
    formula = r"(s - \log(1 + y))^2,\quad \hat y = e^s - 1"
    gradient_formula = r"2\,(s - \log(1 + y))"
    reference = "scikit-learn, sklearn.metrics.mean_squared_log_error"
    use = "Take it for targets that grow by factors, such as sales or visits, when the relative error matters."
    avoid = "Avoid it when the total has to be right: the fit follows a geometric mean, which is below the mean."
    pytorch = "(scores - torch.log1p(targets)).square().mean(-1)"
    sklearn = "sklearn.compose.TransformedTargetRegressor(sklearn.linear_model.LinearRegression(), func=numpy.log1p, inverse_func=numpy.expm1)"
    zero_at_perfect = True

    def element(self, scores: Array, targets: Array) -> Array:
        return np.square(scores - np.log1p(targets))

    def slope(self, scores: Array, targets: Array) -> Array:
        return 2 * (scores - np.log1p(targets))

    def predict(self, scores: Array) -> Array:
        """Return exp(s) - 1."""
        return np.expm1(np.clip(scores, -LIMIT, LIMIT))


@LOSSES.add("squared_log_ratio")
@dataclass(frozen=True)
class SquaredLogRatio(ExponentialLoss):
    """Squared difference of log(target) and the score, which is log(prediction): the squared error of a target whose logarithm is taken.

    exp(s) estimates the median where errors are symmetric on the logarithm, not the mean; Duan's smearing factor would make a mean of it.
    """

    title = "Squared log ratio"
    aliases = ("log target", "log-transformed target", "lognormal")
    summary = "Squared error of the target's logarithm: twice as much and half as much cost the same, at any size."
    formula = r"(s - \log y)^2,\quad \hat y = e^s"
    gradient_formula = r"2\,(s - \log y)"
    reference = "Duan, Smearing Estimate: A Nonparametric Retransformation Method, JASA 78, 1983"
    use = "Take it for targets above 0 with a long upper tail, such as prices and incomes: their logarithm has none, and metrics keep the target's unit."
    avoid = "Avoid it where targets come near 0, whose logarithms are far off, and where the total has to be right: the fit follows a geometric mean."
    pytorch = "(scores.clamp(-30, 30) - torch.log(targets)).square().mean(-1)"
    sklearn = "sklearn.compose.TransformedTargetRegressor(sklearn.linear_model.LinearRegression(), func=numpy.log, inverse_func=numpy.exp)"
    zero_at_perfect = True
    target_domain = Interval.parse("(0, inf)")

    def inner(self, s: Array, targets: Array) -> Array:
        return np.square(s - np.log(targets))

    def inner_slope(self, s: Array, targets: Array) -> Array:
        return 2 * (s - np.log(targets))


@LOSSES.add("poisson")
@dataclass(frozen=True)
class Poisson(ExponentialLoss):
    """Poisson's negative log-likelihood without the terms that no score changes, as PyTorch's `PoissonNLLLoss`.

    For a perfect prediction it is y - y log y, not 0, and below 0 for y > e. scikit-learn's half deviance is larger by y log y - y.
    """

    title = "Poisson"
    aliases = ("Poisson NLL", "count regression", "泊松损失")
    summary = "For counts, whose noise grows with their mean: the pull is simply prediction minus count."
    formula = r"e^s - y s,\quad \hat y = e^s"
    gradient_formula = "e^s - y"
    reference = "Nelder and Wedderburn, Generalized Linear Models, JRSS A 135, 1972"
    use = "Take it for counts and other targets from 0 on whose total has to be right: the fit follows the mean."
    avoid = "Avoid it where counts have outliers: a count that is too large pulls in proportion to its excess."
    pytorch = "torch.nn.functional.poisson_nll_loss(scores.clamp(-30, 30), targets, log_input=True, full=False, reduction='none').mean(-1)"
    sklearn = "sklearn.linear_model.PoissonRegressor(alpha=0)"
    nonnegative = False

    def inner(self, s: Array, targets: Array) -> Array:
        return np.exp(s) - targets * s

    def inner_slope(self, s: Array, targets: Array) -> Array:
        return np.exp(s) - targets


@LOSSES.add("gamma")
@dataclass(frozen=True)
class Gamma(ExponentialLoss):
    """Negative log-likelihood of a gamma distribution of known shape, up to a factor and a constant.

    For a perfect prediction it is 1 + log y, below 0 for y < 1/e. scikit-learn's half deviance is smaller by that.
    """

    title = "Gamma"
    aliases = ("gamma deviance",)
    summary = "For positive amounts whose noise is proportional to their size: only the ratio of target to prediction counts."
    formula = r"s + y\,e^{-s},\quad \hat y = e^s"
    gradient_formula = r"1 - y\,e^{-s}"
    reference = "McCullagh and Nelder, Generalized Linear Models, chapter 8, 1989"
    use = "Take it for costs, durations and sizes: always positive, skewed, with errors of so many percent."
    avoid = "Avoid it for targets that may be 0, and where forecasts far too low are likely at the start: they pull exponentially."
    pytorch = "(scores.clamp(-30, 30) + targets * torch.exp(-scores.clamp(-30, 30))).mean(-1)"
    sklearn = "sklearn.linear_model.GammaRegressor(alpha=0)"
    nonnegative = False
    target_domain = Interval.parse("(0, inf)")

    def inner(self, s: Array, targets: Array) -> Array:
        return s + targets * np.exp(-s)

    def inner_slope(self, s: Array, targets: Array) -> Array:
        return 1 - targets * np.exp(-s)


@LOSSES.add("tweedie")
@dataclass(frozen=True)
class Tweedie(ExponentialLoss):
    """Half the Tweedie deviance of power p between Poisson's (p to 1) and the gamma's (p to 2), up to a constant of the target.

    scikit-learn's half deviance is smaller by y^(2-p) / ((p - 1)(2 - p)), which is the value for a perfect prediction.
    """

    power: float = real(1.5, 1.1, 1.9, hard="(1, 2)", symbol="p", doc="The variance of the target grows as this power of its mean.")

    title = "Tweedie"
    summary = "For amounts that are often exactly 0 and otherwise positive and skewed, such as a year's insurance claims."
    formula = r"\frac{y\,e^{(1-p)s}}{p-1} + \frac{e^{(2-p)s}}{2-p},\quad \hat y = e^s"
    gradient_formula = r"e^{(2-p)s} - y\,e^{(1-p)s}"
    reference = "Jørgensen, Exponential Dispersion Models, JRSS B 49, 1987"
    use = "Take it for totals of a random number of positive amounts, with a spike at 0: rain, claims, spending."
    avoid = "Avoid it when no target is 0 or all are plain counts: gamma or Poisson then fit with no power to set."
    pytorch = (
        "(targets * torch.exp((1 - {power}) * scores.clamp(-30, 30)) / ({power} - 1)"
        " + torch.exp((2 - {power}) * scores.clamp(-30, 30)) / (2 - {power})).mean(-1)"
    )
    sklearn = "sklearn.linear_model.TweedieRegressor(power={power}, link='log', alpha=0)"

    def inner(self, s: Array, targets: Array) -> Array:
        return targets * np.exp((1 - self.power) * s) / (self.power - 1) + np.exp((2 - self.power) * s) / (2 - self.power)

    def inner_slope(self, s: Array, targets: Array) -> Array:
        return np.exp((2 - self.power) * s) - targets * np.exp((1 - self.power) * s)

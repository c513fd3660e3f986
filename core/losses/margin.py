"""Losses of a margin: one-vs-rest over the K columns, with y = 2t - 1 and the margin m = y s of each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.losses.base import LOSSES, Array, ElementwiseLoss
from core.tasks import CLASSIFICATION


class MarginLoss(ElementwiseLoss):
    """A function of the margin m = (2t - 1) s; it defines no probabilities."""

    tasks = frozenset({CLASSIFICATION})


@LOSSES.add("hinge")
@dataclass(frozen=True)
class Hinge(MarginLoss):
    """Hinge loss, one-vs-rest; its subgradient at m = 1 is 0."""

    title = "Hinge (one-vs-rest)"
    aliases = ("SVM", "max margin", "合页损失")
    summary = "The linear support vector machine's loss: no pull once a sample is right by a margin of 1, a constant pull before."
    formula = r"\tfrac1K\sum_k \max(0, 1 - m_k),\quad m_k = (2t_k - 1)\,s_k"
    gradient_formula = r"-\tfrac1K\,(2t_k - 1) \text{ if } m_k < 1,\ \text{else } 0"
    reference = "Cortes and Vapnik, Support-Vector Networks, Machine Learning 20, 1995"
    use = "Take it when only the decision counts and samples far on the right side should stop pulling."
    avoid = "Avoid it when you need probabilities, or smooth convergence at a fixed learning rate."
    pytorch = "torch.relu(1 - (2 * targets - 1) * scores).mean(-1)"
    sklearn = "sklearn.svm.LinearSVC(loss='hinge')"
    convex, differentiable, robust, zero_at_perfect = True, False, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        return np.maximum(1 - (2 * targets - 1) * scores, 0)

    def slope(self, scores: Array, targets: Array) -> Array:
        y = 2 * targets - 1
        return -y * (y * scores < 1)


@LOSSES.add("squared_hinge")
@dataclass(frozen=True)
class SquaredHinge(MarginLoss):
    """Squared hinge loss, one-vs-rest, as scikit-learn's `LinearSVC`."""

    title = "Squared hinge (one-vs-rest)"
    aliases = ("L2-SVM",)
    summary = "Hinge without the corner: the pull fades towards the margin and grows with the violation, so outliers count more."
    formula = r"\tfrac1K\sum_k \max(0, 1 - m_k)^2,\quad m_k = (2t_k - 1)\,s_k"
    gradient_formula = r"-\tfrac2K\,(2t_k - 1)\max(0, 1 - m_k)"
    reference = "Chang, Hsieh and Lin, Coordinate Descent Method for Large-scale L2-loss Linear Support Vector Machines, JMLR 9, 2008"
    use = "Take it when a margin is wanted and the optimizer needs a continuous gradient."
    avoid = "Avoid it with outliers or wrong labels: its pull grows without limit."
    pytorch = "torch.relu(1 - (2 * targets - 1) * scores).square().mean(-1)"
    sklearn = "sklearn.svm.LinearSVC(loss='squared_hinge')"
    convex, differentiable, robust, zero_at_perfect = True, True, False, True

    def element(self, scores: Array, targets: Array) -> Array:
        return np.square(np.maximum(1 - (2 * targets - 1) * scores, 0))

    def slope(self, scores: Array, targets: Array) -> Array:
        y = 2 * targets - 1
        return -2 * y * np.maximum(1 - y * scores, 0)


@LOSSES.add("modified_huber")
@dataclass(frozen=True)
class ModifiedHuber(MarginLoss):
    """Modified Huber loss, one-vs-rest, as scikit-learn's `SGDClassifier`: v² of the violation v = max(0, 1 - m) up to v = 2, then its tangent.

    scikit-learn reads probabilities (clip(s, -1, 1) + 1) / 2 off the scores; they tie, so none are given here.
    """

    title = "Modified Huber (one-vs-rest)"
    summary = "Squared hinge that goes on as a straight line below a margin of -1, so outliers pull no harder than that."
    formula = r"\tfrac1K\sum_k \begin{cases}\max(0, 1 - m_k)^2 & m_k \ge -1\\ -4 m_k & m_k < -1\end{cases},\quad m_k = (2t_k - 1)\,s_k"
    gradient_formula = r"-\tfrac2K\,(2t_k - 1)\min(\max(0, 1 - m_k),\, 2)"
    reference = "Zhang, Solving Large Scale Linear Prediction Problems Using Stochastic Gradient Descent Algorithms, ICML 2004"
    use = "Take it when a margin is wanted, smooth, and with some wrong labels among the samples."
    avoid = "Avoid it when you need calibrated probabilities: beyond a margin of ±1 it tells no degrees of certainty."
    pytorch = "torch.where((2 * targets - 1) * scores < -1, (4 - 8 * targets) * scores, torch.relu(1 - (2 * targets - 1) * scores).square()).mean(-1)"
    sklearn = "sklearn.linear_model.SGDClassifier(loss='modified_huber', penalty=None)"
    convex, differentiable, robust, zero_at_perfect = True, True, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        violation = np.maximum(1 - (2 * targets - 1) * scores, 0)
        inside = np.minimum(violation, 2)
        return inside * (2 * violation - inside)

    def slope(self, scores: Array, targets: Array) -> Array:
        y = 2 * targets - 1
        return -2 * y * np.clip(1 - y * scores, 0, 2)


@LOSSES.add("perceptron")
@dataclass(frozen=True)
class Perceptron(MarginLoss):
    """Perceptron loss, one-vs-rest; its subgradient at m = 0 is 0 (scikit-learn's is -y there, so that it leaves weights of 0)."""

    title = "Perceptron (one-vs-rest)"
    summary = "Hinge without a margin: only wrong signs pull, so learning stops as soon as every sample is just right."
    formula = r"\tfrac1K\sum_k \max(0, -m_k),\quad m_k = (2t_k - 1)\,s_k"
    gradient_formula = r"-\tfrac1K\,(2t_k - 1) \text{ if } m_k < 0,\ \text{else } 0"
    reference = "Rosenblatt, The Perceptron, Psychological Review 65, 1958"
    use = "Take it to see the oldest rule at work, on classes that a line can separate."
    avoid = "Avoid it otherwise: scores of 0 already cost nothing, and without a margin new samples near the boundary go wrong."
    pytorch = "torch.relu((1 - 2 * targets) * scores).mean(-1)"
    sklearn = "sklearn.linear_model.SGDClassifier(loss='perceptron', penalty=None)"
    convex, differentiable, robust, zero_at_perfect = True, False, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        return np.maximum((1 - 2 * targets) * scores, 0)

    def slope(self, scores: Array, targets: Array) -> Array:
        sign = 1 - 2 * targets
        return sign * (sign * scores > 0)


@LOSSES.add("exponential")
@dataclass(frozen=True)
class Exponential(MarginLoss):
    """Exponential loss, one-vs-rest; scores are clamped to ±40, where squares still fit in single precision, and do not pull beyond."""

    title = "Exponential (one-vs-rest)"
    aliases = ("AdaBoost", "指数损失")
    summary = "AdaBoost's loss: each further step to the wrong side multiplies price and pull, so the worst samples rule."
    formula = r"\tfrac1K\sum_k e^{-m_k},\quad m_k = (2t_k - 1)\,s_k"
    gradient_formula = r"-\tfrac1K\,(2t_k - 1)\,e^{-m_k}"
    reference = "Friedman, Hastie and Tibshirani, Additive Logistic Regression: A Statistical View of Boosting, Annals of Statistics 28, 2000"
    use = "Take it to see what AdaBoost minimises, on clean and nearly separable classes."
    avoid = "Avoid it with outliers or wrong labels: a single sample far on the wrong side outweighs all others."
    pytorch = "torch.exp((1 - 2 * targets) * scores.clamp(-40, 40)).mean(-1)"
    score_range = (-40.0, 40.0)
    convex, differentiable, robust, zero_at_perfect = True, True, False, True

    def element(self, scores: Array, targets: Array) -> Array:
        return np.exp((1 - 2 * targets) * np.clip(scores, *self.score_range))

    def slope(self, scores: Array, targets: Array) -> Array:
        return (1 - 2 * targets) * self.element(scores, targets) * (np.abs(scores) <= self.score_range[1])

"""Losses of a classification that compare whole distributions: softmax over the classes, or one sigmoid a class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, xlogy

from core.losses.base import LOSSES, Array, ElementwiseLoss, Loss, log_softmax, softmax
from core.parameters import real
from core.tasks import CLASSIFICATION


class SoftmaxLoss(Loss):
    """A loss of the softmax probabilities p; adding a constant to all scores of a sample changes nothing."""

    tasks = frozenset({CLASSIFICATION})
    shift_invariant = True
    probabilistic = True
    differentiable = True

    def probabilities(self, scores: Array) -> Array:
        """Return the softmax of the scores."""
        return softmax(scores)


@dataclass(frozen=True)
class SmoothedLoss(SoftmaxLoss):
    """A loss whose pull is p - t', with the smoothed target t' = (1 - ε) t + ε/K."""

    label_smoothing: float = real(0.0, 0.0, 0.5, hard="[0, 1]", symbol=r"\varepsilon", doc="Share of each target that is spread evenly over all classes.")

    sklearn = "sklearn.linear_model.LogisticRegression(C=float('inf'))"

    def smoothed(self, targets: Array) -> Array:
        """Return the smoothed targets, shape (..., B, K)."""
        return targets * (1 - self.label_smoothing) + self.label_smoothing / targets.shape[-1]

    def gradient(self, scores: Array, targets: Array) -> Array:
        """Return p - t', shape (..., B, K)."""
        return softmax(scores) - self.smoothed(targets)

    def in_sklearn(self) -> str | None:
        """Return the logistic regression of scikit-learn, which does not smooth."""
        return super().in_sklearn() if self.label_smoothing == 0 else None


@LOSSES.add("cross_entropy")
@dataclass(frozen=True)
class CrossEntropy(SmoothedLoss):
    """Softmax cross-entropy, PyTorch's `CrossEntropyLoss`, against the smoothed target t' = (1 - ε) t + ε/K."""

    title = "Cross-entropy"
    aliases = ("softmax loss", "log loss", "categorical cross-entropy", "logistic regression", "交叉熵")
    summary = "The negative log-probability of the true class: confident mistakes cost without limit, and the pull is p - t."
    formula = r"-\sum_k t'_k \log p_k,\quad p = \operatorname{softmax}(s),\ t' = (1-\varepsilon)\,t + \varepsilon/K"
    gradient_formula = "p - t'"
    reference = "Good, Rational Decisions, JRSS B 14, 1952; label smoothing: Szegedy et al., arXiv:1512.00567"
    use = "Take it first when each sample has one class and you want probabilities."
    avoid = "Avoid it with many wrong labels: the more surely the model contradicts one, the more it costs, without limit."
    pytorch = "torch.nn.functional.cross_entropy(scores, targets.argmax(-1), label_smoothing={label_smoothing}, reduction='none')"
    convex, robust, zero_at_perfect = True, True, False

    def value(self, scores: Array, targets: Array) -> Array:
        return -(self.smoothed(targets) * log_softmax(scores)).sum(axis=-1)


@LOSSES.add("kl_divergence")
@dataclass(frozen=True)
class KLDivergence(SmoothedLoss):
    """Kullback-Leibler divergence of the softmax from the smoothed target, summed over the classes: PyTorch's `KLDivLoss`.

    It is the cross-entropy less the entropy of t', so that its minimum is 0 also with smoothing; rounding is kept from taking it below.
    """

    title = "KL divergence"
    aliases = ("KLD", "Kullback-Leibler", "KL 散度")
    summary = "Cross-entropy minus the target's own entropy: the same pull, and 0 exactly where the probabilities equal the smoothed target."
    formula = r"\sum_k t'_k \log \frac{t'_k}{p_k},\quad p = \operatorname{softmax}(s),\ t' = (1-\varepsilon)\,t + \varepsilon/K"
    gradient_formula = "p - t'"
    reference = "Kullback and Leibler, On Information and Sufficiency, Annals of Mathematical Statistics 22, 1951"
    use = "Take it when targets are distributions, so that 0 should mean that the model matches them."
    avoid = "Avoid comparing it with cross-entropy as a method: with fixed targets the two have the same gradient."
    pytorch = (
        "torch.nn.functional.kl_div(torch.log_softmax(scores, -1), targets * (1 - {label_smoothing}) + {label_smoothing} / targets.shape[-1],"
        " reduction='none').sum(-1)"
    )
    convex, robust, zero_at_perfect = True, True, False

    def value(self, scores: Array, targets: Array) -> Array:
        smoothed = self.smoothed(targets)
        return np.maximum((xlogy(smoothed, smoothed) - smoothed * log_softmax(scores)).sum(axis=-1), 0)


@LOSSES.add("brier")
@dataclass(frozen=True)
class Brier(SoftmaxLoss):
    """Squared error on softmax probabilities, summed over the classes as in Brier's paper (0 to 2)."""

    title = "Brier (squared error on probabilities)"
    aliases = ("quadratic score", "MSE on probabilities")
    summary = "A proper score that is bounded: a confident mistake costs at most 2, and its pull fades when p saturates."
    formula = r"\sum_k (p_k - t_k)^2,\quad p = \operatorname{softmax}(s)"
    gradient_formula = r"2 p_k \left(d_k - \sum_j p_j d_j\right),\quad d = p - t"
    reference = "Brier, Verification of Forecasts Expressed in Terms of Probability, Monthly Weather Review 78, 1950"
    use = "Take it when probabilities should be honest but no single sample may cost much."
    avoid = "Avoid it from a poor start: on a confident mistake the pull is almost 0."
    pytorch = "(torch.softmax(scores, -1) - targets).square().sum(-1)"
    convex, bounded, robust, zero_at_perfect = False, True, True, True

    def value(self, scores: Array, targets: Array) -> Array:
        return np.square(softmax(scores) - targets).sum(axis=-1)

    def gradient(self, scores: Array, targets: Array) -> Array:
        p = softmax(scores)
        d = p - targets
        return 2 * p * (d - (p * d).sum(axis=-1, keepdims=True))


class SigmoidLoss(ElementwiseLoss):
    """A loss of one sigmoid a class (one-vs-rest), averaged over the classes.

    Its probabilities are the sigmoids divided by their sum, as in scikit-learn's one-vs-rest classifiers.
    """

    tasks = frozenset({CLASSIFICATION})
    probabilistic = True
    differentiable = True

    def probabilities(self, scores: Array) -> Array:
        """Return the sigmoids, normalised over the classes in the logarithm so that none underflows to 0/0."""
        return softmax(-softplus(-scores))


def softplus(x: Array) -> Array:
    """Return log(1 + exp(x)), which is -log of the sigmoid of -x, exact in both tails."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


@LOSSES.add("binary_cross_entropy")
@dataclass(frozen=True)
class BinaryCrossEntropy(SigmoidLoss):
    """One sigmoid and one logistic loss a class (one-vs-rest), averaged: PyTorch's `BCEWithLogitsLoss`."""

    title = "Binary cross-entropy (one-vs-rest)"
    aliases = ("BCE", "sigmoid loss", "二元交叉熵")
    summary = "Asks of each class separately whether it is present, so several classes, or none, may be likely at once."
    formula = r"\tfrac1K\sum_k \log(1 + e^{s_k}) - t_k s_k"
    gradient_formula = r"\tfrac1K\,(\sigma(s_k) - t_k)"
    reference = "Cox, The Regression Analysis of Binary Sequences, JRSS B 20, 1958"
    use = "Take it when a sample may belong to several classes or to none."
    avoid = "Avoid it with many exclusive classes: their absences outweigh the one presence, and its sigmoids need not sum to 1."
    pytorch = "torch.nn.functional.binary_cross_entropy_with_logits(scores, targets, reduction='none').mean(-1)"
    sklearn = "sklearn.linear_model.SGDClassifier(loss='log_loss', penalty=None)"
    convex, robust, zero_at_perfect = True, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        return np.maximum(scores, 0) - targets * scores + np.log1p(np.exp(-np.abs(scores)))

    def slope(self, scores: Array, targets: Array) -> Array:
        return expit(scores) - targets


@LOSSES.add("sigmoid_focal")
@dataclass(frozen=True)
class SigmoidFocal(SigmoidLoss):
    """Focal loss of one sigmoid a class, averaged: torchvision's `sigmoid_focal_loss`, with q = 1 - p of what the target asks for."""

    gamma: float = real(2.0, 0.0, 5.0, hard="[0, 20]", symbol=r"\gamma", doc="How strongly elements that are already right are ignored; 0 weighs all alike.")
    alpha: float = real(0.25, 0.05, 0.95, hard="[0, 1]", symbol=r"\alpha", doc="Weight of the class that is present; the absent ones weigh 1 - α.")

    title = "Sigmoid focal (one-vs-rest)"
    summary = "Binary cross-entropy that ignores what is already right and weighs presence against absence: made for rare objects."
    formula = r"\tfrac1K\sum_k \alpha_k\, q_k^\gamma \log(1 + e^{-m_k}),\quad m_k = (2t_k - 1)\,s_k,\ q_k = \sigma(-m_k),\ \alpha_k = \alpha\text{ or }1-\alpha"
    gradient_formula = r"-\tfrac1K\,(2t_k - 1)\,\alpha_k\, q_k^\gamma \left(q_k + \gamma\,(1 - q_k) \log(1 + e^{-m_k})\right)"
    reference = "Lin et al., Focal Loss for Dense Object Detection, arXiv:1708.02002"
    use = "Take it when most classes are absent from most samples and the easy absences would drown the rest."
    avoid = "Avoid it when you need calibrated probabilities: it is not a proper score."
    pytorch = (
        "(({alpha} * targets + (1 - {alpha}) * (1 - targets)) * torch.sigmoid((1 - 2 * targets) * scores) ** {gamma}"
        " * torch.log1p(torch.exp((1 - 2 * targets) * scores))).mean(-1)"
    )
    convex, robust, zero_at_perfect = False, True, True

    def _weights(self, targets: Array) -> Array:
        return self.alpha * targets + (1 - self.alpha) * (1 - targets)

    def element(self, scores: Array, targets: Array) -> Array:
        return self._weights(targets) * focal((1 - 2 * targets) * scores, self.gamma)

    def slope(self, scores: Array, targets: Array) -> Array:
        sign = 1 - 2 * targets
        return sign * self._weights(targets) * focal_slope(sign * scores, self.gamma)


def focal(wrong: Array, gamma: Any) -> Array:
    """Return q^γ log(1 + e^w), with q = σ(w) for w = `wrong`, a score away from what the target asks for."""
    return expit(wrong) ** gamma * softplus(wrong)


def focal_slope(wrong: Array, gamma: Any) -> Array:
    """Return the derivative of `focal` by w, q^γ (q + γ (1 - q) log(1 + e^w))."""
    q = expit(wrong)
    return q**gamma * (q + gamma * expit(-wrong) * softplus(wrong))

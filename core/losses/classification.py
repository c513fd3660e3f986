"""Losses of a classification that are defined on probabilities: softmax over the classes, or one sigmoid a class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from core.losses.base import CLASSIFICATION, LOSSES, Array, ElementwiseLoss, Loss, log_softmax, softmax
from core.parameters import real


class SoftmaxLoss(Loss):
    """A loss of the softmax probabilities p; adding a constant to all scores of a sample changes nothing."""

    tasks = frozenset({CLASSIFICATION})
    shift_invariant = True
    differentiable = True

    def probabilities(self, scores: Array) -> Array:
        """Return the softmax of the scores."""
        return softmax(scores)


@LOSSES.add("cross_entropy")
@dataclass(frozen=True)
class CrossEntropy(SoftmaxLoss):
    """Softmax cross-entropy, PyTorch's `CrossEntropyLoss`, against the smoothed target t' = (1 - ε) t + ε/K."""

    label_smoothing: float = real(0.0, 0.0, 0.5, hard="[0, 1]", symbol=r"\varepsilon", doc="Share of each target that is spread evenly over all classes.")

    title = "Cross-entropy"
    summary = "The negative log-probability of the true class: confident mistakes cost without limit, and the pull is p - t."
    formula = r"-\sum_k t'_k \log p_k,\quad p = \operatorname{softmax}(s),\ t' = (1-\varepsilon)\,t + \varepsilon/K"
    gradient_formula = "p - t'"
    reference = "Good, Rational Decisions, JRSS B 14, 1952; label smoothing: Szegedy et al., arXiv:1512.00567"
    pytorch = "torch.nn.functional.cross_entropy(scores, targets.argmax(-1), label_smoothing={label_smoothing}, reduction='none')"
    convex, robust, zero_at_perfect = True, True, False

    def _smoothed(self, targets: Array) -> Array:
        return targets * (1 - self.label_smoothing) + self.label_smoothing / targets.shape[-1]

    def value(self, scores: Array, targets: Array) -> Array:
        return -(self._smoothed(targets) * log_softmax(scores)).sum(axis=-1)

    def gradient(self, scores: Array, targets: Array) -> Array:
        return softmax(scores) - self._smoothed(targets)


@LOSSES.add("binary_cross_entropy")
@dataclass(frozen=True)
class BinaryCrossEntropy(ElementwiseLoss):
    """One sigmoid and one logistic loss a class (one-vs-rest), averaged: PyTorch's `BCEWithLogitsLoss`.

    Its probabilities are the sigmoids divided by their sum, as in scikit-learn's one-vs-rest classifiers.
    """

    title = "Binary cross-entropy (one-vs-rest)"
    summary = "Asks of each class separately whether it is present, so several classes, or none, may be likely at once."
    formula = r"\tfrac1K\sum_k \log(1 + e^{s_k}) - t_k s_k"
    gradient_formula = r"\tfrac1K\,(\sigma(s_k) - t_k)"
    reference = "Cox, The Regression Analysis of Binary Sequences, JRSS B 20, 1958"
    tasks = frozenset({CLASSIFICATION})
    pytorch = "torch.nn.functional.binary_cross_entropy_with_logits(scores, targets, reduction='none').mean(-1)"
    convex, differentiable, robust, zero_at_perfect = True, True, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        return np.maximum(scores, 0) - targets * scores + np.log1p(np.exp(-np.abs(scores)))

    def slope(self, scores: Array, targets: Array) -> Array:
        return expit(scores) - targets

    def probabilities(self, scores: Array) -> Array:
        """Return the sigmoids, normalised over the classes in the logarithm so that none underflows to 0/0."""
        return softmax(np.minimum(scores, 0) - np.log1p(np.exp(-np.abs(scores))))


@LOSSES.add("focal")
@dataclass(frozen=True)
class Focal(SoftmaxLoss):
    """Softmax focal loss. The paper's α is a class weight: set it there.

    Nothing cancels near p_t = 1: q = 1 - p_t is summed from the other classes' probabilities, log p_t is log1p(-q) there,
    and their ratio is -1 where q is 0.
    """

    gamma: float = real(2.0, 0.0, 5.0, hard="[0, 20]", symbol=r"\gamma", doc="How strongly samples that are already right are ignored; 0 is cross-entropy.")

    title = "Focal"
    summary = "Cross-entropy times (1 - p)^γ: samples that are already right stop pulling, so the hard ones decide."
    formula = r"-(1 - p_t)^\gamma \log p_t,\quad p = \operatorname{softmax}(s)"
    gradient_formula = r"(1-p_t)^\gamma \left(1 - \gamma\,\frac{p_t \log p_t}{1 - p_t}\right)(p - t)"
    reference = "Lin et al., Focal Loss for Dense Object Detection, arXiv:1708.02002"
    convex, robust, zero_at_perfect = False, True, True

    @staticmethod
    def _true_class(scores: Array, targets: Array) -> tuple[Array, Array]:
        """Return log p_t and 1 - p_t, each of shape (..., B, 1)."""
        log_p = log_softmax(scores)
        q = (np.exp(log_p) * (1 - targets)).sum(axis=-1, keepdims=True)
        return np.where(q < 0.5, np.log1p(-np.minimum(q, 0.5)), (log_p * targets).sum(axis=-1, keepdims=True)), q

    def value(self, scores: Array, targets: Array) -> Array:
        log_p, q = self._true_class(scores, targets)
        return (-(q**self.gamma) * log_p)[..., 0]

    def gradient(self, scores: Array, targets: Array) -> Array:
        log_p, q = self._true_class(scores, targets)
        log_p_over_q = np.divide(log_p, q, out=np.full_like(q, -1), where=q > 0)
        factor = q**self.gamma * (1 - self.gamma * np.exp(log_p) * log_p_over_q)
        return factor * (softmax(scores) - targets)


@LOSSES.add("brier")
@dataclass(frozen=True)
class Brier(SoftmaxLoss):
    """Squared error on softmax probabilities, summed over the classes as in Brier's paper (0 to 2)."""

    title = "Brier (squared error on probabilities)"
    summary = "A proper score that is bounded: a confident mistake costs at most 2, and its pull fades when p saturates."
    formula = r"\sum_k (p_k - t_k)^2,\quad p = \operatorname{softmax}(s)"
    gradient_formula = r"2 p_k \left(d_k - \sum_j p_j d_j\right),\quad d = p - t"
    reference = "Brier, Verification of Forecasts Expressed in Terms of Probability, Monthly Weather Review 78, 1950"
    pytorch = "(torch.softmax(scores, -1) - targets).square().sum(-1)"
    convex, robust, zero_at_perfect = False, True, True

    def value(self, scores: Array, targets: Array) -> Array:
        return np.square(softmax(scores) - targets).sum(axis=-1)

    def gradient(self, scores: Array, targets: Array) -> Array:
        p = softmax(scores)
        d = p - targets
        return 2 * p * (d - (p * d).sum(axis=-1, keepdims=True))

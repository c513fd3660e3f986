"""Losses of a classification that see nothing but the softmax probability of the true class."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from core.losses.base import LOSSES, Array
from core.losses.classification import SoftmaxLoss
from core.parameters import real


class TrueClassLoss(SoftmaxLoss):
    """A function of p_t, the softmax probability of the true class: a cost, and its pull on p towards t.

    Both are functions of log p_t and q = 1 - p_t, in which nothing cancels near p_t = 1: q is summed from the other classes'
    probabilities, log p_t is log1p(-q) there, and the true class's part of p - t is -q.
    """

    @abstractmethod
    def cost(self, log_p: Array, q: Array) -> Array:
        """Return the loss, of the shape (..., B, 1) of log p_t and q."""

    @abstractmethod
    def pull(self, log_p: Array, q: Array) -> Array:
        """Return minus the derivative of the cost by log p_t, shape (..., B, 1): the factor of p - t in the gradient."""

    def value(self, scores: Array, targets: Array) -> Array:
        """Return the cost of each sample, shape (..., B)."""
        log_p, q, _ = true_class(scores, targets)
        return self.cost(log_p, q)[..., 0]

    def gradient(self, scores: Array, targets: Array) -> Array:
        """Return the pull times p - t, shape (..., B, K)."""
        log_p, q, errors = true_class(scores, targets)
        return self.pull(log_p, q) * errors


def true_class(scores: Array, targets: Array) -> tuple[Array, Array, Array]:
    """Return log p_t and q = 1 - p_t, each of shape (..., B, 1), and p - t, shape (..., B, K)."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=-1, keepdims=True)
    others = exponentials * (1 - targets)
    q = others.sum(axis=-1, keepdims=True) / total
    unlikely = (shifted * targets).sum(axis=-1, keepdims=True) - np.log(total)
    log_p = np.where(q < 0.5, np.log1p(-np.minimum(q, 0.5)), unlikely)
    return log_p, q, others / total - q * targets


@LOSSES.add("nll")
@dataclass(frozen=True)
class NegativeLogLikelihood(TrueClassLoss):
    """Negative log-likelihood of the softmax: PyTorch's `NLLLoss` after its `LogSoftmax`, which is cross-entropy in two steps."""

    title = "Negative log-likelihood"
    aliases = ("NLL", "max likelihood", "负对数似然")
    summary = "What PyTorch's NLLLoss computes after a log-softmax: cross-entropy without smoothing, under its statistical name."
    formula = r"-\log p_t,\quad p = \operatorname{softmax}(s)"
    gradient_formula = "p - t"
    reference = "Fisher, On the Mathematical Foundations of Theoretical Statistics, Philosophical Transactions A 222, 1922"
    use = "Take it to see that NLLLoss after LogSoftmax is the same loss as cross-entropy."
    avoid = "Avoid comparing it with cross-entropy as a method: without smoothing the two are equal."
    pytorch = "torch.nn.functional.nll_loss(torch.log_softmax(scores, -1), targets.argmax(-1), reduction='none')"
    sklearn = "sklearn.linear_model.LogisticRegression(C=float('inf'))"
    convex, robust, zero_at_perfect = True, True, True

    def cost(self, log_p: Array, q: Array) -> Array:
        return -log_p

    def pull(self, log_p: Array, q: Array) -> Array:
        return np.ones_like(q)


@LOSSES.add("focal")
@dataclass(frozen=True)
class Focal(TrueClassLoss):
    """Softmax focal loss. The paper's α is a class weight: set it there."""

    gamma: float = real(2.0, 0.0, 5.0, hard="[0, 20]", symbol=r"\gamma", doc="How strongly samples that are already right are ignored; 0 is cross-entropy.")

    title = "Focal"
    aliases = ("focal loss", "焦点损失")
    summary = "Cross-entropy times (1 - p)^γ: samples that are already right stop pulling, so the hard ones decide."
    formula = r"-(1 - p_t)^\gamma \log p_t,\quad p = \operatorname{softmax}(s)"
    gradient_formula = r"(1-p_t)^\gamma \left(1 - \gamma\,\frac{p_t \log p_t}{1 - p_t}\right)(p - t)"
    reference = "Lin et al., Focal Loss for Dense Object Detection, arXiv:1708.02002"
    use = "Take it when easy samples are so many that they drown the hard ones, as with rare classes."
    avoid = "Avoid it with wrong labels, which are the hardest samples of all, or when you need calibrated probabilities."
    pytorch = "-(1 - (torch.softmax(scores, -1) * targets).sum(-1)) ** {gamma} * (torch.log_softmax(scores, -1) * targets).sum(-1)"
    convex, robust, zero_at_perfect = False, True, True

    def cost(self, log_p: Array, q: Array) -> Array:
        return -(q**self.gamma) * log_p

    def pull(self, log_p: Array, q: Array) -> Array:
        log_p_over_q = np.divide(log_p, q, out=np.full_like(q, -1), where=q > 0)
        return q**self.gamma * (1 - self.gamma * np.exp(log_p) * log_p_over_q)


@LOSSES.add("absolute_error_on_probabilities")
@dataclass(frozen=True)
class AbsoluteErrorOnProbabilities(TrueClassLoss):
    """Absolute error between softmax probabilities and one-hot target, summed over the classes: 2 (1 - p_t), from 0 to 2."""

    title = "Absolute error on probabilities"
    aliases = ("MAE on probabilities",)
    summary = "The probability that goes to wrong classes, twice: every sample's price is limited, and wrong labels hardly matter."
    formula = r"\sum_k |p_k - t_k| = 2\,(1 - p_t),\quad p = \operatorname{softmax}(s)"
    gradient_formula = r"2\,p_t\,(p - t)"
    reference = "Ghosh, Kumar and Sastry, Robust Loss Functions under Label Noise for Deep Neural Networks, arXiv:1712.09482"
    use = "Take it when many labels are wrong: if evenly at random, and right ones still the most frequent, its minimiser stays that of clean labels."
    avoid = "Avoid it with many classes or a poor start: where p of the true class is small, so is the pull, and training stalls."
    pytorch = "(torch.softmax(scores, -1) - targets).abs().sum(-1)"
    convex, bounded, robust, zero_at_perfect = False, True, True, True

    def cost(self, log_p: Array, q: Array) -> Array:
        return 2 * q

    def pull(self, log_p: Array, q: Array) -> Array:
        return 2 * np.exp(log_p)


@LOSSES.add("generalised_cross_entropy")
@dataclass(frozen=True)
class GeneralisedCrossEntropy(TrueClassLoss):
    """Generalised cross-entropy (1 - p_t^r) / r; the paper's q is called r, as q is 1 - p_t here."""

    r: float = real(0.7, 0.05, 1.0, hard="(0, 1]", symbol="r", doc="From cross-entropy (towards 0) to absolute error on probabilities (1, up to a factor 2).")

    title = "Generalised cross-entropy"
    aliases = ("GCE", "Lq loss")
    summary = "A bridge between cross-entropy, which learns fast, and absolute error on probabilities, which withstands wrong labels."
    formula = r"\frac{1 - p_t^{\,r}}{r},\quad p = \operatorname{softmax}(s)"
    gradient_formula = r"p_t^{\,r}\,(p - t)"
    reference = "Zhang and Sabuncu, Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy Labels, arXiv:1805.07836"
    use = "Take it when a share of the labels is wrong and absolute error on probabilities learns too slowly."
    avoid = "Avoid it with clean labels, where cross-entropy learns faster and rare hard samples are worth their pull."
    pytorch = "(1 - (torch.softmax(scores, -1) * targets).sum(-1) ** {r}) / {r}"
    convex, bounded, robust, zero_at_perfect = False, True, True, True

    def cost(self, log_p: Array, q: Array) -> Array:
        return -np.expm1(self.r * log_p) / self.r

    def pull(self, log_p: Array, q: Array) -> Array:
        return np.exp(self.r * log_p)


@LOSSES.add("symmetric_cross_entropy")
@dataclass(frozen=True)
class SymmetricCrossEntropy(TrueClassLoss):
    """Cross-entropy plus reverse cross-entropy -Σ p log t, in which log 0 is taken to be -4, as in the paper's experiments: 4 (1 - p_t)."""

    alpha: float = real(0.1, 0.01, 6.0, hard="[0, 100]", symbol=r"\alpha", doc="Weight of the cross-entropy.")
    beta: float = real(1.0, 0.0, 2.0, hard="[0, 100]", symbol=r"\beta", doc="Weight of the reverse cross-entropy; 0 leaves cross-entropy alone.")

    title = "Symmetric cross-entropy"
    aliases = ("SCE", "SL")
    summary = "Cross-entropy for speed plus its reverse, whose price is limited, for patience with wrong labels."
    formula = r"-\alpha \log p_t + 4\beta\,(1 - p_t),\quad p = \operatorname{softmax}(s)"
    gradient_formula = r"(\alpha + 4\beta\,p_t)(p - t)"
    reference = "Wang et al., Symmetric Cross Entropy for Robust Learning with Noisy Labels, arXiv:1908.06112"
    use = "Take it when a share of the labels is wrong: a small α, a large β."
    avoid = "Avoid it with clean labels, where tuning its two weights has little to gain over cross-entropy."
    pytorch = "-{alpha} * (torch.log_softmax(scores, -1) * targets).sum(-1) + 4 * {beta} * (torch.softmax(scores, -1) * (1 - targets)).sum(-1)"
    convex, robust, zero_at_perfect = False, True, True

    def cost(self, log_p: Array, q: Array) -> Array:
        return -self.alpha * log_p + 4 * self.beta * q

    def pull(self, log_p: Array, q: Array) -> Array:
        return self.alpha + 4 * self.beta * np.exp(log_p)


@LOSSES.add("poly1")
@dataclass(frozen=True)
class Poly1(TrueClassLoss):
    """Cross-entropy with the first coefficient of its series in 1 - p_t raised from 1 to 1 + ε."""

    epsilon: float = real(1.0, -0.5, 5.0, hard="(-1, 100]", symbol=r"\epsilon", doc="What is added to the coefficient of 1 - p; 0 is cross-entropy.")

    title = "Poly-1"
    aliases = ("PolyLoss",)
    summary = "Cross-entropy plus ε (1 - p): one number that shifts the pull between unsure and nearly right samples."
    formula = r"-\log p_t + \epsilon\,(1 - p_t),\quad p = \operatorname{softmax}(s)"
    gradient_formula = r"(1 + \epsilon\,p_t)(p - t)"
    reference = "Leng et al., PolyLoss: A Polynomial Expansion Perspective of Classification Loss Functions, arXiv:2204.12511"
    use = "Take it when cross-entropy works and one more number is worth tuning on validation data."
    avoid = "Avoid it when there is no validation set to tune ε on: its best value differs from task to task."
    pytorch = "-(torch.log_softmax(scores, -1) * targets).sum(-1) + {epsilon} * (1 - (torch.softmax(scores, -1) * targets).sum(-1))"
    convex, robust, zero_at_perfect = False, True, True

    def cost(self, log_p: Array, q: Array) -> Array:
        return -log_p + self.epsilon * q

    def pull(self, log_p: Array, q: Array) -> Array:
        return 1 + self.epsilon * np.exp(log_p)

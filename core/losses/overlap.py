"""Losses of overlap, made for segmentation, where p and t are summed over the pixels of an image before the quotient is taken.

Here each sample has its own quotient, over its softmax probabilities. With one true class TP = p_t and FP = FN = q = 1 - p_t.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from core.losses.base import LOSSES, Array
from core.losses.true_class import TrueClassLoss
from core.parameters import real


@LOSSES.add("dice")
@dataclass(frozen=True)
class Dice(TrueClassLoss):
    """Soft Dice loss of one sample, 2q / (2 + δ); segmentation sums over the pixels instead.

    With one true class a sample and no smoothing it is 1 - p_t, half the absolute error on probabilities.
    """

    smooth: float = real(0.0, 0.0, 2.0, hard="[0, 100]", symbol=r"\delta", doc="Added above and below the fraction; shrinks the loss.")

    title = "Dice"
    aliases = ("F1 loss", "Sørensen-Dice", "Dice 损失")
    summary = "One minus the overlap of probabilities and target: for a single label it is 1 - p, scaled by the smoothing."
    formula = r"1 - \frac{2\sum_k p_k t_k + \delta}{\sum_k p_k + \sum_k t_k + \delta} = \frac{2\,(1 - p_t)}{2 + \delta},\quad p = \operatorname{softmax}(s)"
    gradient_formula = r"\frac{2\,p_t}{2 + \delta}\,(p - t)"
    reference = "Milletari, Navab and Ahmadi, V-Net, arXiv:1606.04797, without the squares of its denominator"
    use = "Take it for segmentation, where its quotient over all pixels balances a small object against a large background."
    avoid = "Avoid it for single labels, where it is a multiple of absolute error on probabilities and stalls on confident mistakes."
    pytorch = "1 - (2 * (torch.softmax(scores, -1) * targets).sum(-1) + {smooth}) / (torch.softmax(scores, -1).sum(-1) + targets.sum(-1) + {smooth})"
    convex, bounded, robust, zero_at_perfect = False, True, True, True

    def cost(self, log_p: Array, q: Array) -> Array:
        return 2 * q / (2 + self.smooth)

    def pull(self, log_p: Array, q: Array) -> Array:
        return 2 * np.exp(log_p) / (2 + self.smooth)


@dataclass(frozen=True)
class TverskyIndex(TrueClassLoss):
    """A power of T = 1 - (TP + δ) / (TP + α FP + β FN + δ) = (α + β) q / D, with D = p_t + (α + β) q + δ."""

    alpha: float = real(0.3, 0.05, 1.0, hard="(0, 10]", symbol=r"\alpha", doc="Price of probability on wrong classes (false positives).")
    beta: float = real(0.7, 0.05, 1.0, hard="(0, 10]", symbol=r"\beta", doc="Price of probability missing from the true class (false negatives).")
    smooth: float = real(0.0, 0.0, 2.0, hard="[0, 100]", symbol=r"\delta", doc="Added above and below the fraction; shrinks the loss.")

    convex, bounded, robust, zero_at_perfect = False, True, True, True

    @abstractmethod
    def power(self) -> float:
        """Return the exponent of T, at most 1."""

    def _denominator(self, log_p: Array, q: Array) -> Array:
        return np.exp(log_p) + (self.alpha + self.beta) * q + self.smooth

    def cost(self, log_p: Array, q: Array) -> Array:
        """Return T to the power, shape (..., B, 1)."""
        return ((self.alpha + self.beta) * q / self._denominator(log_p, q)) ** self.power()

    def pull(self, log_p: Array, q: Array) -> Array:
        """Return the power times T^power times p_t (1 + δ) / (q D), shape (..., B, 1); 0 where q is 0."""
        cost_over_q = np.divide(self.cost(log_p, q), q, out=np.zeros_like(q), where=q > 0)
        return self.power() * cost_over_q * np.exp(log_p) * (1 + self.smooth) / self._denominator(log_p, q)


@LOSSES.add("tversky")
@dataclass(frozen=True)
class Tversky(TverskyIndex):
    """Tversky loss of one sample; segmentation sums over the pixels instead.

    With one true class a sample, false positives and false negatives are both 1 - p_t, so only α + β matters. At α = β = 1/2
    it is Dice with twice the smoothing.
    """

    title = "Tversky"
    summary = "Dice with a price for false positives and another for false negatives: for a single label only their sum counts."
    formula = r"T = \frac{(\alpha + \beta)\,q}{p_t + (\alpha + \beta)\,q + \delta},\quad q = 1 - p_t,\ p = \operatorname{softmax}(s)"
    gradient_formula = r"\frac{(\alpha + \beta)(1 + \delta)\,p_t}{(p_t + (\alpha + \beta)\,q + \delta)^2}\,(p - t)"
    reference = "Salehi, Erdogmus and Gholipour, Tversky Loss Function for Image Segmentation, arXiv:1706.05721"
    use = "Take it for segmentation, when missing a small object is worse than marking too much."
    avoid = "Avoid it for single labels, where α and β cannot be told apart and confident mistakes hardly pull."
    pytorch = (
        "1 - ((torch.softmax(scores, -1) * targets).sum(-1) + {smooth}) / ((torch.softmax(scores, -1) * targets).sum(-1)"
        " + {alpha} * (torch.softmax(scores, -1) * (1 - targets)).sum(-1) + {beta} * ((1 - torch.softmax(scores, -1)) * targets).sum(-1) + {smooth})"
    )

    def power(self) -> float:
        """Return 1."""
        return 1.0


@LOSSES.add("focal_tversky")
@dataclass(frozen=True)
class FocalTversky(TverskyIndex):
    """Tversky loss of one sample to the power 1/γ, as in the paper; segmentation sums over the pixels instead.

    The power is at most 1, so the pull on nearly right samples grows with γ: the opposite of the focal loss.
    """

    gamma: float = real(4 / 3, 1.0, 3.0, hard="[1, 3]", symbol=r"\gamma", doc="The loss is the Tversky loss to the power 1/γ; 1 is the Tversky loss.")

    title = "Focal Tversky"
    summary = "The Tversky loss to the power 1/γ, which keeps pulling on samples whose overlap is already good."
    formula = r"T^{1/\gamma},\quad T = \frac{(\alpha + \beta)\,q}{p_t + (\alpha + \beta)\,q + \delta},\ q = 1 - p_t,\ p = \operatorname{softmax}(s)"
    gradient_formula = r"\frac{T^{1/\gamma}}{\gamma\,q} \cdot \frac{(1 + \delta)\,p_t}{p_t + (\alpha + \beta)\,q + \delta}\,(p - t)"
    reference = "Abraham and Khan, A Novel Focal Tversky Loss Function with Improved Attention U-Net for Lesion Segmentation, arXiv:1810.07842"
    use = "Take it for segmentation of small objects, when the Tversky loss stops improving early."
    avoid = "Avoid it for single labels, where it spends its pull on samples that are nearly right already."
    pytorch = (
        "(1 - ((torch.softmax(scores, -1) * targets).sum(-1) + {smooth}) / ((torch.softmax(scores, -1) * targets).sum(-1)"
        " + {alpha} * (torch.softmax(scores, -1) * (1 - targets)).sum(-1) + {beta} * ((1 - torch.softmax(scores, -1)) * targets).sum(-1)"
        " + {smooth})) ** (1 / {gamma})"
    )

    def power(self) -> float:
        """Return 1/γ."""
        return 1 / self.gamma

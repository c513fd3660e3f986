"""Losses of a segmentation: a value for each image from the scores (..., B, K) of its K pixels and its mask of 0 and 1. p is the sigmoid of a score.

Sums over pixels are sums over one image. What takes the pixels of a whole batch together, as Dice in segmentation-models-pytorch, is no loss of a sample.
How MONAI and segmentation-models-pytorch differ is said of their versions 1.6.1 and 0.6.0, whose numbers tests/core/losses/test_pixels.py compares with ours.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from core.losses.base import LOSSES, Array, ElementwiseLoss, Loss
from core.losses.classification import focal, focal_slope, softplus
from core.parameters import real
from core.tasks import SEGMENTATION


class OfPixels(Loss):
    """A loss of pixels. In short it goes without the word: it is compared with its like alone."""

    @property
    def short_title(self) -> str:
        """The title without its first word."""
        name = self.title.removeprefix("Pixel ")
        return name[0].upper() + name[1:]


@LOSSES.add("pixel_cross_entropy")
@dataclass(frozen=True)
class PixelCrossEntropy(OfPixels, ElementwiseLoss):
    """Binary cross-entropy of each pixel, averaged over the image; a pixel of the foreground counts w times.

    It is PyTorch's `BCEWithLogitsLoss` with `pos_weight`, which MONAI's `DiceCELoss` of one channel takes as `weight`, and segmentation-models-pytorch's
    `SoftBCEWithLogitsLoss` with `pos_weight`. None of them divides by the sum of the weights.
    """

    weight: float = real(
        1.0, 0.1, 100.0, log=True, hard="(0, 1e4]", symbol="w", label="Foreground", doc="How many times a pixel of the foreground counts."
    )

    title = "Pixel cross-entropy"
    aliases = ("BCE", "weighted cross-entropy", "balanced cross-entropy")
    summary = "Asks each pixel by itself whether it belongs to the object: with a small object nearly all of the average is background."
    formula = r"\tfrac1K\sum_k w\,t_k \log(1 + e^{-s_k}) + (1 - t_k)\log(1 + e^{s_k})"
    gradient_formula = r"\tfrac1K\left((1 - t_k)\,p_k - w\,t_k\,(1 - p_k)\right),\quad p = \sigma(s)"
    reference = "Ronneberger, Fischer and Brox, U-Net, arXiv:1505.04597; weights: Xie and Tu, Holistically-Nested Edge Detection, arXiv:1504.06375"
    use = "Take it when probabilities of pixels are to be trusted, and start the output's bias at the log-odds of the foreground's share."
    avoid = "Avoid a threshold of a half with a small object or a large w: neither leaves it the best one."
    pytorch = (
        "torch.nn.functional.binary_cross_entropy_with_logits(scores, targets, pos_weight=torch.tensor({weight}, dtype=scores.dtype),"
        " reduction='none').mean(-1)"
    )
    tasks = frozenset({SEGMENTATION})
    convex, differentiable, robust, zero_at_perfect = True, True, True, True

    def element(self, scores: Array, targets: Array) -> Array:
        return self.weight * targets * softplus(-scores) + (1 - targets) * softplus(scores)

    def slope(self, scores: Array, targets: Array) -> Array:
        return (1 - targets) * expit(scores) - self.weight * targets * expit(-scores)


@LOSSES.add("pixel_focal")
@dataclass(frozen=True)
class PixelFocal(OfPixels, ElementwiseLoss):
    """Focal loss of each pixel, averaged over the image: torchvision's `sigmoid_focal_loss`, with α = 0.25 and γ = 2 as there.

    The loss of `sigmoid_focal` for masks. MONAI and segmentation-models-pytorch have γ = 2 and no α, which is α = 0.5 times 2.
    The article sums over anchors and divides by the number of those that hold an object.
    """

    gamma: float = real(2.0, 0.0, 5.0, hard="[0, 20]", symbol=r"\gamma", doc="How strongly pixels that are already right are ignored; 0 weighs all alike.")
    alpha: float = real(0.25, 0.05, 0.95, hard="[0, 1]", symbol=r"\alpha", doc="Weight of the foreground; the background weighs 1 - α.")

    title = "Pixel focal"
    summary = "Cross-entropy that ignores the pixels that are already right; its usual α weighs the background up, because γ is meant to weigh it down."
    formula = r"\tfrac1K\sum_k \alpha_k\, q_k^\gamma \log(1 + e^{-m_k}),\quad m_k = (2t_k - 1)\,s_k,\ q_k = \sigma(-m_k),\ \alpha_k = \alpha\text{ or }1-\alpha"
    gradient_formula = r"-\tfrac1K\,(2t_k - 1)\,\alpha_k\, q_k^\gamma \left(q_k + \gamma\,(1 - q_k) \log(1 + e^{-m_k})\right)"
    reference = "Lin et al., Focal Loss for Dense Object Detection, arXiv:1708.02002"
    use = "Take it when the background is easy nearly everywhere, and choose α with γ: on small objects α above a half is often better."
    avoid = "Avoid its default α without a look at the missed pixels: tuned for detection with γ = 2, it can leave a small object out."
    pytorch = (
        "(({alpha} * targets + (1 - {alpha}) * (1 - targets)) * torch.sigmoid((1 - 2 * targets) * scores) ** {gamma}"
        " * torch.log1p(torch.exp((1 - 2 * targets) * scores))).mean(-1)"
    )
    tasks = frozenset({SEGMENTATION})
    convex, differentiable, robust, zero_at_perfect = False, True, True, True

    def _weights(self, targets: Array) -> Array:
        return self.alpha * targets + (1 - self.alpha) * (1 - targets)

    def element(self, scores: Array, targets: Array) -> Array:
        return self._weights(targets) * focal((1 - 2 * targets) * scores, self.gamma)

    def slope(self, scores: Array, targets: Array) -> Array:
        sign = 1 - 2 * targets
        return sign * self._weights(targets) * focal_slope(sign * scores, self.gamma)


class OverlapLoss(OfPixels, Loss):
    """A power of T = E / D with E = α FP + β FN and D = TP + E + δ, where TP = Σ p t, FP = Σ p (1 - t), FN = Σ (1 - p) t over the pixels of an image.

    T is 1 - (TP + δ) / D, without the subtraction of numbers that are nearly equal. Its gradient is p (1 - p) (e D - E d) / D² with the derivatives
    e = α (1 - t) - β t and d = t + e of E and D by p.
    """

    tasks = frozenset({SEGMENTATION})
    convex, differentiable, bounded, robust, zero_at_perfect = False, True, True, True, True

    @abstractmethod
    def prices(self) -> tuple[Any, Any, Any]:
        """Return α, β and δ."""

    def _parts(self, p: Array, q: Array, targets: Array) -> tuple[Array, Array]:
        """Return E and D, each (..., B, 1), of p and q = 1 - p."""
        alpha, beta, smooth = self.prices()
        wrong = alpha * (p * (1 - targets)).sum(axis=-1, keepdims=True) + beta * (q * targets).sum(axis=-1, keepdims=True)
        return wrong, (p * targets).sum(axis=-1, keepdims=True) + wrong + smooth

    def value(self, scores: Array, targets: Array) -> Array:
        """Return T of each image, shape (..., B)."""
        wrong, whole = self._parts(expit(scores), expit(-scores), targets)
        return (wrong / whole)[..., 0]

    def gradient(self, scores: Array, targets: Array) -> Array:
        """Return the derivative of T by the scores, shape (..., B, K)."""
        alpha, beta, _ = self.prices()
        p, q = expit(scores), expit(-scores)
        wrong, whole = self._parts(p, q, targets)
        by_wrong = alpha * (1 - targets) - beta * targets
        return p * q * (by_wrong - wrong / whole * (targets + by_wrong)) / whole


def _smooth() -> Any:
    return real(
        1.0, 1e-5, 100.0, log=True, hard="[1e-7, 1e4]", symbol=r"\delta", label="Smoothing",
        doc="Added above and below the fraction: what an empty mask costs. Near 0 an empty mask teaches nothing.",
    )  # fmt: skip


@LOSSES.add("pixel_dice")
@dataclass(frozen=True)
class PixelDice(OverlapLoss):
    """Soft Dice loss of each image, 1 - (2 Σ p t + δ) / (Σ p + Σ t + δ).

    MONAI's `DiceLoss` is the same with δ = 1e-5. segmentation-models-pytorch's takes the sums over a whole batch, and costs nothing where that has no
    foreground; its `smooth` is added to half of the fraction's sides, so it is δ / 2 here, and 0 by default. V-Net squares p and t below.
    With δ / 2 it is `pixel_tversky` of α = β = 1/2. Masks between 0 and 1 are taken as they are, as MONAI does without `soft_label`;
    segmentation-models-pytorch takes min(p, t) in place of p t.
    """

    smooth: float = _smooth()

    title = "Pixel Dice"
    aliases = ("soft Dice", "F1 loss", "Sørensen-Dice", "Dice 损失")
    summary = "One minus the overlap of prediction and mask: the background that is right does not count, so a small object is not drowned."
    formula = r"1 - \frac{2\sum_k p_k t_k + \delta}{\sum_k p_k + \sum_k t_k + \delta},\quad p = \sigma(s)"
    gradient_formula = r"p_k(1-p_k)\,\frac{(1 - 2t_k)\,D - N}{D^2},\quad D = \sum_j p_j + \sum_j t_j + \delta,\ N = \sum_j p_j + \sum_j t_j - 2\sum_j p_j t_j"
    reference = "Milletari, Navab and Ahmadi, V-Net, arXiv:1606.04797, without the squares of its denominator"
    use = "Take it for small objects that are to be marked at a threshold of a half, usually together with cross-entropy."
    avoid = "Avoid reading its outputs as probabilities: it pushes them to 0 and 1, right or wrong."
    pytorch = (
        "1 - (2 * (torch.sigmoid(scores) * targets).sum(-1) + {smooth}) / (torch.sigmoid(scores).sum(-1) + targets.sum(-1) + {smooth})"
    )

    def prices(self) -> tuple[Any, Any, Any]:
        """Return those of the Tversky loss that is the same."""
        return 0.5, 0.5, self.smooth / 2


@LOSSES.add("pixel_tversky")
@dataclass(frozen=True)
class PixelTversky(OverlapLoss):
    """Tversky loss of each image, 1 - (TP + δ) / (TP + α FP + β FN + δ).

    With α = β = 1 it is the soft IoU loss, or Jaccard's; with α = β = 1/2 it is Dice of 2 δ, which MONAI and segmentation-models-pytorch begin with.
    MONAI's δ is 1e-5; segmentation-models-pytorch sums over the batch, with δ = 0. α prices false positives in all three, as in the article.
    """

    alpha: float = real(
        0.3, 0.05, 1.0, hard="(0, 10]", symbol=r"\alpha", doc="Price of false positives: of marked background. With both prices 1 it is the IoU loss."
    )
    beta: float = real(0.7, 0.05, 1.0, hard="(0, 10]", symbol=r"\beta", doc="Price of false negatives: of missed foreground.")
    smooth: float = _smooth()

    title = "Pixel Tversky"
    summary = "Dice with a price for marked background and another for missed foreground: a larger β finds more, and marks more that is not there."
    formula = r"T = \frac{\alpha\,FP + \beta\,FN}{TP + \alpha\,FP + \beta\,FN + \delta},\quad TP = \sum p\,t,\ FP = \sum p\,(1-t),\ FN = \sum (1-p)\,t"
    gradient_formula = r"p_k(1-p_k)\,\frac{e_k - T\,(t_k + e_k)}{TP + \alpha\,FP + \beta\,FN + \delta},\quad e_k = \alpha\,(1 - t_k) - \beta\,t_k"
    reference = "Salehi, Erdogmus and Gholipour, Tversky Loss Function for Image Segmentation, arXiv:1706.05721"
    use = "Take it when missing a part of the object is worse than marking too much, or the other way round."
    avoid = "Avoid a β far above α where images may be empty: false alarms on them are what it buys."
    pytorch = (
        "1 - ((torch.sigmoid(scores) * targets).sum(-1) + {smooth}) / ((torch.sigmoid(scores) * targets).sum(-1)"
        " + {alpha} * (torch.sigmoid(scores) * (1 - targets)).sum(-1) + {beta} * ((1 - torch.sigmoid(scores)) * targets).sum(-1) + {smooth})"
    )

    def prices(self) -> tuple[Any, Any, Any]:
        """Return α, β and δ."""
        return self.alpha, self.beta, self.smooth


@LOSSES.add("pixel_focal_tversky")
@dataclass(frozen=True)
class PixelFocalTversky(OverlapLoss):
    """Tversky loss of each image to the power 1/γ, as in the article.

    There α prices false negatives: its α = 0.7 and β = 0.3 are 0.3 and 0.7 here, as in the article of the Tversky loss.
    segmentation-models-pytorch's `TverskyLoss` raises that of the batch to the power γ, the other way round: its γ = 0.75 is 4/3 here.
    MONAI's `AsymmetricFocalTverskyLoss` raises it to 1 - γ, so its γ = 0.5 is 2 here, and adds the plain Tversky loss of the background.
    """

    alpha: float = real(0.3, 0.05, 1.0, hard="(0, 10]", symbol=r"\alpha", doc="Price of false positives: of marked background.")
    beta: float = real(0.7, 0.05, 1.0, hard="(0, 10]", symbol=r"\beta", doc="Price of false negatives: of missed foreground.")
    smooth: float = _smooth()
    gamma: float = real(4 / 3, 1.0, 3.0, hard="[1, 3]", symbol=r"\gamma", doc="The loss is the Tversky loss to the power 1/γ; 1 is the Tversky loss.")

    title = "Pixel focal Tversky"
    summary = "The Tversky loss to the power 1/γ, which keeps pulling on images whose overlap is already good."
    formula = r"T^{1/\gamma},\quad T = \frac{\alpha\,FP + \beta\,FN}{TP + \alpha\,FP + \beta\,FN + \delta}"
    gradient_formula = r"\tfrac1\gamma\,T^{1/\gamma - 1}\,\nabla T"
    reference = "Abraham and Khan, A Novel Focal Tversky Loss Function with Improved Attention U-Net for Lesion Segmentation, arXiv:1810.07842"
    use = "Take it for small objects when the Tversky loss stops improving early."
    avoid = "Avoid it with noisy masks: it pulls hardest on images that are nearly right, whose rest may be the noise."
    pytorch = (
        "(1 - ((torch.sigmoid(scores) * targets).sum(-1) + {smooth}) / ((torch.sigmoid(scores) * targets).sum(-1)"
        " + {alpha} * (torch.sigmoid(scores) * (1 - targets)).sum(-1) + {beta} * ((1 - torch.sigmoid(scores)) * targets).sum(-1)"
        " + {smooth})) ** (1 / {gamma})"
    )

    def prices(self) -> tuple[Any, Any, Any]:
        """Return α, β and δ."""
        return self.alpha, self.beta, self.smooth

    def value(self, scores: Array, targets: Array) -> Array:
        """Return T^(1/γ) of each image, shape (..., B)."""
        wrong, whole = self._parts(expit(scores), expit(-scores), targets)
        return ((wrong / whole) ** (1 / self.gamma))[..., 0]

    def gradient(self, scores: Array, targets: Array) -> Array:
        """Return the derivative of T^(1/γ) by the scores, shape (..., B, K); 0 where T is 0."""
        wrong, whole = self._parts(expit(scores), expit(-scores), targets)
        overlap = wrong / whole
        factor = np.divide(overlap ** (1 / self.gamma), overlap, out=np.zeros_like(overlap), where=overlap > 0)
        return factor / self.gamma * super().gradient(scores, targets)

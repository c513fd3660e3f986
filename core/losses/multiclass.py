"""Losses of the scores' differences: how far the true class leads the others, without probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.losses.base import LOSSES, Array, Loss
from core.tasks import CLASSIFICATION


class LeadLoss(Loss):
    """A function of the leads s_t - s_j of the true class over the others; adding a constant to all scores changes nothing."""

    tasks = frozenset({CLASSIFICATION})
    shift_invariant = True
    differentiable = False

    @staticmethod
    def lead(scores: Array, targets: Array) -> Array:
        """Return s_t - s_j, shape (..., B, K), 0 for the true class itself."""
        return (scores * targets).sum(axis=-1, keepdims=True) - scores


@LOSSES.add("crammer_singer")
@dataclass(frozen=True)
class CrammerSinger(LeadLoss):
    """Crammer and Singer's multiclass hinge: only the strongest rival counts.

    Its subgradient is 0 where the lead is exactly 1; rivals that tie share the pull equally, as under PyTorch's `amax`.
    """

    title = "Crammer-Singer hinge"
    aliases = ("multiclass SVM",)
    summary = "The true class must lead its strongest rival by 1; only that rival is pushed down, the others go free."
    formula = r"\max\left(0,\ 1 + \max_{j \ne t} s_j - s_t\right)"
    gradient_formula = r"[k = r] - t_k \text{ if } s_t - s_r < 1,\ \text{else } 0,\quad r = \arg\max_{j \ne t} s_j"
    reference = "Crammer and Singer, On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines, JMLR 2, 2001"
    use = "Take it for exclusive classes when only the decision counts and a single hinge over all classes is wanted."
    avoid = "Avoid it when you need probabilities, or with many classes, as only one rival learns from each sample."
    pytorch = "torch.relu(1 + scores.masked_fill(targets == 1, -torch.inf).amax(-1) - (scores * targets).sum(-1))"
    sklearn = "sklearn.svm.LinearSVC(multi_class='crammer_singer')"
    convex, robust, zero_at_perfect = True, True, True

    def _smallest_lead(self, scores: Array, targets: Array) -> tuple[Array, Array]:
        """Return the leads, infinite for the true class, and the smallest of them, shape (..., B, 1)."""
        leads = np.where(targets == 1, np.inf, self.lead(scores, targets))
        return leads, leads.min(axis=-1, keepdims=True)

    def value(self, scores: Array, targets: Array) -> Array:
        return np.maximum(1 - self._smallest_lead(scores, targets)[1][..., 0], 0)

    def gradient(self, scores: Array, targets: Array) -> Array:
        leads, smallest = self._smallest_lead(scores, targets)
        rivals = (leads == smallest).astype(scores.dtype)
        return (smallest < 1) * (rivals / rivals.sum(axis=-1, keepdims=True) - targets)


@LOSSES.add("weston_watkins")
@dataclass(frozen=True)
class WestonWatkins(LeadLoss):
    """Weston and Watkins's multiclass hinge, summed over the rivals and divided by K: PyTorch's `MultiMarginLoss`.

    Its subgradient is 0 where a lead is exactly 1; the paper asks for leads of 2, which is the same up to the scale of the scores.
    """

    title = "Weston-Watkins hinge"
    aliases = ("multi-margin",)
    summary = "The true class must lead every other by 1; each rival that comes closer is pushed down by the same constant pull."
    formula = r"\tfrac1K\sum_{j \ne t} \max(0,\ 1 + s_j - s_t)"
    gradient_formula = r"\tfrac1K\left(a_k - t_k \sum_j a_j\right),\quad a_j = [j \ne t \text{ and } s_t - s_j < 1]"
    reference = "Weston and Watkins, Support Vector Machines for Multi-Class Pattern Recognition, ESANN 1999"
    use = "Take it for exclusive classes when only the decision counts and every rival should learn from each sample."
    avoid = "Avoid it when you need probabilities, or where classes overlap: where no class is likelier than all others together, its best scores may be tied."
    pytorch = "torch.nn.functional.multi_margin_loss(scores, targets.argmax(-1), reduction='none')"
    convex, robust, zero_at_perfect = True, True, True

    def value(self, scores: Array, targets: Array) -> Array:
        return (np.maximum(1 - self.lead(scores, targets), 0) * (1 - targets)).mean(axis=-1)

    def gradient(self, scores: Array, targets: Array) -> Array:
        active = (self.lead(scores, targets) < 1) * (1 - targets)
        return (active - targets * active.sum(axis=-1, keepdims=True)) / scores.shape[-1]


@LOSSES.add("zero_one")
@dataclass(frozen=True)
class ZeroOne(LeadLoss):
    """Zero-one loss: 1 where the first of the largest scores is not the true class's. It jumps, and its gradient is 0 everywhere."""

    title = "Zero-one"
    aliases = ("0-1 loss", "misclassification", "0-1 损失")
    summary = "The share of wrong decisions, which the other losses stand in for: flat almost everywhere, so nothing can follow it."
    formula = r"[\,\arg\max_k s_k \ne t\,]"
    gradient_formula = "0"
    reference = "Bartlett, Jordan and McAuliffe, Convexity, Classification, and Risk Bounds, JASA 101, 2006"
    use = "Take it as the yardstick: it is 1 minus the accuracy, and shows why gradient methods need a stand-in."
    avoid = "Avoid it for training: its gradient is 0 everywhere, so the weights stay where they are, or fade under a penalty."
    pytorch = "(scores.argmax(-1) != targets.argmax(-1)).to(scores.dtype)"
    convex, robust, zero_at_perfect = False, True, True
    bounded, informative = True, False

    def value(self, scores: Array, targets: Array) -> Array:
        return (scores.argmax(axis=-1) != targets.argmax(axis=-1)).astype(scores.dtype)

    def gradient(self, scores: Array, targets: Array) -> Array:
        return np.zeros(np.broadcast_shapes(scores.shape, targets.shape), scores.dtype)

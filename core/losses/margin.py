"""Losses of a margin: one-vs-rest over the K columns, with y = 2t - 1 and the margin m = y s of each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.losses.base import CLASSIFICATION, LOSSES, Array, ElementwiseLoss


class MarginLoss(ElementwiseLoss):
    """A function of the margin m = (2t - 1) s; it defines no probabilities."""

    tasks = frozenset({CLASSIFICATION})


@LOSSES.add("hinge")
@dataclass(frozen=True)
class Hinge(MarginLoss):
    """Hinge loss, one-vs-rest; its subgradient at m = 1 is 0."""

    title = "Hinge (one-vs-rest)"
    summary = "The linear support vector machine's loss: no pull once a sample is right by a margin of 1, a constant pull before."
    formula = r"\tfrac1K\sum_k \max(0, 1 - m_k),\quad m_k = (2t_k - 1)\,s_k"
    gradient_formula = r"-\tfrac1K\,(2t_k - 1) \text{ if } m_k < 1,\ \text{else } 0"
    reference = "Cortes and Vapnik, Support-Vector Networks, Machine Learning 20, 1995"
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
    summary = "Hinge without the corner: the pull fades towards the margin and grows with the violation, so outliers count more."
    formula = r"\tfrac1K\sum_k \max(0, 1 - m_k)^2,\quad m_k = (2t_k - 1)\,s_k"
    gradient_formula = r"-\tfrac2K\,(2t_k - 1)\max(0, 1 - m_k)"
    reference = "Rosasco et al., Are Loss Functions All the Same?, Neural Computation 16, 2004"
    convex, differentiable, robust, zero_at_perfect = True, True, False, True

    def element(self, scores: Array, targets: Array) -> Array:
        return np.square(np.maximum(1 - (2 * targets - 1) * scores, 0))

    def slope(self, scores: Array, targets: Array) -> Array:
        y = 2 * targets - 1
        return -2 * y * np.maximum(1 - y * scores, 0)

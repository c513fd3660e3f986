"""Class weights: how much a sample counts in the loss by the class that it belongs to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry, real, vector
from core.words import Said

Array = NDArray[Any]


class ClassWeights(Declared, ABC):
    """One weight a class, from the number of training rows of each."""

    @abstractmethod
    def weights(self, counts: Array) -> Array:
        """Return the weights, shape (K,), of classes with `counts` (K,) training rows."""


CLASS_WEIGHTS: Registry[ClassWeights] = Registry("class weighting")


@CLASS_WEIGHTS.add("none")
@dataclass(frozen=True)
class Unweighted(ClassWeights):
    """Weight 1 for every class."""

    title = "None"
    summary = "Every sample counts the same, so frequent classes count most."
    formula = "1"
    reference = "-"

    def weights(self, counts: Array) -> Array:
        return np.ones(len(counts))


@CLASS_WEIGHTS.add("balanced")
@dataclass(frozen=True)
class Balanced(ClassWeights):
    """scikit-learn's `class_weight="balanced"`; a class without training rows has weight 0."""

    title = "Balanced"
    aliases = ("inverse frequency", "class_weight='balanced'")
    summary = "Every class counts the same, however rare it is."
    formula = r"\frac{n}{K\, n_c}"
    reference = "King and Zeng, Logistic Regression in Rare Events Data, Political Analysis 9, 2001"

    def weights(self, counts: Array) -> Array:
        counts = np.asarray(counts, dtype=float)
        return np.divide(counts.sum(), len(counts) * counts, out=np.zeros(len(counts)), where=counts > 0)


@CLASS_WEIGHTS.add("effective_number")
@dataclass(frozen=True)
class EffectiveNumber(ClassWeights):
    """Inverse of the effective number of samples, scaled to the sum K as in the paper; a class without training rows has weight 0."""

    beta: float = real(0.99, 0.9, 0.9999, hard="[0, 1)", symbol=r"\beta", doc="0 weighs all classes alike; near 1 it comes to one over the number of rows.")

    title = "Effective number"
    aliases = ("class-balanced loss",)
    summary = "Rare classes count more, but less than their rarity: a further row of a class says the less, the more there are."
    formula = r"\frac{1 - \beta}{1 - \beta^{n_c}}"
    reference = "Cui, Jia, Lin, Song and Belongie, Class-Balanced Loss Based on Effective Number of Samples, CVPR 2019, arXiv:1901.05555"

    def weights(self, counts: Array) -> Array:
        counts = np.asarray(counts, dtype=float)
        inverse = np.divide(1 - self.beta, 1 - self.beta**counts, out=np.zeros(len(counts)), where=counts > 0)
        return inverse * len(counts) / inverse.sum()


@CLASS_WEIGHTS.add("manual")
@dataclass(frozen=True)
class Manual(ClassWeights):
    """Weights given by hand, in the order of the classes."""

    values: tuple[float, ...] = vector(
        (), 0.0, 10.0, hard="[0, inf)", label="Weights", doc="One weight a class, in the order of the classes; classes beyond the list have weight 1."
    )

    title = "By hand"
    summary = "A weight for each class, as you set it."
    formula = "w_c"
    reference = "-"

    def weights(self, counts: Array) -> Array:
        """Return the weights; raise `ValueError` if there are more of them than classes."""
        if len(self.values) > len(counts):
            weights, classes = len(self.values), len(counts)
            raise ValueError(Said("class weights: {weights} weights were given for {classes} classes", weights=weights, classes=classes))
        return np.array([*self.values, *[1.0] * (len(counts) - len(self.values))])

"""The norms: how the sums of a layer are standardised before the activation, and the gradient back through that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry

Array = NDArray[Any]
#: mean and variance of each unit
Statistics = tuple[Array, Array]

#: what is added to a variance, PyTorch's default
EPSILON = 1e-5


class Norm(Declared):
    """What happens to the sums of a hidden layer before the activation."""


class Standardising(Norm, ABC):
    """A norm of sums (..., B, H) of B rows and H units, which are then scaled and moved by what is learned for each unit.

    `shares` (..., 1, B): the weight of each row, divided by the sum of all.
    """

    @abstractmethod
    def forward(self, sums: Array, shares: Array, statistics: Statistics | None = None) -> tuple[Array, Array, Statistics | None]:
        """Return the standardised sums x, 1 / standard deviation, and the statistics of the rows if these standardise.

        `statistics`: those to use in place of the rows' own.
        """

    @abstractmethod
    def backward(self, gradient: Array, standard: Array, inverse: Array, shares: Array) -> Array:
        """Return the gradient by the sums from that by the standardised sums; the others are of `forward` with the rows' own statistics."""


NORMS: Registry[Norm] = Registry("norm")


@NORMS.add("none")
@dataclass(frozen=True)
class NoNorm(Norm):
    """Sums go to the activation as they are."""

    title = "No norm"
    summary = "Sums go to the activation as they are."
    formula = "z"
    reference = ""


@NORMS.add("batch")
@dataclass(frozen=True)
class BatchNorm(Standardising):
    """Each unit is standardised over the rows of the batch, weighted as these are. At evaluation the statistics are those of all training rows.

    They are computed anew from the training rows, layer by layer, and not averaged on the way: then a trained network is a function of its parameters and data
    alone. Source of that: Wu and Johnson, arXiv:2105.07576. The variance is that of the rows, divided by their number, as PyTorch's in training.
    """

    title = "Batch norm"
    summary = "Each unit gets mean 0 and variance 1 over the rows of the batch, then a learned scale and shift: whatever the start, rows differ."
    formula = r"\gamma \frac{z - \mu_{rows}}{\sqrt{\sigma^2_{rows} + \epsilon}} + \beta"
    reference = "Ioffe and Szegedy, arXiv:1502.03167; statistics at evaluation: Wu and Johnson, arXiv:2105.07576"

    def forward(self, sums: Array, shares: Array, statistics: Statistics | None = None) -> tuple[Array, Array, Statistics | None]:
        """Return (s - μ) / sqrt(v + ε) with μ = Σ p s and v = Σ p (s - μ)² over the rows, p their shares."""
        if statistics is not None:
            mean, variance = statistics
            centred = sums - mean
        else:
            mean = shares @ sums
            centred = sums - mean
            variance = shares @ (centred * centred)
        inverse = 1 / np.sqrt(variance + EPSILON)
        return centred * inverse, inverse, (mean, variance)

    def backward(self, gradient: Array, standard: Array, inverse: Array, shares: Array) -> Array:
        """Return (g - p Σ g - p x Σ g x) / sqrt(v + ε), sums over the rows."""
        ones = np.ones_like(shares)
        total, along = ones @ gradient, ones @ (gradient * standard)
        result: Array = (gradient - shares.mT * (total + standard * along)) * inverse
        return result


@NORMS.add("layer")
@dataclass(frozen=True)
class LayerNorm(Standardising):
    """Each row is standardised over the units of the layer. It needs no other row, neither in training nor at evaluation."""

    title = "Layer norm"
    summary = "Each row gets mean 0 and variance 1 over the units of the layer. Rows that have become alike stay alike: it tells no row from another."
    formula = r"\gamma \frac{z - \mu_{units}}{\sqrt{\sigma^2_{units} + \epsilon}} + \beta"
    reference = "Ba, Kiros and Hinton, arXiv:1607.06450"

    def forward(self, sums: Array, shares: Array, statistics: Statistics | None = None) -> tuple[Array, Array, Statistics | None]:
        """Return (s - μ) / sqrt(v + ε), μ and v over the units."""
        centred = sums - sums.mean(axis=-1, keepdims=True)
        inverse = 1 / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + EPSILON)
        return centred * inverse, inverse, None

    def backward(self, gradient: Array, standard: Array, inverse: Array, shares: Array) -> Array:
        """Return (g - mean g - x mean(g x)) / sqrt(v + ε), means over the units."""
        along = (gradient * standard).mean(axis=-1, keepdims=True)
        result: Array = (gradient - gradient.mean(axis=-1, keepdims=True) - standard * along) * inverse
        return result

"""The penalties on weights. Biases are not penalised."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry, real

Array = NDArray[Any]


class Penalty(Declared, ABC):
    """A function of the weights (..., W) that is added to the loss of each batch.

    It acts through its gradient, through a proximal step after each update, or both.
    Its strength λ may be an array with a trailing shape (1,): one value for each run of a stack.
    """

    #: whether `proximal` changes weights
    has_proximal: ClassVar[bool] = False
    #: whether it is differentiable everywhere
    smooth: ClassVar[bool] = True

    def value(self, weights: Array) -> Array:
        """Return the penalty with its strength, shape (...,)."""
        return np.zeros(weights.shape[:-1], weights.dtype)

    def gradient(self, weights: Array) -> Array:
        """Return the gradient that is added to that of the loss, shape (..., W)."""
        return np.zeros_like(weights)

    def proximal(self, weights: Array, lr: Any) -> Array:
        """Return the weights after the proximal step, shape (..., W). `lr`: the learning rate of the update before it."""
        return weights


PENALTIES: Registry[Penalty] = Registry("penalty")


def _strength(default: float) -> Any:
    return real(default, 1e-6, 1.0, log=True, hard="[0, inf)", symbol=r"\lambda", doc="How much the penalty counts against the loss.")


def _l1_ratio() -> Any:
    return real(0.5, 0.0, 1.0, hard="[0, 1]", symbol=r"\rho", doc="Share of L1: 0 is L2, 1 is L1.")


def _soft_threshold(weights: Array, threshold: Any) -> Array:
    """Return the weights moved towards 0 by the threshold. Weights within the threshold become exactly 0."""
    return np.sign(weights) * np.maximum(np.abs(weights) - threshold, 0)


def _elastic(weights: Array, strength: Any, l1_ratio: Any) -> Array:
    """Return the elastic net's penalty, shape (...,)."""
    return (strength * (l1_ratio * np.abs(weights) + (1 - l1_ratio) / 2 * np.square(weights))).sum(axis=-1)


@PENALTIES.add("none")
@dataclass(frozen=True)
class NoPenalty(Penalty):
    """No penalty."""

    title = "None"
    summary = "Only the loss counts."
    formula = "0"
    reference = "-"


@PENALTIES.add("l1")
@dataclass(frozen=True)
class L1(Penalty):
    """L1 through its subgradient, which is 0 at 0: weights come close to 0 and jump about it, but are never exactly 0."""

    strength: float = _strength(1e-3)

    title = "L1 (subgradient)"
    aliases = ("lasso", "套索")
    summary = "Every weight is pulled towards 0 with the same force; by subgradients none becomes exactly 0."
    formula = r"\lambda \sum_i |w_i|"
    reference = "Tibshirani, Regression Shrinkage and Selection via the Lasso, JRSS B 58, 1996"
    smooth = False

    def value(self, weights: Array) -> Array:
        return (self.strength * np.abs(weights)).sum(axis=-1)

    def gradient(self, weights: Array) -> Array:
        return self.strength * np.sign(weights)


@PENALTIES.add("l1_proximal")
@dataclass(frozen=True)
class L1Proximal(Penalty):
    """L1 by soft-thresholding with η λ after each update (ISTA for plain SGD): weights become exactly 0."""

    strength: float = _strength(1e-3)

    title = "L1 (proximal)"
    aliases = ("lasso", "ISTA", "soft threshold")
    summary = "L1 by soft-thresholding after each update: small weights become exactly 0, which makes a sparse model."
    formula = r"\lambda \sum_i |w_i|,\quad w \leftarrow \operatorname{sign}(w)\max(|w| - \eta\lambda, 0)"
    reference = "Daubechies, Defrise and De Mol, An Iterative Thresholding Algorithm, CPAM 57, 2004"
    smooth = False
    has_proximal = True

    def value(self, weights: Array) -> Array:
        return (self.strength * np.abs(weights)).sum(axis=-1)

    def proximal(self, weights: Array, lr: Any) -> Array:
        return _soft_threshold(weights, lr * self.strength)


@PENALTIES.add("l2")
@dataclass(frozen=True)
class L2(Penalty):
    """Half the squared norm, so that its gradient is λ w: the coupled weight decay of PyTorch's `SGD(weight_decay=λ)`."""

    strength: float = _strength(1e-3)

    title = "L2"
    aliases = ("ridge", "weight decay", "Tikhonov", "岭回归")
    summary = "Large weights are pulled towards 0 in proportion to their size: all shrink, none vanishes."
    formula = r"\tfrac{\lambda}{2} \sum_i w_i^2"
    reference = "Hoerl and Kennard, Ridge Regression, Technometrics 12, 1970"

    def value(self, weights: Array) -> Array:
        return (self.strength * np.square(weights)).sum(axis=-1) / 2

    def gradient(self, weights: Array) -> Array:
        return self.strength * weights


@PENALTIES.add("elastic_net")
@dataclass(frozen=True)
class ElasticNet(Penalty):
    """Elastic net in scikit-learn's parametrisation; the L1 part acts through its subgradient."""

    strength: float = _strength(1e-3)
    l1_ratio: float = _l1_ratio()

    title = "Elastic net"
    aliases = ("L1 + L2", "弹性网络")
    summary = "A mixture of L1 and L2: sparse like the one, steady among correlated features like the other."
    formula = r"\lambda \left(\rho \sum_i |w_i| + \tfrac{1-\rho}{2} \sum_i w_i^2\right)"
    reference = "Zou and Hastie, Regularization and Variable Selection via the Elastic Net, JRSS B 67, 2005"
    smooth = False

    def value(self, weights: Array) -> Array:
        return _elastic(weights, self.strength, self.l1_ratio)

    def gradient(self, weights: Array) -> Array:
        return self.strength * (self.l1_ratio * np.sign(weights) + (1 - self.l1_ratio) * weights)


@PENALTIES.add("elastic_net_proximal")
@dataclass(frozen=True)
class ElasticNetProximal(Penalty):
    """Elastic net by its proximal step after each update: soft-thresholding for the L1 part, then shrinking for the L2 part."""

    strength: float = _strength(1e-3)
    l1_ratio: float = _l1_ratio()

    title = "Elastic net (proximal)"
    aliases = ("L1 + L2",)
    summary = "Elastic net by soft-thresholding and shrinking after each update: small weights become exactly 0."
    formula = (
        r"\lambda (\rho \|w\|_1 + \tfrac{1-\rho}{2} \|w\|_2^2),\quad "
        r"w \leftarrow \frac{\operatorname{sign}(w)\max(|w| - \eta\lambda\rho, 0)}{1 + \eta\lambda(1-\rho)}"
    )
    reference = "Parikh and Boyd, Proximal Algorithms, Foundations and Trends in Optimization 1, 2014, section 6.5.3"
    smooth = False
    has_proximal = True

    def value(self, weights: Array) -> Array:
        return _elastic(weights, self.strength, self.l1_ratio)

    def proximal(self, weights: Array, lr: Any) -> Array:
        return _soft_threshold(weights, lr * self.strength * self.l1_ratio) / (1 + lr * self.strength * (1 - self.l1_ratio))

"""The losses of two players: a critic that scores samples, and a generator that makes some of them.

A critic gives a raw score a to each real sample and b to each generated one. Both players minimise a function of these two vectors.
Notation: sp(x) = log(1 + e^x), σ its derivative, (x)₊ = max(x, 0).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from core.parameters import Declared, Registry, choice
from core.words import Said

Array = NDArray[Any]
Pair = tuple[Array, Array]


class AdversarialLoss(Declared, ABC):
    """What critic and generator minimise, per sample and never reduced.

    `a`: raw scores of real samples, `b`: of generated ones; both have one shape (..., B), and so have all results. A critic raises a and lowers b.
    Gradients are pairs (da, db). Subgradients at a kink are 0, as in PyTorch's `relu`.
    """

    #: what the generator minimises; `formula` is what the critic minimises
    generator_formula: ClassVar[str]
    #: an expression in PyTorch of what each of the two minimises, of tensors `a` and `b` and `F = torch.nn.functional`
    critic_pytorch: ClassVar[str]
    generator_pytorch: ClassVar[str]
    #: whether the generator's loss depends on the scores of real samples
    paired: ClassVar[bool] = False

    def critic_value(self, a: Array, b: Array) -> Array:
        """Return what the critic minimises, (..., B). Raise ValueError, with a `Said`, for scores of two shapes, as all four do."""
        return self._critic_value(*scores(a, b))

    def critic_gradient(self, a: Array, b: Array) -> Pair:
        """Return the derivatives of `critic_value` by a and by b, each (..., B)."""
        return self._critic_gradient(*scores(a, b))

    def generator_value(self, a: Array, b: Array) -> Array:
        """Return what the generator minimises, (..., B)."""
        return self._generator_value(*scores(a, b))

    def generator_gradient(self, a: Array, b: Array) -> Pair:
        """Return the derivatives of `generator_value` by a and by b, each (..., B)."""
        return self._generator_gradient(*scores(a, b))

    @abstractmethod
    def _critic_value(self, a: Array, b: Array) -> Array:
        """Return `critic_value`."""

    @abstractmethod
    def _critic_gradient(self, a: Array, b: Array) -> Pair:
        """Return `critic_gradient`."""

    @abstractmethod
    def _generator_value(self, a: Array, b: Array) -> Array:
        """Return `generator_value`."""

    @abstractmethod
    def _generator_gradient(self, a: Array, b: Array) -> Pair:
        """Return `generator_gradient`."""

    def best_score(self, log_ratio: Array) -> Pair | None:
        """Return the score that the critic's loss asks for where real samples are e^r times as dense as generated ones, and its derivative by r.

        None: scores have no limit, so what holds the critic's slope decides.
        """
        return None

    def in_pytorch(self) -> tuple[str, str]:
        """Return the two expressions in PyTorch with this item's choices filled in."""
        return self.critic_pytorch, self.generator_pytorch


ADVERSARIAL_LOSSES: Registry[AdversarialLoss] = Registry("adversarial loss")


def scores(a: Array, b: Array) -> Pair:
    """Return both vectors of scores as arrays of floating-point numbers."""
    one, other = (each if each.dtype.kind == "f" else each.astype(float) for each in map(np.asarray, (a, b)))
    if one.shape != other.shape:
        raise ValueError(Said("scores of real and of generated samples must have one shape, got {a} and {b}", a=str(one.shape), b=str(other.shape)))
    return one, other


def softplus(x: Array) -> Array:
    """Return log(1 + e^x), which does not overflow."""
    return np.logaddexp(0, x, dtype=x.dtype)


class LogisticCritic(AdversarialLoss):
    """A loss whose critic is a logistic regression of real against generated."""

    formula = r"\operatorname{sp}(-a) + \operatorname{sp}(b)"
    critic_pytorch = "F.softplus(-a) + F.softplus(b)"

    def _critic_value(self, a: Array, b: Array) -> Array:
        return softplus(-a) + softplus(b)

    def _critic_gradient(self, a: Array, b: Array) -> Pair:
        return -expit(-a), expit(b)

    def best_score(self, log_ratio: Array) -> Pair:
        """Return r itself: its sigmoid is the probability that a sample is real."""
        return log_ratio, np.ones_like(log_ratio)


class MinusScore(AdversarialLoss):
    """A loss whose generator raises the score of its samples."""

    generator_formula = "-b"
    generator_pytorch = "-b"

    def _generator_value(self, a: Array, b: Array) -> Array:
        return -b

    def _generator_gradient(self, a: Array, b: Array) -> Pair:
        return np.zeros_like(a), -np.ones_like(b)


@ADVERSARIAL_LOSSES.add("minimax")
@dataclass(frozen=True)
class Minimax(LogisticCritic):
    """Minimax: the generator maximises what the critic minimises, so its gradient fades where the critic is sure (it saturates)."""

    title = "Minimax"
    aliases = ("GAN", "saturating", "生成对抗网络")
    summary = "A game with sum 0. Where the critic is sure that a sample is generated, the generator is hardly pulled."
    generator_formula = r"-\operatorname{sp}(b)"
    reference = "Goodfellow et al., Generative Adversarial Nets, arXiv:1406.2661"
    generator_pytorch = "-F.softplus(b)"

    def _generator_value(self, a: Array, b: Array) -> Array:
        return -softplus(b)

    def _generator_gradient(self, a: Array, b: Array) -> Pair:
        return np.zeros_like(a), -expit(b)


@ADVERSARIAL_LOSSES.add("non_saturating")
@dataclass(frozen=True)
class NonSaturating(LogisticCritic):
    """The same critic, and a generator that maximises the probability that the critic is wrong."""

    title = "Non-saturating"
    aliases = ("NSGAN",)
    summary = "The pull is strongest where the critic is sure, so it never fades; it grows with the critic's slope."
    generator_formula = r"\operatorname{sp}(-b)"
    reference = "Goodfellow et al., Generative Adversarial Nets, arXiv:1406.2661, section 3"
    generator_pytorch = "F.softplus(-b)"

    def _generator_value(self, a: Array, b: Array) -> Array:
        return softplus(-b)

    def _generator_gradient(self, a: Array, b: Array) -> Pair:
        return np.zeros_like(a), -expit(-b)


@ADVERSARIAL_LOSSES.add("least_squares")
@dataclass(frozen=True)
class LeastSquares(AdversarialLoss):
    """Least squares: scores are drawn to codes, 1 for real samples, and 0 or -1 for generated ones. The generator draws its own to 1."""

    codes: str = choice("01", {"01": "0 and 1", "pm1": "−1 and 1"}, doc="The scores that generated and real samples are drawn to.")

    title = "Least squares"
    aliases = ("LSGAN",)
    summary = "A regression on codes: samples that the critic rates too high are pulled back, too. At a perfect critic the pull vanishes."
    formula = r"\tfrac12 (a - 1)^2 + \tfrac12 (b - c)^2,\quad c = 0 \text{ or } -1"
    generator_formula = r"\tfrac12 (b - 1)^2"
    reference = "Mao et al., Least Squares Generative Adversarial Networks, arXiv:1611.04076"
    critic_pytorch = "(a - 1) ** 2 / 2 + (b - {low}) ** 2 / 2"
    generator_pytorch = "(b - 1) ** 2 / 2"

    @property
    def low(self) -> int:
        """The code of generated samples."""
        return 0 if self.codes == "01" else -1

    def _critic_value(self, a: Array, b: Array) -> Array:
        return np.square(a - 1) / 2 + np.square(b - self.low) / 2

    def _critic_gradient(self, a: Array, b: Array) -> Pair:
        return a - 1, b - self.low

    def _generator_value(self, a: Array, b: Array) -> Array:
        return np.square(b - 1) / 2

    def _generator_gradient(self, a: Array, b: Array) -> Pair:
        return np.zeros_like(a), b - 1

    def best_score(self, log_ratio: Array) -> Pair:
        """Return the mean of the codes: σ(r) of the way from that of generated to that of real samples."""
        real = expit(log_ratio)
        return self.low + (1 - self.low) * real, (1 - self.low) * real * expit(-log_ratio)

    def in_pytorch(self) -> tuple[str, str]:
        """Return the two expressions in PyTorch with the code filled in."""
        return self.critic_pytorch.format(low=self.low), self.generator_pytorch


@ADVERSARIAL_LOSSES.add("hinge")
@dataclass(frozen=True)
class Hinge(MinusScore):
    """Hinge: the critic stops caring for samples beyond a margin of 1."""

    title = "Hinge"
    aliases = ("geometric GAN",)
    summary = "The critic learns from samples within its margin alone; the generator is pulled with the same force everywhere."
    formula = "(1 - a)_+ + (1 + b)_+"
    reference = "Lim and Ye, Geometric GAN, arXiv:1705.02894"
    critic_pytorch = "F.relu(1 - a) + F.relu(1 + b)"

    def _critic_value(self, a: Array, b: Array) -> Array:
        return np.maximum(1 - a, 0) + np.maximum(1 + b, 0)

    def _critic_gradient(self, a: Array, b: Array) -> Pair:
        return -(a < 1).astype(a.dtype), (b > -1).astype(b.dtype)

    def best_score(self, log_ratio: Array) -> Pair:
        """Return 1 where real samples are denser, else -1: a step, whose slope is 0 almost everywhere."""
        return np.where(log_ratio > 0, 1.0, -1.0), np.zeros_like(log_ratio)


@ADVERSARIAL_LOSSES.add("wasserstein")
@dataclass(frozen=True)
class Wasserstein(MinusScore):
    """Wasserstein: with a critic whose slope is at most 1, the mean of a - b is at most the distance that mass must travel. A penalty must hold the slope."""

    title = "Wasserstein"
    aliases = ("WGAN", "earth mover")
    summary = "The difference of the mean scores: without clipping or a gradient penalty scores grow without limit."
    formula = "b - a"
    reference = "Arjovsky, Chintala and Bottou, Wasserstein GAN, arXiv:1701.07875"
    critic_pytorch = "b - a"

    def _critic_value(self, a: Array, b: Array) -> Array:
        return b - a

    def _critic_gradient(self, a: Array, b: Array) -> Pair:
        return -np.ones_like(a), np.ones_like(b)


@ADVERSARIAL_LOSSES.add("relativistic")
@dataclass(frozen=True)
class Relativistic(AdversarialLoss):
    """Relativistic, of pairs: the critic says which of two samples is more real, and the generator wants the opposite."""

    title = "Relativistic"
    aliases = ("RGAN", "RpGAN")
    summary = "Only the difference of a real and a generated sample counts, so real samples can also lose: the pull does not end with a sure critic."
    formula = r"\operatorname{sp}(b - a)"
    generator_formula = r"\operatorname{sp}(a - b)"
    reference = "Jolicoeur-Martineau, The Relativistic Discriminator, arXiv:1807.00734"
    critic_pytorch = "F.softplus(b - a)"
    generator_pytorch = "F.softplus(a - b)"
    paired = True

    def _critic_value(self, a: Array, b: Array) -> Array:
        return softplus(b - a)

    def _critic_gradient(self, a: Array, b: Array) -> Pair:
        slope = expit(b - a)
        return -slope, slope

    def best_score(self, log_ratio: Array) -> Pair:
        """Return r: σ(r - r') is the probability that of a pair the first sample is the real one."""
        return log_ratio, np.ones_like(log_ratio)

    def _generator_value(self, a: Array, b: Array) -> Array:
        return softplus(a - b)

    def _generator_gradient(self, a: Array, b: Array) -> Pair:
        slope = expit(a - b)
        return slope, -slope

"""What keeps a critic from becoming too steep. A penalty goes with any adversarial loss."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry, real

Array = NDArray[Any]

#: where the slope of a critic is penalised: nowhere, at real samples, at points between a real and a generated sample
NOWHERE, AT_REAL, BETWEEN = "nowhere", "real", "between"


class CriticPenalty(Declared, ABC):
    """A function of the critic's slope g = ∇ₓD at some points, or a limit of its parameters.

    Slopes have shape (..., B, D). A strength may be an array (R, 1, 1): one value for each run of a stack.
    """

    #: the points whose slopes are penalised: NOWHERE, AT_REAL or BETWEEN
    place: ClassVar[str] = NOWHERE
    #: an expression in PyTorch of the penalty's mean, of the slopes `g` (B, D); empty: there is none
    pytorch: ClassVar[str] = ""

    def value(self, slopes: Array) -> Array:
        """Return the penalty at each point with its strength, (..., B)."""
        return np.zeros(slopes.shape[:-1], slopes.dtype)

    def gradient(self, slopes: Array) -> Array:
        """Return the derivative of `value` by the slopes, (..., B, D)."""
        return np.zeros_like(slopes)

    def limited(self, params: Array) -> Array:
        """Return the critic's parameters (..., P) after an update."""
        return params


CRITIC_PENALTIES: Registry[CriticPenalty] = Registry("critic penalty")


@CRITIC_PENALTIES.add("none")
@dataclass(frozen=True)
class NoCriticPenalty(CriticPenalty):
    """No penalty."""

    title = "None"
    summary = "The critic may become as steep as it likes."
    formula = "0"
    reference = "-"


@CRITIC_PENALTIES.add("clipping")
@dataclass(frozen=True)
class Clipping(CriticPenalty):
    """Weight clipping: after each update of the critic all its weights and biases are cut to [-c, c]."""

    limit: float = real(0.2, 0.01, 1.0, log=True, hard="(0, 100]", symbol="c", doc="The largest size of a weight or bias of the critic.")

    title = "Weight clipping"
    summary = "Limits the slope in a crude way, and is touchy: too small starves the generator, too large limits nothing."
    formula = r"w \leftarrow \min(\max(w, -c), c)"
    reference = "Arjovsky, Chintala and Bottou, Wasserstein GAN, arXiv:1701.07875"

    def limited(self, params: Array) -> Array:
        limit = np.asarray(self.limit)
        bound = limit if limit.ndim == 0 else limit[..., 0]  # columns (R, 1, 1) beside parameters (S, R, P)
        return np.clip(params, -bound, bound)


@CRITIC_PENALTIES.add("gradient_penalty")
@dataclass(frozen=True)
class GradientPenalty(CriticPenalty):
    """The gradient penalty at points x̂ = ε x + (1 - ε) x̃ between a real and a generated sample, ε uniform. At g = 0 its gradient is 0, as in PyTorch."""

    strength: float = real(0.3, 0.01, 10.0, log=True, hard="[0, 1e4]", symbol=r"\lambda", doc="How much a slope other than 1 costs. Papers take 10 for images.")

    title = "Gradient penalty"
    aliases = ("GP",)
    summary = "Draws the slope between real and generated samples to 1. With the Wasserstein loss it is WGAN-GP."
    formula = r"\lambda\, \mathrm{E}_{\hat x} (\|\nabla D(\hat x)\| - 1)^2"
    reference = "Gulrajani et al., Improved Training of Wasserstein GANs, arXiv:1704.00028"
    place = BETWEEN
    pytorch = "{strength} * ((g.norm(dim=-1) - 1) ** 2).mean()"

    def value(self, slopes: Array) -> Array:
        length = np.sqrt(np.vecdot(slopes, slopes)[..., None])
        return (self.strength * np.square(length - 1))[..., 0]

    def gradient(self, slopes: Array) -> Array:
        length = np.sqrt(np.vecdot(slopes, slopes)[..., None])
        return 2 * self.strength * (length - 1) * np.divide(slopes, length, out=np.zeros_like(slopes), where=length > 0)


@CRITIC_PENALTIES.add("r1")
@dataclass(frozen=True)
class R1(CriticPenalty):
    """Half the squared slope at real samples: where the critic meets the data, it has to be flat."""

    strength: float = real(0.1, 0.01, 10.0, log=True, hard="[0, 1e4]", symbol=r"\gamma", doc="How much a slope at real samples costs.")

    title = "R1"
    aliases = ("zero-centred gradient penalty",)
    summary = "Flattens the critic at the data, so that the game comes to rest there; it makes training converge near the equilibrium."
    formula = r"\tfrac{\gamma}{2}\, \mathrm{E}_x \|\nabla D(x)\|^2"
    reference = "Mescheder, Geiger and Nowozin, Which Training Methods for GANs do actually Converge?, arXiv:1801.04406"
    place = AT_REAL
    pytorch = "{strength} / 2 * (g ** 2).sum(dim=-1).mean()"

    def value(self, slopes: Array) -> Array:
        return (self.strength * np.vecdot(slopes, slopes)[..., None])[..., 0] / 2

    def gradient(self, slopes: Array) -> Array:
        return self.strength * slopes

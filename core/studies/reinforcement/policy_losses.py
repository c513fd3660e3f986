"""Losses of a policy, by its raw scores: cross-entropy of the actions that were taken, with the advantage for a weight, which may be negative.

Notation: π = softmax(s); A an advantage; r = π(a) / π_old(a) the ratio to the policy that acted. Libraries differ in the sign: here all losses are minimised.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry, real

Array = NDArray[Any]


def log_softmax(scores: Array) -> Array:
    """Return the logarithms of probabilities (..., A) of scores (..., A)."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    logs: Array = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return logs


def taken(values: Array, actions: Array) -> Array:
    """Return the entries (...) of values (..., A) at the actions (...)."""
    return np.take_along_axis(values, actions[..., None], axis=-1)[..., 0]


class PolicyLoss(Declared, ABC):
    """A loss of scores (..., A), the actions taken (...), their advantages (...), and the log-probabilities (...) that the acting policy gave them."""

    #: an expression in PyTorch of `log_pi` (B, A), `log_a` (B,) of the actions taken, `advantage` (B,) and `old` (B,), one number a row
    pytorch: ClassVar[str]

    @abstractmethod
    def value(self, scores: Array, actions: Array, advantages: Array, old: Array) -> Array:
        """Return the loss (...) of each step, never reduced."""

    @abstractmethod
    def gradient(self, scores: Array, actions: Array, advantages: Array, old: Array) -> Array:
        """Return the derivative (..., A) by the scores."""

    def in_pytorch(self) -> str:
        """Return the expression in PyTorch with this item's numbers filled in."""
        return self.pytorch


POLICY_LOSSES: Registry[PolicyLoss] = Registry("policy loss")


def weighted(weights: Array, scores: Array, actions: Array) -> Array:
    """Return w (π - onehot(a)), (..., A): the gradient of -w log π(a) by the scores."""
    slopes = np.exp(log_softmax(scores)) * weights[..., None]
    np.put_along_axis(slopes, actions[..., None], taken(slopes, actions)[..., None] - weights[..., None], axis=-1)
    return slopes


@POLICY_LOSSES.add("policy_gradient")
@dataclass(frozen=True)
class PolicyGradient(PolicyLoss):
    """The policy gradient's loss. Its gradient is what counts: its value falls and rises with the advantages, and is no score."""

    title = "Policy gradient"
    aliases = ("REINFORCE", "A2C policy loss")
    summary = "Raises the log-probability of an action by its advantage. Its value says nothing of how good the policy is: the return does."
    formula = r"-A \log \pi(a)"
    reference = "R. J. Williams, 1992, Simple statistical gradient-following algorithms, Machine Learning 8"
    pytorch = "-advantage * log_a"

    def value(self, scores: Array, actions: Array, advantages: Array, old: Array) -> Array:
        """Return -A log π(a)."""
        return -advantages * taken(log_softmax(scores), actions)

    def gradient(self, scores: Array, actions: Array, advantages: Array, old: Array) -> Array:
        """Return A (π - onehot(a))."""
        return weighted(advantages, scores, actions)


@POLICY_LOSSES.add("ppo")
@dataclass(frozen=True)
class Clipped(PolicyLoss):
    """PPO's clipped surrogate: a step is not pulled any further once its probability has changed by more than `clip` in the direction of its advantage."""

    title = "PPO's surrogate"
    aliases = ("clipped surrogate", "PPO clip")
    summary = "For several passes over one batch: the ratio of probabilities replaces the logarithm, and its pull ends at 1 ± ε."
    formula = r"-\min(r A,\ \operatorname{clip}(r, 1 - \varepsilon, 1 + \varepsilon) A)"
    reference = "J. Schulman et al., 2017, Proximal policy optimization algorithms, arXiv:1707.06347"
    pytorch = "-torch.minimum((log_a - old).exp() * advantage, (log_a - old).exp().clamp(1 - {clip}, 1 + {clip}) * advantage)"
    clip: float = real(0.2, 0.05, 0.5, step=0.05, hard="(0, 1)", symbol=r"\varepsilon", doc="How far a probability may change within one batch.")

    def value(self, scores: Array, actions: Array, advantages: Array, old: Array) -> Array:
        """Return -min(rA, clip(r)A)."""
        ratio = np.exp(taken(log_softmax(scores), actions) - old)
        return -np.minimum(ratio * advantages, np.clip(ratio, 1 - self.clip, 1 + self.clip) * advantages)

    def gradient(self, scores: Array, actions: Array, advantages: Array, old: Array) -> Array:
        """Return rA (π - onehot(a)), and 0 where (A > 0, r > 1 + ε) or (A < 0, r < 1 - ε)."""
        ratio = np.exp(taken(log_softmax(scores), actions) - old)
        ends = ((advantages > 0) & (ratio > 1 + self.clip)) | ((advantages < 0) & (ratio < 1 - self.clip))
        return weighted(np.where(ends, 0.0, ratio * advantages), scores, actions)

    def in_pytorch(self) -> str:
        """Return the expression in PyTorch with this item's numbers filled in."""
        return self.pytorch.format(clip=self.clip)


@POLICY_LOSSES.add("entropy")
@dataclass(frozen=True)
class EntropyBonus(PolicyLoss):
    """An entropy bonus: minus the entropy of the policy, which goes with another loss and keeps it from certainty."""

    title = "Entropy bonus"
    aliases = ("entropy regularization",)
    summary = "Pulls towards all actions being equally likely, whatever was taken and whatever it brought."
    formula = r"\beta \sum_a \pi(a) \log \pi(a)"
    reference = "R. J. Williams and J. Peng, 1991, Function optimization using connectionist reinforcement learning algorithms, Connection Science 3"
    pytorch = "{weight} * (log_pi.exp() * log_pi).sum(-1)"
    weight: float = real(0.01, 0.001, 1.0, log=True, hard="[0, 1e3]", symbol=r"\beta", doc="Weight of the bonus beside the loss of the policy.")

    def value(self, scores: Array, actions: Array, advantages: Array, old: Array) -> Array:
        """Return -βH(π)."""
        logs = log_softmax(scores)
        value: Array = self.weight * (np.exp(logs) * logs).sum(axis=-1)
        return value

    def gradient(self, scores: Array, actions: Array, advantages: Array, old: Array) -> Array:
        """Return βπ (log π + H)."""
        logs = log_softmax(scores)
        probabilities = np.exp(logs)
        return self.weight * probabilities * (logs - (probabilities * logs).sum(axis=-1, keepdims=True))

    def in_pytorch(self) -> str:
        """Return the expression in PyTorch with this item's numbers filled in."""
        return self.pytorch.format(weight=self.weight)

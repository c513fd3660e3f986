"""Losses of a value function: of a prediction v and a target that is made of predictions, so that it matters which of the two is differentiated.

Notation: δ = target - v is the TD error; sg(x) is x held constant.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry, real

Array = NDArray[Any]


class ValueLoss(Declared, ABC):
    """A loss of predictions and their targets, both of one shape (...), per transition and never reduced."""

    #: an expression in PyTorch of tensors `v` and `target`, in which `target.detach()` is held constant
    pytorch: ClassVar[str]

    @abstractmethod
    def value(self, v: Array, target: Array) -> Array:
        """Return the loss (...)."""

    @abstractmethod
    def gradient(self, v: Array, target: Array) -> Array:
        """Return the derivative (...) by the prediction."""

    def by_target(self, v: Array, target: Array) -> Array:
        """Return the derivative (...) by the target: 0 where it is held constant (a semi-gradient)."""
        return np.zeros_like(v)

    def in_pytorch(self) -> str:
        """Return the expression in PyTorch with this item's numbers filled in."""
        return self.pytorch


VALUE_LOSSES: Registry[ValueLoss] = Registry("value loss")


@VALUE_LOSSES.add("td")
@dataclass(frozen=True)
class SquaredTd(ValueLoss):
    """The squared TD error with the target held constant: no loss function has this gradient, and so it is called a semi-gradient."""

    title = "Squared TD error"
    aliases = ("semi-gradient TD",)
    summary = "Half the squared difference to a target that is held constant. Fast; with shared weights and states of another policy it can diverge."
    formula = r"\tfrac12\,(\operatorname{sg}(r + \gamma v') - v)^2"
    reference = "R. S. Sutton, 1988, Learning to predict by the methods of temporal differences, Machine Learning 3"
    pytorch = "0.5 * (target.detach() - v) ** 2"

    def value(self, v: Array, target: Array) -> Array:
        """Return ½δ²."""
        return 0.5 * (target - v) ** 2

    def gradient(self, v: Array, target: Array) -> Array:
        """Return -δ."""
        return v - target


@VALUE_LOSSES.add("huber_td")
@dataclass(frozen=True)
class HuberTd(ValueLoss):
    """Huber's loss of the TD error, with the target held constant: an error counts for at most `delta`."""

    title = "Huber TD error"
    aliases = ("clipped TD error", "smooth L1 TD")
    summary = "The pull of one transition is clipped. It shrugs off rare large rewards, and so learns another number than the mean where rewards are skewed."
    formula = r"\operatorname{Huber}_\kappa(\operatorname{sg}(r + \gamma v') - v)"
    reference = "V. Mnih et al., 2015, Human-level control through deep reinforcement learning, Nature 518"
    pytorch = "torch.nn.functional.huber_loss(v, target.detach(), reduction='none', delta={delta})"
    delta: float = real(1.0, 0.1, 5.0, step=0.1, hard="(0, 1e3]", symbol=r"\kappa", doc="The TD error from which on the pull grows no further.")

    def value(self, v: Array, target: Array) -> Array:
        """Return ½δ² up to κ, and κ(|δ| - κ/2) beyond."""
        size = np.abs(target - v)
        return np.where(size <= self.delta, 0.5 * size**2, self.delta * (size - 0.5 * self.delta))

    def gradient(self, v: Array, target: Array) -> Array:
        """Return -δ, clipped to ±κ."""
        return np.clip(v - target, -self.delta, self.delta)

    def in_pytorch(self) -> str:
        """Return the expression in PyTorch with this item's numbers filled in."""
        return self.pytorch.format(delta=self.delta)


@VALUE_LOSSES.add("residual")
@dataclass(frozen=True)
class Residual(ValueLoss):
    """The squared Bellman residual: the target is differentiated, too, so this is a true gradient. It is the naive one, of one next state."""

    title = "Bellman residual"
    aliases = ("residual gradient", "naive residual gradient")
    summary = "The squared TD error, differentiated through the target as well. It converges where TD diverges, and to wrong values where chance decides."
    formula = r"\tfrac12\,(r + \gamma v' - v)^2"
    reference = "L. Baird, 1995, Residual algorithms: reinforcement learning with function approximation, ICML"
    pytorch = "0.5 * (target - v) ** 2"

    def value(self, v: Array, target: Array) -> Array:
        """Return ½δ²."""
        return 0.5 * (target - v) ** 2

    def gradient(self, v: Array, target: Array) -> Array:
        """Return -δ."""
        return v - target

    def by_target(self, v: Array, target: Array) -> Array:
        """Return δ."""
        return target - v


@VALUE_LOSSES.add("value")
@dataclass(frozen=True)
class ReturnLoss(ValueLoss):
    """The value loss of an actor and critic: the critic is drawn to a return, or to a mixture of returns, with a weight of its own."""

    title = "Value loss"
    aliases = ("critic loss", "MSE of returns")
    summary = "Half the squared difference between a prediction and a return that was seen. With the weight it is added to the loss of the policy."
    formula = r"\tfrac{c}{2}\,(G - v)^2"
    reference = "V. Mnih et al., 2016, Asynchronous methods for deep reinforcement learning, arXiv:1602.01783"
    pytorch = "{weight} * torch.nn.functional.mse_loss(v, target.detach(), reduction='none') / 2"
    weight: float = real(1.0, 0.1, 2.0, step=0.1, hard="[0, 1e3]", symbol="c", doc="Weight of the loss beside that of the policy.")

    def value(self, v: Array, target: Array) -> Array:
        """Return cδ²/2."""
        return 0.5 * self.weight * (target - v) ** 2

    def gradient(self, v: Array, target: Array) -> Array:
        """Return -cδ."""
        return self.weight * (v - target)

    def in_pytorch(self) -> str:
        """Return the expression in PyTorch with this item's numbers filled in."""
        return self.pytorch.format(weight=self.weight)

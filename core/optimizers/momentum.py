"""Gradient descent: plain, and with a velocity (heavy ball, Nesterov)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.optimizers import fields
from core.optimizers.base import OPTIMIZERS, Array, Optimizer, State
from core.optimizers.slots import VELOCITY


@OPTIMIZERS.add("sgd")
@dataclass(frozen=True)
class SGD(Optimizer):
    """Gradient descent on the mini-batch's gradient."""

    title = "SGD"
    aliases = ("gradient descent", "GD", "随机梯度下降")
    summary = "Steps straight down the gradient: slow along a ravine, and the learning rate must suit the steepest direction."
    formula = r"\theta \leftarrow \theta - \eta\, g"
    reference = "Robbins and Monro, A Stochastic Approximation Method, Annals of Mathematical Statistics 22, 1951"
    pytorch = "torch.optim.SGD(params, lr={lr})"
    learning_rate = 0.1

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        return params - lr * grads, state


@OPTIMIZERS.add("momentum")
@dataclass(frozen=True)
class Momentum(Optimizer):
    """Heavy ball in PyTorch's form: the velocity sums gradients, the learning rate multiplies the velocity."""

    momentum: float = fields.momentum()

    title = "Momentum"
    aliases = ("heavy ball", "SGD with momentum", "动量")
    summary = "Sums past gradients into a velocity: it rolls through ravines and noise, and overshoots."
    formula = r"v \leftarrow \mu v + g,\quad \theta \leftarrow \theta - \eta\, v"
    reference = "Polyak, Some Methods of Speeding up the Convergence of Iteration Methods, 1964; form: Sutskever et al., ICML 2013"
    pytorch = "torch.optim.SGD(params, lr={lr}, momentum={momentum})"
    learning_rate = 0.03
    slots = (VELOCITY,)
    followed = VELOCITY.name

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        velocity = self.momentum * state["velocity"] + grads
        return params - lr * velocity, {"velocity": velocity}


@OPTIMIZERS.add("nesterov")
@dataclass(frozen=True)
class Nesterov(Optimizer):
    """Nesterov's accelerated gradient in PyTorch's form: the step uses g + mu v with the new velocity v."""

    momentum: float = fields.momentum()

    title = "Nesterov"
    aliases = ("NAG", "accelerated gradient")
    summary = "Momentum that looks ahead: it takes the gradient as if the velocity had already been followed, so it overshoots less."
    formula = r"v \leftarrow \mu v + g,\quad \theta \leftarrow \theta - \eta\,(g + \mu v)"
    reference = "Nesterov, A Method of Solving a Convex Programming Problem with Convergence Rate O(1/k²), 1983; form: Sutskever et al., ICML 2013"
    pytorch = "torch.optim.SGD(params, lr={lr}, momentum={momentum}, nesterov=True)"
    learning_rate = 0.03
    slots = (VELOCITY,)

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        velocity = self.momentum * state["velocity"] + grads
        return params - lr * (grads + self.momentum * velocity), {"velocity": velocity}

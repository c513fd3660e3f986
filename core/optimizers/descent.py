"""Variants of gradient descent: with decoupled weight decay (SGDW), and with an average of the parameters (ASGD)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.optimizers import fields
from core.optimizers.base import OPTIMIZERS, Array, Optimizer, State
from core.optimizers.slots import AVERAGE, VELOCITY
from core.parameters import integer, real


@OPTIMIZERS.add("sgdw")
@dataclass(frozen=True)
class SGDW(Optimizer):
    """Momentum with decoupled weight decay θ (1 - η λ), in AdamW's convention and with PyTorch's velocity, which the learning rate multiplies.

    The paper's velocity holds the learning rates of its time, and its λ, multiplied by the schedule's factor alone, is our η λ.
    """

    momentum: float = fields.momentum()
    weight_decay: float = fields.weight_decay(0.01)

    title = "SGDW"
    aliases = ("SGD with weight decay",)
    summary = "Momentum that shrinks the parameters themselves: decay does not pile up in the velocity. Without momentum it is L2, of biases too."
    formula = r"v \leftarrow \mu v + g,\quad \theta \leftarrow (1 - \eta\lambda)\,\theta - \eta\, v"
    reference = "Loshchilov and Hutter, Decoupled Weight Decay Regularization, algorithm 1, arXiv:1711.05101"
    learning_rate = 0.03
    slots = (VELOCITY,)
    followed = VELOCITY.name

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        velocity = self.momentum * state["velocity"] + grads
        return params * (1 - lr * self.weight_decay) - lr * velocity, {"velocity": velocity}


@OPTIMIZERS.add("asgd")
@dataclass(frozen=True)
class ASGD(Optimizer):
    """PyTorch's ASGD: the parameters are those of the descent, and their average is kept beside them, in the state, as PyTorch's `ax`.

    Losses are therefore those of the descent: λ and α change them, t0 changes the average alone. Unlike PyTorch's, where a new learning
    rate is felt one update late, an update uses its own.
    """

    lambd: float = real(1e-4, 0.0, 0.1, hard="[0, inf)", symbol=r"\lambda", doc="L2 decay, which also sets how fast the learning rate falls.")
    alpha: float = real(0.75, 0.5, 1.0, hard="[0, inf)", symbol=r"\alpha", doc="Power with which the learning rate falls.")
    t0: int = integer(1_000_000, 1, 1_000_000, log=True, hard="[0, 1e9]", symbol="t_0", doc="Updates after which the average begins; it moves no parameter.")

    title = "ASGD"
    aliases = ("averaged SGD", "Polyak averaging")
    summary = "Gradient descent whose rate falls slowly; the average that it keeps beside is not what is drawn, its parameters are."
    formula = (
        r"\eta_t = \frac{\eta}{(1 + \lambda \eta (t-1))^\alpha},\ \theta \leftarrow (1 - \lambda \eta_t)\,\theta - \eta_t\, g,\ "
        r"\bar\theta \leftarrow \bar\theta + \frac{\theta - \bar\theta}{\max(1, t - 1 - t_0)}"
    )
    reference = "Polyak and Juditsky, Acceleration of Stochastic Approximation by Averaging, SIAM J. Control Optim. 30, 1992; form: Bottou, COMPSTAT 2010"
    pytorch = "torch.optim.ASGD(params, lr={lr}, lambd={lambd}, alpha={alpha}, t0={t0})"
    learning_rate = 0.1
    slots = (AVERAGE,)

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        eta = lr / (1 + self.lambd * lr * (step - 1)) ** self.alpha
        moved = params * (1 - self.lambd * eta) - eta * grads
        count = np.maximum(np.ones_like(params[..., :1]), step - 1 - self.t0)
        return moved, {"average": state["average"] + (moved - state["average"]) / count}

"""Rules that step by the sign of the gradient, whatever its size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.optimizers import fields
from core.optimizers.base import OPTIMIZERS, Array, Optimizer, State
from core.optimizers.slots import MEAN, PREVIOUS, STEP_SIZE
from core.parameters import real


@OPTIMIZERS.add("sign_descent")
@dataclass(frozen=True)
class SignDescent(Optimizer):
    """signSGD, the paper's algorithm 1; a gradient of exactly 0 moves nothing."""

    title = "Sign descent"
    aliases = ("signSGD",)
    summary = "Steps by η in every parameter, up or down: the size of the gradient does not matter, and it never settles but jumps by η."
    formula = r"\theta \leftarrow \theta - \eta\, \operatorname{sign}(g)"
    reference = "Bernstein et al., signSGD: Compressed Optimisation for Non-Convex Problems, arXiv:1802.04434"
    learning_rate = 1e-3

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        return params - lr * np.sign(grads), state


@OPTIMIZERS.add("lion")
@dataclass(frozen=True)
class Lion(Optimizer):
    """Lion as the paper's algorithm 2, with its decoupled decay θ (1 - η λ). The paper's learning rates are 3 to 10 times below AdamW's."""

    beta1: float = real(0.9, 0.0, 0.99, hard="[0, 0.999999]", symbol=r"\beta_1", doc="Share of the mean gradient, against the current one, in the step.")
    beta2: float = real(0.99, 0.0, 0.999, hard="[0, 0.999999]", symbol=r"\beta_2", doc="Share of the mean gradient that is kept at each update.")
    weight_decay: float = fields.weight_decay()

    title = "Lion"
    aliases = ("evolved sign momentum",)
    summary = "The sign of a momentum in which the current gradient counts for more than the memory keeps of it: equal steps in all parameters."
    formula = (
        r"\theta \leftarrow (1 - \eta\lambda)\,\theta - \eta\, \operatorname{sign}(\beta_1 m + (1-\beta_1) g),\quad "
        r"m \leftarrow \beta_2 m + (1-\beta_2) g"
    )
    reference = "Chen et al., Symbolic Discovery of Optimization Algorithms, arXiv:2302.06675"
    learning_rate = 1e-3
    slots = (MEAN,)

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        direction = np.sign(self.beta1 * state["m"] + (1 - self.beta1) * grads)
        m = self.beta2 * state["m"] + (1 - self.beta2) * grads
        return params * (1 - lr * self.weight_decay) - lr * direction, {"m": m}


@OPTIMIZERS.add("rprop")
@dataclass(frozen=True)
class Rprop(Optimizer):
    """Rprop in PyTorch's form (iRprop-: after a change of sign a parameter rests, it is not taken back). It is made for full batches.

    The learning rate is the first step size and no more, as in PyTorch: a schedule changes nothing after the first update.
    """

    eta_minus: float = real(0.5, 0.1, 0.9, hard="(0, 1)", symbol=r"\eta_-", doc="What a step size is multiplied by where the gradient has changed its sign.")
    eta_plus: float = real(1.2, 1.01, 2.0, hard="(1, inf)", symbol=r"\eta_+", doc="What a step size is multiplied by where the gradient has kept its sign.")
    step_min: float = real(1e-6, 1e-8, 1e-3, log=True, hard="(0, inf)", symbol=r"\delta_{\min}", doc="The smallest step size.")
    step_max: float = real(50.0, 0.5, 100.0, log=True, hard="(0, inf)", symbol=r"\delta_{\max}", doc="The largest step size.")

    title = "Rprop"
    aliases = ("resilient propagation",)
    summary = "A step size for each parameter: it grows while the gradient keeps its sign, and shrinks when it turns. Use full batches."
    formula = (
        r"\delta \leftarrow \begin{cases} \min(\eta_+ \delta, \delta_{\max}) & g\, g_{\text{prev}} > 0 \\ "
        r"\max(\eta_- \delta, \delta_{\min}),\ g \leftarrow 0 & g\, g_{\text{prev}} < 0 \end{cases},\quad "
        r"\theta \leftarrow \theta - \delta \operatorname{sign}(g),\quad g_{\text{prev}} \leftarrow g"
    )
    reference = "Riedmiller and Braun, A Direct Adaptive Method for Faster Backpropagation Learning, ICNN 1993; form: Igel and Hüsken, 2000"
    pytorch = "torch.optim.Rprop(params, lr={lr}, etas=({eta_minus}, {eta_plus}), step_sizes=({step_min}, {step_max}))"
    learning_rate = 1e-2
    slots = (PREVIOUS, STEP_SIZE)

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        size = np.full_like(params, lr) if step == 1 else state["step_size"]
        agree = np.sign(grads) * np.sign(state["previous"])
        size = np.where(agree > 0, self.eta_plus * size, np.where(agree < 0, self.eta_minus * size, size))
        size = np.clip(size, self.step_min, self.step_max)
        kept = np.where(agree < 0, 0, grads)
        return params - size * np.sign(kept), {"previous": kept, "step_size": size}

"""Rules that scale each parameter's step by the history of its own gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.optimizers import fields
from core.optimizers.base import OPTIMIZERS, Array, Optimizer, State
from core.optimizers.slots import MEAN_GRADIENT, MEAN_SQUARE, MEAN_SQUARE_STEP, SUM, VELOCITY
from core.parameters import boolean, real


@OPTIMIZERS.add("adagrad")
@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Adagrad; the accumulator starts at 0 and eps is outside the root, as in PyTorch."""

    eps: float = fields.eps(1e-10)

    title = "Adagrad"
    summary = "Divides by the root of all squared gradients so far: rare features keep large steps, and every step shrinks."
    formula = r"a \leftarrow a + g^2,\quad \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt a + \epsilon}"
    reference = "Duchi, Hazan and Singer, Adaptive Subgradient Methods, JMLR 12, 2011"
    pytorch = "torch.optim.Adagrad(params, lr={lr}, eps={eps})"
    learning_rate = 0.03
    slots = (SUM,)
    divisor = SUM

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        total = state["sum"] + grads * grads
        return params - lr * grads / (np.sqrt(total) + self.eps), {"sum": total}


@OPTIMIZERS.add("adadelta")
@dataclass(frozen=True)
class Adadelta(Optimizer):
    """Adadelta; eps is inside both roots, as in the paper and in PyTorch. The paper's learning rate is 1."""

    rho: float = real(0.9, 0.5, 0.999, hard="[0, 1)", symbol=r"\rho", doc="Share of both running means that is kept at each update.")
    eps: float = fields.eps(1e-6)

    title = "Adadelta"
    summary = "Replaces the learning rate by the size of its own recent steps: nothing to tune, and slow to start."
    formula = (
        r"a \leftarrow \rho a + (1-\rho) g^2,\ \Delta = \sqrt{\frac{d+\epsilon}{a+\epsilon}}\, g,\ "
        r"d \leftarrow \rho d + (1-\rho)\Delta^2,\ \theta \leftarrow \theta - \eta\Delta"
    )
    reference = "Zeiler, ADADELTA: An Adaptive Learning Rate Method, arXiv:1212.5701"
    pytorch = "torch.optim.Adadelta(params, lr={lr}, rho={rho}, eps={eps})"
    learning_rate = 1.0
    slots = (MEAN_SQUARE, MEAN_SQUARE_STEP)
    divisor = MEAN_SQUARE

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        square = self.rho * state["mean_square"] + (1 - self.rho) * (grads * grads)
        delta = np.sqrt((state["mean_square_step"] + self.eps) / (square + self.eps)) * grads
        steps = self.rho * state["mean_square_step"] + (1 - self.rho) * (delta * delta)
        return params - lr * delta, {"mean_square": square, "mean_square_step": steps}


@OPTIMIZERS.add("rmsprop")
@dataclass(frozen=True)
class RMSprop(Optimizer):
    """RMSprop; eps outside the root and no bias correction, as in PyTorch."""

    alpha: float = fields.alpha()
    eps: float = fields.eps(1e-8)

    title = "RMSprop"
    summary = "Adagrad that forgets: it divides by the root of a running mean of squared gradients, so steps do not die out."
    formula = r"a \leftarrow \alpha a + (1-\alpha) g^2,\quad \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt a + \epsilon}"
    reference = "Tieleman and Hinton, Neural Networks for Machine Learning, lecture 6.5, 2012"
    pytorch = "torch.optim.RMSprop(params, lr={lr}, alpha={alpha}, eps={eps})"
    learning_rate = 1e-3
    slots = (MEAN_SQUARE,)
    divisor = MEAN_SQUARE

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        square = self.alpha * state["mean_square"] + (1 - self.alpha) * (grads * grads)
        return params - lr * grads / (np.sqrt(square) + self.eps), {"mean_square": square}


@OPTIMIZERS.add("rmsprop_momentum")
@dataclass(frozen=True)
class RMSpropMomentum(Optimizer):
    """RMSprop whose scaled gradients are summed into a velocity, as in PyTorch; `centered` divides by the standard deviation instead.

    Graves adds eps inside the root, and his velocity holds the learning rate. The variance is kept from falling below 0 by rounding,
    where PyTorch's root would be NaN.
    """

    alpha: float = fields.alpha()
    eps: float = fields.eps(1e-8)
    momentum: float = fields.momentum()
    centered: bool = boolean(False, doc="Whether the squared mean gradient is taken off the mean squared gradient, which leaves the variance.")

    title = "RMSprop with momentum"
    summary = "Momentum on gradients that are already scaled; centred, it takes long steps where gradients agree, whatever their size."
    formula = (
        r"a \leftarrow \alpha a + (1-\alpha) g^2,\ v \leftarrow \mu v + \frac{g}{\sqrt a + \epsilon},\ \theta \leftarrow \theta - \eta\, v;\ "
        r"\text{centred: } \bar g \leftarrow \alpha \bar g + (1-\alpha) g,\ \sqrt{a - \bar g^2} \text{ for } \sqrt a"
    )
    reference = "Graves, Generating Sequences with Recurrent Neural Networks, section 4.2, arXiv:1308.0850"
    pytorch = "torch.optim.RMSprop(params, lr={lr}, alpha={alpha}, eps={eps}, momentum={momentum}, centered={centered})"
    learning_rate = 1e-3
    slots = (MEAN_SQUARE, MEAN_GRADIENT, VELOCITY)
    followed = VELOCITY.name

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        square = self.alpha * state["mean_square"] + (1 - self.alpha) * (grads * grads)
        mean = self.alpha * state["mean"] + (1 - self.alpha) * grads if self.centered else state["mean"]
        spread = np.maximum(square - mean * mean, 0) if self.centered else square
        velocity = self.momentum * state["velocity"] + grads / (np.sqrt(spread) + self.eps)
        return params - lr * velocity, {"mean_square": square, "mean": mean, "velocity": velocity}

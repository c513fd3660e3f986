"""Adam and its family: steps along a mean of gradients, divided by the size of recent gradients."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from core.optimizers import fields
from core.optimizers.base import OPTIMIZERS, Array, Optimizer, State
from core.optimizers.slots import DEVIATION, LARGEST, LARGEST_SQUARE, MEAN, MOMENTA, SQUARE, Slot
from core.parameters import real


class MomentRule(Optimizer):
    """A rule on running means of the gradient (m) and of its square or size (v or u)."""

    learning_rate: ClassVar[float] = 1e-3
    slots: ClassVar[tuple[Slot, ...]] = (MEAN, SQUARE)
    corrected: ClassVar[Mapping[str, str]] = MappingProxyType({"m": "beta1", "v": "beta2"})
    followed: ClassVar[str] = MEAN.name
    divisor: ClassVar[Slot | None] = SQUARE

    # declared by every rule of the family
    beta1: float
    beta2: float
    eps: float

    def _moments(self, grads: Array, state: State) -> tuple[Array, Array]:
        """Return m = β1 m + (1 - β1) g and v = β2 v + (1 - β2) g²."""
        m = self.beta1 * state["m"] + (1 - self.beta1) * grads
        v = self.beta2 * state["v"] + (1 - self.beta2) * (grads * grads)
        return m, v

    def _step(self, m: Array, v: Array, step: int, lr: Any) -> Array:
        """Return η m̂ / (sqrt(v̂) + eps), where m̂ = m / (1 - β1^t) and v̂ = v / (1 - β2^t) correct the start at 0."""
        v_hat = v / (1 - self.beta2**step)
        return lr / (1 - self.beta1**step) * m / (np.sqrt(v_hat) + self.eps)

    @abstractmethod
    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]: ...


@OPTIMIZERS.add("adam")
@dataclass(frozen=True)
class Adam(MomentRule):
    """Adam; eps is added after the bias correction of v, as in the paper's algorithm 1 and in PyTorch."""

    beta1: float = fields.beta1()
    beta2: float = fields.beta2()
    eps: float = fields.eps(1e-8)

    title = "Adam"
    aliases = ("adaptive moments", "自适应矩估计")
    summary = "Momentum divided by the root of the mean squared gradient, both corrected for starting at 0: steps of about η."
    formula = (
        r"m \leftarrow \beta_1 m + (1-\beta_1) g,\ v \leftarrow \beta_2 v + (1-\beta_2) g^2,\ "
        r"\theta \leftarrow \theta - \eta\, \frac{m/(1-\beta_1^t)}{\sqrt{v/(1-\beta_2^t)} + \epsilon}"
    )
    reference = "Kingma and Ba, Adam: A Method for Stochastic Optimization, arXiv:1412.6980"
    pytorch = "torch.optim.Adam(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps})"

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        m, v = self._moments(grads, state)
        return params - self._step(m, v, step, lr), {"m": m, "v": v}


@OPTIMIZERS.add("adamw")
@dataclass(frozen=True)
class AdamW(MomentRule):
    """Adam with decoupled weight decay θ (1 - η λ), as in PyTorch; the paper's λ is multiplied by the schedule's factor alone, and is our η λ."""

    beta1: float = fields.beta1()
    beta2: float = fields.beta2()
    eps: float = fields.eps(1e-8)
    weight_decay: float = fields.weight_decay(0.01)

    title = "AdamW"
    aliases = ("Adam with weight decay", "decoupled decay")
    summary = "Adam that shrinks the parameters themselves rather than through the gradient, so the decay is not rescaled."
    formula = r"\theta \leftarrow (1 - \eta\lambda)\,\theta,\ \text{then Adam's step}"
    reference = "Loshchilov and Hutter, Decoupled Weight Decay Regularization, arXiv:1711.05101"
    pytorch = "torch.optim.AdamW(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps}, weight_decay={weight_decay})"

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        m, v = self._moments(grads, state)
        return params * (1 - lr * self.weight_decay) - self._step(m, v, step, lr), {"m": m, "v": v}


@OPTIMIZERS.add("amsgrad")
@dataclass(frozen=True)
class AMSGrad(MomentRule):
    """AMSGrad in PyTorch's form: the maximum is over the uncorrected v, and is bias-corrected afterwards; the paper corrects nothing.

    The decay is decoupled, as AdamW's: AMSGradW.
    """

    beta1: float = fields.beta1()
    beta2: float = fields.beta2()
    eps: float = fields.eps(1e-8)
    weight_decay: float = fields.weight_decay()

    title = "AMSGrad"
    aliases = ("AMSGradW",)
    summary = "Adam that never forgets its largest squared gradient: apart from the correction of the start, steps cannot grow back."
    formula = (
        r"m, v \text{ as Adam},\ \bar v \leftarrow \max(\bar v, v),\ "
        r"\theta \leftarrow (1 - \eta\lambda)\,\theta - \eta\, \frac{m/(1-\beta_1^t)}{\sqrt{\bar v/(1-\beta_2^t)} + \epsilon}"
    )
    reference = "Reddi, Kale and Kumar, On the Convergence of Adam and Beyond, arXiv:1904.09237"
    pytorch = "torch.optim.AdamW(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps}, weight_decay={weight_decay}, amsgrad=True)"
    slots = (MEAN, SQUARE, LARGEST_SQUARE)
    divisor = LARGEST_SQUARE
    corrected = MappingProxyType({"m": "beta1", "v_max": "beta2"})

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        m, v = self._moments(grads, state)
        v_max = np.maximum(state["v_max"], v)
        return params * (1 - lr * self.weight_decay) - self._step(m, v_max, step, lr), {"m": m, "v": v, "v_max": v_max}


@OPTIMIZERS.add("adamax")
@dataclass(frozen=True)
class Adamax(MomentRule):
    """Adamax; eps is inside the maximum, max(β2 u, |g| + eps), as in PyTorch."""

    beta1: float = fields.beta1()
    beta2: float = fields.beta2()
    eps: float = fields.eps(1e-8)

    title = "Adamax"
    aliases = ("Adam, infinity norm",)
    summary = "Adam with the largest recent gradient in place of the root mean square: a single spike shortens steps for long."
    formula = (
        r"m \leftarrow \beta_1 m + (1-\beta_1) g,\ u \leftarrow \max(\beta_2 u, |g| + \epsilon),\ "
        r"\theta \leftarrow \theta - \frac{\eta}{1-\beta_1^t}\,\frac{m}{u}"
    )
    reference = "Kingma and Ba, Adam: A Method for Stochastic Optimization, section 7.1, arXiv:1412.6980"
    pytorch = "torch.optim.Adamax(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps})"
    learning_rate = 2e-3
    slots = (MEAN, LARGEST)
    divisor = LARGEST
    corrected = MappingProxyType({"m": "beta1"})

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        m = self.beta1 * state["m"] + (1 - self.beta1) * grads
        u = np.maximum(self.beta2 * state["u"], np.abs(grads) + self.eps)
        return params - lr / (1 - self.beta1**step) * (m / u), {"m": m, "u": u}


@OPTIMIZERS.add("nadam")
@dataclass(frozen=True)
class NAdam(MomentRule):
    """NAdam with PyTorch's momentum schedule μ_t = β1 (1 - 0.5 · 0.96^(t ψ)) and its running product.

    The decay is decoupled, as AdamW's: NAdamW.
    """

    beta1: float = fields.beta1()
    beta2: float = fields.beta2()
    eps: float = fields.eps(1e-8)
    momentum_decay: float = real(0.004, 0.0, 0.1, hard="[0, inf)", symbol=r"\psi", doc="How fast the momentum warms up to β1.")
    weight_decay: float = fields.weight_decay()

    title = "NAdam"
    aliases = ("Nesterov Adam", "NAdamW")
    summary = "Adam with Nesterov's look-ahead: the current gradient counts once more in the mean."
    formula = (
        r"\theta \leftarrow (1 - \eta\lambda)\,\theta - \eta "
        r"\left(\frac{\mu_{t+1} m}{1-\prod_{i \le t+1}\mu_i} + \frac{(1-\mu_t) g}{1-\prod_{i \le t}\mu_i}\right) "
        r"\Big/ \left(\sqrt{\frac{v}{1-\beta_2^t}} + \epsilon\right)"
    )
    reference = "Dozat, Incorporating Nesterov Momentum into Adam, ICLR Workshop 2016"
    pytorch = (
        "torch.optim.NAdam(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps}, momentum_decay={momentum_decay}, "
        "weight_decay={weight_decay}, decoupled_weight_decay=True)"
    )
    learning_rate = 2e-3
    slots = (MEAN, SQUARE, MOMENTA)
    corrected = MappingProxyType({"v": "beta2"})
    followed = ""

    def init(self, params: Array) -> State:
        """Return zeros for m and v, and the running product of the momenta, of shape (..., 1), which starts at 1."""
        return super().init(params) | {"mu_product": np.ones_like(params[..., :1])}

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        m, v = self._moments(grads, state)
        mu = self.beta1 * (1 - 0.5 * 0.96 ** (step * self.momentum_decay))
        mu_next = self.beta1 * (1 - 0.5 * 0.96 ** ((step + 1) * self.momentum_decay))
        product = state["mu_product"] * mu
        m_hat = mu_next / (1 - product * mu_next) * m + (1 - mu) / (1 - product) * grads
        v_hat = v / (1 - self.beta2**step)
        return params * (1 - lr * self.weight_decay) - lr * m_hat / (np.sqrt(v_hat) + self.eps), {"m": m, "v": v, "mu_product": product}


@OPTIMIZERS.add("radam")
@dataclass(frozen=True)
class RAdam(MomentRule):
    """Rectified Adam in PyTorch's form: adapted from ρ > 5 on (the paper: 4), eps added to the uncorrected root (the paper has none).

    The decay is decoupled, as AdamW's: RAdamW.
    """

    beta1: float = fields.beta1()
    beta2: float = fields.beta2()
    eps: float = fields.eps(1e-8)
    weight_decay: float = fields.weight_decay()

    title = "RAdam"
    aliases = ("rectified Adam",)
    summary = "Adam with a warm-up of its own: plain momentum until enough squared gradients are averaged, then ever bolder scaling."
    formula = (
        r"\rho_\infty = \tfrac{2}{1-\beta_2} - 1,\ \rho = \rho_\infty - \tfrac{2 t \beta_2^t}{1-\beta_2^t},\ "
        r"\theta \leftarrow (1 - \eta\lambda)\,\theta - \eta\, \frac{m}{1-\beta_1^t} \begin{cases} "
        r"\sqrt{\frac{(\rho-4)(\rho-2)\rho_\infty}{(\rho_\infty-4)(\rho_\infty-2)\rho}}\, \frac{\sqrt{1-\beta_2^t}}{\sqrt v + \epsilon} & \rho > 5 \\ "
        r"1 & \text{else} \end{cases}"
    )
    reference = "Liu et al., On the Variance of the Adaptive Learning Rate and Beyond, arXiv:1908.03265"
    pytorch = "torch.optim.RAdam(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps}, weight_decay={weight_decay}, decoupled_weight_decay=True)"

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        m, v = self._moments(grads, state)
        beta2 = np.asarray(self.beta2, np.float64)  # rho is a small difference of large numbers: single precision is not enough
        corrected = 1 - beta2**step
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * step * beta2**step / corrected
        rho, rho_inf = np.maximum(length, 5), np.maximum(longest, 5)  # up to 5 nothing is rectified: any finite root will do
        rectified = np.sqrt(corrected * (rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho)).astype(v.dtype)
        divisor = np.where(length > 5, (np.sqrt(v) + self.eps) / rectified, 1)
        return params * (1 - lr * self.weight_decay) - lr / (1 - self.beta1**step) * m / divisor, {"m": m, "v": v}


@OPTIMIZERS.add("adabelief")
@dataclass(frozen=True)
class AdaBelief(MomentRule):
    """AdaBelief as the paper's algorithm 2: eps is added to s at each update, so that it piles up to eps / (1 - β2), and again to the root.

    With β1 = 0 the mean is the gradient itself, nothing is left to divide by but eps, and steps explode.
    """

    beta1: float = fields.beta1()
    beta2: float = fields.beta2()
    eps: float = fields.eps(1e-8)
    weight_decay: float = fields.weight_decay()

    title = "AdaBelief"
    summary = "Adam that divides by how far gradients stray from their mean: bold where they agree, cautious where they are noisy."
    formula = (
        r"m \text{ as Adam},\ s \leftarrow \beta_2 s + (1-\beta_2) (g - m)^2 + \epsilon,\ "
        r"\theta \leftarrow (1 - \eta\lambda)\,\theta - \eta\, \frac{m/(1-\beta_1^t)}{\sqrt{s/(1-\beta_2^t)} + \epsilon}"
    )
    reference = "Zhuang et al., AdaBelief Optimizer: Adapting Stepsizes by the Belief in Observed Gradients, arXiv:2010.07468"
    slots = (MEAN, DEVIATION)
    divisor = DEVIATION
    corrected = MappingProxyType({"m": "beta1", "s": "beta2"})

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        m = self.beta1 * state["m"] + (1 - self.beta1) * grads
        s = self.beta2 * state["s"] + (1 - self.beta2) * (grads - m) ** 2 + self.eps
        return params * (1 - lr * self.weight_decay) - self._step(m, s, step, lr), {"m": m, "s": s}


@OPTIMIZERS.add("yogi")
@dataclass(frozen=True)
class Yogi(MomentRule):
    """Yogi as the paper's algorithm 2: m and v start at 0 and are not corrected for it. Optax and TensorFlow correct both, from v = 1e-6 on."""

    beta1: float = fields.beta1()
    beta2: float = fields.beta2()
    eps: float = fields.eps(1e-3)

    title = "Yogi"
    summary = "Adam whose mean square moves by what the gradient adds, not towards it: steps cannot suddenly grow when gradients fade."
    formula = (
        r"m \text{ as Adam},\ v \leftarrow v - (1-\beta_2)\, \operatorname{sign}(v - g^2)\, g^2,\ "
        r"\theta \leftarrow \theta - \eta\, \frac{m}{\sqrt v + \epsilon}"
    )
    reference = "Zaheer, Reddi, Sachan, Kale and Kumar, Adaptive Methods for Nonconvex Optimization, NeurIPS 2018"
    learning_rate = 1e-2
    corrected = MappingProxyType({})

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        square = grads * grads
        m = self.beta1 * state["m"] + (1 - self.beta1) * grads
        v = state["v"] - (1 - self.beta2) * np.sign(state["v"] - square) * square
        return params - lr * m / (np.sqrt(v) + self.eps), {"m": m, "v": v}

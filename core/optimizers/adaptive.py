"""Rules that scale each parameter's step by the history of its own gradients."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.optimizers.base import OPTIMIZERS, Array, Optimizer, State
from core.parameters import real


def _eps(default: float) -> Any:
    return real(default, 1e-10, 1e-3, log=True, hard="(0, inf)", symbol=r"\epsilon", doc="Keeps the division finite where the gradients were 0.")


def _beta1() -> Any:
    return real(0.9, 0.0, 0.99, hard="[0, 0.999999]", symbol=r"\beta_1", doc="Share of the mean gradient that is kept at each update.")


def _beta2() -> Any:
    return real(0.999, 0.9, 0.9999, hard="[0, 0.999999]", symbol=r"\beta_2", doc="Share of the mean squared gradient that is kept at each update.")


@OPTIMIZERS.add("adagrad")
@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Adagrad; the accumulator starts at 0 and eps is outside the root, as in PyTorch."""

    eps: float = _eps(1e-10)

    title = "Adagrad"
    summary = "Divides by the root of all squared gradients so far: rare features keep large steps, and every step shrinks."
    formula = r"a \leftarrow a + g^2,\quad \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt a + \epsilon}"
    reference = "Duchi, Hazan and Singer, Adaptive Subgradient Methods, JMLR 12, 2011"
    pytorch = "torch.optim.Adagrad(params, lr={lr}, eps={eps})"
    learning_rate = 0.03
    slots = ("sum",)

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        total = state["sum"] + grads * grads
        return params - lr * grads / (np.sqrt(total) + self.eps), {"sum": total}


@OPTIMIZERS.add("adadelta")
@dataclass(frozen=True)
class Adadelta(Optimizer):
    """Adadelta; eps is inside both roots, as in the paper and in PyTorch. The paper's learning rate is 1."""

    rho: float = real(0.9, 0.5, 0.999, hard="[0, 1)", symbol=r"\rho", doc="Share of both running means that is kept at each update.")
    eps: float = _eps(1e-6)

    title = "Adadelta"
    summary = "Replaces the learning rate by the size of its own recent steps: nothing to tune, and slow to start."
    formula = (
        r"a \leftarrow \rho a + (1-\rho) g^2,\ \Delta = \sqrt{\frac{d+\epsilon}{a+\epsilon}}\, g,\ "
        r"d \leftarrow \rho d + (1-\rho)\Delta^2,\ \theta \leftarrow \theta - \eta\Delta"
    )
    reference = "Zeiler, ADADELTA: An Adaptive Learning Rate Method, arXiv:1212.5701"
    pytorch = "torch.optim.Adadelta(params, lr={lr}, rho={rho}, eps={eps})"
    learning_rate = 1.0
    slots = ("mean_square", "mean_square_step")

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        square = self.rho * state["mean_square"] + (1 - self.rho) * (grads * grads)
        delta = np.sqrt((state["mean_square_step"] + self.eps) / (square + self.eps)) * grads
        steps = self.rho * state["mean_square_step"] + (1 - self.rho) * (delta * delta)
        return params - lr * delta, {"mean_square": square, "mean_square_step": steps}


@OPTIMIZERS.add("rmsprop")
@dataclass(frozen=True)
class RMSprop(Optimizer):
    """RMSprop; eps outside the root and no bias correction, as in PyTorch."""

    alpha: float = real(0.99, 0.5, 0.999, hard="[0, 1)", symbol=r"\alpha", doc="Share of the mean squared gradient that is kept at each update.")
    eps: float = _eps(1e-8)

    title = "RMSprop"
    summary = "Adagrad that forgets: it divides by the root of a running mean of squared gradients, so steps do not die out."
    formula = r"a \leftarrow \alpha a + (1-\alpha) g^2,\quad \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt a + \epsilon}"
    reference = "Tieleman and Hinton, Neural Networks for Machine Learning, lecture 6.5, 2012"
    pytorch = "torch.optim.RMSprop(params, lr={lr}, alpha={alpha}, eps={eps})"
    learning_rate = 1e-3
    slots = ("mean_square",)

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        square = self.alpha * state["mean_square"] + (1 - self.alpha) * (grads * grads)
        return params - lr * grads / (np.sqrt(square) + self.eps), {"mean_square": square}


class MomentRule(Optimizer):
    """A rule on running means of the gradient (m) and of its square or size (v or u)."""

    learning_rate: ClassVar[float] = 1e-3
    slots: ClassVar[tuple[str, ...]] = ("m", "v")

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

    beta1: float = _beta1()
    beta2: float = _beta2()
    eps: float = _eps(1e-8)

    title = "Adam"
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


@OPTIMIZERS.add("amsgrad")
@dataclass(frozen=True)
class AMSGrad(MomentRule):
    """AMSGrad in PyTorch's form: the maximum is over the uncorrected v, and is bias-corrected afterwards."""

    beta1: float = _beta1()
    beta2: float = _beta2()
    eps: float = _eps(1e-8)

    title = "AMSGrad"
    summary = "Adam that never forgets its largest squared gradient, so that steps cannot grow back: it mends a proof of Adam's."
    formula = (
        r"m, v \text{ as Adam},\ \bar v \leftarrow \max(\bar v, v),\ "
        r"\theta \leftarrow \theta - \eta\, \frac{m/(1-\beta_1^t)}{\sqrt{\bar v/(1-\beta_2^t)} + \epsilon}"
    )
    reference = "Reddi, Kale and Kumar, On the Convergence of Adam and Beyond, arXiv:1904.09237"
    pytorch = "torch.optim.Adam(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps}, amsgrad=True)"
    slots = ("m", "v", "v_max")

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        m, v = self._moments(grads, state)
        v_max = np.maximum(state["v_max"], v)
        return params - self._step(m, v_max, step, lr), {"m": m, "v": v, "v_max": v_max}


@OPTIMIZERS.add("adamax")
@dataclass(frozen=True)
class Adamax(MomentRule):
    """Adamax; eps is inside the maximum, max(β2 u, |g| + eps), as in PyTorch."""

    beta1: float = _beta1()
    beta2: float = _beta2()
    eps: float = _eps(1e-8)

    title = "Adamax"
    summary = "Adam with the largest recent gradient in place of the root mean square: a single spike shortens steps for long."
    formula = (
        r"m \leftarrow \beta_1 m + (1-\beta_1) g,\ u \leftarrow \max(\beta_2 u, |g| + \epsilon),\ "
        r"\theta \leftarrow \theta - \frac{\eta}{1-\beta_1^t}\,\frac{m}{u}"
    )
    reference = "Kingma and Ba, Adam: A Method for Stochastic Optimization, section 7.1, arXiv:1412.6980"
    pytorch = "torch.optim.Adamax(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps})"
    learning_rate = 2e-3
    slots = ("m", "u")

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        m = self.beta1 * state["m"] + (1 - self.beta1) * grads
        u = np.maximum(self.beta2 * state["u"], np.abs(grads) + self.eps)
        return params - lr / (1 - self.beta1**step) * (m / u), {"m": m, "u": u}


@OPTIMIZERS.add("nadam")
@dataclass(frozen=True)
class NAdam(MomentRule):
    """NAdam with PyTorch's momentum schedule μ_t = β1 (1 - 0.5 · 0.96^(t ψ)) and its running product."""

    beta1: float = _beta1()
    beta2: float = _beta2()
    eps: float = _eps(1e-8)
    momentum_decay: float = real(0.004, 0.0, 0.1, hard="[0, inf)", symbol=r"\psi", doc="How fast the momentum warms up to β1.")

    title = "NAdam"
    summary = "Adam with Nesterov's look-ahead: the current gradient counts once more in the mean."
    formula = (
        r"\theta \leftarrow \theta - \eta "
        r"\left(\frac{\mu_{t+1} m}{1-\prod_{i \le t+1}\mu_i} + \frac{(1-\mu_t) g}{1-\prod_{i \le t}\mu_i}\right) "
        r"\Big/ \left(\sqrt{\frac{v}{1-\beta_2^t}} + \epsilon\right)"
    )
    reference = "Dozat, Incorporating Nesterov Momentum into Adam, ICLR Workshop 2016"
    pytorch = "torch.optim.NAdam(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps}, momentum_decay={momentum_decay})"
    learning_rate = 2e-3

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
        return params - lr * m_hat / (np.sqrt(v_hat) + self.eps), {"m": m, "v": v, "mu_product": product}


@OPTIMIZERS.add("adamw")
@dataclass(frozen=True)
class AdamW(MomentRule):
    """Adam with decoupled weight decay θ (1 - η λ) of every parameter, biases included, as PyTorch's default."""

    beta1: float = _beta1()
    beta2: float = _beta2()
    eps: float = _eps(1e-8)
    weight_decay: float = real(
        0.01, 0.0, 0.5, hard="[0, inf)", symbol=r"\lambda", doc="Share of each parameter, times the learning rate, that is taken away at each update."
    )

    title = "AdamW"
    summary = "Adam that shrinks the parameters themselves rather than through the gradient, so the decay is not rescaled."
    formula = r"\theta \leftarrow (1 - \eta\lambda)\,\theta,\ \text{then Adam's step}"
    reference = "Loshchilov and Hutter, Decoupled Weight Decay Regularization, arXiv:1711.05101"
    pytorch = "torch.optim.AdamW(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps}, weight_decay={weight_decay})"

    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        m, v = self._moments(grads, state)
        return params * (1 - lr * self.weight_decay) - self._step(m, v, step, lr), {"m": m, "v": v}

"""The models: scores as a function of packed parameters, and the gradient by these parameters."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from core.parameters import Declared, Registry, choice, integers

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Dropout:
    """The dropout of one update.

    `masks`: for each hidden layer an array (S, R, B, H) of 0 (dropped) or 1 / keep. `keep` (R, 1, 1): 1 - rate.
    As in PyTorch, units are scaled in training, and not at evaluation. Source: Srivastava et al., JMLR 15, 2014.
    """

    masks: tuple[Array, ...]
    keep: Array


class Model(Declared, ABC):
    """Dense layers with one activation.

    Parameters are one packed array (..., P): the weight matrices of all layers first, then all biases.
    The leading axes are a stack of independent networks. Inputs `X` have shape (..., B, D) and broadcast against the stack.
    """

    @property
    @abstractmethod
    def widths(self) -> tuple[int, ...]:
        """The number of units of each hidden layer, from the input on."""

    @property
    @abstractmethod
    def nonlinearity(self) -> str:
        """The activation of the hidden units: relu, tanh or sigmoid."""

    def sizes(self, n_features: int, n_outputs: int) -> tuple[int, ...]:
        """Return the number of units of each layer, input and output included."""
        return (n_features, *self.widths, n_outputs)

    def n_weights(self, n_features: int, n_outputs: int) -> int:
        """Return the number of weights, W. The first W packed parameters are weights, the others are biases."""
        return sum(a * b for a, b in pairwise(self.sizes(n_features, n_outputs)))

    def n_params(self, n_features: int, n_outputs: int) -> int:
        """Return the number of parameters, P."""
        return self.n_weights(n_features, n_outputs) + sum(self.sizes(n_features, n_outputs)[1:])

    def init(self, rng: np.random.Generator, n_features: int, n_outputs: int) -> Array:
        """Return initial parameters (P,): biases are 0, weights are uniform around 0.

        Their variance is He's, 2/fan-in, before a relu, else Glorot's, 2/(fan-in + fan-out). Sources: arXiv:1502.01852; Glorot and Bengio, AISTATS 2010.
        """
        params = np.zeros(self.n_params(n_features, n_outputs))
        layers = list(self.unpack(params, n_features))
        for i, (weights, _) in enumerate(layers):
            before_relu = self.nonlinearity == "relu" and i < len(layers) - 1
            variance = 2 / weights.shape[0] if before_relu else 2 / sum(weights.shape)
            weights[...] = rng.uniform(-1, 1, weights.shape) * math.sqrt(3 * variance)
        return params

    def unpack(self, params: Array, n_features: int) -> Iterator[tuple[Array, Array]]:
        """Yield the weights (..., fan-in, fan-out) and biases (..., 1, fan-out) of each layer, as views."""
        stack = params.shape[:-1]
        for weights, shape, bias in _layout(n_features, self.widths, params.shape[-1]):
            yield params[..., weights].reshape(stack + shape), params[..., None, bias]

    def dropout(self, rates: Array, rows: int, rngs: Sequence[np.random.Generator], dtype: str) -> Dropout:
        """Return the dropout of an update on `rows` rows. `rates` (R, 1, 1). `rngs`: one for each seed; all runs of a seed share its draws."""
        draws = np.stack([rng.random((rows, sum(self.widths))) for rng in rngs])[:, None]
        keep = 1 - rates
        masks = ((draws >= rates) / keep).astype(dtype)
        return Dropout(tuple(np.split(masks, np.cumsum(self.widths)[:-1], axis=-1)), keep.astype(dtype))

    def limit_norms(self, params: Array, n_features: int, limits: Array) -> None:
        """Shorten, in place, the vector of incoming weights of each unit to at most `limits` (..., 1, 1)."""
        for weights, _ in self.unpack(params, n_features):
            norms = np.sqrt(np.square(weights).sum(axis=-2, keepdims=True))
            weights *= np.divide(limits, norms, out=np.ones_like(norms), where=norms > limits)

    def forward(self, params: Array, X: Array, dropout: Dropout | None = None) -> tuple[Array, list[Array]]:
        """Return the scores (..., B, K), and the inputs of all layers, which `backward` needs.

        Scores are stored class by class in memory, because numpy is slow at reductions over a short last axis.
        """
        *hidden, last = self.unpack(params, X.shape[-1])
        inputs = [X]
        for weights, bias in hidden:
            units = inputs[-1] @ weights
            units += bias
            units = self._activate(units)
            if dropout is not None:
                units *= dropout.masks[len(inputs) - 1]
            inputs.append(units)
        weights, bias = last
        scores = np.matmul(weights.mT, inputs[-1].mT).mT
        scores += bias
        return scores, inputs

    def backward(self, params: Array, inputs: list[Array], dscores: Array, out: Array | None = None, dropout: Dropout | None = None) -> Array:
        """Return the gradient by the parameters (..., P). `dscores` (..., B, K): the gradient by the scores. `out`: the array to write it into."""
        grads = np.empty_like(params) if out is None else out
        ones = np.ones((1, dscores.shape[-2]), dscores.dtype)  # a product with ones sums over rows three times as fast as numpy's sum
        layers = zip(self.unpack(params, inputs[0].shape[-1]), self.unpack(grads, inputs[0].shape[-1]), inputs, strict=True)
        delta = dscores
        for i, ((weights, _), (dweights, dbias), layer_input) in reversed(list(enumerate(layers))):
            np.matmul(layer_input.mT, delta, out=dweights)
            np.matmul(ones, delta, out=dbias)
            if i > 0:
                delta = delta @ weights.mT
                delta *= self._derivative(layer_input if dropout is None else layer_input * dropout.keep)
                if dropout is not None:
                    delta *= dropout.masks[i - 1]
        return grads

    def input_gradient(self, params: Array, inputs: list[Array], dscores: Array) -> tuple[Array, list[Array]]:
        """Return the gradient by the inputs, (..., B, D), and the gradients by the sums of all layers, which `penalty_backward` needs.

        `inputs`: of `forward`, without dropout. `dscores` (..., B, K): the gradient by the scores. With u_L = dscores it is u_i = φ'(s_i) ⊙ (u_{i+1} W_{i+1}ᵀ)
        for the sums s_i of layer i, and u_1 W_1ᵀ for the inputs.
        """
        layers = list(self.unpack(params, inputs[0].shape[-1]))
        slopes = [dscores]
        for (weights, _), activated in zip(layers[:0:-1], inputs[:0:-1], strict=True):
            slope = slopes[-1] @ weights.mT
            slope *= self._derivative(activated)
            slopes.append(slope)
        return slopes[-1] @ layers[0][0].mT, slopes[::-1]

    def penalty_backward(self, params: Array, inputs: list[Array], slopes: list[Array], direction: Array) -> Array:
        """Return the gradient (..., P) by the parameters of a function of the gradient by the inputs, with `dscores` held fixed (double backward).

        `inputs`, `slopes`: of `forward` and `input_gradient`. `direction` (..., B, D): the derivative q of the function by the gradient by the inputs.
        With the tangents t_0 = q, t_i = φ'(s_i) ⊙ (t_{i-1} W_i) it is dW_i = t_{i-1}ᵀ u_i, and for an activation with curvature what goes back from
        φ''(s_i) ⊙ (t_{i-1} W_i) ⊙ (u_{i+1} W_{i+1}ᵀ). Source: the derivative of a directional derivative, Pearlmutter, Neural Computation 6, 1994.
        """
        grads = np.zeros_like(params)
        layers = list(self.unpack(params, inputs[0].shape[-1]))
        dlayers = list(self.unpack(grads, inputs[0].shape[-1]))
        tangent, sums = direction, []
        for i, ((weights, _), (dweights, _)) in enumerate(zip(layers, dlayers, strict=True)):
            np.matmul(tangent.mT, slopes[i], out=dweights)
            if i + 1 < len(layers):
                sums.append(tangent @ weights)
                tangent = sums[-1] * self._derivative(inputs[i + 1])
        if self.nonlinearity in ("tanh", "sigmoid"):
            delta: Array | None = None
            for i in range(len(layers) - 2, -1, -1):
                above, activated = layers[i + 1][0].mT, inputs[i + 1]
                curved = self._curvature(activated) * sums[i] * (slopes[i + 1] @ above)
                delta = curved if delta is None else curved + (delta @ above) * self._derivative(activated)
                dweights, dbias = dlayers[i]
                dweights += inputs[i].mT @ delta
                dbias += delta.sum(axis=-2, keepdims=True)
        return grads

    def _activate(self, units: Array) -> Array:
        """Return the activation of `units`, computed in place."""
        match self.nonlinearity:
            case "relu":  # a product with the mask is twice as fast as numpy's maximum
                return np.multiply(units, (units > 0).astype(units.dtype), out=units)
            case "tanh":
                return np.tanh(units, out=units)
            case _:
                return expit(units, out=units)

    def _derivative(self, activated: Array) -> Array:
        """Return the derivative of the activation, from its value. That of relu at 0 is 0, as in PyTorch."""
        match self.nonlinearity:
            case "relu":
                return (activated > 0).astype(activated.dtype)
            case "tanh":
                return 1 - activated * activated
            case _:
                return activated * (1 - activated)

    def _curvature(self, activated: Array) -> Array:
        """Return the second derivative of tanh or of the sigmoid, from its value."""
        slope = self._derivative(activated)
        return -2 * activated * slope if self.nonlinearity == "tanh" else slope * (1 - 2 * activated)


@lru_cache(maxsize=64)
def _layout(n_features: int, widths: tuple[int, ...], n_params: int) -> tuple[tuple[slice, tuple[int, int], slice], ...]:
    """Return the layout of the packed parameters: for each layer the slice and the shape of its weights, and the slice of its biases."""
    hidden = (n_features, *widths)
    fixed = sum(a * b for a, b in pairwise(hidden)) + sum(widths)
    sizes = (*hidden, (n_params - fixed) // (hidden[-1] + 1))
    layers, start, bias = [], 0, sum(a * b for a, b in pairwise(sizes))
    for fan_in, fan_out in pairwise(sizes):
        end = start + fan_in * fan_out
        layers.append((slice(start, end), (fan_in, fan_out), slice(bias, bias + fan_out)))
        start, bias = end, bias + fan_out
    return tuple(layers)


MODELS: Registry[Model] = Registry("model")


@MODELS.add("linear")
@dataclass(frozen=True)
class Linear(Model):
    """One affine map. The loss makes it linear, logistic or softmax regression, or a linear support vector machine."""

    title = "Linear"
    summary = "One weight a feature and output. The loss decides what it is: linear, logistic or softmax regression, or a linear SVM."
    formula = "s = x W + b"
    reference = "Nelder and Wedderburn, Generalized Linear Models, JRSS A 135, 1972"
    widths = ()
    nonlinearity = "none"


@MODELS.add("mlp")
@dataclass(frozen=True)
class MLP(Model):
    """A multilayer perceptron."""

    hidden: tuple[int, ...] = integers(
        (64,), 1, 256, hard="[1, 1024]", shortest=1, longest=4, label="Hidden layers", doc="Units of each hidden layer, from the input on."
    )
    activation: str = choice("relu", ("relu", "tanh", "sigmoid"), doc="What each hidden unit does to its sum.")

    title = "Neural network (MLP)"
    summary = "Layers of units, each a weighted sum through a nonlinearity: boundaries and curves of any shape."
    formula = r"s = \phi(x W_1 + b_1) W_2 + b_2"
    reference = "Rumelhart, Hinton and Williams, Learning Representations by Back-propagating Errors, Nature 323, 1986"

    @property
    def widths(self) -> tuple[int, ...]:
        """Numbers of hidden units."""
        return self.hidden

    @property
    def nonlinearity(self) -> str:
        """The activation."""
        return self.activation

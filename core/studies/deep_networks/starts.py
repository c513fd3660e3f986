"""The initialisations: from what the weights of a layer are drawn. Biases begin at 0."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry, real

Array = NDArray[Any]


class Start(Declared, ABC):
    """A way to draw the weights of a layer. Starts of one kind draw the same numbers, and scale them by theirs."""

    @abstractmethod
    def drawn(self, rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        """Return weights (fan-in, fan-out)."""


STARTS: Registry[Start] = Registry("initialisation")


@STARTS.add("scale")
@dataclass(frozen=True)
class Scale(Start):
    """Normal numbers of one standard deviation, whatever the width of the layer."""

    scale: float = real(
        0.01, 0.001, 1.0, hard="(0, 10]", stops=(0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1.0), symbol=r"\sigma", label="Scale",
        doc="Standard deviation of each weight.",
    )  # fmt: skip

    title = "Normal, by scale"
    summary = "One standard deviation for all layers: too small, and what a layer passes on shrinks; too large, and it grows or saturates."
    formula = r"\mathcal{N}(0, \sigma^2)"
    reference = "Glorot and Bengio, AISTATS 2010, who show what it does in deep networks"

    def drawn(self, rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        """Return σ times normal numbers."""
        return self.scale * rng.standard_normal((fan_in, fan_out))


@STARTS.add("glorot")
@dataclass(frozen=True)
class Glorot(Start):
    """Uniform numbers whose variance is a compromise between what goes forward and what goes back."""

    title = "Glorot"
    summary = "Keeps the variance through layers whose activation is a straight line near 0, as tanh is."
    formula = r"\mathrm{Var} = \frac{2}{n_{in} + n_{out}}"
    reference = "Glorot and Bengio, AISTATS 2010; torch.nn.init.xavier_uniform_"

    def drawn(self, rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        """Return uniform numbers around 0 of variance 2 / (fan-in + fan-out)."""
        return rng.uniform(-1, 1, (fan_in, fan_out)) * math.sqrt(6 / (fan_in + fan_out))


@STARTS.add("he")
@dataclass(frozen=True)
class He(Start):
    """Uniform numbers whose variance makes up for the half that ReLU takes away."""

    title = "He"
    summary = "Keeps the size of what goes forward through layers of ReLU."
    formula = r"\mathrm{Var} = \frac{2}{n_{in}}"
    reference = "He, Zhang, Ren and Sun, arXiv:1502.01852; torch.nn.init.kaiming_uniform_ for relu"

    def drawn(self, rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        """Return uniform numbers around 0 of variance 2 / fan-in."""
        return rng.uniform(-1, 1, (fan_in, fan_out)) * math.sqrt(6 / fan_in)


@STARTS.add("orthogonal")
@dataclass(frozen=True)
class Orthogonal(Start):
    """A random rotation, scaled: no direction grows or shrinks more than another."""

    gain: float = real(
        1.4, 0.5, 2.0, step=0.1, hard="(0, 10]", symbol="g", label="Gain", doc="Factor of the rotation: 1 for tanh; about √2 for ReLU, which halves.",
    )  # fmt: skip

    title = "Orthogonal"
    summary = "A random rotation times a gain: every direction keeps its length, so that gradients neither fan out nor die in some of them."
    formula = r"g\, Q,\quad Q^T Q = I"
    reference = "Saxe, McClelland and Ganguli, arXiv:1312.6120; torch.nn.init.orthogonal_"

    def drawn(self, rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        """Return g Q, Q with orthonormal columns, or rows if there are fewer of them."""
        tall = rng.standard_normal((max(fan_in, fan_out), min(fan_in, fan_out)))
        q, r = np.linalg.qr(tall)
        q *= np.sign(np.diag(r))  # without it rotations are not drawn evenly
        return self.gain * (q if fan_in >= fan_out else q.T)

"""Schedules of the learning rate: a factor as a function of the progress of a training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry, integer, real

Array = NDArray[Any]


class Schedule(Declared, ABC):
    """A factor of the learning rate for each update, from the progress p = updates done / all updates, 0 <= p < 1."""

    @abstractmethod
    def factor(self, progress: Array) -> Array:
        """Return the factor, of the shape of `progress`."""


SCHEDULES: Registry[Schedule] = Registry("schedule")


@SCHEDULES.add("constant")
@dataclass(frozen=True)
class Constant(Schedule):
    """The learning rate as it is."""

    title = "Constant"
    summary = "The same learning rate throughout."
    formula = "1"
    reference = "-"

    def factor(self, progress: Array) -> Array:
        return np.ones_like(progress)


@SCHEDULES.add("step")
@dataclass(frozen=True)
class Step(Schedule):
    """PyTorch's `StepLR` with equal steps over the training."""

    drops: int = integer(2, 1, 10, hard="[1, 100]", doc="How many times the rate drops, at equal distances.")
    drop: float = real(0.1, 0.01, 0.9, hard="(0, 1]", symbol=r"\gamma", doc="What the rate is multiplied by at each drop.")

    title = "Step"
    summary = "Stays, then drops by a factor, a few times."
    formula = r"\gamma^{\lfloor p\,(n+1) \rfloor}"
    reference = "PyTorch, torch.optim.lr_scheduler.StepLR"

    def factor(self, progress: Array) -> Array:
        # rounded up by a hair: 29/100 * 100 is below 29 in floating point, and the drop would come an update late
        return self.drop ** np.floor(progress * (self.drops + 1) + 1e-12)


@SCHEDULES.add("exponential")
@dataclass(frozen=True)
class Exponential(Schedule):
    """Falls by the same share at each update, PyTorch's `ExponentialLR`, given by where it ends."""

    final: float = real(0.01, 1e-4, 1.0, log=True, hard="(0, 1]", doc="The factor at the end of the training.")

    title = "Exponential"
    summary = "Falls by the same share at each update."
    formula = r"f^{\,p}"
    reference = "PyTorch, torch.optim.lr_scheduler.ExponentialLR"

    def factor(self, progress: Array) -> Array:
        return self.final**progress


@SCHEDULES.add("cosine")
@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine from 1 to the final factor, without restarts: PyTorch's `CosineAnnealingLR`."""

    final: float = real(0.0, 0.0, 1.0, hard="[0, 1]", doc="The factor at the end of the training.")

    title = "Cosine"
    summary = "Stays high at first, falls in the middle, and lands softly."
    formula = r"f + (1 - f)\,\tfrac12 (1 + \cos \pi p)"
    reference = "Loshchilov and Hutter, SGDR, arXiv:1608.03983"

    def factor(self, progress: Array) -> Array:
        return self.final + (1 - self.final) * (1 + np.cos(np.pi * progress)) / 2


@SCHEDULES.add("inverse_time")
@dataclass(frozen=True)
class InverseTime(Schedule):
    """1 / (1 + k p), the decay under which stochastic gradient descent provably converges."""

    decay: float = real(9.0, 0.1, 100.0, log=True, hard="[0, inf)", symbol="k", doc="The rate ends at 1 / (1 + k).")

    title = "Inverse time"
    summary = "Falls fast at first, then ever more slowly."
    formula = r"\frac{1}{1 + k p}"
    reference = "Robbins and Monro, A Stochastic Approximation Method, Annals of Mathematical Statistics 22, 1951"

    def factor(self, progress: Array) -> Array:
        return 1 / (1 + self.decay * progress)


@SCHEDULES.add("warmup_cosine")
@dataclass(frozen=True)
class WarmupCosine(Schedule):
    """Rises linearly from 1% to 1 over the warm-up, then half a cosine to 0."""

    warmup: float = real(0.1, 0.01, 0.5, hard="(0, 1)", symbol="w", doc="Share of the training that the rise takes.")

    title = "Warm-up, then cosine"
    summary = "Rises linearly while the running means of adaptive rules settle, then falls as a cosine to 0."
    formula = r"0.01 + 0.99\,p/w \text{ if } p < w,\ \text{else } \tfrac12 \left(1 + \cos \pi \tfrac{p - w}{1 - w}\right)"
    reference = "Goyal et al., arXiv:1706.02677; Loshchilov and Hutter, arXiv:1608.03983"

    def factor(self, progress: Array) -> Array:
        rise = 0.01 + 0.99 * progress / self.warmup
        fall = (1 + np.cos(np.pi * (progress - self.warmup) / (1 - self.warmup))) / 2
        return np.where(progress < self.warmup, rise, fall)

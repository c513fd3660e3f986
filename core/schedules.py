"""The schedules: factors of the learning rate as functions of the progress of a training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry, choice, integer, real

Array = NDArray[Any]
#: part of the seed of `Random`, so that its draws differ from all other draws with the same seed
_RANDOM_FACTORS = 0x5EED


class Schedule(Declared, ABC):
    """A factor of the learning rate for each update. Progress is p = updates done / all updates, 0 <= p < 1."""

    @abstractmethod
    def factor(self, progress: Array, epochs: int) -> Array:
        """Return the factors, of the shape of `progress`. `epochs`: the length of the training."""


SCHEDULES: Registry[Schedule] = Registry("schedule")


@SCHEDULES.add("constant")
@dataclass(frozen=True)
class Constant(Schedule):
    """The learning rate as it is."""

    title = "Constant"
    summary = "The same learning rate throughout."
    formula = "1"
    reference = "-"

    def factor(self, progress: Array, epochs: int) -> Array:
        return np.ones_like(progress)


@SCHEDULES.add("step")
@dataclass(frozen=True)
class Step(Schedule):
    """PyTorch's `StepLR` with equal steps over the training."""

    drops: int = integer(2, 1, 10, hard="[1, 100]", doc="How many times the rate drops, at equal distances.")
    drop: float = real(0.1, 0.01, 0.9, hard="(0, 1]", symbol=r"\gamma", doc="What the rate is multiplied by at each drop.")

    title = "Step"
    aliases = ("StepLR", "step decay")
    summary = "Stays, then drops by a factor, a few times."
    formula = r"\gamma^{\lfloor p\,(n+1) \rfloor}"
    reference = "PyTorch, torch.optim.lr_scheduler.StepLR"

    def factor(self, progress: Array, epochs: int) -> Array:
        # 1e-12 makes up for rounding: 29/100 * 100 is below 29 in floating point, and the drop would come one update late
        return self.drop ** np.floor(progress * (self.drops + 1) + 1e-12)


@SCHEDULES.add("exponential")
@dataclass(frozen=True)
class Exponential(Schedule):
    """Falls by the same share at each update, PyTorch's `ExponentialLR`, given by where it ends."""

    final: float = real(0.01, 1e-4, 1.0, log=True, hard="(0, 1]", doc="The factor at the end of the training.")

    title = "Exponential"
    aliases = ("ExponentialLR",)
    summary = "Falls by the same share at each update."
    formula = r"f^{\,p}"
    reference = "PyTorch, torch.optim.lr_scheduler.ExponentialLR"

    def factor(self, progress: Array, epochs: int) -> Array:
        return self.final**progress


@SCHEDULES.add("cosine")
@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine from 1 to the final factor, without restarts: PyTorch's `CosineAnnealingLR`."""

    final: float = real(0.0, 0.0, 1.0, hard="[0, 1]", doc="The factor at the end of the training.")

    title = "Cosine"
    aliases = ("cosine annealing", "余弦退火")
    summary = "Stays high at first, falls in the middle, and lands softly."
    formula = r"f + (1 - f)\,\tfrac12 (1 + \cos \pi p)"
    reference = "Loshchilov and Hutter, SGDR, arXiv:1608.03983"

    def factor(self, progress: Array, epochs: int) -> Array:
        return self.final + (1 - self.final) * (1 + np.cos(np.pi * progress)) / 2


@SCHEDULES.add("cosine_restarts")
@dataclass(frozen=True)
class CosineRestarts(Schedule):
    """PyTorch's `CosineAnnealingWarmRestarts`, given by the number of cycles: the last one ends with the training."""

    cycles: int = integer(3, 1, 6, hard="[1, 12]", symbol="n", doc="How many cycles the training has.")
    growth: int = integer(2, 1, 3, hard="[1, 4]", symbol="m", doc="How many times longer each cycle is than the one before it, PyTorch's T_mult.")
    final: float = real(0.0, 0.0, 1.0, hard="[0, 1]", doc="The factor at the end of each cycle.")

    title = "Cosine with restarts"
    aliases = ("SGDR", "warm restarts")
    summary = "Cosines one after the other, each from the full rate: a restart may leave a poor minimum, and costs a while."
    formula = r"f + (1 - f)\,\tfrac12 (1 + \cos \pi q),\quad q = \text{share done of the current of } n \text{ cycles, each } m \text{ times longer}"
    reference = "Loshchilov and Hutter, SGDR, arXiv:1608.03983"

    def factor(self, progress: Array, epochs: int) -> Array:
        lengths = float(self.growth) ** np.arange(self.cycles)
        lengths /= lengths.sum()
        starts = np.cumsum(lengths) - lengths
        # 1e-12 makes up for rounding, which would delay a restart by one update
        cycle = np.searchsorted(starts, progress + 1e-12, side="right") - 1
        return self.final + (1 - self.final) * (1 + np.cos(np.pi * (progress - starts[cycle]) / lengths[cycle])) / 2


@SCHEDULES.add("polynomial")
@dataclass(frozen=True)
class Polynomial(Schedule):
    """PyTorch's `PolynomialLR` over the whole training: to 0, linearly where the power is 1."""

    power: float = real(1.0, 0.5, 4.0, hard="(0, inf)", symbol="k", doc="1 falls evenly; more falls faster at first, less faster at the end.")

    title = "Polynomial"
    aliases = ("PolynomialLR", "linear decay")
    summary = "Falls to 0 as a power of the share of the training that is left."
    formula = r"(1 - p)^k"
    reference = "PyTorch, torch.optim.lr_scheduler.PolynomialLR; Chen et al., DeepLab, arXiv:1606.00915"

    def factor(self, progress: Array, epochs: int) -> Array:
        return (1 - progress) ** self.power


@SCHEDULES.add("inverse_time")
@dataclass(frozen=True)
class InverseTime(Schedule):
    """1 / (1 + k p), the decay under which stochastic gradient descent provably converges."""

    decay: float = real(9.0, 0.1, 100.0, log=True, hard="[0, inf)", symbol="k", doc="The rate ends at 1 / (1 + k).")

    title = "Inverse time"
    aliases = ("1/t decay",)
    summary = "Falls fast at first, then ever more slowly."
    formula = r"\frac{1}{1 + k p}"
    reference = "Robbins and Monro, A Stochastic Approximation Method, Annals of Mathematical Statistics 22, 1951"

    def factor(self, progress: Array, epochs: int) -> Array:
        return 1 / (1 + self.decay * progress)


@SCHEDULES.add("warmup_cosine")
@dataclass(frozen=True)
class WarmupCosine(Schedule):
    """Rises linearly from 1% to 1 over the warm-up, then half a cosine to 0."""

    warmup: float = real(0.1, 0.01, 0.5, hard="(0, 1)", symbol="w", doc="Share of the training that the rise takes.")

    title = "Warm-up, then cosine"
    aliases = ("warmup", "预热")
    summary = "Rises linearly while the running means of adaptive rules settle, then falls as a cosine to 0."
    formula = r"0.01 + 0.99\,p/w \text{ if } p < w,\ \text{else } \tfrac12 \left(1 + \cos \pi \tfrac{p - w}{1 - w}\right)"
    reference = "Goyal et al., arXiv:1706.02677; Loshchilov and Hutter, arXiv:1608.03983"

    def factor(self, progress: Array, epochs: int) -> Array:
        rise = 0.01 + 0.99 * progress / self.warmup
        fall = (1 + np.cos(np.pi * (progress - self.warmup) / (1 - self.warmup))) / 2
        return np.where(progress < self.warmup, rise, fall)


@SCHEDULES.add("one_cycle")
@dataclass(frozen=True)
class OneCycle(Schedule):
    """The learning rate of PyTorch's `OneCycleLR` with two phases, relative to its peak. The momentum, which it cycles too, stays as it is.

    The lowest rate belongs to the end of the training, p = 1; PyTorch's belongs to the last update. Over N updates this is therefore
    the start of PyTorch's curve with `total_steps=N + 1` and `pct_start=(w N + 1) / (N + 1)`.
    """

    warmup: float = real(0.3, 0.01, 0.5, hard="(0, 1)", symbol="w", doc="Share of the training that the rise takes, PyTorch's pct_start.")
    div_factor: float = real(25.0, 1.0, 100.0, log=True, hard="[1, inf)", symbol="d", doc="The peak is this many times the rate at the start.")
    final_div_factor: float = real(1e4, 1.0, 1e6, log=True, hard="[1, inf)", symbol="e", doc="The rate at the start is this many times the rate at the end.")
    annealing: str = choice("cosine", ("cosine", "linear"), doc="The shape of the rise and of the fall.")

    title = "One cycle"
    aliases = ("OneCycleLR", "super-convergence")
    summary = "Rises to the full rate, then falls far below where it began; meant for a rate higher than could be held throughout."
    formula = (
        r"\tfrac1d + (1 - \tfrac1d)\, s(\tfrac{p}{w}) \text{ if } p < w,\ \text{else } 1 - (1 - \tfrac{1}{d e})\, s(\tfrac{p - w}{1 - w}),\quad "
        r"s(x) = \tfrac12 (1 - \cos \pi x) \text{ or } x"
    )
    reference = "Smith and Topin, Super-Convergence, arXiv:1708.07120"

    def factor(self, progress: Array, epochs: int) -> Array:
        first, last = 1 / self.div_factor, 1 / self.div_factor / self.final_div_factor
        risen, fallen = progress / self.warmup, (progress - self.warmup) / (1 - self.warmup)
        if self.annealing == "cosine":
            risen, fallen = (1 - np.cos(np.pi * risen)) / 2, (1 - np.cos(np.pi * fallen)) / 2
        return np.where(progress < self.warmup, first + (1 - first) * risen, 1 - (1 - last) * fallen)


@SCHEDULES.add("random")
@dataclass(frozen=True)
class Random(Schedule):
    """Log-uniform between two factors, drawn anew for each epoch; the draws depend on the seed and on the number of the epoch alone."""

    low: float = real(0.01, 1e-4, 1.0, log=True, hard="(0, 1]", symbol="a", doc="The smallest factor.")
    high: float = real(1.0, 1e-4, 1.0, log=True, hard="(0, 1]", symbol="b", doc="The largest factor.")
    seed: int = integer(0, 0, 100, hard="[0, 4294967295]", doc="Another seed, other draws; it has nothing to do with the seeds of the training.")

    title = "Random"
    summary = "A rate drawn for each epoch: a baseline for the others, since they must beat luck."
    formula = r"a^{1-u}\, b^{u},\quad u \text{ uniform in } [0, 1) \text{ for each epoch}"
    reference = "Bergstra and Bengio, Random Search for Hyper-Parameter Optimization, JMLR 13, 2012 (log-uniform draws)"

    def factor(self, progress: Array, epochs: int) -> Array:
        u = np.random.default_rng([self.seed, _RANDOM_FACTORS]).random(epochs)
        # 1e-9 makes up for rounding, as in `Step`; it must not lead beyond the last epoch
        epoch = np.minimum(np.floor(progress * epochs + 1e-9).astype(int), epochs - 1)
        return np.exp((1 - u) * np.log(self.low) + u * np.log(self.high))[epoch]

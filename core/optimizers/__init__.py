"""The optimizers, by name: `OPTIMIZERS["adam"](beta1=0.95)`."""

from core.optimizers import adaptive, momentum
from core.optimizers.base import OPTIMIZERS, Optimizer

__all__ = ["OPTIMIZERS", "Optimizer", "adaptive", "momentum"]

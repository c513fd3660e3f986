"""The optimizers, by name: `OPTIMIZERS["adam"](beta1=0.95)`."""

# isort: off  (the order of registration is the order on the screen)
from core.optimizers import momentum
from core.optimizers import adaptive

# isort: on
from core.optimizers.base import OPTIMIZERS, Optimizer

__all__ = ["OPTIMIZERS", "Optimizer", "adaptive", "momentum"]

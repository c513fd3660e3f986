"""The optimizers, by name: `OPTIMIZERS["adam"](beta1=0.95)`."""

# The order of registration is the order on the screen.
# isort: off
from core.optimizers import momentum
from core.optimizers import adaptive
# isort: on
from core.optimizers.base import OPTIMIZERS, Optimizer

__all__ = ["OPTIMIZERS", "Optimizer", "adaptive", "momentum"]

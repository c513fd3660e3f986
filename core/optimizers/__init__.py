"""The optimizers, by name: `OPTIMIZERS["adam"](beta1=0.95)`."""

# The order of registration is the order on the screen.
# isort: off
from core.optimizers import momentum
from core.optimizers import adaptive
from core.optimizers import adam
from core.optimizers import sign
from core.optimizers import descent
# isort: on
from core.optimizers.base import OPTIMIZERS, Optimizer

__all__ = ["OPTIMIZERS", "Optimizer", "adam", "adaptive", "descent", "momentum", "sign"]

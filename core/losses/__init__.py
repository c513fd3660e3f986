"""The losses, by name: `LOSSES["huber"](delta=2.0)`."""

# The order of registration is the order on the screen.
# isort: off
from core.losses import regression
from core.losses import classification
from core.losses import margin
# isort: on
from core.losses.base import CLASSIFICATION, LOSSES, REGRESSION, Loss

__all__ = ["CLASSIFICATION", "LOSSES", "REGRESSION", "Loss", "classification", "margin", "regression"]

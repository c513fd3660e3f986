"""The losses, by name: `LOSSES["huber"](delta=2.0)`."""

# isort: off  (the order of registration is the order on the screen)
from core.losses import regression
from core.losses import classification
from core.losses import margin

# isort: on
from core.losses.base import CLASSIFICATION, LOSSES, REGRESSION, Loss

__all__ = ["CLASSIFICATION", "LOSSES", "REGRESSION", "Loss", "classification", "margin", "regression"]

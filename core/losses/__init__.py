"""The losses, by name: `LOSSES["huber"](delta=2.0)`."""

from core.losses import classification, margin, regression
from core.losses.base import CLASSIFICATION, LOSSES, REGRESSION, Loss

__all__ = ["CLASSIFICATION", "LOSSES", "REGRESSION", "Loss", "classification", "margin", "regression"]

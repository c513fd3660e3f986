"""The losses, by name: `LOSSES["huber"](delta=2.0)`."""

# The order of registration is the order on the screen.
# isort: off
from core.losses import regression
from core.losses import robust
from core.losses import positive
from core.losses import classification
from core.losses import true_class
from core.losses import overlap
from core.losses import margin
from core.losses import multiclass
from core.losses import pixels
from core.losses import composite

# isort: on
from core.losses.base import LOSSES, Loss, short_title
from core.losses.composite import WeightedSum

__all__ = [
    "LOSSES",
    "Loss",
    "WeightedSum",
    "classification",
    "composite",
    "margin",
    "multiclass",
    "overlap",
    "pixels",
    "positive",
    "regression",
    "robust",
    "short_title",
    "true_class",
]

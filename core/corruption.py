"""Damage to the training rows, which validation and test rows are spared: what robust losses are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.losses import CLASSIFICATION
from core.parameters import Declared, real

Array = NDArray[Any]

#: what the random draw is for: together with the split's seed it fixes the draw
_DAMAGE = 2


@dataclass(frozen=True)
class Corruption(Declared):
    """Wrong labels among the training rows of a classification, outliers among those of a regression; drawn from the split's seed, the same for all runs."""

    wrong_labels: float = real(0.0, 0.0, 0.5, hard="[0, 1]", doc="Share of the training rows that are given another class, at random.")
    outliers: float = real(0.0, 0.0, 0.5, hard="[0, 1]", doc="Share of the training rows whose target is moved up, far from where it belongs.")
    outlier_size: float = real(5.0, 1.0, 20.0, hard="(0, 1e3]", doc="How far outliers are moved, in standard deviations of the target.")

    def share(self, task: str) -> float:
        """Return the share of the training rows that are damaged."""
        return self.wrong_labels if task == CLASSIFICATION else self.outliers

    def applied(self, y: Array, task: str, n_classes: int, seed: int) -> Array:
        """Return the targets of the training rows, (n,) class numbers or (n, K) numbers, a share of them damaged; `y` is left as it is."""
        count = round(self.share(task) * len(y))
        if not count:
            return y
        rng = np.random.default_rng([seed, _DAMAGE])
        rows, damaged = rng.permutation(len(y))[:count], y.copy()
        if task == CLASSIFICATION:
            damaged[rows] = (y[rows] + rng.integers(1, n_classes, count)) % n_classes
        else:
            damaged[rows] += self.outlier_size * y.std(axis=0)
        return damaged

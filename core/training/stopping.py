"""Early stopping of single replicas of a stack: the best parameters so far, and who has waited long enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Best:
    """The lowest validation loss of each replica so far, (S, R), its epoch, and the parameters there, (S, R, P); the first of equals.

    Epoch 0, before any update, counts too; Keras's `EarlyStopping` begins after the first epoch.
    """

    loss: Array
    epoch: Array
    params: Array

    @classmethod
    def before(cls, params: Array) -> Best:
        """Return what is best before any loss is known."""
        return cls(np.full(params.shape[:2], np.inf), np.zeros(params.shape[:2], int), params)

    def after(self, epoch: int, loss: Array, params: Array, running: Array) -> Best:
        """Return what is best after an epoch with validation losses (S, R); a loss that is no number is never better."""
        better = running & (loss < self.loss)
        return Best(np.where(better, loss, self.loss), np.where(better, epoch, self.epoch), np.where(better[..., None], params, self.params))

    def restored(self, params: Array, where: Array) -> Array:
        """Return the parameters (S, R, P), the best ones `where` (S, R) says so and a validation loss was ever a number."""
        return np.where((where & np.isfinite(self.loss))[..., None], self.params, params)

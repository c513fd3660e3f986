"""The best parameters of each replica so far, for early stopping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Best:
    """The lowest validation loss of each replica so far; the first one of equals.

    `loss` (S, R). `epoch` (S, R): of that loss. `params` (S, R, P): at that epoch.
    Epoch 0, before any update, counts too. Keras's `EarlyStopping` begins after the first epoch.
    """

    loss: Array
    epoch: Array
    params: Array

    @classmethod
    def before(cls, params: Array) -> Best:
        """Return the best before the first loss: an infinite loss at the parameters `params` (S, R, P)."""
        return cls(np.full(params.shape[:2], np.inf), np.zeros(params.shape[:2], int), params)

    def after(self, epoch: int, loss: Array, params: Array, running: Array) -> Best:
        """Return the best after an epoch.

        `loss` (S, R): validation losses; NaN is never better. `params` (S, R, P): at the epoch. `running` (S, R): replicas that still train.
        """
        better = running & (loss < self.loss)
        return Best(np.where(better, loss, self.loss), np.where(better, epoch, self.epoch), np.where(better[..., None], params, self.params))

    def restored(self, params: Array, where: Array) -> Array:
        """Return the parameters (S, R, P), with the best ones of replicas for which `where` (S, R) holds and a validation loss was finite."""
        return np.where((where & np.isfinite(self.loss))[..., None], self.params, params)

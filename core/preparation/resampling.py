"""Resampling of the training rows, as counts: how often each row is drawn is a weight, so that all runs keep the same batches."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

NONE, OVERSAMPLE, UNDERSAMPLE = RESAMPLINGS = ("none", "oversample", "undersample")


def draws(classes: Array, kind: str, seed: int) -> Array:
    """Return how often each training row is drawn, (n,), for class numbers (n,).

    `oversample` keeps every row and draws rows of the rarer classes again, at random, until each class has as many as the most frequent one;
    `undersample` keeps as many rows of each class as the rarest has. At full batch, training with these counts is training on the drawn rows; in
    mini-batches a row that is drawn k times counts k times in one batch, where a resampled table would spread it over several.
    Source: He and Garcia, IEEE TKDE 21, 2009; drawn by `sklearn.utils.resample`.
    """
    from sklearn.utils import resample

    counts = np.ones(len(classes))
    sizes = np.bincount(classes)
    for c in np.flatnonzero(sizes):
        rows = np.flatnonzero(classes == c)
        if kind == OVERSAMPLE and len(rows) < sizes.max():
            np.add.at(counts, resample(rows, n_samples=sizes.max() - len(rows), random_state=seed), 1)
        elif kind == UNDERSAMPLE:
            counts[rows] = 0
            counts[resample(rows, n_samples=sizes[sizes > 0].min(), replace=False, random_state=seed)] = 1
    return counts

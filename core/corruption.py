"""Damage to the data, which validation and test rows are spared unless asked for: what losses, weights and penalties are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.losses import CLASSIFICATION
from core.parameters import Declared, boolean, real

Array = NDArray[Any]

#: what a random draw is for: together with the split's seed and the number of the split it fixes the draw
_TARGETS, _IMBALANCE, _SIZE, _FEATURES = 2, 3, 4, 5


@dataclass(frozen=True)
class Corruption(Declared):
    """What is wrong with the training rows; drawn from the split's seed, the same for all runs, and more of it damages the same rows and others.

    First rows are left out (`rarest`, `training_share`), then what is left is damaged. `everywhere` does all but `training_share` to the other rows, too.
    """

    wrong_labels: float = real(0.0, 0.0, 0.5, hard="[0, 1]", doc="Share of the rows that are given another class, at random.")
    outliers: float = real(0.0, 0.0, 0.5, hard="[0, 1]", doc="Share of the rows whose target is moved up, far from where it belongs.")
    outlier_size: float = real(5.0, 1.0, 20.0, hard="(0, 1e3]", doc="How far outliers are moved, in standard deviations of the training targets.")
    feature_noise: float = real(0.0, 0.0, 3.0, hard="[0, 1e3]", doc="Size of what is added to each feature, at random, in standard deviations of that feature.")
    rarest: float = real(
        1.0, 0.01, 1.0, log=True, hard="(0, 1]", label="Rarest : most frequent class",
        doc="Rows of the rarest class are left out until it has this many for each row of the most frequent one; 1: none.",
    )  # fmt: skip
    training_share: float = real(
        1.0, 0.02, 1.0, log=True, hard="(0, 1]", label="Share of the training set", doc="The other training rows are left out, class by class; 1: none."
    )
    everywhere: bool = boolean(
        False, label="In validation and test, too", doc="Damage validation and test rows in the same way; their metrics then tell of damaged data."
    )

    def share(self, task: str) -> float:
        """Return the share of the rows whose targets are damaged."""
        return self.wrong_labels if task == CLASSIFICATION else self.outliers

    def in_words(self, task: str) -> tuple[str, ...]:
        """Return what is wrong with the data, each in few words; nothing for clean data."""
        words = {
            f"{self.share(task):.0%} {'wrong labels' if task == CLASSIFICATION else 'outliers'}": self.share(task) > 0,
            f"feature noise {self.feature_noise:g}": self.feature_noise > 0,
            f"rarest class {self.rarest:g} : 1": task == CLASSIFICATION and self.rarest < 1,
            f"{self.training_share:.0%} of the training set": self.training_share < 1,
        }
        return tuple(text for text, true in words.items() if true)

    def kept(self, splits: Sequence[Array], y: Array, task: str, seed: int) -> list[Array]:
        """Return the rows of each split that are not left out, in their order; the training rows are the first of `splits`.

        `y` (N,) or (N, K) are the targets of the whole table. At least one row of each class is kept, and two rows of a regression.
        """
        kept = list(splits)
        if task == CLASSIFICATION and self.rarest < 1:
            counts = np.bincount(y[kept[0]])
            rare = max(np.flatnonzero(counts), key=lambda c: (-counts[c], c))  # the last of equals
            for i in range(len(kept) if self.everywhere else 1):
                of_class = kept[i][y[kept[i]] == rare]
                count = max(1, round(self.rarest * np.bincount(y[kept[i]]).max()))
                kept[i] = _without(kept[i], np.random.default_rng([seed, _IMBALANCE, i]).permutation(of_class)[count:])
        if self.training_share < 1:
            train, rng = kept[0], np.random.default_rng([seed, _SIZE])
            groups, least = ([train[y[train] == c] for c in np.unique(y[train])], 1) if task == CLASSIFICATION else ([train], 2)
            lost = [rng.permutation(rows)[max(least, round(self.training_share * len(rows))) :] for rows in groups]
            kept[0] = _without(train, np.concatenate(lost))
        return kept

    def touches(self, split: int) -> bool:
        """Return whether the rows of a split, 0 being training, are damaged."""
        return split == 0 or self.everywhere

    def noisy(self, X: Array, spread: Array, seed: int, split: int) -> Array:
        """Return features (n, D) with noise in units of `spread` (D,), the features' standard deviations; `X` is left as it is."""
        if not (self.feature_noise and self.touches(split)):
            return X
        return X + self.feature_noise * spread * np.random.default_rng([seed, _FEATURES, split]).standard_normal(X.shape)

    def damaged(self, y: Array, task: str, n_classes: int, spread: Array, seed: int, split: int) -> tuple[Array, Array]:
        """Return the targets of a split, (n,) class numbers or (n, K) numbers, and which rows (n,) are damaged; `y` is left as it is.

        `spread` (K,) are the standard deviations of the training targets of a regression.
        """
        count = round(self.share(task) * len(y)) if self.touches(split) else 0
        marked = np.zeros(len(y), bool)
        if not count:
            return y, marked
        rng = np.random.default_rng([seed, _TARGETS, split])
        rows, changed = rng.permutation(len(y))[:count], y.copy()
        marked[rows] = True
        if task == CLASSIFICATION:
            changed[rows] = (y[rows] + rng.integers(1, n_classes, len(y))[:count]) % n_classes
        else:
            changed[rows] += self.outlier_size * spread
        return changed, marked


def _without(rows: Array, lost: Array) -> Array:
    """Return the rows that are not lost, in their order."""
    return rows[~np.isin(rows, lost)]

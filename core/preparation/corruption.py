"""Damage to the data, which validation and test rows are spared unless asked for: what losses, weights and penalties are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, boolean, real
from core.tasks import CLASSIFICATION

Array = NDArray[Any]

#: what a random draw is for: together with the split's seed it fixes the draw, of all rows of the table
_TARGETS, _IMBALANCE, _SIZE, _FEATURES, _LABELS = 2, 3, 4, 5, 6


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

    def damages(self, task: str) -> tuple[str, ...]:
        """Return what is wrong with the data, each in few words; nothing for clean data."""
        words = {
            f"{self.share(task):.0%} {'wrong labels' if task == CLASSIFICATION else 'outliers'}": self.share(task) > 0,
            f"feature noise {self.feature_noise:g}": self.feature_noise > 0,
            f"rarest class {self.rarest:g} : 1": task == CLASSIFICATION and self.rarest < 1,
            f"{self.training_share:.0%} of the training set": self.training_share < 1,
        }
        return tuple(text for text, true in words.items() if true)

    def touches(self, split: int) -> bool:
        """Return whether the rows of a split, 0 being training, are damaged."""
        return split == 0 or self.everywhere

    def kept(self, splits: Sequence[Array], y: Array, task: str, seed: int) -> list[Array]:
        """Return the rows of each split that are not left out, in their order; the training rows are the first of `splits`.

        `y` (N,) or (N, K) are the targets of the whole table. At least one row of each class is kept, and two rows of a regression.
        """
        kept = list(splits)
        if task == CLASSIFICATION and self.rarest < 1:
            counts, order = np.bincount(y[kept[0]]), _order(seed, _IMBALANCE, len(y))
            rare = max(np.flatnonzero(counts), key=lambda c: (-counts[c], c))  # the last of equals
            for i in filter(self.touches, range(len(kept))):
                count = max(1, round(self.rarest * np.bincount(y[kept[i]]).max()))
                kept[i] = _without(kept[i], _sorted(kept[i][y[kept[i]] == rare], order)[count:])
        if self.training_share < 1:
            train, order = kept[0], _order(seed, _SIZE, len(y))
            classes, least = (y[train], 1) if task == CLASSIFICATION else (np.zeros(len(train)), 2)
            groups = [_sorted(train[classes == c], order) for c in np.unique(classes)]
            kept[0] = _without(train, np.concatenate([rows[max(least, round(self.training_share * len(rows))) :] for rows in groups]))
        return kept

    def noisy(self, splits: Sequence[Array], X: Array, seed: int) -> Array:
        """Return the features (N, D) of the whole table with noise, in units of their standard deviations in the training rows; `X` is left as it is."""
        if not self.feature_noise:
            return X
        noise = self.feature_noise * X[splits[0]].std(axis=0) * np.random.default_rng([seed, _FEATURES]).standard_normal(X.shape)
        changed = X.copy()
        for i in filter(self.touches, range(len(splits))):
            changed[splits[i]] += noise[splits[i]]
        return changed

    def damaged(self, splits: Sequence[Array], y: Array, task: str, n_classes: int, seed: int) -> tuple[Array, Array]:
        """Return the targets of the whole table, (N,) class numbers or (N, K) numbers, and which rows (N,) are damaged; `y` is left as it is.

        A wrong label is one of the other classes, each as likely; an outlier is moved up in units of the training targets' standard deviations.
        """
        order, changed, marked = _order(seed, _TARGETS, len(y)), y.copy(), np.zeros(len(y), bool)
        for i in filter(self.touches, range(len(splits))):
            marked[_sorted(splits[i], order)[: round(self.share(task) * len(splits[i]))]] = True
        if task == CLASSIFICATION:
            others = (y + np.random.default_rng([seed, _LABELS]).integers(1, n_classes, len(y))) % n_classes
            changed[marked] = others[marked]
        else:
            changed[marked] += self.outlier_size * y[splits[0]].std(axis=0)
        return changed, marked


#: what stands in where nothing is damaged
NO_DAMAGE = Corruption()


def _order(seed: int, purpose: int, rows: int) -> Array:
    """Return each row's place in a random order of the whole table: what happens to a row does not depend on which others are left out."""
    return np.random.default_rng([seed, purpose]).permutation(rows)


def _sorted(rows: Array, order: Array) -> Array:
    """Return row numbers by their places in an order."""
    return rows[np.argsort(order[rows])]


def _without(rows: Array, lost: Array) -> Array:
    """Return the rows that are not lost, in their order."""
    return rows[~np.isin(rows, lost)]

"""Damage to the data: rows left out, noisy features, wrong labels, outliers. Validation and test rows are damaged only if that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, boolean, real
from core.tasks import CLASSIFICATION
from core.words import Figure, Said

Array = NDArray[Any]

#: The purpose of a random draw. The split's seed and the purpose together seed the generator, and each draw covers all rows of the table.
_TARGETS, _IMBALANCE, _SIZE, _FEATURES, _LABELS = 2, 3, 4, 5, 6


@dataclass(frozen=True)
class Corruption(Declared):
    """The kinds of damage to the training rows, and how much of each.

    First rows are left out (`rarest`, `training_share`); then the rows that are kept are damaged.
    The draws depend on the split's seed alone, so all runs get the same damage. A larger share damages the same rows and further ones.
    With `everywhere` validation and test rows get the same treatment, except for `training_share`.

    Below, `splits` are the row numbers of the training, validation and test rows, in this order, and `y` (N,) or (N, K) are the targets of the whole
    table: class numbers, or numbers of a regression. No method changes its arguments.
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
        """Return the share of the rows whose targets are damaged in a task: wrong labels or outliers."""
        return self.wrong_labels if task == CLASSIFICATION else self.outliers

    def damages(self, task: str) -> tuple[Said, ...]:
        """Return one phrase for each kind of damage; none for clean data."""
        share = Figure(self.share(task), ".0%")
        phrases = {
            Said("{share} wrong labels" if task == CLASSIFICATION else "{share} outliers", share=share): self.share(task) > 0,
            Said("feature noise {noise}", noise=Figure(self.feature_noise, "g")): self.feature_noise > 0,
            Said("rarest class {share} : 1", share=Figure(self.rarest, "g")): task == CLASSIFICATION and self.rarest < 1,
            Said("{share} of the training set", share=Figure(self.training_share, ".0%")): self.training_share < 1,
        }
        return tuple(phrase for phrase, applies in phrases.items() if applies)

    def touches(self, split: int) -> bool:
        """Return whether the rows of a split are damaged; `split` is its position: 0 for training, 1 for validation, 2 for test."""
        return split == 0 or self.everywhere

    def kept(self, splits: Sequence[Array], y: Array, task: str, seed: int) -> list[Array]:
        """Return the row numbers of each split without the rows that are left out; their order is that of `splits`.

        At least one row of each class is kept, and at least two training rows of a regression.
        """
        kept_splits = list(splits)
        if task == CLASSIFICATION and self.rarest < 1:
            counts, order = np.bincount(y[kept_splits[0]]), _order(seed, _IMBALANCE, len(y))
            rare = max(np.flatnonzero(counts), key=lambda c: (-counts[c], c))  # the last class of a tie
            for i in filter(self.touches, range(len(kept_splits))):
                rows = kept_splits[i]
                count = max(1, round(self.rarest * np.bincount(y[rows]).max()))
                kept_splits[i] = _without(rows, _sorted(rows[y[rows] == rare], order)[count:])
        if self.training_share < 1:
            train, order = kept_splits[0], _order(seed, _SIZE, len(y))
            classes, least = (y[train], 1) if task == CLASSIFICATION else (np.zeros(len(train)), 2)
            groups = [_sorted(train[classes == c], order) for c in np.unique(classes)]
            kept_splits[0] = _without(train, np.concatenate([rows[max(least, round(self.training_share * len(rows))) :] for rows in groups]))
        return kept_splits

    def noisy(self, splits: Sequence[Array], X: Array, seed: int) -> Array:
        """Return the features (N, D) of the whole table with noise added to the rows of the damaged splits.

        `X` (N, D): the features. The noise is normal; its standard deviation is `feature_noise` times that of the feature in the training rows.
        """
        if not self.feature_noise:
            return X
        noise = self.feature_noise * X[splits[0]].std(axis=0) * np.random.default_rng([seed, _FEATURES]).standard_normal(X.shape)
        noisy_X = X.copy()
        for i in filter(self.touches, range(len(splits))):
            noisy_X[splits[i]] += noise[splits[i]]
        return noisy_X

    def damaged(self, splits: Sequence[Array], y: Array, task: str, n_classes: int, seed: int) -> tuple[Array, Array]:
        """Return the damaged targets of the whole table, in the shape of `y`, and whether each row is damaged (N,).

        A wrong label is one of the other classes, with equal probabilities.
        An outlier's target is moved up by `outlier_size` standard deviations of the training targets.
        """
        order, damaged_y, is_damaged = _order(seed, _TARGETS, len(y)), y.copy(), np.zeros(len(y), bool)
        for i in filter(self.touches, range(len(splits))):
            is_damaged[_sorted(splits[i], order)[: round(self.share(task) * len(splits[i]))]] = True
        if task == CLASSIFICATION:
            wrong_labels = (y + np.random.default_rng([seed, _LABELS]).integers(1, n_classes, len(y))) % n_classes
            damaged_y[is_damaged] = wrong_labels[is_damaged]
        else:
            damaged_y[is_damaged] += self.outlier_size * y[splits[0]].std(axis=0)
        return damaged_y, is_damaged


#: the corruption of clean data
NO_DAMAGE = Corruption()


def _order(seed: int, purpose: int, n_rows: int) -> Array:
    """Return the place (N,) of each row of the table in a random order.

    The order covers the whole table, so what happens to a row does not depend on which other rows are left out.
    """
    return np.random.default_rng([seed, purpose]).permutation(n_rows)


def _sorted(rows: Array, order: Array) -> Array:
    """Return row numbers sorted by their places (N,) in an order."""
    return rows[np.argsort(order[rows])]


def _without(rows: Array, omitted: Array) -> Array:
    """Return the row numbers that are not among the omitted ones, in their order."""
    return rows[~np.isin(rows, omitted)]

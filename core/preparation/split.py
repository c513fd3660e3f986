"""Preparation of a table for training: check it, split its rows, damage them, and scale them by the training rows.

No other module decides which rows train.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.base import Table
from core.preparation.corruption import NO_DAMAGE, Corruption
from core.preparation.resampling import NONE, draws
from core.tasks import CLASSIFICATION, IDENTITY, LOG, REGRESSION
from core.words import Figure, Said

Array = NDArray[Any]

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Targets:
    """The scaled targets for losses of one link.

    `values` (N, K): (target - offset) / unit, stored column by column, as scores are.
    `offset` (K,), `unit` (K,): in the original units of the targets; 0 and 1 for classes.
    """

    values: Array
    offset: Array
    unit: Array

    def original(self, values: Array) -> Array:
        """Return scaled targets (..., K) in their original units."""
        return values * self.unit + self.offset


@dataclass(frozen=True, eq=False)
class Data:
    """A split and scaled table of N rows: first the training rows, then the validation rows, then the test rows.

    All scaling uses statistics of the training rows alone.

    `X` (N, D): standardised features.
    `targets`: for each link of the experiment's losses its scaled targets: one-hot classes, standardised targets (IDENTITY), or targets divided by
    their mean (LOG).
    `truth` (N,) or (N, K): what metrics compare with: class numbers, or targets in original units. Damage is included.
    `damaged` (N,): whether the row's truth differs from the table because of damage.
    `sample_weights` (N,): the table's weights; 1 without them.
    `draws`: for each resampling of the experiment's runs, how often each row is drawn (N,); 1 for validation and test rows.
    `rows` (N,): the number of each row in the table.
    `ends`: the end positions of the training, validation and test rows.
    `feature_mean` (D,), `feature_scale` (D,): mean and standard deviation of each feature, in original units.
    `features`, `outputs`: names of the D features, and of the K classes or targets.
    """

    task: str
    X: Array
    targets: dict[str, Targets]
    truth: Array
    damaged: Array
    sample_weights: Array
    draws: dict[str, Array]
    rows: Array
    ends: tuple[int, int, int]
    feature_mean: Array
    feature_scale: Array
    features: tuple[str, ...]
    outputs: tuple[str, ...]

    def split(self, name: str) -> slice:
        """Return the rows of `train`, `validation` or `test`."""
        i = SPLITS.index(name)
        return slice(self.ends[i - 1] if i else 0, self.ends[i])

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        of_links = [targets.values for targets in self.targets.values()]
        return sum(array.nbytes for array in (self.X, self.truth, self.damaged, self.sample_weights, self.rows, *of_links, *self.draws.values()))

    @property
    def n_train(self) -> int:
        """Number of training rows."""
        return self.ends[0]

    def original(self, X: Array) -> Array:
        """Return standardised features (..., D) in their original units."""
        return X * self.feature_scale + self.feature_mean

    def class_counts(self, resampling: str = NONE) -> Array:
        """Return the number of training rows of each class (K,). With a resampling, each row counts as often as it is drawn."""
        n = self.n_train
        return np.bincount(self.truth[:n], self.draws[resampling][:n] if resampling in self.draws else None, len(self.outputs))


@dataclass(frozen=True)
class Preparation:
    """How a table becomes rows that can be trained on.

    `validation_share`, `test_share`: shares of all rows. `seed`: of the split, the damage and the resampling. `dtype`: of what is trained on.
    `links`: how targets are scaled, once for each. `corruption`: damage to the rows. `resamplings`: which draws of rows are made.
    """

    validation_share: float = 0.2
    test_share: float = 0.2
    seed: int = 0
    dtype: str = "float32"
    links: tuple[str, ...] = (IDENTITY,)
    corruption: Corruption = NO_DAMAGE
    resamplings: tuple[str, ...] = ()


def prepare(table: Table, task: str, preparation: Preparation) -> Data:
    """Return the table split (stratified by class), damaged, and scaled on the training rows, its targets once for each link.

    Raises `ValueError` for data that cannot be trained on, naming the column or the class.
    """
    _check(table, task)
    corruption, seed, dtype = preparation.corruption, preparation.seed, preparation.dtype
    y: Array = table.y.astype(np.int64) if task == CLASSIFICATION else table.y
    splits = corruption.kept(_split(table, task, preparation.validation_share, preparation.test_share, seed), y, task, seed)
    order, ends = np.concatenate(splits), np.cumsum([len(rows) for rows in splits])
    train = splits[0]
    features = table.X.astype(np.float64, copy=False)  # a brought table is held in a smaller precision; statistics need this one
    known = _filled_in(features, train) if table.fill_in else features
    values = corruption.noisy(splits, known, seed)[order]
    feature_mean, feature_scale = _moments(values[: len(train)])
    X = _scaled(values, feature_mean, feature_scale, dtype, "feature", table.features)
    truth, damaged = (of_table[order] for of_table in corruption.damaged(splits, y, task, len(table.outputs), seed))
    targets = {link: _targets(table, task, link, truth, len(train), dtype) for link in preparation.links}
    once = np.ones(len(order) - len(train))
    kinds = [kind for kind in preparation.resamplings if kind != NONE and task == CLASSIFICATION]
    drawn = {kind: np.concatenate([draws(truth[: len(train)], kind, seed), once]).astype(dtype) for kind in kinds}
    weights = np.ones(len(order)) if table.sample_weights is None else table.sample_weights[order]
    if not weights[: len(train)].any():
        raise ValueError(Said("all training rows have weight 0: nothing can be learned from them"))
    return Data(
        task=task, X=X, targets=targets, truth=truth, damaged=damaged, sample_weights=weights.astype(dtype), draws=drawn, rows=order,
        ends=(int(ends[0]), int(ends[1]), int(ends[2])), feature_mean=feature_mean, feature_scale=feature_scale, features=table.features, outputs=table.outputs,
    )  # fmt: skip


def _filled_in(X: Array, train: Array) -> Array:
    """Return the features (N, D) with each NaN replaced by the feature's median over the training rows, or by 0 if all of those are NaN."""
    from sklearn.impute import SimpleImputer

    return SimpleImputer(strategy="median", keep_empty_features=True).fit(X[train]).transform(X)


def _targets(table: Table, task: str, link: str, truth: Array, n_train: int, dtype: str) -> Targets:
    """Return the targets scaled for the losses of a link. `truth`: as in `Data`; its first `n_train` rows are the training rows."""
    n_outputs = len(table.outputs)
    if task == CLASSIFICATION:
        return Targets(np.asfortranarray(np.eye(n_outputs, dtype=dtype)[truth]), np.zeros(n_outputs), np.ones(n_outputs))
    offset, unit = _moments(truth[:n_train])
    if link == LOG:
        offset, unit = np.zeros(n_outputs), np.where(offset > 0, offset, 1.0)
    return Targets(np.asfortranarray(_scaled(truth, offset, unit, dtype, "target", table.outputs)), offset, unit)


def _moments(values: Array) -> tuple[Array, Array]:
    """Return mean and standard deviation of each column. A constant column gets 1 for its standard deviation, as in scikit-learn's `StandardScaler`."""
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(values)
    return scaler.mean_, scaler.scale_


def _scaled(values: Array, mean: Array, scale: Array, dtype: str, noun: str, names: tuple[str, ...]) -> Array:
    """Return (values - mean) / scale in the given precision.

    `noun` and `names` name the columns in an error. Raises `ValueError` for a column with a value that is not finite in this precision.
    """
    with np.errstate(over="ignore"):
        scaled: Array = ((values - mean) / scale).astype(dtype)
    for column in np.flatnonzero(~np.isfinite(scaled).all(axis=0)):
        said = Said(
            "feature {name} has values that are too far from those of the training rows to be scaled by them"
            if noun == "feature"
            else "target {name} has values that are too far from those of the training rows to be scaled by them",
            name=repr(names[column]),
        )
        raise ValueError(said)
    return scaled


def _split(table: Table, task: str, validation_share: float, test_share: float, seed: int) -> tuple[Array, Array, Array]:
    """Return the row numbers of each of `SPLITS`, drawn at random, class by class for a classification.

    Shares are of all rows. Raises `ValueError` if a split would have no row, or no row of some class.
    """
    from sklearn.model_selection import train_test_split

    n = len(table.X)
    n_validation, n_test = round(n * validation_share), round(n * test_share)
    train = np.arange(n)  # the rows that are not drawn yet; in the end these train
    drawn_splits = []
    for count, share, name in ((n_test, test_share, "test"), (n_validation, validation_share, "validation")):
        if not 0 < count < len(train):
            said = Said(
                "{rows} rows are too few for a test share of {share}: every split needs a row"
                if name == "test"
                else "{rows} rows are too few for a validation share of {share}: every split needs a row",
                rows=n, share=Figure(share, ".3g"),
            )  # fmt: skip
            raise ValueError(said)
        stratify = table.y[train] if task == CLASSIFICATION else None
        try:
            train, drawn = train_test_split(train, test_size=count, random_state=seed, stratify=stratify)
        except ValueError as error:
            said = Said(
                "the test rows cannot be drawn class by class: {error}" if name == "test" else "the validation rows cannot be drawn class by class: {error}",
                error=str(error),
            )  # fmt: skip
            raise ValueError(said) from None
        drawn_splits.append(drawn)
    test, validation = drawn_splits
    if task == CLASSIFICATION:
        for name, rows in zip(SPLITS, (train, validation, test), strict=True):
            counts = np.bincount(table.y[rows], minlength=len(table.outputs))
            if not counts.all():
                missing = int(counts.argmin())
                said = Said(
                    "class {name} has no training rows: its {rows} rows are too few for these shares" if name == "train"
                    else "class {name} has no validation rows: its {rows} rows are too few for these shares" if name == "validation"
                    else "class {name} has no test rows: its {rows} rows are too few for these shares",
                    name=repr(table.outputs[missing]), rows=int(np.sum(table.y == missing)),
                )  # fmt: skip
                raise ValueError(said)
    return train, validation, test


def _check(table: Table, task: str) -> None:
    """Raise `ValueError` for a table without rows, for values that are not finite or too large, and for classes with too few rows."""
    if not len(table.X):
        raise ValueError(Said("the table has no rows"))
    X = np.where(np.isnan(table.X), 0, table.X) if table.fill_in else table.X
    columns = [(Said("feature {name}", name=repr(name)), X[:, i]) for i, name in enumerate(table.features)]
    if task == REGRESSION:
        columns += [(Said("target {name}", name=repr(name)), table.y[:, i]) for i, name in enumerate(table.outputs)]
    for column, values in columns:
        if not np.isfinite(values).all():
            row = int(np.argmin(np.isfinite(values))) + 1
            raise ValueError(Said("{column} has a missing or infinite value in row {row}", column=column, row=row))
        if float(np.abs(values).max()) > 1e30:
            raise ValueError(Said("{column} has values beyond 1e30: rescale it, for example to other units", column=column))
    if table.sample_weights is not None:
        wrong = ~((table.sample_weights >= 0) & (table.sample_weights <= 1e30))
        if wrong.any():
            said = Said(
                "the sample weight of row {row} must be a number from 0 to 1e30, got {weight}",
                row=int(np.argmax(wrong)) + 1, weight=Figure(float(table.sample_weights[wrong][0]), "g"),
            )  # fmt: skip
            raise ValueError(said)
    if task == CLASSIFICATION:
        counts = np.bincount(table.y, minlength=len(table.outputs))
        if np.count_nonzero(counts) < 2:
            raise ValueError(Said("the target has a single class: a classification needs at least two"))
        if counts.min() < 3:
            said = Said(
                "class {name} has {rows} row: each split needs at least one of every class" if counts.min() == 1
                else "class {name} has {rows} rows: each split needs at least one of every class",
                name=repr(table.outputs[int(counts.argmin())]), rows=int(counts.min()),
            )  # fmt: skip
            raise ValueError(said)

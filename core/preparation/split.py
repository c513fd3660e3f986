"""Split and scale a table: the only place that knows which rows train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.base import Table
from core.preparation.corruption import NO_DAMAGE, Corruption
from core.preparation.resampling import NONE, draws
from core.tasks import CLASSIFICATION, IDENTITY, LOG, REGRESSION

Array = NDArray[Any]

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Targets:
    """Targets as losses of one link see them: `values` = (target - offset) / unit, (N, K), stored class by class, like the scores that they meet."""

    values: Array
    offset: Array
    unit: Array

    def original(self, values: Array) -> Array:
        """Return scaled targets in their original units."""
        return values * self.unit + self.offset


@dataclass(frozen=True, eq=False)
class Data:
    """A split and scaled table, rows ordered train, validation, test.

    `X` (N, D) is standardised by the training rows alone. `targets` has an entry for each link of the experiment's losses: one-hot
    classes, or targets that are standardised (IDENTITY) or divided by their mean (LOG), by the training rows alone.
    `truth` is what metrics compare with: (N,) class numbers, or (N, K) targets in original units. `damaged` (N,) says which of it is not what
    the table says. `draws` holds for each resampling of the experiment's runs how often each row is drawn, (N,), once for rows that do not train.
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
    def n_train(self) -> int:
        """Number of training rows."""
        return self.ends[0]

    def original(self, X: Array) -> Array:
        """Return standardised features in their original units."""
        return X * self.feature_scale + self.feature_mean

    def class_counts(self, resampling: str = NONE) -> Array:
        """Return the number of training rows of each class, (K,), as a resampling draws them."""
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
    known = _filled_in(table.X, train) if table.fill_in else table.X
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
        raise ValueError("all training rows have weight 0: nothing can be learned from them")
    return Data(
        task=task, X=X, targets=targets, truth=truth, damaged=damaged, sample_weights=weights.astype(dtype), draws=drawn, rows=order,
        ends=(int(ends[0]), int(ends[1]), int(ends[2])), feature_mean=feature_mean, feature_scale=feature_scale, features=table.features, outputs=table.outputs,
    )  # fmt: skip


def _filled_in(X: Array, train: Array) -> Array:
    """Return features with the median of the training rows for NaN, or 0 where all of these are missing."""
    from sklearn.impute import SimpleImputer

    return SimpleImputer(strategy="median", keep_empty_features=True).fit(X[train]).transform(X)


def _targets(table: Table, task: str, link: str, truth: Array, n_train: int, dtype: str) -> Targets:
    """Return the targets as the losses of a link see them."""
    n_outputs = len(table.outputs)
    if task == CLASSIFICATION:
        return Targets(np.asfortranarray(np.eye(n_outputs, dtype=dtype)[truth]), np.zeros(n_outputs), np.ones(n_outputs))
    offset, unit = _moments(truth[:n_train])
    if link == LOG:
        offset, unit = np.zeros(n_outputs), np.where(offset > 0, offset, 1.0)
    return Targets(np.asfortranarray(_scaled(truth, offset, unit, dtype, "target", table.outputs)), offset, unit)


def _moments(values: Array) -> tuple[Array, Array]:
    """Return means and standard deviations of the columns, as scikit-learn's `StandardScaler`: a constant column keeps scale 1."""
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(values)
    return scaler.mean_, scaler.scale_


def _scaled(values: Array, mean: Array, scale: Array, dtype: str, noun: str, names: tuple[str, ...]) -> Array:
    """Return standardised columns; raise `ValueError` for one with a row that the precision cannot hold in units of the training rows' spread."""
    with np.errstate(over="ignore"):
        scaled: Array = ((values - mean) / scale).astype(dtype)
    for column in np.flatnonzero(~np.isfinite(scaled).all(axis=0)):
        raise ValueError(f"{noun} {names[column]!r} has values that are too far from those of the training rows to be scaled by them")
    return scaled


def _split(table: Table, task: str, validation_share: float, test_share: float, seed: int) -> tuple[Array, Array, Array]:
    """Return the numbers of the rows of each of `SPLITS`."""
    from sklearn.model_selection import train_test_split

    n = len(table.X)
    n_validation, n_test = round(n * validation_share), round(n * test_share)
    rest = np.arange(n)
    parts = []
    for count, share, name in ((n_test, test_share, "test"), (n_validation, validation_share, "validation")):
        if not 0 < count < len(rest):
            raise ValueError(f"{n} rows are too few for a {name} share of {share:.3g}: every split needs a row")
        stratify = table.y[rest] if task == CLASSIFICATION else None
        try:
            rest, part = train_test_split(rest, test_size=count, random_state=seed, stratify=stratify)
        except ValueError as error:
            raise ValueError(f"the {name} rows cannot be drawn class by class: {error}") from None
        parts.append(part)
    test, validation = parts
    if task == CLASSIFICATION:
        for name, rows in zip(SPLITS, (rest, validation, test), strict=True):
            of_class = np.bincount(table.y[rows], minlength=len(table.outputs))
            if not of_class.all():
                missing = int(of_class.argmin())
                raise ValueError(f"class {table.outputs[missing]!r} has no {name} rows: its {np.sum(table.y == missing)} rows are too few for these shares")
    return rest, validation, test


def _check(table: Table, task: str) -> None:
    """Raise `ValueError` for values that are not finite or too large, and for a target without variety."""
    if not len(table.X):
        raise ValueError("the table has no rows")
    X = np.where(np.isnan(table.X), 0, table.X) if table.fill_in else table.X
    columns = [(f"feature {name!r}", X[:, i]) for i, name in enumerate(table.features)]
    if task == REGRESSION:
        columns += [(f"target {name!r}", table.y[:, i]) for i, name in enumerate(table.outputs)]
    for name, values in columns:
        if not np.isfinite(values).all():
            raise ValueError(f"{name} has a missing or infinite value in row {int(np.argmin(np.isfinite(values))) + 1}")
        if np.abs(values).max() > 1e30:
            raise ValueError(f"{name} has values beyond 1e30: rescale it, for example to other units")
    if table.sample_weights is not None:
        bad = ~((table.sample_weights >= 0) & (table.sample_weights <= 1e30))
        if bad.any():
            raise ValueError(f"the sample weight of row {int(np.argmax(bad)) + 1} must be a number from 0 to 1e30, got {table.sample_weights[bad][0]:g}")
    if task == CLASSIFICATION:
        counts = np.bincount(table.y, minlength=len(table.outputs))
        if np.count_nonzero(counts) < 2:
            raise ValueError("the target has a single class: a classification needs at least two")
        if counts.min() < 3:
            raise ValueError(f"class {table.outputs[int(counts.argmin())]!r} has {counts.min()} rows: each split needs at least one of every class")

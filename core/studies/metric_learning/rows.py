"""The rows of an embedding: those that are trained on, test rows of the same classes, and rows of classes that were held out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import Dataset, Table
from core.datasets.people import People
from core.preparation.split import Preparation, prepare
from core.studies.metric_learning.embedding import Embedding
from core.tasks import CLASSIFICATION
from core.words import Said

Array = NDArray[Any]

#: rows that are measured and drawn, at most, of the test rows and of the rows of classes held out
MEASURED = 360


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of one place.

    `X` (N, D): standardised by the training rows. `labels` (N,): the table's class numbers. `rows` (N,): numbers of rows in the table.
    `circumstance` (N,): of people; None of other data.
    """

    X: Array
    labels: Array
    rows: Array
    circumstance: Array | None = None

    def thinned(self, most: int) -> Rows:
        """Return at most so many of the rows, evenly through them."""
        if len(self.X) <= most:
            return self
        kept = np.linspace(0, len(self.X) - 1, most).round().astype(int)
        return Rows(self.X[kept], self.labels[kept], self.rows[kept], None if self.circumstance is None else self.circumstance[kept])

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return self.X.nbytes + self.labels.nbytes + self.rows.nbytes


@dataclass(frozen=True, eq=False)
class Prepared:
    """The rows of an embedding.

    `unseen` is None if no class is held out. `seen`: the class numbers that are trained on, in the order of what is learned for each class.
    `names`: of all classes. `mean`, `scale` (D,): by which features were standardised.
    """

    train: Rows
    test: Rows
    unseen: Rows | None
    seen: Array
    names: tuple[str, ...]
    features: tuple[str, ...]
    mean: Array
    scale: Array

    @property
    def places(self) -> dict[str, Rows]:
        """The rows that are measured, by the name of their place."""
        return {"test": self.test} | ({} if self.unseen is None else {"unseen": self.unseen})

    def original(self, X: Array) -> Array:
        """Return standardised features (..., D) in their original units."""
        values: Array = X * self.scale + self.mean
        return values

    @property
    def nbytes(self) -> int:
        """Bytes of all rows."""
        return self.train.nbytes + sum(rows.nbytes for rows in self.places.values())


def prepared(embedding: Embedding, table: Table | None = None) -> Prepared:
    """Return the rows of an embedding. They do not depend on the runs.

    Three fifths of the rows of each class that is not held out are trained on, the others are test rows. Test rows, and rows of held out classes, are measured
    on an even selection of at most `MEASURED`. Raise ValueError, with the reason, for classes that the data do not have, and for too few that are left.
    """
    if table is None:
        return _known(embedding.dataset, embedding.held_out, embedding.dtype)
    return _prepared(table, embedding.held_out, embedding.dtype, None)


@lru_cache(maxsize=8)
def _known(dataset: Dataset, held_out: tuple[int, ...], dtype: str) -> Prepared:
    """Return the rows of a data set, from a cache of the last ones. Nothing may change it."""
    return _prepared(dataset.load(), held_out, dtype, dataset.circumstance() if isinstance(dataset, People) else None)


def _prepared(table: Table, held_out: tuple[int, ...], dtype: str, circumstance: Array | None) -> Prepared:
    labels, count = table.y.astype(int), len(table.outputs)
    unknown = [number for number in held_out if number >= count]
    if unknown:
        said = Said("class {number} cannot be held out: the data have {count} classes, numbered from 0", number=unknown[0], count=count)
        raise ValueError(said)
    seen = np.setdiff1d(np.arange(count), held_out)
    if len(seen) < 2:
        raise ValueError(Said("a distance needs 2 classes to train on, and {left} would be left: hold out fewer", left=len(seen)))
    out = np.isin(labels, held_out)
    kept = np.flatnonzero(~out)
    weights = None if table.sample_weights is None else table.sample_weights[kept]
    of_seen = replace(
        table, X=table.X[kept], y=np.searchsorted(seen, labels[kept]), outputs=tuple(table.outputs[k] for k in seen), sample_weights=weights
    )
    data = prepare(of_seen, CLASSIFICATION, Preparation(dtype=dtype))

    def rows(X: Array, numbers: Array) -> Rows:
        return Rows(X, labels[numbers], numbers, None if circumstance is None else circumstance[numbers])

    train = data.split("train")
    test = slice(train.stop, None)
    unseen = None
    if out.any():
        values = np.nan_to_num((table.X[out] - data.feature_mean) / data.feature_scale).astype(dtype)  # a missing feature is an average one
        unseen = rows(values, np.flatnonzero(out)).thinned(MEASURED)
    return Prepared(
        rows(data.X[train], kept[data.rows[train]]), rows(data.X[test], kept[data.rows[test]]).thinned(MEASURED), unseen, seen, table.outputs, table.features,
        data.feature_mean, data.feature_scale,
    )  # fmt: skip


def class_names(dataset: Dataset, table: Table | None = None) -> tuple[str, ...]:
    """Return the names of a data set's classes, in the order of their numbers. `table`: of data that a person brought."""
    return _names_of(dataset) if table is None else table.outputs


@lru_cache(maxsize=16)
def _names_of(dataset: Dataset) -> tuple[str, ...]:
    return dataset.load().outputs

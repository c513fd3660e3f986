"""The rows of the three tasks: noisy digits, with the class, the middle of the ink and the mask of the ink, of the clean ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import DATASETS
from core.studies.multitask.document import MEASURED, SCORES, Multitask

Array = NDArray[Any]

_ROWS = 5
#: ink begins at this share of the darkest pixel
_INK = 0.5
_SIDE = 8


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows: noisy images `X` (N, 64), and the target of each task, `class` one-hot (N, 10), `place` (N, 2) in units, `mask` (N, 64)."""

    X: Array
    targets: dict[str, Array]

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return self.X.nbytes + sum(values.nbytes for values in self.targets.values())


@dataclass(frozen=True, eq=False)
class Prepared:
    """The rows to train on, those of the test, and mean and standard deviation (2,) of the place on training rows."""

    train: Rows
    test: Rows
    mean: Array
    scale: Array

    @property
    def nbytes(self) -> int:
        """Bytes of all rows."""
        return self.train.nbytes + self.test.nbytes


def prepared(document: Multitask) -> Prepared:
    """Return the rows of a document, from a cache of the last ones. They follow from noise, unit and seed. Nothing may change them."""
    return _prepared(document.noise, document.unit, document.seed, document.dtype)


@lru_cache(maxsize=4)
def _prepared(noise: float, unit: float, seed: int, dtype: str) -> Prepared:
    table = DATASETS["digits"]().load()
    rng = np.random.default_rng([seed, _ROWS])
    order = rng.permutation(len(table.X))
    clean, numbers = table.X[order] / 16, table.y[order].astype(int)
    noisy = clean + noise * rng.standard_normal(clean.shape)
    targets = {"class": np.eye(SCORES["class"])[numbers], "place": unit * middle(clean), "mask": (clean >= _INK).astype(float)}

    def rows(chosen: slice) -> Rows:
        return Rows(noisy[chosen].astype(dtype), {task: values[chosen].astype(dtype) for task, values in targets.items()})

    train = rows(slice(MEASURED, None))
    place = train.targets["place"].astype(float)
    return Prepared(train, rows(slice(MEASURED)), place.mean(axis=0), place.std(axis=0))


def middle(images: Array) -> Array:
    """Return the middle of the ink (N, 2) of images (N, 64), across and down, in pixels from the middle of the image."""
    at = np.arange(_SIDE) - (_SIDE - 1) / 2
    ink = images.reshape(-1, _SIDE, _SIDE)
    total = ink.sum(axis=(1, 2))
    return np.stack([(ink.sum(axis=1) * at).sum(axis=1), (ink.sum(axis=2) * at).sum(axis=1)], axis=1) / total[:, None]

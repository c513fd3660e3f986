"""What every loss of a batch of embeddings is. It ties the rows of a batch together, so it has no value for a single row, and it is no `core.losses.Loss`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry
from core.words import Said

Array = NDArray[Any]


class EmbeddingLoss(Declared, ABC):
    """A loss of embeddings (..., B, E) and their labels (B,), one number for each batch; its gradient is by the embeddings.

    Labels may also be (..., B), one batch each. Axes: B rows, E dimensions, K classes.
    """

    #: whether only the directions of embeddings count: the loss puts them at length 1 itself
    directions: ClassVar[bool] = False
    #: its name and convention in PyTorch or in pytorch-metric-learning, and where they differ
    twin: ClassVar[str]
    #: whether `value` and `gradient` take what is learned for each class as a further argument
    learns: ClassVar[bool] = False

    @abstractmethod
    def value(self, embeddings: Array, labels: Array) -> Array:
        """Return the loss (...) of each batch."""

    @abstractmethod
    def gradient(self, embeddings: Array, labels: Array) -> Any:
        """Return the gradient (..., B, E) by the embeddings."""

    def needs_triplets(self) -> bool:
        """Return whether triplets that were drawn at random are a further argument."""
        return False

    def width(self, dimensions: int) -> int:
        """Return how many numbers are learned for each class beside the network, of embeddings of so many dimensions."""
        return 0

    def active_share(self, embeddings: Array, labels: Array, triplets: Array | None = None) -> Array:
        """Return the share (...) of the triplets of a batch whose loss is above 0; NaN for a loss without triplets."""
        return np.full(embeddings.shape[:-2], np.nan)


class HeadLoss(EmbeddingLoss):
    """A loss that is a classification by what is learned for each class, `learned` (..., K, F). Its gradient is a pair: by embeddings, and by `learned`."""

    learns = True

    @abstractmethod
    def value(self, embeddings: Array, labels: Array, learned: Array) -> Array:  # type: ignore[override]
        """Return the loss (...), the mean over the rows of a batch."""

    @abstractmethod
    def gradient(self, embeddings: Array, labels: Array, learned: Array) -> tuple[Array, Array]:  # type: ignore[override]
        """Return the gradient (..., B, E) by the embeddings, and that (..., K, F) by what is learned for each class."""

    @abstractmethod
    def width(self, dimensions: int) -> int:
        """Return F."""

    @abstractmethod
    def init(self, rng: np.random.Generator, classes: int, dimensions: int) -> Array:
        """Return `learned` (K, F) before the first update."""

    def batch(self, embeddings: Array, labels: Array, learned: Array) -> tuple[Array, Array, Array]:
        """Return all three as arrays, as `batch` does. Raise ValueError, with a `Said`, for labels that are no place among the K classes, and for another F."""
        rows, classes = batch(embeddings, labels)
        learned, width = np.asarray(learned, rows.dtype), self.width(rows.shape[-1])
        if learned.ndim < 2 or learned.shape[-1] != width:
            raise ValueError(Said("what is learned must be (..., K, {width}), got {learned}", width=width, learned=str(learned.shape)))
        low, high, count = classes.min(), classes.max(), learned.shape[-2]
        if low < 0 or high >= count:
            raise ValueError(Said("labels must be from 0 to {last}, got {low} to {high}", last=count - 1, low=int(low), high=int(high)))
        return rows, classes, learned


EMBEDDING_LOSSES: Registry[EmbeddingLoss] = Registry("embedding loss")


def batch(embeddings: Array, labels: Array) -> tuple[Array, Array]:
    """Return both as arrays, embeddings of floating-point numbers. Raise ValueError, with a `Said`, unless they are (..., B, E) and (..., B), B at least 1."""
    rows, classes = np.asarray(embeddings), np.asarray(labels)
    if rows.ndim < 2 or not rows.shape[-2] or classes.shape[-1:] != rows.shape[-2:-1]:
        said = Said("embeddings must be (..., B, E) and labels (B,), with B at least 1, got {rows} and {labels}",
                    rows=str(rows.shape), labels=str(classes.shape))  # fmt: skip
        raise ValueError(said)
    return rows if rows.dtype.kind == "f" else rows.astype(float), classes

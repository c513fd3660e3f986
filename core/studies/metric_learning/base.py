"""What every loss of a batch of embeddings is. It ties the rows of a batch together, so it has no value for a single row, and it is no `core.losses.Loss`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry

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


EMBEDDING_LOSSES: Registry[EmbeddingLoss] = Registry("embedding loss")

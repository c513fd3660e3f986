"""Distances and cosines of the rows of a batch, and how a derivative by them becomes one by the rows. Axes: B rows, E dimensions, K classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

#: PyTorch's guard in `F.normalize`
_LEAST = 1e-12


def squares(embeddings: Array) -> Array:
    """Return the squared distances (..., B, B) of all pairs of rows (..., B, E), from differences, so that near rows lose no digits."""
    total: Array = np.zeros((*embeddings.shape[:-1], embeddings.shape[-2]), embeddings.dtype)
    for axis in range(embeddings.shape[-1]):
        along = embeddings[..., axis]
        difference = along[..., :, None] - along[..., None, :]
        total += difference * difference
    return total


def from_squares(slopes: Array, embeddings: Array) -> Array:
    """Return the gradient (..., B, E) of what has the derivatives `slopes` (..., B, B) by the squared distances.

    With W = 2 (H + Hᵀ) it is rowsum(W) E - W E.
    """
    weights = 2 * (slopes + slopes.mT)
    gradient: Array = weights.sum(axis=-1)[..., None] * embeddings - weights @ embeddings
    return gradient


def from_distances(slopes: Array, distances: Array, embeddings: Array) -> Array:
    """Return the gradient (..., B, E) of what has the derivatives `slopes` (..., B, B) by the distances. Equal rows do not pull at each other."""
    halved = np.divide(slopes, 2 * distances, out=np.zeros_like(slopes), where=distances > 0)
    return from_squares(halved, embeddings)


def normalised(vectors: Array) -> tuple[Array, Array]:
    """Return the vectors (..., E) at length 1, and their lengths (..., 1). A length is at least 1e-12, as in PyTorch's `F.normalize`."""
    lengths = np.maximum(np.sqrt(np.vecdot(vectors, vectors))[..., None], _LEAST).astype(vectors.dtype, copy=False)
    return vectors / lengths, lengths


def through_normalised(gradient: Array, unit: Array, lengths: Array) -> Array:
    """Return the gradient by vectors, of the gradient by them at length 1: (g - (g·u) u) / |e|."""
    back: Array = (gradient - np.vecdot(gradient, unit)[..., None] * unit) / lengths
    return back


def alike(labels: Array) -> Array:
    """Return which ordered pairs of different rows have one label, (..., B, B), of labels (..., B)."""
    same: Array = labels[..., :, None] == labels[..., None, :]
    return same & ~np.eye(labels.shape[-1], dtype=bool)


def apart(labels: Array) -> Array:
    """Return which pairs of rows have different labels, (..., B, B), of labels (..., B)."""
    different: Array = labels[..., :, None] != labels[..., None, :]
    return different

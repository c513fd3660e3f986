"""What is measured of an embedding: how near rows of one class are to each other, and how far from others. Axes: ... runs, N rows, E dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.metric_learning.geometry import alike, normalised

Array = NDArray[Any]


@dataclass(frozen=True)
class Measure:
    """A measure of an embedding: its title, whether higher is better (None: neither), and its meaning."""

    title: str
    better: bool | None
    doc: str


MEASURES = {
    "recall": Measure("Recall@1", True, "Share of the rows whose nearest other row is of their class."),
    "map_r": Measure("MAP@R", True, "Mean precision at each hit among a row's R nearest, R the number of other rows of its class. arXiv:2003.08505"),
    "silhouette": Measure("Silhouette", True, "(b - a) / max(a, b): a is the mean distance from the own class, b from the nearest other one."),
    "alignment": Measure("Alignment", False, "Mean squared distance of two rows of one class, at length 1. arXiv:2005.10242"),
    "uniformity": Measure("Uniformity", False, "log mean exp(-2 d²) over all pairs, at length 1: the lower, the more evenly spread. arXiv:2005.10242"),
    "spread": Measure("Spread", None, "Root of the mean squared distance from the mean of all rows; 0 where all rows have collapsed into a point."),
    "loss": Measure("Loss", False, "Mean of the loss over four batches of training rows. Losses of different kinds have different scales."),
    "active": Measure("Active triplets", None, "Share of the mined triplets of four batches whose loss is above 0."),
}


def measured(embeddings: Array, labels: Array) -> dict[str, Array]:
    """Return the first six of `MEASURES`, (...), of embeddings (..., N, E) and labels (N,). Rows without another one of their class ask nothing."""
    square = square_distances(embeddings)
    recall, map_r = retrieval(square, labels)
    near, even = alignment_and_uniformity(embeddings, labels)
    centred = embeddings - embeddings.mean(axis=-2, keepdims=True)
    spread = np.sqrt(np.square(centred).sum(axis=-1).mean(axis=-1))
    return {
        "recall": recall, "map_r": map_r, "silhouette": silhouette(np.sqrt(square), labels), "alignment": near, "uniformity": even, "spread": spread,
    }  # fmt: skip


def square_distances(embeddings: Array) -> Array:
    """Return the squared distances (..., N, N) of rows of any number of dimensions, from products; 0 for a row with itself."""
    centred = embeddings - embeddings.mean(axis=-2, keepdims=True)
    lengths = np.vecdot(centred, centred)
    square: Array = np.maximum(lengths[..., :, None] + lengths[..., None, :] - 2 * centred @ centred.mT, 0)
    square[..., np.arange(square.shape[-1]), np.arange(square.shape[-1])] = 0
    return square


def retrieval(distances: Array, labels: Array) -> tuple[Array, Array]:
    """Return recall@1 and MAP@R, each (...), of distances (..., N, N) of all pairs, plain or squared.

    MAP@R is the mean over queries of 1/R Σ_k≤R precision(k) hit(k), R the number of other rows of the query's class. Source: Musgrave, Belongie and Lim,
    A Metric Learning Reality Check, arXiv:2003.08505. pytorch-metric-learning's `AccuracyCalculator` is the same.
    """
    same = alike(labels)
    mates = same.sum(axis=-1)
    asking = mates > 0
    if not asking.any():
        nothing = np.full(distances.shape[:-2], np.nan)
        return nothing, nothing
    most = int(mates.max())
    others = distances.copy()
    others[..., np.arange(len(labels)), np.arange(len(labels))] = np.inf
    nearest = np.argpartition(others, min(most, len(labels) - 1), axis=-1)[..., :most]
    order = np.take_along_axis(others, nearest, axis=-1).argsort(axis=-1)
    nearest = np.take_along_axis(nearest, order, axis=-1)
    hits = labels[nearest] == labels[:, None]
    ranks = np.arange(1, most + 1)
    precise = hits.cumsum(axis=-1) / ranks
    counted = hits & (ranks <= mates[:, None])
    of_query = (precise * counted).sum(axis=-1) / np.maximum(mates, 1)
    recall: Array = hits[..., asking, 0].mean(axis=-1)
    return recall, of_query[..., asking].mean(axis=-1)


def silhouette(distances: Array, labels: Array) -> Array:
    """Return the silhouette (...), the mean over the rows, of plain distances (..., N, N). As scikit-learn's `silhouette_score`: 0 for a class of one row."""
    classes, numbers, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if not 2 <= len(classes) < len(labels):
        return np.full(distances.shape[:-2], np.nan)
    own = numbers[:, None] == np.arange(len(classes))
    sums = distances @ own.astype(distances.dtype)
    within = (sums * own).sum(axis=-1) / np.maximum(counts[numbers] - 1, 1)
    between = np.where(own, np.inf, sums / counts).min(axis=-1)
    larger = np.maximum(within, between)
    of_row = np.divide(between - within, larger, out=np.zeros_like(larger), where=(larger > 0) & (counts[numbers] > 1))
    mean: Array = of_row.mean(axis=-1)
    return mean


def alignment_and_uniformity(embeddings: Array, labels: Array) -> tuple[Array, Array]:
    """Return alignment and uniformity, each (...), of embeddings put at length 1: both over unordered pairs of different rows, with α = 2 and t = 2.

    Source: Wang and Isola, arXiv:2005.10242.
    """
    unit, _ = normalised(embeddings)
    square = square_distances(unit)
    same = alike(labels)
    pairs = ~np.eye(len(labels), dtype=bool)
    near: Array = (square * same).sum(axis=(-2, -1)) / max(same.sum(), 1)
    even: Array = np.log((np.exp(-2 * square) * pairs).sum(axis=(-2, -1)) / max(pairs.sum(), 1))
    return near, even


def named(measure: str, place: str) -> str:
    """Return the name of a measure at a place, as it stands in records: that of test rows is the measure's own."""
    return measure if place == "test" else f"{place}_{measure}"

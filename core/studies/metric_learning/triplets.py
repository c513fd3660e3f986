"""The triplet loss and its mining. A triplet is an anchor, a row of its class (the positive) and a row of another class (the negative)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.parameters import choice, real
from core.studies.metric_learning.base import EMBEDDING_LOSSES, EmbeddingLoss, batch
from core.studies.metric_learning.geometry import alike, apart, from_distances, from_squares, squares
from core.words import Said

Array = NDArray[Any]

SEMI_HARD, HARD, RANDOM = "semi_hard", "hard", "random"
PLAIN, SQUARED = "plain", "squared"
ACTIVE, ALL = "active", "all"


@EMBEDDING_LOSSES.add("triplet")
@dataclass(frozen=True)
class Triplet(EmbeddingLoss):
    """The triplet loss (d(a, p) - d(a, n) + m)₊, the mean over the mined triplets of a batch that are not 0, or over all.

    `torch.nn.TripletMarginLoss` is the mean over all given triplets of plain distances, and adds 1e-6 to each difference. pytorch-metric-learning's
    `TripletMarginLoss` has a margin of 0.05 and the mean over triplets that are not 0. FaceNet takes squared distances.
    Mining: `semi_hard` takes for each ordered positive pair the nearest negative beyond the positive, or the farthest negative if none is; `hard` takes
    for each anchor its farthest positive and its nearest negative. `random` triplets (..., T, 3) are a further argument: numbers of anchor, positive, negative.
    """

    margin: float = real(1.0, 0.05, 5.0, hard="(0, 1000]", symbol="m", doc="How much farther than the positive the negative has to be.")
    mining: str = choice(
        SEMI_HARD, {SEMI_HARD: "semi-hard", HARD: "hard", RANDOM: "random"},
        doc="Which triplets: the nearest negative beyond each positive; the farthest positive with the nearest negative; or a negative by chance.",
    )  # fmt: skip
    distance: str = choice(PLAIN, {PLAIN: "plain", SQUARED: "squared"}, doc="Plain or squared distances.")
    average: str = choice(ACTIVE, {ACTIVE: "triplets above 0", ALL: "all triplets"}, label="Mean over", doc="Over which triplets the mean is taken.")

    title = "Triplet"
    aliases = ("FaceNet", "三元组损失")
    summary = "An anchor must be nearer to its positive than to its negative, by a margin. Which triplets are taken decides whether it works."
    formula = r"\left(d(a, p) - d(a, n) + m\right)_+"
    reference = "Schroff, Kalenichenko and Philbin, FaceNet, arXiv:1503.03832; Hermans, Beyer and Leibe, arXiv:1703.07737"
    twin = "PyTorch: TripletMarginLoss, the mean over all, 1e-6 added to differences. pytorch-metric-learning: TripletMarginLoss, margin 0.05."

    def needs_triplets(self) -> bool:
        return self.mining == RANDOM

    def value(self, embeddings: Array, labels: Array, triplets: Array | None = None) -> Array:
        embeddings, labels = batch(embeddings, labels)
        measured = self._measured(embeddings)
        _, excess = self._excess(measured, labels, triplets)
        total: Array = np.maximum(excess, 0).sum(axis=-1) / self._counted(excess)
        return total.astype(embeddings.dtype, copy=False)

    def gradient(self, embeddings: Array, labels: Array, triplets: Array | None = None) -> Array:
        embeddings, labels = batch(embeddings, labels)
        measured = self._measured(embeddings)
        mined, excess = self._excess(measured, labels, triplets)
        pull = ((excess > 0) / self._counted(excess)[..., None]).astype(embeddings.dtype, copy=False)
        slopes = _scattered(mined, pull, measured)
        return from_squares(slopes, embeddings) if self.distance == SQUARED else from_distances(slopes, measured, embeddings)

    def active_share(self, embeddings: Array, labels: Array, triplets: Array | None = None) -> Array:
        embeddings, labels = batch(embeddings, labels)
        _, excess = self._excess(self._measured(embeddings), labels, triplets)
        share: Array = (excess > 0).sum(axis=-1) / np.maximum(np.isfinite(excess).sum(axis=-1), 1)
        return share

    def _measured(self, embeddings: Array) -> Array:
        """Return the distances of all pairs, plain or squared."""
        square = squares(embeddings)
        return square if self.distance == SQUARED else np.sqrt(square)

    def _counted(self, excess: Array) -> Array:
        """Return the number of triplets (...) that the mean is taken over, at least 1."""
        over = excess > 0 if self.average == ACTIVE else excess > -np.inf
        return np.maximum(over.sum(axis=-1), 1)

    def _excess(self, measured: Array, labels: Array, triplets: Array | None) -> tuple[tuple[Array, Array, Array], Array]:
        """Return anchors, positives and negatives (..., T), and d(a, p) - d(a, n) + m of each, (..., T); -inf where there is no triplet."""
        a, p, n, there = self._mined(measured, labels, triplets)
        margin = np.asarray(self.margin)[..., 0] if np.ndim(self.margin) else self.margin  # a column for each run in a stack
        excess = np.where(there, taken(measured, a, p) - taken(measured, a, n) + margin, -np.inf)
        return (a, p, n), excess

    def _mined(self, measured: Array, labels: Array, triplets: Array | None) -> tuple[Array, Array, Array, Array]:
        """Return anchors, positives and negatives of the triplets, and which of them are there, each (..., T)."""
        if self.mining == RANDOM:
            if triplets is None:
                raise ValueError(Said("random mining needs triplets: give them as the third argument, an array (..., T, 3) of anchor, positive and negative"))
            given, rows = np.asarray(triplets), measured.shape[-1]
            if given.shape[-1:] != (3,) or given.ndim < 2 or (given.size and not 0 <= given.min() <= given.max() < rows):
                raise ValueError(Said("triplets must be (..., T, 3), of numbers of rows from 0 to {last}", last=rows - 1))
            drawn = np.broadcast_to(given, (*measured.shape[:-2], *given.shape[-2:]))
            a, p, n = (drawn[..., part] for part in range(3))
            return a, p, n, np.ones(a.shape, bool)
        return hard(measured, labels) if self.mining == HARD else semi_hard(measured, labels)


def hard(distances: Array, labels: Array) -> tuple[Array, Array, Array, Array]:
    """Return for each anchor its farthest positive and its nearest negative, and whether it has both, each (..., B)."""
    positive, negative = alike(labels), apart(labels)
    p = np.where(positive, distances, -np.inf).argmax(axis=-1)
    n = np.where(negative, distances, np.inf).argmin(axis=-1)
    there = np.broadcast_to(positive.any(axis=-1) & negative.any(axis=-1), p.shape)
    return np.broadcast_to(np.arange(p.shape[-1]), p.shape), p, n, there


def semi_hard(distances: Array, labels: Array) -> tuple[Array, Array, Array, Array]:
    """Return for each ordered positive pair the nearest negative that is farther than the positive, else the farthest negative.

    The result is anchors, positives, negatives, and which of these triplets are there, each (..., B · M), for at most M positives of an anchor.
    """
    positive, negative = alike(labels), apart(labels)
    most, rows = int(positive.sum(axis=-1).max()), distances.shape[-1]
    mates = np.argsort(~positive, axis=-1, kind="stable")[..., :most]  # the positives of each anchor first
    there = np.take_along_axis(positive, mates, axis=-1) & negative.any(axis=-1, keepdims=True)
    shape = (*distances.shape[:-2], rows, most)
    mates, there = np.broadcast_to(mates, shape), np.broadcast_to(there, shape)
    to_mates = np.take_along_axis(distances, mates, axis=-1)
    against = np.where(negative, distances, np.inf)
    farthest = np.where(negative, distances, -np.inf).argmax(axis=-1)
    chosen = np.empty(shape, np.intp)
    for place in range(most):
        beyond = np.where(distances > to_mates[..., place, None], against, np.inf)
        chosen[..., place] = np.where(beyond.min(axis=-1) < np.inf, beyond.argmin(axis=-1), farthest)
    anchors = np.broadcast_to(np.arange(rows)[:, None], shape)
    flat = (*shape[:-2], rows * most)
    return anchors.reshape(flat), mates.reshape(flat), chosen.reshape(flat), there.reshape(flat)


def taken(distances: Array, rows: Array, others: Array) -> Array:
    """Return the distances (..., T) of pairs of rows, from those of all pairs (..., B, B)."""
    flat = distances.reshape(*distances.shape[:-2], -1)
    return np.take_along_axis(flat, rows * distances.shape[-1] + others, axis=-1)


def _scattered(mined: tuple[Array, Array, Array], pull: Array, like: Array) -> Array:
    """Return the derivative (..., B, B) by the distances: each triplet's pull is added at (a, p) and taken away at (a, n)."""
    a, p, n = mined
    rows = like.shape[-1]
    slopes = np.zeros(like.size, like.dtype)
    first = np.arange(like.size // rows**2).reshape(*like.shape[:-2], 1) * rows**2
    np.add.at(slopes, first + a * rows + p, pull)
    np.subtract.at(slopes, first + a * rows + n, pull)
    return slopes.reshape(like.shape)


def drawn(rng: np.random.Generator, labels: Array) -> Array:
    """Return random triplets (T, 3) of a batch with labels (B,): one for each ordered positive pair, its negative by chance."""
    a, p = np.nonzero(alike(labels))
    others = np.argsort(~apart(labels), axis=-1, kind="stable")  # the negatives of each row first
    count = apart(labels).sum(axis=-1)
    n = others[a, (rng.random(len(a)) * count[a]).astype(int)]
    return np.column_stack([a, p, n])

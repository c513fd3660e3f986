"""Losses of pairs: distances of two rows, or their cosine against those of others."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from core.parameters import real
from core.studies.metric_learning.base import EMBEDDING_LOSSES, EmbeddingLoss, batch
from core.studies.metric_learning.geometry import alike, apart, from_distances, from_squares, normalised, squares, through_normalised

Array = NDArray[Any]


@EMBEDDING_LOSSES.add("contrastive")
@dataclass(frozen=True)
class Contrastive(EmbeddingLoss):
    """The contrastive loss: the mean over all unordered pairs of the batch of ½d² of one class, and ½(m - d)₊² of two classes.

    pytorch-metric-learning's `ContrastiveLoss` takes d and (m - d)₊ without a square, and adds two means: over positives and over negatives above 0.
    PyTorch's `HingeEmbeddingLoss` takes d and (m - d)₊ of a distance that one computes oneself.
    """

    margin: float = real(1.0, 0.1, 5.0, hard="(0, 1000]", symbol="m", doc="Rows of different classes that are farther apart than this are left alone.")

    title = "Contrastive"
    aliases = ("Siamese", "对比损失")
    summary = "Rows of one class are drawn together as by a spring; rows of two classes are pushed apart until they are a margin apart."
    formula = r"\tfrac12 d^2 \;(\text{same}), \quad \tfrac12 (m - d)_+^2 \;(\text{different})"
    reference = "Hadsell, Chopra and LeCun, Dimensionality Reduction by Learning an Invariant Mapping, CVPR 2006"
    twin = "pytorch-metric-learning: ContrastiveLoss, no squares, means of positives and negatives added. PyTorch: HingeEmbeddingLoss, no square."

    def value(self, embeddings: Array, labels: Array) -> Array:
        embeddings, labels = batch(embeddings, labels)
        square = squares(embeddings)
        short = np.maximum(self.margin - np.sqrt(square), 0)
        both = np.where(alike(labels), square, 0) + np.where(apart(labels), short * short, 0)
        total: Array = both.sum(axis=(-2, -1)) / (2 * _pairs(embeddings))
        return total

    def gradient(self, embeddings: Array, labels: Array) -> Array:
        embeddings, labels = batch(embeddings, labels)
        square = squares(embeddings)
        distance = np.sqrt(square)
        together = np.where(alike(labels), square.dtype.type(0.5), 0)
        pushed = np.where(apart(labels), -np.maximum(self.margin - distance, 0), 0)
        gradient: Array = (from_squares(together, embeddings) + from_distances(pushed, distance, embeddings)) / _pairs(embeddings)
        return gradient


def _pairs(embeddings: Array) -> int:
    """Return the number of ordered pairs of the rows of a batch."""
    rows = embeddings.shape[-2]
    return max(rows * (rows - 1), 1)


class Cosines(EmbeddingLoss):
    """A loss of the cosines s of all pairs over a temperature τ; embeddings are put at length 1 inside."""

    directions = True

    temperature: Any

    def value(self, embeddings: Array, labels: Array) -> Array:
        embeddings, labels = batch(embeddings, labels)
        unit, _ = normalised(embeddings)
        return self._value(unit @ unit.mT / self.temperature, labels)

    def gradient(self, embeddings: Array, labels: Array) -> Array:
        embeddings, labels = batch(embeddings, labels)
        unit, lengths = normalised(embeddings)
        slopes = self._slopes(unit @ unit.mT / self.temperature, labels) / self.temperature
        return through_normalised((slopes + slopes.mT) @ unit, unit, lengths)

    @abstractmethod
    def _value(self, s: Array, labels: Array) -> Array:
        """Return the loss (...), of s (..., B, B) and labels."""

    @abstractmethod
    def _slopes(self, s: Array, labels: Array) -> Array:
        """Return the derivatives (..., B, B) by s."""


def _temperature() -> Any:
    return real(0.2, 0.05, 1.0, log=True, hard="[0.001, 100]", symbol=r"\tau", doc="Cosines are divided by it: the smaller, the more the nearest rows count.")


@EMBEDDING_LOSSES.add("nt_xent")
@dataclass(frozen=True)
class NtXent(Cosines):
    """NT-Xent: the mean over all ordered positive pairs (i, p) of -log(e^s_ip / (e^s_ip + Σ_n e^s_in)), n the anchor's negatives.

    pytorch-metric-learning's `NTXentLoss` is the same. SimCLR's, of two views of each row, is this with one positive for each anchor.
    """

    temperature: float = _temperature()

    title = "NT-Xent"
    aliases = ("InfoNCE", "SimCLR")
    summary = "Each positive pair against the anchor's negatives, by a softmax of cosines: other positives do not compete with it."
    formula = r"-\log \frac{e^{s_{ip}}}{e^{s_{ip}} + \sum_n e^{s_{in}}}, \quad s = \cos / \tau"
    reference = "Chen et al., A Simple Framework for Contrastive Learning of Visual Representations, arXiv:2002.05709"
    twin = "pytorch-metric-learning: NTXentLoss, the same."

    def _value(self, s: Array, labels: Array) -> Array:
        positive = alike(labels)
        terms = np.where(positive, np.logaddexp(0, _log_sum(s, apart(labels)) - s), 0)
        total: Array = terms.sum(axis=(-2, -1)) / _count(positive, s)
        return total

    def _slopes(self, s: Array, labels: Array) -> Array:
        positive, negative = alike(labels), apart(labels)
        against = _log_sum(s, negative)
        missed = np.where(positive, expit(against - s), 0)
        slopes: Array = _softmax(s, negative, against) * missed.sum(axis=-1, keepdims=True) - missed
        return slopes / _count(positive, s)[..., None, None]


@EMBEDDING_LOSSES.add("supervised_contrastive")
@dataclass(frozen=True)
class SupervisedContrastive(Cosines):
    """Supervised contrastive: the mean over anchors with a positive of the mean over their positives of -log(e^s_ip / Σ_j e^s_ij), j all other rows.

    pytorch-metric-learning's `SupConLoss` is the same where every anchor has a positive. The paper's L_out.
    """

    temperature: float = _temperature()

    title = "Supervised contrastive"
    aliases = ("SupCon",)
    summary = "A softmax of cosines over all other rows, other positives included: once a class is together, its rows compete with each other."
    formula = r"-\frac{1}{|P_i|} \sum_{p} \log \frac{e^{s_{ip}}}{\sum_{j \ne i} e^{s_{ij}}}, \quad s = \cos / \tau"
    reference = "Khosla et al., Supervised Contrastive Learning, arXiv:2004.11362"
    twin = "pytorch-metric-learning: SupConLoss, the same where each anchor has a positive."

    def _value(self, s: Array, labels: Array) -> Array:
        positive = alike(labels)
        per_anchor = positive.sum(axis=-1, keepdims=True).astype(s.dtype)
        terms = np.where(positive, (_log_sum(s, _others(s)) - s) / np.maximum(per_anchor, 1), 0)
        total: Array = terms.sum(axis=(-2, -1)) / _count(per_anchor > 0, s)
        return total

    def _slopes(self, s: Array, labels: Array) -> Array:
        positive, others = alike(labels), _others(s)
        per_anchor = positive.sum(axis=-1, keepdims=True).astype(s.dtype)
        slopes = _softmax(s, others, _log_sum(s, others)) - positive.astype(s.dtype) / np.maximum(per_anchor, 1)
        counted: Array = np.where(per_anchor > 0, slopes, 0) / _count(per_anchor > 0, s)[..., None, None]
        return counted


def _others(s: Array) -> Array:
    """Return which pairs are of two rows."""
    return ~np.eye(s.shape[-1], dtype=bool)


def _count(which: Array, s: Array) -> Array:
    """Return how many pairs of a batch are meant, (...), at least 1, in the precision of s."""
    return np.maximum(which.sum(axis=(-2, -1)), 1).astype(s.dtype)


def _log_sum(s: Array, which: Array) -> Array:
    """Return log Σ e^s over the chosen pairs of each row, (..., B, 1); -inf where there is none."""
    chosen = np.where(which, s, -np.inf)
    top = chosen.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        total: Array = np.log(np.exp(chosen - top).sum(axis=-1, keepdims=True)) + top
    return total.astype(s.dtype, copy=False)


def _softmax(s: Array, which: Array, log_sum: Array) -> Array:
    """Return the softmax over the chosen pairs of each row, 0 elsewhere."""
    share: Array = np.exp(np.where(which, s - np.where(np.isfinite(log_sum), log_sum, 0), -np.inf))
    return share

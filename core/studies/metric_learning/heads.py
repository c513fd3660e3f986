"""Losses that classify by what is learned for each class: cross-entropy, its margins on angles, and centres."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.parameters import real
from core.studies.metric_learning.base import EMBEDDING_LOSSES, HeadLoss
from core.studies.metric_learning.geometry import normalised, through_normalised

Array = NDArray[Any]

#: sin θ is at least this in the derivative of cos(θ + m)
_LEAST_SINE = 1e-6


def cross_entropy(scores: Array, labels: Array) -> tuple[Array, Array]:
    """Return the cross-entropy of scores (..., B, K), the mean (...) over the rows, and its gradient by the scores."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    powers = np.exp(shifted)
    total = powers.sum(axis=-1, keepdims=True)
    own = one_hot(scores, labels)
    mean: Array = (np.log(total)[..., 0] - np.where(own, shifted, 0).sum(axis=-1)).mean(axis=-1)
    return mean, (powers / total - own).astype(scores.dtype, copy=False) / scores.shape[-2]


def one_hot(scores: Array, labels: Array) -> Array:
    """Return which score is that of the row's own class, (..., B, K)."""
    own: Array = labels[..., None] == np.arange(scores.shape[-1])
    return own


def _sums(labels: Array, rows: Array, classes: int) -> Array:
    """Return the sum of the rows (..., B, E) of each class, (..., K, E)."""
    own = (labels[..., None, :] == np.arange(classes)[:, None]).astype(rows.dtype)
    total: Array = own @ rows
    return total


class Classifier(HeadLoss):
    """Cross-entropy of a linear layer over the embedding. `learned` begins with the weights (K, E) and the biases (K, 1) of the classes."""

    def init(self, rng: np.random.Generator, classes: int, dimensions: int) -> Array:
        return np.column_stack([vectors(rng, classes, dimensions), np.zeros((classes, self.width(dimensions) - dimensions))])

    def value(self, embeddings: Array, labels: Array, learned: Array) -> Array:  # type: ignore[override]
        embeddings, labels, learned = self.batch(embeddings, labels, learned)
        return cross_entropy(self._scores(embeddings, learned), labels)[0]

    def gradient(self, embeddings: Array, labels: Array, learned: Array) -> tuple[Array, Array]:  # type: ignore[override]
        embeddings, labels, learned = self.batch(embeddings, labels, learned)
        _, slopes = cross_entropy(self._scores(embeddings, learned), labels)
        by_class = np.concatenate([slopes.mT @ embeddings, slopes.sum(axis=-2)[..., None]], axis=-1)
        return slopes @ learned[..., : embeddings.shape[-1]], by_class

    @staticmethod
    def _scores(embeddings: Array, learned: Array) -> Array:
        size = embeddings.shape[-1]
        scores: Array = embeddings @ learned[..., :size].mT + learned[..., None, :, size]
        return scores


@EMBEDDING_LOSSES.add("cross_entropy")
@dataclass(frozen=True)
class CrossEntropy(Classifier):
    """Cross-entropy of a linear layer over the embedding, which is then the penultimate layer of a classifier: the yardstick. The mean over the batch.

    `learned` (..., K, E + 1): for each class its weights, then its bias. As `F.cross_entropy(embeddings @ weights.T + bias, labels)`.
    """

    title = "Cross-entropy"
    aliases = ("softmax", "交叉熵")
    summary = "The layer below the scores of a usual classifier. Nothing asks for small distances; classes lie in sectors that reach outward."
    formula = r"-\log \operatorname{softmax}_y(W e + b)"
    reference = "Bishop, Pattern Recognition and Machine Learning, 2006, section 4.3.4"
    twin = "PyTorch: CrossEntropyLoss of a Linear layer, the same."

    def width(self, dimensions: int) -> int:
        return dimensions + 1


@EMBEDDING_LOSSES.add("center")
@dataclass(frozen=True)
class Center(Classifier):
    """Center loss beside cross-entropy: the mean over the batch of CE + λ/2 |e - c_y|².

    `learned` (..., K, 2E + 1): for each class its weights, its bias, and its centre. Centres are learned by the gradient of the whole, as weights are.
    The paper moves them by a rule of its own, α Σ(c - e) / (1 + n). pytorch-metric-learning has none; its `CentroidTripletLoss` is another.
    """

    weight: float = real(0.1, 0.0, 1.0, hard="[0, 1000]", symbol=r"\lambda", doc="How much the distance from the centre counts beside cross-entropy.")

    title = "Center loss"
    summary = "Cross-entropy, and each row is drawn to the centre of its class: the weight is a dial for how tight the classes are."
    formula = r"-\log \operatorname{softmax}_y(W e + b) + \tfrac{\lambda}{2} |e - c_y|^2"
    reference = "Wen et al., A Discriminative Feature Learning Approach for Deep Face Recognition, ECCV 2016"
    twin = "In PyTorch by hand: CrossEntropyLoss + λ/2 times the mean of squared distances from an Embedding of centres."

    def width(self, dimensions: int) -> int:
        return 2 * dimensions + 1

    def value(self, embeddings: Array, labels: Array, learned: Array) -> Array:  # type: ignore[override]
        embeddings, labels, learned = self.batch(embeddings, labels, learned)
        away = self._away(embeddings, labels, learned)
        drawn: Array = (self.weight / 2 * away * away).sum(axis=(-2, -1)) / embeddings.shape[-2]
        return super().value(embeddings, labels, learned) + drawn

    def gradient(self, embeddings: Array, labels: Array, learned: Array) -> tuple[Array, Array]:  # type: ignore[override]
        embeddings, labels, learned = self.batch(embeddings, labels, learned)
        by_row, by_class = super().gradient(embeddings, labels, learned)
        drawn = self.weight * self._away(embeddings, labels, learned) / embeddings.shape[-2]
        return by_row + drawn, np.concatenate([by_class, -_sums(labels, drawn, learned.shape[-2])], axis=-1)

    @staticmethod
    def _away(embeddings: Array, labels: Array, learned: Array) -> Array:
        """Return e - c_y, (..., B, E)."""
        centres = learned[..., embeddings.shape[-1] + 1 :]
        away: Array = embeddings - one_hot(learned[..., None, :, 0], labels).astype(learned.dtype) @ centres
        return away


class Angles(HeadLoss):
    """Cross-entropy of scaled cosines with class vectors, with a margin for the row's own class. `learned` (..., K, E): the class vectors, of any length."""

    directions = True

    margin: Any
    scale: Any

    def width(self, dimensions: int) -> int:
        return dimensions

    def init(self, rng: np.random.Generator, classes: int, dimensions: int) -> Array:
        return vectors(rng, classes, dimensions)

    def value(self, embeddings: Array, labels: Array, learned: Array) -> Array:  # type: ignore[override]
        embeddings, labels, learned = self.batch(embeddings, labels, learned)
        cosines = normalised(embeddings)[0] @ normalised(learned)[0].mT
        own = one_hot(cosines, labels)
        return cross_entropy(self.scale * np.where(own, self._own(cosines)[0], cosines), labels)[0]

    def gradient(self, embeddings: Array, labels: Array, learned: Array) -> tuple[Array, Array]:  # type: ignore[override]
        embeddings, labels, learned = self.batch(embeddings, labels, learned)
        (unit, lengths), (axes, sizes) = normalised(embeddings), normalised(learned)
        cosines = unit @ axes.mT
        with_margin, slope = self._own(cosines)
        own = one_hot(cosines, labels)
        _, by_score = cross_entropy(self.scale * np.where(own, with_margin, cosines), labels)
        slopes = by_score * self.scale * np.where(own, slope, 1)
        return through_normalised(slopes @ axes, unit, lengths), through_normalised(slopes.mT @ unit, axes, sizes)

    @abstractmethod
    def _own(self, cosines: Array) -> tuple[Array, Array]:
        """Return what takes the place of a row's cosine with its own class vector, and its derivative."""


def _scale(default: float) -> Any:
    return real(default, 1.0, 64.0, log=True, hard="(0, 1000]", symbol="s", doc="Cosines are multiplied by it before the softmax.")


@EMBEDDING_LOSSES.add("cosface")
@dataclass(frozen=True)
class CosFace(Angles):
    """CosFace: cross-entropy of s (cos θ - m) for the row's own class, and of s cos θ for the others, the mean over the batch.

    pytorch-metric-learning's `CosFaceLoss` is the same, with s = 64 and m = 0.35.
    """

    margin: float = real(0.2, 0.0, 0.5, hard="[0, 2]", symbol="m", doc="What is taken off the cosine with the row's own class vector.")
    scale: float = _scale(16.0)

    title = "CosFace"
    aliases = ("AM-Softmax",)
    summary = "A classifier by angles, that takes a margin off the cosine with the row's own class vector."
    formula = r"-\log \operatorname{softmax}_y\left(s (\cos \theta_k - m [k = y])\right)"
    reference = "Wang et al., CosFace: Large Margin Cosine Loss for Deep Face Recognition, arXiv:1801.09414"
    twin = "pytorch-metric-learning: CosFaceLoss, the same, s = 64 and m = 0.35 by default."

    def _own(self, cosines: Array) -> tuple[Array, Array]:
        return cosines - self.margin, np.ones_like(cosines)


@EMBEDDING_LOSSES.add("arcface")
@dataclass(frozen=True)
class ArcFace(Angles):
    """ArcFace: cross-entropy of s cos(θ + m) for the row's own class, and of s cos θ for the others, the mean over the batch.

    Beyond θ > π - m it is s (cos θ - m sin m), as in the authors' code, so that it goes on falling. pytorch-metric-learning's `ArcFaceLoss` gives the
    margin in degrees, 28.6 by default, with s = 64.
    """

    margin: float = real(0.2, 0.0, 0.8, hard="[0, 1.57]", symbol="m", doc="The angle, in radians, that is added to that with the row's own class vector.")
    scale: float = _scale(16.0)

    title = "ArcFace"
    summary = "A classifier by angles, that adds a margin to the angle with the row's own class vector."
    formula = r"-\log \operatorname{softmax}_y\left(s \cos(\theta_k + m [k = y])\right)"
    reference = "Deng et al., ArcFace: Additive Angular Margin Loss for Deep Face Recognition, arXiv:1801.07698"
    twin = "pytorch-metric-learning: ArcFaceLoss, margin in degrees (28.6 by default), s = 64."

    def _own(self, cosines: Array) -> tuple[Array, Array]:
        cos, sin = np.cos(self.margin), np.sin(self.margin)
        sines = np.sqrt(np.maximum(1 - cosines * cosines, 0))
        near = cosines > -cos  # θ < π - m
        value = np.where(near, cosines * cos - sines * sin, cosines - self.margin * sin)
        slope = np.where(near, cos + cosines * sin / np.maximum(sines, _LEAST_SINE), 1)
        return value.astype(cosines.dtype, copy=False), slope.astype(cosines.dtype, copy=False)


def vectors(rng: np.random.Generator, classes: int, dimensions: int) -> Array:
    """Return random class vectors (K, E), uniform with Glorot's variance."""
    return rng.uniform(-1, 1, (classes, dimensions)) * np.sqrt(6 / (classes + dimensions))

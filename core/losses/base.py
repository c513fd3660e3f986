"""`Loss`, the base of all losses: a value per sample and its gradient, as functions of raw scores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Interval, Registry
from core.tasks import IDENTITY

Array = NDArray[Any]


class Loss(Declared, ABC):
    """A loss of raw scores and targets, for each sample, never reduced.

    Scores and targets have shape (..., B, K): B rows, K outputs or classes. Targets of a classification are one-hot.
    Of a segmentation a row is an image, and K are its pixels; targets are masks of 0 and 1.
    A loss applies its own sigmoid or softmax. At a kink its subgradient is 0, as in PyTorch.
    A hyperparameter may be an array with a trailing shape (1, 1): one value for each run of a stack. It broadcasts against arrays with the axis K only.
    """

    tasks: ClassVar[frozenset[str]]
    gradient_formula: ClassVar[str]
    #: a sentence on when to use it, and one on when not
    use: ClassVar[str]
    avoid: ClassVar[str]
    #: an expression in PyTorch with the same value for each sample; it names `torch.nn.functional` if PyTorch has this loss
    pytorch: ClassVar[str | None] = None
    #: an estimator of scikit-learn that minimises this loss for a linear model (support vector machines: with an L2 penalty)
    sklearn: ClassVar[str | None] = None

    #: convex as a function of the scores
    convex: ClassVar[bool]
    differentiable: ClassVar[bool]
    #: no sample costs more than a fixed amount, at any score
    bounded: ClassVar[bool] = False
    #: the gradient of a single sample is bounded, at any score
    robust: ClassVar[bool]
    #: a perfect prediction (of classes: one with an unlimited margin) costs 0, at any hyperparameters
    zero_at_perfect: ClassVar[bool]
    nonnegative: ClassVar[bool] = True
    #: adding a constant to all scores of a row does not change the loss, as with a softmax
    shift_invariant: ClassVar[bool] = False
    #: `probabilities` are defined
    probabilistic: ClassVar[bool] = False
    #: the gradient is not 0 everywhere, so that descent is possible
    informative: ClassVar[bool] = True

    #: the scores for which value and gradient are finite; losses with an exponential link clamp scores to this range
    score_range: ClassVar[tuple[float, float]] = (-1e6, 1e6)
    #: the targets of a regression for which the loss is defined
    target_domain: ClassVar[Interval] = Interval.parse("(-inf, inf)")
    #: how the targets of a regression are scaled: IDENTITY or LOG
    link: ClassVar[str] = IDENTITY
    #: the hyperparameters that are learned with the weights, each with the explanation of its recorded value; they start at the item's values
    learned: ClassVar[Mapping[str, str]] = MappingProxyType({})

    @abstractmethod
    def value(self, scores: Array, targets: Array) -> Array:
        """Return the loss of each sample, shape (..., B)."""

    @abstractmethod
    def gradient(self, scores: Array, targets: Array) -> Array:
        """Return the derivative of `value` by the scores, shape (..., B, K)."""

    def predict(self, scores: Array) -> Array:
        """Return the predicted targets of a regression, scaled as the link does, shape (..., B, K). For an identity link they are the scores."""
        return scores

    def in_pytorch(self) -> str | None:
        """Return `pytorch` with this item's hyperparameters filled in."""
        return None if self.pytorch is None else self.pytorch.format(**{name: getattr(self, name) for name in self.parameters()})

    def in_sklearn(self) -> str | None:
        """Return `sklearn` with this item's hyperparameters filled in."""
        return None if self.sklearn is None else self.sklearn.format(**{name: getattr(self, name) for name in self.parameters()})

    def latent(self) -> Array:
        """Return the item's learned hyperparameters as unconstrained numbers, shape (..., E)."""
        return np.zeros(0)

    def at(self, latent: Array) -> Self:
        """Return the loss with learned hyperparameters, arrays (..., 1, 1), from their unconstrained numbers `latent` (..., E)."""
        return self

    def latent_gradient(self, scores: Array, targets: Array) -> Array:
        """Return the derivative of `value` by the unconstrained numbers, shape (..., B, E). The loss must come from `at`."""
        return np.zeros((*scores.shape[:-1], 0))

    def probabilities(self, scores: Array) -> Array | None:
        """Return the class probabilities, shape (..., B, K), which sum to 1 over K; None if the loss defines none."""
        return None


LOSSES: Registry[Loss] = Registry("loss")


def short_title(kind: str) -> str:
    """Return the title of a loss up to its brackets, or the whole title if another loss has the same one up to there."""
    short_titles = [item.title.partition(" (")[0] for item in LOSSES.values()]
    short = LOSSES[kind].title.partition(" (")[0]
    return short if short_titles.count(short) == 1 else LOSSES[kind].title


class ElementwiseLoss(Loss):
    """A loss that is computed for each element and averaged over the K outputs, as PyTorch's `mean` does."""

    @abstractmethod
    def element(self, scores: Array, targets: Array) -> Array:
        """Return the loss of each element, shape (..., B, K)."""

    @abstractmethod
    def slope(self, scores: Array, targets: Array) -> Array:
        """Return the derivative of `element` by the score, shape (..., B, K)."""

    def value(self, scores: Array, targets: Array) -> Array:
        """Return the mean over the outputs of each sample, shape (..., B)."""
        return self.element(scores, targets).mean(axis=-1)

    def gradient(self, scores: Array, targets: Array) -> Array:
        """Return the derivative of the mean by the scores, shape (..., B, K)."""
        return self.slope(scores, targets) / scores.shape[-1]


def softmax(scores: Array) -> Array:
    """Return exp(s_k) / sum_j exp(s_j) over the last axis. It is computed from s - max(s), so that nothing overflows."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def log_softmax(scores: Array) -> Array:
    """Return s_k - log(sum_j exp(s_j)) over the last axis. It is exact even where probabilities underflow."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))

"""What every loss is: a value per sample and its gradient, as functions of raw scores."""

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
    """A loss of raw scores and targets, per sample and never reduced.

    Scores and targets have shape (..., B, K): B rows, K outputs or classes; targets of a classification are one-hot.
    A loss does its own sigmoid or softmax. A hyperparameter may be an array with a trailing shape (1, 1), one value for
    each run of a stack, so it may only meet arrays that still have the axis K; kinks have subgradient 0, as in PyTorch.
    """

    tasks: ClassVar[frozenset[str]]
    gradient_formula: ClassVar[str]
    #: when to take it, and when not: a sentence each
    use: ClassVar[str]
    avoid: ClassVar[str]
    #: the expression in PyTorch with the same value per sample; it names `torch.nn.functional` if the loss is PyTorch's own
    pytorch: ClassVar[str | None] = None
    #: an estimator of scikit-learn that minimises this loss for a linear model (support vector machines: with an L2 penalty)
    sklearn: ClassVar[str | None] = None

    #: a function of the scores that no chord undercuts
    convex: ClassVar[bool]
    differentiable: ClassVar[bool]
    #: no score costs more than some fixed price, whatever the target of its class or the residual
    bounded: ClassVar[bool] = False
    #: a single sample's gradient stays bounded however wrong its score is
    robust: ClassVar[bool]
    #: the value is 0 for a perfect prediction (for classes: a score that is right by an unlimited margin), at any hyperparameter
    zero_at_perfect: ClassVar[bool]
    nonnegative: ClassVar[bool] = True
    #: the loss is a softmax's: adding a constant to all scores of a row changes nothing
    shift_invariant: ClassVar[bool] = False
    #: `probabilities` are defined
    probabilistic: ClassVar[bool] = False
    #: the gradient is not 0 everywhere, so that there is something to follow
    informative: ClassVar[bool] = True

    #: scores for which value and gradient are finite; the exponential links clamp scores to it
    score_range: ClassVar[tuple[float, float]] = (-1e6, 1e6)
    #: targets of a regression for which the loss is defined
    target_domain: ClassVar[Interval] = Interval.parse("(-inf, inf)")
    #: how the targets of a regression are scaled before they meet the scores: IDENTITY or LOG
    link: ClassVar[str] = IDENTITY
    #: hyperparameters that are learned with the weights, from the given values on, and what the recorded value says
    learned: ClassVar[Mapping[str, str]] = MappingProxyType({})

    @abstractmethod
    def value(self, scores: Array, targets: Array) -> Array:
        """Return the loss of each sample, shape (..., B)."""

    @abstractmethod
    def gradient(self, scores: Array, targets: Array) -> Array:
        """Return the derivative of `value` by the scores, shape (..., B, K)."""

    def predict(self, scores: Array) -> Array:
        """Return the predicted targets of a regression as the link scales them, shape (..., B, K): the scores, for an identity link."""
        return scores

    def in_pytorch(self) -> str | None:
        """Return `pytorch` with this item's hyperparameters filled in."""
        return None if self.pytorch is None else self.pytorch.format(**{name: getattr(self, name) for name in self.parameters()})

    def in_sklearn(self) -> str | None:
        """Return `sklearn` with this item's hyperparameters filled in."""
        return None if self.sklearn is None else self.sklearn.format(**{name: getattr(self, name) for name in self.parameters()})

    def latent(self) -> Array:
        """Return the unconstrained numbers, shape (..., E), that stand for the learned hyperparameters at their given values."""
        return np.zeros(0)

    def at(self, latent: Array) -> Self:
        """Return the loss whose learned hyperparameters are those of the unconstrained numbers (..., E), as arrays (..., 1, 1)."""
        return self

    def latent_gradient(self, scores: Array, targets: Array) -> Array:
        """Return the derivative of `value` by the unconstrained numbers, shape (..., B, E), for a loss that `at` returned."""
        return np.zeros((*scores.shape[:-1], 0))

    def probabilities(self, scores: Array) -> Array | None:
        """Return the class probabilities, shape (..., B, K), rows summing to 1; None where the loss defines none."""
        return None


LOSSES: Registry[Loss] = Registry("loss")


class ElementwiseLoss(Loss):
    """A loss that is computed element by element and averaged over the K outputs, as PyTorch's `mean` does."""

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
    """Return exp(s_k) / sum_j exp(s_j) over the last axis, computed from s - max(s) so that nothing overflows."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def log_softmax(scores: Array) -> Array:
    """Return s_k - log(sum_j exp(s_j)) over the last axis, exact where probabilities underflow."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))

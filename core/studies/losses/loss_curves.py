"""Losses as curves over one number: their value, their exact derivative by that number, and where they have kinks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.special import logit

from core.losses import LOSSES, Loss
from core.losses.base import Array
from core.parameters import Boolean, Choice, Number
from core.tasks import CLASSIFICATION, LOG

#: regression: predicted minus true value
RESIDUAL = "residual"
#: two classes: the log-odds of the true one, y f(x) in the books
MARGIN = "margin"
#: two classes: the probability of the true class
PROBABILITY = "probability"

#: distance from a jump to the points that are drawn on both sides of it
GAP = 1e-5

_GRIDS = {RESIDUAL: (-6, 6, 301), MARGIN: (-3, 3, 241), PROBABILITY: (0.005, 0.995, 199)}
#: margins at which bounds are looked for: far enough for every curve to show where it goes
_WIDE = (-20, 20, 4001)
_PROBES = np.array([-2.0, -1.0, 0.5, 1.0, 2.0])
_BISECTIONS = 36


def grid(axis: str) -> Array:
    """Return the points at which curves over an axis are drawn, shape (N,)."""
    return np.linspace(*_GRIDS[axis])


def drawable(loss: type[Loss]) -> bool:
    """Return whether each parameter of a loss is a single number, a switch or a choice, and has a default."""
    plain = all(isinstance(parameter, Number | Boolean | Choice) for parameter in loss.parameters().values())
    return plain and all(hasattr(loss, name) for name in loss.parameters())


def on_axis(loss: Loss, axis: str) -> bool:
    """Return whether a loss is a function of the axis: over the probability, only one whose probability is a sigmoid of the margin."""
    return axis != PROBABILITY or _steepness(loss) is not None


def at(loss: Loss, axis: str, x: Array) -> tuple[Array, Array]:
    """Return value and derivative by `x` of one sample's loss, each of shape (N,); nan where the axis holds no score.

    The derivative is exact, by the chain rule: the sum over k of gradient_k times the derivative of score k by x.

    - residual: one output with true value 0. A loss of logarithmic scores has true value 1 and the score of which the
      prediction is 1 + x, so that x is its error in units of the true value.
    - margin: two classes, the first is true. One-vs-rest losses get the scores (x, -x), those of a softmax (x/2, -x/2): both
      give the true class the probability 1 / (1 + exp(-x)).
    - probability: the margin at which the loss gives the true class the probability x.
    """
    with np.errstate(all="ignore"):
        scores, slopes, targets = _scores(loss, axis, x)
        value = loss.value(scores, targets)
        gradient = (loss.gradient(scores, targets) * slopes).sum(axis=-1)
    held = np.isfinite(scores).all(axis=-1)
    return np.where(held, value, np.nan), np.where(held, gradient, np.nan)


def _scores(loss: Loss, axis: str, x: Array) -> tuple[Array, Array, Array]:
    """Return the scores that stand for x, their derivatives by x, and the targets, each of shape (N, K)."""
    column = x[:, None]
    if axis == RESIDUAL and loss.link == LOG:
        # The prediction is exp(score) plus a constant, of which `predict` tells: 0, or -1 for the logarithm of 1 + y.
        exponential = 1 + column - (loss.predict(np.zeros((1, 1))) - 1)
        return np.log(np.where(exponential > 0, exponential, np.nan)), 1 / exponential, np.ones_like(column)
    if axis == RESIDUAL:
        target = 0.0 if 0.0 in loss.target_domain else 1.0
        return column + target, np.ones_like(column), np.full_like(column, target)
    half = 0.5 if loss.shift_invariant else 1.0
    margin, slope = column, np.ones_like(column)
    if axis == PROBABILITY:
        steepness = _steepness(loss)
        assert steepness is not None, f"{loss.kind} gives no probability that is a sigmoid of the margin"
        margin, slope = logit(column) / steepness, 1 / (steepness * column * (1 - column))
    sides = np.array([half, -half])
    return margin * sides, slope * sides, np.broadcast_to([1.0, 0.0], (len(x), 2))


def _steepness(loss: Loss) -> float | None:
    """Return c where the probability of the true class at margin m is 1 / (1 + exp(-c m)), and None where it is no such sigmoid."""
    scores, _, _ = _scores(loss, MARGIN, _PROBES)
    probabilities = loss.probabilities(scores)
    if probabilities is None:
        return None
    with np.errstate(all="ignore"):
        steepness = logit(probabilities[:, 0]) / _PROBES
    return float(steepness[0]) if np.isfinite(steepness).all() and np.allclose(steepness, steepness[0], rtol=1e-9) else None


def jumps(function: Callable[[Array], Array], x: Array) -> list[float]:
    """Return where a function jumps between the first and the last of the ascending points x, found by halving every interval.

    Of each interval the half with the larger difference is kept. At a jump the difference stays, elsewhere it goes to 0.
    """
    low, high = x[:-1].copy(), x[1:].copy()
    at_low, at_high = function(low), function(high)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        at_middle = function(middle)
        left = np.abs(at_middle - at_low) >= np.abs(at_high - at_middle)
        low, at_low = np.where(left, low, middle), np.where(left, at_low, at_middle)
        high, at_high = np.where(left, middle, high), np.where(left, at_middle, at_high)
    found = np.abs(at_high - at_low) > 1e-6 * (1 + np.abs(at_low) + np.abs(at_high))  # false where one of them is nan
    return sorted({float(np.round(place, 9)) + 0.0 for place in high[found]})


@dataclass(frozen=True)
class Kink:
    """A point at which a curve has no derivative: where, its value there, and the slopes on both sides."""

    x: float
    value: float
    before: float
    after: float

    def times(self, factor: float) -> Kink:
        """Return the kink of the loss times a factor."""
        return Kink(self.x, factor * self.value, factor * self.before, factor * self.after)


@dataclass(frozen=True)
class Curve:
    """One loss over the points x: value and gradient, shape (N,), and its kinks. At a kink the gradient is nan."""

    x: Array
    value: Array
    gradient: Array
    kinks: tuple[Kink, ...]

    def times(self, factor: float) -> Curve:
        """Return the curve of the loss times a factor."""
        return replace(self, value=factor * self.value, gradient=factor * self.gradient, kinks=tuple(kink.times(factor) for kink in self.kinks))


def curves(losses: Sequence[Loss], axis: str) -> list[Curve]:
    """Return the curve of each loss, all over the same points: the axis's grid, and both sides of every jump of any of them."""
    x = grid(axis)
    breaks = [_breaks(loss, axis, x) for loss in losses]
    places = np.array(sorted({place for steps, kinks in breaks for place in (*steps, *kinks)}))
    x = np.unique(np.concatenate([x, places - GAP, places, places + GAP]))
    found = []
    for loss, (_, kinks) in zip(losses, breaks, strict=True):
        value, gradient = at(loss, axis, x)
        for place in kinks:
            gradient[np.abs(x - place) < GAP / 2] = np.nan
        found.append(Curve(x, value, gradient, tuple(_kink(loss, axis, place) for place in kinks)))
    return found


def _breaks(loss: Loss, axis: str, x: Array) -> tuple[list[float], list[float]]:
    """Return where the value jumps, and where only its derivative does; a loss declared differentiable is taken at its word."""
    if loss.differentiable:
        return [], []
    steps = jumps(lambda points: at(loss, axis, points)[0], x)
    corners = jumps(lambda points: at(loss, axis, points)[1], x)
    return steps, [place for place in corners if place not in steps]


def _kink(loss: Loss, axis: str, place: float) -> Kink:
    value, gradient = at(loss, axis, np.array([place - GAP, place, place + GAP]))
    return Kink(place, float(value[1]), float(gradient[0]), float(gradient[2]))


@dataclass(frozen=True)
class Surrogate:
    """A loss that, times `factor`, is nowhere below the 0-1 loss of the margin."""

    kind: str
    factor: float
    #: convex in the margin and never rising: what is minimised in place of the 0-1 loss in practice
    usual: bool


def bound(loss: Loss) -> float | None:
    """Return the smallest factor, 1 or more, that lifts a loss above the 0-1 loss at every margin; None where none does.

    The 0-1 loss is 1 for a margin below 0, taken as 1 at 0 too, and 0 above: the factor is 1 over the smallest value at margins up to 0.
    """
    margin = np.linspace(*_WIDE)
    value, _ = at(loss, MARGIN, margin)
    least = float(value[margin <= 0].min())
    if not np.isfinite(value).all() or value.min() < 0 or least < 1e-6:
        return None
    return 1.0 if least > 1 - 1e-9 else 1 / least


@lru_cache(maxsize=1)
def surrogates() -> tuple[Surrogate, ...]:
    """Return the registered losses, at their defaults, that bound the 0-1 loss; of those with one curve, the first."""
    found: list[Surrogate] = []
    seen: list[Array] = []
    for kind, item in LOSSES.items():
        if CLASSIFICATION not in item.tasks or not item.informative or not drawable(item):
            continue
        factor = bound(item())
        if factor is None:
            continue
        value, gradient = at(item(), MARGIN, grid(MARGIN))
        if any(np.allclose(factor * value, other) for other in seen):
            continue
        seen.append(factor * value)
        found.append(Surrogate(kind, factor, bool(item.convex and gradient.max() < 1e-9)))
    return tuple(found)

"""Losses as functions of one number (residual, margin or probability): their values, exact derivatives, jumps and kinks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.special import logit

from core.losses import LOSSES, Loss
from core.losses.base import Array
from core.parameters import Boolean, Choice, Number
from core.tasks import CLASSIFICATION, LOG, SEGMENTATION

#: the axis of a regression: predicted minus true value
RESIDUAL = "residual"
#: an axis of two classes: the log-odds of the true class, which textbooks write as y f(x)
MARGIN = "margin"
#: an axis of two classes: the probability of the true class
PROBABILITY = "probability"

#: the distance from a jump to the points that are drawn on both sides of it
GAP = 1e-5

#: first and last point of each axis's grid, and the number of points
_GRIDS = {RESIDUAL: (-6, 6, 301), MARGIN: (-3, 3, 241), PROBABILITY: (0.005, 0.995, 199)}
#: the grid of margins on which `bound` is computed; it is so wide that every loss is near its limit at the ends
_WIDE = (-20, 20, 4001)
#: the margins at which `_steepness` tests whether a probability is a sigmoid
_PROBES = np.array([-2.0, -1.0, 0.5, 1.0, 2.0])
#: how often `jumps` halves an interval
_BISECTIONS = 36


def grid(axis: str) -> Array:
    """Return the points (N,) at which curves over an axis are drawn, ascending."""
    return np.linspace(*_GRIDS[axis])


def drawable(loss: type[Loss]) -> bool:
    """Return whether each parameter of a loss is a single number, a switch or a choice, and has a default. A loss of pixels has no curve: it is of an image."""
    if SEGMENTATION in loss.tasks:
        return False
    plain = all(isinstance(parameter, Number | Boolean | Choice) for parameter in loss.parameters().values())
    return plain and all(hasattr(loss, name) for name in loss.parameters())


def on_axis(loss: Loss, axis: str) -> bool:
    """Return whether a loss is a function of the axis. A function of the probability is only a loss whose probability is a sigmoid of the margin."""
    return axis != PROBABILITY or _steepness(loss) is not None


def at(loss: Loss, axis: str, x: Array) -> tuple[Array, Array]:
    """Return the value (N,) and the derivative (N,) of one sample's loss at the points x (N,) of an axis; NaN where no score belongs to x.

    The derivative by x is exact, by the chain rule: the sum over k of gradient_k times the derivative of score k by x.

    - residual: one output with true value 0. For a loss with a log link the true value is 1 and the prediction 1 + x, so x is the error in units of the
      true value.
    - margin: two classes, the first is true. One-vs-rest losses get the scores (x, -x), softmax losses (x/2, -x/2). Both give the true class the
      probability 1 / (1 + exp(-x)).
    - probability: two classes, at the margin at which the loss gives the true class the probability x.
    """
    with np.errstate(all="ignore"):
        scores, slopes, targets = _scores(loss, axis, x)
        value = loss.value(scores, targets)
        gradient = (loss.gradient(scores, targets) * slopes).sum(axis=-1)
    has_score = np.isfinite(scores).all(axis=-1)
    return np.where(has_score, value, np.nan), np.where(has_score, gradient, np.nan)


def _scores(loss: Loss, axis: str, x: Array) -> tuple[Array, Array, Array]:
    """Return the scores (N, K) that belong to x (N,), their derivatives by x (N, K), and the targets (N, K)."""
    column = x[:, None]
    if axis == RESIDUAL and loss.link == LOG:
        # The prediction is exp(score) plus a constant, which `predict` reveals: 0, or -1 for the logarithm of 1 + y.
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
    """Return c if the probability of the true class at margin m is 1 / (1 + exp(-c m)); None if it is no such sigmoid."""
    scores, _, _ = _scores(loss, MARGIN, _PROBES)
    probabilities = loss.probabilities(scores)
    if probabilities is None:
        return None
    with np.errstate(all="ignore"):
        steepness = logit(probabilities[:, 0]) / _PROBES
    return float(steepness[0]) if np.isfinite(steepness).all() and np.allclose(steepness, steepness[0], rtol=1e-9) else None


def jumps(function: Callable[[Array], Array], x: Array) -> list[float]:
    """Return the places, ascending, at which a function jumps between the first and the last of the ascending points x (N,).

    Every interval between two points is halved again and again, and the half with the larger difference of values is kept. In an interval with a jump the
    difference stays; in others it goes to 0.
    """
    low, high = x[:-1].copy(), x[1:].copy()
    at_low, at_high = function(low), function(high)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        at_middle = function(middle)
        left = np.abs(at_middle - at_low) >= np.abs(at_high - at_middle)
        low, at_low = np.where(left, low, middle), np.where(left, at_low, at_middle)
        high, at_high = np.where(left, middle, high), np.where(left, at_middle, at_high)
    has_jump = np.abs(at_high - at_low) > 1e-6 * (1 + np.abs(at_low) + np.abs(at_high))  # false if a value is NaN
    return sorted({float(np.round(place, 9)) + 0.0 for place in high[has_jump]})


@dataclass(frozen=True)
class Kink:
    """A point (`x`, `value`) at which a curve has no derivative, with the slopes on its left (`before`) and on its right (`after`)."""

    x: float
    value: float
    before: float
    after: float

    def times(self, factor: float) -> Kink:
        """Return the kink of the loss times a factor."""
        return Kink(self.x, factor * self.value, factor * self.before, factor * self.after)


@dataclass(frozen=True)
class Curve:
    """A loss over the points `x` (N,): its `value` (N,), its derivative by x (`gradient`, (N,), NaN at a kink), and its kinks."""

    x: Array
    value: Array
    gradient: Array
    kinks: tuple[Kink, ...]

    def times(self, factor: float) -> Curve:
        """Return the curve of the loss times a factor."""
        return replace(self, value=factor * self.value, gradient=factor * self.gradient, kinks=tuple(kink.times(factor) for kink in self.kinks))


def curves(losses: Sequence[Loss], axis: str) -> list[Curve]:
    """Return the curve of each loss. All have the same points: the axis's grid, each jump and kink of any loss, and a point on both sides of each."""
    x = grid(axis)
    breaks = [_breaks(loss, axis, x) for loss in losses]
    places = np.array(sorted({place for steps, kinks in breaks for place in (*steps, *kinks)}))
    x = np.unique(np.concatenate([x, places - GAP, places, places + GAP]))
    loss_curves = []
    for loss, (_, kinks) in zip(losses, breaks, strict=True):
        value, gradient = at(loss, axis, x)
        for place in kinks:
            gradient[np.abs(x - place) < GAP / 2] = np.nan
        loss_curves.append(Curve(x, value, gradient, tuple(_kink(loss, axis, place) for place in kinks)))
    return loss_curves


def _breaks(loss: Loss, axis: str, x: Array) -> tuple[list[float], list[float]]:
    """Return the places at which the value jumps, and those at which only its derivative jumps. A loss declared differentiable has none."""
    if loss.differentiable:
        return [], []
    steps = jumps(lambda points: at(loss, axis, points)[0], x)
    corners = jumps(lambda points: at(loss, axis, points)[1], x)
    return steps, [place for place in corners if place not in steps]


def _kink(loss: Loss, axis: str, place: float) -> Kink:
    """Return the kink at a place, with the slopes at a distance of `GAP` on both sides."""
    value, gradient = at(loss, axis, np.array([place - GAP, place, place + GAP]))
    return Kink(place, float(value[1]), float(gradient[0]), float(gradient[2]))


@dataclass(frozen=True)
class Surrogate:
    """A loss that, times `factor`, is at least the 0-1 loss at every margin."""

    kind: str
    factor: float
    #: whether it is convex in the margin and never rises, as the losses that are minimised in practice in place of the 0-1 loss
    usual: bool


def bound(loss: Loss) -> float | None:
    """Return the smallest factor, at least 1, for which the loss times the factor is at least the 0-1 loss at every margin; None if there is none.

    The 0-1 loss is 1 for margins up to 0, and 0 above. So the factor is 1 over the smallest value of the loss at margins up to 0.
    """
    margin = np.linspace(*_WIDE)
    value, _ = at(loss, MARGIN, margin)
    lowest = float(value[margin <= 0].min())
    if not np.isfinite(value).all() or value.min() < 0 or lowest < 1e-6:
        return None
    return 1.0 if lowest > 1 - 1e-9 else 1 / lowest


@lru_cache(maxsize=1)
def surrogates() -> tuple[Surrogate, ...]:
    """Return the registered losses that, at their defaults, bound the 0-1 loss from above. Of losses with the same curve only the first is returned."""
    bounding: list[Surrogate] = []
    curve_values: list[Array] = []
    for kind, item in LOSSES.items():
        if CLASSIFICATION not in item.tasks or not item.informative or not drawable(item):
            continue
        factor = bound(item())
        if factor is None:
            continue
        value, gradient = at(item(), MARGIN, grid(MARGIN))
        if any(np.allclose(factor * value, other) for other in curve_values):
            continue
        curve_values.append(factor * value)
        bounding.append(Surrogate(kind, factor, bool(item.convex and gradient.max() < 1e-9)))
    return tuple(bounding)

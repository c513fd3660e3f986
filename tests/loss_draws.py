"""Scores and targets for the tests of the losses, drawn from what each loss declares."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.losses import LOSSES, Loss, WeightedSum
from core.tasks import CLASSIFICATION, IDENTITY, SEGMENTATION
from tests.items import by_kind
from tests.reference.make_optimizers import settings

KINDS = [(cls, task) for cls in LOSSES.values() for task in sorted(cls.tasks)]
ITEMS = [(cls(**values), task) for cls, task in KINDS for values in settings(cls)]
K = 3


def every(items: list[tuple[Loss, str]]) -> Any:
    """Parametrise a test over losses and tasks, with one case a kind and task."""
    return by_kind("loss,task", items, lambda pair: f"{pair[0].kind}-{pair[1]}")


every_item = every(ITEMS)
every_kind = pytest.mark.parametrize(("cls", "task"), KINDS, ids=lambda part: getattr(part, "kind", part))
#: without the sums, whose properties and stacking are their parts'
SIMPLE = [(cls, task) for cls, task in KINDS if not issubclass(cls, WeightedSum)]
every_simple_kind = pytest.mark.parametrize(("cls", "task"), SIMPLE, ids=lambda part: getattr(part, "kind", part))


def into_domain(loss: Loss | type[Loss], numbers: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
    """Return the numbers mapped into the loss's target domain; with `rng`, a quarter of them onto a lower end that belongs to it."""
    domain = loss.target_domain
    assert math.isinf(domain.high), "no such domain yet"
    if math.isinf(domain.low):
        return numbers
    inside = domain.low + np.abs(numbers)
    if domain.open_low:
        return np.where(inside == domain.low, domain.low + 1, inside)
    return inside if rng is None else np.where(rng.uniform(size=numbers.shape) < 0.25, domain.low, inside)


def draw_targets(loss: Loss | type[Loss], task: str, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return random targets: one-hot classes, masks of which some are empty or full, or real numbers of the loss's domain."""
    if task == SEGMENTATION:
        return rng.integers(2, size=shape).astype(float)
    if task == CLASSIFICATION:
        return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]
    return into_domain(loss, rng.normal(scale=2, size=shape), rng)


def draw(loss: Loss | type[Loss], task: str, seed: int, shape: tuple[int, ...] = (20, K)) -> tuple[np.ndarray, np.ndarray]:
    """Return random scores and targets, which no loss may write to."""
    rng = np.random.default_rng(seed)
    scores, targets = rng.normal(scale=3, size=shape), draw_targets(loss, task, rng, shape)
    scores.flags.writeable = targets.flags.writeable = False
    return scores, targets


def corners(loss: Loss | type[Loss], task: str, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Return scores (B, K) of all sizes and signs up to the ends of the range, each with every one of a few targets."""
    sizes = [0, 1e-300, 1e-8, 1, 37, 745, *np.geomspace(1e3, max(-low, high), 4)]
    levels = sorted({float(np.clip(sign * size, low, high)) for size in sizes for sign in (-1, 1)})
    scores = np.array(list(itertools.product(levels, repeat=K)))
    masks = np.array(list(itertools.product((0.0, 1.0), repeat=K)))
    targets = np.eye(K) if task == CLASSIFICATION else masks if task == SEGMENTATION else into_domain(loss, np.array([[0.0, 1, -1], [1e3, -1e3, 1e-8]]))
    return np.tile(scores, (len(targets), 1)), np.repeat(targets, len(scores), axis=0)


def perfect(loss: Loss, targets: np.ndarray) -> np.ndarray:
    """Return the scores in the loss's range at which `predict` comes nearest to the targets of a regression, by bisection."""
    if loss.link == IDENTITY:
        return targets
    low, high = (np.full_like(targets, end) for end in loss.score_range)
    for _ in range(100):
        middle = (low + high) / 2
        below = loss.predict(middle) < targets
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return high


def central_difference(function: Callable[[np.ndarray], np.ndarray], x: np.ndarray, eps: float = 1e-6) -> np.ndarray:
    """Return the derivative of a function from (..., n) to (...) by the four-point rule, shape (..., n)."""
    steps = eps * np.eye(x.shape[-1])
    near, far = (function(x[..., None, :] + k * steps) - function(x[..., None, :] - k * steps) for k in (1, 2))
    return (8 * near - far) / (12 * eps)


def of(kind: str, **values: Any) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Return the value of the loss as a function of scores and targets."""
    return LOSSES[kind](**values).value

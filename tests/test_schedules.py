"""Every schedule of the learning rate, and every class weighting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from core.class_weights import CLASS_WEIGHTS, ClassWeights
from core.schedules import SCHEDULES, Schedule
from tests.reference.make_optimizers import settings

ITEMS = [cls(**values) for cls in SCHEDULES.values() for values in settings(cls, draws=5)]
WEIGHTINGS = [cls(**values) for cls in CLASS_WEIGHTS.values() for values in settings(cls)]
every_item = pytest.mark.parametrize("item", ITEMS, ids=repr)
PROGRESS = np.arange(1000) / 1000
PROGRESS.flags.writeable = False
#: the factor at one progress p, a whole number of thousandths
FORMULAS: dict[str, Callable[[Any, float], float]] = {
    "constant": lambda o, p: 1.0,
    "step": lambda o, p: o.drop ** (round(1000 * p) * (o.drops + 1) // 1000),
    "exponential": lambda o, p: o.final**p,
    "cosine": lambda o, p: o.final + (1 - o.final) * np.cos(np.pi * p / 2) ** 2,
    "inverse_time": lambda o, p: 1 / (1 + o.decay * p),
    "warmup_cosine": lambda o, p: 0.01 + 0.99 * p / o.warmup if p < o.warmup else np.cos(np.pi / 2 * (p - o.warmup) / (1 - o.warmup)) ** 2,
}
#: the default's factor at the start, in the middle, and in the limit of the end
BY_HAND = {
    "constant": (1, 1, 1),
    "step": (1, 0.1, 0.01),
    "exponential": (1, 0.1, 0.01),
    "cosine": (1, 0.5, 0),
    "inverse_time": (1, 1 / 5.5, 0.1),
    "warmup_cosine": (0.01, np.cos(np.pi / 2 * 4 / 9) ** 2, 0),
}


@every_item
def test_factor_is_a_share(item: Schedule) -> None:
    """A share of the learning rate, of the shape of the progress, that is largest at the start or after a warm-up."""
    factor = item.factor(PROGRESS)
    assert factor.shape == PROGRESS.shape
    assert (factor >= 0).all()
    assert (factor <= 1).all()
    assert factor.max() > 0.99
    assert (np.diff(factor[factor.argmax() :]) <= 0).all()
    np.testing.assert_array_equal(item.factor(PROGRESS.reshape(10, 100)), factor.reshape(10, 100))


@pytest.mark.parametrize("item", [item for item in ITEMS if item.kind in FORMULAS], ids=repr)
def test_factor_follows_the_formula(item: Schedule) -> None:
    np.testing.assert_allclose(item.factor(PROGRESS), [FORMULAS[item.kind](item, p) for p in PROGRESS], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("kind", BY_HAND)
def test_start_middle_and_end_by_hand(kind: str) -> None:
    np.testing.assert_allclose(SCHEDULES[kind]().factor(np.array([0, 0.5, 1 - 1e-12])), BY_HAND[kind], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("drops", [1, 2, 4, 9, 49, 99])
def test_step_drops_at_equal_distances(drops: int) -> None:
    """PyTorch's StepLR multiplies after every `step_size` updates, exactly: 29/100 * 100 is not quite 29 in floating point."""
    step_size = 20
    updates = np.arange(step_size * (drops + 1))
    factor = SCHEDULES["step"](drops=drops, drop=0.9).factor(updates / len(updates))
    np.testing.assert_allclose(factor, 0.9 ** (updates // step_size), rtol=1e-13)


@pytest.mark.parametrize("item", WEIGHTINGS, ids=lambda item: repr(item)[:60])
def test_class_weights_are_one_for_each_class(item: ClassWeights) -> None:
    counts = np.arange(1, 101)
    counts.flags.writeable = False
    weights = item.weights(counts)
    assert weights.shape == (100,)
    assert weights.dtype == float
    assert (weights >= 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_balanced_equals_scikit_learn(seed: int) -> None:
    labels = np.random.default_rng(seed).choice(5, size=300, p=[0.5, 0.3, 0.1, 0.07, 0.03])
    expected = compute_class_weight("balanced", classes=np.arange(5), y=labels)
    weights = CLASS_WEIGHTS["balanced"]().weights(np.bincount(labels, minlength=5))
    np.testing.assert_allclose(weights, expected, rtol=1e-14)
    np.testing.assert_allclose(weights @ np.bincount(labels), len(labels), rtol=1e-14)


def test_a_class_without_rows_weighs_nothing() -> None:
    np.testing.assert_array_equal(CLASS_WEIGHTS["balanced"]().weights(np.array([2, 0, 6])), [8 / 6, 0, 8 / 18])


def test_no_weighting_is_one() -> None:
    np.testing.assert_array_equal(CLASS_WEIGHTS["none"]().weights(np.array([5, 1])), [1, 1])


def test_weights_by_hand() -> None:
    item = CLASS_WEIGHTS["manual"](values=(3, 0.5))
    np.testing.assert_array_equal(item.weights(np.array([7, 8, 9])), [3, 0.5, 1])
    with pytest.raises(ValueError, match="2 weights were given for 1 classes"):
        item.weights(np.array([7]))

"""Every schedule of the learning rate, and every class weighting."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from core.class_weights import CLASS_WEIGHTS, ClassWeights
from core.schedules import SCHEDULES, Schedule
from tests.items import by_kind, in_one
from tests.reference.make_optimizers import SCHEDULES_PATH, settings

CURVES = json.loads(SCHEDULES_PATH.read_text())
ITEMS = [cls(**values) for cls in SCHEDULES.values() for values in settings(cls, draws=5)]
WEIGHTINGS = [cls(**values) for cls in CLASS_WEIGHTS.values() for values in settings(cls)]
every_item = by_kind("item", ITEMS)
PROGRESS = np.arange(1000) / 1000
PROGRESS.flags.writeable = False


def restarts(o: Any, p: float) -> float:
    """Count the cycles off, in units of the first one's length."""
    left, length = p * sum(o.growth**i for i in range(o.cycles)), 1
    while left > length - 1e-9:
        left, length = left - length, length * o.growth
    return o.final + (1 - o.final) * np.cos(np.pi / 2 * left / length) ** 2


def one_cycle(o: Any, p: float) -> float:
    """Go from one rate to the next, as the learning rates of the paper's figure: start, peak, end."""
    start, end = 1 / o.div_factor, 1 / (o.div_factor * o.final_div_factor)
    (a, b), share = ((start, 1.0), p / o.warmup) if p < o.warmup else ((1.0, end), (p - o.warmup) / (1 - o.warmup))
    return a + (b - a) * (share if o.annealing == "linear" else np.sin(np.pi / 2 * share) ** 2)


def random(o: Any, p: float) -> float:
    """Draw one number for each epoch of ten up to this one."""
    rng = np.random.default_rng([o.seed, 0x5EED])
    u = [rng.random() for _ in range(round(1000 * p) * 10 // 1000 + 1)][-1]
    return o.low * (o.high / o.low) ** u


#: the factor at one progress p, a whole number of thousandths
FORMULAS: dict[str, Callable[[Any, float], float]] = {
    "constant": lambda o, p: 1.0,
    "step": lambda o, p: o.drop ** (round(1000 * p) * (o.drops + 1) // 1000),
    "exponential": lambda o, p: o.final**p,
    "cosine": lambda o, p: o.final + (1 - o.final) * np.cos(np.pi * p / 2) ** 2,
    "cosine_restarts": restarts,
    "polynomial": lambda o, p: (1 - p) ** o.power,
    "inverse_time": lambda o, p: 1 / (1 + o.decay * p),
    "warmup_cosine": lambda o, p: 0.01 + 0.99 * p / o.warmup if p < o.warmup else np.cos(np.pi / 2 * (p - o.warmup) / (1 - o.warmup)) ** 2,
    "one_cycle": one_cycle,
    "random": random,
}
#: the default's factor at the start, in the middle, and in the limit of the end
BY_HAND = {
    "constant": (1, 1, 1),
    "step": (1, 0.1, 0.01),
    "exponential": (1, 0.1, 0.01),
    "cosine": (1, 0.5, 0),
    "cosine_restarts": (1, np.cos(np.pi / 2 / 8) ** 2, 0),
    "polynomial": (1, 0.5, 0),
    "inverse_time": (1, 1 / 5.5, 0.1),
    "warmup_cosine": (0.01, np.cos(np.pi / 2 * 4 / 9) ** 2, 0),
    "one_cycle": (0.04, 4e-6 + (1 - 4e-6) * np.cos(np.pi / 2 * 2 / 7) ** 2, 4e-6),
    "random": (0.12994336959743966, 0.38359806818324754, 0.6562142214561527),  # whatever the generator drew: the same seed is the same rates for ever
}


@every_item
def test_factor_is_a_share(item: Schedule) -> None:
    """A share of the learning rate, of the shape of the progress."""
    factor = item.factor(PROGRESS, 10)
    assert factor.shape == PROGRESS.shape
    assert factor.dtype == float
    assert (factor >= 0).all()
    assert (factor <= 1).all()
    np.testing.assert_array_equal(item.factor(PROGRESS.reshape(10, 100), 10), factor.reshape(10, 100))


@by_kind("item", [item for item in ITEMS if item.kind != "random"])
def test_factor_is_largest_at_the_start_or_after_a_warm_up(item: Schedule) -> None:
    """From there it only falls; with restarts, again and again: as many times as there are cycles."""
    factor = item.factor(PROGRESS, 10)
    assert factor.max() > 0.99
    rises = np.diff(factor[factor.argmax() :]) > 0
    assert rises.sum() == (item.cycles - 1 if item.kind == "cosine_restarts" and item.final < 1 else 0)


@every_item
def test_factor_at_one_progress_does_not_depend_on_the_others(item: Schedule) -> None:
    """A training asks for a few updates at a time."""
    np.testing.assert_array_equal([item.factor(PROGRESS[i : i + 1], 10)[0] for i in range(0, 1000, 7)], item.factor(PROGRESS, 10)[::7])


def test_every_schedule_has_a_formula_and_numbers_by_hand() -> None:
    assert set(FORMULAS) == set(BY_HAND) == set(SCHEDULES)


@every_item
def test_factor_follows_the_formula(item: Schedule) -> None:
    np.testing.assert_allclose(item.factor(PROGRESS, 10), [FORMULAS[item.kind](item, p) for p in PROGRESS], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("kind", BY_HAND)
def test_start_middle_and_end_by_hand(kind: str) -> None:
    np.testing.assert_allclose(SCHEDULES[kind]().factor(np.array([0, 0.5, 1 - 1e-12]), 10), BY_HAND[kind], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("case", CURVES, ids=lambda case: case["pytorch"])
def test_factors_equal_pytorch(case: dict[str, Any]) -> None:
    """Update by update over the whole training, at a learning rate of 1."""
    updates = len(case["factors"])
    factor = SCHEDULES[case["kind"]](**case["settings"]).factor(np.arange(updates) / updates, 1)
    np.testing.assert_allclose(factor, case["factors"], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("drops", [1, 2, 4, 9, 49, 99])
def test_step_drops_at_equal_distances(drops: int) -> None:
    """PyTorch's StepLR multiplies after every `step_size` updates, exactly: 29/100 * 100 is not quite 29 in floating point."""
    step_size = 20
    updates = np.arange(step_size * (drops + 1))
    factor = SCHEDULES["step"](drops=drops, drop=0.9).factor(updates / len(updates), 10)
    np.testing.assert_allclose(factor, 0.9 ** (updates // step_size), rtol=1e-13)


@in_one("growth", [1, 2, 3, 4])
@in_one("cycles", [1, 2, 3, 7, 12])
def test_restarts_come_at_the_very_update(growth: int, cycles: int) -> None:
    """At the full rate, although the progress is rounded."""
    first = 3
    starts = first * np.cumsum([0] + [growth**i for i in range(cycles)])
    if starts[-1] < 1e6:
        factor = SCHEDULES["cosine_restarts"](cycles=cycles, growth=growth).factor(np.arange(starts[-1]) / starts[-1], 10)
        np.testing.assert_allclose(factor[starts[:-1]], 1, rtol=1e-12)
        np.testing.assert_array_equal(np.flatnonzero(factor > 1 - 1e-13), starts[:-1])


@in_one("epochs", [1, 3, 7, 49, 100, 997, 10_000])
@in_one("batches", [1, 29])
def test_random_factor_changes_with_the_epoch_exactly(epochs: int, batches: int) -> None:
    """And the first epochs are the same in a longer training."""
    updates = np.arange(epochs * batches)
    factor = SCHEDULES["random"]().factor(updates / len(updates), epochs).reshape(epochs, batches)
    assert (factor == factor[:, :1]).all()
    assert len(set(factor[:, 0])) == epochs
    np.testing.assert_array_equal(SCHEDULES["random"]().factor(np.arange(2 * epochs) / (2 * epochs), 2 * epochs)[:epochs], factor[:, 0])


def test_random_factors_are_log_uniform_and_follow_the_seed() -> None:
    draws = [SCHEDULES["random"](low=0.001, high=0.1, seed=seed).factor(np.arange(4000) / 4000, 4000) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.isin(draws[2], draws[0]).any()
    share_below = (draws[0] < np.array([0.001, 10**-2.5, 0.01, 10**-1.5, 0.1])[:, None]).mean(axis=1)
    np.testing.assert_allclose(share_below, [0, 0.25, 0.5, 0.75, 1], atol=0.03)


@by_kind("item", WEIGHTINGS)
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

"""Softmax step by step: against the registered cross-entropy, and what float32 makes of extreme scores."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.losses import LOSSES
from core.studies.losses.softmax_steps import fused_float32, naive_float32, softmax_steps
from pages.ui.losses import softmax_charts
from tests import vega
from tests.items import in_one


@in_one("scores", [(2.0, 1.0, -1.0), (0.0, 0.0, 0.0), (-5.0, 5.0, 4.9)])
@in_one("true_class", [0, 1, 2])
@in_one("temperature", [0.2, 1.0, 10.0])
@in_one("smoothing", [0.0, 0.3])
def test_the_steps_lead_to_the_registered_cross_entropy(scores: tuple[float, ...], true_class: int, temperature: float, smoothing: float) -> None:
    steps = softmax_steps(scores, true_class, temperature, smoothing)
    loss = LOSSES["cross_entropy"](label_smoothing=smoothing)
    scaled, targets = np.array([scores]) / temperature, np.eye(3)[[true_class]]
    expected = loss.value(scaled, targets)[0]
    assert steps.total == pytest.approx(expected, rel=1e-12)
    assert steps.negative_log_likelihood == pytest.approx(expected, rel=1e-12)
    assert f"{steps.total:.8f}" == f"{steps.negative_log_likelihood:.8f}"
    np.testing.assert_allclose(steps.gradient, loss.gradient(scaled, targets)[0] / temperature, atol=1e-14)
    np.testing.assert_allclose(steps.probabilities, loss.probabilities(scaled)[0], rtol=1e-12)
    np.testing.assert_allclose(steps.log_softmax, steps.log_probabilities, rtol=1e-9)
    assert steps.target.sum() == pytest.approx(1)
    assert steps.losses.sum() == pytest.approx(steps.total)


def test_a_temperature_must_be_positive() -> None:
    with pytest.raises(ValueError, match="temperature"):
        softmax_steps((1.0, 2.0), 0, temperature=0)


def extreme(size: float) -> tuple[dict[str, tuple[float, ...]], dict[str, tuple[float, ...]]]:
    ways = naive_float32((size, 0, -size), 2), fused_float32((size, 0, -size), 2)
    return {row.name: row.numbers for row in ways[0]}, {row.name: row.numbers for row in ways[1]}


@pytest.mark.parametrize("size", [1, 10, 50, 60, 90, 1000])
def test_the_fused_way_is_right_at_every_score(size: float) -> None:
    _, fused = extreme(size)
    exact = softmax_steps((min(size, 300), 0, -min(size, 300)), 2)
    assert fused["loss"][0] == pytest.approx(2 * size + math.log1p(math.exp(-size) + math.exp(-2 * size)), rel=1e-6)
    np.testing.assert_allclose(fused["gradient"], exact.gradient, atol=1e-6)
    assert all(math.isfinite(number) for row in fused.values() for number in row)


def test_the_naive_way_loses_digits_then_the_loss_then_everything() -> None:
    naive, fused = extreme(10)
    assert naive["loss"] == pytest.approx(fused["loss"], rel=1e-6)
    naive, fused = extreme(50)
    assert naive["loss"][0] != pytest.approx(fused["loss"][0], rel=1e-5)
    naive, _ = extreme(60)
    assert naive["probabilities"][2] == 0
    assert naive["loss"] == (math.inf,)
    assert all(map(math.isfinite, naive["gradient"]))
    naive, _ = extreme(100)
    assert naive["exponentials"][0] == math.inf
    assert math.isnan(naive["probabilities"][0])
    assert math.isnan(naive["gradient"][0])


@pytest.mark.parametrize(
    ("value", "text"),
    [(math.inf, "inf"), (-math.inf, "−inf"), (math.nan, "nan"), (0.0, "0"), (-0.0, "0"), (-1.25, "−1.25"), (3.7835e-44, "3.78e−44"), (22026.466, "2.20e4")],
)
def test_numbers_in_few_characters(value: float, text: str) -> None:
    assert softmax_charts.number(value) == text


def test_bars_are_valid_keep_their_specification_and_survive_what_is_not_finite() -> None:
    finite, spec = softmax_charts.bars((1.0, -2.0, 0.0), longest=2, sides=softmax_charts.BOTH, true_class=0)
    broken, same = softmax_charts.bars((math.inf, math.nan, -math.inf), longest=2, sides=softmax_charts.BOTH, true_class=2)
    assert spec is same
    vega.check(spec)
    assert list(finite["bars"]["size"]) == [0.5, -1.0, 0.0]
    assert list(broken["bars"]["size"]) == [0.0, 0.0, 0.0]
    assert list(broken["bars"]["number"]) == ["inf", "nan", "−inf"]
    assert list(broken["bars"]["name"]) == ["A", "B", "C ✓"]


@pytest.mark.parametrize(("values", "scale"), [((0.0,), 1), ((1.0,), 1), ((-1.1, 0.3), 2), ((7.4, 1.0), 10), ((148.4,), 200), ((math.inf, 3.0), 5)])
def test_the_scale_of_bars_is_round(values: tuple[float, ...], scale: float) -> None:
    assert softmax_charts.reach(values) == pytest.approx(scale)

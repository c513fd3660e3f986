"""Losses as curves: the derivative by what is on the x axis, the conventions of the margin, kinks, bounds of the 0-1 loss, and their charts."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from core.losses import LOSSES, Loss
from core.studies.losses.loss_curves import GAP, MARGIN, PROBABILITY, RESIDUAL, Curve, at, bound, curves, drawable, grid, jumps, on_axis, surrogates
from core.tasks import CLASSIFICATION, LOG, REGRESSION
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.theme import look
from pages.ui.losses import curve_charts
from tests import vega
from tests.items import in_one

AXES = {REGRESSION: (RESIDUAL,), CLASSIFICATION: (MARGIN, PROBABILITY)}
PAIRS = [
    (kind, axis) for kind, item in LOSSES.items() if drawable(item) for task in sorted(item.tasks) for axis in AXES[task] if on_axis(item(), axis)
]


def named(kind: str, **parameters: Any) -> Loss:
    return LOSSES[kind](**parameters)


@in_one("kind,axis", PAIRS)
def test_the_gradient_is_the_derivative_by_what_is_on_the_axis(kind: str, axis: str) -> None:
    loss = named(kind)
    x = grid(axis)[1:-1] + 1.234e-3  # beside round numbers, where kinks are
    step = 1e-6
    value, gradient = at(loss, axis, x)
    numeric = (at(loss, axis, x + step)[0] - at(loss, axis, x - step)[0]) / (2 * step)
    seen = np.isfinite(numeric)
    assert seen.sum() > 100
    assert np.isfinite(value[seen]).all()
    np.testing.assert_allclose(gradient[seen], numeric[seen], rtol=2e-5, atol=2e-6)


@in_one("kind", [kind for kind, item in LOSSES.items() if item.link == LOG and drawable(item)])
def test_a_logarithmic_link_is_drawn_over_its_prediction(kind: str) -> None:
    loss = named(kind)
    scores = np.array([[-1.0], [0.0], [0.5], [2.0]])
    predicted = loss.predict(scores)[:, 0]
    value, _ = at(loss, RESIDUAL, predicted - 1)
    np.testing.assert_allclose(value, loss.value(scores, np.ones_like(scores)))
    least = float(loss.predict(np.array([[-700.0]]))[0, 0])
    for never in at(loss, RESIDUAL, np.array([least - 1.1])):
        assert np.isnan(never).all()


def test_one_margin_means_the_same_to_losses_of_a_softmax_and_one_vs_rest() -> None:
    x = grid(MARGIN)
    logistic = np.log1p(np.exp(-x))
    for kind in ("cross_entropy", "binary_cross_entropy"):
        value, gradient = at(named(kind), MARGIN, x)
        np.testing.assert_allclose(value, logistic, rtol=1e-12)
        np.testing.assert_allclose(gradient, -1 / (1 + np.exp(x)), rtol=1e-12)
    np.testing.assert_allclose(at(named("hinge"), MARGIN, x)[0], np.maximum(0, 1 - x))
    np.testing.assert_allclose(at(named("squared_hinge"), MARGIN, x)[0], np.maximum(0, 1 - x) ** 2)


def test_over_the_probability_cross_entropy_is_minus_its_logarithm() -> None:
    p = grid(PROBABILITY)
    value, gradient = at(named("cross_entropy"), PROBABILITY, p)
    np.testing.assert_allclose(value, -np.log(p), rtol=1e-12)
    np.testing.assert_allclose(gradient, -1 / p, rtol=1e-12)
    assert not on_axis(named("hinge"), PROBABILITY)
    np.testing.assert_allclose(at(named("focal", gamma=2.0), PROBABILITY, p)[0], -((1 - p) ** 2) * np.log(p), rtol=1e-10)


@pytest.mark.parametrize(
    ("kind", "parameters", "axis", "expected"),
    [
        ("absolute_error", {}, RESIDUAL, [(0, 0, -1, 1)]),
        ("quantile", {"quantile": 0.8}, RESIDUAL, [(0, 0, -0.8, 0.2)]),
        ("hinge", {}, MARGIN, [(1, 0, -1, 0)]),
        ("epsilon_insensitive", {"epsilon": 0.3}, RESIDUAL, [(-0.3, 0, -1, 0), (0.3, 0, 0, 1)]),
        ("epsilon_insensitive", {"epsilon": 0.31}, RESIDUAL, [(-0.31, 0, -1, 0), (0.31, 0, 0, 1)]),
        ("huber", {}, RESIDUAL, []),
        ("zero_one", {}, MARGIN, []),
    ],
)
def test_kinks_are_found_where_they_are(kind: str, parameters: dict[str, float], axis: str, expected: list[tuple[float, ...]]) -> None:
    found = [(kink.x, kink.value, kink.before, kink.after) for kink in curves([named(kind, **parameters)], axis)[0].kinks]
    assert len(found) == len(expected)
    if expected:
        np.testing.assert_allclose(found, expected, atol=1e-8)


@in_one("kind,axis", PAIRS)
def test_what_is_declared_differentiable_has_no_kink(kind: str, axis: str) -> None:
    loss = named(kind)
    corners = jumps(lambda x: at(loss, axis, x)[1], grid(axis))
    assert bool(corners or jumps(lambda x: at(loss, axis, x)[0], grid(axis))) != loss.differentiable


def test_a_curve_is_broken_where_its_slope_jumps_and_a_step_stays_upright() -> None:
    absolute, insensitive = curves([named("absolute_error"), named("epsilon_insensitive", epsilon=0.31)], RESIDUAL)
    assert absolute.x is insensitive.x or np.array_equal(absolute.x, insensitive.x)
    assert (np.diff(absolute.x) > 0).all()
    assert np.isnan(absolute.gradient).sum() == 1
    assert np.isnan(insensitive.gradient).sum() == 2
    assert np.isfinite(absolute.value).all()
    (step,) = curves([named("zero_one")], MARGIN)
    near = np.abs(step.x) <= 2 * GAP
    assert set(step.value[near]) >= {0.0, 1.0}
    assert np.unique(step.x.astype(np.float32)).size == step.x.size  # also in what is sent


@dataclass(frozen=True)
class _Slow:
    """What `bound` asks of a loss, with a value that can be chosen."""

    scale: float

    shift_invariant = False
    kind = "slow"

    def value(self, scores: Any, targets: Any) -> Any:
        return self.scale * np.log1p(np.exp(-scores[:, 0]))

    def gradient(self, scores: Any, targets: Any) -> Any:
        return np.zeros_like(scores)


def test_bounds_of_the_zero_one_loss() -> None:
    assert bound(named("hinge")) == 1
    assert bound(named("squared_hinge")) == 1
    assert bound(named("cross_entropy")) == pytest.approx(1 / math.log(2))
    assert bound(named("perceptron")) is None
    assert bound(_Slow(0.5)) == pytest.approx(2 / math.log(2))  # type: ignore[arg-type]
    m = np.linspace(-9, 9, 1801)
    for each in surrogates():
        value, _ = at(named(each.kind), MARGIN, m)
        assert (each.factor * value >= (m <= 0) - 1e-9).all(), each
    usual = [each.kind for each in surrogates() if each.usual]
    assert {"cross_entropy", "hinge", "squared_hinge", "exponential", "modified_huber"} <= set(usual)
    assert "zero_one" not in usual
    assert "binary_cross_entropy" not in {each.kind for each in surrogates()}  # the curve of cross-entropy


# Charts


def drawn(kinds: tuple[str, ...], axis: str, *, log: bool = False, dark: bool = False) -> tuple[list[Curve], curve_charts.Chart, curve_charts.Chart]:
    found = curves([named(kind) for kind in kinds], axis)
    looks = [look(i, LOSSES[kind].title) for i, kind in enumerate(kinds)]
    values = curve_charts.values(found, looks, "x", Axis("loss", log, curve_charts.value_domain(found, log=log)), dark=dark)
    return found, values, curve_charts.gradients(found, looks, "x", Axis("gradient", domain=curve_charts.gradient_domain(found)), dark=dark)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("axis", [MARGIN, PROBABILITY])
def test_charts_are_valid_and_hold_no_infinities(axis: str, log: bool) -> None:
    kinds = tuple(kind for kind, of in PAIRS if of == axis)
    for first in range(0, len(kinds), 6):
        _, *charts = drawn(kinds[first : first + 6], axis, log=log, dark=log)
        for data, spec in charts:
            vega.check(spec)
            assert "datasets" not in spec
            assert {layer["data"]["name"] for layer in [spec, *spec["layer"]] if "data" in layer} == set(data)
            assert not np.isinf(data["curves"].to_numpy()).any()
            assert set(data["curves"].dtypes.astype(str)) == {"float32"}
            assert len(data["curves"]) < 500


def test_a_dial_moves_data_and_not_the_specification() -> None:
    looks = [look(0, "Huber")]
    specs = [curve_charts.values(curves([named("huber", delta=delta)], RESIDUAL), looks, "r", Axis("loss", domain=(0, 4))) for delta in (1, 2)]
    assert specs[0][1] is specs[1][1]
    assert not specs[0][0]["curves"].equals(specs[1][0]["curves"])


def test_one_steep_loss_does_not_flatten_the_others() -> None:
    found, _, _ = drawn(("cross_entropy", "hinge", "focal", "exponential"), MARGIN)
    assert found[3].value.max() > 20
    assert curve_charts.value_domain(found)[1] <= 5
    low, high = curve_charts.gradient_domain(found)
    assert -5 <= low < -1
    assert 0 < high < 1
    assert curve_charts.value_domain(found, log=True)[0] == curve_charts.LOG_FLOOR
    falling = replace(found[0], value=found[0].value - 1)
    assert curve_charts.value_domain([falling])[0] < -0.5


def test_unbroken_lines_lie_beneath_the_others_and_labels_are_escaped() -> None:
    _, (_, spec), _ = drawn(tuple(kind for kind, axis in PAIRS if axis == MARGIN)[:6], MARGIN)
    fold = next(step["fold"] for layer in spec["layer"] for step in layer.get("transform", []) if "fold" in step)
    assert sorted(fold) == [f"r{i}" for i in range(6)]
    assert fold[:2] == ["r0", "r4"]
    assert "<b>" not in legend_html([look(0, "<b>")])

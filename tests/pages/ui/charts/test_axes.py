"""Logarithmic axes and what they cannot show, and means that lose seeds: nothing ends early, rests or goes on without a mark and a word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pages.ui.charts import axes, run_charts, series
from pages.ui.charts.axes import Axis
from pages.ui.charts.base import Chart
from pages.ui.charts.log_curves import log_curves, over_updates
from pages.ui.charts.theme import look
from tests import vega

LOG = Axis("loss", log=True)
STYLES = [look(0, "reaches 0"), look(1, "stays above")]
ZERO = pd.DataFrame({"x": range(5), "r0": [1.0, 0.1, 0.0, 0.01, 0.0], "r1": [1.0, 0.5, 0.2, 0.1, 0.05]})
BELOW = pd.DataFrame({"x": range(5), "r0": [1.3, 0.1, -2.0, -3.7, -3.88], "r1": [1.0, 1e-2, 1e-4, 1e-6, 1e-8]})


def long(frame: pd.DataFrame, **more: Any) -> pd.DataFrame:
    """Return a wide frame as a long one, its values as `value`, `loss` and `metric`."""
    parts = [pd.DataFrame({"run": name, "epoch": frame["x"], "x": frame["x"] + 0.0, "value": frame[name]} | more) for name in ("r0", "r1")]
    whole = pd.concat(parts, ignore_index=True)
    return whole.assign(loss=whole["value"], metric=whole["epoch"] / 4)


def marks(chart: Chart, run: str) -> list[tuple[int, float, float]]:
    rows = chart[0]["marks"]
    return [(int(kind), float(x), float(y)) for kind, x, y in rows.loc[rows["run"] == run, ["kind", "x", "y"]].to_numpy()]


def scale(chart: Chart, channel: str = "y") -> dict[str, Any]:
    found = [layer["encoding"][channel]["scale"] for layer in chart[1]["layer"] if channel in layer["encoding"] and "scale" in layer["encoding"][channel]]
    assert all(one == found[0] for one in found), "all layers lie along one axis"
    return found[0]


@pytest.mark.parametrize("y", [Axis("Dice"), LOG], ids=["linear", "log"])
def test_axes_stand_still_while_updates_are_played(y: Axis) -> None:
    """Also with a run that is lost; what is to come is not drawn."""
    updates, values = np.array([0, 5, 10]), np.array([[0.01, 0.2], [0.3, np.nan], [0.8, np.nan]])
    shown = [over_updates(updates, values, STYLES, y, last=10, at=until, until=until, height=200, dark=False) for until in (0, 5, 10)]
    assert [chart[0]["curves"]["r0"].notna().sum() for chart in shown] == [1, 2, 3]
    for channel in "xy":
        assert scale(shown[0], channel)["domain"] == scale(shown[1], channel)["domain"] == scale(shown[2], channel)["domain"]
    low, high = scale(shown[0])["domain"]
    assert low <= 0.01
    assert high >= 0.8
    vega.check(shown[0][1])


@pytest.mark.parametrize("by_run", [False, True])
def test_a_run_that_ends_at_0_ends_there(by_run: bool) -> None:
    """Its mark is on the lower edge at its last epoch, not at the last positive value, and the line goes down to it wherever it is 0."""
    chart = run_charts.curves_by_run(long(ZERO), STYLES, Axis("x"), LOG) if by_run else run_charts.curves(ZERO, STYLES, Axis("x"), LOG)
    ((kind, x, edge),) = marks(chart, "r0")
    assert (kind, x) == (series.BELOW, 4)
    assert marks(chart, "r1") == [(series.HEAD, 4, pytest.approx(0.05))]
    rows = chart[0]["rows" if by_run else "curves"]
    drawn = rows.loc[rows["run"] == "r0", "value"] if by_run else rows["r0"]
    np.testing.assert_allclose(drawn, [1, 0.1, edge, 0.01, edge], rtol=1e-6)
    assert edge == pytest.approx(1e-3, rel=1e-5), "a power of ten below all else, so that the edge is an end of the axis"
    assert np.float32(edge) >= 1e-3, "else the browser would begin a decade lower"
    assert (rows["edge"] == np.float32(edge)).all()
    assert scale(chart)["type"] == "log"
    vega.check(chart[1])


def test_the_pointer_reads_0_on_the_edge() -> None:
    _, spec = run_charts.curves(ZERO, STYLES, Axis("x"), LOG)
    (rule,) = (layer for layer in spec["layer"] if layer.get("name", "").startswith("rule"))
    assert "datum.r0 <= datum.edge ? '0' : format(datum.r0" in str(rule["transform"])


def test_a_floor_is_an_edge_that_says_so() -> None:
    """What is below a floor that nobody needs to see beyond rests there, and its value is not said to be the floor."""
    chart = run_charts.curves(ZERO, STYLES, Axis("x"), Axis("loss", log=True, floor=0.06))
    assert marks(chart, "r1") == [(series.BELOW, 4, pytest.approx(0.06, rel=1e-5))]
    assert "'≤ 0.06'" in str(chart[1])
    assert [str(said) for said in axes.notes(Axis("", log=True, floor=0.06), ["A"], [])] == ["On the lower edge: A, at 0.06 or below."]


@pytest.mark.parametrize("by_run", [False, True])
def test_an_axis_goes_on_below_0_with_a_run_that_does(by_run: bool) -> None:
    """Every value is drawn, the dot is at the last one, and both ends of the smallest value can be told from 0."""
    chart = run_charts.curves_by_run(long(BELOW), STYLES, Axis("x"), LOG) if by_run else run_charts.curves(BELOW, STYLES, Axis("x"), LOG)
    assert marks(chart, "r0") == [(series.HEAD, 4, pytest.approx(-3.88))]
    rows = chart[0]["rows" if by_run else "curves"]
    drawn = rows.loc[rows["run"] == "r0", "value"] if by_run else rows["r0"]
    np.testing.assert_allclose(drawn, BELOW["r0"], rtol=1e-6)
    assert scale(chart) | {"constant": None} == {"type": "symlog", "constant": None, "zero": False, "nice": False}
    assert scale(chart)["constant"] == 1e-4
    assert {-1.0, -0.1, 0.0, 0.1, 1.0} <= set(LOG.fitted([BELOW["r0"].to_numpy()]).ticks())
    vega.check(chart[1])


def test_paths_go_to_the_left_edge_and_below_0() -> None:
    left = run_charts.paths(long(ZERO), STYLES, LOG, Axis("metric"))
    kind, edge, metric = marks(left, "r0")[-1]
    assert (kind, metric) == (series.HEAD, 1.0)
    assert edge == pytest.approx(1e-3, rel=1e-5)
    below = run_charts.paths(long(BELOW), STYLES, LOG, Axis("metric"))
    assert marks(below, "r0")[-1] == (series.HEAD, pytest.approx(-3.88), 1.0)
    assert scale(below, "x")["type"] == "symlog"
    for _, spec in (left, below):
        vega.check(spec)


def test_a_sweep_draws_0_on_its_edge() -> None:
    """Without values that are not positive the range is theirs."""
    options: dict[str, Any] = {"height": 200, "dark": False}
    frame = ZERO.assign(x=[0.1, 0.2, 0.5, 1, 2], r0_train=0.0, r1_train=0.02)
    data, spec = log_curves(frame, STYLES, Axis("λ"), LOG, rings=[(0, 2.0, 0.0)], **options)
    edge = data["curves"]["edge"].iloc[0]
    assert data["curves"]["r0_train"].tolist() == [edge] * 5
    assert data["rings"]["value"].tolist() == [pytest.approx(edge)]
    assert 0 < edge <= 0.01
    vega.check(spec)
    data, spec = log_curves(BELOW.assign(x=frame["x"]), STYLES, Axis("λ"), LOG, **options)
    np.testing.assert_allclose(data["curves"]["r0"], BELOW["r0"], rtol=1e-6)
    vega.check(spec)


def test_runs_that_only_rest_have_an_axis() -> None:
    frame = pd.DataFrame({"x": [0, 1], "r0": [0.0, 0.0], "r1": [0.0, 0.0]})
    chart = run_charts.curves(frame, STYLES, Axis("x"), LOG)
    assert np.isfinite(chart[0]["marks"]["y"]).all()
    vega.check(chart[1])
    data, _ = log_curves(frame.assign(x=[0.1, 1]), STYLES, Axis("λ"), LOG, height=200, dark=False)
    assert np.isfinite(data["curves"].to_numpy()).all()


def test_runs_that_rest_or_go_below_are_named() -> None:
    assert series.resting_runs(ZERO, STYLES, LOG) == series.resting_runs(long(ZERO), STYLES, LOG, "value") == (["A"], [])
    fitted = run_charts.fitting(BELOW, STYLES, LOG)
    assert series.resting_runs(BELOW, STYLES, fitted) == series.resting_runs(long(BELOW), STYLES, fitted, "loss") == ([], ["A"])
    assert series.resting_runs(BELOW, STYLES, Axis("loss")) == ([], [])
    assert "Below 0: A." in str(axes.notes(fitted, [], ["A"])[0])
    assert axes.notes(LOG, [], []) == []


@pytest.mark.parametrize("axis", [LOG, Axis("loss"), Axis("loss", log=True, bend=1e-3)])
def test_places_and_values_are_inverse(axis: Axis) -> None:
    values = np.array([2e-4, 0.3, 1.0, 7e5] + [-2.0, 0.0] * (axis is not LOG))
    np.testing.assert_allclose([axis.value(place) for place in axis.place(values)], values, rtol=1e-9)


# Means that lose seeds

LEAVES = pd.DataFrame({"x": range(5), "r0": [1.0, 0.8, 0.6, 0.4, np.nan], "r0_seeds": [5, 5, 5, 3, 0], "r1": [1.0, 0.9, 0.8, 0.7, 0.6], "r1_seeds": 5})


def test_a_mean_of_fewer_seeds_is_another_line() -> None:
    """It begins where the line of all seeds ends, which has the dot; a ring is its own end. The pointer says of how many seeds."""
    chart = run_charts.curves(LEAVES, STYLES, Axis("x"), Axis("loss"))
    curves = chart[0]["curves"]
    np.testing.assert_allclose(curves["r0"], [1, 0.8, 0.6, np.nan, np.nan], rtol=1e-6)
    np.testing.assert_allclose(curves["r0_some"], [np.nan, np.nan, 0.6, 0.4, np.nan], rtol=1e-6)
    assert curves["r1_some"].isna().all()
    assert marks(chart, "r0") == [(series.HEAD, 2, pytest.approx(0.6)), (series.SOME, 3, pytest.approx(0.4))]
    assert marks(chart, "r1") == [(series.HEAD, 4, pytest.approx(0.6))]
    assert "datum.r0_seeds" in str(chart[1])
    vega.check(chart[1])


def test_curves_that_lose_no_seed_are_as_before() -> None:
    """Nor does a run that stops with all its seeds at once."""
    stops = LEAVES.assign(r0_seeds=[5, 5, 5, 5, 0])
    chart = run_charts.curves(stops, STYLES, Axis("x"), Axis("loss"))
    assert [name for name in chart[0]["curves"] if name.endswith(("_some", "_seeds"))] == []
    assert marks(chart, "r0") == [(series.HEAD, 3, pytest.approx(0.4))]


@pytest.mark.parametrize("paths", [False, True])
def test_long_curves_lose_seeds_in_the_same_way(paths: bool) -> None:
    rows = long(LEAVES.drop(columns=["r0_seeds", "r1_seeds"])).assign(seeds=[5, 5, 5, 3, 0, *[5] * 5])
    rows.loc[rows["value"].isna(), "metric"] = np.nan
    chart = (run_charts.paths if paths else run_charts.curves_by_run)(rows, STYLES, Axis("x"), Axis("y"))
    field = "metric" if paths else "value"
    mine = chart[0]["rows"].query("run == 'r0'")
    assert mine[field].notna().tolist() == [True, True, True, False, False]
    assert mine["some"].notna().tolist() == [False, False, True, True, False]
    assert [kind for kind, *_ in marks(chart, "r0") if kind != series.START] == [series.HEAD, series.SOME]
    vega.check(chart[1])

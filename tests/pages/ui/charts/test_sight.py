"""The charts of the workbench: which run is in front is data, hidden runs are nowhere, and what is read above the plot comes from data and parameters."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from functools import partial

import numpy as np
import pytest

from pages.ui.charts import run_charts
from pages.ui.charts.axes import Axis
from pages.ui.charts.base import Chart
from pages.ui.charts.sight import BEHIND, Readout, Sight, without
from tests import vega
from tests.pages.ui.charts.test_charts import HOSTILE, PLAIN, long, looks, wide

Draw = Callable[[Sight], Chart]


def charts(labels: tuple[str, ...] = PLAIN, *, raw: bool = False) -> list[Draw]:
    """Return what draws each chart that is watched, for a sight."""
    runs, styles = len(labels), looks(labels)
    frame, rows = wide(runs), long(runs)
    if raw:
        frame = frame.assign(**{f"r{i}_raw": frame[f"r{i}"] for i in range(runs)})
        rows = rows.assign(raw=rows["value"])
    x, y = Axis(labels[0], domain=(0, 20)), Axis(labels[-1], log=True)
    return [
        lambda sight: run_charts.curves(frame, styles, x, y, sight=sight, readout=Readout(labels[0], "x"), beside=400),
        lambda sight: run_charts.curves_by_run(rows, styles, Axis("s"), y, sight=sight, readout=Readout(labels[0], "epoch", labelled=True), beside=400),
        lambda sight: run_charts.paths(rows, styles, Axis("loss"), Axis("m"), sight=sight, readout=Readout(labels[0], "epoch", labelled=True), beside=400),
    ]


EACH = pytest.mark.parametrize("number", range(3), ids=["curves", "curves_by_run", "paths"])


@EACH
@pytest.mark.parametrize("labels", [PLAIN, HOSTILE])
@pytest.mark.parametrize("raw", [False, True])
def test_specs_are_valid_and_hold_no_label_where_it_could_be_run(number: int, labels: tuple[str, ...], raw: bool) -> None:
    _, spec = charts(labels, raw=raw)[number](Sight(0, (1,)))
    plain = deepcopy(spec)
    for param in plain["params"]:
        param.pop("on", None)  # passed through to Vega, unknown to Vega-Lite's schema
    vega.check(plain)
    _, other = charts(tuple(f"n{i}" for i in range(len(labels))), raw=raw)[number](Sight(0, (1,)))
    for one, same in zip(spec["layer"], other["layer"], strict=True):
        assert json.dumps([one.get("transform"), one["mark"]]) == json.dumps([same.get("transform"), same["mark"]]), "whatever the labels are"


@EACH
def test_which_run_is_in_front_changes_data_alone(number: int) -> None:
    draw = charts()[number]
    (data, spec), (moved, same) = draw(Sight()), draw(Sight(1))
    assert spec == same
    assert [name for name in data if not data[name].equals(moved[name])] == ["shown"]
    np.testing.assert_allclose(data["shown"]["weight"], 1)
    np.testing.assert_allclose(moved["shown"]["weight"], [BEHIND, 1, BEHIND])


@EACH
def test_a_hidden_run_is_nowhere_and_the_readout_closes_its_gap(number: int) -> None:
    draw = charts()[number]
    data, spec = draw(Sight(None, (1,)))
    assert spec == draw(Sight())[1]
    assert list(data["shown"]["run"]) == ["r0", "r2"]
    assert list(data["shown"]["place"]) == [0, 1]
    assert "r1" not in set(data["marks"]["run"])
    if "curves" in data:
        assert data["curves"][["r1", "r1_train"]].isna().all(axis=None)
    else:
        assert "r1" not in set(data["rows"]["run"])


@EACH
def test_without_a_pointer_the_last_row_is_read(number: int) -> None:
    data, _ = charts()[number](Sight())
    rows = data.get("curves", data.get("rows"))
    assert rows is not None
    assert rows["last"].sum() == (1 if "curves" in data else 3)
    assert (rows.loc[rows["last"], "x" if "curves" in data else "epoch"] == 20).all()


def test_a_hidden_run_does_not_stretch_the_axis() -> None:
    frame = wide(2)
    frame["r1"] *= 1e6
    draw = partial(run_charts.curves, frame, looks(PLAIN[:2]), Axis("x"), Axis("y", log=True), readout=Readout("", "x"))
    both, one = draw(sight=Sight()), draw(sight=Sight(None, (1,)))
    assert both[0]["marks"]["y"].max() > 1e4
    assert one[0]["marks"]["y"].max() < 10
    assert without(frame, looks(PLAIN[:2]), Sight()) is frame
    assert one[0]["curves"].filter(regex="^r1").isna().all(axis=None)

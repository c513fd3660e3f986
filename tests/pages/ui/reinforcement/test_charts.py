"""The worlds and the bars: what is in their data, that they are Vega-Lite, and that their shape is built once."""

from __future__ import annotations

import numpy as np
import pytest

from core.studies.reinforcement.summaries import Path, band, smoothed
from core.studies.reinforcement.worlds import Grid, maze
from pages.ui.charts.axes import Axis
from pages.ui.charts.theme import look
from pages.ui.reinforcement.bar_charts import bars
from pages.ui.reinforcement.pieces import banded
from pages.ui.reinforcement.world_charts import world
from tests.vega import check

WORLD = maze(Grid(rows=3, columns=4, start=24, goal=27, cliff=(25,), walls=(14,)))


def values() -> np.ndarray:
    found = np.zeros((12, 4))
    found[8] = [-3.0, -100.0, -5.0, -4.0]
    found[4] = [-4.0, -2.0, -5.0, -4.0]
    return found


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("clickable", [False, True])
def test_a_world_shows_what_was_learned_and_nothing_else(dark: bool, clickable: bool) -> None:
    data, spec = world(WORLD, values(), Path((8, 4, 5), False, -2.0), look(0, "one"), (-10.0, 0.0), clickable=clickable, dark=dark)
    cells = data["cells"]
    assert cells["kind"].tolist() == [0, 0, 0, 0, 0, 0, 2, 0, 0, 1, 0, 0]
    assert cells["letter"].tolist() == [""] * 8 + ["S", "", "", "G"]
    assert cells["arrow"].tolist() == ["", "", "", "", "→", "", "", "", "↑", "", "", ""]
    np.testing.assert_allclose(cells["shade"][[4, 8]], [0.8, 0.7], rtol=1e-6)
    assert cells["shade"].isna().sum() == 10
    assert cells["cell"].tolist()[-1] == 2 * 12 + 3
    np.testing.assert_allclose(data["path"][["x", "y"]], [[0.5, 2.5], [0.5, 1.5], [1.5, 1.5]])
    check({**spec, "datasets": {}})
    _, again = world(WORLD, 2 * values(), None, look(0, "one"), (-20.0, 1.0), clickable=clickable, dark=dark)
    assert again == spec, "data travel apart from the shape"


def test_a_world_without_values_is_plain() -> None:
    data, spec = world(WORLD, None, None, None, (-1.0, 0.0), clickable=True, dark=False)
    assert {*data["cells"]["arrow"]} == {""}
    assert len(data["path"]) == 0
    check({**spec, "datasets": {}})


def test_bars_begin_at_a_power_of_ten() -> None:
    data, spec = bars([500.0, 20.0, 3000.0], [look(slot, "x") for slot in range(3)], Axis("size", log=True), height=200, dark=False)
    assert data["bars"]["begin"].tolist() == [10.0, 10.0, 10.0]
    check({**spec, "datasets": {}})


def test_means_of_the_last_few_and_bands() -> None:
    series = np.array([[[1.0, 2.0, 3.0, 4.0]], [[3.0, 2.0, 1.0, 0.0]]])
    np.testing.assert_allclose(smoothed(series, 2)[:, 0], [[1, 1.5, 2.5, 3.5], [3, 2.5, 1.5, 0.5]])
    found = band(series)
    np.testing.assert_allclose(found.mean[:, 0], [2, 2, 2, 2])
    np.testing.assert_allclose(found.low[:, 0], [1.5, 2, 1.5, 1])
    frame = banded(range(4), found, [look(0, "one")])
    assert list(frame) == ["x", "r0", "r0_low", "r0_high"]

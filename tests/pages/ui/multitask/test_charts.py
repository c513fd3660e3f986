"""The Pareto picture: which points are filled, what is left out, and axes that do not blow up noise."""

from __future__ import annotations

import numpy as np
import pytest

from pages.ui.multitask.charts import front
from tests.vega import check

WEIGHTS = (0.1, 1.0, 10.0)


@pytest.mark.parametrize("dark", [False, True])
def test_points_lines_and_seeds(dark: bool) -> None:
    across, up = np.array([[0.1, 0.5, 0.9], [0.3, 0.5, 0.7]]), np.array([[0.9, 0.2, 0.5], [0.9, 0.2, 0.5]])
    data, spec = front(WEIGHTS, across, up, ("Accuracy", "R²"), height=300, dark=dark)
    assert data["means"]["best"].tolist() == [True, False, True]
    np.testing.assert_allclose(data["means"]["x"], [0.2, 0.5, 0.8])
    assert data["means"]["name"].tolist() == ["0.1", "1", "10"]
    assert len(data["seeds"]) == 6
    assert "a point for each weight" in spec["description"]
    check(spec)


def test_what_has_diverged_is_left_out() -> None:
    across = np.array([[0.1, np.nan, 0.9]])
    data, _ = front(WEIGHTS, across, across, ("x", "y"), height=300, dark=False)
    assert data["means"]["weight"].tolist() == [0.1, 10.0]
    assert len(data["seeds"]) == 2
    nothing, spec = front(WEIGHTS, across * np.nan, across, ("x", "y"), height=300, dark=False)
    assert nothing["means"].empty
    check(spec)


def test_an_axis_spans_at_least_a_twentieth() -> None:
    level = np.full((1, 3), 0.501)
    _, spec = front(WEIGHTS, level, level, ("x", "y"), height=300, dark=False)
    low, high = spec["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert high - low >= 0.05
    assert low < 0.501 < high

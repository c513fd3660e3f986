"""The wireframe and its projection, which the browser computes: here the same arithmetic is done by hand."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from pages.ui.charts.solids import REACH, TALL, angles, placed, projected, wires

DOMAIN = ((0.0, 4.0), (-1.0, 1.0))


def projection(point: dict[str, float], turn: float, tilt: float) -> tuple[float, float]:
    """Return u and v of a point as Vega-Lite computes them."""
    rows = projected([{}])[0]["transform"]
    names: dict[str, Any] = {"cos": math.cos, "sin": math.sin, "turn": turn, "tilt": tilt, **point}
    u, v = (eval(re.sub(r"datum\.", "", row["calculate"]), {"__builtins__": {}}, names) for row in rows)
    return u, v


def test_a_domain_is_placed_on_the_square() -> None:
    corners = placed(DOMAIN, np.array([[0.0, -1.0], [4.0, 1.0], [2.0, 0.0]]), np.array([0.0, 1.0, 0.5]))
    np.testing.assert_allclose(corners, [[-1, -1, 0], [1, 1, TALL], [0, 0, TALL / 2]], rtol=1e-6)


def test_wires_run_along_both_axes_and_are_parted() -> None:
    x, y = np.array([0.0, 2.0, 4.0]), np.array([-1.0, 1.0])
    heights = np.array([[0.0, 0.1, 0.2], [0.3, 0.4, 0.5]])
    frame = wires(DOMAIN, x, y, heights)
    gaps = np.flatnonzero(frame["z"].isna())
    np.testing.assert_array_equal(gaps, [3, 7, 10, 13, 16])
    np.testing.assert_allclose(frame["z"].dropna() / TALL, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0, 0.3, 0.1, 0.4, 0.2, 0.5], atol=1e-6)
    np.testing.assert_allclose(frame.iloc[:3][["x", "y"]], [[-1, -1], [0, -1], [1, -1]])


def test_seen_from_above_the_map_is_what_it_was() -> None:
    assert projection({"x": 0.3, "y": -0.7, "z": 1.1}, 0, 90) == pytest.approx((0.3, -0.7), abs=1e-6)


def test_hardly_a_corner_leaves_the_picture() -> None:
    limits = {each["name"]: (each["bind"]["min"], each["bind"]["max"]) for each in angles()}
    for turn in np.linspace(*limits["turn"], 37):
        for tilt in np.linspace(*limits["tilt"], 18):
            for x, y, z in [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (0, TALL)]:
                for place, (low, high) in zip(projection({"x": x, "y": y, "z": z}, turn, tilt), REACH, strict=True):
                    assert low - 0.08 <= place <= high + 0.08


def test_a_layer_keeps_what_it_computed_before() -> None:
    own = {"filter": "datum.step <= step"}
    assert projected([{"transform": [own]}])[0]["transform"][-1] == own

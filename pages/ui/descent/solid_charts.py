"""The chart of a race in three dimensions, with the same curves beside it as the map has."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.studies.descent.contours import Relief, relief
from core.studies.descent.race import Course
from core.studies.descent.surfaces import Surface
from pages.ui.charts.base import Chart, Spec
from pages.ui.charts.player import left_axis, panels_params, player, two_panels
from pages.ui.charts.solids import REACH, angles, placed, projected, wire_layers, wires
from pages.ui.charts.theme import Look
from pages.ui.descent import paths
from pages.ui.descent.map_charts import BESIDE, HEIGHT, Styles, curve_layers, curve_words, letters, point_layers, styles

Array = NDArray[Any]

#: every second line of the relief's coarse grid is drawn as a wire
_EVERY = 2


def race_solid(course: Course, looks: Sequence[Look], *, quantity: str, opens_at: int | None = None, dark: bool = False, height: int = HEIGHT) -> Chart:
    """Return the surface as a wireframe with the racers' paths and, beside it, the loss or the distance. Both are drawn up to the player's step.

    `opens_at`: that of `player`.
    """
    surface = course.race.surface
    hills = relief(surface)
    x, y, values = hills.coarse()
    lines, dots = paths.path_frame(course, looks), paths.course_frame(course, looks, quantity)
    data = {
        "wires": wires(surface.domain, x[::_EVERY], y[::_EVERY], hills.heights(values)[::_EVERY, ::_EVERY]),
        "paths": lines[["run", "step"]].join(_lifted(surface, hills, lines[["x", "y"]].to_numpy(np.float64))),
        "course": dots.drop(columns=["x", "y"]).join(_lifted(surface, hills, dots[["x", "y"]].to_numpy(np.float64))),
        "minima": _lifted(surface, hills, np.array(surface.minima, float).reshape(-1, 2)),
        "starts": _lifted(surface, hills, paths.start_frame(course.race).to_numpy(np.float64)),
    }
    return data, solid_spec(styles(looks), surface.axes, course.race.steps, opens_at, *curve_words(course, quantity), dark, height)


def _lifted(surface: Surface, hills: Relief, points: Array) -> pd.DataFrame:
    """Return the points (n, 2) at their height on the surface, projected. A NaN stays a gap."""
    heights, finite = np.full(len(points), np.nan), np.isfinite(points).all(axis=1)
    heights[finite] = hills.heights(surface.value(points[finite]))
    return placed(surface.domain, points, heights)


@lru_cache(maxsize=64)
def solid_spec(styles: Styles, axes: tuple[str, str], steps: int, opens_at: int | None, y_title: str, log: bool, dark: bool, height: int) -> Spec:
    """Return the specification of `race_solid`."""
    u, v = (left_axis(channel, field, "", span) | {"axis": None} for channel, field, span in zip("xy", "uv", REACH, strict=True))
    at: Spec = {"x": u, "y": v}
    left = projected([*wire_layers(at, axes, dark), *point_layers(styles, at, dark)])
    right = curve_layers(styles, steps, y_title, log, dark)
    params = [letters(styles), *panels_params(1.0, height, BESIDE), *player(steps, opens_at=opens_at), *angles()]
    return two_panels(left, right, params, height=height, dark=dark, alt_text="The surface in three dimensions with the path of each racer, and its loss")

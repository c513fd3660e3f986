"""A race on its surface in three dimensions: a wireframe that the browser projects, turned and tilted by two angles, beside the curves of the map."""

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
from pages.ui.charts.theme import AXIS, INK, Look
from pages.ui.descent import paths
from pages.ui.descent.map_charts import HEIGHT, Styles, curve_layers, curve_words, letters, point_layers, styles

Array = NDArray[Any]

#: how high the solid is, in half widths of the map
_TALL = 1.4
#: the edges of the picture: what a corner reaches at any angle
_REACH = ((-1.5, 1.5), (-1.5, 1.5))
_TURN, _TILT = 35, 35
#: from the corner where x and y are least, one line along x and one along y
_AXES = [{"x": 1.12, "y": -1, "z": 0}, {"x": -1, "y": -1, "z": 0}, {"x": -1, "y": 1.12, "z": 0}]
_DEGREES = "3.14159265 / 180"


def race_solid(course: Course, looks: Sequence[Look], *, quantity: str, dark: bool = False, height: int = HEIGHT) -> Chart:
    """Return the surface as a wireframe with the racers' paths on it, and the loss or the distance beside it, both up to the player's step."""
    surface = course.race.surface
    found = relief(surface)
    lines, where = paths.path_frame(course, looks), paths.course_frame(course, looks, quantity)
    data = {
        "wires": wires(surface, found),
        "paths": lines[["run", "step"]].join(_lifted(surface, found, lines[["x", "y"]].to_numpy(np.float64))),
        "course": where.drop(columns=["x", "y"]).join(_lifted(surface, found, where[["x", "y"]].to_numpy(np.float64))),
        "minima": _lifted(surface, found, np.array(surface.minima, float).reshape(-1, 2)),
        "starts": _lifted(surface, found, paths.start_frame(course.race).to_numpy(np.float64)),
    }
    return data, solid_spec(styles(looks), surface.axes, course.race.steps, *curve_words(course, quantity), dark, height)


def wires(surface: Surface, found: Relief) -> pd.DataFrame:
    """Return the lines of the grid, along x and along y, parted by NaN: `x`, `y` from -1 to 1, `z` from 0 to the height."""
    x, y, values = found.coarse()
    across, up = np.meshgrid(x, y)
    cube = np.stack([across, up, found.heights(values)], axis=-1)[::2, ::2]
    gap = np.full((len(cube), 1, 3), np.nan)
    lines = np.concatenate([np.concatenate([each, gap], axis=1).reshape(-1, 3) for each in (cube, cube.swapaxes(0, 1))])
    return _placed(surface, lines[:, :2], lines[:, 2])


def _lifted(surface: Surface, found: Relief, points: Array) -> pd.DataFrame:
    """Return points of the map (n, 2) on the surface; what is off the map is drawn above its edge."""
    heights, real = np.full(len(points), np.nan), np.isfinite(points).all(axis=1)
    heights[real] = found.heights(surface.value(points[real]))
    return _placed(surface, points, heights)


def _placed(surface: Surface, points: Array, heights: Array) -> pd.DataFrame:
    (left, right), (bottom, top) = surface.domain
    middle = np.array([left + right, bottom + top]) / 2
    reach = np.array([right - left, top - bottom]) / 2
    flat = (points - middle) / reach
    return pd.DataFrame({"x": flat[:, 0], "y": flat[:, 1], "z": _TALL * heights}, dtype=np.float32)


@lru_cache(maxsize=64)
def solid_spec(styles: Styles, axes: tuple[str, str], steps: int, y_title: str, log: bool, dark: bool, height: int) -> Spec:
    """Return the specification of `race_solid`: the projection is three lines of arithmetic on each point."""
    turn, tilt = f"turn * {_DEGREES}", f"tilt * {_DEGREES}"
    project = [
        {"calculate": f"datum.x * cos({turn}) - datum.y * sin({turn})", "as": "u"},
        {"calculate": f"(datum.x * sin({turn}) + datum.y * cos({turn})) * sin({tilt}) + (datum.z - {_TALL / 2}) * cos({tilt})", "as": "v"},
    ]
    u, v = (left_axis(channel, field, "", span) | {"axis": None} for channel, field, span in zip("xy", "uv", _REACH, strict=True))
    at: Spec = {"x": u, "y": v}
    left: list[Spec] = [
        {
            "data": {"name": "wires"}, "mark": {"type": "line", "order": False, "strokeWidth": 1, "color": AXIS[dark], "opacity": 0.5},
            "encoding": {**at},
        },
        {
            "data": {"values": _AXES}, "mark": {"type": "line", "order": False, "strokeWidth": 1.6, "color": AXIS[dark]},
            "encoding": {**at},
        },
        {
            "data": {"values": [{"x": 1.2, "y": -1, "z": 0, "name": axes[0]}, {"x": -1, "y": 1.2, "z": 0, "name": axes[1]}]},
            "mark": {"type": "text", "fontSize": 15, "fontWeight": 600, "color": INK[dark]}, "encoding": {**at, "text": {"field": "name", "type": "nominal"}},
        },
        *point_layers(styles, at, dark),
    ]  # fmt: skip
    left = [{**layer, "transform": [*project, *layer.get("transform", [])]} for layer in left]
    angles = [
        {"name": name, "value": value, "bind": {"input": "range", "min": low, "max": high, "step": 1, "name": name}}
        for name, value, low, high in (("turn", _TURN, -180, 180), ("tilt", _TILT, 5, 90))
    ]
    params = [letters(styles), *panels_params(1.0, height), *player(steps), *angles]
    right = curve_layers(styles, steps, y_title, log, dark)
    return two_panels(left, right, params, height=height, dark=dark, alt_text="The surface in three dimensions with the path of each racer, and its loss")

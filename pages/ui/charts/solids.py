"""A surface over a square in three dimensions, drawn as a wireframe. Two dials turn and tilt it.

Points are rows with `x` and `y` from -1 to 1 and `z` from 0 to `TALL`. Vega-Lite expressions project them, so the browser turns the surface by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pages.ui.charts.base import Spec
from pages.ui.charts.theme import AXIS, INK

Array = NDArray[Any]
Domain = tuple[tuple[float, float], tuple[float, float]]

#: the height of the solid, in half widths of the square
TALL = 1.4
#: the ranges of the picture across (`u`) and up (`v`). Corners lie within them at most angles, and within 1.58 at all.
REACH = ((-1.5, 1.5), (-1.5, 1.5))
#: the angles at first, in degrees
_TURN, _TILT = 35, 35
#: degrees for a pixel that a pointer drags
_BY_HAND = 0.6
#: the line of the axes: along x and along y, from the corner where both are smallest
_AXES = [{"x": 1.12, "y": -1, "z": 0}, {"x": -1, "y": -1, "z": 0}, {"x": -1, "y": 1.12, "z": 0}]
_DEGREES = "3.14159265 / 180"


def placed(domain: Domain, points: Array, heights: Array) -> pd.DataFrame:
    """Return points (n, 2) of a domain at heights (n,), from 0 to 1, as rows (x, y, z) for the projection."""
    low, high = np.array(domain).T
    flat = (points - (low + high) / 2) / ((high - low) / 2)
    return pd.DataFrame({"x": flat[:, 0], "y": flat[:, 1], "z": TALL * heights}, dtype=np.float32)


def wires(domain: Domain, x: Array, y: Array, heights: Array) -> pd.DataFrame:
    """Return the lines of a grid, along x and along y. A row of NaN separates two lines. `heights` (len(y), len(x)): from 0 to 1."""
    across, up = np.meshgrid(x, y)
    grid = np.stack([across, up, heights], axis=-1)
    gap = np.full((1, 3), np.nan)
    lines = np.concatenate([np.concatenate([line, gap]) for along in (grid, grid.swapaxes(0, 1)) for line in along])
    return placed(domain, lines[:, :2], lines[:, 2])


def wire_layers(at: Spec, names: tuple[str, str], dark: bool) -> list[Spec]:
    """Return the layers of the dataset `wires` and of the axes with their names. `at`: the encoding of the fields `u` and `v`."""
    ends = [{"x": 1.2, "y": -1, "z": 0, "name": names[0]}, {"x": -1, "y": 1.2, "z": 0, "name": names[1]}]
    return [
        {
            "data": {"name": "wires"}, "mark": {"type": "line", "order": False, "strokeWidth": 1, "color": AXIS[dark], "opacity": 0.5},
            "encoding": {**at},
        },
        {
            "data": {"values": _AXES}, "mark": {"type": "line", "order": False, "strokeWidth": 1.6, "color": AXIS[dark]},
            "encoding": {**at},
        },
        {
            "data": {"values": ends}, "mark": {"type": "text", "fontSize": 15, "fontWeight": 600, "color": INK[dark]},
            "encoding": {**at, "text": {"field": "name", "type": "nominal"}},
        },
    ]  # fmt: skip


def projected(layers: Sequence[Spec]) -> list[Spec]:
    """Return the layers with a transform that computes `u` and `v` of their points from the parameters of `angles`."""
    turn, tilt = f"turn * {_DEGREES}", f"tilt * {_DEGREES}"
    project = [
        {"calculate": f"datum.x * cos({turn}) - datum.y * sin({turn})", "as": "u"},
        {"calculate": f"(datum.x * sin({turn}) + datum.y * cos({turn})) * sin({tilt}) + (datum.z - {TALL / 2}) * cos({tilt})", "as": "v"},
    ]
    return [{**layer, "transform": [*project, *layer.get("transform", [])]} for layer in layers]


def angles() -> list[Spec]:
    """Return the Vega parameters `turn` and `tilt`, in degrees, each with a dial below the chart."""
    return [
        {"name": name, "value": value, "bind": {"input": "range", "min": low, "max": high, "step": 1, "name": name}}
        for name, value, low, high in (("turn", _TURN, -180, 180), ("tilt", _TILT, 5, 90))
    ]


def angles_by_hand() -> list[Spec]:
    """Return the parameters of `angles`, which also follow a pointer that drags the chart: what is in front moves with it."""
    grabbed: Spec = {"name": "grabbed", "value": [0, 0, 0, 0], "on": [{"events": "pointerdown", "update": "[x(), y(), turn, tilt]"}]}
    turn, tilt = angles()
    moves = ((turn, f"(grabbed[2] + round((x() - grabbed[0]) * {_BY_HAND}) + 3780) % 360 - 180"),
             (tilt, f"clamp(grabbed[3] + round((y() - grabbed[1]) * {_BY_HAND}), 5, 90)"))  # fmt: skip
    return [grabbed, *({**angle, "on": [{"events": "[pointerdown, window:pointerup] > pointermove", "update": to}]} for angle, to in moves)]

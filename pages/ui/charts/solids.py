"""A surface over a square in three dimensions: a wireframe that the browser projects, turned and tilted by two angles.

Points are rows with `x` and `y` from -1 to 1 and `z` from 0 to `TALL`. The projection is arithmetic on each point, in Vega-Lite, so to turn the
surface needs no round trip.
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

#: how high the solid is, in half widths of the square
TALL = 1.4
#: the edges of the picture, across (`u`) and up (`v`): a corner is within them at most angles, and at no angle beyond 1.58
REACH = ((-1.5, 1.5), (-1.5, 1.5))
#: degrees at which it opens
_TURN, _TILT = 35, 35
#: from the corner where x and y are least, one line along x and one along y
_AXES = [{"x": 1.12, "y": -1, "z": 0}, {"x": -1, "y": -1, "z": 0}, {"x": -1, "y": 1.12, "z": 0}]
_DEGREES = "3.14159265 / 180"


def placed(domain: Domain, points: Array, heights: Array) -> pd.DataFrame:
    """Return points (n, 2) of a domain, at heights (n,) from 0 to 1, as rows that the projection reads."""
    low, high = np.array(domain).T
    flat = (points - (low + high) / 2) / ((high - low) / 2)
    return pd.DataFrame({"x": flat[:, 0], "y": flat[:, 1], "z": TALL * heights}, dtype=np.float32)


def wires(domain: Domain, x: Array, y: Array, heights: Array) -> pd.DataFrame:
    """Return the lines of a grid, along x and along y, parted by NaN: `heights` (rows of y, columns of x) are from 0 to 1."""
    across, up = np.meshgrid(x, y)
    grid = np.stack([across, up, heights], axis=-1)
    gap = np.full((1, 3), np.nan)
    lines = np.concatenate([np.concatenate([line, gap]) for along in (grid, grid.swapaxes(0, 1)) for line in along])
    return placed(domain, lines[:, :2], lines[:, 2])


def wire_layers(at: Spec, names: tuple[str, str], dark: bool) -> list[Spec]:
    """Return the layers of the dataset `wires`, and of the axes with their names; `at` encodes the fields `u` and `v`."""
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
    """Return the layers with `u` and `v` of their points, as the parameters of `angles` turn and tilt them."""
    turn, tilt = f"turn * {_DEGREES}", f"tilt * {_DEGREES}"
    project = [
        {"calculate": f"datum.x * cos({turn}) - datum.y * sin({turn})", "as": "u"},
        {"calculate": f"(datum.x * sin({turn}) + datum.y * cos({turn})) * sin({tilt}) + (datum.z - {TALL / 2}) * cos({tilt})", "as": "v"},
    ]
    return [{**layer, "transform": [*project, *layer.get("transform", [])]} for layer in layers]


def angles() -> list[Spec]:
    """Return the parameters `turn` and `tilt`, in degrees, each with its dial below the chart."""
    return [
        {"name": name, "value": value, "bind": {"input": "range", "min": low, "max": high, "step": 1, "name": name}}
        for name, value, low, high in (("turn", _TURN, -180, 180), ("tilt", _TILT, 5, 90))
    ]

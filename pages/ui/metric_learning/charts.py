"""The scatter of an embedding, in the plane, or on a sphere that two dials turn in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pages.ui.charts.base import NUMBER, Chart, Spec, grown_marks, kept, square_height
from pages.ui.charts.panels import headed
from pages.ui.charts.solids import TALL, angles_by_hand, projected
from pages.ui.charts.theme import AXIS, CLASS_COLORS, EMBED, INK, PAPER, Look, class_colors, config

Array = NDArray[Any]

#: the selection of a clicked point
PICK = "pick"
#: names are written beside their classes if there are at most so many; shares of a picture's side that a name takes, and each letter of it
_NAMED, _A_NAME, _A_LETTER = 12, 0.06, 0.04
#: half the side of the picture of a sphere of radius 1, and points along a circle of it
_ROOM, _CIRCLE = 1.12, 49
#: shares of points that a picture of the plane has to hold
_HELD = 0.995
#: for `st.html` beside spheres: both dials of one in a line
DIALS_CSS = """<style>
FORM {display: flex; flex-flow: row nowrap; gap: 0.6rem; padding: 0; font-size: 0.9rem;}
FORM .vega-bind {flex: 1 1 0; width: auto; min-width: 0;}
FORM .vega-bind label {flex-wrap: nowrap; gap: 0.3rem; width: 100%;}
FORM .vega-bind-name {min-width: 0; font-size: 0.9rem;}
FORM .vega-bind input[type=range] {flex: 1; width: 100%; min-width: 0;}
FORM .vega-bind input[type=range] + span {display: none;}
</style>""".replace("FORM", ".st-key-stage .stVegaLiteChart form.vega-bindings")


def reach_of(points: Array) -> float:
    """Return half the side of the square around the origin that holds almost all points (..., N, 2), in two digits."""
    finite = np.abs(points[np.isfinite(points)])
    return float(f"{1.08 * np.quantile(finite, _HELD):.2g}") if finite.size else 1.0


def scatter(
    points: Array, numbers: Array, names: Sequence[str], look: Look, *, reach: float, height: int, dark: bool, beside: int = 0, rows: int = 1,
    ringed: Sequence[int] = (), near: Sequence[int] = (), clickable: bool = False,
) -> Chart:  # fmt: skip
    """Return the points (N, 2 or 3) in the colours of their classes `numbers` (N,). `names`: of all classes. `reach`: half the side of a plane's picture.

    `ringed`, `near`: points that large and small rings mark. `beside`, `rows`: those of `base.square_height`.
    """
    solid = points.shape[1] == 3
    frame = _frame(points).assign(number=numbers.astype(np.int16), label=pd.Categorical([names[k] for k in numbers]), row=np.arange(len(points)))
    shown, side = np.unique(numbers), 2 * (_ROOM if solid else reach)
    apart = side * (_A_NAME + _A_LETTER * max(len(names[k]) for k in shown))
    places = _places_of_names(points, numbers, apart, solid) if len(shown) <= _NAMED else {}
    there, coordinates = np.flatnonzero(np.isfinite(points).all(axis=1)), [*"xyz"[: points.shape[1]]]
    data = {
        "points": frame.iloc[there], "names": _frame(np.reshape([*places.values()], (-1, points.shape[1]))).assign(label=[names[k] for k in places]),
        "near": frame.iloc[[*near]][coordinates], "ringed": frame.iloc[[*ringed]][coordinates],
        **({"circles": _circles()} if solid else {}),
    }  # fmt: skip
    high = as_square(height, beside, rows)
    return data, headed(_solid_spec(high, dark, clickable) if solid else _plane_spec(reach, high, dark, clickable), look)


def _places_of_names(points: Array, numbers: Array, apart: float, solid: bool) -> dict[int, Array]:
    """Return where the name of each class stands, by its number: in its middle, or, if another name is too near, at the nearest of its points that is free."""
    places: dict[int, Array] = {}
    for k in np.unique(numbers[np.isfinite(points).all(axis=1)]).tolist():
        own = points[(numbers == k) & np.isfinite(points).all(axis=1)]
        middle = own.mean(axis=0)
        middle = middle / max(float(np.linalg.norm(middle)), 1e-9) if solid else middle
        offered = np.vstack([middle, own[np.linalg.norm(own - middle, axis=1).argsort()]])
        taken = np.reshape([*places.values()], (-1, 1, points.shape[1]))
        free = (np.linalg.norm(offered - taken, axis=-1) >= apart).all(axis=0)
        if free.any():
            places[k] = offered[free.argmax()]
    return places


def _frame(points: Array) -> pd.DataFrame:
    columns = {name: points[:, axis] for axis, name in enumerate("xyz"[: points.shape[1]])}
    if "z" in columns:
        columns["z"] = columns["z"] + TALL / 2  # the projection takes heights from 0
    return pd.DataFrame(columns).astype(np.float32)


def _circles() -> pd.DataFrame:
    """Return the lines of a globe: its equator, two parallels, and two meridians."""
    angle = np.linspace(0, 2 * np.pi, _CIRCLE)
    cos, sin, flat = np.cos(angle), np.sin(angle), np.zeros(_CIRCLE)
    lines = [np.column_stack([np.sqrt(1 - h * h) * cos, np.sqrt(1 - h * h) * sin, flat + h]) for h in (-0.6, 0.0, 0.6)]
    lines += [np.column_stack([cos, flat, sin]), np.column_stack([flat, cos, sin])]
    return _frame(np.concatenate(lines)).assign(line=np.arange(len(lines)).repeat(_CIRCLE).astype(np.int16))


def _color() -> Spec:
    """Return the encoding of the class."""
    ranks = list(range(len(CLASS_COLORS)))
    scale = {"domain": ranks, "range": list(class_colors(len(ranks)))}
    return {"field": "shade", "type": "nominal", "scale": scale, "legend": None}


def _layers(at: Spec, dark: bool, solid: bool, clickable: bool) -> list[Spec]:
    """Return the layers of points, names and rings. `at`: the encoding of their places."""
    tooltip = [{"field": "label", "title": "class"}, *({"field": name, "title": name, "format": NUMBER} for name in "xy")]
    shade = {"calculate": f"datum.number % {len(CLASS_COLORS)}", "as": "shade"}
    mark = {"type": "point", "filled": True, "size": 34, "clip": True, "stroke": PAPER[dark], "strokeWidth": 0.4}
    ink = {"stroke": INK[dark], "filled": False, "opacity": 1, "clip": True}
    parts: list[tuple[list[Spec], float]] = [([shade], 0.85)]
    in_front: list[Spec] = [{"filter": "datum.depth >= 0"}] if solid else []
    pale: Spec = {"opacity": {"condition": {"test": "datum.depth >= 0", "value": 1}, "value": 0.35}} if solid else {}
    if solid:
        parts = [([shade, {"filter": "datum.depth < 0"}], 0.22), ([shade, *in_front], 0.9)]
    layers: list[Spec] = []
    for place, (transform, opacity) in enumerate(parts):
        layer: Spec = {
            "data": {"name": "points"}, "transform": transform, "mark": {**mark, "opacity": opacity},
            "encoding": {**at, "color": _color(), "tooltip": tooltip},
        }  # fmt: skip
        if clickable and place == len(parts) - 1:
            layer["params"] = [{"name": PICK, "select": {"type": "point", "fields": ["row"], "toggle": False, "clear": False}}]
            layer["mark"]["cursor"] = "pointer"
        layers.append(layer)
    layers += [
        {"data": {"name": "near"}, "mark": {"type": "point", "size": 110, "strokeWidth": 1.8, **ink}, "encoding": {**at}},
        {"data": {"name": "ringed"}, "mark": {"type": "point", "size": 260, "strokeWidth": 3, **ink}, "encoding": {**at}},
        {
            "data": {"name": "names"}, "transform": in_front, "encoding": {**at, "text": {"field": "label", "type": "nominal"}},
            "mark": {"type": "text", "fontSize": 15, "fontWeight": 700, "color": INK[dark], "stroke": PAPER[dark], "strokeWidth": 3, "strokeOpacity": 0.75},
        },
        {
            "data": {"name": "names"}, "encoding": {**at, "text": {"field": "label", "type": "nominal"}, **pale},
            "mark": {"type": "text", "fontSize": 15, "fontWeight": 700, "color": INK[dark]},
        },
    ]  # fmt: skip
    return layers


@kept(64)
def _plane_spec(reach: float, height: str, dark: bool, clickable: bool) -> Spec:
    """Return the specification of `scatter` in the plane."""
    axis = {"grid": False, "tickCount": 3, "title": None}
    at = square(("x", "y"), reach, axis)
    return _whole(_layers(at, dark, False, clickable), [], height, dark, "The embedding: a point for each row, in the colour of its class")


@lru_cache(maxsize=16)
def _solid_spec(height: str, dark: bool, clickable: bool) -> Spec:
    """Return the specification of `scatter` on the sphere. Points and names on the far side are pale."""
    at = square(("u", "v"), _ROOM, None)
    circles: Spec = {
        "data": {"name": "circles"}, "encoding": {**at, "detail": {"field": "line", "type": "nominal"}},
        "mark": {"type": "line", "order": False, "strokeWidth": 0.8, "color": AXIS[dark], "opacity": 0.4},
    }  # fmt: skip
    turn, tilt = "turn * 3.14159265 / 180", "tilt * 3.14159265 / 180"
    depth = {
        "calculate": f"(datum.z - {TALL / 2}) * sin({tilt}) - (datum.x * sin({turn}) + datum.y * cos({turn})) * cos({tilt})", "as": "depth",
    }  # fmt: skip
    layers = projected([circles, *({**layer, "transform": [depth, *layer.get("transform", [])]} for layer in _layers(at, dark, True, clickable))])
    described = "The embedding on a sphere: a point for each row, in the colour of its class; a pointer or two dials turn it"
    return {**_whole(layers, angles_by_hand(), height, dark, described), "view": {"cursor": "grab"}}


def square(fields: tuple[str, str], reach: float, axis: Spec | None) -> Spec:
    """Return the encodings of both axes of a square around the origin, which fills the height of the view. See `as_square`."""
    ranges = {"x": [0, {"expr": "height"}], "y": [{"expr": "height"}, 0]}
    scale = {"domain": [-reach, reach], "nice": False, "zero": False}
    return {
        channel: {"field": field, "type": "quantitative", "scale": {**scale, "range": ranges[channel]}, "axis": axis}
        for channel, field in zip("xy", fields, strict=True)
    }


def as_square(height: int, beside: int = 0, rows: int = 1) -> str:
    """Return the height of a view that is as high as it is wide, so that circles are round; at most `height`, or what the window leaves."""
    return square_height(height, beside, rows) if beside else f"min(width, {height})"


def _whole(layers: list[Spec], params: list[Spec], height: str, dark: bool, alt_text: str) -> Spec:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json", "description": alt_text, "width": "container", "height": 260,
        "layer": grown_marks(layers), "params": [{"name": "height", "expr": height}, *params],
        "autosize": {"type": "fit-x", "contains": "padding"}, "config": config(dark),
        "padding": {"left": 0, "right": 6, "top": 4, "bottom": 4}, "usermeta": {"embedOptions": EMBED},
    }  # fmt: skip

"""The chart of a race: its paths on the contour map, its losses beside it, and a player for both. Pure functions from a `Course` to a chart."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from PIL import Image

from core.studies.descent.contours import relief
from core.studies.descent.race import Course
from core.studies.descent.surfaces import Surface
from pages.ui.charts.base import CROSS, NUMBER, TICK, Chart, Spec
from pages.ui.charts.player import expr, left_axis, panels_params, player, right_axis, run_encodings, two_panels
from pages.ui.charts.theme import AXIS, INK, PAPER, Look
from pages.ui.descent import paths

HEIGHT = 340
#: pixels beside it
BESIDE = 460
#: cells of the shading along each axis
_CELLS = 360
#: the selection of a clicked point of the map. It is the only one that the browser sends to the server.
PICK = "pick"
_STAR = "M0,-1L0.235,-0.324L0.951,-0.309L0.38,0.124L0.588,0.809L0,0.4L-0.588,0.809L-0.38,0.124L-0.951,-0.309L-0.235,-0.324Z"
#: a map has equal scales unless its width and height differ by more than this factor
_SQUARE_ISH = 2.2
_LETTER = "letters[toNumber(slice(datum.run, 1))]"
#: colour, opacity of the lowest band and opacity of the highest band: lower bands are darker in the light and in the dark theme
_SHADE = {False: ((52, 84, 128), 92, 0), True: ((150, 178, 214), 0, 62)}


@lru_cache(maxsize=64)
def shading_png(surface: Surface, dark: bool) -> str:
    """Return a data URI of the relief as a PNG: one opacity for each band between two levels."""
    terrain = relief(surface)
    color, lowest, highest = _SHADE[dark]
    count = len(terrain.levels) + 1
    picture = Image.fromarray(terrain.bands(_CELLS)[::-1], mode="P")
    picture.putpalette([*color] * count)
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True, transparency=bytes(np.linspace(lowest, highest, count).round().astype(int).tolist()))
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def race_map(course: Course, looks: Sequence[Look], *, quantity: str, opens_at: int | None = None, dark: bool = False, height: int = HEIGHT) -> Chart:
    """Return the contour map with the racers' paths and, beside it, the loss or the distance to the minimum. Both are drawn up to the player's step.

    `opens_at`: that of `player`.
    """
    race = course.race
    terrain = relief(race.surface)
    x, y, heights = terrain.coarse()
    across, up = np.meshgrid(x, y)
    start = ", ".join(f"{coordinate:.9g}" for coordinate in race.start)
    cells = {"x": across.ravel(), "y": up.ravel(), "loss": heights.ravel()}
    data = {
        "shading": pd.DataFrame({"url": [shading_png(race.surface, dark)]}),
        "contours": pd.DataFrame(terrain.lines.astype(np.float32), columns=["x", "y"]),
        "minima": pd.DataFrame(np.array(race.surface.minima, np.float32).reshape(-1, 2), columns=["x", "y"]),
        "starts": paths.start_frame(race),
        "paths": paths.path_frame(course, looks),
        "course": paths.course_frame(course, looks, quantity),
        "cells": pd.DataFrame({name: values.astype(np.float32) for name, values in cells.items()} | {"now": pd.Categorical([start] * len(across.ravel()))}),
    }
    return data, map_spec(styles(looks), race.surface.domain, race.surface.axes, race.steps, opens_at, *curve_words(course, quantity), dark, height)


def styles(looks: Sequence[Look]) -> tuple[tuple[str, tuple[int, ...], str], ...]:
    """Return colour, dash and letter of each racer. Labels are left out: they are on the chips, and the specification must not depend on them."""
    return tuple((look.color, look.dash, look.mark) for look in looks)


def curve_words(course: Course, quantity: str) -> tuple[str, bool]:
    """Return the title of the curves' axis, and whether it is logarithmic."""
    log = paths.values(course, quantity)[1]
    if quantity == paths.DISTANCE:
        return "distance to the nearest minimum", log
    return ("loss above the minimum" if course.race.surface.minima else "loss"), log


def aspect(domain: tuple[tuple[float, float], tuple[float, float]]) -> float | None:
    """Return the width of a map divided by its height; None if its scales are not to be equal."""
    (left, right), (bottom, top) = domain
    ratio = (right - left) / (top - bottom)
    return ratio if 1 / _SQUARE_ISH <= ratio <= _SQUARE_ISH else None


Styles = tuple[tuple[str, tuple[int, ...], str], ...]
Domain = tuple[tuple[float, float], tuple[float, float]]


@lru_cache(maxsize=64)
def map_spec(styles: Styles, domain: Domain, axes: tuple[str, str], steps: int, opens_at: int | None, y_title: str, log: bool, dark: bool, height: int) -> Spec:
    """Return the specification of `race_map`."""
    x, y = (left_axis(channel, channel, title, span) for channel, title, span in zip("xy", axes, domain, strict=True))
    at: Spec = {"x": x, "y": y}
    corners = {"x": {**x, "field": None}, "y": {**y, "field": None}}
    for channel, (low, high) in zip("xy", domain, strict=True):
        corners[channel] = {key: value for key, value in at[channel].items() if key not in ("field", "type")} | {"datum": low, "type": "quantitative"}
        corners[f"{channel}2"] = {"datum": high}
    cell = {"width": expr("left_w / 40"), "height": expr("left_h / 40")}
    left = [
        {"data": {"name": "shading"}, "mark": {"type": "image", "aspect": False}, "encoding": {**corners, "url": {"field": "url", "type": "nominal"}}},
        {
            "data": {"name": "contours"}, "mark": {"type": "line", "order": False, "strokeWidth": 0.9, "color": AXIS[dark], "opacity": 0.55},
            "encoding": {**at},
        },
        *point_layers(styles, at, dark),
        {
            "name": "cells", "data": {"name": "cells"}, "mark": {"type": "rect", "opacity": 0, "cursor": "crosshair", **cell},
            "params": [{"name": PICK, "select": {"type": "point", "fields": ["x", "y", "now"], "toggle": False, "clear": False}}],
            "encoding": {**at, "tooltip": [
                {"field": "x", "title": axes[0], "format": NUMBER}, {"field": "y", "title": axes[1], "format": NUMBER},
                {"field": "loss", "type": "quantitative", "title": "loss", "format": NUMBER},
            ]},
        },
    ]  # fmt: skip
    right = curve_layers(styles, steps, y_title, log, dark)
    params = [letters(styles), *panels_params(aspect(domain), height, BESIDE), *player(steps, opens_at=opens_at)]
    return two_panels(left, right, params, height=height, dark=dark, alt_text="Map of the surface with the path of each racer, and its loss over the updates")


def point_layers(styles: Styles, at: Spec, dark: bool) -> list[Spec]:
    """Return the layers of the starts, the paths up to the player's step, the racers' current points, and the minima."""
    encodings = racer_encodings(styles)
    current = {"filter": "datum.step <= step && step < datum.next"}
    mark = {"shape": f"['circle', 'triangle-up', '{CROSS}'][datum.kind]", "size": "[110, 190, 170][datum.kind]", "letter": _LETTER}
    marked = [current, *({"calculate": formula, "as": name} for name, formula in mark.items())]
    plain = {"legend": None, "scale": None}
    fill = {**encodings["color"]}
    return [
        {
            "data": {"name": "starts"}, "encoding": at,
            "mark": {"type": "point", "clip": True, "shape": "square", "size": 150, "filled": False, "stroke": INK[dark], "strokeWidth": 2.2, "opacity": 1},
        },
        {
            "data": {"name": "paths"}, "transform": [{"filter": "datum.step <= step"}],
            "mark": {"type": "line", "order": False, "strokeWidth": 2.6, "strokeJoin": "round", "opacity": 0.95},
            "encoding": {**at, **encodings},
        },
        {
            "data": {"name": "course"}, "transform": [*marked, {"calculate": "datum.kind == 2 ? 0 : 1", "as": "solid"}],
            "mark": {"type": "point", "strokeWidth": 2.5, "opacity": 1},
            "encoding": {
                **at, "color": encodings["color"], "fill": fill, "fillOpacity": {"field": "solid", "type": "quantitative", **plain},
                "shape": {"field": "shape", "type": "nominal", **plain}, "size": {"field": "size", "type": "quantitative", **plain},
                "angle": {"field": "angle", "type": "quantitative", **plain},
            },
        },
        {
            "data": {"name": "minima"}, "encoding": at,
            "mark": {"type": "point", "shape": _STAR, "size": 110, "filled": True, "fill": "#FFD21F", "stroke": "#1B1F24", "strokeWidth": 1, "opacity": 1},
        },
        {
            "data": {"name": "course"}, "transform": marked,
            "mark": {"type": "text", "dx": 11, "dy": -9, "fontSize": 15, "fontWeight": 700, "stroke": PAPER[dark], "strokeWidth": 0.4},
            "encoding": {**at, "text": {"field": "letter", "type": "nominal"}, "color": encodings["color"]},
        },
    ]  # fmt: skip


def letters(styles: Styles) -> Spec:
    """Return the Vega parameter that holds the racers' letters."""
    return {"name": "letters", "value": [letter for _, _, letter in styles]}


def racer_encodings(styles: Styles) -> Spec:
    """Return colour and dash of each racer as encodings of the field `run`."""
    names = [f"r{i}" for i in range(len(styles))]
    return run_encodings(names, [color for color, _, _ in styles], [list(dash) or [1, 0] for _, dash, _ in styles])


def curve_layers(styles: Styles, steps: int, y_title: str, log: bool, dark: bool) -> list[Spec]:
    """Return the layers of the values over the updates: the whole curves in pale, and in full up to the player's step."""
    encodings = racer_encodings(styles)
    at = {
        "x": right_axis("x", "step", "update", {"domain": [0, steps], "nice": False}, {"format": "d", "tickMinStep": 1}),
        "y": right_axis("y", "value", y_title, {"type": "log"} if log else {"zero": False}, {"labelExpr": TICK}),
    }
    line = {"data": {"name": "course"}, "encoding": {**at, **encodings}}
    now = {"data": {"values": [{}]}, "transform": [{"calculate": "step", "as": "step"}]}
    top, bottom = {"value": expr("right_top")}, {"value": expr("right_bottom")}
    tooltip = [{"field": "letter", "title": "racer"}, {"field": "step", "title": "update"}, {"field": "exact", "title": y_title, "format": NUMBER}]
    letter = {"calculate": _LETTER, "as": "letter"}
    return [
        {**line, "mark": {"type": "line", "order": False, "strokeWidth": 1.6, "opacity": expr("seen ? 0.35 : 0")}},
        {**now, "mark": {"type": "rule", "strokeWidth": 1.5, "color": AXIS[dark]}, "encoding": {"x": at["x"], "y": top, "y2": bottom}},
        {**line, "transform": [{"filter": "datum.step <= step"}], "mark": {"type": "line", "order": False, "strokeWidth": 2.8}},
        {
            "data": {"name": "course"},
            "transform": [
                {"filter": "datum.step <= step && step < datum.next"},
                {"calculate": "['triangle-down', 'circle', 'triangle-up'][datum.edge + 1]", "as": "shape"},
            ],
            "mark": {"type": "point", "filled": True, "size": 100, "opacity": 1},
            "encoding": {**at, "color": encodings["color"], "shape": {"field": "shape", "type": "nominal", "legend": None, "scale": None}},
        },
        {
            "data": {"name": "course"}, "transform": [letter, {"filter": "seen || datum.step <= step"}],
            "mark": {"type": "point", "filled": True, "size": 160, "opacity": 0},
            "encoding": {**at, "color": encodings["color"], "tooltip": tooltip},
        },
    ]  # fmt: skip

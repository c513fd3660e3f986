"""The map of the game of two numbers: its arrows and paths, the distance from rest beside it, and a player for both."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.studies.adversarial.dirac import Game
from pages.ui.charts.base import CROSS, NUMBER, TICK, Chart, Spec
from pages.ui.charts.player import expr, left_axis, panels_params, player, right_axis, run_encodings, two_panels
from pages.ui.charts.series import run_column, thinned
from pages.ui.charts.theme import AXIS, INK, RUN_COLORS, Look

#: the selection of a clicked point of the map
PICK = "pick"
#: half the side of the map, arrows and clickable cells along it
REACH, _ARROWS, _CELLS = 3.0, 17, 48
_HEIGHT = 400
#: pixels beside the panels
_BESIDE = 385
#: the looks of the three ways to move
LOOKS = (
    Look("flow", RUN_COLORS[0], (), ""), Look("simultaneous steps", RUN_COLORS[1], (8, 4), ""), Look("alternating steps", RUN_COLORS[2], (2, 3), ""),
)  # fmt: skip
#: the smallest distance that the curves show
_FLOOR = 1e-3


def dirac_map(game: Game, paths: Mapping[str, NDArray[Any]], *, opens_at: int | None = None, dark: bool = False) -> Chart:
    """Return the map of a game with its paths (T + 1, 2), and the distance of each from rest. `opens_at`: that of `player`."""
    steps = len(next(iter(paths.values()))) - 1
    cells = np.linspace(-REACH, REACH, _CELLS + 1)[:-1] + REACH / _CELLS
    across, up = (each.ravel().astype(np.float32) for each in np.meshgrid(cells, cells))
    start = next(iter(paths.values()))[0]
    now = f"{start[0]:g}, {start[1]:g}"
    data = {
        "arrows": _arrows(game), "paths": _path_frame(paths), "start": pd.DataFrame({"x": [start[0]], "y": [start[1]]}),
        "rest": pd.DataFrame({"x": [0.0], "y": [0.0]}), "cells": pd.DataFrame({"x": across, "y": up, "now": pd.Categorical([now] * len(across))}),
    }  # fmt: skip
    return data, _spec(steps, opens_at, dark)


def _arrows(game: Game) -> pd.DataFrame:
    """Return a short line for each arrow: its ends, and its angle from upwards, clockwise. Lengths grow with the root of the pull."""
    places = np.linspace(-REACH, REACH, _ARROWS + 2)[1:-1]
    points = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    velocity = game.velocity(points)
    size = np.hypot(*velocity.T)
    length = np.sqrt(size / max(float(np.quantile(size, 0.95)), 1e-12)).clip(0, 1) * 0.8 * (places[1] - places[0])
    move = np.divide(velocity, size[:, None], out=np.zeros_like(velocity), where=size[:, None] > 0) * length[:, None]
    ends = points + move
    columns = {"x": points[:, 0], "y": points[:, 1], "x2": ends[:, 0], "y2": ends[:, 1], "angle": np.degrees(np.arctan2(move[:, 0], move[:, 1]))}
    return pd.DataFrame(columns).astype(np.float32)[size > 0]


def _path_frame(paths: Mapping[str, NDArray[Any]]) -> pd.DataFrame:
    """Return the points of all paths, cut off at the edge of the map: run, step, next (the step of the next row), x, y, distance."""
    parts = []
    for run, points in enumerate(paths.values()):
        finite = int(np.isfinite(points[:, 0]).sum())
        rows = thinned(finite)
        distance = np.hypot(*points[rows].T)
        edge = points[rows].clip(-REACH, REACH)
        following = np.append(rows[1:], 32_000)
        parts.append((np.full(len(rows), run), rows, following, edge[:, 0], edge[:, 1], distance.clip(_FLOOR, 1e6)))
    runs, *columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    frame = pd.DataFrame(dict(zip(("step", "next", "x", "y", "distance"), columns, strict=True)))
    return frame.astype({"step": np.int16, "next": np.int16, "x": np.float32, "y": np.float32, "distance": np.float32}).assign(run=run_column(runs, LOOKS))


@lru_cache(maxsize=32)
def _spec(steps: int, opens_at: int | None, dark: bool) -> Spec:
    """Return the specification of `dirac_map`."""
    domain = (-REACH, REACH)
    at: Spec = {"x": left_axis("x", "x", "θ: where the generator is", domain), "y": left_axis("y", "y", "ψ: slope of the critic", domain)}
    encodings = run_encodings([f"r{i}" for i in range(3)], [look.color for look in LOOKS], [list(look.dash) or [1, 0] for look in LOOKS])
    current = {"filter": "datum.step <= step && step < datum.next"}
    grey = {"color": AXIS[dark], "opacity": 0.55}
    plain: Spec = {"legend": None, "scale": None}
    left: list[Spec] = [
        {"data": {"name": "arrows"}, "mark": {"type": "rule", "strokeWidth": 1.1, **grey}, "encoding": {**at, "x2": {"field": "x2"}, "y2": {"field": "y2"}}},
        {
            "data": {"name": "arrows"}, "mark": {"type": "point", "shape": "triangle-up", "filled": True, "size": 26, **grey},
            "encoding": {
                "x": {**at["x"], "field": "x2"}, "y": {**at["y"], "field": "y2"}, "angle": {"field": "angle", "type": "quantitative", **plain},
            },
        },
        {
            "data": {"name": "rest"}, "encoding": at,
            "mark": {"type": "point", "shape": CROSS, "angle": 45, "size": 90, "stroke": INK[dark], "strokeWidth": 2.5, "opacity": 1},
        },
        {
            "data": {"name": "start"}, "encoding": at,
            "mark": {"type": "point", "clip": True, "shape": "square", "size": 150, "filled": False, "stroke": INK[dark], "strokeWidth": 2.2, "opacity": 1},
        },
        {
            "data": {"name": "paths"}, "transform": [{"filter": "datum.step <= step"}], "encoding": {**at, **encodings},
            "mark": {"type": "line", "order": False, "strokeWidth": 2.4, "strokeJoin": "round", "opacity": 0.95},
        },
        {
            "data": {"name": "paths"}, "transform": [current], "encoding": {**at, "color": encodings["color"]},
            "mark": {"type": "point", "filled": True, "size": 120, "opacity": 1},
        },
        {
            "data": {"name": "cells"},
            "mark": {"type": "rect", "opacity": 0, "cursor": "crosshair", "width": expr(f"left_w / {_CELLS}"), "height": expr(f"left_h / {_CELLS}")},
            "params": [{"name": PICK, "select": {"type": "point", "fields": ["x", "y", "now"], "toggle": False, "clear": False}}],
            "encoding": {**at, "tooltip": [{"field": "x", "title": "θ", "format": NUMBER}, {"field": "y", "title": "ψ", "format": NUMBER}]},
        },
    ]  # fmt: skip
    over = {
        "x": right_axis("x", "step", "step", {"domain": [0, steps], "nice": False}, {"format": "d", "tickMinStep": 1}),
        "y": right_axis("y", "distance", "distance from rest", {"type": "log"}, {"labelExpr": TICK}),
    }
    now = {"data": {"values": [{}]}, "transform": [{"calculate": "step", "as": "step"}]}
    right: list[Spec] = [
        {"data": {"name": "paths"}, "mark": {"type": "line", "order": False, "strokeWidth": 1.6, "opacity": 0.35}, "encoding": {**over, **encodings}},
        {
            **now, "mark": {"type": "rule", "strokeWidth": 1.5, "color": AXIS[dark]},
            "encoding": {"x": over["x"], "y": {"value": expr("right_top")}, "y2": {"value": expr("right_bottom")}},
        },
        {
            "data": {"name": "paths"}, "transform": [{"filter": "datum.step <= step"}], "encoding": {**over, **encodings},
            "mark": {"type": "line", "order": False, "strokeWidth": 2.8},
        },
        {
            "data": {"name": "paths"}, "mark": {"type": "point", "filled": True, "size": 160, "opacity": 0},
            "encoding": {**over, "color": encodings["color"], "tooltip": [
                {"field": "step", "title": "step"}, {"field": "distance", "title": "distance", "format": NUMBER},
            ]},
        },
    ]  # fmt: skip
    params = [*panels_params(1.0, _HEIGHT, _BESIDE), *player(steps, "step", opens_at)]
    return two_panels(left, right, params, height=_HEIGHT, dark=dark, alt_text="Map of the two players with their paths, and their distance from rest")

"""A world as a picture: its cells, what they are worth, where the best action of each leads, and a path; a click chooses a cell."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.studies.reinforcement.summaries import Path
from core.studies.reinforcement.worlds import ARROWS, MOST, Maze
from pages.ui.charts.base import Chart, Spec, grown_marks
from pages.ui.charts.panels import headed
from pages.ui.charts.theme import AXIS, EMBED, INK, PAPER, Look, config, grown

Array = NDArray[Any]

#: the selection of a clicked cell
PICK = "pick"
#: pixels of a row, at least and at most, and of the tallest picture
_ROW, _HIGHEST = 34, 420
#: what a cell is, in the order of its colours: worth something, cliff, wall
_FREE, _CLIFF, _WALL = 0, 1, 2
_COLORS = {False: ("#C4463A", "#6B7280"), True: ("#B23B31", "#59616D")}
#: the colours of what a cell is worth, from little to much
_WORTH = {False: ("#F3F6FB", "#6FA8DC"), True: ("#1B2430", "#2F6DA8")}


def world(
    maze: Maze, values: Array | None, path: Path | None, look: Look | None, worth: tuple[float, float], *, clickable: bool = False, dark: bool
) -> Chart:  # fmt: skip
    """Return a world with its action values (C, 4) and its path, as far as there are any. `worth`: the range of the colours."""
    rows, columns = maze.shape
    place = np.arange(maze.cells)
    row, column = np.divmod(place, columns)
    kinds = np.where(maze.is_wall, _WALL, np.where(maze.is_cliff, _CLIFF, _FREE))
    letters = np.full(maze.cells, "", object)
    letters[maze.start], letters[maze.goal] = "S", "G"
    frame = pd.DataFrame({"x": column, "x2": column + 1, "y": row, "y2": row + 1}).astype(np.float32)
    frame = frame.assign(
        kind=kinds.astype(np.int8),
        letter=letters,
        cell=(row * MOST + column).astype(np.int16),
        at=[f"{r + 1}, {c + 1}" for r, c in zip(row, column, strict=True)],
    )
    known = np.zeros((maze.cells, 4)) if values is None else values
    learned = (known != 0).any(axis=1) & (kinds == _FREE) & (place != maze.goal)
    shades = (known.max(axis=1) - worth[0]) / max(worth[1] - worth[0], 1e-9)
    frame = frame.assign(
        shade=np.where(learned, shades, np.nan).astype(np.float32),
        arrow=[ARROWS[k] if seen else "" for k, seen in zip(known.argmax(axis=1), learned, strict=True)],
        **{f"q{k}": np.where(learned, known[:, k], np.nan).astype(np.float32) for k in range(4)},
    )
    cells = np.array(path.cells if path is not None else (), int)
    way = pd.DataFrame({"x": cells % columns + 0.5, "y": cells // columns + 0.5, "order": np.arange(len(cells))}).astype(np.float32)
    now = f"{kinds.tolist()} {maze.start} {maze.goal}"
    data = {"cells": frame.assign(now=pd.Categorical([now] * len(frame))), "path": way}
    return data, headed(_spec(rows, columns, look.color if look is not None else "#888888", clickable, dark), look)


@lru_cache(maxsize=64)
def _spec(rows: int, columns: int, color: str, clickable: bool, dark: bool) -> Spec:
    """Return the specification of `world`."""
    height = min(_HIGHEST, max(130, rows * _ROW))
    at: Spec = {
        "x": {"field": "x", "type": "quantitative", "scale": {"domain": [0, columns], "nice": False}, "axis": None},
        "y": {"field": "y", "type": "quantitative", "scale": {"domain": [0, rows], "nice": False, "reverse": True}, "axis": None},
    }  # fmt: skip
    middle = {name: {**at[name], "field": f"{name}m"} for name in "xy"}
    box = {**at, "x2": {"field": "x2"}, "y2": {"field": "y2"}}
    centred = [{"calculate": "datum.x + 0.5", "as": "xm"}, {"calculate": "datum.y + 0.5", "as": "ym"}]
    tooltip = [{"field": "at", "title": "row, column"}, *({"field": f"q{k}", "title": arrow, "format": ".1f"} for k, arrow in enumerate(ARROWS))]
    cells = {"name": "cells"}
    picked = {"params": [{"name": PICK, "select": {"type": "point", "fields": ["cell", "now"], "toggle": False, "clear": False}}]} if clickable else {}
    layers: list[Spec] = [
        {
            "data": cells, "mark": {"type": "rect", "stroke": AXIS[dark], "strokeWidth": 0.5, "invalid": "show"},
            "encoding": {
                **box,
                "fill": {
                    "field": "shade", "type": "quantitative", "legend": None,
                    "scale": {"domain": [0, 1], "range": list(_WORTH[dark]), "clamp": True, "nice": False, "zero": False},
                    "condition": [
                        {"test": f"datum.kind == {_CLIFF}", "value": _COLORS[dark][0]}, {"test": f"datum.kind == {_WALL}", "value": _COLORS[dark][1]},
                        {"test": "!isValid(datum.shade)", "value": PAPER[dark]},
                    ],
                },
            },
        },
        {
            "data": {"name": "path"}, "mark": {"type": "line", "strokeWidth": 4, "color": color, "opacity": 0.85, "strokeJoin": "round"},
            "encoding": {**at, "order": {"field": "order", "type": "quantitative"}},
        },
        {
            "data": cells, "transform": [*centred, {"filter": "datum.arrow != '' && datum.letter == ''"}],
            "mark": {"type": "text", "fontSize": 15, "color": INK[dark], "opacity": 0.8}, "encoding": {**middle, "text": {"field": "arrow"}},
        },
        {
            "data": cells, "transform": [*centred, {"filter": "datum.letter != ''"}],
            "mark": {"type": "text", "fontSize": 16, "fontWeight": 700, "color": INK[dark], "stroke": PAPER[dark], "strokeWidth": 0.6},
            "encoding": {**middle, "text": {"field": "letter"}},
        },
        {
            "data": cells, "mark": {"type": "rect", "opacity": 0, **({"cursor": "pointer"} if clickable else {})},
            "encoding": {**box, "tooltip": tooltip if not clickable else tooltip[:1]}, **picked,
        },
    ]  # fmt: skip
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json", "width": "container", "height": height, "layer": layers,
        "params": [{"name": "height", **grown(height)}],
        "description": "A world of cells from above: start S, goal G, cliff cells and walls; shading: the value of the best action; a line: the greedy path",
        "autosize": {"type": "fit-x", "contains": "padding"}, "config": config(dark),
        "padding": {"left": 2, "right": 6, "top": 4, "bottom": 4}, "usermeta": {"embedOptions": EMBED},
    }  # fmt: skip
    large: Spec = grown_marks(spec)
    return large

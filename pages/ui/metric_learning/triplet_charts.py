"""The plane of a triplet: its points, where each loss pulls them, and cells that a click moves a point to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.studies.metric_learning.triplet_scene import NEGATIVE, Scene
from pages.ui.charts.base import NUMBER, Chart, Spec, grown_marks
from pages.ui.charts.series import run_column, run_domain
from pages.ui.charts.theme import CLASS_COLORS, EMBED, INK, PAPER, Look, config
from pages.ui.metric_learning.charts import PICK, as_square, square

Array = NDArray[Any]

#: half the side of the plane, and cells along it
REACH, _CELLS = 2.0, 40
#: the longest arrow
_LONGEST = 0.9


def plane(scene: Scene, pulls: Mapping[str, Array], looks: Sequence[Look], moved: str, *, height: int, dark: bool, beside: int = 0) -> Chart:
    """Return the points of a scene with the pull (B, 2) of each loss on each of them. Lengths compare the points of one loss."""
    cells = (np.arange(_CELLS) + 0.5) / _CELLS * 2 * REACH - REACH
    across, up = (each.ravel().astype(np.float32) for each in np.meshgrid(cells, cells))
    now = f"{moved} {' '.join(f'{x:g}' for x in scene.embeddings.ravel())}"
    points = pd.DataFrame(scene.embeddings, columns=["x", "y"]).astype(np.float32)
    points = points.assign(name=[*scene.points], letter=[name[0] for name in scene.points], shade=[int(name == NEGATIVE) for name in scene.points])
    data = {
        "points": points, "arrows": _arrows(scene, pulls, looks),
        "cells": pd.DataFrame({"x": across, "y": up, "now": pd.Categorical([now] * len(across))}),
    }  # fmt: skip
    return data, _spec(tuple(looks), height, beside, dark)


def _arrows(scene: Scene, pulls: Mapping[str, Array], looks: Sequence[Look]) -> pd.DataFrame:
    """Return an arrow for each loss and point that it pulls. The strongest pull of a loss has the longest arrow."""
    parts = []
    for run, pull in enumerate(pulls.values()):
        size = np.hypot(*pull.T)
        top = float(size.max())
        move = pull * (_LONGEST / top if top > 1e-9 else 0.0)
        ends = scene.embeddings + move
        frame = pd.DataFrame({
            "x": scene.embeddings[:, 0], "y": scene.embeddings[:, 1], "x2": ends[:, 0], "y2": ends[:, 1],
            "angle": np.degrees(np.arctan2(move[:, 0], move[:, 1])), "pull": size,
        }).astype(np.float32)  # fmt: skip
        parts.append(frame.assign(run=run_column(np.full(len(frame), run), looks))[size > 1e-9])
    columns = ["x", "y", "x2", "y2", "angle", "pull"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: np.zeros(0, np.float32) for name in columns}).assign(run=[])


@lru_cache(maxsize=32)
def _spec(looks: tuple[Look, ...], height: int, beside: int, dark: bool) -> Spec:
    """Return the specification of `plane`."""
    axis = {"tickCount": 5, "title": None, "grid": True}
    at = square(("x", "y"), REACH, axis)
    color = {"field": "run", "type": "nominal", "scale": {"domain": run_domain(looks), "range": [look.color for look in looks]}, "legend": None}
    shade = {"field": "shade", "type": "nominal", "scale": {"domain": [0, 1], "range": list(CLASS_COLORS[:2])}, "legend": None}
    ends = {"x2": {"field": "x2"}, "y2": {"field": "y2"}}
    tooltip = [{"field": "name", "title": "point"}, *({"field": name, "title": name, "format": NUMBER} for name in "xy")]
    layers: list[Spec] = [
        {"data": {"name": "arrows"}, "mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.95, "clip": True}, "encoding": {**at, **ends, "color": color}},
        {
            "data": {"name": "arrows"}, "mark": {"type": "point", "shape": "triangle-up", "filled": True, "size": 120, "opacity": 1, "clip": True},
            "encoding": {
                "x": {**at["x"], "field": "x2"}, "y": {**at["y"], "field": "y2"}, "color": color,
                "angle": {"field": "angle", "type": "quantitative", "legend": None, "scale": None},
            },
        },
        {
            "data": {"name": "points"}, "encoding": {**at, "color": shade},
            "mark": {"type": "point", "filled": True, "size": 420, "opacity": 1, "stroke": INK[dark], "strokeWidth": 1.5},
        },
        {
            "data": {"name": "points"}, "encoding": {**at, "text": {"field": "letter", "type": "nominal"}},
            "mark": {"type": "text", "fontSize": 14, "fontWeight": 700, "color": PAPER[False], "fontStyle": "italic", "baseline": "middle"},
        },
        {
            "data": {"name": "cells"}, "encoding": {**at},
            "mark": {
                "type": "rect", "opacity": 0, "cursor": "crosshair", "width": {"expr": f"height / {_CELLS}"},
                "height": {"expr": f"height / {_CELLS}"},
            },
            "params": [{"name": PICK, "select": {"type": "point", "fields": ["x", "y", "now"], "toggle": False, "clear": False}}],
        },
        {
            "data": {"name": "points"}, "encoding": {**at, "tooltip": tooltip},
            "mark": {"type": "point", "filled": True, "size": 420, "opacity": 0},
        },
    ]  # fmt: skip
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json", "description": "Anchor, positive and negative, and where each loss pulls them",
        "width": "container", "height": height, "layer": grown_marks(layers), "params": [{"name": "height", "expr": as_square(height, beside)}],
        "resolve": {"scale": {"color": "independent"}},  # the colours of losses and those of classes
        "autosize": {"type": "fit-x", "contains": "padding"}, "config": config(dark),
        "padding": {"left": 0, "right": 6, "top": 4, "bottom": 4}, "usermeta": {"embedOptions": EMBED},
    }  # fmt: skip

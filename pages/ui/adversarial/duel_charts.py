"""The panel of one duel, samples over the critic's shading, and the field on which own points are set."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from core.studies.adversarial.clouds import OwnPoints
from core.studies.adversarial.pictures import WIDE, Picture
from pages.ui.adversarial.looks import REAL, made_color
from pages.ui.charts.base import NUMBER, Chart, Spec, grown_marks, square_height
from pages.ui.charts.panels import headed, shading_png
from pages.ui.charts.theme import EMBED, INK, PAPER, Look, config

#: the selection of a clicked point
PICK = "pick"
#: half the side of the field of own points, and cells along it
REACH, _CELLS = 2.5, 40
#: bounds of a panel's height, in pixels
_LOWEST, _HIGHEST = 200, 300
#: the longest arrow, as a share of the panel's side
_LONGEST = 0.11


def panel(picture: Picture, look: Look, *, arrows: bool, dark: bool, beside: int = 0, rows: int = 1) -> Chart:
    """Return the samples of a duel over the shading of its critic, with real points, and arrows that say where the generator is pulled.

    `beside`, `rows`: those of `base.square_height`.
    """
    frames = {name: _points(points) for name, points in (("real", picture.real), ("samples", picture.samples))}
    data = {"shading": pd.DataFrame({"url": [shading_png(picture.shares)]}), **frames, "arrows": _arrows(picture) if arrows else _arrows(picture)[:0]}
    return data, headed(_spec(float(picture.reach), beside, rows, dark), look)


def _points(points: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"x": points[:, 0], "y": points[:, 1]}).astype(np.float32)


def _arrows(picture: Picture) -> pd.DataFrame:
    """Return a line for each arrow. The median of a panel's arrows is half as long as the longest may be."""
    begin = picture.samples[: len(picture.pulls)]
    size = np.hypot(*picture.pulls.T)
    usual = float(np.median(size[np.isfinite(size)])) if np.isfinite(size).any() else 0.0
    length = np.minimum(size / max(2 * usual, 1e-30), 1) * _LONGEST * 2 * picture.reach
    move = picture.pulls * np.divide(length, size, out=np.zeros_like(size), where=size > 0)[:, None]
    columns = {"x": begin[:, 0], "y": begin[:, 1], "x2": begin[:, 0] + move[:, 0], "y2": begin[:, 1] + move[:, 1]}
    columns["angle"] = np.degrees(np.arctan2(move[:, 0], move[:, 1]))  # from upwards, clockwise
    frame = pd.DataFrame(columns).astype(np.float32)
    return frame[np.isfinite(frame).all(axis=1) & (size > 0)]


def _axes(reach: float) -> Spec:
    """Return the encodings of both axes."""
    axis = {"grid": False, "tickCount": 3, "title": None}
    scale = {"domain": [-reach, reach], "nice": False, "zero": False}
    return {channel: {"field": channel, "type": "quantitative", "scale": scale, "axis": axis} for channel in "xy"}


@lru_cache(maxsize=64)
def _spec(reach: float, beside: int, rows: int, dark: bool) -> Spec:
    """Return the specification of `panel`: as high as it is wide, within bounds, and with equal scales."""
    at = _axes(reach)
    edge = f"{reach} * width / height"
    at["x"]["scale"] = {"domainMin": {"expr": f"-{edge}"}, "domainMax": {"expr": edge}, "nice": False, "zero": False}
    edges = {channel: {key: value for key, value in at[channel].items() if key != "field"} for channel in "xy"}
    for channel, end in (("x", WIDE * reach), ("y", reach)):
        edges[channel]["datum"], edges[f"{channel}2"] = -end, {"datum": end}
    ink = {"color": INK[dark], "clip": True}
    tooltip = [{"field": "x", "title": "x", "format": NUMBER}, {"field": "y", "title": "y", "format": NUMBER}]
    layers: list[Spec] = [
        {
            "data": {"name": "shading"}, "mark": {"type": "image", "aspect": False, "clip": True},
            "encoding": {**edges, "url": {"field": "url", "type": "nominal"}},
        },
        {
            "data": {"name": "real"}, "encoding": at,
            "mark": {"type": "point", "filled": True, "size": 12, "color": REAL, "opacity": 0.55, "clip": True},
        },
        {
            "data": {"name": "samples"}, "encoding": {**at, "tooltip": tooltip},
            "mark": {
                "type": "point", "filled": True, "size": 20, "color": made_color(dark), "stroke": PAPER[dark], "strokeWidth": 0.4, "opacity": 0.85,
                "clip": True,
            },
        },
        {
            "data": {"name": "arrows"}, "mark": {"type": "rule", "strokeWidth": 1.3, "opacity": 0.8, **ink},
            "encoding": {**at, "x2": {"field": "x2"}, "y2": {"field": "y2"}},
        },
        {
            "data": {"name": "arrows"},
            "mark": {"type": "point", "shape": "triangle-up", "filled": True, "size": 26, "opacity": 0.9, **ink},
            "encoding": {
                "x": {**at["x"], "field": "x2"}, "y": {**at["y"], "field": "y2"},
                "angle": {"field": "angle", "type": "quantitative", "legend": None, "scale": None},
            },
        },
    ]  # fmt: skip
    whole = _whole(layers, _HIGHEST, dark, "Samples of the generator over the critic's scores, and where the generator is pulled")
    return {**whole, "params": [{"name": "height", "expr": square_height(_LOWEST, beside, rows) if beside else f"clamp(width, {_LOWEST}, {_HIGHEST})"}]}


def own_points(cloud: OwnPoints, *, height: int, dark: bool) -> Chart:
    """Return the field on which a click sets a point, or takes one away."""
    cells = (np.arange(_CELLS) + 0.5) / _CELLS * 2 * REACH - REACH
    across, up = (each.ravel().astype(np.float32) for each in np.meshgrid(cells, cells))
    now = ",".join(f"{coordinate:g}" for coordinate in cloud.points)
    data = {"points": _points(cloud.skeleton()), "cells": pd.DataFrame({"x": across, "y": up, "now": pd.Categorical([now] * len(across))})}
    return data, _own_spec(height, dark)


@lru_cache(maxsize=8)
def _own_spec(height: int, dark: bool) -> Spec:
    """Return the specification of `own_points`."""
    at = _axes(REACH)
    layers: list[Spec] = [
        {"data": {"name": "points"}, "encoding": at, "mark": {"type": "point", "filled": True, "size": 140, "color": REAL, "opacity": 1, "clip": True}},
        {
            "data": {"name": "cells"}, "encoding": at,
            "mark": {
                "type": "rect", "opacity": 0, "cursor": "crosshair", "width": {"expr": f"width / {_CELLS}"}, "height": {"expr": f"height / {_CELLS}"},
            },
            "params": [{"name": PICK, "select": {"type": "point", "fields": ["x", "y", "now"], "toggle": False, "clear": False}}],
        },
    ]  # fmt: skip
    return _whole(layers, height, dark, "The points of the data: a click sets one, or takes one away")


def _whole(layers: list[Spec], height: int, dark: bool, alt_text: str) -> Spec:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json", "description": alt_text, "width": "container", "height": height,
        "layer": grown_marks(layers),
        "autosize": {"type": "fit-x", "contains": "padding"}, "config": config(dark), "padding": {"left": 0, "right": 6, "top": 4, "bottom": 4},
        "usermeta": {"embedOptions": EMBED},
    }  # fmt: skip

"""The charts of the view "Learning rate": steps against the rate, the map of rate and momentum, and the last updates under a schedule."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from core.studies.descent.rate_map import DIVERGES, HEAVY_BALL, LARGEST, NOT_YET, RateMap, best, best_plain, border, factor
from core.studies.descent.surfaces.base import Array
from pages.ui.charts.base import CROSS, NUMBER, TICK, Chart, Spec, grown_marks, window_height
from pages.ui.charts.series import run_column, run_domain
from pages.ui.charts.theme import AXIS, EMBED, INK, PAPER, Look, config

#: the colours of cells without a number of steps: not within the tolerance, and diverging
UNREACHED = {False: "#B9BFC6", True: "#4A525C"}
DIVERGING = {False: "#F3D3C4", True: "#5A2A1C"}


def _quantity(field: str, title: str, **more: Any) -> dict[str, Any]:
    """Return the encoding of a numeric field with the axis of these charts; `more` replaces parts of it."""
    axis = {"tickCount": 6, "labelExpr": TICK, "grid": False, **more.pop("axis", {})}
    return {"field": field, "type": "quantitative", "title": title, "axis": axis, **more}


def _finished(layers: list[Spec], *, height: int, dark: bool, alt_text: str, legend: bool = False, beside: int = 400) -> Spec:
    """Return the specification of the layers. `legend`: there is a legend above the plot, which must not reduce the plot's height."""
    return {
        "width": "container",
        "height": height,
        "params": [{"name": "height", "expr": window_height(height, beside)}],
        "layer": grown_marks(layers),
        "config": config(dark),
        **({"autosize": {"type": "fit-x", "contains": "padding"}} if legend else {}),
        "padding": {"left": 0, "right": 8, "top": 4, "bottom": 4},
        "usermeta": {"embedOptions": EMBED},
        "description": alt_text,
    }


def _layer(data: str, mark: dict[str, Any], encoding: dict[str, Any], *transform: dict[str, Any], **more: Any) -> Spec:
    return {"data": {"name": data}, "mark": mark, "encoding": encoding, **({"transform": list(transform)} if transform else {}), **more}


# Steps against the rate


def steps_chart(sweep: tuple[Array, Array], condition: float, chosen: Sequence[tuple[float, int]], looks: Sequence[Look], *, dark: bool = False) -> Chart:
    """Return the curve of the steps of plain descent against the rate, with marks for the best rate, the limit 2/L and the chosen rates.

    `sweep`: rates and steps, as `rate_map.sweep` returns them. `chosen`: (rate, steps), one for each look.
    """
    rates, steps = sweep
    reached = steps >= 0
    largest = float(steps[reached].max()) if reached.any() else 1e3
    low = max(0.6 * float(steps[reached].min()), 0.8) if reached.any() else 0.8
    high = 10.0 ** np.ceil(np.log10(largest * 1.2))
    points = [(slot, rate, count) for slot, (rate, count) in enumerate(chosen) if count > 0]
    marks = pd.DataFrame(points, columns=["run", "rate", "steps"]).astype(np.float32)
    marks["run"] = run_column(marks["run"].to_numpy(), looks)
    limits = pd.DataFrame({"rate": [best_plain(condition).rate, 2 / LARGEST], "line": [0, 1]})
    limits["name"] = ["best 2/(L+μ) ┆", "limit 2/L │"]
    limits["place"] = limits["rate"].min()
    data = {
        "sweep": pd.DataFrame({"rate": rates, "steps": np.where(reached, steps, np.nan)}, dtype=np.float32),
        "limits": limits.astype({"rate": np.float32, "place": np.float32, "line": np.int8}),
        "chosen": marks,
    }
    return data, _steps_spec(tuple(looks), float(low), float(high), dark)


@lru_cache(maxsize=64)
def _steps_spec(looks: tuple[Look, ...], low: float, high: float, dark: bool) -> Spec:
    """Return the specification of `steps_chart`."""
    span = {"domain": [0, 2.2], "nice": False}
    x = _quantity("rate", "learning rate η", scale=span)
    y = _quantity("steps", "steps to the tolerance", scale={"type": "log", "domain": [low, high], "nice": False})
    color = {"field": "run", "type": "nominal", "legend": None, "scale": {"domain": run_domain(looks), "range": [look.color for look in looks]}}
    tooltip = [
        {"field": "rate", "type": "quantitative", "title": "learning rate", "format": ".3f"},
        {"field": "steps", "type": "quantitative", "title": "steps", "format": "d"},
    ]
    rule = {"type": "rule", "strokeWidth": 2, "color": AXIS[dark]}
    text = {"type": "text", "align": "right", "baseline": "top", "dx": -6, "fontSize": 14, "fontWeight": 600, "color": INK[dark]}
    beyond = {"x": _quantity("rate", "learning rate η", scale=span), "x2": {"value": {"expr": "width"}}, "y": {"value": 0}, "y2": {"value": {"expr": "height"}}}
    places = {"x": {**x, "field": "place"}, "y": {"value": {"expr": "datum.line * 20 + 2"}}, "text": {"field": "name"}}
    layers = [
        _layer("limits", {"type": "rect", "color": DIVERGING[dark], "opacity": 0.8}, beyond, {"filter": "datum.line == 1"}),
        _layer("limits", {**rule, "strokeDash": {"expr": "datum.line ? [1, 0] : [5, 4]"}}, {"x": x}),
        _layer("limits", text, places),
        _layer("sweep", {"type": "line", "strokeWidth": 2.4, "color": INK[dark]}, {"x": x, "y": y}),
        _layer("sweep", {"type": "circle", "size": 90, "opacity": 0.001}, {"x": x, "y": y, "tooltip": tooltip}),
        _layer(
            "chosen", {"type": "point", "filled": True, "size": 170, "opacity": 1, "stroke": PAPER[dark], "strokeWidth": 1.5},
            {"x": x, "y": y, "fill": color, "tooltip": tooltip},
        ),
    ]  # fmt: skip
    return _finished(layers, height=330, dark=dark, alt_text="Steps that plain gradient descent takes to the tolerance, against the learning rate")


# Rate and momentum


def map_chart(grid: RateMap, kind: str, condition: float, *, dark: bool = False) -> Chart:
    """Return the map of rate and momentum, coloured by steps, with the border of stability, the optimum of theory and the fastest cell."""
    across, up = np.meshgrid(grid.rates, grid.momenta)
    cells = pd.DataFrame(
        {"rate": across.ravel(), "momentum": up.ravel(), "factor": factor(kind, condition, across, up).ravel()}, dtype=np.float32
    ).assign(steps=grid.steps.ravel().astype(np.int16))  # fmt: skip
    momenta = np.linspace(0, 1, 61)
    optimum, (rate, momentum, _) = best(kind, condition), grid.fewest()
    marks = pd.DataFrame(
        {"rate": [optimum.rate, rate], "momentum": [optimum.momentum, momentum], "theory": [True, False]}
    ).astype({"rate": np.float32, "momentum": np.float32})  # fmt: skip
    reached = grid.steps[grid.steps >= 0]
    colors = (float(max(reached.min(), 1)) if reached.size else 1.0, float(grid.most))
    limit = pd.DataFrame({"rate": border(kind, momenta), "momentum": momenta}, dtype=np.float32)
    data = {"cells": cells, "border": limit, "marks": marks}
    half = (float(grid.rates[0]), float(grid.momenta[0]))
    return data, _map_spec(kind, half, len(grid.rates), colors, dark)


@lru_cache(maxsize=64)
def _map_spec(kind: str, half: tuple[float, float], columns: int, colors: tuple[float, float], dark: bool) -> Spec:
    """Return the specification of `map_chart`."""
    x_scale, y_scale = {"domain": [0, 2 * half[0] * columns], "nice": False}, {"domain": [0, 1], "nice": False}
    titles = "learning rate η", "momentum β"
    x, y = _quantity("rate", titles[0], scale=x_scale), _quantity("momentum", titles[1], scale=y_scale)
    sides = [
        {"calculate": f"datum.{field} {sign} {size}", "as": name}
        for field, half_size, names in (("rate", half[0], ("x", "x2")), ("momentum", half[1], ("y", "y2")))
        for sign, size, name in (("-", half_size, names[0]), ("+", 1.1 * half_size, names[1]))
    ]  # a cell reaches a little under the next one, or seams would show
    shown = {"calculate": f"datum.steps >= 0 ? datum.steps : datum.steps == {DIVERGES} ? 'diverges' : 'not within {colors[1]:g}'", "as": "shown"}
    cell = {"x": {**x, "field": "x"}, "x2": {"field": "x2"}, "y": {**y, "field": "y"}, "y2": {"field": "y2"}}
    tooltip = [
        {"field": "rate", "type": "quantitative", "title": "learning rate", "format": ".3f"},
        {"field": "momentum", "type": "quantitative", "title": "momentum", "format": ".3f"},
        {"field": "shown", "type": "nominal", "title": "steps"},
        {"field": "factor", "type": "quantitative", "title": "factor a step, theory", "format": ".4f"},
    ]
    ticks = sorted({colors[0], *(tick for tick in (5, 10, 20, 50, 100, 200) if 1.3 * colors[0] < tick < 0.8 * colors[1]), colors[1]})
    legend = {"title": "steps to the tolerance", "orient": "top", "gradientLength": {"expr": "min(width, 420) - 12"}, "values": ticks, "format": "d"}
    scale = {"type": "log", "domain": list(colors), "scheme": "viridis", "reverse": True}
    shade: dict[str, Any] = {"field": "steps", "type": "quantitative", "scale": scale, "legend": legend}
    line = {"type": "line", "color": INK[dark], "strokeWidth": 2.5, "strokeDash": [7, 4], "clip": True}
    ring = {"type": "point", "shape": "circle", "size": 210, "strokeWidth": 3, "filled": False, "color": "#FFFFFF", "opacity": 1}
    cross = {"type": "point", "shape": CROSS, "size": 110, "strokeWidth": 3, "filled": False, "color": "#FFFFFF", "opacity": 1}
    place: dict[str, Any] = {"x": x, "y": y}
    rect = {"type": "rect", "clip": True}
    others = ((UNREACHED[dark], NOT_YET), (DIVERGING[dark], DIVERGES))
    layers = [
        _layer(
            "cells", rect, {**cell, "tooltip": tooltip, "color": shade},
            *sides, shown, {"filter": "datum.steps >= 0"},
        ),
        *(
            _layer("cells", {**rect, "color": paint}, {**cell, "tooltip": tooltip}, *sides, shown, {"filter": f"datum.steps == {code}"})
            for paint, code in others
        ),
        _layer("border", line, {**place, "order": {"field": "momentum", "type": "quantitative"}}),
        _layer("marks", {**ring, "color": "#1B1F24", "strokeWidth": 6}, place, {"filter": "datum.theory"}),
        _layer("marks", ring, place, {"filter": "datum.theory"}),
        _layer("marks", {**cross, "color": "#1B1F24", "strokeWidth": 6}, place, {"filter": "!datum.theory"}),
        _layer("marks", cross, place, {"filter": "!datum.theory"}),
    ]  # fmt: skip
    rule = "heavy ball" if kind == HEAVY_BALL else "Nesterov"
    alt_text = f"Steps of {rule} to the tolerance for each learning rate and momentum; hover reads a cell"
    return _finished(layers, height=380, dark=dark, alt_text=alt_text, legend=True)


# Schedules


def cloud_chart(path: Array, looks: Sequence[Look], reach: tuple[float, float], *, dark: bool = False) -> Chart:
    """Return the last half of one draw's updates as points around the minimum.

    `path` (T + 1, K, 2): points under K schedules. `reach`: how far the chart shows to either side of the minimum, along and across the valley.
    """
    late = path[len(path) // 2 :]
    late = late[:: max(1, len(late) // 250)]
    rows = pd.DataFrame({"along": late[..., 0].ravel(), "across": late[..., 1].ravel()}, dtype=np.float32)
    rows["run"] = run_column(np.tile(np.arange(late.shape[1]), len(late)), looks)
    inside = (rows["along"].abs() <= reach[0]) & (rows["across"].abs() <= reach[1])
    return {"cloud": rows[inside], "centre": pd.DataFrame({"along": [0.0], "across": [0.0]})}, _cloud_spec(tuple(looks), reach, dark)


@lru_cache(maxsize=64)
def _cloud_spec(looks: tuple[Look, ...], reach: tuple[float, float], dark: bool) -> Spec:
    """Return the specification of `cloud_chart`."""
    x, y = (
        _quantity(field, title, scale={"domain": [-size, size], "nice": False}, axis={"tickCount": 4})
        for field, title, size in (("along", "along the valley", reach[0]), ("across", "across", reach[1]))
    )
    color = {"field": "run", "type": "nominal", "legend": None, "scale": {"domain": run_domain(looks), "range": [look.color for look in looks]}}
    tooltip = [{"field": field, "type": "quantitative", "title": field, "format": NUMBER} for field in ("along", "across")]
    layers = [
        _layer("cloud", {"type": "circle", "size": 26, "opacity": 0.6}, {"x": x, "y": y, "color": color, "tooltip": tooltip}),
        _layer("centre", {"type": "point", "shape": "cross", "size": 160, "filled": True, "opacity": 1, "color": INK[dark]}, {"x": x, "y": y}),
    ]
    return _finished(layers, height=300, dark=dark, alt_text="Where the last half of the updates lies about the minimum")

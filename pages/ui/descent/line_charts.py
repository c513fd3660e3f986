"""The chart of the line fit: three panels (the data, the contours of the MSE, the MSE over the samples seen) that one player moves.

The panels are layers of one view. Each has scales of its own, whose ranges are its part of the view's width, or of its height on a narrow screen.
Concatenated charts do not adapt to the width of a column. Separate charts cannot share the player.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.studies.descent.line_descent import LineDescent, Path, clipped, ellipses
from pages.ui.charts.base import CROSS, NUMBER, TICK, Chart, Spec, grown_marks
from pages.ui.charts.player import player, player_css
from pages.ui.charts.series import run_column, run_domain
from pages.ui.charts.theme import AXIS, EMBED, INK, PAPER, Look, config

Domain = tuple[float, float]
Box = tuple[Domain, Domain]
Array = NDArray[Any]

FRAMES = 100
#: a path is thinned to this many points
POINTS_SENT = 600
#: a path of at most this many updates shows each of them as a dot
_FEW = 100
_HEIGHT, _NARROW_HEIGHT, _GAP = 330, 270, 66
#: the height side by side: what the window leaves beside 480 pixels
_WIDE = f"max({_HEIGHT}, min(windowSize()[1] - 480, cell * 1.2))"
#: the MSE of the rings above the lowest, in parts of that at the start: squares, so that the rings are evenly spaced
_LEVELS = np.square(np.arange(1, 9) / 5)

#: for `st.html`
PLAYER_CSS = player_css("descent_line_chart")


def bowl_box(descent: LineDescent) -> Box:
    """Return the ranges of bias and slope of the map: the minimum is its centre, and the start lies on it. They depend on the start and the data only."""
    start, best = np.array(descent.start), np.array(descent.surface.minima[0])
    reach = np.maximum(np.abs(start - best), 1.5)  # a point as far beyond the minimum as the start is before it stays on the map
    low, high = best - 1.15 * reach, best + 1.15 * reach
    return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))


def data_box(descent: LineDescent) -> Box:
    """Return the ranges of x and y of the panel of the data."""
    y = descent.surface.data()[1]
    room = 0.06 * float(np.ptp(y))
    return (-1.05, 1.05), (min(float(y.min()) - room, -1.5), float(y.max()) + room)


def loss_domain(descent: LineDescent) -> Domain:
    """Return the range of the axis of the MSE: from just below the lowest to twice that at the start."""
    surface = descent.surface
    lowest, start = descent.lowest, float(surface.value(np.array(descent.start)))
    return max(lowest / 1.15, 1e-12), max(start, lowest * 2) * 2


def line_chart(
    descent: LineDescent, paths: Mapping[int, tuple[Path, Array]], looks: Sequence[Look], *, opens_at: int | None = None, dark: bool = False
) -> Chart:
    """Return the three panels with a player over the samples seen.

    `paths`: each batch size's path, and its update at each of the player's frames (`line_descent.frames`). `looks`: one for each path.
    `opens_at`: that of `player`.
    """
    data, bowl, loss = data_box(descent), bowl_box(descent), loss_domain(descent)
    spec = _spec(tuple(looks), data, bowl, loss, descent.samples, opens_at, dark)
    curves = [(slot, *paths[batch]) for slot, batch in enumerate(paths)]
    x, y = descent.surface.data()
    best = np.array(descent.surface.minima[0])
    excess = float(descent.surface.value(np.array(descent.start))) - descent.lowest
    rings = _inside(ellipses(descent.surface, _LEVELS * max(excess, 1e-6)), bowl)
    place = np.indices(rings.shape[:2]).reshape(2, -1)
    fixed = pd.DataFrame(dict(zip(("xa", "ya", "xb", "yb"), clipped(best[:1], best[1:], *data), strict=True)) | {"bias": best[:1], "slope": best[1:]})
    fixed["loss"] = max(descent.lowest, loss[0])
    frames = {
        "points": pd.DataFrame({"x": x, "y": y}, dtype=np.float32),
        "rings": _float32({"ring": place[0], "place": place[1], "bias": rings[..., 0].ravel(), "slope": rings[..., 1].ravel()}),
        "best": fixed.astype(np.float32),
        # the path with the most updates is drawn first, so that it covers no other
        "path": pd.concat([_path_rows(slot, path, looks, bowl, loss) for slot, path, _ in sorted(curves, key=lambda curve: -curve[1].updates)]),
        "now": pd.concat([_frame_rows(slot, path, at, looks, data, bowl, loss) for slot, path, at in curves]),
    }
    return frames, spec


def _float32(columns: Mapping[str, Array]) -> pd.DataFrame:
    return pd.DataFrame({name: np.asarray(values, np.float32) for name, values in columns.items()})


def _inside(points: Array, box: Box) -> Array:
    """Return the points (..., 2), with NaN in place of those outside the box."""
    low, high = np.array(box).T
    return np.where(((points >= low) & (points <= high)).all(axis=-1, keepdims=True), points, np.nan)


def _shown(losses: Array, domain: Domain) -> Array:
    """Return the losses, at the lower end of the domain if they are below it, NaN if they are above."""
    return np.where(losses <= domain[1], np.maximum(losses, domain[0]), np.nan)


def _path_rows(slot: int, path: Path, looks: Sequence[Look], bowl: Box, loss: Domain) -> pd.DataFrame:
    """Return the rows of the line of a path: every update at first, then thinned."""
    first = np.arange(min(path.updates + 1, _FEW))  # the first updates are the longest and show the most
    updates = np.union1d(first, np.linspace(0, path.updates, min(path.updates + 1, POINTS_SENT)).round().astype(int))
    points = _inside(path.points[updates], bowl)
    losses = _shown(path.losses[updates], loss)
    frame = _float32({"update": updates, "samples": path.samples[updates], "bias": points[:, 0], "slope": points[:, 1], "loss": losses})
    frame["exact"] = path.losses[updates].astype(np.float32)
    few = path.updates <= _FEW
    smooth = few or float((np.diff(path.losses) > 0).mean()) < 0.1
    frame["dot"], frame["width"] = np.float32(24 if few else 0), np.float32(2.4 if smooth else 1.4)
    frame["run"] = run_column(np.full(len(updates), slot), looks)
    return frame


def _frame_rows(slot: int, path: Path, updates: Array, looks: Sequence[Look], data: Box, bowl: Box, loss: Domain) -> pd.DataFrame:
    """Return one row for each frame of the player: the line in the data, and the point of the path on the map and on the curve."""
    points = path.points[updates]
    ends = dict(zip(("xa", "ya", "xb", "yb"), clipped(points[:, 0], points[:, 1], *data), strict=True))
    losses = path.losses[updates]
    gone = ~np.isfinite(_inside(points, bowl)).all(axis=-1) | ((updates == path.updates) & (path.reason == "diverged"))
    on_map = np.clip(points, *np.array(bowl).T)  # a cross at the edge stands for a point off the map
    columns = {"frame": np.arange(len(updates)), **ends, "bias": on_map[:, 0], "slope": on_map[:, 1], "loss": np.clip(losses, *loss)}
    frame = _float32(columns | {"edge": losses < loss[0], "samples": path.samples[updates], "gone": gone, "update": updates})
    frame["run"] = run_column(np.full(len(updates), slot), looks)
    return frame


def _panel(i: int, x: dict[str, Any], y: dict[str, Any], layers: list[Spec]) -> Spec:
    """Return panel number i (0 to 2) with these layers.

    `x` and `y` are its scales and axes. This function sets the ranges of the scales to the panel's part of the view.
    """
    left, right = f"narrow ? 0 : {i} * (cell + {_GAP})", f"narrow ? width : {i} * (cell + {_GAP}) + cell"
    bottom, top = f"narrow ? {i} * (row + {_GAP}) + row : height", f"narrow ? {i} * (row + {_GAP}) : 0"
    for encoding, ends in ((x, (left, right)), (y, (bottom, top))):
        encoding["scale"] = {**encoding["scale"], "range": [{"expr": end} for end in ends]}
        encoding["axis"] = {"tickCount": 5, "grid": False, "labelExpr": TICK, **encoding.get("axis", {})}
    x["axis"] |= {"orient": "bottom", "offset": {"expr": f"({bottom}) - height"}}
    y["axis"] |= {"orient": "left", "offset": {"expr": f"-({left})"}}
    filled = [{**layer, "encoding": _fields(layer["encoding"], x, y)} for layer in layers]
    return {"layer": filled}


def _fields(encoding: dict[str, Any], x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
    """Return the encoding with the panel's scales and axes: it names the fields of the channels x, y, x2 and y2."""
    result = dict(encoding)
    for channel, base in (("x", x), ("y", y)):
        if isinstance(encoding.get(channel), str):
            result[channel] = {**base, "field": encoding[channel], "type": "quantitative"}
    for channel in ("x2", "y2"):
        if isinstance(encoding.get(channel), str):
            result[channel] = {"field": encoding[channel]}
    return result


@lru_cache(maxsize=64)
def _spec(looks: tuple[Look, ...], data: Box, bowl: Box, loss: Domain, samples: int, opens_at: int | None, dark: bool) -> Spec:
    """Return the specification of `line_chart`."""
    scale = {"domain": run_domain(looks), "range": [look.color for look in looks]}
    color = {"field": "run", "type": "nominal", "scale": scale, "legend": None}
    dashes = {"domain": run_domain(looks), "range": [list(look.dash) or [1, 0] for look in looks]}
    dash = {"field": "run", "type": "nominal", "scale": dashes, "legend": None}  # for the lines in the data, which overlap; paths are too ragged for dashes
    ink = {"value": INK[dark]}
    seen, now = [{"filter": f"datum.samples <= floor(step) / {FRAMES} * {samples} + 0.001"}], [{"filter": "datum.frame == floor(step)"}]
    named = {"calculate": "labels[toNumber(slice(datum.run, 1))]", "as": "label"}
    rows = [("label", "path", None), ("update", "update", "d"), ("samples", "samples seen", "d"), ("bias", "bias", ".4f"), ("slope", "slope", ".4f")]
    rows.append(("exact", "MSE", NUMBER))
    kinds = [{"format": shape, "type": "quantitative"} if shape else {"type": "nominal"} for *_, shape in rows]
    tooltip = [{"field": field, "title": title, **kind} for (field, title, _), kind in zip(rows, kinds, strict=True)]

    def path_layers(x: str, y: str) -> list[Spec]:
        """Return the layers of the paths up to the current frame: lines, dots of the updates of short paths, and the current points."""
        line = {"type": "line", "opacity": 0.85, "invalid": "break-paths-filter-domains"}
        end: dict[str, Any] = {"x": x, "y": y, "fill": color, "stroke": {"value": PAPER[dark]}, "size": {"value": 130}}
        if y == "loss":  # a triangle is below the axis, and rests on its edge
            end["shape"] = {"condition": {"test": "datum.edge", "value": "triangle-down"}, "value": "circle"}
        cross = {"type": "point", "shape": CROSS, "size": 120, "strokeWidth": 3, "filled": False}
        order, width = ({"field": field, "type": "quantitative", **more} for field, more in (("update", {}), ("width", {"scale": None, "legend": None})))
        dots: Spec = {"x": x, "y": y, "color": color, "size": {"field": "dot", "type": "quantitative", "scale": None}}
        short = {"filter": "datum.dot > 0"}
        pointed: Spec = {"x": x, "y": y, "color": color, "tooltip": tooltip}
        return [
            {"data": {"name": "path"}, "transform": seen, "mark": line, "encoding": {"x": x, "y": y, "color": color, "order": order, "strokeWidth": width}},
            {"data": {"name": "path"}, "transform": [*seen, short], "mark": {"type": "circle", "opacity": 1}, "encoding": dots},
            {"data": {"name": "path"}, "transform": [*seen, named], "mark": {"type": "circle", "opacity": 0.001, "size": 120}, "encoding": pointed},
            {"data": {"name": "now"}, "transform": [*now, {"filter": "!datum.gone"}], "mark": {"type": "point", "opacity": 1}, "encoding": end},
            {"data": {"name": "now"}, "transform": [*now, {"filter": "datum.gone"}], "mark": cross, "encoding": {"x": x, "y": y, "color": color}},
        ]

    pair = {"x": "xa", "y": "ya", "x2": "xb", "y2": "yb"}
    seen_tip = [{"field": name, "type": "quantitative", "title": name, "format": ".3f"} for name in ("x", "y")]
    dashed = {"type": "rule", "strokeDash": [5, 4], "strokeWidth": 2, "opacity": 0.8}
    disc = {"type": "circle", "size": 32, "opacity": 0.5}
    lines: list[Spec] = [
        {"data": {"name": "points"}, "mark": disc, "encoding": {"x": "x", "y": "y", "color": ink, "tooltip": seen_tip}},
        {"data": {"name": "best"}, "mark": dashed, "encoding": {**pair, "color": ink}},
        {"data": {"name": "now"}, "transform": now, "mark": {"type": "rule", "strokeWidth": 3.5}, "encoding": {**pair, "color": color, "strokeDash": dash}},
    ]
    ring = {"type": "line", "strokeWidth": 1.1, "opacity": 0.55, "color": AXIS[dark], "invalid": "break-paths-show-domains"}
    around = {"x": "bias", "y": "slope", "detail": {"field": "ring", "type": "nominal"}, "order": {"field": "place", "type": "quantitative"}}
    plus = {"type": "point", "shape": "cross", "size": 130, "filled": True, "opacity": 1}
    landscape: list[Spec] = [
        {"data": {"name": "rings"}, "mark": ring, "encoding": around},
        *path_layers("bias", "slope")[:-2],
        {"data": {"name": "best"}, "mark": plus, "encoding": {"x": "bias", "y": "slope", "color": ink}},
        *path_layers("bias", "slope")[-2:],
    ]
    floor = {"x": {"value": {"expr": "narrow ? 0 : 2 * (cell + " + str(_GAP) + ")"}}, "x2": {"value": {"expr": "width"}}, "y": "loss", "color": ink}
    curve: list[Spec] = [{"data": {"name": "best"}, "mark": dashed, "encoding": floor}, *path_layers("samples", "loss")]
    off = {"nice": False, "zero": False}
    panels = [
        _panel(0, {"title": "x", "scale": {"domain": list(data[0]), **off}}, {"title": "y", "scale": {"domain": list(data[1]), **off}}, lines),
        _panel(1, {"title": "bias", "scale": {"domain": list(bowl[0]), **off}}, {"title": "slope", "scale": {"domain": list(bowl[1]), **off}}, landscape),
        _panel(
            2,
            {"title": "samples seen", "scale": {"domain": [0, samples], **off}},
            {"title": "MSE over all rows", "scale": {"type": "log", "domain": list(loss), "nice": False}},
            curve,
        ),
    ]
    return {
        "width": "container",
        "height": _HEIGHT,
        "params": [
            {"name": "labels", "value": [look.name for look in looks]},
            {"name": "narrow", "expr": "width < 600"},
            {"name": "cell", "expr": f"(width - {2 * _GAP}) / 3"},
            {"name": "row", "value": _NARROW_HEIGHT},
            {"name": "height", "expr": f"width < 600 ? {3 * _NARROW_HEIGHT + 2 * _GAP} : {_WIDE}"},
            *player(FRAMES, "% of the samples", opens_at),
        ],
        "layer": grown_marks(panels),
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
        "config": config(dark),
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 0, "right": 8, "top": 6, "bottom": 4},
        "usermeta": {"embedOptions": EMBED},
        "description": "Three panels: the data with the current lines, their paths on contours of the MSE over bias and slope, and the MSE over samples seen",
    }  # fmt: skip

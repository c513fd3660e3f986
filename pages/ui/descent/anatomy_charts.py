"""The chart of one update: the map around it, with its vectors as arrows. Pure functions from an `Anatomy` to a chart.

The map has coordinates (u, v) of its own: v goes from -1 at the bottom to 1 at the top, and u has the same scale, so that angles are true.
Everything that depends on the update is data, so the specification is the same for all updates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import contourpy
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.studies.descent.anatomy import Anatomy
from core.studies.descent.surfaces import Surface
from pages.ui.charts.base import NUMBER, Chart, Spec, finish, tip
from pages.ui.charts.theme import AXIS, INK, PAPER, Look

Array = NDArray[Any]

#: the contours reach from -_ASPECT to _ASPECT in u
_ASPECT = 2.2
#: rows of cells of the grid that the contours are computed on
_CELLS = 36
_LEVELS = 16
#: the length of the step in the frame is at most this; the frame is scaled so
_LONGEST = 0.75
#: half the height of the smallest frame, as a share of the surface's map: in a smaller one rounding errors become visible
_SMALLEST = 1e-6
#: how many updates before and after this one are drawn: more would hide the arrows if the path is noisy
_BEFORE, _AFTER = 30, 10
_FAR = 1e3
#: the colour of the arrow of the memory, by theme; no racer has it
_MEMORY = {False: "#A8228F", True: "#E56BD0"}
_HEAD = "M0,0L-0.45,1L0,0.8L0.45,1Z"
_WIDTHS = (2.5, 8.0, 5.0, 3.2)
_SIZES = (900, 2400, 1500, 1100)
#: shafts end within their heads
_SHAFT = 0.055
DOWNHILL, GRADIENT, MEMORY, STEP = range(4)
#: the slots that are drawn as an arrow, negated because they are averages of gradients
_DRAWN = ("velocity", "m", "mean")


@dataclass(frozen=True)
class Arrow:
    """An arrow from the current point. `end` is in the frame; `factor` is what the vector is multiplied by."""

    kind: int
    words: str
    symbol: str
    end: tuple[float, float]
    factor: float


@dataclass(frozen=True)
class Frame:
    """The part of the surface that is drawn. `half` is the distance from the centre to the upper and to the lower edge."""

    centre: tuple[float, float]
    half: float

    def place(self, points: Array) -> Array:
        """Return points (..., 2) of the surface in the frame. A point further out than `_FAR` is moved to there along its direction."""
        placed = (points - np.array(self.centre)) / self.half
        return placed / np.maximum(1, np.abs(placed).max(axis=-1, keepdims=True) / _FAR)


def frame_of(update: Anatomy, surface: Surface) -> Frame:
    """Return the frame around an update. The current point is its centre, and `half` is a round number at which the step is clearly visible."""
    (left, right), (bottom, top) = surface.domain
    reach = max(right - left, top - bottom)
    length = float(np.linalg.norm(update.moved))
    half = _round(max(length / _LONGEST, _SMALLEST * reach) if length else reach / 20)
    x, y = update.point.tolist()
    return Frame((x, y), half)


def _round(size: float) -> float:
    """Return the smallest of 1, 2, 3, 5 and 10 times a power of ten that is not below `size`."""
    decade = 10.0 ** math.floor(math.log10(size))
    return next(float(stop * decade) for stop in (1, 2, 3, 5, 10) if size <= stop * decade * (1 + 1e-9))


def arrows_of(update: Anatomy, frame: Frame) -> tuple[Arrow, ...]:
    """Return the arrows of an update: the negative true gradient if the rule was given another, the negative gradient, its memory, and the step.

    The step has its true length. The other arrows share a factor: the learning rate if arrows of that scale are visible, else a round number.
    """
    vectors = [(GRADIENT, "gradient, downhill", "−g", -update.gradient)]
    if not np.allclose(update.true, update.gradient, rtol=1e-3, atol=1e-12):
        vectors.insert(0, (DOWNHILL, "true downhill", "−∇f", -update.true))
    for slot in _DRAWN:
        value = update.hats.get(slot, update.state.get(slot))
        if value is not None and value.any():
            words, symbol = ("velocity", "−v") if slot == "velocity" else ("mean of gradients", "−m̂" if slot in update.hats else "−m")
            vectors.append((MEMORY, words, symbol, -value))
    longest = max(float(np.linalg.norm(vector)) for *_, vector in vectors) / frame.half
    factor = update.rate if 0.2 <= longest * update.rate <= 1.3 * _LONGEST else _round(_LONGEST / longest / 2.5) if longest > 0 else 1.0
    start = frame.place(update.point)
    drawn = [Arrow(kind, words, symbol, _end(start, factor * vector / frame.half), factor) for kind, words, symbol, vector in vectors]
    return (*drawn, Arrow(STEP, "step", "Δ", _end(start, update.moved / frame.half), 1.0))


def _end(start: Array, vector: Array) -> tuple[float, float]:
    x, y = (start + vector).tolist()
    return x, y


def neighbourhood(
    update: Anatomy, points: Array, losses: Array, surface: Surface, look: Look, *, dark: bool = False, height: int = 400
) -> tuple[Chart, tuple[Arrow, ...]]:
    """Return the chart of an update, and its arrows. `points` (T + 1, 2) and `losses` (T + 1,) are the racer's whole path."""
    frame = frame_of(update, surface)
    arrows = arrows_of(update, frame)
    data = {
        "contours": _contours(surface, frame),
        "path": _path(update, points, losses, frame),
        "arrows": _arrows(frame.place(update.point), arrows),
        "ticks": _ticks(frame, surface.axes),
    }
    return (data, neighbourhood_spec(look.color, dark, height)), arrows


def _contours(surface: Surface, frame: Frame) -> pd.DataFrame:
    """Return the points of the contour lines, one line after the other. The levels are quantiles: equal areas lie between them."""
    u, v = np.linspace(-_ASPECT, _ASPECT, round(_CELLS * _ASPECT) + 1), np.linspace(-1, 1, _CELLS + 1)
    grid = np.stack(np.meshgrid(u, v), axis=-1)
    with np.errstate(all="ignore"):
        values = surface.value(grid * frame.half + np.array(frame.centre))
    values = np.where(np.isfinite(values), values, np.nan)
    levels = np.unique(np.nanquantile(values, np.linspace(0, 1, _LEVELS + 2)[1:-1])) if np.isfinite(values).any() else np.empty(0)
    generator = contourpy.contour_generator(u, v, np.ma.masked_invalid(values))
    lines = [(line, depth) for depth, level in enumerate(levels) for line in generator.lines(float(level))]
    sizes = [len(line) for line, _ in lines]
    points = np.concatenate([line for line, _ in lines]) if lines else np.empty((0, 2))
    return pd.DataFrame(
        {
            "u": points[:, 0].astype(np.float32),
            "v": points[:, 1].astype(np.float32),
            "row": np.arange(len(points), dtype=np.int16),
            "line": np.repeat(np.arange(len(lines)), sizes).astype(np.int16),
            "shade": np.repeat([1 - 0.7 * depth / _LEVELS for _, depth in lines], sizes).astype(np.float32),
        }
    )


def _path(update: Anatomy, points: Array, losses: Array, frame: Frame) -> pd.DataFrame:
    """Return the points of the racer before and after the current update, as far as they are finite."""
    steps = np.arange(max(0, update.step - 1 - _BEFORE), min(len(points), update.step + _AFTER))
    steps = steps[np.isfinite(points[steps]).all(axis=-1)]
    placed = frame.place(points[steps])
    columns = {"u": placed[:, 0], "v": placed[:, 1], "x": points[steps, 0], "y": points[steps, 1], "loss": losses[steps]}
    return pd.DataFrame({name: values.astype(np.float32) for name, values in columns.items()}).assign(
        step=steps.astype(np.int16), now=(steps == update.step - 1).astype(np.int8)
    )


def _arrows(start: Array, arrows: Sequence[Arrow]) -> pd.DataFrame:
    """Return a row for each arrow that is long enough to be seen, with a place for its symbol that overlaps no other arrow or symbol if there is one."""
    rows: list[tuple[Any, ...]] = []
    ends = [np.array(arrow.end) for arrow in arrows]
    taken: list[Array] = []
    for arrow, end in zip(arrows[::-1], ends[::-1], strict=True):  # the step gets its place first
        length = float(np.linalg.norm(end - start))
        if not 0.01 < length < _FAR:
            continue
        along = (end - start) / length
        across = np.array([-along[1], along[0]])
        offers = [end + 0.1 * along, end + 0.12 * across, end - 0.12 * across, end + 0.25 * along, end + 0.24 * across, end - 0.24 * across]
        shafts = [start + share * (other - start) for other in ends for share in np.linspace(0, 1, 12)]
        clearances = [min(float(np.linalg.norm(offer - other)) for other in (*shafts, *taken)) for offer in offers]
        place = next((offer for offer, clearance in zip(offers, clearances, strict=True) if clearance > 0.095), offers[int(np.argmax(clearances))])
        taken.append(place)
        shaft = end - min(_SHAFT, length / 2) * along
        turn = math.degrees(math.atan2(along[0], along[1]))
        rows.append((arrow.kind, *start, *shaft, *end, turn, *place, _WIDTHS[arrow.kind], _SIZES[arrow.kind], arrow.symbol))
    columns = ["kind", "u", "v", "u2", "v2", "tip_u", "tip_v", "angle", "at", "up", "width", "size", "symbol"]
    frame = pd.DataFrame(rows[::-1], columns=columns)
    return frame.astype(dict.fromkeys(columns[1:-1], np.float32) | {"kind": np.int8})


def _ticks(frame: Frame, axes: tuple[str, str]) -> pd.DataFrame:
    """Return the tick labels of both axes, and the axes' names."""
    between = _round(0.35 * frame.half)
    decimals = max(0, -math.floor(math.log10(between) + 1e-9))
    rows: list[tuple[str, float, str]] = []
    for axis, centre, reach in zip("xy", frame.centre, (_ASPECT, 1.0), strict=True):
        first, last = (math.floor((centre + side * reach * frame.half) / between) for side in (-1, 1))
        stops = [stop * between for stop in range(first + 1, last + 1)]
        rows += [(axis, (stop - centre) / frame.half, f"{stop:.{decimals}f}".replace("-", "−")) for stop in stops]
    rows += [(f"{axis} name", 0.0, name) for axis, name in zip("xy", axes, strict=True)]
    return pd.DataFrame(rows, columns=["axis", "at", "label"]).astype({"at": np.float32})


def arrow_colors(color: str, dark: bool) -> tuple[str, ...]:
    """Return the colour of each kind of arrow, in the order of the kinds. `color` is the racer's."""
    return AXIS[dark], INK[dark], _MEMORY[dark], color


@lru_cache(maxsize=32)
def neighbourhood_spec(color: str, dark: bool, height: int) -> Spec:
    """Return the specification of `neighbourhood`."""
    across = alt.Scale(domainMin=alt.ExprRef(expr="-width / height"), domainMax=alt.ExprRef(expr="width / height"), nice=False, zero=False)
    upward = alt.Scale(domain=[-1, 1], nice=False, zero=False)
    x: Any = alt.X("u:Q", scale=across, axis=None)
    y: Any = alt.Y("v:Q", scale=upward, axis=None)
    contours = alt.Chart(alt.NamedData("contours")).mark_line(color=AXIS[dark], strokeWidth=1.1, clip=True)
    contours = contours.encode(x=x, y=y, detail="line:N", order="row:Q", opacity=alt.Opacity("shade:Q", scale=None, legend=None))
    base = alt.Chart(alt.NamedData("path")).encode(x=x, y=y)
    path = base.mark_line(color=color, strokeWidth=2, opacity=0.5, clip=True).encode(order="step:Q")
    tips = [tip("step:Q", "after step", "d"), tip("x:Q", "x", NUMBER), tip("y:Q", "y", NUMBER), tip("loss:Q", "loss", NUMBER)]
    dots = base.mark_point(shape="circle", filled=True, color=color, opacity=0.75, size=38, clip=True).encode(tooltip=tips)
    now = base.transform_filter("datum.now == 1").mark_point(shape="circle", size=150, fill=PAPER[dark], stroke=color, strokeWidth=3, opacity=1)
    return finish(
        alt.layer(contours, path, dots, *_arrow_layers(x, y, color, dark), now.encode(tooltip=tips), *_tick_layers(x, y, dark)),
        height=height,
        dark=dark,
        alt_text="The surface around the current point, with the gradient, its memory and the step as arrows",
    ) | {"view": {"stroke": AXIS[dark], "strokeOpacity": 0.5}}


def _arrow_layers(x: Any, y: Any, color: str, dark: bool) -> list[alt.Chart]:
    """Return the layers of the arrows' shafts, heads and symbols."""
    base = alt.Chart(alt.NamedData("arrows")).encode(x=x, y=y)
    kinds = [DOWNHILL, GRADIENT, MEMORY, STEP]
    paint: Any = alt.Color("kind:O", scale=alt.Scale(domain=kinds, range=list(arrow_colors(color, dark))), legend=None)
    fill: Any = alt.Fill("kind:O", scale=paint["scale"], legend=None)
    width: Any = alt.StrokeWidth("width:Q", scale=None, legend=None)
    dash: Any = alt.StrokeDash("kind:O", scale=alt.Scale(domain=kinds, range=[[5, 4], [1, 0], [1, 0], [1, 0]]), legend=None)
    shafts = base.mark_rule(opacity=0.95, clip=True).encode(x2="u2:Q", y2="v2:Q", color=paint, strokeWidth=width, strokeDash=dash)
    tips = base.encode(x=alt.X("tip_u:Q", scale=x["scale"], axis=None), y=alt.Y("tip_v:Q", scale=y["scale"], axis=None))
    size: Any = alt.Size("size:Q", scale=None, legend=None)
    heads = tips.mark_point(shape=_HEAD, stroke=PAPER[dark], strokeWidth=1, opacity=1, fillOpacity=1, clip=True)
    heads = heads.encode(fill=fill, size=size, angle=alt.Angle("angle:Q", scale=None))
    named = base.encode(x=alt.X("at:Q", scale=x["scale"], axis=None), y=alt.Y("up:Q", scale=y["scale"], axis=None), text="symbol:N")
    style: dict[str, Any] = {"fontSize": 17, "fontWeight": 700, "clip": True}
    halo = named.mark_text(**style, color=PAPER[dark], stroke=PAPER[dark], strokeWidth=5, strokeJoin="round")
    return [shafts, heads, halo, named.mark_text(**style).encode(color=paint)]


def _tick_layers(x: Any, y: Any, dark: bool) -> list[alt.Chart]:
    """Return the layers of the tick labels and the axes' names. They are data instead of Vega axes, so that another update changes data only."""
    base = alt.Chart(alt.NamedData("ticks"))
    below, beside = alt.X("at:Q", scale=x["scale"], axis=None), alt.Y("at:Q", scale=y["scale"], axis=None)
    style: dict[str, Any] = {"fontSize": 13, "color": INK[dark]}
    strong: dict[str, Any] = {"fontSize": 14, "fontWeight": 600, "color": INK[dark]}
    across = base.transform_filter("datum.axis == 'x' && abs(datum.at) < width / height")
    upward, name = base.transform_filter("datum.axis == 'y'"), "datum.axis == '{} name'"
    return [
        across.mark_text(**style, baseline="top").encode(x=below, y=alt.value(alt.ExprRef(expr="height + 8")), text="label:N"),
        upward.mark_text(**style, align="right", baseline="middle").encode(x=alt.value(-7), y=beside, text="label:N"),
        base.transform_filter(name.format("x")).mark_text(**strong, baseline="top").encode(
            x=below, y=alt.value(alt.ExprRef(expr="height + 28")), text="label:N"
        ),
        base.transform_filter(name.format("y")).mark_text(**strong, angle=270, baseline="bottom").encode(x=alt.value(-50), y=beside, text="label:N"),
    ]

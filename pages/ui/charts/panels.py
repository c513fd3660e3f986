"""The panels of one run at one epoch: boundary, fit, predictions, confusion. The panels of all runs stand side by side and share axes and size.

Each function returns `(data, spec)`, as in `base`. The specification does not depend on the epoch.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, ImageColor

from pages.ui.charts.axes import Axis, Domain
from pages.ui.charts.base import CROSS, NUMBER, Chart, Spec, finish, kept, tip, value_axis
from pages.ui.charts.theme import CLASS_COLORS, INK, LARGE, PAPER, Look, class_colors

#: alpha (0 to 255) of the shading where one class is certain: low enough to keep the points visible
OPAQUE = 110
#: alpha of the shading where all classes are equally likely
FAINT = 12
#: number of characters that fit side by side below a panel
ROOM_FOR_NAMES = 36


def shading_png(shares: NDArray[Any]) -> str:
    """Return a data URI of a PNG that shades each cell in the colour of its most likely class. A higher probability gives a stronger shade.

    `shares` (H, W, K): the probabilities or the one-hot vector of each cell. Row 0 is at the lowest y, the bottom of the picture.
    A cell that is not finite is transparent.
    """
    classes = shares.shape[-1]
    colors = [ImageColor.getrgb(color)[:3] for color in class_colors(min(classes, len(CLASS_COLORS)))]
    levels = 16 if classes == 2 else 8
    finite = np.isfinite(shares).all(axis=-1)
    filled = np.where(finite[..., None], shares, 0.0)
    winner = filled.argmax(axis=-1) % len(CLASS_COLORS)
    certainty = np.clip((filled.max(axis=-1) - 1 / classes) / (1 - 1 / classes), 0, 1)
    cells = 1 + winner * levels + np.minimum((certainty * levels).astype(int), levels - 1)
    picture = Image.fromarray(np.where(finite, cells, 0)[::-1].astype(np.uint8), mode="P")
    picture.putpalette([0, 0, 0, *(value for color in colors for value in color * levels)])
    alpha = np.linspace(FAINT, OPAQUE, levels).round().astype(np.uint8)
    file = io.BytesIO()
    picture.save(file, "PNG", transparency=bytes([0, *np.tile(alpha, len(colors))]))
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def headed(spec: Spec, look: Look | None) -> Spec:
    """Return the specification with the run's name as a title, after a swatch of its colour and dash; unchanged if `look` is None."""
    if look is None:
        return spec
    whole = spec if "layer" in spec else _layered(spec)
    line = {"type": "rule", "color": look.color, "strokeWidth": 3.5, "strokeDash": [*look.dash], "clip": False, "tooltip": None}
    swatch = {"data": {"values": [{}]}, "mark": line, "encoding": {"x": {"value": 0}, "x2": {"value": 28}, "y": {"value": -15}}}
    at_swatch = {"dx": 34, "offset": {"expr": f"windowSize()[0] < {LARGE} ? -8 : -11"}}
    title = {"text": [look.name], "frame": "group", "limit": {"expr": "max(1, width - 36)"}, **at_swatch}
    return {**whole, "layer": [*whole["layer"], swatch], "title": title}


def _layered(spec: Spec) -> Spec:
    """Return the specification of a single mark as one of a single layer."""
    unit = {name: spec[name] for name in ("data", "transform", "mark", "encoding") if name in spec}
    return {**{name: part for name, part in spec.items() if name not in unit}, "layer": [unit]}


def boundary(
    points: pd.DataFrame,
    image: str,
    look: Look | None,
    x: Axis,
    y: Axis,
    *,
    classes: Sequence[str],
    height: int = 280,
    beside: int = 0,
    dark: bool = False,
) -> Chart:
    """Return the points over the shading of the classes. Misclassified points are crossed out. `beside`: see `base.finish`, for all panels.

    `points`: columns `x`, `y`, `true` and `predicted` (indices of classes). `image`: `shading_png` over the domains of the two axes.
    """
    frame = pd.DataFrame(
        {name: points[name].to_numpy(np.float32) for name in ("x", "y")} | {name: points[name].to_numpy(np.int16) for name in ("true", "predicted")}
    )
    spec = boundary_spec(x, y, tuple(classes), height=height, beside=beside, dark=dark)
    return {"shading": pd.DataFrame({"url": [image]}), "points": frame}, headed(spec, look)


@kept(256)
def boundary_spec(x: Axis, y: Axis, classes: tuple[str, ...], *, height: int, beside: int, dark: bool) -> Spec:
    """Return the specification of `boundary`."""
    assert x.domain is not None
    assert y.domain is not None
    edges = {"x": alt.datum(x.domain[0]), "x2": alt.datum(x.domain[1]), "y": alt.datum(y.domain[0]), "y2": alt.datum(y.domain[1])}
    shading = alt.Chart(alt.NamedData("shading")).mark_image(aspect=False).encode(url="url:N", **edges)
    fill = alt.Fill("true:N", scale=alt.Scale(domain=list(range(len(classes))), range=list(class_colors(len(classes)))), legend=None)
    base = (
        alt.Chart(alt.NamedData("points"))
        .transform_calculate(
            wrong="datum.true != datum.predicted",
            true_name="classes[datum.true]",
            predicted_name="classes[datum.predicted]",
        )
        .encode(
            x=value_axis("x", x, alt.X),
            y=value_axis("y", y),
            tooltip=[
                tip("true_name:N", "true"),
                tip("predicted_name:N", "predicted"),
                tip("x:Q", f"x: {x.title}", NUMBER),
                tip("y:Q", f"y: {y.title}", NUMBER),
            ],
        )
    )
    right = base.transform_filter("!datum.wrong").mark_point(size=36, strokeWidth=0.8, stroke=INK[dark], opacity=1, clip=True).encode(fill=fill)
    wrong = base.transform_filter("datum.wrong").mark_point(size=90, strokeWidth=1.6, stroke=INK[dark], opacity=1, clip=True).encode(fill=fill)
    cross = base.transform_filter("datum.wrong").mark_point(shape=CROSS, size=22, strokeWidth=1.8, stroke="#FFFFFF", opacity=1, clip=True)
    chart = alt.layer(shading, right, wrong, cross)
    return finish(chart, height=height, beside=beside, dark=dark, alt_text="Decision regions and points", classes=list(classes))


def fit(
    curve: pd.DataFrame,
    points: pd.DataFrame,
    look: Look,
    x: Axis,
    y: Axis,
    *,
    height: int = 280,
    beside: int = 0,
    dark: bool = False,
) -> Chart:
    """Return the run's fitted curve with the points. Columns of both frames: `x`, `y`."""
    data = {"curve": coordinates(curve, ("x", "y")), "points": coordinates(points, ("x", "y"))}
    return data, headed(fit_spec(look.color, look.dash, x, y, height=height, beside=beside, dark=dark), look)


@kept(256)
def fit_spec(color: str, dash: tuple[int, ...], x: Axis, y: Axis, *, height: int, beside: int, dark: bool) -> Spec:
    """Return the specification of `fit`."""
    encoding = {"x": value_axis("x", x, alt.X), "y": value_axis("y", y)}
    tips = [tip("x:Q", f"x: {x.title}", NUMBER), tip("y:Q", f"y: {y.title}", NUMBER)]
    dots = alt.Chart(alt.NamedData("points")).mark_point(size=30, filled=True, color=INK[dark], opacity=0.45, clip=True).encode(**encoding, tooltip=tips)
    line = alt.Chart(alt.NamedData("curve")).mark_line(color=color, strokeDash=list(dash) or [1, 0], strokeWidth=3, clip=True).encode(**encoding)
    return finish(alt.layer(dots, line), height=height, beside=beside, dark=dark, alt_text="Points and the fitted curve")


def coordinates(frame: pd.DataFrame, fields: Sequence[str]) -> pd.DataFrame:
    """Return the fields as float32, with NaN for values that are not finite."""
    columns = {name: frame[name].to_numpy(np.float64, na_value=np.nan) for name in fields}
    return pd.DataFrame({name: np.where(np.isfinite(values), values, np.nan).astype(np.float32) for name, values in columns.items()})


def predicted_true(
    points: pd.DataFrame, look: Look, *, title: str, domain: Domain | None = None, height: int = 280, beside: int = 0, dark: bool = False
) -> Chart:
    """Return the predicted against the true values, with the diagonal on which they agree.

    `points`: columns `true`, `predicted`. `title`: the target with its unit. `domain`: the range of both axes, None for that of the true values.
    """
    frame = coordinates(points, ("true", "predicted"))
    if domain is None:
        low, high = (float(frame["true"].min()), float(frame["true"].max())) if frame["true"].notna().any() else (0.0, 1.0)
        room = 0.1 * (high - low) or 1.0
        domain = (low - room, high + room)
    return {"points": frame}, headed(predicted_true_spec(look.color, title, domain, height, beside, dark), look)


@kept(256)
def predicted_true_spec(color: str, title: str, domain: Domain, height: int, beside: int, dark: bool) -> Spec:
    """Return the specification of `predicted_true`."""
    x, y = value_axis("true", Axis(f"true {title}", domain=domain), alt.X), value_axis("predicted", Axis(f"predicted {title}", domain=domain))
    tips = [tip("true:Q", "true", NUMBER), tip("predicted:Q", "predicted", NUMBER)]
    dots = alt.Chart(alt.NamedData("points")).mark_point(size=36, filled=True, color=color, opacity=0.6, clip=True).encode(x=x, y=y, tooltip=tips)
    ends = {"x": alt.datum(domain[0]), "x2": alt.datum(domain[1]), "y": alt.datum(domain[0]), "y2": alt.datum(domain[1])}
    diagonal = alt.Chart(alt.NamedData("points")).mark_rule(color=INK[dark], strokeDash=[6, 4], strokeWidth=1.5).encode(**ends)
    return finish(alt.layer(dots, diagonal), height=height, beside=beside, dark=dark, alt_text="Predicted against true values")


def confusion(
    frame: pd.DataFrame, classes: Sequence[str], *, look: Look | None = None, height: int = 300, beside: int = 0, dark: bool = False
, square: bool = False
) -> Chart:
    """Return the confusion matrix. The shade of a cell is its share of the true class, its text the count.

    `frame`: columns `true`, `predicted` (indices of classes), `count`, `share` (of the row of the true class, 0 to 1).
    `square`: about as high as it is wide, and at least `height`.
    """
    cells = pd.DataFrame(
        {name: frame[name].to_numpy(np.int16) for name in ("true", "predicted")}
        | {"count": frame["count"].to_numpy(np.int32), "share": frame["share"].to_numpy(np.float32)}
    )
    return {"cells": cells}, headed(confusion_spec(tuple(classes), height, beside, dark, square), look)


@kept(256)
def confusion_spec(classes: tuple[str, ...], height: int, beside: int, dark: bool, square: bool = False) -> Spec:
    """Return the specification of `confusion`."""
    k = len(classes)
    order = list(range(k))
    plain: dict[str, Any] = {"labelExpr": "classes[datum.value]", "labelOverlap": False, "ticks": False, "domain": False}
    if k * max(map(len, classes)) > ROOM_FOR_NAMES:
        across = alt.Axis(**plain, labelAngle=-45, labelLimit=80)
    else:
        across = alt.Axis(**plain, labelAngle=0, labelLimit=alt.ExprRef(expr=f"max(20, width / {k} - 4)"))
    down = alt.Axis(**plain, labelLimit=90)
    base = (
        alt.Chart(alt.NamedData("cells"))
        .transform_calculate(true_name="classes[datum.true]", predicted_name="classes[datum.predicted]")
        .encode(
            x=alt.X("predicted:O", title="predicted", scale=alt.Scale(domain=order), axis=across),
            y=alt.Y("true:O", title="true", scale=alt.Scale(domain=order), axis=down),
            tooltip=[
                tip("true_name:N", "true"),
                tip("predicted_name:N", "predicted"),
                tip("count:Q", "count", ",d"),
                tip("share:Q", "of true class", ".1%"),
            ],
        )
    )
    shades = ["#1B2230", "#7FB4FF"] if dark else ["#F2F5FA", "#0B4FB3"]
    cells = base.mark_rect(stroke=PAPER[dark], strokeWidth=1).encode(color=alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range=shades), legend=None))
    on_strong, on_weak = PAPER[dark], INK[dark]
    counts = (
        base.transform_filter("datum.count > 0")
        .transform_calculate(shown="datum.count > 9999 ? format(datum.count, '.2s') : format(datum.count, 'd')")
        .mark_text(fontSize=12)
        .encode(text="shown:N", color=alt.condition("datum.share > 0.5", alt.value(on_strong), alt.value(on_weak)))
    )
    alt_text = "Confusion matrix: true against predicted classes"
    spec = finish(alt.layer(cells, counts), height=height, beside=beside, dark=dark, alt_text=alt_text, classes=list(classes))
    side = [{"name": "height", "expr": f"clamp(0.8 * width, {height}, {2.5 * height:g})"}] if square else []
    return {**spec, "params": [*side, *spec["params"]]}

"""Charts of what single samples contribute: pure functions from frames to `(data, spec)`, as in `pages.ui.charts.base`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pages.ui.charts.axes import Axis, Domain
from pages.ui.charts.base import NUMBER, Chart, Spec, finish, tip, value_axis
from pages.ui.charts.panels import headed
from pages.ui.charts.theme import AXIS, INK, PAPER, Look

#: the selection of a click in a panel: a point, or a place
PICK = "pick"
#: cells of a panel that can be clicked, across and up
_CELLS = (48, 60)
#: square pixels that the discs of one panel share
DISC_AREA = 9000
#: the two sides of a line, or the two classes, as strokes that stand out from a light and from a dark page
SIDES = ("#1E80C0", "#E5484D")


def pull_panel(
    points: pd.DataFrame,
    line: NDArray[Any],
    truth: NDArray[Any],
    look: Look,
    x: Axis,
    y: Axis,
    *,
    residuals: bool,
    now: str = "",
    height: int = 270,
    dark: bool = False,
) -> Chart:
    """Return the samples of one panel as discs whose areas are their shares, the line of its loss, and the true line, dashed.

    Columns of `points`: `x`, `y`, `side` (0 or 1: the colour), `marked` (drawn as a diamond), `loss`, `pull`, `share` (0 to 1), `number`;
    with `residuals` also `fit`, the line's height there, to which a thin rule leads, and `chosen` (ringed). `line` and `truth` are rows of x and y.
    With `residuals` a click is the selection `PICK`: of a sample's `number`, or of a place. `now` differs whenever the data do, so that no two clicks are one.
    """
    # Large discs first, so that small ones stay in sight and within the pointer's reach.
    ordered = points.sort_values("share", ascending=False, kind="stable")
    columns = ["x", "y", "loss", "pull", "share", *(["fit", "error"] if residuals else [])]
    frame = pd.DataFrame({name: ordered[name].to_numpy(np.float32) for name in columns})
    for name in ("side", "marked", "number", *(["chosen"] if residuals else [])):
        frame[name] = ordered[name].to_numpy(np.int16)
    data = {"truth": _ends(truth), "points": frame, "line": _ends(line)}
    if residuals:
        data |= {"points": frame.assign(now=pd.Categorical([now] * len(frame))), "cells": pd.DataFrame({"now": pd.Categorical([now])})}
    spec = pull_spec(look.color, x, y, residuals=residuals, height=height, dark=dark)
    named = headed(spec, look)
    # A long name ends in dots where its panel ends: it is written out where the losses are chosen.
    named["title"]["limit"] = {"expr": "width + 30"}
    return data, named


def _clickable(encoding: dict[str, Any], x: Axis, y: Axis) -> alt.Chart:
    """Return a layer of unseen cells that fill the plot: a click on one is a selection of its place, on a point of its number."""
    assert x.domain is not None
    assert y.domain is not None
    across, up = _CELLS
    pick = alt.selection_point(name=PICK, fields=["x", "y", "number", "now"], on="click", toggle=False, clear=False)
    cells = alt.Chart(alt.NamedData("cells")).transform_calculate(i=f"sequence({across * up})").transform_flatten(["i"])
    cells = cells.transform_calculate(
        x=f"{x.domain[0]} + (datum.i % {across} + 0.5) * {(x.domain[1] - x.domain[0]) / across}",
        y=f"{y.domain[0]} + (floor(datum.i / {across}) + 0.5) * {(y.domain[1] - y.domain[0]) / up}",
    )
    size: dict[str, Any] = {"width": alt.ExprRef(f"width / {across}"), "height": alt.ExprRef(f"height / {up}")}
    return cells.mark_rect(opacity=0, cursor="crosshair", clip=True, **size).encode(**encoding).add_params(pick).properties(name="cells")


def hovered(samples: alt.Chart, dark: bool, *, nearest: bool = True) -> alt.Chart:
    """Return a layer that rings the sample under the pointer, or the `nearest` one, and shows its tooltip."""
    on = "pointermove" if nearest else "pointerover"
    hover = alt.selection_point(name="hover", nearest=nearest, on=on, empty=False, clear="view:pointerout" if nearest else "pointerout")
    rings = samples.mark_point(size=220, filled=False, stroke=INK[dark], strokeWidth=2, clip=True)
    return rings.encode(opacity=alt.condition(hover, alt.value(1), alt.value(0))).add_params(hover).properties(name="rings")


def _ends(line: NDArray[Any]) -> pd.DataFrame:
    return pd.DataFrame(line, columns=["x", "y"]).astype(np.float32)


@lru_cache(maxsize=256)
def pull_spec(color: str, x: Axis, y: Axis, *, residuals: bool, height: int, dark: bool) -> Spec:
    """Return the specification of `pull_panel`."""
    encoding = {"x": value_axis("x", x, alt.X), "y": value_axis("y", y)}
    side: dict[str, Any] = {"scale": alt.Scale(domain=[0, 1], range=list(SIDES)), "legend": None}
    tips = [tip("number:Q", "sample", "d")]
    if residuals:
        tips.append(tip("error:Q", "error (prediction − target)", NUMBER))
    tips += [tip("loss:Q", "loss", NUMBER), tip("pull:Q", "pull", NUMBER), tip("share:Q", "disc: share of all", ".1%")]
    samples = alt.Chart(alt.NamedData("points")).encode(**encoding, tooltip=tips)
    discs = (
        samples.transform_calculate(area=f"max(1, datum.share * {DISC_AREA})")
        .mark_point(shape="circle", strokeWidth=1.2, strokeOpacity=0.9, fillOpacity=0.35, clip=True)
        .encode(size=alt.Size("area:Q", scale=None, legend=None), fill=alt.Fill("side:N", **side), stroke=alt.Stroke("side:N", **side))
    )
    formed = samples.transform_calculate(form="datum.marked ? 'diamond' : 'circle'", extent=f"datum.marked ? 80 : {14 if residuals else 24}")
    forms: dict[str, Any] = {"shape": alt.Shape("form:N", scale=None, legend=None), "size": alt.Size("extent:Q", scale=None, legend=None)}
    fill: Any = alt.value(INK[dark]) if residuals else alt.Fill("side:N", **side)
    centres = formed.mark_point(strokeWidth=0.8, stroke=PAPER[dark], opacity=1, clip=True).encode(**forms, fill=fill)
    true_line = alt.Chart(alt.NamedData("truth")).mark_line(color=AXIS[dark], strokeDash=[5, 5], strokeWidth=2, clip=True).encode(**encoding)
    own_line = alt.Chart(alt.NamedData("line")).mark_line(color=color, strokeWidth=3.2, clip=True).encode(**encoding)
    layers = [true_line, discs, own_line, centres, hovered(samples, dark, nearest=not residuals)]
    if residuals:
        chosen = samples.transform_filter("datum.chosen").mark_point(size=420, filled=False, stroke=INK[dark], strokeWidth=3, strokeDash=[4, 3], clip=True)
        layers = [_clickable(encoding, x, y), *layers[:-1], chosen, layers[-1]]
        rules = samples.mark_rule(strokeWidth=1.2, opacity=0.55, clip=True).encode(y2="fit:Q", color=alt.Color("side:N", **side))
        layers.insert(2, rules)
    return finish(alt.layer(*layers), height=height, dark=dark, beside=560, alt_text="Samples as discs in the size of their share, and the line of one loss")


def error_lines(points: pd.DataFrame, line: NDArray[Any], *, x_domain: Domain, y_domain: Domain, squares: bool, height: int = 300, dark: bool = False) -> Chart:
    """Return the points with a bar from each to the line, and with `squares` the squared errors as true squares.

    Columns of `points`: `number`, `x`, `y`, `fit`, `error`, `loss`. `line` are rows of x and y.
    """
    return {"line": _ends(line), "points": _samples(points)}, error_lines_spec(x_domain, y_domain, squares, height, dark)


def _samples(points: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame({name: points[name].to_numpy(np.float32) for name in ("x", "y", "fit", "error", "loss")})
    frame["number"] = points["number"].to_numpy(np.int16)
    frame["side"] = (points["error"].to_numpy() > 0).astype(np.int16)
    return frame


_SAMPLE_TIPS = (
    ("number:Q", "sample", "d"),
    ("y:Q", "target y", NUMBER),
    ("fit:Q", "prediction ŷ", NUMBER),
    ("error:Q", "error ŷ − y", NUMBER),
    ("loss:Q", "loss", NUMBER),
)


@lru_cache(maxsize=64)
def error_lines_spec(x_domain: Domain, y_domain: Domain, squares: bool, height: int, dark: bool) -> Spec:
    """Return the specification of `error_lines`."""
    encoding = {"x": value_axis("x", Axis("x", domain=x_domain), alt.X), "y": value_axis("y", Axis("y", domain=y_domain))}
    tips = [tip(*arguments) for arguments in _SAMPLE_TIPS]
    side: dict[str, Any] = {"scale": alt.Scale(domain=[0, 1], range=list(SIDES)), "legend": None}
    samples = alt.Chart(alt.NamedData("points")).encode(**encoding, tooltip=tips)
    rules = samples.mark_rule(strokeWidth=3.5, clip=True).encode(y2="fit:Q", color=alt.Color("side:N", **side))
    line = alt.Chart(alt.NamedData("line")).mark_line(color=INK[dark], strokeWidth=3, clip=True).encode(**encoding)
    dots = samples.mark_point(size=90, filled=True, color=INK[dark], opacity=1, clip=True)
    above, below = (  # a number stands on the side of its point where the line is not
        samples.transform_filter(f"datum.side == {which}").mark_text(dx=9, dy=dy, fontSize=13, color=INK[dark], clip=True).encode(text="number:Q")
        for which, dy in ((0, -10), (1, 13))
    )
    layers: list[Any] = [rules, line, dots, above, below, hovered(samples, dark)]
    if squares:
        # A unit of y measures height / its domain in pixels: as many pixels are that many units of x. It opens towards the middle.
        unit = f"(height / {y_domain[1] - y_domain[0]}) * ({x_domain[1] - x_domain[0]} / width)"
        middle = (x_domain[0] + x_domain[1]) / 2
        drawn = samples.transform_calculate(corner=f"datum.x + (datum.x < {middle} ? 1 : -1) * abs(datum.error) * {unit}")
        boxes = drawn.mark_rect(opacity=0.22, clip=True, strokeWidth=1.2).encode(
            x2="corner:Q", y2="fit:Q", color=alt.Color("side:N", **side), stroke=alt.Stroke("side:N", **side)
        )
        layers.insert(0, boxes)
    return finish(alt.layer(*layers), height=height, dark=dark, beside=560, alt_text="Points, a line, and the error of each point")


def sample_losses(points: pd.DataFrame, mean: float, *, title: str, height: int = 300, dark: bool = False) -> Chart:
    """Return a bar for the loss of each sample, and a rule at their mean. Columns of `points` as in `error_lines`."""
    y_domain = (0.0, _round_up(float(points["loss"].max())))
    data = {"points": _samples(points), "mean": pd.DataFrame({"mean": [mean]}).astype(np.float32)}
    return data, sample_losses_spec(len(points), title, y_domain, height, dark)


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 3, 5, 10, ... times a power of ten: an axis that stands still while a dial is turned."""
    if not 0 < value < np.inf:
        return 1.0
    decade = 10.0 ** np.floor(np.log10(value))
    return next(float(stop * decade) for stop in (1, 2, 3, 5, 10) if value <= stop * decade * (1 + 1e-9))


@lru_cache(maxsize=64)
def sample_losses_spec(n: int, title: str, y_domain: Domain, height: int, dark: bool) -> Spec:
    """Return the specification of `sample_losses`."""
    side: dict[str, Any] = {"scale": alt.Scale(domain=[0, 1], range=list(SIDES)), "legend": None}
    x = alt.X("number:O", title="sample", scale=alt.Scale(domain=list(range(1, n + 1))), axis=alt.Axis(labelAngle=0))
    up = Axis(title, domain=y_domain)
    y = value_axis("loss", up)
    tips = [tip(*arguments) for arguments in _SAMPLE_TIPS]
    bars = alt.Chart(alt.NamedData("points")).mark_bar(clip=True).encode(x=x, y=y, color=alt.Color("side:N", **side), tooltip=tips)
    level = alt.Chart(alt.NamedData("mean")).transform_calculate(words="'mean ' + format(datum.mean, '.2f')").encode(y=value_axis("mean", up))
    rule = level.mark_rule(color=INK[dark], strokeWidth=2.5, strokeDash=[7, 4])
    style: dict[str, Any] = {"align": "right", "baseline": "bottom", "x": "width", "dx": -3, "dy": -4, "fontSize": 14, "fontWeight": 600}
    halo = level.mark_text(**style, color=PAPER[dark], stroke=PAPER[dark], strokeWidth=5, strokeJoin="round").encode(text="words:N")
    words = level.mark_text(**style, color=INK[dark]).encode(text="words:N")
    return finish(alt.layer(bars, rule, halo, words), height=height, dark=dark, beside=560, alt_text="The loss of each sample, and their mean")

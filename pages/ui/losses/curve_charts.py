"""Charts of losses over one number, value and gradient: pure functions from curves to data and a Vega-Lite specification."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from core.losses.base import Array
from core.studies.losses.loss_curves import Curve
from pages.ui.charts.axes import Axis
from pages.ui.charts.base import NUMBER, Chart, Spec, finish, run_scales, tip, value_axis
from pages.ui.charts.series import run_column, run_domain
from pages.ui.charts.theme import AXIS, Look, grown

Domain = tuple[float, float]

#: pixels that the rest of the view takes
_BESIDE = 500
#: the smallest value that a logarithmic axis shows
LOG_FLOOR = 1e-3
#: between these shares of the x axis no curve leaves the chart
MIDDLE = (0.36, 0.64)
_LARGEST = 1e30  # float32 holds it, and so does a canvas
_ROUND = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def value_domain(curves: Sequence[Curve], *, log: bool = False) -> Domain:
    """Return the range of values to show: that of the flatter half of the curves, and of all in the middle of the x axis.

    A logarithmic axis shows nearly all of every curve.
    """
    if log:
        tops = [float(np.quantile(curve.value[np.isfinite(curve.value)], 0.98)) for curve in curves]
        return LOG_FLOOR, _round_up(max(*tops, 1.0))
    top = _reach([curve.value for curve in curves])
    low = -_reach([np.minimum(curve.value, 0) for curve in curves]) if any(np.nanmin(curve.value) < -1e-9 for curve in curves) else -0.03 * top
    return low, top


def gradient_domain(curves: Sequence[Curve]) -> Domain:
    """Return the range of gradients to show, chosen like that of the values; it holds 0."""
    reach = 1.1 * _reach([curve.gradient for curve in curves])
    falls, rises = (any(np.nanmax(sign * curve.gradient) > 1e-9 for curve in curves) for sign in (-1, 1))
    return -reach if falls else -0.08 * reach, reach if rises or not falls else 0.08 * reach


def _reach(series: Sequence[Array]) -> float:
    """Return a round number that the flatter half of the curves stays below at 95 % of its points, and all at the ends of `MIDDLE`."""
    finite = [np.abs(values[np.isfinite(values)]) for values in series]
    finite = [sizes for sizes in finite if sizes.size] or [np.ones(1)]
    tops = sorted(float(np.quantile(sizes, 0.95)) for sizes in finite)
    middle = [float(sizes[round(share * (sizes.size - 1))]) for sizes in finite for share in MIDDLE]
    reach = max(tops[(len(tops) - 1) // 2], *middle, 1e-3)
    return _round_up(reach)


def _round_up(size: float) -> float:
    """Return the next round number, of 1, 1.5, 2, 3, ... times a power of 10."""
    power = 10.0 ** math.floor(math.log10(size))
    return power * next(step for step in _ROUND if step * power >= 0.999 * size)


def values(
    curves: Sequence[Curve],
    looks: Sequence[Look],
    x: str,
    y: Axis,
    *,
    dark: bool = False,
    height: int = 320,
) -> Chart:
    """Return the values of all losses over x, whose title is `x`, a small ring at each kink, and a rule that reads every curve where the pointer is."""
    marks = [(i, kink.x, kink.value) for i, curve in enumerate(curves) for kink in curve.kinks]
    data = _data(curves[0].x, [curve.value for curve in curves], marks, looks, y)
    return data, _spec(tuple(looks), Axis(x, domain=_span(curves)), y, dark=dark, height=height)


def gradients(curves: Sequence[Curve], looks: Sequence[Look], x: str, y: Axis, *, dark: bool = False, height: int = 320) -> Chart:
    """Return the derivatives of all losses by x, with a small ring on both sides of each kink."""
    marks = [(i, kink.x, slope) for i, curve in enumerate(curves) for kink in curve.kinks for slope in (kink.before, kink.after)]
    data = _data(curves[0].x, [curve.gradient for curve in curves], marks, looks, y)
    return data, _spec(tuple(looks), Axis(x, domain=_span(curves)), y, dark=dark, height=height)


def _span(curves: Sequence[Curve]) -> Domain:
    low, high = float(curves[0].x[0]), float(curves[0].x[-1])
    return (0.0, 1.0) if low > 0 and high < 1 else (low, high)  # a probability's curve ends just inside


def _data(
    x: Array, series: Sequence[Array], marks: Sequence[tuple[int, float, float]], looks: Sequence[Look], y: Axis
) -> dict[str, pd.DataFrame]:
    """Return the datasets `curves` (x, r0, r1, ...) and `marks` (run, x, y); what cannot be drawn is a gap."""
    assert y.domain is not None
    columns = {"x": x.astype(np.float32)}
    for name, drawn in zip(run_domain(looks), series, strict=True):
        columns[name] = np.where(np.isfinite(drawn), np.clip(drawn, -_LARGEST, _LARGEST), np.nan).astype(np.float32)
    seen = [mark for mark in marks if (LOG_FLOOR if y.log else y.domain[0]) <= mark[2] <= y.domain[1]]
    run, place, height = (np.array([mark[i] for mark in seen]) for i in range(3))
    points = pd.DataFrame({"run": run_column(run, looks), "x": place.astype(np.float32), "y": height.astype(np.float32)})
    return {"curves": pd.DataFrame(columns), "marks": points}


def _beneath_first(looks: Sequence[Look]) -> list[str]:
    """Return the names of the curves in the order of drawing: unbroken lines lie beneath the others, which they would hide."""
    inked = [sum(look.dash[::2]) / sum(look.dash) if look.dash else 1.0 for look in looks]
    return [name for _, name in sorted(zip(inked, run_domain(looks), strict=True), key=lambda pair: -pair[0])]


@lru_cache(maxsize=256)
def _spec(looks: tuple[Look, ...], x: Axis, y: Axis, *, dark: bool, height: int) -> Spec:
    """Return the specification of a chart of curves."""
    names = run_domain(looks)
    color, dash = run_scales(looks)
    assert x.domain is not None
    across = value_axis("x", x, alt.X)
    base = alt.Chart(alt.NamedData("curves")).encode(x=across)
    lines = base.transform_fold([*_beneath_first(looks)], as_=["run", "value"])
    if y.log:  # what is below the axis rests on its lower edge; the pointer reads the value itself
        lines = lines.transform_calculate(value=f"isValid(datum.value) ? max(datum.value, {LOG_FLOOR}) : null")
    lines = lines.mark_line(strokeWidth=alt.ExprRef(**grown(2.8)), clip=True).encode(y=value_axis("value", y), color=color, strokeDash=dash)
    rings = alt.Chart(alt.NamedData("marks")).mark_point(filled=False, size=70, strokeWidth=2.2, opacity=1)
    rings = rings.encode(x=across, y=value_axis("y", y), color=color)
    one_row = alt.Chart(alt.NamedData("curves")).transform_aggregate(rows="count()").transform_calculate(zero="0")
    zero = one_row.mark_rule(color=AXIS[dark], strokeWidth=1)
    zeros = [zero.encode(x=value_axis("zero", x, alt.X))] if x.domain[0] < 0 else []
    if not y.log:
        zeros.append(zero.encode(y=value_axis("zero", y)))

    hover = alt.selection_point(name="hover", nearest=True, on="pointermove", encodings=["x"], empty=False, clear="view:pointerout")
    readings = {f"t{i}": f"isValid(datum.{name}) ? format(datum.{name}, '{NUMBER}') : '–'" for i, name in enumerate(names)}
    rule = (
        base.transform_calculate(**readings)
        .mark_rule(strokeWidth=1.5, color=AXIS[dark])
        .encode(
            opacity=alt.condition(hover, alt.value(0.7), alt.value(0)),
            tooltip=[tip("x:Q", x.title, ".3~f"), *(tip(f"t{i}:N", look.label) for i, look in enumerate(looks))],
        )
        .add_params(hover)
        .properties(name="rule")
    )
    words = f"{y.title} of the losses over {x.title}, one line each"
    return finish(alt.layer(*zeros, lines, rings, rule), height=height, dark=dark, beside=_BESIDE, alt_text=words)

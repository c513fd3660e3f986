"""The charts of thresholds: pure functions from curves to `(data, spec)`, as in `pages.ui.charts.base`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.inspection.calibration import Reliability
from core.studies.imbalance.thresholds import Curve
from pages.ui.charts.axes import Axis
from pages.ui.charts.base import Chart, Spec, finish, hover_points, run_scales, value_axis
from pages.ui.charts.series import run_column, thinned
from pages.ui.charts.theme import AXIS, INK, PAPER, Look

UNIT = (0.0, 1.0)
#: pixels beside the charts
BESIDE = 420
_ROUND, _EDGED = "circle", "diamond"


def precision_recall(curves: Sequence[Curve], dots: NDArray[Any], prevalence: float, looks: Sequence[Look], *, dark: bool = False) -> Chart:
    """Return the curves of precision over recall, one for each model, with a dot for each contestant and a horizontal line for guessing.

    `dots` (C, 2): recall and precision of each contestant at its threshold; NaN: no dot. The first contestants are those with curves.
    The dots of the others are diamonds. `prevalence`: the precision of guessing.
    """
    data = _curves(curves, looks) | _dots(dots, len(curves), looks) | _line(prevalence, prevalence)
    return data, curve_spec(tuple(looks), "recall of the rare class", "precision", True, dark)


def roc(curves: Sequence[Curve], dots: NDArray[Any], looks: Sequence[Look], *, dark: bool = False) -> Chart:
    """Return the curves of recall over the rate of false alarms, with dots (C, 2) as in `precision_recall` and the diagonal of guessing."""
    data = _curves(curves, looks) | _dots(dots, len(curves), looks) | _line(0.0, 1.0)
    return data, curve_spec(tuple(looks), "false alarms among the other class", "recall of the rare class", False, dark)


def calibration(models: Sequence[Reliability], threshold: float, looks: Sequence[Look], *, dark: bool = False) -> Chart:
    """Return the observed share over the mean probability of each bin, with the diagonal on which they agree and a rule at the threshold."""
    run = np.concatenate([np.full(len(model.count), i) for i, model in enumerate(models)])
    columns = {"x": [model.probability for model in models], "y": [model.observed for model in models]}
    frame = pd.DataFrame({"run": run_column(run, looks)} | {name: np.concatenate(parts).astype(np.float32) for name, parts in columns.items()})
    frame["count"] = np.concatenate([model.count for model in models]).astype(np.int32)
    data = {"curves": frame, "threshold": pd.DataFrame({"x": np.array([threshold], np.float32)})} | _line(0.0, 1.0)
    return data, calibration_spec(tuple(looks), dark)


def _curves(curves: Sequence[Curve], looks: Sequence[Look]) -> dict[str, pd.DataFrame]:
    """Return the dataset `curves`: the points of all curves, thinned, in their order."""
    kept = [thinned(len(curve.x)) for curve in curves]
    columns = {
        name: np.concatenate([getattr(curve, name)[rows] for curve, rows in zip(curves, kept, strict=True)]).astype(np.float32)
        for name in ("x", "y", "threshold")
    }
    columns["threshold"] = np.minimum(columns["threshold"], 1)  # it is infinite at the point where no row is called rare
    run = run_column(np.repeat(np.arange(len(curves)), [len(rows) for rows in kept]), looks)
    return {"curves": pd.DataFrame({"run": run, "order": np.concatenate(kept).astype(np.int16), **columns})}


def _dots(dots: NDArray[Any], models: int, looks: Sequence[Look]) -> dict[str, pd.DataFrame]:
    """Return the dataset `dots`. The first `models` are circles, the others diamonds."""
    shapes = pd.Categorical.from_codes([int(i >= models) for i in range(len(dots))], categories=pd.Index([_ROUND, _EDGED]))
    frame = pd.DataFrame({"run": run_column(np.arange(len(dots)), looks), "x": dots[:, 0].astype(np.float32), "y": dots[:, 1].astype(np.float32)})
    return {"dots": frame.assign(shape=shapes)[np.isfinite(dots).all(axis=1)]}


def _line(left: float, right: float) -> dict[str, pd.DataFrame]:
    """Return the dataset `line`: from y = `left` at x = 0 to y = `right` at x = 1."""
    return {"line": pd.DataFrame({"x": np.array(UNIT, np.float32), "y": np.array([left, right], np.float32)})}


def _base(name: str, x_title: str, y_title: str) -> alt.Chart:
    x, y = value_axis("x", Axis(x_title, domain=UNIT), alt.X), value_axis("y", Axis(y_title, domain=UNIT))
    return alt.Chart(alt.NamedData(name)).encode(x=x, y=y)


def _dashed(x_title: str, y_title: str, dark: bool) -> alt.Chart:
    return _base("line", x_title, y_title).mark_line(color=AXIS[dark], strokeDash=[6, 4], strokeWidth=1.5)


@lru_cache(maxsize=64)
def curve_spec(looks: tuple[Look, ...], x_title: str, y_title: str, steps: bool, dark: bool) -> Spec:
    """Return the specification of `precision_recall` and `roc`."""
    color, dash = run_scales(looks)
    base = _base("curves", x_title, y_title)
    lines = base.mark_line(strokeWidth=2.4, interpolate="step-before" if steps else "linear").encode(color=color, strokeDash=dash, order=alt.Order("order:Q"))
    dots = _base("dots", x_title, y_title).mark_point(size=150, filled=True, opacity=1, stroke=PAPER[dark], strokeWidth=1.5)
    dots = dots.encode(fill=alt.Fill("run:N", scale=color["scale"], legend=None), shape=alt.Shape("shape:N", scale=None))
    points = hover_points(base, color, [("threshold:Q", "threshold", ".3f"), ("x:Q", x_title, ".1%"), ("y:Q", y_title, ".1%")])
    return _finished(alt.layer(_dashed(x_title, y_title, dark), lines, dots, points), looks, dark, f"{y_title} over {x_title}, one line a model")


@lru_cache(maxsize=64)
def calibration_spec(looks: tuple[Look, ...], dark: bool) -> Spec:
    """Return the specification of `calibration`."""
    x_title, y_title = "probability that is said", "share that is rare"
    color, dash = run_scales(looks)
    base = _base("curves", x_title, y_title)
    lines = base.mark_line(strokeWidth=2.4).encode(color=color, strokeDash=dash)
    size = alt.Size("count:Q", scale=alt.Scale(zero=True, range=[15, 160]), legend=None)
    bins = base.mark_point(filled=True, opacity=0.8).encode(color=color, size=size)
    rule = alt.Chart(alt.NamedData("threshold")).mark_rule(color=INK[dark], strokeWidth=1.5).encode(x=value_axis("x", Axis(x_title, domain=UNIT), alt.X))
    points = hover_points(base, color, [("x:Q", "mean probability", ".1%"), ("y:Q", y_title, ".1%"), ("count:Q", "rows in the bin", ",d")])
    layers = alt.layer(_dashed(x_title, y_title, dark), rule, lines, bins, points)
    return _finished(layers, looks, dark, "Share of rare rows over the probability that is said, one line a model")


def _finished(chart: Any, looks: Sequence[Look], dark: bool, alt_text: str) -> Spec:
    return finish(chart, height=230, dark=dark, beside=BESIDE, alt_text=alt_text, labels=[look.name for look in looks])

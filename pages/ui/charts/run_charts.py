"""The charts that compare runs over time: pure functions from a frame to `(data, spec)`, as in `base`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from pages.ui.charts.base import CROSS, NUMBER, Axis, Chart, Spec, finish, hover_points, kept, named, run_scales, tip, value_axis
from pages.ui.charts.series import limits, long_data, marks_frame, marks_of, numbers, run_column, run_domain, thinned
from pages.ui.charts.theme import AXIS, Look


def drawn_marks(color: alt.Color, x: Any, y: Any) -> alt.Chart:
    """Return the layer of the dataset `marks`: crosses, triangles, dots and small rings in the colours of the runs."""
    look = {"shape": f"['{CROSS}', 'triangle', 'circle', 'circle'][datum.kind]", "size": "[80, 90, 80, 35][datum.kind]", "solid": "[0, 1, 1, 0][datum.kind]"}
    points = alt.Chart(alt.NamedData("marks")).transform_calculate(**look).mark_point(strokeWidth=2.5, opacity=1)
    return points.encode(
        x=x,
        y=y,
        color=color,
        fill=alt.Fill("run:N", scale=color["scale"], legend=color["legend"]),
        fillOpacity=alt.FillOpacity("solid:Q", scale=None, legend=None),
        shape=alt.Shape("shape:N", scale=None, legend=None),
        size=alt.Size("size:Q", scale=None, legend=None),
    )


def curves(
    frame: pd.DataFrame,
    looks: Sequence[Look],
    x: Axis,
    y: Axis,
    *,
    dark: bool = False,
    legend: bool = False,
    height: int = 320,
) -> Chart:
    """Return the curves of all runs over one x, with a rule at the pointer that shows the values of all runs.

    `frame`: columns `x`, ascending; for run i `r{i}`, the mean over the seeds. Optional for run i: `r{i}_low` and `r{i}_high`, a band;
    `r{i}_train`, a thin line; `r{i}_end`, which holds a value only in the row where the run diverged.
    A dot marks the last value, a cross the point where a run diverged, a triangle the point where a curve leaves the chart.
    """
    rows = len(frame)
    across = frame["x"].to_numpy(np.float64)
    means = [numbers(frame.get(name), rows, log=y.log) for name in run_domain(looks)]
    trains = [numbers(frame.get(f"{name}_train"), rows, log=y.log) for name in run_domain(looks)]
    ends = [frame.get(f"{name}_end") for name in run_domain(looks)]
    diverged = [end is not None and bool(end.notna().any()) for end in ends]
    low, high = limits([*means, *trains], [*diverged, *diverged], log=y.log)

    kept = thinned(rows)
    columns = {"x": across[kept].astype(np.float32)}
    marks: list[tuple[int, int, float, float]] = []
    banded, trained = False, False
    for i, name in enumerate(run_domain(looks)):
        columns[name] = np.where((means[i] < low) | (means[i] > high), np.nan, means[i])[kept].astype(np.float32)
        marks += marks_of(i, across, means[i], ends[i], low, high)
        if f"{name}_train" in frame:
            trained = True
            columns[f"{name}_train"] = np.where((trains[i] < low) | (trains[i] > high), np.nan, trains[i])[kept].astype(np.float32)
        if f"{name}_low" in frame and f"{name}_high" in frame:
            banded = True
            for side in ("low", "high"):
                edge = frame[f"{name}_{side}"].to_numpy(np.float64, na_value=np.nan)
                columns[f"{name}_{side}"] = np.clip(np.where(np.isfinite(columns[name]), edge[kept], np.nan), low, high).astype(np.float32)
    spec = named(curves_spec, tuple(looks), x, y, dark=dark, legend=legend, height=height, banded=banded, trained=trained)
    return {"curves": pd.DataFrame(columns), "marks": marks_frame(marks, looks)}, spec


@kept(256)
def curves_spec(looks: tuple[Look, ...], x: Axis, y: Axis, *, dark: bool, legend: bool, height: int, banded: bool, trained: bool) -> Spec:
    """Return the specification of `curves`, without labels."""
    names = run_domain(looks)
    color, dash = run_scales(looks, legend=legend)
    across = value_axis("x", x, alt.X)
    base = alt.Chart(alt.NamedData("curves")).encode(x=across)
    folded = base.transform_fold([*names], as_=["run", "value"])
    lines: list[alt.Chart] = []
    if banded:
        sides = folded.transform_calculate(low="datum[datum.run + '_low']", high="datum[datum.run + '_high']")
        lines.append(sides.mark_area(opacity=0.18).encode(y=value_axis("low", y), y2="high:Q", color=color))
    if trained:
        train = folded.transform_calculate(train="datum[datum.run + '_train']")
        lines.append(train.mark_line(strokeWidth=1.4, opacity=0.6).encode(y=value_axis("train", y), color=color, strokeDash=dash))
    lines.append(folded.mark_line(strokeWidth=2.8).encode(y=value_axis("value", y), color=color, strokeDash=dash))

    hover = alt.selection_point(name="hover", nearest=True, on="pointermove", encodings=["x"], empty=False, clear="view:pointerout")
    # The expressions hold fixed column names only. `named` puts the runs' names into the titles of the tooltip's rows.
    readings = {
        f"t{i}": f"(isValid(datum.{name}) ? format(datum.{name}, '{NUMBER}') : '–')"
        + (f" + (isValid(datum.{name}_train) ? ' · train ' + format(datum.{name}_train, '{NUMBER}') : '')" if trained else "")
        for i, name in enumerate(names)
    }
    rule = (
        base.transform_calculate(**readings)
        .mark_rule(strokeWidth=1.5, color=AXIS[dark])
        .encode(
            opacity=alt.condition(hover, alt.value(0.7), alt.value(0)),
            tooltip=[tip("x:Q", x.title, "~r"), *(tip(f"t{i}:N", "") for i in range(len(looks)))],
        )
        .add_params(hover)
        .properties(name="rule")
    )
    return finish(
        alt.layer(*lines, drawn_marks(color, across, value_axis("y", y)), rule),
        height=height,
        dark=dark,
        legend=legend,
        alt_text="Curves of the runs, one line each",
    )


def curves_by_run(
    frame: pd.DataFrame,
    looks: Sequence[Look],
    x: Axis,
    y: Axis,
    *,
    dark: bool = False,
    legend: bool = False,
    height: int = 320,
) -> Chart:
    """Return the curves of runs with an x of their own, such as seconds. The pointer shows the values of the nearest point.

    `frame`: columns `run` (r0, r1, ...), `x`, `value`, `epoch`; optionally `train`, and `end`, which holds a value only in the row where a run diverged.
    """
    data = long_data(frame, looks, "x", "value", log_x=False, log_y=y.log, fixed_x=True)
    return data, named(curves_by_run_spec, tuple(looks), x, y, dark=dark, legend=legend, height=height, trained="train" in frame)


@kept(256)
def curves_by_run_spec(looks: tuple[Look, ...], x: Axis, y: Axis, *, dark: bool, legend: bool, height: int, trained: bool) -> Spec:
    """Return the specification of `curves_by_run`, without labels."""
    color, dash = run_scales(looks, legend=legend)
    across = value_axis("x", x, alt.X)
    base = alt.Chart(alt.NamedData("rows")).encode(x=across)
    lines = [base.mark_line(strokeWidth=2.8).encode(y=value_axis("value", y), color=color, strokeDash=dash)]
    tips = [("epoch:Q", "epoch", "d"), ("x:Q", x.title, NUMBER), ("value:Q", y.title, NUMBER)]
    if trained:
        train = base.mark_line(strokeWidth=1.4, opacity=0.6).encode(y=value_axis("train", y), color=color, strokeDash=dash)
        lines.insert(0, train)
        tips.append(("train:Q", f"{y.title}, train", NUMBER))
    points = hover_points(base.encode(y=value_axis("value", y)), color, tips)
    layers = [*lines, drawn_marks(color, across, value_axis("y", y)), points]
    return finish(alt.layer(*layers), height=height, dark=dark, legend=legend, alt_text="Curves of the runs, one line each")


def with_references(chart: Chart, looks: Sequence[Look], references: Sequence[tuple[int, float]], y: Axis, *, dark: bool) -> Chart:
    """Return the chart with a dotted horizontal line at each reference (run, value).

    A line has the colour of its run, or that of the axes if there is only one reference.
    On a logarithmic axis, a line far below all curves is drawn just below them and states its value, so that the axis keeps its range.
    """
    data, spec = chart
    shown = [(run, value) for run, value in references if np.isfinite(value)]
    if not shown:
        return chart
    frame = next(iter(data.values())).drop(columns=["x", "epoch", "run"], errors="ignore")
    floor = float(np.nanmin(frame.to_numpy(float))) / 3 if y.log else -np.inf
    rows = {
        "run": run_column(np.array([run for run, _ in shown]), looks),
        "y": np.array([max(value, floor) for _, value in shown], np.float32),
        "text": ["L-BFGS" if value >= floor else f"L-BFGS, below: {value:.2g}" for _, value in shown],
    }
    layer = references_layer(tuple(looks), y, dark=dark, alone=len(references) == 1)
    return data | {"references": pd.DataFrame(rows)}, {**spec, "layer": [*spec["layer"], layer]}


@kept(64)
def references_layer(looks: tuple[Look, ...], y: Axis, *, dark: bool, alone: bool) -> Spec:
    """Return the layer of the dataset `references`."""
    color: Any = alt.value(AXIS[dark]) if alone else run_scales(looks)[0]
    base = alt.Chart(alt.NamedData("references")).encode(y=value_axis("y", y), color=color)
    name = base.mark_text(align="right", baseline="bottom", dy=-3, fontSize=13).encode(x=alt.value("width"), text="text:N")
    spec: Spec = alt.layer(base.mark_rule(strokeWidth=2, strokeDash=[2, 4]), name).to_dict(validate=False)
    return {"layer": spec["layer"], "data": {"name": "references"}}


def paths(
    frame: pd.DataFrame,
    looks: Sequence[Look],
    x: Axis,
    y: Axis,
    *,
    dark: bool = False,
    legend: bool = False,
    height: int = 320,
) -> Chart:
    """Return the path of each run over loss and metric. A ring marks its start, a dot its end, a cross its end if it diverged.

    `frame`: columns `run` (r0, r1, ...), `epoch`, ascending within a run, `loss`, `metric`;
    optionally `end`, which holds a value only in the row where a run diverged.
    """
    data = long_data(frame, looks, "loss", "metric", log_x=x.log, log_y=y.log, fixed_x=False)
    return data, named(paths_spec, tuple(looks), x, y, dark=dark, legend=legend, height=height)


@kept(256)
def paths_spec(looks: tuple[Look, ...], x: Axis, y: Axis, *, dark: bool, legend: bool, height: int) -> Spec:
    """Return the specification of `paths`, without labels."""
    color, dash = run_scales(looks, legend=legend)
    base = alt.Chart(alt.NamedData("rows")).encode(x=value_axis("loss", x, alt.X), y=value_axis("metric", y))
    line = base.mark_line(strokeWidth=2.4).encode(color=color, strokeDash=dash, order=alt.Order("epoch:Q"))
    points = hover_points(base, color, [("epoch:Q", "epoch", "d"), ("loss:Q", x.title, NUMBER), ("metric:Q", y.title, NUMBER)])
    marks = drawn_marks(color, value_axis("x", x, alt.X), value_axis("y", y))
    return finish(alt.layer(line, marks, points), height=height, dark=dark, legend=legend, alt_text="Metric against loss, one path a run")

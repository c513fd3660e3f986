"""Charts that compare runs over time: pure functions from a frame to data and a Vega-Lite specification.

Each returns `(data, spec)`: `data` maps the names of the chart's datasets to small frames, `spec` is a dictionary without
data that is built once for its shape, shared, and must not be changed. A page shows it as
`st.vega_lite_chart(None, {**spec, "datasets": data}, width="stretch", theme=None)`; as long as the spec is the same, the
front end swaps the data and keeps the view.

Labels come from users: they are values of the parameter `labels` or JSON strings, never field names or expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from pages.ui.series import limits, long_data, marks_frame, marks_of, numbers, run_column, run_domain, thinned
from pages.ui.theme import AXIS, Look, config

Spec = dict[str, Any]
Chart = tuple[dict[str, pd.DataFrame], Spec]

CROSS = "M-1,-1L1,1M1,-1L-1,1"
NUMBER = ".4~g"
# A logarithmic axis leaves some of its labels empty; they stay so.
TICK = f"datum.label == '' ? '' : abs(datum.value) < 10000 ? format(datum.value, '{NUMBER}') : format(datum.value, '.3~s')"
MINOR: dict[str, Any] = {"condition": {"test": "datum.label == ''", "value": 0.35}, "value": 1}  # lines of a grid between labelled ones


def finish(chart: Any, *, height: int, dark: bool, alt_text: str, legend: bool = False, **params: Any) -> Spec:
    """Return the chart's specification in the width of its container, with `params` as values that expressions may read."""
    spec: Spec = chart.properties(width="container", height=height).to_dict(validate=False)  # the tests check what the schema says, at half the time
    spec["params"] = [*({"name": name, "value": value} for name, value in params.items()), *spec.get("params", [])]
    spec["config"] = config(dark)
    if legend:
        # The legend stands above the plot, which keeps its height however many rows the legend takes.
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    spec["padding"] = {"left": 0, "right": 6, "top": 4, "bottom": 4}
    spec["usermeta"] = {"embedOptions": {"renderer": "canvas"}}
    spec["description"] = alt_text
    return spec


def tip(field: str, title: str, shape: str | None = None) -> alt.Tooltip:
    """Return a row of a tooltip, whatever its title says."""
    return alt.Tooltip(field, title=_escaped(title), format=alt.Undefined if shape is None else shape)


def _escaped(title: str) -> str:
    """Return a tooltip's title: Vega-Lite pastes it into an expression and escapes quotes alone, so a backslash or a line break would break out."""
    return " ".join(title.split()).replace("\\", "\\\\")


@lru_cache(maxsize=256)
def named(build: Callable[..., Spec], looks: tuple[Look, ...], *rest: Any) -> Spec:
    """Return what `build` makes for these looks, with their names: the parameter `labels`, and the titles of the tooltip's rows t0, t1, ...

    It builds for looks without labels, and keeps that: Altair takes some 50 ms, and labels change with every rate.
    """
    spec = build(tuple(replace(each, label="") for each in looks), *rest)
    titles = {f"t{i}": _escaped(each.name) for i, each in enumerate(looks)}
    layers = []
    for layer in spec["layer"]:
        if "tooltip" in layer["encoding"]:
            rows = [{**row, "title": titles.get(row["field"], row["title"])} for row in layer["encoding"]["tooltip"]]
            layer = {**layer, "encoding": {**layer["encoding"], "tooltip": rows}}
        layers.append(layer)
    return {**spec, "layer": layers, "params": [{"name": "labels", "value": [each.name for each in looks]}, *spec["params"]]}


def run_scales(looks: Sequence[Look], *, legend: bool = False) -> tuple[alt.Color, alt.StrokeDash]:
    """Return the colour and the dash of each run as encodings of the field `run`."""
    shown: Any = None
    if legend:
        # Two columns on a phone, more where there is room; labels are cut to their column.
        columns = f"max(1, min({min(len(looks), 4)}, floor(width / 140)))"
        shown = alt.Legend(
            title=None,
            orient="top",
            symbolType="stroke",
            symbolSize=900,
            symbolStrokeWidth=3,
            symbolOpacity=1,
            columns=alt.ExprRef(expr=columns),
            labelLimit=alt.ExprRef(expr=f"width / {columns} - 56"),
            labelExpr="labels[toNumber(slice(datum.value, 1))]",
        )
    domain = run_domain(looks)
    color = alt.Color("run:N", scale=alt.Scale(domain=domain, range=[each.color for each in looks]), legend=shown)
    dash = alt.StrokeDash("run:N", scale=alt.Scale(domain=domain, range=[list(each.dash) or [1, 0] for each in looks]), legend=shown)
    return color, dash


def label_of_run(chart: alt.Chart) -> alt.Chart:
    """Return the chart with the label of each row's run in the field `label`."""
    return chart.transform_calculate(label="labels[toNumber(slice(datum.run, 1))]")


def value_axis(field: str, title: str, *, log: bool = False, domain: tuple[float, float] | None = None, channel: type[Any] = alt.Y) -> Any:
    """Return the encoding of a quantity along an axis that need not start at zero."""
    scale: dict[str, Any] = {"type": "log"} if log else {"zero": False}
    if domain is not None:
        scale |= {"domain": list(domain), "nice": False}
    return channel(f"{field}:Q", title=title, scale=alt.Scale(**scale), axis=alt.Axis(tickCount=5, labelExpr=TICK, gridOpacity=MINOR if log else alt.Undefined))


def drawn_marks(color: alt.Color, x: Any, y: Any) -> alt.Chart:
    """Return the layer of the dataset `marks`: a cross, a triangle, a dot or a small ring in the colour of its run."""
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
    *,
    x_title: str,
    y_title: str,
    log_y: bool = False,
    x_max: float | None = None,
    dark: bool = False,
    legend: bool = False,
    height: int = 320,
) -> Chart:
    """Return the curves of all runs over one x, with a rule that reads every run where the pointer is.

    Columns: `x`, ascending; for run i `r{i}`, the mean over seeds, and optionally `r{i}_low` and `r{i}_high`, a band around it,
    `r{i}_train`, and `r{i}_end`, which holds a value only in the row where the run diverged. A dot marks the last value, a cross
    where a run diverged, a triangle where a curve leaves the chart.
    """
    rows = len(frame)
    x = frame["x"].to_numpy(np.float64)
    means = [numbers(frame.get(name), rows, log=log_y) for name in run_domain(looks)]
    trains = [numbers(frame.get(f"{name}_train"), rows, log=log_y) for name in run_domain(looks)]
    ends = [frame.get(f"{name}_end") for name in run_domain(looks)]
    diverged = [end is not None and bool(end.notna().any()) for end in ends]
    low, high = limits([*means, *trains], [*diverged, *diverged], log=log_y)

    kept = thinned(rows)
    columns = {"x": x[kept].astype(np.float32)}
    marks: list[tuple[int, int, float, float]] = []
    banded, trained = False, False
    for i, name in enumerate(run_domain(looks)):
        columns[name] = np.where((means[i] < low) | (means[i] > high), np.nan, means[i])[kept].astype(np.float32)
        marks += marks_of(i, x, means[i], ends[i], low, high)
        if f"{name}_train" in frame:
            trained = True
            columns[f"{name}_train"] = np.where((trains[i] < low) | (trains[i] > high), np.nan, trains[i])[kept].astype(np.float32)
        if f"{name}_low" in frame and f"{name}_high" in frame:
            banded = True
            for side in ("low", "high"):
                edge = frame[f"{name}_{side}"].to_numpy(np.float64, na_value=np.nan)
                columns[f"{name}_{side}"] = np.clip(np.where(np.isfinite(columns[name]), edge[kept], np.nan), low, high).astype(np.float32)
    spec = named(curves_spec, tuple(looks), x_title, y_title, log_y, x_max, dark, legend, height, banded, trained)
    return {"curves": pd.DataFrame(columns), "marks": marks_frame(marks, looks)}, spec


@lru_cache(maxsize=256)
def curves_spec(
    looks: tuple[Look, ...],
    x_title: str,
    y_title: str,
    log_y: bool,
    x_max: float | None,
    dark: bool,
    legend: bool,
    height: int,
    banded: bool,
    trained: bool,
) -> Spec:
    """Return the specification of `curves`, without labels."""
    names = run_domain(looks)
    color, dash = run_scales(looks, legend=legend)
    x = value_axis("x", x_title, domain=None if x_max is None else (0, x_max), channel=alt.X)
    base = alt.Chart(alt.NamedData("curves")).encode(x=x)
    folded = base.transform_fold([*names], as_=["run", "value"])
    lines: list[alt.Chart] = []
    if banded:
        sides = folded.transform_calculate(low="datum[datum.run + '_low']", high="datum[datum.run + '_high']")
        lines.append(sides.mark_area(opacity=0.18).encode(y=value_axis("low", y_title, log=log_y), y2="high:Q", color=color))
    if trained:
        train = folded.transform_calculate(train="datum[datum.run + '_train']")
        lines.append(train.mark_line(strokeWidth=1.4, opacity=0.6).encode(y=value_axis("train", y_title, log=log_y), color=color, strokeDash=dash))
    lines.append(folded.mark_line(strokeWidth=2.8).encode(y=value_axis("value", y_title, log=log_y), color=color, strokeDash=dash))

    hover = alt.selection_point(name="hover", nearest=True, on="pointermove", encodings=["x"], empty=False, clear="view:pointerout")
    # Only the fixed names of the columns enter these expressions; what the reader sees of a run is the title of the tooltip's row.
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
            tooltip=[tip("x:Q", x_title, "~r"), *(tip(f"t{i}:N", "") for i in range(len(looks)))],
        )
        .add_params(hover)
        .properties(name="rule")
    )
    return finish(
        alt.layer(*lines, drawn_marks(color, x, value_axis("y", y_title, log=log_y)), rule),
        height=height,
        dark=dark,
        legend=legend,
        alt_text="Curves of the runs, one line each",
    )


def curves_by_run(
    frame: pd.DataFrame,
    looks: Sequence[Look],
    *,
    x_title: str,
    y_title: str,
    log_y: bool = False,
    dark: bool = False,
    legend: bool = False,
    height: int = 320,
) -> Chart:
    """Return the curves of runs that each have their own x, such as seconds; the nearest point is read.

    Columns: `run` (r0, r1, ...), `x`, `value`, `epoch`, optionally `train`, and `end`, a value in the row where a run diverged.
    """
    data = long_data(frame, looks, "x", "value", log_x=False, log_y=log_y, fixed_x=True)
    return data, named(curves_by_run_spec, tuple(looks), x_title, y_title, log_y, dark, legend, height, "train" in frame)


@lru_cache(maxsize=256)
def curves_by_run_spec(looks: tuple[Look, ...], x_title: str, y_title: str, log_y: bool, dark: bool, legend: bool, height: int, trained: bool) -> Spec:
    """Return the specification of `curves_by_run`, without labels."""
    color, dash = run_scales(looks, legend=legend)
    x = value_axis("x", x_title, channel=alt.X)
    base = alt.Chart(alt.NamedData("rows")).encode(x=x)
    lines = [base.mark_line(strokeWidth=2.8).encode(y=value_axis("value", y_title, log=log_y), color=color, strokeDash=dash)]
    tips = [("epoch:Q", "epoch", "d"), ("x:Q", x_title, NUMBER), ("value:Q", y_title, NUMBER)]
    if trained:
        train = base.mark_line(strokeWidth=1.4, opacity=0.6).encode(y=value_axis("train", y_title, log=log_y), color=color, strokeDash=dash)
        lines.insert(0, train)
        tips.append(("train:Q", f"{y_title}, train", NUMBER))
    points = hover_points(base.encode(y=value_axis("value", y_title, log=log_y)), color, tips)
    layers = [*lines, drawn_marks(color, x, value_axis("y", y_title, log=log_y)), points]
    return finish(alt.layer(*layers), height=height, dark=dark, legend=legend, alt_text="Curves of the runs, one line each")


def with_references(chart: Chart, looks: Sequence[Look], references: Sequence[tuple[int, float]], *, y_title: str, log_y: bool, dark: bool) -> Chart:
    """Return curves with a dotted line across at the value of each reference (run, value): in the run's colour, or in ink if it is that of all.

    On a logarithmic axis one that lies far below all curves stands below them, with its number, so that it does not flatten them.
    """
    data, spec = chart
    shown = [(run, value) for run, value in references if np.isfinite(value)]
    if not shown:
        return chart
    frame = next(iter(data.values())).drop(columns=["x", "epoch", "run"], errors="ignore")
    floor = float(np.nanmin(frame.to_numpy(float))) / 3 if log_y else -np.inf
    rows = {
        "run": run_column(np.array([run for run, _ in shown]), looks),
        "y": np.array([max(value, floor) for _, value in shown], np.float32),
        "text": ["L-BFGS" if value >= floor else f"L-BFGS, below: {value:.2g}" for _, value in shown],
    }
    layer = references_layer(tuple(looks), y_title, log_y, dark, len(references) == 1)
    return data | {"references": pd.DataFrame(rows)}, {**spec, "layer": [*spec["layer"], layer]}


@lru_cache(maxsize=64)
def references_layer(looks: tuple[Look, ...], y_title: str, log_y: bool, dark: bool, alone: bool) -> Spec:
    """Return the layer of the dataset `references`."""
    color: Any = alt.value(AXIS[dark]) if alone else run_scales(looks)[0]
    base = alt.Chart(alt.NamedData("references")).encode(y=value_axis("y", y_title, log=log_y), color=color)
    name = base.mark_text(align="right", baseline="bottom", dy=-3, fontSize=13).encode(x=alt.value("width"), text="text:N")
    spec: Spec = alt.layer(base.mark_rule(strokeWidth=2, strokeDash=[2, 4]), name).to_dict(validate=False)
    return {"layer": spec["layer"], "data": {"name": "references"}}


def hover_points(base: alt.Chart, color: alt.Color, tips: Sequence[tuple[str, str, str]]) -> alt.Chart:
    """Return a layer that shows the point nearest to the pointer, with its run and `tips` (field, title, format)."""
    hover = alt.selection_point(name="hover", nearest=True, on="pointermove", empty=False, clear="view:pointerout")
    tooltip = [tip("label:N", "run"), *(tip(*each) for each in tips)]
    points = label_of_run(base).mark_point(filled=True, size=110)
    return points.encode(color=color, opacity=alt.condition(hover, alt.value(1), alt.value(0)), tooltip=tooltip).add_params(hover).properties(name="points")


def paths(
    frame: pd.DataFrame,
    looks: Sequence[Look],
    *,
    x_title: str,
    y_title: str,
    log_x: bool = False,
    dark: bool = False,
    legend: bool = False,
    height: int = 320,
) -> Chart:
    """Return the way of each run through loss and metric: a small ring where it starts, a dot where it ends, a cross if it diverged.

    Columns: `run` (r0, r1, ...), `epoch`, ascending within a run, `loss`, `metric`, optionally `end`, a value in the row where a run
    diverged.
    """
    data = long_data(frame, looks, "loss", "metric", log_x=log_x, log_y=False, fixed_x=False)
    return data, named(paths_spec, tuple(looks), x_title, y_title, log_x, dark, legend, height)


@lru_cache(maxsize=256)
def paths_spec(looks: tuple[Look, ...], x_title: str, y_title: str, log_x: bool, dark: bool, legend: bool, height: int) -> Spec:
    """Return the specification of `paths`, without labels."""
    color, dash = run_scales(looks, legend=legend)
    base = alt.Chart(alt.NamedData("rows")).encode(x=value_axis("loss", x_title, log=log_x, channel=alt.X), y=value_axis("metric", y_title))
    line = base.mark_line(strokeWidth=2.4).encode(color=color, strokeDash=dash, order=alt.Order("epoch:Q"))
    points = hover_points(base, color, [("epoch:Q", "epoch", "d"), ("loss:Q", x_title, NUMBER), ("metric:Q", y_title, NUMBER)])
    marks = drawn_marks(color, value_axis("x", x_title, log=log_x, channel=alt.X), value_axis("y", y_title))
    return finish(alt.layer(line, marks, points), height=height, dark=dark, legend=legend, alt_text="Metric against loss, one path a run")

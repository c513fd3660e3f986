"""What every chart is made of: axes, colours, tooltips, and the finished specification.

A chart is `(data, spec)`: `data` maps the names of the chart's datasets to small frames, `spec` is a dictionary without data. A specification
is built once for its shape, shared, and must not be changed. A page shows it as
`st.vega_lite_chart(None, {**spec, "datasets": data}, width="stretch", theme=None)`; as long as the spec is the same, the front end swaps
the data and keeps the view.

Labels come from users: they are values of the parameter `labels` or JSON strings, never field names or expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import Look, config

Spec = dict[str, Any]
Chart = tuple[dict[str, pd.DataFrame], Spec]
Domain = tuple[float, float]

CROSS = "M-1,-1L1,1M1,-1L-1,1"
NUMBER = ".4~g"
# A logarithmic axis leaves some of its labels empty; they stay so.
TICK = f"datum.label == '' ? '' : abs(datum.value) < 10000 ? format(datum.value, '{NUMBER}') : format(datum.value, '.3~s')"
MINOR: dict[str, Any] = {"condition": {"test": "datum.label == ''", "value": 0.35}, "value": 1}  # lines of a grid between labelled ones


@dataclass(frozen=True)
class Axis:
    """What an axis shows: its title, whether it is logarithmic, and the range of its values, that of the data where it is None."""

    title: str
    log: bool = False
    domain: Domain | None = None


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
def named(build: Callable[..., Spec], looks: tuple[Look, ...], *axes: Axis, **options: Any) -> Spec:
    """Return what `build` makes for these looks, with their names: the parameter `labels`, and the titles of the tooltip's rows t0, t1, ...

    It builds for looks without labels, and keeps that: Altair takes some 50 ms, and labels change with every rate.
    """
    spec = build(tuple(replace(each, label="") for each in looks), *axes, **options)
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


def value_axis(field: str, axis: Axis, channel: type[Any] = alt.Y) -> Any:
    """Return the encoding of a field along an axis: over exactly its domain, or over the data, which need not include zero."""
    scale: dict[str, Any] = {"type": "log"} if axis.log else {"zero": False}
    if axis.domain is not None:
        scale |= {"domain": list(axis.domain), "nice": False}
    grid = MINOR if axis.log else alt.Undefined
    return channel(f"{field}:Q", title=axis.title, scale=alt.Scale(**scale), axis=alt.Axis(tickCount=5, labelExpr=TICK, gridOpacity=grid))


def hover_points(base: alt.Chart, color: alt.Color, tips: Sequence[tuple[str, str, str]]) -> alt.Chart:
    """Return a layer that shows the point nearest to the pointer, with its run and `tips` (field, title, format)."""
    hover = alt.selection_point(name="hover", nearest=True, on="pointermove", empty=False, clear="view:pointerout")
    tooltip = [tip("label:N", "run"), *(tip(*each) for each in tips)]
    points = label_of_run(base).mark_point(filled=True, size=110)
    return points.encode(color=color, opacity=alt.condition(hover, alt.value(1), alt.value(0)), tooltip=tooltip).add_params(hover).properties(name="points")

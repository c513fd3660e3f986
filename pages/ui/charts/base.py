"""The parts that all charts share: axes, colours, tooltips, and the finished specification.

A chart is `(data, spec)`. `data` maps the name of each dataset to a small frame. `spec` is a Vega-Lite specification without data.
A specification is built once, cached and shared, so it must not be changed. One of data that a person brought is kept with their session (`apart`).
A page shows a chart as `st.vega_lite_chart(None, {**spec, "datasets": data}, width="stretch", theme=None)`.
While the specification stays the same, the front end replaces the data and keeps the view.

Labels come from users. They are values of the parameter `labels` or JSON strings, never field names or expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache, wraps
from typing import Any, ParamSpec, cast

import altair as alt
import pandas as pd

from pages.ui.charts.axes import Axis
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import EMBED, LARGE, Look, config, grown

Spec = dict[str, Any]
Chart = tuple[dict[str, pd.DataFrame], Spec]
P = ParamSpec("P")
#: specifications by the function that built them and its arguments
Kept = dict[tuple[Any, ...], Spec]
#: the most that one session keeps apart
_MOST_APART = 64
#: where specifications are kept now; None: in the caches that all sessions share
_apart: ContextVar[Kept | None] = ContextVar("apart", default=None)

CROSS = "M-1,-1L1,1M1,-1L-1,1"
#: the largest width in pixels of a phone's screen
PHONE = 640
NUMBER = ".4~g"
# the label of a tick: 200k and 3M are read at a glance, 30G and 0.00001 are not; a label that a logarithmic axis leaves empty stays empty
TICK = (
    "datum.label == '' ? '' : datum.value != 0 && abs(datum.value) < 0.0001 ? format(datum.value, '.3~e') "
    f": abs(datum.value) < 10000 ? format(datum.value, '{NUMBER}') "
    ": abs(datum.value) < 1e9 ? format(datum.value, '.3~s') : format(datum.value, '.3~e')"
)
# the opacity of a grid line: fainter at ticks without a label
MINOR: dict[str, Any] = {"condition": {"test": "datum.label == ''", "value": 0.35}, "value": 1}


@contextmanager
def apart(specs: Kept) -> Iterator[None]:
    """Keep specifications that are built in the `with` block in `specs` and nowhere else, because names and ranges of somebody's own data are in them."""
    token = _apart.set(specs)
    try:
        yield
    finally:
        _apart.reset(token)


def kept(most: int) -> Callable[[Callable[P, Spec]], Callable[P, Spec]]:
    """Return a decorator that keeps the last `most` specifications of a function for all sessions, but those built within `apart` where that says."""
    def decorated(build: Callable[P, Spec]) -> Callable[P, Spec]:
        shared = cast(Callable[P, Spec], lru_cache(maxsize=most)(build))

        @wraps(build)
        def spec(*arguments: P.args, **options: P.kwargs) -> Spec:
            specs = _apart.get()
            if specs is None:
                return shared(*arguments, **options)
            key = (build, arguments, tuple(sorted(options.items())))
            if key not in specs:
                while len(specs) >= _MOST_APART:
                    del specs[next(iter(specs))]
                specs[key] = build(*arguments, **options)
            return specs[key]

        return spec

    return decorated


def window_height(height: int, beside: int, low: int = 190, rows: int = 1) -> str:
    """Return an expression for the height of a chart: what the window leaves beside `beside` pixels, at least `height`; on a phone `low`.

    `rows`: charts that stand one above the other and share that height. It names the width, so that a changed window is measured again.
    """
    taken = f"{beside} * (windowSize()[0] < {LARGE} ? 1 : 1.2)"
    return f"width && windowSize()[0] <= {PHONE} ? {low} : max({height}, min((windowSize()[1] - {taken}) / {rows}, 1.25 * width))"


def square_height(height: int, beside: int, rows: int = 1) -> str:
    """Return an expression for the height of a chart that is as high as it is wide, if the window leaves so much; see `window_height`."""
    taken = f"{beside} * (windowSize()[0] < {LARGE} ? 1 : 1.2)"
    room = f"windowSize()[0] <= {PHONE} ? 0.4 * windowSize()[1] : max({height}, (windowSize()[1] - {taken}) / {rows})"
    return f"min(width, {room})"


def grown_marks(part: Any) -> Any:
    """Return a part of a specification whose lines and texts are larger on a large screen."""
    if isinstance(part, list):
        return [grown_marks(each) for each in part]
    if not isinstance(part, dict):
        return part
    grows: dict[str, Any] = part["mark"] if isinstance(part.get("mark"), dict) else {}
    mark = {name: grown(value) for name, value in grows.items() if name in ("strokeWidth", "fontSize") and isinstance(value, int | float)}
    inner = {name: grown_marks(each) for name, each in part.items() if name in ("layer", "vconcat", "spec")}
    return {**part, **inner, **({"mark": {**grows, **mark}} if mark else {})}


def finish(chart: Any, *, height: int, dark: bool, alt_text: str, legend: bool = False, beside: int = 0, rows: int = 1, **params: Any) -> Spec:
    """Return the specification of an Altair chart, as wide as its container. `params` become Vega parameters, which expressions can read.

    `beside`: pixels that the rest of the view takes, for a chart that takes the height of the window, or shares it with other `rows`; 0: its height is
    `height`.
    """
    spec: Spec = chart.properties(width="container", height=height).to_dict(validate=False)  # half the time of validation, which tests do
    spec["params"] = [*({"name": name, "value": value} for name, value in params.items()), *spec.get("params", [])]
    spec["config"] = config(dark)
    if beside:
        spec["params"].insert(0, {"name": "height", "expr": window_height(height, beside, rows=rows)})
    if legend:
        # fits the width only: the rows of the legend must not reduce the height of the plot
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    spec["padding"] = {"left": 0, "right": 6, "top": 4, "bottom": 4}
    spec["usermeta"] = {"embedOptions": EMBED}
    spec["description"] = alt_text
    grown_spec: Spec = grown_marks(spec)
    return grown_spec


def tip(field: str, title: str, shape: str | None = None) -> alt.Tooltip:
    """Return a row of a tooltip. The title may be any text. `shape` is a number format."""
    return alt.Tooltip(field, title=_escaped(title), format=alt.Undefined if shape is None else shape)


def _escaped(title: str) -> str:
    """Return a safe title of a tooltip's row. Vega-Lite pastes titles into an expression and escapes quotes only, not backslashes and line breaks."""
    return " ".join(title.split()).replace("\\", "\\\\")


@kept(256)
def named(build: Callable[..., Spec], looks: tuple[Look, ...], *axes: Axis, **options: Any) -> Spec:
    """Return `build(looks, *axes, **options)` with the names of the looks put in.

    Names go into the parameter `labels`, and into the titles of the tooltip's rows t0, t1, ...
    `build` gets looks without labels, so that its cached result does not depend on them: Altair takes about 50 ms, and labels change often.
    """
    spec = build(tuple(replace(look, label="") for look in looks), *axes, **options)
    titles = {f"t{i}": _escaped(look.name) for i, look in enumerate(looks)}
    layers = []
    for layer in spec["layer"]:
        if "tooltip" in layer["encoding"]:
            rows = [{**row, "title": titles.get(row["field"], row["title"])} for row in layer["encoding"]["tooltip"]]
            layer = {**layer, "encoding": {**layer["encoding"], "tooltip": rows}}
        layers.append(layer)
    return {**spec, "layer": layers, "params": [{"name": "labels", "value": [look.name for look in looks]}, *spec["params"]]}


def run_scales(looks: Sequence[Look], *, legend: bool = False) -> tuple[alt.Color, alt.StrokeDash]:
    """Return the encodings of the field `run` as the runs' colours and dashes, with a legend if asked for."""
    run_legend: Any = None
    if legend:
        # two columns on a phone, up to four on a wider page; a label is cut to the width of its column
        columns = f"max(1, min({min(len(looks), 4)}, floor(width / 140)))"
        run_legend = alt.Legend(
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
    color = alt.Color("run:N", scale=alt.Scale(domain=domain, range=[look.color for look in looks]), legend=run_legend)
    dash = alt.StrokeDash("run:N", scale=alt.Scale(domain=domain, range=[list(look.dash) or [1, 0] for look in looks]), legend=run_legend)
    return color, dash


def label_of_run(chart: alt.Chart) -> alt.Chart:
    """Return the chart with a field `label` that holds the label of each row's run."""
    return chart.transform_calculate(label="labels[toNumber(slice(datum.run, 1))]")


def value_axis(field: str, axis: Axis, channel: type[Any] = alt.Y, *, zooms: bool = False) -> Any:
    """Return the encoding of a field along an axis. The axis has exactly its domain, or the range of the data, without zero if the data do not include it.

    `zooms`: the parameter `zoom_x` or `zoom_y` takes its place while it has a range, see `sight`.
    """
    scale: dict[str, Any] = {"type": "log"} if axis.log else {"zero": False}
    ticks: dict[str, Any] = {"tickCount": 5, "gridOpacity": MINOR if axis.log else alt.Undefined}
    if axis.bend:
        scale |= {"type": "symlog", "constant": axis.bend, "zero": False, "nice": False}
        ticks = {"values": axis.ticks(), "labelOverlap": "greedy"}
    if axis.domain is not None:
        scale |= {"domain": list(axis.domain), "nice": False}
    if zooms:
        scale["domainRaw"] = alt.ExprRef(expr="zoom_x" if channel is alt.X else "zoom_y")
    return channel(f"{field}:Q", title=axis.title, scale=alt.Scale(**scale), axis=alt.Axis(labelExpr=TICK, **ticks))


def reading(field: str, axis: Axis, edge: str = "edge") -> str:
    """Return an expression for the text of a field's value. On the lower end of a logarithmic axis, which the field `edge` holds, lies what rests there."""
    shown = f"format(datum.{field}, '{NUMBER}')"
    resting = f"≤ {axis.floor:g}" if axis.floor else "0"
    return f"(datum.{field} <= datum.{edge} ? '{resting}' : {shown})" if axis.grounded else shown


def hover_points(base: alt.Chart, color: alt.Color, tips: Sequence[tuple[str, str, str | None]], fields: Sequence[str] = ()) -> alt.Chart:
    """Return a layer that shows the point nearest to the pointer, with a tooltip of the run and the rows `tips` (field, title, format).

    With `fields` it shows all points that agree with the nearest one in them, without a tooltip.
    """
    chosen: dict[str, Any] = {"fields": [*fields]} if fields else {}
    hover = alt.selection_point(name="hover", nearest=True, on="pointermove", empty=False, clear="view:pointerout", **chosen)
    told: dict[str, Any] = {} if fields else {"tooltip": [tip("label:N", "run"), *(tip(*row) for row in tips)]}
    points = (base if fields else label_of_run(base)).mark_point(filled=True, size=110, clip=bool(fields))
    return points.encode(color=color, opacity=alt.condition(hover, alt.value(1), alt.value(0)), **told).add_params(hover).properties(name="points")

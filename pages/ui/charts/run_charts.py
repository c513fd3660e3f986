"""The charts that compare runs over time: pure functions from a frame to `(data, spec)`, as in `base`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from pages.ui.charts import sight as sights
from pages.ui.charts.axes import Axis
from pages.ui.charts.base import CROSS, NUMBER, Chart, Spec, finish, hover_points, kept, named, reading, run_scales, tip, value_axis
from pages.ui.charts.series import drawn, limits, long_data, marks_frame, marks_of, numbers, of_all, run_column, run_domain, series_of, thinned
from pages.ui.charts.sight import Readout, Sight
from pages.ui.charts.theme import AXIS, Look

#: the opacity of a mean of fewer seeds than at the start
PALE = 0.45


def drawn_marks(color: alt.Color, x: Any, y: Any, *, watched: bool = False) -> alt.Chart:
    """Return the layer of the dataset `marks`: crosses, triangles, dots and rings in the colours of the runs. `watched`: see `sight`."""
    look = {
        "shape": f"['{CROSS}', 'triangle', 'circle', 'circle', 'triangle-down', 'circle'][datum.kind]",
        "size": "[80, 90, 80, 35, 110, 60][datum.kind]", "solid": "[0, 1, 1, 0, 1, 0][datum.kind]",
    }  # fmt: skip
    rows = alt.Chart(alt.NamedData("marks")).transform_calculate(**look)
    points = sights.looked_up(rows).mark_point(strokeWidth=2.5, clip=True) if watched else rows.mark_point(strokeWidth=2.5, opacity=1)
    return points.encode(
        x=x,
        y=y,
        color=color,
        fill=alt.Fill("run:N", scale=color["scale"], legend=color["legend"]),
        fillOpacity=alt.FillOpacity("solid:Q", scale=None, legend=None),
        shape=alt.Shape("shape:N", scale=None, legend=None),
        size=alt.Size("size:Q", scale=None, legend=None),
        **({"opacity": alt.Opacity("weight:Q", scale=None, legend=None)} if watched else {}),
    )


def _line(rows: alt.Chart, width: float, opacity: float, *, watched: bool) -> alt.Chart:
    """Return a layer of lines of the runs; of a `watched` chart it follows the weight of each run."""
    if not watched:
        return rows.mark_line(strokeWidth=width, opacity=opacity)
    return rows.transform_calculate(**sights.prominence(width, opacity)).mark_line(clip=True).encode(**sights.PROMINENT)


def fitting(frame: pd.DataFrame, looks: Sequence[Look], axis: Axis, *columns: str) -> Axis:
    """Return the axis that can show the values of these columns of a long frame, or of the means of a wide one."""
    return axis.fitted(series_of(frame, looks, *columns))


def curves(
    frame: pd.DataFrame,
    looks: Sequence[Look],
    x: Axis,
    y: Axis,
    *,
    dark: bool = False,
    height: int = 320,
    sight: Sight | None = None,
    readout: Readout | None = None,
    beside: int = 0,
) -> Chart:
    """Return the curves of all runs over one x, with a rule at the pointer that shows the values of all runs.

    With a `readout` the values stand above the plot, a drag zooms, and `sight` says which runs are seen. `beside`: see `base.finish`.

    `frame`: columns `x`, ascending; for run i `r{i}`, the mean over the seeds. Optional for run i: `r{i}_low` and `r{i}_high`, a band;
    `r{i}_train`, a thin line; `r{i}_raw`, a pale line, where the others are smoothed; `r{i}_seeds`, how many seeds the mean is of; `r{i}_end`, which holds
    a value only in the row where the run diverged.
    A dot marks the last value, a cross the point where a run diverged, a triangle the point where a curve leaves the chart, or its end on the lower edge.
    Where a mean is of fewer seeds than at the start, the line is pale and ends with a ring.
    """
    frame = sights.without(frame, looks, sight or Sight())
    rows, names = len(frame), run_domain(looks)
    across = frame["x"].to_numpy(np.float64)
    means = [numbers(frame.get(name), rows) for name in names]
    trains = [numbers(frame.get(f"{name}_train"), rows) for name in names]
    ends = [frame.get(f"{name}_end") for name in names]
    seeds = [frame[f"{name}_seeds"].to_numpy(np.float64) if f"{name}_seeds" in frame else np.ones(rows) for name in names]
    diverged = [end is not None and bool(end.notna().any()) for end in ends]
    y = fitting(frame, looks, y)
    low, high = limits([*means, *trains], [*diverged, *diverged], y)

    sent = thinned(rows)
    columns = {"x": across[sent].astype(np.float32)} | ({"edge": np.full(len(sent), low, np.float32)} if y.grounded else {})
    marks: list[tuple[int, int, float, float]] = []
    banded, trained, raw = (f"{names[0]}_{part}" in frame for part in ("low", "train", "raw"))
    pale: dict[str, Any] = {}
    for i, name in enumerate(names):
        marks += marks_of(i, across, means[i], ends[i], low, high, y, seeds[i])
        for suffix, values in (("", means[i]), ("_train", trains[i]))[: 1 + trained]:
            whole, some = of_all(drawn(values, low, high, y)[sent], seeds[i][sent])
            columns[f"{name}{suffix}"], pale[f"{name}{suffix}_some"] = whole.astype(np.float32), some.astype(np.float32)
        pale[f"{name}_seeds"] = seeds[i][sent].astype(np.int16)
        if raw:
            columns[f"{name}_raw"] = drawn(numbers(frame[f"{name}_raw"], rows), low, high, y)[sent].astype(np.float32)
        if banded:
            for side in ("low", "high"):
                edge = frame[f"{name}_{side}"].to_numpy(np.float64, na_value=np.nan)[sent]
                columns[f"{name}_{side}"] = np.clip(np.where(np.isfinite(columns[name]), edge, np.nan), low, high).astype(np.float32)
    faded = any(np.isfinite(values).any() for name, values in pale.items() if name.endswith("_some"))
    options: dict[str, Any] = {"banded": banded, "trained": trained, "faded": faded, "raw": raw, "readout": readout, "beside": beside}
    spec = named(curves_spec, tuple(looks), x, y, dark=dark, height=height, **options)
    data = {"curves": pd.DataFrame(columns | (pale if faded else {})), "marks": marks_frame(marks, looks)}
    return _seen(data, "curves", looks, sight, readout), spec


def _seen(data: dict[str, pd.DataFrame], name: str, looks: Sequence[Look], sight: Sight | None, readout: Readout | None) -> dict[str, pd.DataFrame]:
    """Return the datasets with what a readout needs: which row of the dataset `name` is the last, or of a long one the last of each run, and `shown`."""
    if readout is None:
        return data
    rows = data[name]
    last = rows[readout.key] == rows[readout.key].max()
    return data | {name: rows.assign(last=last), "shown": sights.dataset(looks, sight or Sight())}


@kept(256)
def curves_spec(
    looks: tuple[Look, ...], x: Axis, y: Axis, *,
    dark: bool, height: int, banded: bool, trained: bool, faded: bool, raw: bool, readout: Readout | None, beside: int
) -> Spec:  # fmt: skip
    """Return the specification of `curves`, without labels."""
    names, watched = run_domain(looks), readout is not None
    color, dash = run_scales(looks)
    across = value_axis("x", x, alt.X, zooms=watched)
    rows = alt.Chart(alt.NamedData("curves"))
    base = rows.encode(x=across)
    folded = base.transform_fold([*names], as_=["run", "value"])
    if watched:
        folded = sights.looked_up(folded)
    layers: list[alt.Chart] = []
    if banded:
        sides = folded.transform_calculate(low="datum[datum.run + '_low']", high="datum[datum.run + '_high']")
        if watched:
            sides = sides.transform_calculate(seen="0.18 * datum.weight").encode(opacity=alt.Opacity("seen:Q", scale=None, legend=None))
        band = sides.mark_area(clip=True) if watched else sides.mark_area(opacity=0.18)
        layers.append(band.encode(y=value_axis("low", y, zooms=watched), y2="high:Q", color=color))
    lines = [("raw", "_raw", 1.2, 0.35)] * raw + [("train", "_train", 1.4, 0.6)] * trained + [("value", "", 2.8, 1.0)]
    if faded:
        lines = [(f"{field}_some", f"{suffix}_some", width, PALE * opacity) for field, suffix, width, opacity in lines] + lines
    for field, suffix, width, opacity in lines:
        line = folded.transform_calculate(**{field: f"datum[datum.run + '{suffix}']"}) if suffix else folded
        layers.append(_line(line, width, opacity, watched=watched).encode(y=value_axis(field, y, zooms=watched), color=color, strokeDash=dash))

    marks = drawn_marks(color, across, value_axis("y", y, zooms=watched), watched=watched)
    hover = alt.selection_point(name="hover", nearest=True, on="pointermove", encodings=["x"], empty=False, clear="view:pointerout")
    if readout is not None:
        rule = base.mark_rule(strokeWidth=1.5, color=AXIS[dark]).encode(opacity=alt.condition(hover, alt.value(0.7), alt.value(0)))
        read = sights.looked_up(sights.read(rows, readout).transform_fold([*names], as_=["run", "value"]))
        fields = {"some": "_some", "train": "_train", "train_some": "_train_some", "seeds": "_seeds"}
        read = read.transform_calculate(**{field: f"datum[datum.run + '{suffix}']" for field, suffix in fields.items()})
        told = sights.layers(readout, read, sights.reading_of(y, trained=trained), color, dash, dark=dark)
        chart = alt.layer(*layers, marks.add_params(sights.brush()), rule.add_params(hover), *told)
        spec = finish(chart, height=height, dark=dark, legend=True, beside=beside, alt_text="Curves of the runs, one line each")
        return sights.watched(spec, looks, readout, ": validation / training" * trained)
    # The expressions hold fixed column names only. `named` puts the runs' names into the titles of the tooltip's rows.
    readings = {f"t{i}": _readings(name, y, trained=trained, faded=faded) for i, name in enumerate(names)}
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
        alt.layer(*layers, marks, rule),
        height=height,
        dark=dark,
        beside=beside,
        alt_text="Curves of the runs, one line each",
    )


def _readings(name: str, y: Axis, *, trained: bool, faded: bool) -> str:
    """Return the expression of what the pointer reads of a run: its value, or that of fewer seeds with their number, and its training value."""
    def of(field: str, otherwise: str) -> str:
        return f"(isValid(datum.{field}) ? {reading(field, y)} : {otherwise})"

    of_some = f"{reading(f'{name}_some', y)} + ' · ' + datum.{name}_seeds + (datum.{name}_seeds == 1 ? ' seed' : ' seeds')"
    text = of(name, f"isValid(datum.{name}_some) ? {of_some} : '–'" if faded else "'–'")
    if trained:
        shown = f"' · train ' + {reading(f'{name}_train', y)}"
        some = f"isValid(datum.{name}_train_some) ? ' · train ' + {reading(f'{name}_train_some', y)} : ''" if faded else "''"
        text += f" + (isValid(datum.{name}_train) ? {shown} : {some})"
    return text


def curves_by_run(
    frame: pd.DataFrame,
    looks: Sequence[Look],
    x: Axis,
    y: Axis,
    *,
    dark: bool = False,
    height: int = 320,
    sight: Sight | None = None,
    readout: Readout | None = None,
    beside: int = 0,
) -> Chart:
    """Return the curves of runs with an x of their own, such as seconds. The pointer shows the values of the nearest point, or with a `readout` of its epoch.

    `frame`: columns `run` (r0, r1, ...), `x`, `value`, `epoch`; optionally `train`, `raw`, `seeds`, and `end`, which holds a value only in the row where a
    run diverged.
    """
    frame = sights.without(frame, looks, sight or Sight())
    y = fitting(frame, looks, y, "value", "train")
    data = long_data(frame, looks, ("x", x), ("value", y), fixed_x=True)
    options: dict[str, Any] = {"trained": "train" in frame, "faded": "some" in data["rows"], "raw": "raw" in frame, "readout": readout, "beside": beside}
    return _seen(data, "rows", looks, sight, readout), named(curves_by_run_spec, tuple(looks), x, y, dark=dark, height=height, **options)


@kept(256)
def curves_by_run_spec(
    looks: tuple[Look, ...], x: Axis, y: Axis, *,
    dark: bool, height: int, trained: bool, faded: bool, raw: bool, readout: Readout | None, beside: int,
) -> Spec:  # fmt: skip
    """Return the specification of `curves_by_run`, without labels."""
    (color, dash), watched = run_scales(looks), readout is not None
    across = value_axis("x", x, alt.X, zooms=watched)
    base = _rows(watched).encode(x=across)
    lines = [("raw", 1.2, 0.35)] * raw + [("train", 1.4, 0.6)] * trained + [("some", 2.8, PALE)] * faded + [("value", 2.8, 1.0)]
    layers = [
        _line(base, width, opacity, watched=watched).encode(y=value_axis(field, y, zooms=watched), color=color, strokeDash=dash)
        for field, width, opacity in lines
    ]
    tips = [("epoch:Q", "epoch", "d"), ("x:Q", x.title, NUMBER), ("text:N", y.title, None)]
    if trained:
        tips.append(("train:Q", f"{y.title}, train", NUMBER))
    pointed = _pointed(base, "value", y, faded=faded).encode(y=value_axis("point", y, zooms=watched))
    marks = drawn_marks(color, across, value_axis("y", y, zooms=watched), watched=watched)
    text = sights.reading_of(y, trained=trained)
    options: dict[str, Any] = {"dark": dark, "height": height, "beside": beside, "alt_text": "Curves of the runs, one line each"}
    return _with_points(layers, marks, pointed, looks, color, dash, tips, readout, text, ": validation / training" * trained, **options)


def _rows(watched: bool) -> alt.Chart:
    """Return the chart of the rows of a long frame."""
    rows = alt.Chart(alt.NamedData("rows"))
    return sights.looked_up(rows) if watched else rows


def _with_points(
    layers: list[alt.Chart], marks: alt.Chart, pointed: alt.Chart, looks: tuple[Look, ...], color: Any, dash: Any,
    tips: list[tuple[str, str, str | None]], readout: Readout | None, text: str, rest: str, **options: Any,
) -> Spec:  # fmt: skip
    """Return the specification of layers of a long frame with the point that the pointer reads: with a tooltip, or all points of its epoch with a readout."""
    if readout is None:
        return finish(alt.layer(*layers, marks, hover_points(pointed, color, tips)), **options)
    points = hover_points(pointed, color, [], fields=[readout.key])
    told = sights.layers(readout, sights.read(_rows(True), readout), text, color, dash, dark=options["dark"])
    spec = finish(alt.layer(*layers, marks.add_params(sights.brush()), points, *told), legend=True, **options)
    return sights.watched(spec, looks, readout, rest)


def _pointed(base: alt.Chart, field: str, y: Axis, *, faded: bool) -> alt.Chart:
    """Return the chart with the fields `point`, a value of all seeds or of fewer, and `text`, how it reads, with the number of seeds if there are fewer."""
    seeds = f"(isValid(datum.some) && !isValid(datum.{field}) ? ' · ' + datum.seeds + (datum.seeds == 1 ? ' seed' : ' seeds') : '')"
    point = f"isValid(datum.{field}) ? datum.{field} : datum.some" if faded else f"datum.{field}"
    return base.transform_calculate(point=point).transform_calculate(text=reading("point", y) + (f" + {seeds}" if faded else ""))


def with_references(chart: Chart, looks: Sequence[Look], references: Sequence[tuple[int, float]], y: Axis, *, dark: bool) -> Chart:
    """Return the chart with a dotted horizontal line at each reference (run, value).

    A line has the colour of its run, or that of the axes if there is only one reference.
    On a logarithmic axis, a line far below all curves is drawn just below them and states its value, so that the axis keeps its range.
    """
    data, spec = chart
    shown = [(run, value) for run, value in references if np.isfinite(value)]
    if not shown:
        return chart
    frame = next(iter(data.values())).filter(regex="^(r[0-9]+(_train|_low|_high)?(_some)?|value|train|some)$")
    floor = float(np.nanmin(frame.to_numpy(float))) / 3 if y.grounded else -np.inf
    if y.grounded:
        edge = float(next(iter(data.values()))["edge"].iloc[0])
        floor = edge if 3 * floor <= edge else floor  # curves rest on the edge, which must stay the lower end
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
    height: int = 320,
    sight: Sight | None = None,
    readout: Readout | None = None,
    beside: int = 0,
) -> Chart:
    """Return the path of each run over loss and metric. A ring marks its start, a dot its end, a cross its end if it diverged.

    `frame`: columns `run` (r0, r1, ...), `epoch`, ascending within a run, `loss`, `metric`; optionally `seeds`, and `end`, which holds a value only in
    the row where a run diverged.
    """
    frame = sights.without(frame, looks, sight or Sight())
    x = fitting(frame, looks, x, "loss")
    data = long_data(frame, looks, ("loss", x), ("metric", y), fixed_x=False)
    options: dict[str, Any] = {"faded": "some" in data["rows"], "readout": readout, "beside": beside}
    return _seen(data, "rows", looks, sight, readout), named(paths_spec, tuple(looks), x, y, dark=dark, height=height, **options)


@kept(256)
def paths_spec(
    looks: tuple[Look, ...], x: Axis, y: Axis, *, dark: bool, height: int, faded: bool, readout: Readout | None, beside: int
) -> Spec:  # fmt: skip
    """Return the specification of `paths`, without labels."""
    (color, dash), watched = run_scales(looks), readout is not None
    base = _rows(watched).encode(x=value_axis("loss", x, alt.X, zooms=watched))
    layers = [
        _line(base, 2.4, opacity, watched=watched).encode(
            y=value_axis(field, y, zooms=watched), color=color, strokeDash=dash, order=alt.Order("epoch:Q")
        )
        for field, opacity in [("some", PALE)] * faded + [("metric", 1.0)]
    ]
    tips = [("epoch:Q", "epoch", "d"), ("loss_text:N", x.title, None), ("text:N", y.title, None)]
    pointed = _pointed(base, "metric", y, faded=faded).transform_calculate(loss_text=reading("loss", x, "loss_edge"))
    marks = drawn_marks(color, value_axis("x", x, alt.X, zooms=watched), value_axis("y", y, zooms=watched), watched=watched)
    text = f"{sights.reading_of(y, trained=False, field='metric')} + ' at ' + {reading('loss', x, 'loss_edge')}"
    options: dict[str, Any] = {"dark": dark, "height": height, "beside": beside, "alt_text": "Metric against loss, one path a run"}
    points = pointed.encode(y=value_axis("point", y, zooms=watched))
    return _with_points(layers, marks, points, looks, color, dash, tips, readout, text, ": metric at loss", **options)

"""The chart of curves over a logarithmic x, for example the strength of a penalty, and over any other x."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from pages.ui.charts.base import NUMBER, Axis, Chart, Spec, finish, named, run_scales, tip, value_axis
from pages.ui.charts.series import run_column, run_domain
from pages.ui.charts.theme import AXIS, INK, PAPER, Look


def log_curves(
    frame: pd.DataFrame, looks: Sequence[Look], x: Axis, y: Axis, *, rings: Sequence[tuple[int, float, float]] = (), now: float | None = None,
    height: int, dark: bool,
) -> Chart:  # fmt: skip
    """Return a curve for each run over a logarithmic x.

    `frame`: columns `x`, ascending; for run i `r{i}`, and optionally `r{i}_train`, drawn as a thin line.
    `rings`: points (run, x, y) to mark. `now`: the x of a vertical rule.
    The x axis and a logarithmic y axis have the range of the data; a linear y axis goes from 0 to 1.
    """
    values = frame.drop(columns="x").to_numpy(float)
    span = (float(np.nanmin(values)) / 1.15, float(np.nanmax(values)) * 1.15) if y.log else (0.0, 1.0)
    run, across, up = (np.array([ring[i] for ring in rings]) for i in range(3))
    data = {
        "curves": frame.astype(np.float32),
        "rings": pd.DataFrame({"run": run_column(run, looks), "x": across, "value": up}),
        "now": pd.DataFrame({"x": [] if now is None else [now]}),
    }
    ends = float(frame["x"].iloc[0]), float(frame["x"].iloc[-1])
    x, y = replace(x, log=True, domain=ends), replace(y, domain=span)
    return data, log_curves_spec(tuple(looks), x, y, trained="r0_train" in frame, height=height, dark=dark)


def curves(frame: pd.DataFrame, looks: Sequence[Look], x: Axis, y: Axis, *, now: float | None = None, height: int, dark: bool) -> Chart:
    """Return a curve for each run over an x. `frame`: columns `x`, ascending, and for run i `r{i}`; what a logarithmic axis cannot show is a gap.

    `now`: the x of a vertical rule. An axis without a range has that of the data.
    """
    values = frame[run_domain(looks)].to_numpy(float)
    values = np.where(np.isfinite(values) & ((values > 0) if y.log else True), values, np.nan)
    if y.domain is None and np.isfinite(values).any():
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        room = 0.05 * (high - low) or 0.05 * max(abs(high), 1e-3)
        y = replace(y, domain=(low / 1.3, high * 1.3) if y.log else (low - room, high + room))
    x = x if x.domain is not None else replace(x, domain=(float(frame["x"].iloc[0]), float(frame["x"].iloc[-1])))
    data = {
        "curves": pd.DataFrame({"x": frame["x"].astype(np.float32), **dict(zip(run_domain(looks), values.astype(np.float32).T, strict=True))}),
        "rings": pd.DataFrame({"run": run_column(np.zeros(0), looks), "x": np.zeros(0), "value": np.zeros(0)}),
        "now": pd.DataFrame({"x": np.zeros(0) if now is None else [now]}),
    }
    return data, named(log_curves_spec, tuple(looks), x, y, trained=False, height=height, dark=dark)


@lru_cache(maxsize=64)
def log_curves_spec(looks: tuple[Look, ...], x: Axis, y: Axis, *, trained: bool, height: int, dark: bool) -> Spec:
    """Return the specification of `log_curves` and `curves`."""
    names = run_domain(looks)
    across, color, dash = value_axis("x", x, alt.X), *run_scales(looks)
    base = alt.Chart(alt.NamedData("curves")).encode(x=across)
    folded = base.transform_fold([*names], as_=["run", "value"])
    layers = [alt.Chart(alt.NamedData("now")).mark_rule(color=INK[dark], strokeWidth=1.5, opacity=0.8).encode(x=across)]
    if trained:
        thin = folded.transform_calculate(train="datum[datum.run + '_train']").mark_line(strokeWidth=1.4, opacity=0.6)
        layers.append(thin.encode(y=value_axis("train", y), color=color, strokeDash=dash))
    layers.append(folded.mark_line(strokeWidth=2.8, clip=True).encode(y=value_axis("value", y), color=color, strokeDash=dash))
    rings = alt.Chart(alt.NamedData("rings")).mark_point(size=130, strokeWidth=2.5, fill=PAPER[dark], opacity=1)
    layers.append(rings.encode(x=across, y=value_axis("value", y), color=color))
    readings = {
        f"t{i}": f"isValid(datum.{name}) ? format(datum.{name}, '{NUMBER}')"
        + (f" + ' · train ' + format(datum.{name}_train, '{NUMBER}')" if trained else "") + " : '–'"
        for i, name in enumerate(names)
    }
    hover = alt.selection_point(name="hover", nearest=True, on="pointermove", encodings=["x"], empty=False, clear="view:pointerout")
    rule = (
        base.transform_calculate(**readings)
        .mark_rule(strokeWidth=1.5, color=AXIS[dark])
        .encode(
            opacity=alt.condition(hover, alt.value(0.7), alt.value(0)),
            tooltip=[tip("x:Q", x.title, NUMBER), *(tip(f"t{i}:N", look.name) for i, look in enumerate(looks))],
        )
        .add_params(hover)
        .properties(name="rule")
    )
    return finish(alt.layer(*layers, rule), height=height, dark=dark, alt_text=f"{y.title} over {x.title}, a curve for each run")

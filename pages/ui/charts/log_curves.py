"""The chart of curves over a logarithmic x, for example the strength of a penalty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from pages.ui.charts.axes import Axis
from pages.ui.charts.base import NUMBER, Chart, Spec, finish, reading, run_scales, tip, value_axis
from pages.ui.charts.series import run_column, run_domain
from pages.ui.charts.theme import AXIS, INK, PAPER, Look

#: the room below the lowest and above the highest value of a logarithmic y axis, in decades
_ROOM = 0.06


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
    y = y.fitted(list(values.T))
    span, curves = (0.0, 1.0), frame
    if y.log:
        places, rests = y.place(values), y.resting(values)
        finite = places[np.isfinite(places)] if np.isfinite(places).any() else np.array([-1.0, 0.0])
        low, high = float(finite.min()) - _ROOM, float(finite.max()) + _ROOM
        span = y.edge(low) if rests.any() else y.value(low), y.value(high)
        curves = frame.assign(edge=span[0], **dict(zip(frame.columns[1:], np.where(rests, span[0], values).T, strict=True)))
    run, across, up = (np.array([ring[i] for ring in rings]) for i in range(3))
    data = {
        "curves": curves.astype(np.float32),
        "rings": pd.DataFrame({"run": run_column(run, looks), "x": across, "value": np.maximum(up, span[0])}),
        "now": pd.DataFrame({"x": [] if now is None else [now]}),
    }
    ends = float(frame["x"].iloc[0]), float(frame["x"].iloc[-1])
    x, y = replace(x, log=True, domain=ends), replace(y, domain=span)
    return data, log_curves_spec(tuple(looks), x, y, trained="r0_train" in frame, height=height, dark=dark)


@lru_cache(maxsize=64)
def log_curves_spec(looks: tuple[Look, ...], x: Axis, y: Axis, *, trained: bool, height: int, dark: bool) -> Spec:
    """Return the specification of `log_curves`."""
    names = run_domain(looks)
    across, color, dash = value_axis("x", x, alt.X), *run_scales(looks)
    base = alt.Chart(alt.NamedData("curves")).encode(x=across)
    folded = base.transform_fold([*names], as_=["run", "value"])
    layers = [alt.Chart(alt.NamedData("now")).mark_rule(color=INK[dark], strokeWidth=1.5, opacity=0.8).encode(x=across)]
    if trained:
        thin = folded.transform_calculate(train="datum[datum.run + '_train']").mark_line(strokeWidth=1.4, opacity=0.6)
        layers.append(thin.encode(y=value_axis("train", y), color=color, strokeDash=dash))
    layers.append(folded.mark_line(strokeWidth=2.8).encode(y=value_axis("value", y), color=color, strokeDash=dash))
    rings = alt.Chart(alt.NamedData("rings")).mark_point(size=130, strokeWidth=2.5, fill=PAPER[dark], opacity=1)
    layers.append(rings.encode(x=across, y=value_axis("value", y), color=color))
    readings = {
        f"t{i}": reading(name, y) + (f" + ' · train ' + {reading(f'{name}_train', y)}" if trained else "")
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
    return finish(alt.layer(*layers, rule), height=height, dark=dark, alt_text="A curve for each run over a logarithmic axis")

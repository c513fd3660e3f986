"""Curves over a logarithmic x, such as the strength of a penalty or a learning rate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from pages.ui.charts.base import NUMBER, Chart, Spec, finish, run_scales, tip, value_axis
from pages.ui.charts.panels import Domain
from pages.ui.charts.series import run_column, run_domain
from pages.ui.charts.theme import AXIS, INK, PAPER, Look


def log_curves(
    frame: pd.DataFrame, looks: Sequence[Look], *, titles: tuple[str, str], log_y: bool, rings: Sequence[tuple[int, float, float]], now: float | None,
    height: int, dark: bool,
) -> Chart:  # fmt: skip
    """Return a curve for each run over a logarithmic x, with `rings` (run, x, y) on them and a rule at `now`.

    Columns: `x`, ascending; for run i `r{i}`, and optionally `r{i}_train`, a thin line. An axis that is not logarithmic goes from 0 to 1.
    """
    values = frame.drop(columns="x").to_numpy(float)
    span = (float(np.nanmin(values)) / 1.15, float(np.nanmax(values)) * 1.15) if log_y else (0.0, 1.0)
    run, x, y = (np.array([ring[i] for ring in rings]) for i in range(3))
    data = {
        "curves": frame.astype(np.float32),
        "rings": pd.DataFrame({"run": run_column(run, looks), "x": x, "value": y}),
        "now": pd.DataFrame({"x": [] if now is None else [now]}),
    }
    ends = float(frame["x"].iloc[0]), float(frame["x"].iloc[-1])
    return data, log_curves_spec(tuple(looks), titles, ends, span, log_y, "r0_train" in frame, height, dark)


@lru_cache(maxsize=64)
def log_curves_spec(looks: tuple[Look, ...], titles: tuple[str, str], ends: Domain, span: Domain, log_y: bool, trained: bool, height: int, dark: bool) -> Spec:
    """Return the specification of `log_curves`."""
    names = run_domain(looks)
    x, color, dash = value_axis("x", titles[0], log=True, domain=ends, channel=alt.X), *run_scales(looks)

    def y(field: str) -> alt.Y:
        found: alt.Y = value_axis(field, titles[1], log=log_y, domain=span)
        return found

    base = alt.Chart(alt.NamedData("curves")).encode(x=x)
    folded = base.transform_fold([*names], as_=["run", "value"])
    layers = [alt.Chart(alt.NamedData("now")).mark_rule(color=INK[dark], strokeWidth=1.5, opacity=0.8).encode(x=x)]
    if trained:
        thin = folded.transform_calculate(train="datum[datum.run + '_train']").mark_line(strokeWidth=1.4, opacity=0.6)
        layers.append(thin.encode(y=y("train"), color=color, strokeDash=dash))
    layers.append(folded.mark_line(strokeWidth=2.8).encode(y=y("value"), color=color, strokeDash=dash))
    rings = alt.Chart(alt.NamedData("rings")).mark_point(size=130, strokeWidth=2.5, fill=PAPER[dark], opacity=1)
    layers.append(rings.encode(x=x, y=y("value"), color=color))
    readings = {
        f"t{i}": f"format(datum.{name}, '{NUMBER}')" + (f" + ' · train ' + format(datum.{name}_train, '{NUMBER}')" if trained else "")
        for i, name in enumerate(names)
    }
    hover = alt.selection_point(name="hover", nearest=True, on="pointermove", encodings=["x"], empty=False, clear="view:pointerout")
    rule = (
        base.transform_calculate(**readings)
        .mark_rule(strokeWidth=1.5, color=AXIS[dark])
        .encode(
            opacity=alt.condition(hover, alt.value(0.7), alt.value(0)),
            tooltip=[tip("x:Q", titles[0], NUMBER), *(tip(f"t{i}:N", each.name) for i, each in enumerate(looks))],
        )
        .add_params(hover)
        .properties(name="rule")
    )
    return finish(alt.layer(*layers, rule), height=height, dark=dark, alt_text="A curve for each run over a logarithmic axis")

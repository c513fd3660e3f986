"""The chart of curves over a logarithmic x, for example the strength of a penalty, and over any other x."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pages.ui.charts.axes import Axis
from pages.ui.charts.base import NUMBER, Chart, Spec, finish, kept, named, reading, run_scales, tip, value_axis
from pages.ui.charts.series import run_column, run_domain
from pages.ui.charts.theme import AXIS, INK, PAPER, Look

#: the room below the lowest and above the highest value of a logarithmic y axis, in decades
_ROOM = 0.06


def log_curves(
    frame: pd.DataFrame, looks: Sequence[Look], x: Axis, y: Axis, *, rings: Sequence[tuple[int, float, float]] = (), now: float | None = None,
    height: int, dark: bool, beside: int = 0, rows: int = 1,
) -> Chart:  # fmt: skip
    """Return a curve for each run over a logarithmic x.

    `frame`: columns `x`, ascending; for run i `r{i}`, and optionally `r{i}_train`, drawn as a thin line.
    `rings`: points (run, x, y) to mark. `now`: the x of a vertical rule.
    The x axis and a logarithmic y axis have the range of the data; a linear y axis goes from 0 to 1.
    """
    drawn, y = _placed(frame, y)
    y = y if y.log else replace(y, domain=(0.0, 1.0))
    assert y.domain is not None
    data = _data(drawn, looks, rings, now, y.domain[0])
    x = replace(x, log=True, domain=(float(frame["x"].iloc[0]), float(frame["x"].iloc[-1])))
    return data, log_curves_spec(tuple(looks), x, y, trained="r0_train" in frame, height=height, dark=dark, beside=beside, rows=rows)


def curves(
    frame: pd.DataFrame, looks: Sequence[Look], x: Axis, y: Axis, *, rings: Sequence[tuple[int, float, float]] = (), now: float | None = None,
    others: Sequence[NDArray[Any]] = (), height: int, dark: bool, beside: int = 0, rows: int = 1,
) -> Chart:  # fmt: skip
    """Return a curve for each run over an x. `frame`: columns `x`, ascending, and for run i `r{i}`; where it is not finite the curve has a gap.

    `rings`: points (run, x, y) to mark. `now`: that of `log_curves`. An axis without a range has that of the data and of `others`, series that are drawn
    at another time. `beside`, `rows`: those of `base.finish`.
    """
    values = frame[run_domain(looks)].to_numpy(float)
    drawn, y = _placed(frame.assign(**dict(zip(run_domain(looks), np.where(np.isfinite(values), values, np.nan).T, strict=True))), y, others)
    values = np.concatenate([values.ravel(), *others])
    if y.domain is None and np.isfinite(values).any():
        low, high = float(values[np.isfinite(values)].min()), float(values[np.isfinite(values)].max())
        room = 0.05 * (high - low) or 0.05 * max(abs(high), 1e-3)
        y = replace(y, domain=(low - room, high + room))
    x = x if x.domain is not None else replace(x, domain=(float(frame["x"].iloc[0]), float(frame["x"].iloc[-1])))
    options = {"trained": False, "height": height, "dark": dark, "beside": beside, "rows": rows}
    return _data(drawn, looks, rings, now, -np.inf), named(log_curves_spec, tuple(looks), x, y, **options)


def over_updates(
    updates: NDArray[Any], values: NDArray[Any], looks: Sequence[Look], y: Axis, *, last: int, at: int, until: int, height: int, dark: bool, beside: int = 0,
    rows: int = 1,
) -> Chart:  # fmt: skip
    """Return a curve for each run of values (E, R) after recorded `updates` (E,), of a training of `last` ones.

    `at`: the update that is marked. `until`: up to which curves are drawn; the axes have room for the rest, so they stand still while it is played.
    A ring is around the last point of a curve that ends early: the run has diverged, or more is to come.
    """
    drawn = np.where(updates[:, None] <= until, values, np.nan)
    frame = pd.DataFrame({"x": updates, **dict(zip(run_domain(looks), drawn.T, strict=True))})
    x = Axis("update", domain=(0.0, float(last)))
    ends = [np.flatnonzero(np.isfinite(of_run) & ((of_run > 0) | (not y.log)))[-1:] for of_run in drawn.T]
    rings = [(run, float(updates[place]), float(drawn[place, run])) for run, found in enumerate(ends) for place in found if place + 1 < len(updates)]
    return curves(frame, looks, x, y, rings=rings, now=float(at), others=list(values.T), height=height, dark=dark, beside=beside, rows=rows)


def _placed(frame: pd.DataFrame, y: Axis, others: Sequence[NDArray[Any]] = ()) -> tuple[pd.DataFrame, Axis]:
    """Return the curves as they lie on the y axis, and the axis; a logarithmic one gets the range of the data, and the column `edge` for what rests on it."""
    names = frame.columns.drop("x")
    values = frame[names].to_numpy(float)
    y = y.fitted([*values.T, *others])
    if not y.log:
        return frame, y
    everything, rests = np.concatenate([values.ravel(), *others]), y.resting(values)
    places = y.place(everything)
    finite = places[np.isfinite(places)] if np.isfinite(places).any() else np.array([-1.0, 0.0])
    low, high = float(finite.min()) - _ROOM, float(finite.max()) + _ROOM
    bottom = y.edge(low) if y.resting(everything).any() else y.value(low)
    return frame.assign(edge=bottom, **dict(zip(names, np.where(rests, bottom, values).T, strict=True))), replace(y, domain=(bottom, y.value(high)))


def _data(frame: pd.DataFrame, looks: Sequence[Look], rings: Sequence[tuple[int, float, float]], now: float | None, bottom: float) -> dict[str, pd.DataFrame]:
    run, across, up = (np.array([ring[i] for ring in rings]) for i in range(3))
    return {
        "curves": frame.astype(np.float32),
        "rings": pd.DataFrame({"run": run_column(run, looks), "x": across, "value": np.maximum(up, bottom)}),
        "now": pd.DataFrame({"x": [] if now is None else [now]}),
    }


@kept(64)
def log_curves_spec(
    looks: tuple[Look, ...], x: Axis, y: Axis, *, trained: bool, height: int, dark: bool, beside: int = 0, rows: int = 1
) -> Spec:
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
        f"t{i}": f"isValid(datum.{name}) ? " + reading(name, y) + (f" + ' · train ' + {reading(f'{name}_train', y)}" if trained else "") + " : '–'"
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
    words = f"{y.title} over {x.title}, a curve for each run"
    return finish(alt.layer(*layers, rule), height=height, dark=dark, beside=beside, rows=rows, alt_text=words)

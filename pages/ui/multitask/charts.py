"""The Pareto picture: what each weight is good for at two tasks, a point for each weight and a line through them."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.studies.multitask.words import on_front
from pages.ui.charts.axes import Axis
from pages.ui.charts.base import NUMBER, Chart, Spec, finish, kept, tip, value_axis
from pages.ui.charts.theme import AXIS, INK, PAPER, RUN_COLORS

#: the room around the points, as a share of what they span
_ROOM = 0.08
#: the least that an axis spans, so that noise does not look like a difference
_LEAST = 0.05


def front(
    weights: Sequence[float], across: NDArray[np.float64], up: NDArray[np.float64], titles: tuple[str, str], *, height: int, dark: bool,
    beside: int = 0,
) -> Chart:  # fmt: skip
    """Return the picture of measures `across` and `up` (S, R) of runs with these weights: faint points of each seed, and points and line of their means.

    A point is filled if no other beats it. Runs that have diverged are left out. `beside`: that of `base.finish`.
    """
    means = pd.DataFrame({"x": across.mean(axis=0), "y": up.mean(axis=0), "weight": np.array(weights, float), "order": np.arange(len(weights))})
    means = means[np.isfinite(means["x"]) & np.isfinite(means["y"])]
    means = means.assign(best=on_front(means["x"].to_numpy(float), means["y"].to_numpy(float)), name=[f"{weight:g}" for weight in means["weight"]])
    seeds = pd.DataFrame({"x": across.ravel(), "y": up.ravel()}).dropna()
    axes = [Axis(title, domain=_domain(seeds[name].to_numpy(float))) for name, title in zip("xy", titles, strict=True)]
    return {"means": means, "seeds": seeds.astype(np.float32)}, _spec(*axes, height=height, dark=dark, beside=beside)


def _domain(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the range of an axis, in two digits, so that few specifications are built."""
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    room = max(_ROOM * (high - low), (_LEAST - (high - low)) / 2)
    return float(np.floor(50 * (low - room)) / 50), float(np.ceil(50 * (high + room)) / 50)


@kept(16)
def _spec(x: Axis, y: Axis, *, height: int, dark: bool, beside: int) -> Spec:
    """Return the specification of `front`."""
    across, up = value_axis("x", x, alt.X), value_axis("y", y)
    color = RUN_COLORS[0]
    seeds = alt.Chart(alt.NamedData("seeds")).mark_circle(size=28, color=AXIS[dark], opacity=0.35, clip=True).encode(x=across, y=up)
    base = alt.Chart(alt.NamedData("means")).encode(x=across, y=up)
    line = base.mark_line(color=color, strokeWidth=2, opacity=0.7).encode(order="order:Q")
    tips = [tip("weight:Q", "weight", NUMBER), tip("x:Q", x.title, NUMBER), tip("y:Q", y.title, NUMBER)]
    points = base.mark_point(size=150, strokeWidth=2.5, opacity=1, stroke=color).encode(
        fill=alt.condition("datum.best", alt.value(color), alt.value(PAPER[dark])), tooltip=tips
    )
    names = base.mark_text(align="left", dx=11, dy=-9, fontWeight=600, color=INK[dark]).encode(text="name:N")
    alt_text = f"{y.title} over {x.title}: a point for each weight, and faint ones of each seed"
    return finish(alt.layer(seeds, line, points, names), height=height, dark=dark, beside=beside, alt_text=alt_text)

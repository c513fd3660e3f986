"""Bars, one for each of several looks, along a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from pages.ui.charts.axes import Axis
from pages.ui.charts.base import NUMBER, Chart, Spec, finish, tip, value_axis
from pages.ui.charts.theme import INK, Look


def bars(values: Sequence[float], looks: Sequence[Look], x: Axis, *, others: Sequence[float] = (), height: int, dark: bool, beside: int = 0) -> Chart:
    """Return a bar for each positive value, from a power of ten below the lowest one on, with its number at its end; none for NaN.

    The axis has room for `others`, too: values that are drawn at another time. `beside`: that of `base.finish`.
    """
    frame = pd.DataFrame({"name": [look.name for look in looks], "value": np.array(values, np.float32)}).dropna()
    known = [*frame["value"], *others]
    low, high = (math.floor(math.log10(min(known))), math.ceil(2 * math.log10(max(known)) + 1) / 2)
    x = Axis(x.title, log=True, domain=(10.0**low, 10.0**high))
    return {"bars": frame.assign(begin=np.float32(10.0**low))}, _spec(tuple(looks), x, height, dark, beside)


@lru_cache(maxsize=64)
def _spec(looks: tuple[Look, ...], x: Axis, height: int, dark: bool, beside: int) -> Spec:
    """Return the specification of `bars`."""
    names = [look.name for look in looks]
    y = alt.Y("name:N", scale=alt.Scale(domain=names), title=None, axis=alt.Axis(labelLimit=160))
    color = alt.Color("name:N", scale=alt.Scale(domain=names, range=[look.color for look in looks]), legend=None)
    base = alt.Chart(alt.NamedData("bars"))
    across = value_axis("value", x, alt.X)
    drawn = base.mark_bar(clip=True).encode(x=across, x2="begin:Q", y=y, color=color, tooltip=[tip("name:N", "advantage"), tip("value:Q", x.title, NUMBER)])
    numbers = base.mark_text(align="left", dx=4, color=INK[dark], fontSize=13).encode(x=across, y=y, text=alt.Text("value:Q", format=",.3~r"))
    return finish(alt.layer(drawn, numbers), height=height, dark=dark, beside=beside, alt_text=f"{x.title}, a bar for each estimator")

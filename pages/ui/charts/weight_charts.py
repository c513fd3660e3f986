"""The chart of a histogram of weights: pure functions from counts to `(data, spec)`, as in `base`."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from core.inspection.weights import Histogram
from pages.ui.charts.axes import Axis
from pages.ui.charts.base import Chart, Spec, finish, kept, tip, value_axis
from pages.ui.charts.panels import headed
from pages.ui.charts.theme import AXIS, Look


def histogram_panel(now: Histogram, first: Histogram, run: int, look: Look, *, y_max: float, height: int = 200, dark: bool = False) -> Chart:
    """Return the histogram of one run: shares as bars, and those of its first epoch as a stepped line.

    `run`: its position. `y_max`: the end of the y axis, the same for all panels side by side.
    """
    edges = now.edges
    columns = {"low": edges[:-1], "high": edges[1:]} | {
        name: histogram.counts[run] / max(histogram.counts[run].sum(), 1) for name, histogram in (("share", now), ("before", first))
    }
    frame = pd.DataFrame({name: values.astype(np.float32) for name, values in columns.items()})
    frame["count"] = now.counts[run].astype(np.int32)
    return {"bins": frame}, headed(histogram_spec(look.color, (float(edges[0]), float(edges[-1])), y_max, height, dark), look)


@kept(128)
def histogram_spec(color: str, ends: tuple[float, float], y_max: float, height: int, dark: bool) -> Spec:
    """Return the specification of `histogram_panel`."""
    share = Axis("share of the weights", domain=(0, y_max))
    base = alt.Chart(alt.NamedData("bins")).encode(x=value_axis("low", Axis("weight", domain=ends), alt.X))
    tips = [tip("low:Q", "from", ".3~g"), tip("high:Q", "to", ".3~g"), tip("count:Q", "weights", ",d"), tip("share:Q", "share", ".1%")]
    bars = base.mark_rect(color=color, opacity=0.75, clip=True).encode(
        x2="high:Q", y=value_axis("share", share), y2=alt.datum(0), tooltip=tips
    )
    line = base.mark_line(color=AXIS[dark], strokeWidth=1.5, interpolate="step-after", clip=True)
    before = line.encode(y=value_axis("before", share))
    return finish(alt.layer(bars, before), height=height, dark=dark, beside=500, rows=2, alt_text="Histogram of the weights of a layer")

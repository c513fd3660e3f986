"""The chart of the gap between training and validation loss: pure functions that return `(data, spec)`, as in `pages.ui.charts.base`."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from pages.ui.charts.axes import Axis
from pages.ui.charts.base import NUMBER, Chart, Spec, finish, kept, tip, value_axis
from pages.ui.charts.panels import headed
from pages.ui.charts.theme import AXIS, Look


def gap_panel(
    frame: pd.DataFrame, look: Look, x: Axis, y: Axis, *, height: int, dark: bool, titled: bool = True, beside: int = 0, rows: int = 1
) -> Chart:
    """Return the chart of one run's validation loss (thick), its training loss (thin), and the area between them.

    Columns of `frame`: `x`, `validation`, `train`, and `other`: the validation loss of the run to compare with, drawn dotted; NaN without one.
    """
    columns = {name: frame[name].to_numpy(np.float32) for name in ("x", "validation", "train", "other")}
    spec = gap_panel_spec(look, x, y, height=height, dark=dark, beside=beside, rows=rows)
    return {"curves": pd.DataFrame(columns)}, headed(spec, look if titled else None)


@kept(128)
def gap_panel_spec(look: Look, x: Axis, y: Axis, *, height: int, dark: bool, beside: int = 0, rows: int = 1) -> Spec:
    """Return the specification of `gap_panel`."""
    color, dash = look.color, list(look.dash) or [1, 0]
    base = alt.Chart(alt.NamedData("curves")).encode(x=value_axis("x", x, alt.X))
    known = base.transform_filter("isValid(datum.validation)")
    area = known.mark_area(color=color, opacity=0.18, clip=True).encode(y=value_axis("train", y), y2="validation:Q")
    other = base.mark_line(color=AXIS[dark], strokeWidth=2, strokeDash=[2, 3], clip=True).encode(y=value_axis("other", y))
    train = known.mark_line(color=color, strokeWidth=1.4, clip=True).encode(y=value_axis("train", y))
    validation = known.mark_line(color=color, strokeWidth=2.8, strokeDash=dash, clip=True).encode(y=value_axis("validation", y))
    hover = alt.selection_point(name="hover", nearest=True, on="pointermove", encodings=["x"], empty=False, clear="view:pointerout")
    rule = (
        base.transform_calculate(gap="datum.validation - datum.train")
        .mark_rule(strokeWidth=1.5, color=AXIS[dark])
        .encode(
            opacity=alt.condition(hover, alt.value(0.7), alt.value(0)),
            tooltip=[
                tip("x:Q", x.title, NUMBER), tip("validation:Q", "validation", NUMBER), tip("train:Q", "training", NUMBER), tip("gap:Q", "gap", NUMBER),
                tip("other:Q", "validation without", NUMBER),
            ],
        )
        .add_params(hover)
        .properties(name="rule")
    )  # fmt: skip
    layers, words = alt.layer(area, other, train, validation, rule), "Training and validation loss over the epochs"
    return finish(layers, height=height, dark=dark, beside=beside, rows=rows, alt_text=words)

"""The panel of a model's fit to a curve: pure functions that return `(data, spec)`, as in `pages.ui.charts.base`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from core.datasets.regression import Sine
from core.inspection import pictures
from core.training.results import Result
from pages.ui.charts.axes import Axis, Domain
from pages.ui.charts.base import NUMBER, Chart, Spec, finish, tip, value_axis
from pages.ui.charts.panels import coordinates, headed
from pages.ui.charts.theme import AXIS, INK, Look

_POINTS = 200
#: how far beyond the rows a fit may move the axis, as a share of their range
_BEYOND = 0.5


def fitted(result: Result) -> pd.DataFrame:
    """Return what the model of a result's only run predicts at the end, over the whole range of x: columns `x`, `y`."""
    x = np.linspace(0, 1, _POINTS)[:, None]
    scaled = (x - result.data.feature_mean) / result.data.feature_scale
    return pd.DataFrame({"x": x[:, 0], "y": pictures.predicted_targets(result, max(result.snapshots), scaled)[0, :, 0]})


def reach(result: Result, fits: Sequence[pd.DataFrame]) -> Domain:
    """Return the range of y that holds all rows of a result and all fits. A fit far beyond the rows is cut off, because it would flatten the others."""
    truth = result.data.truth
    low, high = float(truth.min()), float(truth.max())
    room = high - low
    values = np.concatenate([fit["y"].to_numpy() for fit in fits])
    low = max(min(low, float(values.min())), low - _BEYOND * room)
    high = min(max(high, float(values.max())), high + _BEYOND * room)
    return low - 0.03 * room, high + 0.03 * room


def fit_panel(result: Result, curve: pd.DataFrame, domain: Domain, look: Look, *, height: int, dark: bool, beside: int = 0) -> Chart:
    """Return a model's `curve` over the rows that it was trained and validated on, and over the curve without noise. `domain`: the range of y."""
    dataset, data = result.experiment.dataset, result.data
    assert isinstance(dataset, Sine)
    x = data.original(data.X)[:, 0]

    def rows(split: str) -> pd.DataFrame:
        part = data.split(split)
        return coordinates(pd.DataFrame({"x": x[part], "y": data.truth[part, 0]}), ("x", "y"))

    frames = {"curve": coordinates(curve, ("x", "y")), "true": coordinates(curve.assign(y=dataset.curve(curve["x"].to_numpy())), ("x", "y"))}
    spec = fit_panel_spec(look.color, look.dash, domain, height=height, dark=dark, beside=beside)
    return frames | {"train": rows("train"), "validation": rows("validation")}, headed(spec, look)


@lru_cache(maxsize=64)
def fit_panel_spec(color: str, dash: tuple[int, ...], domain: Domain, *, height: int, dark: bool, beside: int = 0) -> Spec:
    """Return the specification of `fit_panel`."""
    encoding: dict[str, Any] = {"x": value_axis("x", Axis("x", domain=(0.0, 1.0)), alt.X), "y": value_axis("y", Axis("y", domain=domain))}
    tips = [tip("x:Q", "x", NUMBER), tip("y:Q", "y", NUMBER)]

    def layer(name: str) -> Any:
        return alt.Chart(alt.NamedData(name)).encode(**encoding)

    layers = [
        layer("validation").mark_point(size=7, filled=True, color=AXIS[dark], opacity=0.45, clip=True).encode(tooltip=tips),
        layer("true").mark_line(color=INK[dark], strokeWidth=1.6, strokeDash=[5, 4], clip=True),
        layer("train").mark_point(size=42, filled=True, color=INK[dark], opacity=0.75, clip=True).encode(tooltip=tips),
        layer("curve").mark_line(color=color, strokeDash=list(dash) or [1, 0], strokeWidth=3, clip=True),
    ]
    words = "Training and validation rows, the curve without noise, and the fitted curve"
    return finish(alt.layer(*layers), height=height, dark=dark, beside=beside, rows=2, alt_text=words)



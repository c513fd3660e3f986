"""The charts of norm balls: pure functions that return `(data, spec)`, as in `pages.ui.charts.base`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.studies.regularization.norm_balls import Bowl, Constrained
from pages.ui.charts.base import NUMBER, Chart, Spec, finish, tip
from pages.ui.charts.panels import headed
from pages.ui.charts.theme import AXIS, INK, PAPER, Look

#: The middle of the panel and half its height, in units of the coefficients. The width is such that both axes have the same unit length.
_MIDDLE, _HALF = (0.15, 0.1), 1.35
#: the losses, above the minimum, whose contours are drawn; along any direction the contours have equal distances
_LEVELS = tuple((0.22 * k) ** 2 / 2 for k in range(1, 9))


def ball_panel(bowl: Bowl, minimum: Constrained, route: NDArray[Any], look: Look, *, height: int, dark: bool, beside: int = 0) -> Chart:
    """Return the chart of a ball, the contours of the loss, its constrained minimum, the contour through that minimum, and the route.

    `route` (N, 2): the constrained minimum as the ball grows.
    """
    gap = np.full((1, 2), np.nan)
    rings = np.concatenate([line for level in _LEVELS for line in (bowl.contour(level), gap)])
    touching = bowl.contour(minimum.loss) if minimum.loss > 1e-12 else gap
    marks = [("least squares", *bowl.centre, 0.0), ("lowest loss in the ball", *minimum.weights, minimum.loss)]
    data = {
        "rings": _line(rings), "touching": _line(touching), "ball": _line(minimum.outline), "route": _line(route),
        "marks": pd.DataFrame(marks, columns=["name", "x", "y", "loss"]),
    }  # fmt: skip
    return data, headed(ball_spec(look.color, height, dark, beside), look)


def _line(points: NDArray[Any]) -> pd.DataFrame:
    """Return the frame of a line through points (N, 2); NaN breaks the line."""
    return pd.DataFrame(points, columns=["x", "y"]).astype(np.float32)


def _axes() -> dict[str, Any]:
    """Return the encodings of both coefficients. Both axes have the same unit length."""
    half_width = f"{_HALF} * width / height"
    x_domain: Sequence[Any] = [{"expr": f"{_MIDDLE[0]} - {half_width}"}, {"expr": f"{_MIDDLE[0]} + {half_width}"}]
    y_domain = [_MIDDLE[1] - _HALF, _MIDDLE[1] + _HALF]
    return {
        "x": alt.X("x:Q", title="first coefficient", scale=alt.Scale(domain=x_domain, nice=False, zero=False), axis=alt.Axis(tickCount=5)),
        "y": alt.Y("y:Q", title="second coefficient", scale=alt.Scale(domain=y_domain, nice=False, zero=False), axis=alt.Axis(tickCount=5)),
    }


@lru_cache(maxsize=64)
def ball_spec(color: str, height: int, dark: bool, beside: int = 0) -> Spec:
    """Return the specification of `ball_panel`."""
    axes = _axes()

    def line(name: str, **style: Any) -> alt.Chart:
        return alt.Chart(alt.NamedData(name)).mark_line(order=False, clip=True, **style).encode(**axes)

    zero = {"x": alt.Chart(alt.NamedData("marks")).mark_rule(color=AXIS[dark], strokeWidth=1).encode(x=alt.datum(0, type="quantitative"))}
    zero["y"] = alt.Chart(alt.NamedData("marks")).mark_rule(color=AXIS[dark], strokeWidth=1).encode(y=alt.datum(0, type="quantitative"))
    marks = alt.Chart(alt.NamedData("marks"))
    tips = [tip("name:N", "point"), tip("x:Q", "first", NUMBER), tip("y:Q", "second", NUMBER), tip("loss:Q", "loss above the minimum", NUMBER)]
    fit = marks.transform_filter("datum.loss == 0").mark_point(shape="cross", size=110, filled=True, color=INK[dark], opacity=1)
    best = marks.transform_filter("datum.name != 'least squares'").mark_point(
        shape="diamond", size=210, filled=True, fill=color, stroke=PAPER[dark], strokeWidth=1.5, opacity=1
    )
    layers = [
        line("rings", strokeWidth=1, color=AXIS[dark], opacity=0.45),
        zero["x"], zero["y"],
        line("ball", strokeWidth=2, color=color, fill=color, fillOpacity=0.2),
        line("touching", strokeWidth=2.2, color=INK[dark]),
        line("route", strokeWidth=2.5, strokeDash=[2, 3], color=color),
        fit.encode(**axes, tooltip=tips), best.encode(**axes, tooltip=tips),
    ]  # fmt: skip
    words = "Contours of the loss, the ball of a penalty, and the lowest loss within it"
    return finish(alt.layer(*layers), height=height, dark=dark, beside=beside, alt_text=words)

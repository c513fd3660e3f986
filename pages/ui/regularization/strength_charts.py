"""The charts over a penalty's strength: pure functions that return `(data, spec)`, as in `pages.ui.charts.base`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.studies.regularization.sweep import Path
from core.words import Said
from pages.ui.charts.axes import Axis, Domain, notes
from pages.ui.charts.base import NUMBER, Chart, Spec, finish, kept, tip, value_axis
from pages.ui.charts.log_curves import log_curves
from pages.ui.charts.panels import headed
from pages.ui.charts.series import resting_runs, run_domain
from pages.ui.charts.theme import AXIS, GRID, INK, PAPER, Look, class_colors

#: the number of features that are drawn in colours and named, where the true coefficients are not known
NAMED = 6
#: images of weights in a row
_IN_A_ROW = 5
#: the colours of weights below 0 and above 0, in both themes
_SIGNS = ("#C2410C", "#2563EB")


def feature_looks(names: Sequence[str]) -> list[Look]:
    """Return the look of each named feature. Their colours differ from those of penalties."""
    return [Look(name, color, (), "") for name, color in zip(names, class_colors(len(names)), strict=True)]


def coefficient_paths(
    path: Path, look: Look, *, named: Sequence[int], names: Sequence[str], truth: NDArray[Any] | None, domain: Domain, now: float, height: int, dark: bool,
    beside: int = 0,
) -> Chart:  # fmt: skip
    """Return the chart of the first output's coefficients against the strength. The `named` features are coloured, the others grey.

    Triangles at the left mark the true coefficients. A dashed rule marks the lowest validation loss, a full one the strength `now`.
    """
    values = path.coefficients[..., 0]
    columns = {"strength": path.strengths} | {f"c{i}": values[:, i] for i in range(values.shape[1])}
    true = pd.DataFrame({"feature": [f"c{i}" for i in named], "y": [float(truth[i]) for i in named] if truth is not None else [np.nan] * len(named)})
    data = {"paths": pd.DataFrame(columns).astype(np.float32), "truth": true, **_rules(path, now)}
    ends = float(path.strengths[0]), float(path.strengths[-1])
    return data, headed(coefficient_paths_spec(values.shape[1], tuple(named), tuple(names), ends, domain, height, dark, beside), look)


def _rules(path: Path, now: float) -> dict[str, pd.DataFrame]:
    """Return the data of the rules at the strength `now` and at the lowest validation loss."""
    return {"now": pd.DataFrame({"strength": [now]}), "best": pd.DataFrame({"strength": [path.strengths[path.best]]})}


def _strength(ends: Domain) -> Any:
    return value_axis("strength", Axis("strength λ", log=True, domain=ends), alt.X)


def _rule(name: str, x: Any, dark: bool) -> alt.Chart:
    """Return the rule `now` (full) or `best` (dashed)."""
    dash = {"now": [1, 0], "best": [5, 4]}[name]
    return alt.Chart(alt.NamedData(name)).mark_rule(color=INK[dark], strokeWidth=1.5, strokeDash=dash, opacity=0.8).encode(x=x)


@kept(64)
def coefficient_paths_spec(
    count: int, named: tuple[int, ...], names: tuple[str, ...], ends: Domain, domain: Domain, height: int, dark: bool, beside: int = 0
) -> Spec:
    """Return the specification of `coefficient_paths`."""
    coefficient = Axis("coefficient", domain=domain)
    x, y = _strength(ends), value_axis("value", coefficient)
    fields = [f"c{i}" for i in range(count)]
    drawn = [f"c{i}" for i in named]
    color = alt.Color("feature:N", scale=alt.Scale(domain=drawn, range=list(class_colors(len(named)))), legend=None)
    base = alt.Chart(alt.NamedData("paths")).encode(x=x)
    others = base.transform_fold([name for name in fields if name not in drawn], as_=["feature", "value"])
    grey = others.mark_line(strokeWidth=1, color=AXIS[dark], opacity=0.55, clip=True).encode(y=y, detail="feature:N")
    lines = base.transform_fold([*drawn], as_=["feature", "value"]).mark_line(strokeWidth=2.8, clip=True).encode(y=y, color=color)
    ticks = alt.Chart(alt.NamedData("truth")).transform_filter("isValid(datum.y)")
    marked = ticks.mark_point(shape="triangle-right", size=90, filled=True, opacity=1, xOffset=-1)
    true = marked.encode(x=alt.value(0), y=value_axis("y", coefficient), color=color)
    hover = alt.selection_point(name="hover", nearest=True, on="pointermove", empty=False, clear="view:pointerout")
    points = (
        base.transform_fold([*fields], as_=["feature", "value"])
        .transform_calculate(name="names[toNumber(slice(datum.feature, 1))]")
        .mark_point(size=80, filled=True, color=INK[dark])
        .encode(
            y=y, opacity=alt.condition(hover, alt.value(1), alt.value(0)),
            tooltip=[tip("name:N", "feature"), tip("strength:Q", "strength λ", NUMBER), tip("value:Q", "coefficient", NUMBER)],
        )
        .add_params(hover)
        .properties(name="points")
    )  # fmt: skip
    layers = alt.layer(grey, lines, _rule("best", x, dark), _rule("now", x, dark), true, points)
    words = "Coefficients against the strength of a penalty"
    return finish(layers, height=height, dark=dark, beside=beside, rows=2, alt_text=words, names=list(names))


def against_strength(paths: Sequence[Path], looks: Sequence[Look], *, field: str, y_title: str, now: float, height: int, dark: bool, beside: int = 0) -> Chart:
    """Return the chart of one `field` of each path against the strength: `validation` or `zeros`.

    With `validation`, thin lines show the training losses, and rings the lowest validation losses.
    """
    columns, rings = {"x": paths[0].strengths}, []
    for i, (name, path) in enumerate(zip(run_domain(looks), paths, strict=True)):
        columns[name] = getattr(path, field)
        if field == "validation":
            columns[f"{name}_train"] = path.train
            rings.append((i, float(path.strengths[path.best]), float(path.validation[path.best])))
    x, y = Axis("strength λ"), Axis(y_title, log=field == "validation")
    return log_curves(pd.DataFrame(columns), looks, x, y, rings=rings, now=now, height=height, dark=dark, beside=beside, rows=2)


def loss_notes(paths: Sequence[Path], looks: Sequence[Look]) -> list[Said]:
    """Return what has to be said of losses that a logarithmic axis cannot show."""
    curves = {name: np.concatenate([path.validation, path.train]) for name, path in zip(run_domain(looks), paths, strict=True)}
    y = Axis("loss", log=True).fitted(list(curves.values()))
    return notes(y, *resting_runs(pd.DataFrame(curves), looks, y))


def weight_images(weights: NDArray[Any], classes: Sequence[str], look: Look, *, largest: float, height: int, dark: bool, beside: int = 0) -> Chart:
    """Return the chart of weights (D, K) of images with D pixels, as K images: orange below 0, blue above 0, grey where a weight is exactly 0."""
    side = round(len(weights) ** 0.5)
    pixel, k = np.arange(side * side), weights.shape[1]
    cells = pd.DataFrame(
        {
            "x": np.concatenate([(c % _IN_A_ROW) * (side + 1) + pixel % side for c in range(k)]).astype(np.int16),
            "y": np.concatenate([(c // _IN_A_ROW) * (side + 1) + pixel // side for c in range(k)]).astype(np.int16),
            "class": np.repeat(np.arange(k), len(weights)).astype(np.int16),
            "weight": weights.T.ravel().astype(np.float32),
        }
    )
    spec = weight_images_spec(side, -(-k // _IN_A_ROW), tuple(classes), largest, height, dark, beside)
    return {"cells": cells}, headed(spec, look)


@lru_cache(maxsize=64)
def weight_images_spec(side: int, rows: int, classes: tuple[str, ...], largest: float, height: int, dark: bool, beside: int = 0) -> Spec:
    """Return the specification of `weight_images`."""
    across, down = _IN_A_ROW * (side + 1) - 1, rows * (side + 1) - 1
    scale = alt.Scale(domain=[-largest, 0, largest], range=[_SIGNS[0], PAPER[dark], _SIGNS[1]], clamp=True)
    cells = (
        alt.Chart(alt.NamedData("cells"))
        .transform_calculate(x2="datum.x + 1", y2="datum.y + 1", name="classes[datum.class]")
        .mark_rect(stroke=GRID[dark], strokeWidth=0.5)
        .encode(
            x=alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, across], nice=False)),
            y=alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[down, 0], nice=False)),
            x2="x2:Q", y2="y2:Q",
            color=alt.condition("datum.weight == 0", alt.value(GRID[dark]), alt.Color("weight:Q", scale=scale, legend=None)),
            tooltip=[tip("name:N", "class"), tip("weight:Q", "weight", NUMBER)],
        )
    )  # fmt: skip
    words = "The weights of each class as an image"
    return finish(cells, height=height, dark=dark, beside=beside, rows=2, alt_text=words, classes=list(classes))

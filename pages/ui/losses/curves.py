"""The view of losses as curves: value and gradient of several losses over the residual, the margin or the probability."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.losses import LOSSES, Loss, short_title
from core.studies.losses import takeaways, views
from core.studies.losses.loss_curves import MARGIN, PROBABILITY, RESIDUAL, Curve, curves, on_axis, surrogates
from core.studies.losses.views import SURROGATES, Curves, Shown
from core.tasks import CLASSIFICATION, LOG
from core.words import Figure, Said
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.theme import Look, look
from pages.ui.losses import curve_charts
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field, several, words
from pages.ui.widgets.pieces import begin, folded_settings, picture, stage, takeaway
from pages.ui.widgets.show import dark, show

SCREEN = ViewScreen(Curves)
SCREENS = (SCREEN,)


def HOW_TO_READ() -> list[str]:
    """Return what explains the picture on the screen."""
    view = SCREEN.current()
    return _explained(view.picture, view.over)


DIAL_WIDTH = 270
#: the colour of the 0-1 loss; it is neither the colour of text nor that of a run
STEP_COLOR = "#7C838B"

AXES = {RESIDUAL: ("residual r", "r"), MARGIN: ("margin m of the true class", "m"), PROBABILITY: ("probability p of the true class", "p")}
CAPTIONS = {
    RESIDUAL: "The loss is what a residual costs, the gradient its pull: where that levels off, outliers are limited; where it returns to 0, they are ignored.",
    MARGIN: "The loss is what a margin costs (m > 0: classified right), the gradient how hard the margin is pushed: the further below 0, the harder upwards.",
    PROBABILITY: "The loss is what it costs to give the true class the probability p, the gradient how hard p is pushed: "
    "the further below 0, the harder upwards.",
    SURROGATES: "The 0-1 loss counts mistakes, but its gradient is 0, so descent has nothing to follow: each surrogate lies nowhere below it and has a slope.",
}


@dataclass(frozen=True)
class Drawn:
    """A loss on the charts, the factor of its values and gradients, and its look."""

    loss: Loss
    factor: float
    look: Look


@st.fragment
def draw() -> None:
    """Draw the view. It is a fragment: a change of its widgets draws only this view again."""
    view = begin(SCREEN)
    shown = [each for each in view.shown if on_axis(each.loss, view.over)]
    drawn = _drawn(shown, view.picture)
    said = takeaways.curves([(item.loss, item.factor) for item in drawn], view.over)
    share.shows(lambda: _table(shown, view))
    if drawn:
        takeaway(said)
    with picture():
        with folded_settings():
            _options(view)
        if drawn:
            with stage():
                _draw(drawn, view, said)
    if not shown:
        st.info("None of the chosen losses gives a probability: choose cross-entropy, for example." if view.shown else "Choose a loss.", icon=":material/info:")
        return
    _notes(drawn, view)
    if len(shown) < len(view.shown):
        left_out = [short_title(each.loss.kind) for each in view.shown if each not in shown]
        st.caption(f"Not a function of p, so not drawn: {', '.join(left_out)}.")


def _options(view: Curves) -> None:
    """Draw the choice of the picture and of its losses, and their dials."""
    dials = SCREEN.at()
    with st.container(horizontal=True, vertical_alignment="center", key="losses_curves_options"):
        field(dials, "picture", labelled=False)
        if view.picture == CLASSIFICATION:
            field(dials, "axis", labelled=False)
        field(dials, "log")
    several(
        SCREEN.at(view.picture), list(views.offered_curves(view.picture)), views.kinds_of, views.of_kinds,
        label="Losses", titles=lambda kind: LOSSES[kind].found_by(), most=views.MOST, placeholder="Choose losses", labelled=False,
    )  # fmt: skip
    if view.picture != SURROGATES:
        _dials(view)


def _dials(view: Curves) -> None:
    """Draw a widget for each parameter of the losses."""
    with st.container(horizontal=True, key="losses_curves_dials"):
        for i, each in enumerate(view.shown):
            for name, parameter in each.loss.parameters().items():
                with st.container(width=DIAL_WIDTH):
                    field(SCREEN.at(view.picture, i, "loss"), name, f"{short_title(each.loss.kind)}: {words(name, parameter).lower()}")


def _drawn(shown: Sequence[Shown], picture: str) -> list[Drawn]:
    """Return the losses with their factors and looks."""
    factors = {surrogate.kind: surrogate.factor for surrogate in surrogates()} if picture == SURROGATES else {}
    return [_one(each.loss, factors.get(each.loss.kind, 1.0), each.slot) for each in shown]


def _table(shown: Sequence[Shown], view: Curves) -> pd.DataFrame:
    """Return what is drawn as a table: a row for each point of the x axis, and of each loss its values and gradients."""
    drawn = _drawn(shown, view.picture)
    if not drawn:
        return pd.DataFrame({AXES[view.over][0]: []})
    drawn_curves = _scaled([item.loss for item in drawn], [item.factor for item in drawn], view.over)
    columns = {AXES[view.over][0]: drawn_curves[0].x}
    for item, curve in zip(drawn, drawn_curves, strict=True):
        columns |= {f"{item.look.label}: loss": curve.value, f"{item.look.label}: gradient": curve.gradient}
    return pd.DataFrame(columns)


def _one(loss: Loss, factor: float, slot: int) -> Drawn:
    """Return a loss with its look. The 0-1 loss has a look of its own, independent of the slot."""
    style = look(slot, f"{short_title(loss.kind)}{_times(factor)}")
    return Drawn(loss, factor, style if loss.informative else replace(style, color=STEP_COLOR, dash=()))


def _times(factor: float) -> str:
    """Return the factor as it follows the title of a loss; an empty text for 1."""
    if factor == 1:
        return ""
    return " / ln 2" if _as_logarithm(factor) else f" × {factor:.3g}"


def _as_logarithm(factor: float) -> str:
    """Return a note that the factor is 1/ln 2; an empty text for any other factor."""
    return " (= 1/ln 2)" if math.isclose(factor, 1 / math.log(2), rel_tol=1e-6) else ""


def _draw(drawn: Sequence[Drawn], view: Curves, said: Said) -> None:
    """Draw the legend, and the charts of values and gradients. Among losses of a classification it is the gradient that differs, so it is the large one."""
    axis, log = view.over, view.log
    drawn_curves = _scaled([item.loss for item in drawn], [item.factor for item in drawn], axis)
    looks = [item.look for item in drawn]
    values, gradients = _domains(tuple((item.loss.kind, item.factor) for item in drawn), axis, log)
    title, symbol = AXES[axis]
    st.html(legend_html(looks, ["○ kink"] if any(curve.kinks for curve in drawn_curves) else []))
    value_place, gradient_place = _places(view.picture)
    with value_place:
        chart = curve_charts.values(drawn_curves, looks, title, Axis("loss ℓ", log, values), dark=dark(), height=310)
        show(chart, "losses_curves_values", "What it costs: the loss")
    with gradient_place:
        chart = curve_charts.gradients(drawn_curves, looks, title, Axis(f"gradient dℓ/d{symbol}", domain=gradients), dark=dark(), height=310)
        show(chart, "losses_curves_gradients", "How hard it pulls: the gradient", said)


def _places(picture: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return the columns of the values and of the gradients."""
    if picture == CLASSIFICATION:
        gradients, values = st.columns([1.7, 1], gap="medium")
    else:
        values, gradients = st.columns(2, gap="medium")
    return values, gradients


def _notes(drawn: Sequence[Drawn], view: Curves) -> None:
    """Draw what has to be said of the charts."""
    picture, axis = view.picture, view.over
    st.caption(CAPTIONS[SURROGATES if picture == SURROGATES else axis])
    if view.log:
        st.caption(str(_edge_words(_scaled([item.loss for item in drawn], [item.factor for item in drawn], axis), [item.look for item in drawn])))
    if picture == SURROGATES:
        st.caption(_bounds(drawn))
    logs = [item.look.label for item in drawn if item.loss.link == LOG]
    if logs and axis == RESIDUAL:
        st.caption(
            f"{', '.join(logs)}: drawn at the true value 1, the gradient by r. "
            "Such a model predicts a logarithm, so predictions have a lower end, and the curve ends there."
        )


def _scaled(losses: Sequence[Loss], factors: Sequence[float], axis: str) -> list[Curve]:
    """Return the curve of each loss times its factor."""
    return [curve.times(factor) for curve, factor in zip(curves(losses, axis), factors, strict=True)]


@lru_cache(maxsize=256)
def _domains(drawn: tuple[tuple[str, float], ...], axis: str, log: bool) -> tuple[curve_charts.Domain, curve_charts.Domain]:
    """Return the ranges of the values and of the gradients. They are those of the losses at their defaults, so that a parameter does not move the axes.

    `drawn` holds the kind and the factor of each loss.
    """
    default_curves = _scaled([LOSSES[kind]() for kind, _ in drawn], [factor for _, factor in drawn], axis)
    return curve_charts.value_domain(default_curves, log=log), curve_charts.gradient_domain(default_curves)


def _edge_words(drawn: Sequence[Curve], looks: Sequence[Look]) -> Said:
    """Return what has to be said of values that lie below a logarithmic axis: which losses go below 0, if any does."""
    below = tuple(look.label for curve, look in zip(drawn, looks, strict=True) if np.nanmin(curve.value) < 0)
    floor = Figure(curve_charts.LOG_FLOOR, "g")
    if below:
        return Said("What is below {floor} rests on the lower edge, and parts of {losses} are below 0; the pointer reads it.", floor=floor, losses=below)
    return Said("What is below {floor}, as 0 is, rests on the lower edge; the pointer reads it.", floor=floor)


def _bounds(drawn: Sequence[Drawn]) -> str:
    """Return sentences that list the losses that bound the 0-1 loss as they are, and the others with their factors."""
    bounding = [item for item in drawn if item.loss.informative]
    plain = [short_title(item.loss.kind) for item in bounding if item.factor == 1]
    scaled = [f"{short_title(item.loss.kind)} × {item.factor:.4g}{_as_logarithm(item.factor)}" for item in bounding if item.factor != 1]
    parts = [f"Above the 0-1 loss as they are: {', '.join(plain)}."] if plain else []
    parts += [f"Only when scaled: {', '.join(scaled)}."] if scaled else []
    return " ".join(parts)


def _explained(picture: str, axis: str) -> list[str]:
    """Return the sentences that explain both charts."""
    x_lines = {
        RESIDUAL: "**Residual** r = predicted − true, of one sample. Descent moves the prediction against the sign of the gradient.",
        MARGIN: "**Margin** m: two classes, and m = log(p / (1 - p)) for a probability p of the true class. m > 0 is classified right, the larger the surer. "
        "Losses that compare the scores with each other, as a softmax does, see m/2 and -m/2, one-vs-rest losses m and -m.",
        PROBABILITY: "**Probability** p that the model gives the true class, of two. Only losses that define a probability are functions of it.",
    }
    lines = [
        "**Loss** of one sample, and its **gradient**: the derivative of the loss by what is on the x axis, exact.",
        x_lines[axis],
        "**Ring ○**: a kink. There the gradient jumps between two rings; training takes 0 there, as PyTorch does.",
        "Values beyond the axis are cut off; the pointer reads all curves at its x.",
    ]
    if picture == SURROGATES:
        lines.insert(2, "**Surrogate**: a loss minimised in place of the 0-1 loss. If it is nowhere below it, its mean bounds the error rate from above.")
    return lines

"""The view of losses as curves: value and gradient of several losses over the residual, the margin or the probability."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import streamlit as st

from core.losses import LOSSES, Loss
from core.studies.losses.loss_curves import MARGIN, PROBABILITY, RESIDUAL, Curve, curves, drawable, on_axis, surrogates
from core.tasks import CLASSIFICATION, LOG, REGRESSION
from pages.ui.charts.base import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.theme import RUN_COLORS, Look, look
from pages.ui.losses import curve_charts
from pages.ui.widgets.dials import dial, short_title, words
from pages.ui.widgets.pieces import how_to_read, option
from pages.ui.widgets.show import dark, show

SURROGATES = "surrogates"
PICTURES = {REGRESSION: "Regression", CLASSIFICATION: "Classification", SURROGATES: "Surrogates of 0-1"}
#: the losses shown at first; the first registered losses of the task replace those that are not registered
FIRST = {
    REGRESSION: ("squared_error", "absolute_error", "huber", "tukey"),
    CLASSIFICATION: ("cross_entropy", "hinge", "focal", "exponential"),
}
#: the largest number of losses: the number of colours
MOST = len(RUN_COLORS)
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
    with st.container(horizontal=True, vertical_alignment="center", key="losses_curves_options"):
        picture = option("Picture", PICTURES, "losses_curves_picture", labelled=False)
        axis = RESIDUAL if picture == REGRESSION else MARGIN
        if picture == CLASSIFICATION:
            axis = option("x axis", {MARGIN: "Margin", PROBABILITY: "Probability"}, "losses_curves_axis", labelled=False)
        doc = "A logarithmic axis for the values: losses near 0 become visible. Values of 0 leave gaps."
        log = st.toggle("Log values", key="losses_curves_log", persist_state="session", help=doc)
    choice, explanation = st.columns([4, 1])
    with choice:
        kinds = _chosen(picture)
    with explanation:
        how_to_read(_explained(picture, axis), width="stretch")
    losses = [LOSSES[kind]() for kind in kinds] if picture == SURROGATES else _dials(kinds)
    losses = [loss for loss in losses if on_axis(loss, axis)]
    if not losses:
        st.info("None of the chosen losses gives a probability: choose cross-entropy, for example." if kinds else "Choose a loss.", icon=":material/info:")
        return
    _draw(_drawn(picture, losses), picture, axis, log)
    if len(losses) < len(kinds):
        left_out = [short_title(kind) for kind in kinds if kind not in {loss.kind for loss in losses}]
        st.caption(f"Not a function of p, so not drawn: {', '.join(left_out)}.")


def _chosen(picture: str) -> list[str]:
    """Draw the choice of the losses of a picture, and return the chosen kinds."""
    if picture == SURROGATES:
        step = [kind for kind, item in LOSSES.items() if CLASSIFICATION in item.tasks and not item.informative]
        options = [*step, *(surrogate.kind for surrogate in surrogates())]
        first = [*step, *(surrogate.kind for surrogate in surrogates() if surrogate.usual)][:MOST]
    else:
        options = [kind for kind, item in LOSSES.items() if picture in item.tasks and drawable(item)]
        wanted = [kind for kind in FIRST[picture] if kind in options]
        first = [*wanted, *(kind for kind in options if kind not in wanted)][: len(FIRST[picture])]
    return st.multiselect(
        "Losses", options, first, max_selections=MOST, format_func=short_title, placeholder="Choose losses", key=f"losses_curves_{picture}",
        persist_state="session", label_visibility="collapsed", wrap=True,
    )  # fmt: skip


def _dials(kinds: Sequence[str]) -> list[Loss]:
    """Draw a widget for each parameter of the losses, and return the losses with the chosen parameters."""
    names = [(kind, name) for kind in kinds for name in LOSSES[kind].parameters()]
    values: dict[str, dict[str, Any]] = {kind: {} for kind in kinds}
    with st.container(horizontal=True, key="losses_curves_dials"):
        for kind, name in names:
            parameter = LOSSES[kind].parameters()[name]
            with st.container(width=DIAL_WIDTH):
                label, key = f"{short_title(kind)}: {words(name, parameter).lower()}", f"losses_curves_{kind}_{name}"
                values[kind][name] = dial(parameter, getattr(LOSSES[kind], name), label, key)
    return [LOSSES[kind](**values[kind]) for kind in kinds]


def _drawn(picture: str, losses: Sequence[Loss]) -> list[Drawn]:
    """Return the losses with their factors and looks. A loss keeps its colour when others are added or removed."""
    key = f"losses_curves_{picture}_slots"
    previous: dict[str, int] = st.session_state.get(key, {})
    slots = {loss.kind: previous[loss.kind] for loss in losses if loss.kind in previous}
    free = [slot for slot in range(MOST) if slot not in slots.values()]
    slots |= dict(zip((loss.kind for loss in losses if loss.kind not in slots), free, strict=False))
    st.session_state[key] = slots
    factors = {surrogate.kind: surrogate.factor for surrogate in surrogates()} if picture == SURROGATES else {}
    return [_one(loss, factors.get(loss.kind, 1.0), slots[loss.kind]) for loss in losses]


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


def _draw(drawn: Sequence[Drawn], picture: str, axis: str, log: bool) -> None:
    """Draw the legend, the charts of values and gradients, and their captions."""
    drawn_curves = _scaled([item.loss for item in drawn], [item.factor for item in drawn], axis)
    looks = [item.look for item in drawn]
    values, gradients = _domains(tuple((item.loss.kind, item.factor) for item in drawn), axis, log)
    title, symbol = AXES[axis]
    st.html(legend_html(looks, ["○ kink"] if any(curve.kinks for curve in drawn_curves) else []))
    left, right = st.columns(2, gap="medium")
    with left:
        show(curve_charts.values(drawn_curves, looks, title, Axis("loss ℓ", log, values), dark=dark(), height=310), "losses_curves_values")
    with right:
        slope = Axis(f"gradient dℓ/d{symbol}", domain=gradients)
        show(curve_charts.gradients(drawn_curves, looks, title, slope, dark=dark(), height=310), "losses_curves_gradients")
    st.caption(CAPTIONS[SURROGATES if picture == SURROGATES else axis])
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

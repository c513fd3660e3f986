"""Softmax cross-entropy of one sample, step by step, and why it is computed in another order than it is taught."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.studies.losses import takeaways
from core.studies.losses.softmax_steps import Row, SoftmaxSteps, fused_float32, naive_float32, softmax_steps
from core.studies.losses.views import Softmax
from pages.ui.losses.softmax_charts import BOTH, CLASSES, DOWN, UP, bars, number, reach
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, markdown_table, picture, settings, stage, takeaway
from pages.ui.widgets.show import dark, show

SCREEN = ViewScreen(Softmax)
SCREENS = (SCREEN,)
#: pixels of a dial
_DIAL_WIDTH = 200
HOW_TO_READ = (
    "**Scores** are what a model gives out, one a class. The steps 1 to 4 make probabilities of them, 5 to 7 the loss of this sample, 8 its gradient.",
    "**A bar** is the number of one class; ✓ marks the true class. A row of bars has one scale.",
    "**The gradient** p − t′ (over T) is what the model learns from: descent raises a score whose gradient is negative and lowers the others.",
    "**Below**: the same steps in float32 at extreme scores, in the order that is taught and in the order that is computed.",
)
REACH = 5.0  # of the bars of the scores


def draw() -> None:
    """Draw the view: its two parts are drawn again apart."""
    _steps()
    st.divider()
    _extremes()


@st.fragment
def _steps() -> None:
    """Draw the dials of a sample, the eight steps from its scores to the gradient, and the loss."""
    view, dials = begin(SCREEN), SCREEN.at()
    steps = softmax_steps(view.scores, view.true_index, view.temperature, view.smoothing)
    share.shows(lambda: _steps_table(steps))
    takeaway(takeaways.softmax(steps, CLASSES, view.true_index))
    with picture():
        with settings():
            for name in ("score_a", "score_b", "score_c", "true_class", "temperature", "smoothing"):
                with st.container(width=_DIAL_WIDTH):
                    field(dials, name)
        with stage(), st.container(key="panels"):
            _panels(steps, view.true_index)
    _totals(steps)


def _steps_table(steps: SoftmaxSteps) -> pd.DataFrame:
    """Return the steps as a table, with a row for each class."""
    columns = {
        "score": steps.scores, "score / T": steps.scaled, "exponential": steps.exponentials, "probability": steps.probabilities,
        "log-probability": steps.log_probabilities, "target": steps.target, "loss": steps.losses, "gradient": steps.gradient,
    }  # fmt: skip
    return pd.DataFrame({"class": CLASSES, **columns})


def _panels(steps: SoftmaxSteps, true_class: int) -> None:
    """Draw the eight steps, four in a row."""
    total = number(float(steps.exponentials.sum()))
    panels = [
        ("Scores", "s", "What the model gives out.", steps.scores, REACH, BOTH),
        ("Divide by T", "s/T", "Farther apart for T < 1, closer together for T > 1.", steps.scaled, REACH, BOTH),
        ("Exponentiate", "e^{s/T}", "Every number becomes positive.", steps.exponentials, 1.0, UP),
        ("Normalise", rf"p = e^{{s/T}} / \text{{{total}}}", "Divided by their sum, they are probabilities.", steps.probabilities, 1.0, UP),
        ("Logarithm", r"\log p", "0 for a sure class, far below 0 for an unlikely one.", steps.log_probabilities, REACH, DOWN),
        ("Target", "t'", "1 for the true class, less what label smoothing spreads.", steps.target, 1.0, UP),
        ("Loss of each class", r"-t' \log p", "Their sum is the loss.", steps.losses, 1.0, UP),
        ("Gradient by the scores", "(p - t')/T", "Descent raises a score whose gradient is negative.", steps.gradient, 1.0, BOTH),
    ]
    for start in (0, 4):
        for column, (i, panel) in zip(st.columns(4, gap="medium"), list(enumerate(panels, 1))[start : start + 4], strict=True):
            title, formula, doc, values, least, sides = panel
            with column, st.container(gap="xxsmall"):
                st.markdown(f"**{i} {title}**  \n${formula}$", help=doc)
                show(bars(values, longest=reach(values, least), sides=sides, true_class=true_class, dark=dark()), f"losses_softmax_step_{i}")


def _totals(steps: SoftmaxSteps) -> None:
    """Write both ways to the loss, down to the same number."""
    taught, computed = st.columns(2, gap="medium")
    with taught, st.container(border=True):
        terms = " + ".join(number(float(value)) for value in steps.losses)
        st.markdown(f"**Cross-entropy**: the sum of step 7  \n{terms}  \n= **{steps.total:.8f}**")
    with computed, st.container(border=True):
        log_p = ", ".join(number(float(value)) for value in steps.log_softmax)
        st.markdown(
            f"**NLL on log-softmax**: $\\log p = s/T - \\log \\textstyle\\sum e^{{s/T}}$  \n"
            f"$s/T$ − {number(steps.log_sum_exp)}: {log_p}  \n"
            f"= **{steps.negative_log_likelihood:.8f}**, the same number",
            help="Negative log-likelihood of the logarithm of the softmax, without computing a probability. PyTorch's CrossEntropyLoss is exactly this.",
        )


@st.fragment
def _extremes() -> None:
    """Draw the dial of an extreme score, and what the naive and the fused order of the steps make of it in float32."""
    size = float(SCREEN.open().extreme)
    st.markdown(
        "**At extreme scores** the order of the steps matters",
        help="float32, the numbers that networks are trained in, ends at 3.4e38: e^89 is beyond it, and e^-104 is 0.",
    )
    field(SCREEN.at(), "extreme")
    scores = (size, 0.0, -size)
    naive, fused = st.columns(2, gap="medium")
    computations = naive_float32(scores, 2), fused_float32(scores, 2)
    with naive:
        st.markdown(_table("Naive: softmax, then log", computations[0]))
    with fused:
        st.markdown(_table("Fused: log-softmax", computations[1]))
    st.caption(_verdict(*computations))


def _table(title: str, steps: Sequence[Row]) -> str:
    """Return a computation as a table; a single number stands in the last column, and what is not finite is red."""
    rows = []
    for step in steps:
        numbers = [_red_unless_finite(value) for value in step.numbers]
        rows.append([f"{step.name} ${step.formula}$", *[""] * (len(CLASSES) - len(numbers)), *numbers])
    return markdown_table([title, *CLASSES], rows, "lrrr")


def _red_unless_finite(value: float) -> str:
    text = number(value)
    return text if math.isfinite(value) else f":red[**{text}**]"


def _verdict(naive: Sequence[Row], fused: Sequence[Row]) -> str:
    """Return in a sentence or two what became of the naive computation."""
    naive_numbers = {row.name: row.numbers for row in naive}
    loss, right = naive_numbers["loss"][0], next(row.numbers[0] for row in fused if row.name == "loss")
    if any(map(math.isnan, naive_numbers["gradient"])):
        return (
            "Naive: $e^a$ overflows to inf, inf/inf is nan, and one nan in a gradient ruins every weight. "
            f"Fused: the loss is {number(right)}, and the gradient is right."
        )
    if math.isinf(loss):
        return f"Naive: the probability of C is too small for float32 and becomes 0, so its logarithm is −inf. Fused: the loss is {number(right)}."
    if abs(loss - right) > 1e-6 * right:
        return f"Naive: float32 keeps few digits of so small a probability, and the loss is {loss:.6g} in place of {right:.6g}."
    return "At this score both ways agree: raise a."

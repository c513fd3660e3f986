"""Learned optimizer: 110 numbers that make the steps, against tuned Adam on fresh problems of their own family and of others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.studies.descent.learned import contest
from core.studies.descent.learned.families import FAMILIES
from core.studies.descent.learned.rule import HORIZON
from core.studies.descent.learned.training import STEPS
from core.studies.descent.views import LearnedView
from core.words import significant, whole
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import curves
from pages.ui.charts.theme import Look, look
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, grid, picture, settings, stage, takeaway
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, table

SCREEN = ViewScreen(LearnedView)
SCREENS = (SCREEN,)
#: pixels of the charts, and beside them
_HEIGHT, _BESIDE = 320, 420
HOW_TO_READ = f"""
- **The learned optimizer** is a network of 110 numbers, the same for every coordinate. It sees the gradient, two fading means of it, how large gradients
  have been, its last step and the time, and says the next step. Evolution strategies found the numbers: neighbours are tried, and the better ones followed.
- It was trained on the loss after **{HORIZON} steps** of random least squares with ten coordinates. The upright line is that **horizon**.
- **Left**: the median loss over 1,000 fresh problems. Adam was tuned on 100 other problems of the same family: for the
  horizon, and for the chosen number of steps.
- **Right**: on how many of the problems the learned optimizer has the lower loss after each step. Half is a draw.
- The table has every number of steps, each against the Adam that was tuned for it. A step costs about ten times one of Adam.
- `python -m core.studies.descent.learned` makes the numbers anew from their seed. Sources: Andrychowicz et al., arXiv:1606.04474; beyond the horizon:
  arXiv:2310.18191; evolution strategies: arXiv:1703.03864.
"""


@st.fragment
def draw() -> None:
    """Draw the view."""
    view, dials = begin(SCREEN), SCREEN.at()
    shown = contest.contest(view.family, view.seed)
    said = contest.takeaway(shown, view.tuning)
    takeaway(said)
    tuned_for = sorted({HORIZON, view.steps})
    adams = [look(STEPS.index(length) + 1, f"Adam, {contest.TUNINGS[view.tuning].lower()} for {length} steps") for length in tuned_for]
    looks = [look(0, "Learned optimizer"), *adams]
    steps = np.arange(max(STEPS) + 1)
    losses = pd.DataFrame({"x": steps, "r0": shown.learned, **{f"r{i + 1}": shown.adam[view.tuning, length] for i, length in enumerate(tuned_for)}})
    won = {f"r{i}": shown.won[view.tuning, length][1:] / contest.PROBLEMS for i, length in enumerate(tuned_for)}
    with picture():
        with settings():
            for name, width, shape in (("family", 250, "menu"), ("tuning", 190, "menu"), ("steps", 160, ""), ("seed", 160, "")):
                with st.container(width=width):
                    field(dials, name, shape=shape)
        with stage():
            st.html(legend_html(looks))
            with grid(2):
                x = Axis("step", domain=(0.0, float(max(STEPS))))
                options: dict[str, Any] = {"now": float(HORIZON), "height": _HEIGHT, "beside": _BESIDE, "dark": dark()}
                chart = curves(losses, looks, x, Axis("median loss", log=True), **options)
                show(chart, "descent_learned_losses", f"The median loss, and the horizon of {HORIZON} steps", said)
                chart = curves(pd.DataFrame({"x": steps[1:], **won}), adams, x, Axis("share of problems won", domain=(0.0, 1.0)), **options)
                show(chart, "descent_learned_wins", "Problems won, against each Adam", said)
    st.html(_table(shown, view.family))
    st.caption(FAMILIES[view.family].doc)
    share.shows(lambda: _csv(losses, looks))


def _table(shown: contest.Contest, family: str) -> str:
    """Return wins and losses after each number of steps against each Adam, as HTML."""
    every = [(tuning, steps) for tuning in contest.TUNINGS for steps in STEPS]
    wins = [shown.wins(tuning, steps) for tuning, steps in every]
    columns = [
        Column("Adam", [f"{contest.TUNINGS[tuning]} for {steps} steps" for tuning, steps in every], words=True),
        Column("η, β₁, β₂", [", ".join(map(significant, shown.settings[key])) for key in every], "As tuned on 100 other problems of the family."),
        Column("Wins", [whole(won) for won in wins], "Problems on which the learned optimizer has the lower loss after so many steps."),
        Column("Losses", [whole(contest.PROBLEMS - won) for won in wins], "The other problems."),
        Column("Learned", [significant(shown.learned[steps], 3) for _, steps in every], group="Median loss"),
        Column("Adam", [significant(shown.adam[tuning, steps][steps], 3) for tuning, steps in every], group="Median loss"),
    ]
    return table(f"The learned optimizer against Adam: {FAMILIES[family].title}", columns)


def _csv(losses: pd.DataFrame, looks: list[Look]) -> pd.DataFrame:
    """Return the median losses as a table for a person."""
    return losses.set_axis(["step", *(style.label for style in looks)], axis=1)

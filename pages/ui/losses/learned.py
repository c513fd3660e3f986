"""Learned loss: a loss that evolution strategies found on data damaged upward, beside Huber's and Tukey's; and what becomes of it on other damage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.studies.losses.learned import contest, learned
from core.studies.losses.learned.training import RIVALS
from core.studies.losses.views import LearnedView
from core.words import significant, whole
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import curves
from pages.ui.charts.theme import look
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, grid, picture, settings, stage, takeaway
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, marked, table

SCREEN = ViewScreen(LearnedView)
SCREENS = (SCREEN,)
#: pixels of the charts, and beside them; points of a curve
_HEIGHT, _BESIDE, _POINTS = 320, 420, 241
_PARTS = ("value", "pull")
HOW_TO_READ = r"""
- **The learned loss** is 25 numbers: its pull is a sum of eight bent curves of the residual, score minus target, and its value the integral of that.
- It was found on linear tables with three weights and 40 rows, **a quarter of whose targets was pushed up** by 2 to 8: neighbours of the numbers are tried,
  and those followed whose fits come closer to the true line. So a residual far to the **left** (a target far above) pulls hardly at all.
- **Huber** and **Tukey** have the bound that does best on the same data. Neither knows up from down.
- **Clean error**: the mean squared distance of the fit from the true line, over 1,000 fresh tables. All fits take the same 60 steps from least squares.
- Choose *pushed down*: what was learned is the damage. **Undamaged** data show what it costs where nothing is wrong.
- `python -m core.studies.losses.learned` makes the numbers anew from their seed. Source of the idea: Bechtle et al., arXiv:1906.05374.
"""


@st.fragment
def draw() -> None:
    """Draw the view."""
    view, dials = begin(SCREEN), SCREEN.at()
    shown = contest.contest(view.seed)
    said = contest.takeaway(shown)
    takeaway(said)
    bounds = learned().rivals
    looks = [
        look(slot, title if name not in bounds else f"{title}: {significant(bounds[name])}") for slot, (name, title) in enumerate(contest.TITLES.items())
    ]  # fmt: skip
    x = np.linspace(-view.reach, view.reach, _POINTS)
    drawn = contest.curves(x)
    frames = [pd.DataFrame({"x": x, **{f"r{place}": drawn[name][part] for place, name in enumerate(contest.TITLES)}}) for part in (0, 1)]
    with picture():
        with settings():
            for name, width, shape in (("damage", 280, "menu"), ("reach", 220, ""), ("seed", 220, "")):
                with st.container(width=width):
                    field(dials, name, shape=shape)
        with stage():
            st.html(legend_html(looks))
            axis = Axis("residual: score minus target", domain=(-view.reach, view.reach))
            with grid(2):
                for frame, title, place, heading in zip(frames, ("loss", "pull"), _PARTS, ("The loss of a residual", "Its pull on the fit"), strict=True):
                    chart = curves(frame, looks, axis, Axis(title), height=_HEIGHT, beside=_BESIDE, dark=dark())
                    show(chart, f"losses_learned_{place}", heading, said)
    st.html(_table(shown, view.damage))
    share.shows(lambda: _csv(frames))


def _table(shown: contest.Contest, damage: str) -> str:
    """Return the clean error of each loss under the chosen damage, and on how many tables the learned one is better, as HTML."""
    errors = [shown.mean(name, damage) for name in contest.TITLES]
    tables = len(next(iter(shown.errors[damage].values())))
    columns = [
        Column("Loss", [*contest.TITLES.values()], words=True),
        Column("Clean error ↓", [f"{error:.3g}" for error in errors], "Mean over the tables of the squared distance from the true line.",
               marks=marked([error == min(errors) for error in errors])),
        Column("Learned is closer", ["–", *(f"{whole(shown.wins(rival, damage))} of {whole(tables)}" for rival in RIVALS)],
               "Tables on which the learned loss has the smaller error."),
    ]  # fmt: skip
    return table(f"Fresh tables: {contest.DAMAGES[damage].lower()}", columns)


def _csv(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Return values and pulls of all losses as a table for a person."""
    values, pulls = (frame.set_axis(["residual", *(f"{kind} {name}" for name in contest.TITLES)], axis=1) for kind, frame in zip(_PARTS, frames, strict=True))
    return pd.concat([values, pulls.drop(columns="residual")], axis=1)

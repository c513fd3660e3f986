"""One transition: prediction, target, error and update, under each loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.studies.reinforcement import takeaways
from core.studies.reinforcement.anatomy import Update, over_errors, updates
from core.studies.reinforcement.views import TRANSITION_LOSSES, TransitionView
from core.words import significant
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import curves
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import Look
from pages.ui.reinforcement.pieces import draw_choice, draw_dials, looks_of
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, grid, picture, settings, stage, takeaway
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, table

SCREEN = ViewScreen(TransitionView)
SCREENS = (SCREEN,)
#: pixels beside the curves
_BESIDE = 560
_TITLES = {name: loss.title for name, loss in TRANSITION_LOSSES.items()}
HOW_TO_READ = r"""
- A step brought the reward r, and led to a state that is taken to be worth v′. So the **target** is $r + \gamma v'$, and the **TD error** $\delta$ is
  how far it lies above the prediction v.
- **Left**: the loss over the error. **Right**: how far the update moves the prediction, over the error. The rules are where the error is now.
- **Squared TD error**: the target is held constant, though it is made of predictions, too. So this is no gradient of a loss: a semi-gradient.
- **Huber**: an error counts for at most κ = 1.
- **Bellman residual**: the same loss, differentiated through the target as well. So the next prediction moves, too, the other way: the table has it.
- Sources: R. S. Sutton and A. G. Barto, sections 6.1 and 11.4; L. Baird, 1995.
"""


@st.fragment
def draw() -> None:
    """Draw the view."""
    view = begin(SCREEN)
    share.shows(lambda: _frame(view))
    said = takeaways.transition(view)
    takeaway(said)
    looks = looks_of(view.losses, _TITLES)
    with picture():
        with settings():
            draw_dials(SCREEN.at(), ("prediction", "reward", *(() if view.ends else ("following", "discount")), "rate"))
        with st.container(horizontal=True, vertical_alignment="center"):
            draw_choice(SCREEN, "losses", list(_TITLES), _TITLES)
            field(SCREEN.at(), "ends")
        if not view.losses:
            st.info("Choose a loss.", icon=":material/arrow_upward:")
            return
        with stage():
            st.html(legend_html(looks))
            found = updates(view)
            errors, losses, moves = over_errors(view)
            x = Axis("TD error δ", domain=(float(errors[0]), float(errors[-1])))
            now = float(np.clip(found[0].error, errors[0], errors[-1]))
            with grid(2):
                for values, name, title in ((losses, "loss", "What the error costs"), (moves, "move", "How far the prediction moves")):
                    frame = pd.DataFrame({"x": errors, **dict(zip(run_domain(looks), values, strict=True))})
                    chart = curves(frame, looks, x, Axis(name), now=now, height=260, dark=dark(), beside=_BESIDE)
                    show(chart, f"reinforcement_transition_{name}", title, said)
    st.html(_table(looks, found))


def _table(looks: Sequence[Look], found: Sequence[Update]) -> str:
    """Return the update of each loss, step by step, as HTML."""

    def numbers(name: str) -> list[str]:
        return [significant(getattr(each, name) + 0.0, 3) for each in found]  # no minus before a zero

    return table("The update, step by step", [
        Column("Loss", [look.name for look in looks], words=True),
        Column("Prediction v", numbers("prediction")), Column("Target", numbers("target"), "r + γv′"), Column("TD error δ", numbers("error"), "target − v"),
        Column("Loss", numbers("loss")), Column("Slope by v", numbers("slope"), "The derivative of the loss by the prediction."),
        Column("Slope by v′", numbers("slope_after"), "The derivative by the next prediction; 0 where the target is held constant."),
        Column("New v", numbers("moved"), "v − α times its slope."), Column("New v′", numbers("moved_after"), "v′ − α times its slope."),
    ])  # fmt: skip


def _frame(view: TransitionView) -> pd.DataFrame:
    """Return what an error costs, and how far it moves the prediction, under each loss."""
    errors, losses, moves = over_errors(view)
    parts = [
        pd.DataFrame({"loss": _TITLES[name], "error": errors, "cost": cost, "move": move}) for name, cost, move in zip(view.losses, losses, moves, strict=True)
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["loss", "error", "cost", "move"])

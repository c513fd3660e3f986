"""Two numbers: the smallest duel, on a map of both players, played in the browser."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.studies.adversarial import dirac as study
from core.studies.adversarial import takeaways
from core.studies.adversarial.dirac import ALTERNATING, FLOW, SIMULTANEOUS, Game
from core.studies.adversarial.dirac_words import happened, theory
from core.studies.adversarial.views import DiracView
from pages.ui.adversarial.dirac_charts import LOOKS, PICK, dirac_map
from pages.ui.adversarial.looks import DIAL_WIDTH
from pages.ui.charts.legend import legend_html
from pages.ui.charts.player import player_css
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, markdown_table, picture, settings, stage, takeaway
from pages.ui.widgets.show import dark, show

SCREEN = ViewScreen(DiracView)
SCREENS = (SCREEN,)
CHART = "adversarial_dirac"
_PICK_KEY = "adversarial_dirac_pick"
HOW_TO_READ = r"""
- The **generator** is one number θ, the place of its samples; real ones are at 0. The **critic** is one number ψ, its score of x is $D(x) = \psi x$.
- **Grey arrows**: where both are pulled. **✚**: rest, θ = ψ = 0. **Square**: the start; a **click on the map** sets it.
- **Flow** follows the arrows exactly. **Simultaneous** steps move both from the same point. **Alternating**: the critic steps, then the generator answers.
- **R1** charges the critic's slope ψ; it makes every loss but one come to rest. **Instance noise** blurs real and generated samples, with the same effect for
  losses that bend; for the Wasserstein loss, which is straight, it does nothing. **Clipping** and the **gradient penalty** go on cycling.
- Least squares with the codes 0 and 1 stops anywhere: take −1 and 1.
- A path at the edge of the map has left it. Source: Mescheder, Geiger and Nowozin, arXiv:1801.04406.
"""


@st.fragment
def draw() -> None:
    """Draw the view."""
    view, dials = begin(SCREEN), SCREEN.at()
    paths = paths_of(view)
    said = takeaways.dirac(paths)
    takeaway(said)
    with picture():
        with settings():
            for name in ("loss", "penalty", "noise", "rate", "steps"):
                with st.container(width=DIAL_WIDTH):
                    field(dials, name)
        with stage():
            st.html(player_css(CHART) + legend_html(LOOKS))
            chart = dirac_map(Game(view.loss, view.penalty, view.noise), paths, opens_at=view.step or None, dark=dark())
            show(chart, CHART, said=said, key=_PICK_KEY, on_select=_picked, selection_mode=[PICK])
    st.markdown(_words(view, paths))
    share.shows(lambda: _table(paths))


def paths_of(view: DiracView) -> dict[str, Any]:
    """Return the path of each way to move, by name."""
    return _paths(view.loss, view.penalty, view.noise, view.start, view.rate, view.steps)


@lru_cache(maxsize=64)
def _paths(loss: Any, penalty: Any, noise: float, start: tuple[float, float], rate: float, steps: int) -> dict[str, Any]:
    game = Game(loss, penalty, noise)
    return {how: study.path(game, how, start, rate, steps) for how in (FLOW, SIMULTANEOUS, ALTERNATING)}


def _picked() -> None:
    """Set the start to the clicked point."""
    points: list[dict[str, Any]] = st.session_state[_PICK_KEY].selection[PICK]
    if points:
        SCREEN.at("start").put(tuple(float(f"{points[-1][axis]:.4g}") for axis in ("x", "y")))


def _words(view: DiracView, paths: dict[str, Any]) -> str:
    """Return what theory says of each path beside what happened, as a table."""
    game = Game(view.loss, view.penalty, view.noise)
    rows = [[look.label, str(theory(game, how, view.rate).said), str(happened(paths[how]).said)] for how, look in zip(paths, LOOKS, strict=True)]
    return markdown_table(["Players", "Theory", f"In these {view.steps} steps it"], rows, "lll")


def _table(paths: dict[str, Any]) -> pd.DataFrame:
    """Return the points of every path."""
    frames = []
    for how, points in paths.items():
        frames.append(pd.DataFrame({"players": how, "step": np.arange(len(points)), "theta": points[:, 0], "psi": points[:, 1]}))
    return pd.concat(frames, ignore_index=True)

"""Small worlds: what each loss comes to where it can be said exactly, and Baird's counterexample."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.studies.reinforcement import small as study
from core.studies.reinforcement import takeaways
from core.studies.reinforcement.stacks import recorded_steps
from core.studies.reinforcement.views import SmallView
from core.words import Said, significant
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import curves
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import look
from pages.ui.reinforcement.pieces import draw_dials, draw_player, draw_story_menu, draw_takeaway, row
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import play, share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, dial, folded_settings, picture, stage, told_later
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, table

SCREEN = ViewScreen(SmallView)
SCREENS = (SCREEN,)
#: pixels of a dial, so that all fit in one row; and pixels beside a chart
_DIAL, _BESIDE = 120, 420
LOSSES = (look(0, "squared TD error"), look(1, "residual gradient"))
_FIXED = (*LOSSES, look(2, "Monte Carlo"))
_RETURN = look(0, "return from the start")
HOW_TO_READ = r"""
- **Baird's counterexample**: seven states share eight weights; the policy in question always goes to the seventh, and all states are updated equally
  often. No reward is given, so the truth is 0. Shared weights, bootstrapping and states of another policy together let the TD error diverge.
- **Two states** (example 6.4): eight episodes. Once A, 0, B, 0; six times B, 1; once B, 0. What is A worth?
- **A-split**: A leads to B, which brings 1, or to C, which brings 0, equally often. The residual gradient spoils B and C to make A's errors small.
- **Short corridor** (example 13.1): three cells that look alike, in the second of which the actions are switched. The best policy is one of chance.
- Everything is exact: linear systems, and expected updates. Source: R. S. Sutton and A. G. Barto, 2nd edition.
"""


def draw() -> None:
    """Draw the view."""
    view, words = begin(SCREEN), told_later()
    with picture():
        with folded_settings(), row():
            field(SCREEN.at(), "world", labelled=False, shape="segments")
            draw_dials(SCREEN.at(), {"baird": ("rate", "sweeps"), "corridor": ("right",)}.get(view.world, ()), _DIAL)
            draw_story_menu(SCREEN)
        play.draw(SCREEN, recorded_steps(view.sweeps), lambda: _results(words))


def _results(words: DeltaGenerator) -> None:
    """Draw a world's chart or table. `words`: where the sentence stands that it comes to. Baird's counterexample alone has sweeps to play."""
    view, at = SCREEN.open(), 0
    if view.world == "baird":
        with dial():
            at = draw_player(SCREEN, recorded_steps(view.sweeps))
    said = draw_takeaway(view, takeaways.small(view, at), words, ended=at == view.sweeps)
    with stage():
        _picture(view, said, at)
    share.shows(lambda: frame(view))


def frame(view: SmallView) -> pd.DataFrame:
    """Return the numbers of the chosen world."""
    match view.world:
        case "baird":
            sizes = [study.baird(view.rate, view.sweeps, residual=through) for through in (False, True)]
            return pd.DataFrame({"x": np.arange(view.sweeps + 1), **dict(zip(run_domain(LOSSES), sizes, strict=True))})
        case "corridor":
            chances = np.linspace(0.02, 0.98, 193)
            return pd.DataFrame({"x": chances, "r0": study.corridor_return(chances)})
    episodes, names = (study.PREDICTOR, "AB") if view.world == "predictor" else (study.A_SPLIT, "ABC")
    columns = {
        each.label: solve(episodes, len(names))
        for each, solve in zip(_FIXED, (study.batch_td, study.batch_residual, study.batch_monte_carlo), strict=True)
    }  # fmt: skip
    return pd.DataFrame({"state": list(names), **columns})


def _picture(view: SmallView, said: Said, at: int) -> None:
    """Draw the chart of a world, Baird's up to a sweep, or its table."""
    found = frame(view)
    match view.world:
        case "baird":
            st.html(legend_html(LOSSES))
            names = run_domain(LOSSES)
            x, y, sizes = Axis("sweep"), Axis("size of the values", log=True), found[names].to_numpy()
            drawn = found.assign(**{name: found[name].where(found["x"] <= at) for name in names})
            chart = curves(drawn, LOSSES, x, y, now=float(at), others=[sizes[np.isfinite(sizes)]], height=330, dark=dark(), beside=_BESIDE)
            show(chart, "reinforcement_baird", "How far the values are from 0, their truth", said)
        case "corridor":
            y = Axis("return", domain=(-60.0, 0.0))
            chart = curves(found, (_RETURN,), Axis("chance of going right", domain=(0.0, 1.0)), y, now=view.right, height=330, dark=dark(), beside=_BESIDE)
            show(chart, "reinforcement_corridor", "The return of going right with one and the same chance", said)
        case _:
            columns = [Column("Loss", [each.label for each in _FIXED], words=True)]
            columns += [
                Column(f"V({row['state']})", [significant(row[each.label] + 0.0) for each in _FIXED], "What the loss comes to on all episodes, for good.")
                for _, row in found.iterrows()
            ]
            st.html(table("What each loss comes to", columns))

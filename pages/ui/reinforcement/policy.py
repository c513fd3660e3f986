"""Loss and return: actors that learn, their returns, and the losses that they descend on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.studies.reinforcement import summaries, takeaways
from core.studies.reinforcement.climb import LONGEST, MEASURES
from core.studies.reinforcement.lanes import StudyResult
from core.studies.reinforcement.views import ACTORS, PolicyView
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.run_charts import curves
from pages.ui.charts.theme import Look
from pages.ui.reinforcement.pieces import banded, draw_choice, draw_dials, draw_settings, draw_story, draw_story_menu, looks_of, row, trained
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, picture, stage, takeaway
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, marked, table

SCREEN = ViewScreen(PolicyView)
SCREENS = (SCREEN,)
_TITLES = {name: title for name, (title, _) in ACTORS.items()}
#: sums of so little are rounding
_ROUNDING = 1e-9
HOW_TO_READ = rf"""
- Each **actor** is a policy of its own on 5 × 5 cells, from one corner to the other; a step costs 1, and an episode is broken off after {LONGEST} steps.
  All begin with all actions equally likely, and all see the same chance. The shortest way has 8 steps.
- **Left**: the return, which is what counts. **Right**: what is minimised, or what else is measured of each batch. Bands hold the middle half of the seeds.
- **The loss is not the score**: a batch weighs the loss with its own advantages, so its value is about this batch, and says nothing of the policy.
- **REINFORCE**: the return to go for the advantage. **With a baseline**: less the batch's mean. **Actor-critic**: GAE with a critic that learns beside.
- **PPO's clip** and **passes, no clip**: GAE, normalised, and several steps on each batch; the clip ends the pull once a probability has changed by ε.
- **Stuck**: the mean of a seed's last ten returns is below {takeaways.STUCK:g}.
- Sources: R. J. Williams, 1992; V. Mnih et al., arXiv:1602.01783; J. Schulman et al., arXiv:1707.06347.
"""


def draw() -> None:
    """Draw the view."""
    view = begin(SCREEN)
    words = st.container()
    draw_story(view)
    draw_settings(SCREEN, "Learning", ("batch", "updates", "seeds", "seed"))
    several = {*view.actors} & {"ppo", "unclipped"}
    with picture():
        with row():
            draw_dials(SCREEN.at(), ("rate", "decay", *(("passes", "clip") if several else ())))
        with st.container(horizontal=True, vertical_alignment="center"):
            draw_choice(SCREEN, "actors", list(_TITLES), _TITLES)
            draw_story_menu(SCREEN, PolicyView)
        if not view.actors:
            st.info("Choose an actor.", icon=":material/arrow_upward:")
        elif (result := trained(view)) is not None:
            _results(result, looks_of(view.actors, _TITLES), words)


def _results(result: StudyResult, looks: Sequence[Look], words: DeltaGenerator) -> None:
    """Draw returns and losses. `words`: where the sentence stands that they come to."""
    view, names = SCREEN.current(), [look.label for look in looks]
    found = {name: result.arrays[name][:, :, : result.done] for name in MEASURES}
    said = takeaways.policy(names, found["return"], found["policy_loss"])
    with words:
        takeaway(said)
    x = Axis("update", domain=(1.0, float(max(2, result.document.updates))))
    with stage():
        st.html(legend_html(looks))
        for column, name in zip(st.columns(2, gap="medium"), ("return", view.measure), strict=True):
            with column:
                values = found[name]
                shown = [run for run in range(len(looks)) if np.isfinite(values[:, run]).any()]
                if not shown:
                    st.info("None of these actors has a critic.", icon=":material/info:")
                    continue
                lines = [looks[run] for run in shown]
                frame = banded(np.arange(1, values.shape[-1] + 1), summaries.band(values[:, shown]), lines)
                y = Axis(MEASURES[name], domain=(-float(LONGEST), 0.0) if name == "return" else None)
                heading = "The return: higher is better" if name == "return" else f"The {MEASURES[name]}"
                show(curves(frame, lines, x, y, height=290, dark=dark()), f"reinforcement_policy_{'left' if name == 'return' else 'right'}", heading, said)
    field(SCREEN.at(), "measure", shape="segments")
    st.html(_table(result, looks))
    share.shows(lambda: summaries.tidy(result, names, tuple(MEASURES), "update"))


def _short(value: float) -> str:
    """Return a loss in three digits; 0 for what is rounding alone, as of advantages whose mean is 0."""
    return f"{value:.3g}" if abs(value) > _ROUNDING else "0"


def _table(result: StudyResult, looks: Sequence[Look]) -> str:
    """Return where each actor comes to, as HTML."""
    earned, losses = (result.arrays[name][:, :, : result.done] for name in ("return", "policy_loss"))
    last, first = earned[:, :, -10:].mean(axis=2), earned[:, :, 0].mean(axis=0)
    stuck, means = (last < takeaways.STUCK).sum(axis=0), last.mean(axis=0)
    top = [f"{each:.1f}" == f"{means.max():.1f}" for each in means]
    return table("Where each actor comes to", [
        Column("Actor", [look.name for look in looks], words=True),
        Column("First return", [f"{each:.1f}" for each in first]),
        Column("Last returns ↑", [f"{each:.1f}" for each in means], "The mean of the last ten batches and of the seeds.", marks=marked(top)),
        Column("Worst seed ↑", [f"{each:.1f}" for each in last.min(axis=0)]),
        Column("Stuck ↓", [f"{each} of {len(last)}" for each in stuck], f"Seeds whose last returns are below {takeaways.STUCK:g}."),
        Column("First loss", [_short(each) for each in losses[:, :, 0].mean(axis=0)]),
        Column("Last losses", [_short(each) for each in losses[:, :, -10:].mean(axis=(0, 2))], "The mean of the last ten batches."),
    ])  # fmt: skip

"""Loss and return: actors that learn, their returns, and the losses that they descend on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.studies.reinforcement import summaries, takeaways
from core.studies.reinforcement.climb import LONGEST, MEASURES
from core.studies.reinforcement.lanes import StudyResult
from core.studies.reinforcement.stacks import recorded_steps
from core.studies.reinforcement.views import ACTORS, PolicyView
from core.words import significant
from pages.ui.charts.axes import Axis
from pages.ui.charts.base import Chart
from pages.ui.charts.legend import legend_html
from pages.ui.charts.run_charts import curves
from pages.ui.charts.theme import Look
from pages.ui.reinforcement.pieces import (
    banded,
    draw_choice,
    draw_dials,
    draw_player,
    draw_settings,
    draw_story_menu,
    draw_takeaway,
    draw_trained,
    looks_of,
    row,
    tenths,
)  # fmt: skip
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, dial, folded_settings, grid, picture, stage, told_later
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, marked, table

SCREEN = ViewScreen(PolicyView)
SCREENS = (SCREEN,)
_TITLES = {name: title for name, (title, _) in ACTORS.items()}
#: sums of so little are rounding; and pixels beside the curves
_ROUNDING, _BESIDE = 1e-9, 470
HOW_TO_READ = rf"""
- Each **actor** is a policy of its own on 5 × 5 cells, from one corner to the other; a step costs 1, and an episode is broken off after {LONGEST} steps.
  All begin with all actions equally likely, and all see the same chance. The shortest way has 8 steps.
- **Left**: the return, which is what counts. **Right**: what is minimised, or what else is measured of each batch. Bands hold the middle half of the seeds.
- **The loss is not the score**: a batch weighs the loss with its own advantages, so its value is about this batch, and says nothing of the policy.
- **REINFORCE**: the return to go for the advantage. **With a baseline**: less the batch's mean. **Actor-critic**: GAE with a critic that learns beside.
- **PPO's clip** and **passes, no clip**: GAE, normalised, and several steps on each batch; the clip ends the pull once a probability has changed by ε.
- **Stuck**: the mean of a seed's last ten returns is below {significant(takeaways.STUCK)}.
- Sources: R. J. Williams, 1992; V. Mnih et al., arXiv:1602.01783; J. Schulman et al., arXiv:1707.06347.
"""


def draw() -> None:
    """Draw the view."""
    view, words = begin(SCREEN), told_later()
    draw_settings(SCREEN, "Learning", ("batch", "updates", "seeds", "seed"))
    several = {*view.actors} & {"ppo", "unclipped"}
    with picture():
        with folded_settings():
            with row():
                draw_dials(SCREEN.at(), ("rate", "decay", *(("passes", "clip") if several else ())))
            with row():
                draw_choice(SCREEN, "actors", list(_TITLES), _TITLES)
                draw_story_menu(SCREEN)
        if not view.actors:
            st.info("Choose an actor.", icon=":material/arrow_upward:")
        else:
            draw_trained(SCREEN, _batches, lambda shown, result: _results(shown, result, words))


def _batches(result: StudyResult) -> list[int]:
    """Return the batches up to which curves are drawn. The first one is acted before the first update."""
    return sorted({max(1, step) for step in recorded_steps(result.done)})


def _results(view: PolicyView, result: StudyResult, words: DeltaGenerator) -> None:
    """Draw returns and losses of what was trained for a state of the view. `words`: where the sentence stands that they come to."""
    measure, looks = SCREEN.open().measure, looks_of(view.actors, _TITLES)
    names = [look.label for look in looks]
    with dial():
        at = draw_player(SCREEN, _batches(result))
    found = {name: result.arrays[name][:, :, :at] for name in MEASURES}
    said = takeaways.policy(names, found["return"], found["policy_loss"])
    said = draw_takeaway(view, said, words, ended=at == result.document.updates)
    with stage():
        st.html(legend_html(looks))
        with grid(2):
            show(_curves(result, looks, "return", at), "reinforcement_policy_left", "The return: higher is better", said)
            if np.isfinite(result.arrays[measure][:, :, 0]).any():
                show(_curves(result, looks, measure, at), "reinforcement_policy_right", f"The {MEASURES[measure]}", said)
            else:
                st.info("None of these actors has a critic.", icon=":material/info:")
    field(SCREEN.at(), "measure", shape="segments")
    st.html(_table(looks, found["return"], found["policy_loss"]))
    share.shows(lambda: summaries.tidy(result, names, tuple(MEASURES), "update"))


def _curves(result: StudyResult, looks: Sequence[Look], name: str, at: int) -> Chart:
    """Return the curves of what is measured up to a batch, on the axes of all batches. Actors without this measure have none."""
    values = result.arrays[name][:, :, : result.done]
    shown = [run for run in range(len(looks)) if np.isfinite(values[:, run]).any()]
    found = summaries.band(values[:, shown])
    low, high = (-float(LONGEST), 0.0) if name == "return" else (float(found.low.min()), float(found.high.max()))
    room = 0.0 if name == "return" else 0.05 * (high - low) or 0.5
    x, y = Axis("update", domain=(1.0, float(max(2, result.document.updates)))), Axis(MEASURES[name], domain=(low - room, high + room))
    frame = banded(np.arange(1, at + 1), summaries.Band(found.mean[:at], found.low[:at], found.high[:at]), [looks[run] for run in shown])
    return curves(frame, [looks[run] for run in shown], x, y, height=290, dark=dark(), beside=_BESIDE)


def _short(value: float) -> str:
    """Return a loss in three digits; 0 for what is rounding alone, as of advantages whose mean is 0."""
    return significant(value, 3) if abs(value) > _ROUNDING else "0"


def _table(looks: Sequence[Look], earned: Any, losses: Any) -> str:
    """Return where each actor comes to, as HTML, from its returns and losses (S, R, E)."""
    last, first = earned[:, :, -10:].mean(axis=2), earned[:, :, 0].mean(axis=0)
    stuck, means = (last < takeaways.STUCK).sum(axis=0), last.mean(axis=0)
    top = [tenths(each) == tenths(means.max()) for each in means]
    return table("Where each actor comes to", [
        Column("Actor", [look.name for look in looks], words=True),
        Column("First return", [tenths(each) for each in first]),
        Column("Last returns ↑", [tenths(each) for each in means], "The mean of the last ten batches and of the seeds.", marks=marked(top)),
        Column("Worst seed ↑", [tenths(each) for each in last.min(axis=0)]),
        Column("Stuck ↓", [f"{each} of {len(last)}" for each in stuck], f"Seeds whose last returns are below {significant(takeaways.STUCK)}."),
        Column("First loss", [_short(each) for each in losses[:, :, 0].mean(axis=0)]),
        Column("Last losses", [_short(each) for each in losses[:, :, -10:].mean(axis=(0, 2))], "The mean of the last ten batches."),
    ])  # fmt: skip

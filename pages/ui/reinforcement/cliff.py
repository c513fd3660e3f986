"""The cliff: learners in a world that can be edited, their greedy paths and values under a slider of episodes, and their returns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.studies.reinforcement import summaries, takeaways
from core.studies.reinforcement.control import MOST_STEPS
from core.studies.reinforcement.lanes import StudyResult
from core.studies.reinforcement.views import LEARNERS, CliffView
from core.words import significant, whole
from pages.ui.charts.axes import Axis
from pages.ui.charts.run_charts import curves
from pages.ui.charts.theme import Look
from pages.ui.reinforcement import world_charts, world_editor
from pages.ui.reinforcement.pieces import banded, draw_choice, draw_dials, draw_settings, draw_story, draw_story_menu, looks_of, tenths, trained
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import nearest, offered
from pages.ui.widgets.pieces import begin, picture, settings, stage, takeaway, told_later
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, marked, table

SCREEN = ViewScreen(CliffView)
SCREENS = (SCREEN,)
#: pixels of a dial: with all learners they fit in one row
_DIAL = 120
HOW_TO_READ = rf"""
- **The world**: S is the start, G the goal; a step costs 1, a step into the red cliff costs 100 and leads back to the start. Edit it below, by clicks.
- **Arrows**: the best action of each cell after the chosen episode, of the first seed. **Shading**: what it is worth. **Line**: the greedy path from the start.
  A path that comes to a cell again never arrives, and ends there. White cells were never left, or nothing was learned there.
- **ε**: the chance that a step goes anywhere. While they learn all three explore; the greedy path does not.
- **Q-learning** learns the values of the policy that never explores. **SARSA** those of what it does, slips included. **Expected SARSA** takes the mean over
  the next action in place of the action itself.
- **Returns**: the mean over the seeds and over the last {summaries.WINDOW} episodes; the band holds the middle half of the seeds.
  What is below the chart, as the first episodes are, rests on its lower edge.
  An episode is broken off after {whole(MOST_STEPS)} steps.
- Source: R. S. Sutton and A. G. Barto, example 6.6; H. van Seijen et al., 2009.
"""


def draw() -> None:
    """Draw the view."""
    view = begin(SCREEN)
    words = told_later()
    draw_story(view)
    draw_settings(SCREEN, "Learning", ("episodes", "seeds", "seed"))
    with picture():
        with settings():
            draw_dials(SCREEN.at(), ("epsilon", "rate"), _DIAL)
            draw_choice(SCREEN, "learners", list(LEARNERS), LEARNERS)
            draw_story_menu(SCREEN, CliffView)
        if not view.learners:
            st.info("Choose a learner.", icon=":material/arrow_upward:")
        elif (result := trained(view)) is not None:
            _results(result, looks_of(view.learners, LEARNERS), words)
    world_editor.draw(SCREEN)


def _results(result: StudyResult, looks: Sequence[Look], words: DeltaGenerator) -> None:
    """Draw worlds and returns. `words`: where the sentence stands that they come to."""
    view, episodes = SCREEN.current(), summaries.shown_episodes(result)
    last = episodes[-1] if view.episode < 0 else nearest(episodes, view.episode)
    at = offered(SCREEN.at("episode"), episodes, "Episode", otherwise=last)
    values = summaries.action_values(result, at)[0].astype(float)
    paths = [summaries.path(result, each) for each in values]
    late = summaries.late_returns(result)
    said = takeaways.cliff([look.label for look in looks], late, [path.arrives for path in paths], [path.steps for path in paths])
    takeaway(said, words)
    stands = result.data.stands
    worth = (float(min(-1.0, np.quantile(values.max(axis=-1)[:, stands], 0.05))), float(max(0.0, values.max())))
    with stage():
        with st.container(key="panels"):
            for column, run in zip(st.columns(len(looks), gap="medium"), range(len(looks)), strict=True):
                with column:
                    chart = world_charts.world(result.data, values[run], paths[run], looks[run], worth, dark=dark())
                    show(chart, f"reinforcement_world_{run}", said=said)
        earned = summaries.returns(result)
        found = summaries.band(summaries.smoothed(earned, summaries.WINDOW))
        begins = min(found.mean.shape[0] - 1, 2 * summaries.WINDOW)
        low = float(min(found.low[begins:].min(), late.min()))
        floor = 1.1 * low if low < 0 else low - 1.0
        y = Axis("return of an episode", domain=(floor, float(max(0.0, found.high.max()))))
        found = summaries.Band(*(np.maximum(each, floor) for each in (found.mean, found.low, found.high)))
        x = Axis("episode", domain=(1.0, float(result.document.updates)))
        chart = curves(banded(np.arange(1, len(found.mean) + 1), found, looks), looks, x, y, height=250, dark=dark())
        show(chart, "reinforcement_returns", f"Return, the mean of the last {summaries.WINDOW} episodes, and the middle half of the seeds", said)
    st.html(_table(result, looks, paths, at))
    share.shows(lambda: summaries.tidy(result, [look.label for look in looks], ("returns", "ends"), "episode"))


def _table(result: StudyResult, looks: Sequence[Look], paths: Sequence[summaries.Path], at: int) -> str:
    """Return what each learner earned, and where its greedy path leads, as HTML."""
    late = summaries.late_returns(result)
    spread = summaries.returns(result)[:, :, -(summaries.returns(result).shape[-1] + 1) // 2 :].mean(axis=2)
    broken = (~result.arrays["ends"][:, :, : result.done]).sum(axis=(0, 2))
    earned = [tenths(each) for each in late]
    top = [each == tenths(late.max()) for each in earned]
    ends = [f"{tenths(each.min())} to {tenths(each.max())}" for each in spread.T]
    return table(f"What was earned, and the greedy path of the first seed after episode {at}", [
        Column("Learner", [look.name for look in looks], words=True),
        Column("Return ↑", earned, "While learning, the mean over the second half of the episodes and the seeds.", marks=marked(top)),
        Column("Seeds", ends, "The lowest and the highest seed."),
        Column("Greedy path", [significant(path.total) if path.arrives else "never arrives" for path in paths], "Its return, without exploration."),
        Column("Steps", [f"{path.steps}" if path.arrives else "–" for path in paths]),
        Column("Broken off", [whole(int(each)) for each in broken], f"Episodes of all seeds that did not arrive within {whole(MOST_STEPS)} steps."),
    ])  # fmt: skip

"""The cliff: learners in a world that can be edited, their greedy paths and values under a slider of episodes, and their returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.studies.reinforcement import summaries, takeaways
from core.studies.reinforcement.control import MOST_STEPS
from core.studies.reinforcement.lanes import StudyResult
from core.studies.reinforcement.views import LEARNERS, CliffView
from core.words import significant, whole
from pages.ui.charts.axes import Axis
from pages.ui.charts.base import Chart
from pages.ui.charts.run_charts import curves
from pages.ui.charts.theme import Look
from pages.ui.reinforcement import world_charts, world_editor
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
from pages.ui.widgets.pieces import begin, dial, folded_settings, grid, picture, stage, told_later
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, marked, table

SCREEN = ViewScreen(CliffView)
SCREENS = (SCREEN,)
#: pixels of a dial: with all learners they fit in one row; and pixels beside the returns
_DIAL, _BESIDE = 120, 560
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
    view, words = begin(SCREEN), told_later()
    draw_settings(SCREEN, "Learning", ("episodes", "seeds", "seed"))
    with picture():
        with folded_settings(), row():
            draw_dials(SCREEN.at(), ("epsilon", "rate"), _DIAL)
            draw_choice(SCREEN, "learners", list(LEARNERS), LEARNERS)
            draw_story_menu(SCREEN)
        if not view.learners:
            st.info("Choose a learner.", icon=":material/arrow_upward:")
        else:
            draw_trained(SCREEN, summaries.shown_episodes, lambda shown, result: _results(shown, result, words))
    world_editor.draw(SCREEN)


def _results(view: CliffView, result: StudyResult, words: DeltaGenerator) -> None:
    """Draw worlds and returns of what was trained for a state of the view. `words`: where the sentence stands that they come to."""
    SCREEN.open()
    looks = looks_of(view.learners, LEARNERS)
    with dial():
        at = draw_player(SCREEN, summaries.shown_episodes(result))
    values = summaries.action_values(result, at)[0].astype(float)
    paths = [summaries.path(result, each) for each in values]
    late = summaries.late(result.arrays["returns"][:, :, :at])
    said = takeaways.cliff([look.label for look in looks], late.mean(axis=0), [path.arrives for path in paths], [path.steps for path in paths])
    said = draw_takeaway(view, said, words, ended=at == result.document.updates)
    with stage():
        with grid(len(looks), "panels"):
            worth = _worth(result)
            for run, style in enumerate(looks):
                chart = world_charts.world(result.data, values[run], paths[run], style, worth, dark=dark())
                show(chart, f"reinforcement_world_{run}", said=said)
        chart = _returns(result, looks, at)
        show(chart, "reinforcement_returns", f"Return, the mean of the last {summaries.WINDOW} episodes, and the middle half of the seeds", said)
    st.html(_table(result, looks, paths, at, late))
    share.shows(lambda: summaries.tidy(result, [look.label for look in looks], ("returns", "ends"), "episode"))


def _worth(result: StudyResult) -> tuple[float, float]:
    """Return the range of the colours: that of the last values of all learners, so that no episode has another one."""
    best = summaries.action_values(result, summaries.shown_episodes(result)[-1])[0].max(axis=-1)
    return float(min(-1.0, np.quantile(best[:, result.data.stands], 0.05))), float(max(0.0, best.max()))


def _returns(result: StudyResult, looks: Sequence[Look], at: int) -> Chart:
    """Return the curves of the returns up to an episode, on the axes of them all."""
    found = summaries.band(summaries.smoothed(result.arrays["returns"][:, :, : result.done], summaries.WINDOW))
    begins = min(result.done - 1, 2 * summaries.WINDOW)
    low = float(found.low[begins:].min())
    floor = 1.1 * low if low < 0 else low - 1.0
    y = Axis("return of an episode", domain=(floor, float(max(0.0, found.high.max()))))
    shown = summaries.Band(*(np.maximum(each[:at], floor) for each in (found.mean, found.low, found.high)))
    x = Axis("episode", domain=(1.0, float(max(2, result.document.updates))))
    return curves(banded(np.arange(1, at + 1), shown, looks), looks, x, y, height=250, dark=dark(), beside=_BESIDE)


def _table(result: StudyResult, looks: Sequence[Look], paths: Sequence[summaries.Path], at: int, late: Any) -> str:
    """Return what each learner earned, and where its greedy path leads, as HTML. `late` (S, R): what the seeds earned in the second half of the episodes."""
    broken = (~result.arrays["ends"][:, :, :at]).sum(axis=(0, 2))
    earned = [tenths(each) for each in late.mean(axis=0)]
    top = [at > 0 and each == tenths(late.mean(axis=0).max()) for each in earned]
    ends = [f"{tenths(each.min())} to {tenths(each.max())}" for each in late.T]
    return table(f"What was earned, and the greedy path of the first seed, after episode {at}", [
        Column("Learner", [look.name for look in looks], words=True),
        Column("Return ↑", earned, "While learning, the mean over the second half of the episodes so far and the seeds.", marks=marked(top)),
        Column("Seeds", ends if at else ["–"] * len(looks), "The lowest and the highest seed."),
        Column("Greedy path", [significant(path.total) if path.arrives else "never arrives" for path in paths], "Its return, without exploration."),
        Column("Steps", [f"{path.steps}" if path.arrives else "–" for path in paths]),
        Column("Broken off", [whole(int(each)) for each in broken], f"Episodes of all seeds that did not arrive within {whole(MOST_STEPS)} steps."),
    ])  # fmt: skip

"""Weightings: up to five ways to weigh the same three losses, what each task becomes under them, and what drowns what."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.stories import told_by
from core.studies.multitask.document import TASKS
from core.studies.multitask.lanes import MultitaskResult
from core.studies.multitask.measures import MEASURES, QUALITY
from core.studies.multitask.stories import STORIES
from core.studies.multitask.views import WeightingsView
from core.studies.multitask.words import conflict, drowned, weightings
from core.words import significant, written
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import over_updates
from pages.ui.charts.theme import Look
from pages.ui.multitask import editor
from pages.ui.session.lineup import LineupViewScreen
from pages.ui.session.state import MULTITASK
from pages.ui.training import last
from pages.ui.widgets import chips, play, share, story
from pages.ui.widgets.controls import field, offered
from pages.ui.widgets.pieces import dial, folded_settings, grid, picture, stage, takeaway, told_later
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, marked, table
from pages.ui.widgets.text import show_message

SCREEN = LineupViewScreen(WeightingsView, MULTITASK)
SCREENS = (MULTITASK, SCREEN)
#: pixels beside the charts
_BESIDE = 460
HOW_TO_READ = r"""
- The total is $w_1 L_{\text{class}} + w_2 L_{\text{place}} + w_3 L_{\text{mask}}$. All runs share rows, network, start and batches; only the weighting differs.
- **The unit** multiplies the target of the place, so its squared error grows with the square of it. **Standardised**: the target has standard deviation 1,
  whatever its unit.
- **Learned weights**: $e^{-s} L + s/2$ for class and mask, $\tfrac12 e^{-s} L + s/2$ for the place, with $s = \log \sigma^2$ learned by Adam at a rate of its
  own. Source: Kendall, Gal and Cipolla, arXiv:1705.07115.
- **Pull**: the length of the gradient of a weighted loss by the **trunk**, the hidden layers that all tasks share, on 256 training rows. A task that pulls five
  times as hard as another **drowns** it.
- **Cosine** of two tasks' gradients: near 0 they do not meet, below -0.1 they disagree, below -0.5 they pull against each other. Here they hardly do, so ways
  to resolve conflicts change nothing.
- **R²**, accuracy and Dice do not ask for units, so they compare.
"""


def draw() -> None:
    """Draw the view."""
    multitask, folded_out, words = MULTITASK.open(), SCREEN.at("folded_out"), told_later()
    SCREEN.open()
    editor.draw_settings(folded_out)
    with st.container():  # it is there without a message too, so that the charts keep their position
        show_message(MULTITASK, SCREEN)
    with picture():
        with folded_settings():
            with st.container(horizontal=True, vertical_alignment="center"):
                editor.draw_chips(multitask)
                chips.draw_add(MULTITASK, "run", "multitask_add")
                story.menu(STORIES, MULTITASK, "multitask_story", "Weightings that each ask one question, and answer it.", lambda: play.before_start(SCREEN))
            editor.draw(multitask, folded_out)
        last.trained(SCREEN, multitask, partial(_results, words=words), chips.looks(MULTITASK, multitask), played=True)


def _results(result: MultitaskResult, looks: Sequence[Look], words: DeltaGenerator) -> None:
    """Draw curves and tables."""
    view, updates = SCREEN.open(), [int(update) for update in result.updates]
    with dial():
        with st.container():
            update = offered(SCREEN.at("update"), updates, "Update", otherwise=play.shown(SCREEN, updates))
        play.button(SCREEN, updates)
    said, told = weightings(result, update), told_by(STORIES, result.document)
    asks = told is not None and update < updates[-1]
    takeaway(story.due(told, said, ended=not asks), words)
    with stage():
        st.html(legend_html(looks))
        with grid(3):
            for side in ("left", "middle", "right"):
                _curve(result, looks, view, (update, update if asks else updates[-1]), side)
    st.html(measures_table(result, looks, update))
    st.html(pulls_table(result, looks, update))
    share.shows(lambda: result.history)


def _curve(result: MultitaskResult, looks: Sequence[Look], view: WeightingsView, at: tuple[int, int], side: str) -> None:
    """Draw the measure that was chosen for one side. `at`: the update shown, and up to which curves are drawn, because a story asks first."""
    name = getattr(view, side)
    with st.container(gap="small"):
        field(SCREEN.at(), side, labelled=False, shape="menu")
        y, values = Axis(MEASURES[name].title, log=MEASURES[name].log), result.metrics[name][:, 0]
        shown = {"last": result.document.updates, "at": at[0], "until": at[1]}
        show(over_updates(result.updates, values, looks, y, **shown, height=260, dark=dark(), beside=_BESIDE), f"multitask_curve_{side}")
        st.caption(MEASURES[name].doc)


def measures_table(result: MultitaskResult, looks: Sequence[Look], update: int) -> str:
    """Return how good each task is, and what its loss is multiplied by, as HTML. The best values are marked."""
    at = result.place(update)
    columns = [Column("Run", [look.name for look in looks], words=True)]
    for name in QUALITY.values():
        values = result.metrics[name][at, 0]
        cells = [f"{value:.3f}" if np.isfinite(value) else f"diverged in {result.tracks[run].diverged_at[0]}" for run, value in enumerate(values)]
        tops = [bool(f"{value:.3f}" == f"{np.nanmax(values):.3f}") for value in values] if np.isfinite(values).sum() > 1 else []
        columns.append(Column(f"{MEASURES[name].title} ↑", cells, MEASURES[name].doc, marks=marked(tops)))
    columns += [Column(task, _cells(result.metrics[f"weight_{task}"][at, 0], 3), MEASURES[f"weight_{task}"].doc, group="Weight") for task in TASKS]
    return table(f"What each task became after update {update}", columns)


def pulls_table(result: MultitaskResult, looks: Sequence[Look], update: int) -> str:
    """Return how hard each task pulls on the trunk, the cosines of their gradients, and in words what drowns what, as HTML."""
    at = result.place(update)
    columns = [Column("Run", [look.name for look in looks], words=True)]
    columns.append(Column("What drowns what", [str(drowned(result, run, at)) for run in range(len(looks))], words=True))
    columns += [Column(task, _cells(result.metrics[f"pull_{task}"][at, 0], 2), MEASURES[f"pull_{task}"].doc, group="Pull on the trunk") for task in TASKS]
    for pair in ("class_place", "class_mask", "place_mask"):
        name = f"cosine_{pair}"
        columns.append(Column(pair.replace("_", ", "), _cells(result.metrics[name][at, 0]), MEASURES[name].doc, group="Cosine of the gradients"))
    said = [str(conflict(result, run, at)) for run in range(len(looks))]
    columns.append(Column("in words", said, group="Cosine of the gradients", words=True))
    return table(f"How the tasks pull on the trunk after update {update}", columns)


def _cells(values: np.ndarray, digits: int | None = None) -> list[str]:
    """Return numbers in so many significant digits, by default in two decimals."""

    def cell(value: float) -> str:
        return written(round(value, 2) + 0.0, ".2f") if digits is None else significant(value, digits)

    return [cell(float(value)) if np.isfinite(value) else "–" for value in values]

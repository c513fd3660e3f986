"""What the views of the page have in common: looks of what is compared, dials in a row, stories, and what is trained and played."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.stories import told_by
from core.studies.reinforcement.lanes import StudyResult
from core.studies.reinforcement.stories import of_view
from core.studies.reinforcement.summaries import Band
from core.studies.reinforcement.views import settings
from core.views import View
from core.words import Said, reason, written
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import Look, chip_css, look
from pages.ui.session.screen import Binding, ViewScreen
from pages.ui.training import follow, last, progress
from pages.ui.widgets import play, story
from pages.ui.widgets.controls import field, offered
from pages.ui.widgets.pieces import takeaway
from pages.ui.widgets.text import plain

#: pixels of a dial: two stand side by side on a phone
DIAL_WIDTH = 160


def looks_of(names: Sequence[str], titles: dict[str, str]) -> list[Look]:
    """Return the look of each name, which it keeps while others come and go."""
    return [look([*titles].index(name), titles[name]) for name in names]


def draw_dials(item: Binding, names: Sequence[str], width: int = DIAL_WIDTH) -> None:
    """Draw the dials of some fields of an item, of one width, in a row that the caller opens."""
    for name in names:
        with st.container(width=width):
            field(item, name)


def row() -> DeltaGenerator:
    """Return a row of dials and buttons."""
    return st.container(horizontal=True, vertical_alignment="bottom")


def draw_settings(screen: ViewScreen[Any], title: str, names: Sequence[str]) -> None:
    """Draw what is chosen once, in the sidebar."""
    with st.sidebar:
        st.subheader(title)
        for name in names:
            field(screen.at(), name)


def draw_choice(screen: ViewScreen[Any], name: str, names: Sequence[str], titles: dict[str, str]) -> None:
    """Draw what can be compared, as chips in the colours of their curves."""
    container = f"{screen.kind.kind.replace('.', '_')}_{name}"
    st.html(chip_css(looks_of(names, titles), container))
    with st.container(key=container, width="content"):
        field(screen.at(), name, labelled=False)


def draw_story_menu(screen: ViewScreen[Any]) -> None:
    """Draw the menu of a view's stories. The one that is chosen begins before its start."""
    key = f"{screen.kind.kind.replace('.', '_')}_story"
    story.menu(of_view(screen.kind), screen, key, "Settings that each ask one question, and answer it.", lambda: play.before_start(screen))


def draw_player(screen: ViewScreen[Any], steps: Sequence[int]) -> int:
    """Draw the slider of the steps that are recorded, and the button that plays them, in a `dial` that the caller opens. Return the step that is shown."""
    field_, noun = screen.at(screen.kind.played), screen.kind.played.capitalize()
    with st.container():
        at: int = offered(field_, steps, noun, otherwise=play.shown(screen, steps))
    play.button(screen, steps)
    return at


def draw_takeaway(view: View, said: Said, place: DeltaGenerator, *, ended: bool) -> Said:
    """Draw what is due above the picture of a view, and return it: what is `said`, or of a story its question, and its verdict once it has `ended`."""
    due = story.due(told_by(of_view(type(view)), settings(view)), said, ended=ended)
    takeaway(due, place)
    return due


def draw_trained(screen: ViewScreen[Any], steps: Callable[[StudyResult], Sequence[int]], make: Callable[[Any, StudyResult], None]) -> None:
    """Train what the state of a view asks for, draw its progress, and play what is recorded so far: `make(view, result)` draws it at one of its `steps`.

    While it trains the last picture stays, pale. What cannot be trained is said in its place.
    """
    view: Any = screen.current()
    try:
        document = view.document()
        document.check()
    except ValueError as error:
        st.error(f"This cannot be trained: {plain(str(reason(error)))}.", icon=":material/error:")
        return
    follow.follow(document)
    progress.draw(document, rerun=True)
    result = follow.view(document).result
    shown = (view, result) if isinstance(result, StudyResult) and result.done else None
    last.draw(screen, shown, lambda drawn: play.draw(screen, steps(drawn[1]), lambda: make(*drawn)))


def tenths(value: float) -> str:
    """Return a return in tenths, a large one in whole numbers."""
    return written(value, ".1f") if abs(value) < 1000 else written(value, ",.0f")


def banded(x: Any, band: Band, looks: Sequence[Look]) -> pd.DataFrame:
    """Return the frame of `run_charts.curves`: a mean and a band for each run."""
    columns: dict[str, Any] = {"x": np.asarray(x)}
    for run, name in enumerate(run_domain(looks)):
        columns |= {name: band.mean[:, run], f"{name}_low": band.low[:, run], f"{name}_high": band.high[:, run]}
    return pd.DataFrame(columns)

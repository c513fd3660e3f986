"""The choice of a story: a race that shows one thing, and the sentence that says what to see."""

from __future__ import annotations

import streamlit as st

from core.studies.descent.stories import PRESETS
from pages.ui.session.state import RACE
from pages.ui.widgets.text import plain


def draw_presets() -> None:
    """Draw the menu of stories. While the race of a story is on the screen, draw its sentence."""
    st.menu_button(
        "Stories", range(len(PRESETS)), key="story", icon=":material/auto_stories:", help="Races that each show one thing.", on_click=_chosen,
        format_func=lambda place: PRESETS[place].title,
    )  # fmt: skip
    current = next((preset for preset in PRESETS if preset.race == RACE.current()), None)
    if current is not None:
        st.markdown(f"**{plain(current.title)}.** {plain(current.story)}")


def _chosen() -> None:
    """Put the race of the chosen story on the screen."""
    RACE.load(PRESETS[st.session_state.story].race)

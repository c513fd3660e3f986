"""The choice of a story: a race that shows one thing, and the sentence that says what to see."""

from __future__ import annotations

import streamlit as st

from core.studies.descent.stories import PRESETS
from pages.ui.session import state
from pages.ui.widgets.text import plain


def draw_presets() -> None:
    """Draw the menu of stories. While the race of a story is on the screen, draw its sentence."""
    names = [preset.title for preset in PRESETS]
    st.menu_button("Stories", names, key="story", icon=":material/auto_stories:", help="Races that each show one thing.", on_click=_chosen)
    current = next((preset for preset in PRESETS if preset.race == state.RACE.current()), None)
    if current is not None:
        st.markdown(f"**{plain(current.title)}.** {plain(current.story)}")


def _chosen() -> None:
    """Put the race of the chosen story on the screen."""
    for preset in PRESETS:
        if preset.title == st.session_state.story:
            state.RACE.load(preset.race)

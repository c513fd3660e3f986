"""Stories: races that each show one thing, to be put on the screen, and the sentence that says what to see."""

from __future__ import annotations

import streamlit as st

from core.studies.descent.stories import PRESETS
from pages.ui.session import state
from pages.ui.widgets.text import plain


def draw_presets() -> None:
    """Draw the choice of a story, and while its race is on the screen, its sentence."""
    names = [preset.title for preset in PRESETS]
    st.menu_button("Stories", names, key="story", icon=":material/auto_stories:", help="Races that each show one thing.", on_click=_chosen)
    told = next((preset for preset in PRESETS if preset.race == state.RACE.current()), None)
    if told is not None:
        st.markdown(f"**{plain(told.title)}.** {plain(told.story)}")


def _chosen() -> None:
    """Put the race of the chosen story on the screen."""
    for preset in PRESETS:
        if preset.title == st.session_state.story:
            state.RACE.load(preset.race)

"""The choice of a story: a race that shows one thing, a question before it and a verdict after it."""

from __future__ import annotations

import streamlit as st

from core.studies.descent.race import Race
from core.studies.descent.stories import PRESETS, Preset
from pages.ui.session.state import RACE


def draw_presets() -> None:
    """Draw the menu of stories."""
    st.menu_button(
        "Stories", range(len(PRESETS)), key="story_menu", icon=":material/auto_stories:", help="Races that each ask one question, and answer it.",
        on_click=_chosen, format_func=lambda place: PRESETS[place].title,
    )  # fmt: skip


def told_by(race: Race) -> Preset | None:
    """Return the story whose race this is; None if it is of no story."""
    return next((preset for preset in PRESETS if preset.race == race), None)


def _chosen() -> None:
    """Put the race of the chosen story on the screen."""
    RACE.load(PRESETS[st.session_state.story_menu].race)

"""A story: a question before the picture is played, and the verdict in its place once the last step has been on the screen. The browser exchanges them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.stories import Story
from core.words import Said
from pages.ui.session.screen import Screen
from pages.ui.widgets.text import plain


def menu(stories: Sequence[Story[Any]], screen: Screen[Any], key: str, doc: str, begin: Callable[[], None] | None = None) -> None:
    """Draw the menu of stories. The document of the one that is chosen is put on the screen, and `begin` is called."""

    def chosen() -> None:
        screen.load(stories[st.session_state[key]].document)
        if begin is not None:
            begin()

    st.menu_button(
        "Stories", range(len(stories)), key=key, icon=":material/auto_stories:", help=doc, on_click=chosen, format_func=lambda place: stories[place].title
    )


def due(told: Story[Any] | None, said: Said, *, ended: bool) -> Said:
    """Return what is said above a picture that the server plays: the question of a story, and once it has `ended` its verdict and what is seen (`said`)."""
    if told is None:
        return said
    return Said("{verdict} {said}", verdict=told.verdict, said=said) if ended else Said("{question}", question=told.question)


def tell(question: str, verdict: str) -> None:
    """Draw a question and its verdict in one place, of which `charts.player.player_css` shows the one that is due."""
    with st.container(key="takeaway"), st.container(key="story"):
        for name, words in (("question", question), ("verdict", verdict)):
            with st.container(key=name):
                st.markdown(plain(words))

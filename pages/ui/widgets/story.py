"""A story: a question before the picture is played, and the verdict in its place once the last step has been on the screen. The browser exchanges them."""

from __future__ import annotations

import streamlit as st

from pages.ui.widgets.text import plain


def tell(question: str, verdict: str) -> None:
    """Draw a question and its verdict in one place, of which `charts.player.player_css` shows the one that is due."""
    with st.container(key="takeaway"), st.container(key="story"):
        for name, words in (("question", question), ("verdict", verdict)):
            with st.container(key=name):
                st.markdown(plain(words))

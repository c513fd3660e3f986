"""The last picture of a view: it stays, pale, until another training has come to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from pages.ui.session.screen import Screen
from pages.ui.training import follow

D = TypeVar("D")

PALE = '<style>.st-key-drawn [data-testid="stElementContainer"] {opacity: 0.35; pointer-events: none;}</style>'
FRESH = "<style>.st-key-drawn {opacity: 1;}</style>"


def draw(screen: Screen[Any], shown: D | None, make: Callable[[D], None], *, keeps: bool = True) -> None:
    """Draw what is shown on a screen; while something trains, draw what was shown before it, pale, if there was anything.

    `keeps`: false for data that a person brought, which live as long as their table.
    """
    key, running = f"drawn {screen.key}", follow.running()
    earlier: D | None = st.session_state.get(key)
    if not keeps:
        st.session_state.pop(key, None)
    elif shown is not None and not running:
        st.session_state[key] = shown
    pale = running and earlier is not None
    picture = earlier if pale else shown
    with st.container(key="drawn"):
        st.html(PALE if pale else FRESH)
        if picture is not None:
            make(picture)

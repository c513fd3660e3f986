"""The last picture of a view: it stays, pale, until another training has come to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from core.parameters import Declared
from pages.ui.session.screen import Screen, ViewScreen
from pages.ui.training import follow, progress
from pages.ui.widgets import play

D = TypeVar("D")

PALE = '<style>.st-key-drawn [data-testid="stElementContainer"] {opacity: 0.35; pointer-events: none;}</style>'
FRESH = "<style>.st-key-drawn {opacity: 1;}</style>"


def trained(screen: ViewScreen[Any], document: Declared, make: Callable[..., None], *beside: Any, played: bool = False, keeps: bool = True) -> None:
    """Train a document, draw its progress, and the picture `make(result, *beside)` of its result so far, as `draw` does.

    `played`: whether the picture is of one recorded update after the other.
    """
    follow.follow(document)
    progress.draw(document, rerun=True)
    result = follow.view(document).result

    def picture(drawn: tuple[Any, ...]) -> None:
        if played:
            play.draw(screen, [int(update) for update in drawn[0].updates], lambda: make(*drawn))
        else:
            make(*drawn)

    draw(screen, None if result is None else (result, *beside), picture, keeps=keeps)


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

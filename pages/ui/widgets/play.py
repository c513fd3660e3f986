"""A player on the server, for pictures that the browser cannot hold all of: it shows one recorded update after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from pages.ui.session.screen import ViewScreen
from pages.ui.widgets.controls import nearest

#: between two pictures
SECONDS = 0.6


def draw(screen: ViewScreen[Any], updates: Sequence[int], make: Callable[[], None]) -> None:
    """Draw what `make` draws as a fragment. While it plays the fragment renews itself, each time one of the recorded `updates` further, up to the last."""
    playing, renewal = bool(st.session_state.get(_key(screen))), False

    def part() -> None:
        if renewal and playing:
            _step(screen, updates)
        make()
        if bool(st.session_state.get(_key(screen))) != playing:  # a renewal is of the whole page, so another run begins or ends it
            st.rerun()

    st.fragment(run_every=SECONDS if playing else None)(part)()
    renewal = True


def shown(screen: ViewScreen[Any], updates: Sequence[int]) -> int:
    """Return the recorded update that is shown; the last one for a negative one."""
    at: int = screen.at(screen.kind.played).get()
    return updates[-1] if at < 0 else nearest(updates, at)


def button(screen: ViewScreen[Any], updates: Sequence[int]) -> None:
    """Draw the button that plays on from the update shown, at the last one from the first, and stops there."""
    playing = bool(st.session_state.get(_key(screen)))
    label, icon = ("Pause", ":material/pause:") if playing else ("Play", ":material/play_arrow:")
    st.button(label, icon=icon, type="primary", key=f"{screen.key}_play", on_click=_pressed, args=(screen, tuple(updates)))


def before_start(screen: ViewScreen[Any]) -> None:
    """Show the picture before the first update."""
    st.session_state[_key(screen)] = False
    screen.open()
    screen.at(screen.kind.played).put(0)


def _key(screen: ViewScreen[Any]) -> str:
    return f"playing {screen.key}"


def _pressed(screen: ViewScreen[Any], updates: Sequence[int]) -> None:
    playing = not st.session_state.get(_key(screen))
    if playing and shown(screen, updates) == updates[-1]:
        screen.at(screen.kind.played).put(updates[0])
    st.session_state[_key(screen)] = playing


def _step(screen: ViewScreen[Any], updates: Sequence[int]) -> None:
    at = updates.index(shown(screen, updates))
    screen.at(screen.kind.played).put(updates[min(at + 1, len(updates) - 1)])
    if at + 2 >= len(updates):
        st.session_state[_key(screen)] = False

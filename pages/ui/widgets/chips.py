"""The chips: one for each item on a screen, with its line. The selected chip is the item whose widgets are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.ui.charts.theme import Look, chip_css
from pages.ui.session.screen import Screen
from pages.ui.widgets.controls import showing
from pages.ui.widgets.text import plain


def draw(screen: Screen[Any], styles: Sequence[Look], label: str, container: str, key: str) -> None:
    """Draw the chips of the screen's items. `container`: the key of the container around them. `key`: the key of the widget."""
    slots, index = screen.slots(), screen.selected()
    names = {slot: plain(style.name) for slot, style in zip(slots, styles, strict=True)}

    def chosen() -> None:
        if st.session_state[key] is not None:
            screen.select(st.session_state[key])

    st.html(chip_css(styles, container))
    with st.container(key=container), showing(key, slots[index]) as with_default:
        st.pills(
            label, slots, default=slots[index] if with_default else None, format_func=names.__getitem__, key=key, required=True,
            label_visibility="collapsed", on_change=chosen,
        )  # fmt: skip

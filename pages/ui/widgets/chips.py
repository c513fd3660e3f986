"""The chips: one for each item on a screen, with its line. The selected chip is the item whose widgets are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from pages.ui.charts.theme import Look, chip_css, look
from pages.ui.session.lineup import Lineup
from pages.ui.widgets.controls import showing
from pages.ui.widgets.text import plain


def looks(screen: Lineup[Any], document: Any) -> tuple[Look, ...]:
    """Return the look of each item of a document that is on the screen: the item's style there, and the label that `document.labels()` gives it."""
    return tuple(look(slot, label) for slot, label in zip(screen.slots(), document.labels(), strict=True))


def draw_add(screen: Lineup[Any], noun: str, key: str) -> None:
    """Draw the button that adds an item like the selected one. `noun`: what an item is called. `key`: the key of the button."""
    st.button(
        f"Add {noun}", icon=":material/add:", key=key, on_click=screen.add, args=(screen.bench().selected,), disabled=len(screen.slots()) == screen.most,
        help=f"One more {noun} like the selected one, up to {screen.most}.",
    )  # fmt: skip


def draw_remove(screen: Lineup[Any], noun: str, key: str) -> None:
    """Draw the button that removes the selected item. The arguments are those of `draw_add`."""
    slots = screen.slots()
    st.button(
        "Remove", icon=":material/delete:", key=key, on_click=screen.remove, args=(slots[screen.selected()],), disabled=len(slots) == 1,
        help=f"Remove this {noun}",
    )  # fmt: skip


def draw(
    screen: Lineup[Any], styles: Sequence[Look], label: str, container: str, key: str, put: Callable[[int], None] | None = None, pale: Sequence[int] = ()
) -> None:
    """Draw the chips of the screen's items. `container`: the key of the container around them. `key`: the key of the widget.

    `put`: what a click on any of them does, also on the selected one; default: it selects. `pale`: the places of those that are crossed out.
    """
    pick(screen.slots(), styles, screen.bench().selected, put or screen.select, label, container, key, again=put is not None, pale=pale)


def pick(
    slots: Sequence[int], styles: Sequence[Look], chosen: int, put: Callable[[int], None], label: str, container: str, key: str, *,
    again: bool = False, pale: Sequence[int] = (),
) -> None:  # fmt: skip
    """Draw a chip for each style number, as `styles` look, with `chosen` pressed. Another choice is passed to `put`. The keys are those of `draw`.

    `again`: a click on the chosen one is passed to `put`, too.
    """
    names = {slot: plain(style.name) for slot, style in zip(slots, styles, strict=True)}

    def changed() -> None:
        if st.session_state[key] is not None or again:
            put(chosen if st.session_state[key] is None else st.session_state[key])

    st.html(chip_css(styles, container, pale))
    with st.container(key=container), showing(key, chosen) as with_default:
        st.pills(
            label, slots, default=chosen if with_default else None, format_func=names.__getitem__, key=key, required=not again,
            label_visibility="collapsed", on_change=changed,
        )  # fmt: skip

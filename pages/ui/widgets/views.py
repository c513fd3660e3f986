"""The choice of a view, on pages that have several. The address carries the chosen view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import streamlit as st

from pages.ui.session import address
from pages.ui.session.screen import Screen
from pages.ui.widgets import share
from pages.ui.widgets.controls import showing
from pages.ui.widgets.text import plain


class Module(Protocol):
    """The module of a view: the screens that it shows, the state of the view last, and the function that draws it."""

    @property
    def SCREENS(self) -> tuple[Screen[Any], ...]:
        """The screens whose documents the address carries, the most important one first."""

    def draw(self) -> None:
        """Draw the view."""


Views = Mapping[str, tuple[str, Module]]


def draw(title: str, page: str, views: Views) -> None:
    """Draw a page: its title, the choice of its view, Share, and the chosen view. The address carries the view as `view`.

    If the address differs from the one written last, the person followed a link or went Back, so the address decides.
    Right after a choice the choice decides, because the browser's copy of the address lags behind.
    The widget is not bound to the address: with a bound widget `st.switch_page` does not leave the page.
    """
    shown, key, written, fresh = f"{page}_shown", f"{page}_view", f"{page}_written", f"{page}_view_chosen"
    in_address = st.query_params.get(address.VIEW)
    just_chosen = st.session_state.pop(fresh, False)
    if in_address in views and in_address != st.session_state.get(written) and not just_chosen:
        st.session_state[shown] = in_address
    view: str = st.session_state.setdefault(shown, next(iter(views)))
    module = views[view][1]
    for screen in module.SCREENS:
        screen.open()
    address.write(address.VIEW, view)
    st.session_state[written] = view

    def chosen() -> None:
        st.session_state[shown], st.session_state[fresh] = st.session_state[key], True

    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"{page}_heading"):
        st.markdown(f"#### {title}", width="content")
        with showing(key, view) as with_default:
            st.segmented_control(
                "View", list(views), default=view if with_default else None, required=True, format_func=lambda name: views[name][0], key=key,
                label_visibility="collapsed", on_change=chosen,
            )  # fmt: skip
        share.draw(module.SCREENS, view, getattr(module, "draw_files", None))  # what a view offers as files besides
    if in_address is not None and in_address not in views:
        st.warning(f"There is no view “{plain(in_address[:40])}” here: this is “{views[view][0]}”.", icon=":material/warning:")
    module.draw()


def show(page: str, view: str) -> None:
    """Show another view of a page from the next script run on."""
    st.session_state[f"{page}_shown"] = view

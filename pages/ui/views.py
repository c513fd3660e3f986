"""Pages of several views: a choice at the top, of which the address carries one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.ui.controls import showing

Views = Mapping[str, tuple[str, Callable[[], None]]]


def choose(title: str, page: str, views: Views) -> str:
    """Draw a page's title and the choice of its view, and return the chosen one's name, which the address carries as `view`.

    The address is read once a session, and only written after that. The widget is not bound to it: bound ones keep `st.switch_page` from leaving.
    """
    shown, key = f"{page}_shown", f"{page}_view"
    first = st.query_params.get("view", "")
    view: str = st.session_state.setdefault(shown, first if first in views else next(iter(views)))
    st.query_params["view"] = view

    def chosen() -> None:
        st.session_state[shown] = st.session_state[key]

    with st.container(horizontal=True, vertical_alignment="center", key=f"{page}_heading"):
        st.markdown(f"#### {title}", width="content")
        with showing(key, view) as given:
            st.segmented_control(
                "View", list(views), default=view if given else None, required=True, format_func=lambda name: views[name][0], key=key,
                label_visibility="collapsed", on_change=chosen,
            )  # fmt: skip
    return view

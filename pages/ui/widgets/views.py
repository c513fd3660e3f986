"""Pages of several views: a choice at the top, of which the address carries one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.ui.widgets.controls import showing
from pages.ui.widgets.text import plain

Views = Mapping[str, tuple[str, Callable[[], None]]]


def choose(title: str, page: str, views: Views) -> str:
    """Draw a page's title and the choice of its view, and return the chosen one's name, which the address carries as `view`.

    An address that is not the one last written was gone to, by a link or by Back, and decides. Unless a choice was just made: the browser's
    copy of the address lags behind. The widget is not bound to the address: bound ones keep `st.switch_page` from leaving.
    """
    shown, key, written, fresh = f"{page}_shown", f"{page}_view", f"{page}_written", f"{page}_view_chosen"
    asked = st.query_params.get("view")
    just_chosen = st.session_state.pop(fresh, False)
    if asked in views and asked != st.session_state.get(written) and not just_chosen:
        st.session_state[shown] = asked
    view: str = st.session_state.setdefault(shown, next(iter(views)))
    if asked != view:
        st.query_params["view"] = view
    st.session_state[written] = view

    def chosen() -> None:
        st.session_state[shown], st.session_state[fresh] = st.session_state[key], True

    with st.container(horizontal=True, vertical_alignment="center", key=f"{page}_heading"):
        st.markdown(f"#### {title}", width="content")
        with showing(key, view) as given:
            st.segmented_control(
                "View", list(views), default=view if given else None, required=True, format_func=lambda name: views[name][0], key=key,
                label_visibility="collapsed", on_change=chosen,
            )  # fmt: skip
    if asked is not None and asked not in views:
        st.warning(f"There is no view “{plain(asked[:40])}” here: this is “{views[view][0]}”.", icon=":material/warning:")
    return view

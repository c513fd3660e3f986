"""The choice of a view, on pages that have several. The address carries the chosen view."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.ui.widgets.controls import showing
from pages.ui.widgets.text import plain

Views = Mapping[str, tuple[str, Callable[[], None]]]


def choose(title: str, page: str, views: Views) -> str:
    """Draw a page's title and the choice of its view, and return the name of the chosen view. The address carries it as `view`.

    If the address differs from the one written last, the person followed a link or went Back, so the address decides.
    Right after a choice the choice decides, because the browser's copy of the address lags behind.
    The widget is not bound to the address: with a bound widget `st.switch_page` does not leave the page.
    """
    shown, key, written, fresh = f"{page}_shown", f"{page}_view", f"{page}_written", f"{page}_view_chosen"
    in_address = st.query_params.get("view")
    just_chosen = st.session_state.pop(fresh, False)
    if in_address in views and in_address != st.session_state.get(written) and not just_chosen:
        st.session_state[shown] = in_address
    view: str = st.session_state.setdefault(shown, next(iter(views)))
    if in_address != view:
        st.query_params["view"] = view
    st.session_state[written] = view

    def chosen() -> None:
        st.session_state[shown], st.session_state[fresh] = st.session_state[key], True

    with st.container(horizontal=True, vertical_alignment="center", key=f"{page}_heading"):
        st.markdown(f"#### {title}", width="content")
        with showing(key, view) as with_default:
            st.segmented_control(
                "View", list(views), default=view if with_default else None, required=True, format_func=lambda name: views[name][0], key=key,
                label_visibility="collapsed", on_change=chosen,
            )  # fmt: skip
    if in_address is not None and in_address not in views:
        st.warning(f"There is no view “{plain(in_address[:40])}” here: this is “{views[view][0]}”.", icon=":material/warning:")
    return view

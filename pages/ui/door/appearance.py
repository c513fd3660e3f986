"""A change between the light and the dark theme draws the page anew: Streamlit changes its own colours in the browser, and tells no script."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import streamlit as st

KEY = "appearance"
#: an element whose colour follows that of the page, so that the browser reports a change of it
_HTML = "<i></i>"
_CSS = "i {position: absolute; background-color: var(--st-background-color); transition: background-color 1ms;}"
_JS = """
export default ({parentElement, setTriggerValue}) => {
  const page = parentElement.querySelector("i"), changed = () => setTriggerValue("changed", getComputedStyle(page).backgroundColor);
  page.addEventListener("transitionend", changed);
  return () => page.removeEventListener("transitionend", changed);
};
"""


@lru_cache(maxsize=1)
def _component() -> Callable[..., Any]:
    return st.components.v2.component("lossbench_appearance", html=_HTML, css=_CSS, js=_JS)


def watch() -> None:
    """Have the page run again when its theme changes, and tell the whole document which it is. It takes no room."""
    with st.container(key=f"{KEY}_place"):
        _component()(key=KEY, height=1, on_changed_change=lambda: None)
        # Streamlit tells its page alone. Popovers and dialogs lie beside it, where `light-dark()` would be light.
        st.html(f"<style>:root {{color-scheme: {'dark' if st.context.theme.type == 'dark' else 'light'};}}</style>")

"""Every page is entered through `streamlit_app.py`, also by the first visitor of a server who opens a page by its own address.

While a server has never called `st.navigation`, Streamlit takes the folder `pages/` for its older kind of app: it runs the
page's file alone, without the front door, under a navigation of raw file names. The first call of `st.navigation` ends that
for the whole process, but the visitor who came by a page's address (a share link to an app that has just woken up) never
gets there. So each page begins with `front_door.enter()`, which ends it too and starts the run over.
"""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

_PASSED = "front_door_passed"


def passed() -> None:
    """Note that this session went through the front door."""
    st.session_state[_PASSED] = True


def enter() -> None:
    """Start the run over through the front door if this session never came through it. The first statement of every page.

    The new run keeps page and query parameters. The session's mark is asked, not Streamlit's flag, because another visitor may
    turn the flag off after a run has begun the old way; and because it is set here too, there is at most one new run, also
    where a page is the main script (a test of that page alone).
    """
    if _PASSED in st.session_state:
        return
    passed()
    PagesManager.uses_pages_directory = False
    st.rerun()

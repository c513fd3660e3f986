"""Text of users, shown as it is."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from pages.ui.session.screen import Screen

#: what the front end makes links, icons, emoji and arrows of after it has read the Markdown, when a backslash is gone already
_READ_LATER = re.compile(r":(?=//|[\w+/-]+:)|@(?=[\w-])|www(?=\.)|[-<>~](?=[-=>])", re.IGNORECASE)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!~$:<>|&^])")
#: invisible, and no character of any of these patterns
_WORD_JOINER = "\u2060"


def plain(text: object) -> str:
    """Return the text of an object as one that Streamlit shows as it is, not as Markdown."""
    return _MARKDOWN.sub(r"\\\1", _READ_LATER.sub(rf"\g<0>{_WORD_JOINER}", str(text)))


def show_message(*screens: Screen[Any]) -> None:
    """Show what was last complained of on the screens, until something is changed there."""
    with st.container():  # always there, so that what follows keeps its place
        for screen in screens:
            if message := screen.message():
                st.warning(plain(message), icon=":material/warning:")

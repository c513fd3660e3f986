"""The address of what is on the screen: its parameters, what it carried when the session began, and what it carries now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from core.parameters import Document
from pages.ui.session import link

#: the view of a page, an experiment, a race, a duel, an embedding, a segmentation, weightings of several tasks, deep networks, and the state of the view
VIEW, EXPERIMENT, RACE, DUEL, EMBEDDING, SEGMENTATION, MULTITASK, NETWORKS, STATE = "view", "e", "r", "d", "m", "s", "t", "n", "v"
#: every parameter that may stand in the address. The last five are reserved: links that carry them go on carrying them.
PARAMETERS = (VIEW, EXPERIMENT, RACE, DUEL, EMBEDDING, SEGMENTATION, MULTITASK, NETWORKS, STATE, "lesson", "step", "present", "controls", "lang")

T = TypeVar("T")


def arrived(parameter: str, read: Callable[[str], T], default: Callable[[], T]) -> tuple[T, str]:
    """Return what the address carries as `parameter`, read by `read`, and an empty message.

    Without the parameter it is the default. If it cannot be read, too, and the message says why.
    """
    text = st.query_params.get(parameter)
    if text is None:
        return default(), ""
    try:
        return read(text), ""
    except ValueError as error:
        return default(), f"The link could not be opened: {error}. Here is the default instead."


def write(parameter: str, text: str) -> None:
    """Let the address bar carry `text` as `parameter`, and no parameter that is unknown.

    The browser's copy of the address lags behind. So it is written, too, if it differs from what was written last.
    """
    written: dict[str, str] = st.session_state.setdefault("written", {})
    if st.query_params.get(parameter) != text or written.get(parameter) != text:
        st.query_params[parameter] = written[parameter] = text
    for unknown in {*st.query_params} - {*PARAMETERS}:
        del st.query_params[unknown]


def carry(parameter: str, document: Document) -> None:
    """Let the address bar carry the document as `parameter`."""
    write(parameter, link.encode(document))

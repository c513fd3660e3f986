"""The pieces that every view is made of: how to read it, a choice in words, a table, and the way into the workbench."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

HELP_ICON = ":material/help:"


def how_to_read(text: str | Sequence[str], *, icon: str | None = HELP_ICON, width: Literal["content", "stretch"] = "content") -> None:
    """Draw the popover that explains a view: Markdown, or the items of a list of it.

    Its text is drawn although it is folded away: it has no widgets, so an opening costs no run.
    """
    with st.popover("How to read this", icon=icon, width=width):
        st.markdown(text if isinstance(text, str) else "\n".join(f"- {item}" for item in text))

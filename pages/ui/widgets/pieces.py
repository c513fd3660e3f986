"""The pieces that every view is made of: how to read it, a choice in words, a table, and the way into the workbench."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

from core.experiment import Experiment
from pages.ui.session import state

HELP_ICON, WORKBENCH_ICON = ":material/help:", ":material/open_in_new:"


def how_to_read(text: str | Sequence[str], *, icon: str | None = HELP_ICON, width: Literal["content", "stretch"] = "content") -> None:
    """Draw the popover that explains a view: Markdown, or the items of a list of it.

    Its text is drawn although it is folded away: it has no widgets, so an opening costs no run.
    """
    with st.popover("How to read this", icon=icon, width=width):
        st.markdown(text if isinstance(text, str) else "\n".join(f"- {item}" for item in text))


def open_in_workbench(
    label: str,
    experiment: Experiment | Callable[[], Experiment],
    key: str,
    doc: str | None = None,
    *,
    icon: str = WORKBENCH_ICON,
    emphasis: Literal["primary", "secondary"] = "secondary",
) -> None:
    """Draw a button that leaves for the workbench with an experiment on the screen, or with what a function makes once it is pressed."""
    if st.button(label, icon=icon, key=key, help=doc, type=emphasis):
        state.open_in_workbench(experiment() if callable(experiment) else experiment)

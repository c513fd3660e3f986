"""The pieces that every view is made of: its beginning, how to read it, a table, and the way into the workbench."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeVar

import streamlit as st

from core.experiment import Experiment
from core.parameters import Document
from pages.ui.session import state
from pages.ui.session.screen import Screen
from pages.ui.widgets.text import show_message

D = TypeVar("D", bound=Document)

HELP_ICON, WORKBENCH_ICON = ":material/help:", ":material/open_in_new:"
#: how a column of a Markdown table is aligned: to the left or to the right
_RULES = {"l": ":--", "r": "--:"}
#: matches an escaped character, or a bar without a backslash before it
_BAR = re.compile(r"\\.|\|")


def how_to_read(text: str | Sequence[str], *, icon: str | None = HELP_ICON, width: Literal["content", "stretch"] = "content") -> None:
    """Draw the popover that explains a view: Markdown, or the items of a list of it.

    Its text is drawn although it is folded away: it has no widgets, so an opening costs no run.
    """
    with st.popover("How to read this", icon=icon, width=width):
        st.markdown(text if isinstance(text, str) else "\n".join(f"- {item}" for item in text))


def begin(screen: Screen[D]) -> D:
    """Return the document on a view's screen, let the address carry it, and show what there is to say about it. Every view begins with it."""
    document = screen.open()
    show_message(screen)
    return document


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


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]], aligns: str) -> str:
    """Return a table as Markdown; raise `ValueError` for a row of another length than the header.

    `aligns` has a letter for each column: `l` to the left, `r` to the right. Cells are Markdown, so text of users goes through `text.plain`
    before; a bar or a line break in a cell would end it, so a bar is escaped and a break becomes a space.
    """
    lines = [header, [_RULES[letter] for letter in aligns], *rows]
    if any(len(line) != len(header) for line in lines):
        raise ValueError(f"not every line of the table has {len(header)} cells")
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    """Return what stands in a cell; a bar that is escaped already stays as it is."""
    return _BAR.sub(lambda match: r"\|" if match[0] == "|" else match[0], " ".join(text.splitlines()))

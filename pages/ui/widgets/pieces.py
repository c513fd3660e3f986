"""The pieces that every view is made of: its beginning, how to read it, a table, and the way into the workbench."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.experiment import Experiment
from core.parameters import Document
from core.words import Said
from pages.ui.session import state
from pages.ui.session.screen import Screen
from pages.ui.widgets.text import plain, show_message

D = TypeVar("D", bound=Document)
Explained = str | Sequence[str] | Callable[[], str | Sequence[str]]

HELP_ICON, WORKBENCH_ICON = ":material/help:", ":material/open_in_new:"
#: how a column of a Markdown table is aligned: to the left or to the right
_RULES = {"l": ":--", "r": "--:"}
#: matches an escaped character, or a bar without a backslash before it
_BAR = re.compile(r"\\.|\|")
#: the hyphen that stands for a minus before a number
_HYPHEN = re.compile(r"(?<![\w.])-(?=\d)")


def how_to_read(explained: Explained) -> None:
    """Draw the popover that explains a view: Markdown, or the items of a list of it, or what a function says of what is on the screen.

    A text is drawn although it is folded away: it has no widgets, so an opening costs no run. A function is asked at the opening.
    """
    asks = callable(explained)
    folded = st.popover("How to read this", key="how_to_read", icon=HELP_ICON, help="How to read this", on_change="rerun" if asks else "ignore")
    if not asks or folded.open:
        text = explained() if callable(explained) else explained
        with folded:
            st.markdown(text if isinstance(text, str) else "\n".join(f"- {item}" for item in text))


def takeaway(said: Said) -> None:
    """Draw the one sentence that a view comes to, computed from what is shown. It stands right under the header, and on a phone before the picture."""
    with st.container(key="takeaway"):
        st.markdown(plain(_HYPHEN.sub("−", str(said))))


def picture() -> DeltaGenerator:
    """Return the container of a view's settings and of its charts, which stand in its `stage`."""
    return st.container(key="picture")


def stage() -> DeltaGenerator:
    """Return the container of the charts in a `picture`. On a phone it comes before the settings, and stays in sight while they are changed."""
    return st.container(key="stage")


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

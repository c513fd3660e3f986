"""The pieces that every view is made of: how to read it, a choice in words, a table, and the way into the workbench."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, TypeVar

import streamlit as st

from core.experiment import Experiment
from pages.ui.session import state

T = TypeVar("T")

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


def option(label: str, words: Mapping[T, str], key: str, *, first: T | None = None, doc: str | None = None, labelled: bool = True) -> T:
    """Draw a choice of one of the keys of `words`, which are shown as its values, and return the chosen one; it stays when the page is left.

    `first`: the value before anybody chooses; default: the first key. `doc` explains the choice at its label. Without `labelled` the label is
    not shown, for words that say enough.
    """
    chosen: T = st.segmented_control(
        label, list(words), default=next(iter(words)) if first is None else first, required=True, format_func=words.__getitem__, key=key, help=doc,
        persist_state="session", label_visibility="visible" if labelled else "collapsed",
    )  # fmt: skip
    return chosen


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

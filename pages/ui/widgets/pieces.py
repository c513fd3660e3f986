"""The pieces that every view is made of: its beginning, how to read it, a table, and the way into the workbench."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
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
#: the switch of `settings`, which a phone alone shows
_FOLD = '<label class="fold"><input type="checkbox"> Settings</label>'
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


def takeaway(said: Said, place: DeltaGenerator | None = None) -> None:
    """Draw the one sentence that a view comes to, computed from what is shown. It stands right under the header, and on a phone before the picture.

    `place`: that of `told_later`.
    """
    with place or st.container(key="takeaway"):
        st.markdown(plain(_HYPHEN.sub("−", str(said))))


def told_later() -> DeltaGenerator:
    """Return the place of a takeaway that is known only once what stands below it has been computed."""
    with st.container(key="takeaway"):
        return st.empty()


def picture() -> DeltaGenerator:
    """Return the container of a view's settings and of its charts, which stand in its `stage`."""
    return st.container(key="picture")


@contextmanager
def settings() -> Iterator[None]:
    """Draw a view's widgets side by side in a `picture`, the important one first: on a phone the others are folded away. The browser folds them."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="settings"):
        yield
    st.html(_FOLD)


@contextmanager
def folded_settings() -> Iterator[None]:
    """Draw what a phone folds away as a whole, because its important widget is a `dial`."""
    with st.container(key="folded"):
        yield
    st.html(_FOLD)


def dial() -> DeltaGenerator:
    """Return the container of the widgets that move what is on the `stage`; on a phone they stand right under it."""
    return st.container(horizontal=True, vertical_alignment="bottom", key="dial")


def stage() -> DeltaGenerator:
    """Return the container of the charts in a `picture`. On a phone it comes before the settings, and stays in sight while they are changed."""
    return st.container(key="stage")


def grid(in_a_row: int, name: str = "") -> DeltaGenerator:
    """Return a container whose parts stand side by side, at most so many in a row; on a phone in one row, which a finger moves. `name`: of a second one."""
    return st.container(key=f"grid_{in_a_row}_{name}")


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

"""Data of a person's own: brought as a file or pasted, kept in their session alone, and used as they choose.

What is on the screen says how the data are used (`Own`); the table itself is beside it, so that neither a link nor another session can carry it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import streamlit as st

from core.datasets import DATASETS
from core.datasets.own import DROP, FILL, Own
from core.tasks import CLASSIFICATION, REGRESSION
from core.upload import Encoded, Refused, Sheet, aimed, read, settled, suggested
from core.upload.decoding import MAX_BYTES
from core.upload.encode import MAX_FEATURES
from core.upload.example import EXAMPLE
from core.upload.grid import MAX_ROWS, tidy
from pages.ui.session import state
from pages.ui.session.own_table import Brought, held, hold
from pages.ui.widgets import controls
from pages.ui.widgets.text import plain

_FORM = (
    "A line of column names, then a line for each row; cells parted by a comma, a semicolon, a tab or |. Encoding, delimiter and decimal mark are "
    f"recognised; UTF-8 is the safest. At most {MAX_BYTES // 2**20} MB, {MAX_ROWS:,} rows and {MAX_FEATURES} columns."
)
_PRIVATE = "The data stay in this session: they are never stored, never shown to anybody else, and never part of a link."


def choose_dataset(kind: str) -> None:
    """Put another data set on the screen; own data come back as they were last used."""
    brought: Brought | None = st.session_state.get("own_data")
    state.assign(("dataset",), brought.own if brought is not None and kind == Own.kind else DATASETS[kind]())


def bring() -> None:
    """Draw what brings data into the session, or what is wrong with those that it holds."""
    brought, own = held(), state.current().dataset
    assert isinstance(own, Own)
    if brought is not None and brought.own == own and isinstance(brought.encoded, Refused):
        st.error(f"These data cannot be used like this: {plain(str(brought.encoded))}.", icon=":material/error:")
        st.caption("Target, columns and missing values are chosen in the sidebar.")
        _draw_other("page")
        return
    if own.header:
        st.info(
            "This comparison was made with somebody's own data, which are in no link and no file of settings. "
            "Bring them along: with the same columns, all settings apply.",
            icon=":material/info:",
        )
    if brought is not None:
        st.button(f"Use the data that are open: {plain(brought.name)}", icon=":material/table:", on_click=_adopt, args=(brought.sheet, brought.name))
    if error := st.session_state.get("own_error"):
        st.error(plain(error), icon=":material/error:")
    file, paste = st.columns(2, gap="large")
    with file:
        st.file_uploader("A CSV file", key="own_file", on_change=_upload)
        st.caption(_FORM)
    with paste:
        form = "height,weight,species\n1.5,30,cat\n..."
        st.text_area("Or a pasted table", key="own_text", height=180, placeholder=form, help="Cells copied from a spreadsheet, too.")
        with st.container(horizontal=True):
            st.button("Use the pasted table", icon=":material/check:", on_click=_paste, type="primary")
            st.button("Fill in an example", on_click=_fill_in, help="30 rows with decimal commas, a missing value and a column of categories.")
    st.caption(f":material/lock: {_PRIVATE}")


def _upload() -> None:
    file = st.session_state.own_file
    st.session_state.own_error = ""
    if file is not None:
        _take(file.getvalue(), tidy(file.name))


def _paste() -> None:
    _take(st.session_state.own_text.encode(), "the pasted table")


def _fill_in() -> None:
    st.session_state.own_text = EXAMPLE


def _take(raw: bytes, name: str) -> None:
    """Read a table and put it on the screen, or say why it cannot be read."""
    try:
        sheet = read(raw)
    except Refused as error:
        st.session_state.own_error = f"{name} could not be read: {error}."
    else:
        st.session_state.own_error = ""
        _adopt(sheet, name)


def _adopt(sheet: Sheet, name: str) -> None:
    """Use a sheet under the settings on the screen if its columns are theirs, else as it suggests itself."""
    own, words = state.current().dataset, ""
    if isinstance(own, Own) and own.header == sheet.header:
        if own.digest != sheet.digest:
            words = "The columns are those that the comparison was made with, the values are not: expect other results."
        own = settled(sheet, own)
    else:
        if isinstance(own, Own) and own.header:
            words = "The columns are not those that the comparison was made with, so target and columns were chosen anew."
        own = suggested(sheet)
    hold(sheet, name, own)
    _assign(own, words)


def _assign(own: Own, words: str = "") -> None:
    state.assign(("dataset",), own)
    if words:
        state.complain(("dataset",), f"{words} {state.WORKBENCH.message()}".strip())


def _other() -> None:
    """Forget the data, and ask for others; the losses stay as long as nothing is known of these."""
    brought: Brought = st.session_state.pop("own_data")
    state.assign(("dataset",), Own(task=brought.own.task, targets=brought.own.targets))


def draw_choices() -> None:
    """Draw how the data are used, once they are there."""
    brought, own = held(), state.current().dataset
    if brought is None or brought.own != own:
        st.caption("Bring the data on the page.")
        return
    sheet, own = brought.sheet, brought.own
    st.caption(f"**{plain(brought.name)}**: {plain(sheet.words[0])}")
    names, others = sheet.names(), [i for i in range(len(sheet.columns)) if i != own.target]
    docs = {name: parameter.doc for name, parameter in own.parameters().items()}
    with _choice("target", own.target, lambda target: aimed(sheet, own, target)) as (target, kept):
        st.selectbox("Target", range(len(names)), target or 0, format_func=names.__getitem__, help="The column to predict.", **kept)
    if sheet.columns[own.target].numbers is not None:
        with _choice("task", own.task, lambda task: settled(sheet, replace(own, task=task))) as (task, kept):
            st.segmented_control("Task", (CLASSIFICATION, REGRESSION), default=task, required=True, help=docs["task"], **kept)
    with _choice("left_out", list(own.left_out), lambda left_out: settled(sheet, replace(own, left_out=tuple(left_out)))) as (left_out, kept):
        st.multiselect("Left out", others, left_out, format_func=names.__getitem__, placeholder="None", help=docs["left_out"], **kept)
    if any(column.missing().any() for i, column in enumerate(sheet.columns) if i not in own.left_out):
        with _choice("missing", own.missing, lambda missing: replace(own, missing=missing)) as (missing, kept):
            st.segmented_control("Missing values", (FILL, DROP), default=missing, required=True, help=docs["missing"], **kept)
    if isinstance(brought.encoded, Encoded):
        with st.expander("What was done"):
            st.caption("\n".join(f"- {plain(sentence)}" for sentence in brought.encoded.words))
    _draw_other("sidebar")


def _draw_other(place: str) -> None:
    st.button("Other data", key=f"own_other_{place}", icon=":material/upload_file:", on_click=_other, help="Forget these data, and bring others.")


@contextmanager
def _choice(name: str, value: Any, changed: Callable[[Any], Own]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield what a widget drawn in the `with` block shows at first, and its key and callback; another choice makes `changed` of it the data's use."""
    key = f"own_{name}"
    with controls.showing(key, value) as given:
        yield value if given else None, {"key": key, "on_change": lambda: _assign(changed(st.session_state[key]))}

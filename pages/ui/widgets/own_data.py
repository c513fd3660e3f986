"""Widgets with which a person brings a table of their own (a file or pasted text) and chooses how it is used.

The screen holds the choices (`Own`). The table itself is kept apart, in `pages.ui.session.own_table`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import streamlit as st

from core.datasets import DATASETS, Dataset
from core.datasets.own import DECIMALS, DELIMITERS, ENCODINGS, FIRST_ROWS, GUESS, MISSING, Own
from core.tasks import CLASSIFICATION, REGRESSION
from core.upload import Encoded, Refused, Sheet, aimed, settled, suggested
from core.upload.checks import MAX_CELLS, MAX_FEATURES
from core.upload.columns import Column
from core.upload.decoding import MAX_BYTES
from core.upload.encodings import names_in
from core.upload.example import EXAMPLE
from core.upload.grid import MAX_ROWS, tidy
from core.upload.kinds import seen
from core.words import Said
from pages.ui.session import state, uploaded
from pages.ui.session.own_table import Brought, Full, forget, held, hold, read_anew, received
from pages.ui.widgets import controls
from pages.ui.widgets.text import plain

_FORM = (
    "A line for each row, best below a line of column names; cells parted by a comma, a semicolon, a tab or |. Encoding, delimiter and decimal mark are "
    f"recognised; UTF-8 is the safest. At most {MAX_BYTES // 2**20} MB, {MAX_ROWS:,} rows, {MAX_FEATURES} columns (categories count one for each value) and "
    f"{MAX_CELLS:,} cells of features."
)
#: the bytes of a file from which on it is shown how far it is read
_LARGE = 2**20
_PRIVATE = "The data stay in this session: they are never stored, never shown to anybody else, and never part of a link."


def of_kind(kind: str) -> Dataset:
    """Return a data set of a kind with its defaults; `Own` with the choices that were last made for the held table."""
    brought: Brought | None = st.session_state.get("own_data")
    return brought.own if brought is not None and kind == Own.kind else DATASETS[kind]()


def bring() -> None:
    """Draw the widgets that bring a table into the session, or the error of a table that cannot be used as chosen."""
    brought, own = held(), state.current().dataset
    assert isinstance(own, Own)
    if brought is not None and brought.own == own and isinstance(brought.encoded, Refused):
        st.error(f"These data cannot be used like this: {plain(brought.encoded.said)}.", icon=":material/error:")
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
        st.button(f"Use the data that are open: {plain(brought.name)}", icon=":material/table:", on_click=_take, args=(brought.sheet.raw, brought.name))
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
    if uploaded.released(file):
        return
    st.session_state.own_error = ""
    if file is not None:
        _take(file.getvalue(), tidy(file.name))
        uploaded.release(file)


def _paste() -> None:
    _take(st.session_state.own_text.encode(), "the pasted table")


def _fill_in() -> None:
    st.session_state.own_text = EXAMPLE


def _take(raw: bytes, name: str) -> None:
    """Read a table and put it on the screen, or keep the error for `bring` to show. `name` is what the table is called."""
    own = state.current().dataset
    try:
        with _reading(raw) as told:
            sheet = received(raw, own if isinstance(own, Own) else None, told)
        _adopt(sheet, name)
    except Full as error:
        st.session_state.own_error = Said("{name} could not be taken: {reason}.", name=name, reason=error.said)
    except Refused as error:
        st.session_state.own_error = Said("{name} could not be read: {reason}.", name=name, reason=error.said)
    else:
        st.session_state.own_error = ""


@contextmanager
def _reading(raw: bytes) -> Iterator[Callable[[float], None]]:
    """Yield what hears how far a file is read. Of one that takes longer than a moment, a bar at the head of the page shows it."""
    if len(raw) < _LARGE:
        yield lambda share: None
        return
    bar = st.progress(0.0, "Reading the file")

    def told(share: float) -> None:
        bar.progress(min(share, 1.0), "Reading the file")

    try:
        yield told
    finally:
        bar.empty()


def _adopt(sheet: Sheet, name: str) -> None:
    """Put a sheet on the screen: with the choices there if they were made for the same columns, else with the suggested ones."""
    own, message = state.current().dataset, ""
    if isinstance(own, Own) and own.header == sheet.header:
        if own.digest != sheet.digest:
            message = "The columns are those that the comparison was made with, the values are not: expect other results."
        own = settled(sheet, own)
    else:
        if isinstance(own, Own) and own.header:
            message = "The columns are not those that the comparison was made with, so target and columns were chosen anew."
        own = suggested(sheet)
    hold(sheet, name, own)
    _assign(own, message)


def _assign(own: Own, message: str = "") -> None:
    """Put the choices on the screen. Show the message, followed by what the screen says about the change."""
    state.WORKBENCH.assign(("dataset",), own)
    if message:
        state.WORKBENCH.complain(f"{message} {state.WORKBENCH.message()}".strip())


def _other() -> None:
    """Forget the held table, and ask for another one. Task and targets stay, so that the runs keep their losses until the new table is there."""
    brought = forget()
    state.WORKBENCH.assign(("dataset",), Own(task=brought.own.task, targets=brought.own.targets))


def draw_choices() -> None:
    """Draw the choices of the held table: target, task, columns left out, missing values. Without a table, say where to bring one."""
    brought, own = held(), state.current().dataset
    if brought is None or brought.own != own:
        st.caption("Bring the data on the page.")
        return
    sheet, own = brought.sheet, brought.own
    st.caption(f"**{plain(brought.name)}**: {plain(sheet.words[0])}")
    names, features = sheet.names(), [i for i in range(len(sheet.columns)) if i != own.target]
    docs = {name: parameter.doc for name, parameter in own.parameters().items()}
    with _choice(_keyed("target", sheet), own.target, range(len(names)), lambda target: aimed(sheet, own, target)) as (target, arguments):
        st.selectbox("Target", range(len(names)), target or 0, format_func=names.__getitem__, help="The column to predict.", **arguments)
    if seen(sheet, own)[own.target].numbers is not None:
        with _choice("task", own.task, (CLASSIFICATION, REGRESSION), lambda task: settled(sheet, replace(own, task=task))) as (task, arguments):
            st.segmented_control("Task", (CLASSIFICATION, REGRESSION), default=task, required=True, help=docs["task"], **arguments)
    with _choice(_keyed("left_out", sheet), list(own.left_out), features, lambda left_out: settled(sheet, replace(own, left_out=tuple(left_out)))) as (
        left_out,
        arguments,
    ):
        st.multiselect("Left out", features, left_out, format_func=names.__getitem__, placeholder="None", help=docs["left_out"], **arguments)
    columns = seen(sheet, own)
    if any(column.missing().any() for i, column in enumerate(columns) if i not in own.left_out):
        with _choice("missing", own.missing, tuple(MISSING), lambda missing: replace(own, missing=missing)) as (missing, arguments):
            titles = {option: str(title) for option, title in MISSING.items()}
            st.segmented_control(
                "Missing values", list(titles), default=missing, required=True, format_func=titles.__getitem__, help=docs["missing"], **arguments
            )
    _draw_reading(brought)
    if isinstance(brought.encoded, Encoded):
        if brought.encoded.open:
            st.caption("\n".join(f"- {plain(sentence)}" for sentence in brought.encoded.open))
        with st.expander("What was done"):
            st.caption("\n".join(f"- {plain(sentence)}" for sentence in brought.encoded.words))
    _draw_other("sidebar")


def _draw_reading(brought: Brought) -> None:
    """Draw how the file was read, each guess where it can be changed: first row, encoding, delimiter, decimal mark, and missing markers in texts."""
    folded = st.expander("How the file was read", key="own_reading", on_change="rerun")
    if not folded.open:
        return
    sheet, own = brought.sheet, brought.own
    docs = {name: parameter.doc for name, parameter in own.parameters().items()}
    with folded:
        first = "names" if sheet.named else "values"
        with _choice("first_row", first, tuple(FIRST_ROWS), lambda value: _read_anew(first_row=value)) as (value, arguments):
            options = [option for option in FIRST_ROWS if option != GUESS]
            st.segmented_control(
                "The first row holds",
                options,
                default=value,
                required=True,
                format_func=lambda option: str(FIRST_ROWS[option]),
                help=docs["first_row"],
                **arguments,
            )
        if names := names_in(sheet.raw):
            options = [GUESS, *names]
            with _choice("encoding", own.encoding, options, lambda value: _read_anew(encoding=value)) as (value, arguments):
                index = options.index(value) if value in options else 0
                st.selectbox("Encoding", options, index, format_func=lambda option: _encoding(option, names), help=docs["encoding"], **arguments)
        _draw_menu("delimiter", "Between cells", DELIMITERS, own)
        _draw_menu("decimal", "Decimal mark", DECIMALS, own)
        marked = [i for i, column in enumerate(sheet.columns) if column.numbers is None and column.markers]
        if marked:
            with _choice(
                _keyed("absent", sheet), [i for i in own.absent if i in marked], marked, lambda value: settled(sheet, replace(own, absent=tuple(value)))
            ) as (
                value,
                arguments,
            ):
                st.multiselect(
                    "NA, ?, - and the like are missing in",
                    marked,
                    value,
                    format_func=lambda i: _marked(sheet.columns[i]),
                    placeholder="Numbers alone",
                    help=docs["absent"],
                    **arguments,
                )


def _draw_menu(name: str, label: str, titles: Mapping[str, Said], own: Own) -> None:
    """Draw the menu of one of the ways to read a file."""

    def title(option: str) -> str:
        return str(titles[option]).capitalize()

    options = list(titles)
    with _choice(name, getattr(own, name), options, lambda value: _read_anew(**{name: value})) as (value, arguments):
        st.selectbox(label, options, options.index(value or GUESS), format_func=title, help=own.parameters()[name].doc, **arguments)


def _encoding(option: str, names: dict[str, str]) -> str:
    return "Guess" if option == GUESS else f"{ENCODINGS[option]}: {tidy(names[option])}"


def _marked(column: Column) -> str:
    return f"{column.name}: {', '.join(f'{text} ({count:,})' for text, count in column.markers[:3])}"


def _read_anew(**choices: Any) -> Own:
    """Read the held file in another way, and return the choices for what it is then: the suggested ones, if its columns are others."""
    brought: Brought = st.session_state.own_data
    try:
        with _reading(brought.sheet.raw) as told:
            sheet = read_anew(brought.sheet, replace(brought.own, **choices), told)
        own = settled(sheet, brought.own) if sheet.header == brought.sheet.header else suggested(sheet)
        hold(sheet, brought.name, own)
    except Refused as error:
        state.WORKBENCH.complain(str(Said("The file cannot be read so: {reason}.", reason=error.said)))
        return brought.own
    return own


def _keyed(name: str, sheet: Sheet) -> str:
    """Return the name of a widget that lists columns: another one once the file is read in another way, for a browser keeps the old columns' names."""
    return name if sheet.reading == Own().reading else f"{name}_{sheet.header}"


def _draw_other(place: str) -> None:
    st.button("Other data", key=f"own_other_{place}", icon=":material/upload_file:", on_click=_other, help="Forget these data, and bring others.")


@contextmanager
def _choice(name: str, value: Any, options: Sequence[Any], changed: Callable[[Any], Own]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield the default of the widget drawn in the `with` block (None: its value is in the session's state), and its arguments: key and callback.

    When the person chooses another value, the callback puts `changed(value)` on the screen. Of what is none of the options it takes no notice.
    """

    def chosen() -> None:
        value = st.session_state[key]
        if all(each in options for each in (value if isinstance(value, list) else [value])):
            _assign(changed(value))

    key = f"own_{name}"
    with controls.showing(key, value) as needs_default:
        yield value if needs_default else None, {"key": key, "on_change": chosen}

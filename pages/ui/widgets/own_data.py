"""Widgets with which a person brings a table of their own (a file or pasted text) and chooses how it is used.

A screen holds the choices (`Own`), at a place in its document. The table itself is kept apart, in `pages.ui.session.own_table`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import streamlit as st

from core.datasets import DATASETS, Dataset
from core.datasets.own import ABOVE, DECIMALS, DELIMITERS, DROP, ENCODINGS, FIRST_ROWS, GUESS, MISSING, SMALL_CLASSES, Own
from core.tasks import CLASSIFICATION, REGRESSION
from core.upload import Encoded, Refused, Sheet, aimed, settled, suggested
from core.upload.checks import MAX_CELLS, MAX_FEATURES
from core.upload.columns import Column
from core.upload.decoding import MAX_BYTES, beginning
from core.upload.encodings import names_in
from core.upload.example import EXAMPLE
from core.upload.grid import MAX_ROWS, tidy
from core.upload.kinds import seen
from core.words import Said, whole
from pages.ui.session import uploaded
from pages.ui.session.own_table import Brought, Full, Unread, forget, held, hold, read_anew, received, set_aside, taken_up
from pages.ui.session.screen import Binding
from pages.ui.widgets import controls
from pages.ui.widgets.text import plain

_FORM = (
    "A line for each row, best below a line of column names; cells parted by a comma, a semicolon, a tab, |, ^, ~, : or blanks. Encoding, delimiter, decimal "
    f"mark and a title above the table are recognised; UTF-8 is the safest. At most {MAX_BYTES // 2**20} MB, {whole(MAX_ROWS)} rows, {MAX_FEATURES} columns "
    f"(categories count one for each value) and {whole(MAX_CELLS)} cells of features."
)
#: the bytes of a file from which on it is shown how far it is read
_LARGE = 2**20
_PRIVATE = "The data stay in this session: they are never stored, never shown to anybody else, and never part of a link."


def of_kind(kind: str) -> Dataset:
    """Return a data set of a kind with its defaults; `Own` with the choices that were last made for the held table."""
    brought: Brought | None = st.session_state.get("own_data")
    return brought.own if brought is not None and kind == Own.kind else DATASETS[kind]()


def bring(place: Binding) -> None:
    """Draw the widgets that bring a table into the session, or the error of a table that cannot be used as chosen. `place`: where the choices are."""
    own = _own(place)
    brought = held(own)
    if brought is not None and brought.own == own and isinstance(brought.encoded, Refused):
        st.error(f"These data cannot be used like this: {plain(brought.encoded.said)}.", icon=":material/error:")
        with st.container(horizontal=True):
            if brought.encoded.remedy is not None:
                words, fields = brought.encoded.remedy
                st.button(plain(words), key="own_remedy", icon=":material/healing:", on_click=place.put, args=(replace(own, **fields),), type="primary")
            _draw_other("page", place)
        return
    if own.header:
        st.info(
            "This comparison was made with somebody's own data, which are in no link and no file of settings. "
            "Bring them along: with the same columns, all settings apply.",
            icon=":material/info:",
        )
    if brought is not None:
        st.button(f"Use the data that are open: {plain(brought.name)}", icon=":material/table:", on_click=_take, args=(place, brought.sheet.raw, brought.name))
    if error := st.session_state.get("own_error"):
        st.error(plain(error), icon=":material/error:")
        if (unread := st.session_state.get("own_unread")) is not None:
            _draw_unread(unread, place)
    file, paste = st.columns(2, gap="large")
    with file:
        st.file_uploader("A CSV file", key="own_file", on_change=_upload, args=(place,))
        st.caption(_FORM)
    with paste:
        form = "height,weight,species\n1.5,30,cat\n..."
        st.text_area("Or a pasted table", key="own_text", height=180, placeholder=form, help="Cells copied from a spreadsheet, too.")
        with st.container(horizontal=True):
            st.button("Use the pasted table", icon=":material/check:", on_click=_paste, args=(place,), type="primary")
            st.button("Fill in an example", on_click=_fill_in, help="30 rows with decimal commas, a missing value and a column of categories.")
    st.caption(f":material/lock: {_PRIVATE}")


def _upload(place: Binding) -> None:
    file = st.session_state.own_file
    if uploaded.released(file):
        return
    st.session_state.own_error = ""
    taken_up()
    if file is not None:
        _take(place, file.getvalue(), tidy(file.name))
        uploaded.release(file)


def _paste(place: Binding) -> None:
    _take(place, st.session_state.own_text.encode(), "the pasted table")


def _fill_in() -> None:
    st.session_state.own_text = EXAMPLE


def _take(place: Binding, raw: bytes, name: str, chosen: Own | None = None) -> None:
    """Read a table and put it on the screen, or keep the error for `bring` to show. `name` is what the table is called, `chosen` says how to read it."""
    taken_up()
    try:
        with _reading(raw) as told:
            sheet = received(raw, _own(place), told) if chosen is None else read_anew(raw, chosen, told)
        _adopt(place, sheet, name)
    except Full as error:
        st.session_state.own_error = Said("{name} could not be taken: {reason}.", name=name, reason=error.said)
    except Refused as error:
        st.session_state.own_error = Said("{name} could not be read: {reason}.", name=name, reason=error.said)
        if not error.final:
            set_aside(Unread(raw, name, chosen or Own()))
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


def _adopt(place: Binding, sheet: Sheet, name: str) -> None:
    """Put a sheet on the screen: with the choices there if they were made for the same columns, else with the suggested ones."""
    own, message = _own(place), ""
    if own.header == sheet.header:
        if own.digest != sheet.digest:
            message = "The columns are those that the comparison was made with, the values are not: expect other results."
        own = settled(sheet, own)
    else:
        if own.header:
            message = "The columns are not those that the comparison was made with, so target and columns were chosen anew."
        own = suggested(sheet)
    hold(sheet, name, own)
    place.put(own)
    if message:  # followed by what the screen says about the change
        place.screen.complain(f"{message} {place.screen.message()}".strip())


def _draw_unread(unread: Unread, place: Binding) -> None:
    """Draw how the file that was refused begins, and the ways in which it may be read instead."""
    own, names = unread.own, names_in(unread.raw)
    ways: dict[str, tuple[str, dict[str, str]]] = {
        "above": ("Above the table", _titles(ABOVE)),
        "first_row": ("The first row holds", _titles(FIRST_ROWS)),
        "delimiter": ("Between cells", _titles(DELIMITERS)),
        "decimal": ("Decimal mark", _titles(DECIMALS)),
    }
    if names:
        ways["encoding"] = ("Encoding", {option: _encoding(option, names) for option in (GUESS, *names)})

    def put(name: str, value: Any) -> None:
        _take(place, unread.raw, unread.name, replace(own, **{name: value}))

    with st.container(border=True, key="own_unread_ways"):
        st.caption("The file begins so. Read it in another way:")
        st.code(beginning(unread.raw, own.encoding), language=None)
        with st.container(horizontal=True):
            for name, (label, titles) in ways.items():
                options = list(titles)
                with controls.chosen_among(f"own_unread_{name}", getattr(own, name), options, partial(put, name)) as (value, arguments):
                    index = options.index(value) if value in titles else 0
                    st.selectbox(label, options, index, format_func=titles.__getitem__, width=220, **arguments)


def _other(place: Binding) -> None:
    """Forget the held table, and ask for another one. Task and targets stay, so that the runs keep their losses until the new table is there."""
    brought = forget()
    place.put(Own(task=brought.own.task, targets=brought.own.targets))


def _own(place: Binding) -> Own:
    """Return the choices at a place; the default ones where there are none."""
    own = place.get()
    return own if isinstance(own, Own) else Own()


def draw_choices(place: Binding, width: int | Literal["stretch"] = "stretch") -> None:
    """Draw the choices of the held table: target, task, columns left out, missing values. Without a table, say where to bring one.

    `width`: that of the menus.
    """
    own = _own(place)
    brought = held(own)
    if brought is None or brought.own != own:
        st.caption("Bring the data on the page.")
        return
    sheet, own = brought.sheet, brought.own
    st.caption(f"**{plain(brought.name)}**: {plain(sheet.words[0])}")
    names, features = sheet.names(), [i for i in range(len(sheet.columns)) if i != own.target]
    docs = {name: parameter.doc for name, parameter in own.parameters().items()}
    with _choice(place, _keyed("target", sheet), own.target, range(len(names)), lambda target: aimed(sheet, own, target)) as (target, arguments):
        st.selectbox("Target", range(len(names)), target or 0, format_func=names.__getitem__, help="The column to predict.", width=width, **arguments)
    if seen(sheet, own)[own.target].numbers is not None:
        with _choice(place, "task", own.task, (CLASSIFICATION, REGRESSION), lambda task: settled(sheet, replace(own, task=task))) as (task, arguments):
            st.segmented_control("Task", (CLASSIFICATION, REGRESSION), default=task, required=True, help=docs["task"], **arguments)
    left_out, key = list(own.left_out), _keyed("left_out", sheet)
    with _choice(place, key, left_out, features, lambda out: settled(sheet, replace(own, left_out=tuple(out)))) as (chosen, arguments):
        st.multiselect("Left out", features, chosen, format_func=names.__getitem__, placeholder="None", help=docs["left_out"], width=width, **arguments)
    columns = seen(sheet, own)
    if any(column.missing().any() for i, column in enumerate(columns) if i not in own.left_out):
        with _choice(place, "missing", own.missing, tuple(MISSING), lambda missing: replace(own, missing=missing)) as (missing, arguments):
            titles = {option: str(title) for option, title in MISSING.items()}
            st.segmented_control(
                "Missing values", list(titles), default=missing, required=True, format_func=titles.__getitem__, help=docs["missing"], **arguments
            )
    if own.small_classes == DROP:
        titles = _titles(SMALL_CLASSES)
        with _choice(place, "small_classes", own.small_classes, tuple(titles), lambda value: replace(own, small_classes=value)) as (value, arguments):
            st.segmented_control(
                "Small classes", list(titles), default=value, required=True, format_func=titles.__getitem__, help=docs["small_classes"], **arguments
            )
    _draw_reading(brought, place)
    if isinstance(brought.encoded, Encoded):
        if brought.encoded.open:
            st.caption("\n".join(f"- {plain(sentence)}" for sentence in brought.encoded.open))
        with st.expander("What was done"):
            st.caption("\n".join(f"- {plain(sentence)}" for sentence in brought.encoded.words))
    _draw_other("sidebar", place)


def _draw_reading(brought: Brought, place: Binding) -> None:
    """Draw how the file was read, each guess where it can be changed: what stands above the table, first row, encoding, delimiter, decimal mark, markers."""
    folded = st.expander("How the file was read", key="own_reading", on_change="rerun")
    if not folded.open:
        return
    sheet, own = brought.sheet, brought.own
    docs = {name: parameter.doc for name, parameter in own.parameters().items()}
    with folded:
        _draw_menu(place, "above", "Above the table", ABOVE, own.above)
        _draw_menu(place, "first_row", "The first row holds", {way: title for way, title in FIRST_ROWS.items() if way != GUESS}, sheet.first_row)
        if names := names_in(sheet.raw):
            options = [GUESS, *names]
            with _choice(place, "encoding", own.encoding, options, lambda value: _read_anew(place, encoding=value)) as (value, arguments):
                index = options.index(value) if value in options else 0
                st.selectbox("Encoding", options, index, format_func=lambda option: _encoding(option, names), help=docs["encoding"], **arguments)
        _draw_menu(place, "delimiter", "Between cells", DELIMITERS, own.delimiter)
        _draw_menu(place, "decimal", "Decimal mark", DECIMALS, own.decimal)
        marked = [i for i, column in enumerate(sheet.columns) if column.doubtful()]
        if marked:
            absent, key = [i for i in own.absent if i in marked], _keyed("absent", sheet)
            with _choice(place, key, absent, marked, lambda value: settled(sheet, replace(own, absent=tuple(value)))) as (
                value,
                arguments,
            ):
                st.multiselect(
                    "NA, ?, -999 and the like are missing in",
                    marked,
                    value,
                    format_func=lambda i: _marked(sheet.columns[i]),
                    placeholder="None of these",
                    help=docs["absent"],
                    **arguments,
                )


def _draw_menu(place: Binding, name: str, label: str, titles: Mapping[str, Said], chosen: str) -> None:
    """Draw the menu of one of the ways to read a file."""

    options, shown = list(titles), _titles(titles)
    with _choice(place, name, chosen, options, lambda value: _read_anew(place, **{name: value})) as (value, arguments):
        st.selectbox(label, options, options.index(value or chosen), format_func=shown.__getitem__, help=Own.parameters()[name].doc, **arguments)


def _titles(titles: Mapping[str, Said]) -> dict[str, str]:
    return {option: str(title).capitalize() for option, title in titles.items()}


def _encoding(option: str, names: dict[str, str]) -> str:
    return "Guess" if option == GUESS else f"{ENCODINGS[option]}: {tidy(names[option])}"


def _marked(column: Column) -> str:
    return f"{column.name}: {', '.join(f'{text} ({whole(count)})' for text, count in column.doubtful()[:3])}"


def _read_anew(place: Binding, **choices: Any) -> Own:
    """Read the held file in another way, and return the choices for what it is then: the suggested ones, if its columns are others."""
    brought: Brought = st.session_state.own_data
    try:
        with _reading(brought.sheet.raw) as told:
            sheet = read_anew(brought.sheet.raw, replace(brought.own, **choices), told)
        own = settled(sheet, brought.own) if sheet.header == brought.sheet.header else suggested(sheet)
        hold(sheet, brought.name, own)
    except Refused as error:
        place.screen.complain(str(Said("The file cannot be read so: {reason}.", reason=error.said)))
        return brought.own
    return own


def _keyed(name: str, sheet: Sheet) -> str:
    """Return the name of a widget that lists columns: another one once the file is read in another way, for a browser keeps the old columns' names."""
    return name if sheet.reading == Own().reading else f"{name}_{sheet.header}"


def _draw_other(where: str, place: Binding) -> None:
    doc = "Forget these data, and bring others."
    st.button("Other data", key=f"own_other_{where}", icon=":material/upload_file:", on_click=_other, args=(place,), help=doc)


def _choice(place: Binding, name: str, value: Any, options: Sequence[Any], changed: Callable[[Any], Own]) -> AbstractContextManager[tuple[Any, dict[str, Any]]]:
    """Return the context of a widget, see `controls.chosen_among`. When the person chooses another value, `changed(value)` is put in its place."""
    return controls.chosen_among(f"own_{name}", value, options, lambda value: place.put(changed(value)))

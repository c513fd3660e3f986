"""The table that a person brought. It is kept in their session, apart from the screen.

The screen holds only the choices of how the table is used (`Own`), so neither a link nor another session can carry the table itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakSet

import streamlit as st

from core.datasets import Dataset, Table
from core.datasets.own import OWN, Own
from core.tasks import CLASSIFICATION
from core.upload import Encoded, Refused, Sheet, encode, read
from core.views import View
from core.words import Said
from pages.ui.session.screen import Path, ViewScreen, with_field

T = TypeVar("T")
V = TypeVar("V", bound=View)

#: the budget: bytes of the tables of all sessions
HELD_BYTES = 256_000_000
#: bytes of a feature in a training
_TRAINED_BYTES = 4

#: held by the session whose file is read: a file takes the interpreter and memory of all sessions, so those of several are read one after the other
_READING = threading.Lock()


@dataclass(frozen=True, eq=False)
class Brought:
    """A table that a person brought.

    `sheet` holds its columns, `name` is what it is called, and `own` says how it is used.
    `encoded` is the sheet encoded according to `own`, or the error with which the encoding was refused.
    """

    sheet: Sheet
    name: str
    own: Own
    encoded: Encoded | Refused
    #: what was made of the encoded table, by name
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Bytes of the sheet, of the table that it became, and of the features that a training makes of it."""
        if not isinstance(self.encoded, Encoded):
            return self.sheet.nbytes
        return self.sheet.nbytes + self.encoded.table.nbytes + _TRAINED_BYTES * self.encoded.table.X.size


@dataclass(frozen=True, eq=False)
class Unread:
    """A file that was refused at reading. It is kept so that the person may say how else to read it, as `own` says now."""

    raw: bytes
    name: str
    own: Own

    @property
    def nbytes(self) -> int:
        """Bytes of the file."""
        return len(self.raw)


class Full(Refused):
    """There is no room for a table now."""

    def __init__(self) -> None:
        super().__init__(Said("the server holds as much brought data as it may; try a smaller table, or again later"))


#: what sessions hold; it leaves when its session ends or holds another table or file
_HELD: WeakSet[Brought | Unread] = WeakSet()
#: held while a table is counted and joins the others
_COUNTING = threading.Lock()


def received(raw: bytes, own: Own | None = None, told: Callable[[float], None] = lambda share: None) -> Sheet:
    """Return the table of a file, when those that came before are read. Raises `Refused` for a file that cannot be read whole.

    It is read as `own` says, if these are the columns that `own` was made for, else as the file suggests. `told` hears which share is done.
    """
    with _READING:
        if own is not None and own.reading != Own().reading:
            with suppress(Refused):
                sheet = read(raw, own, told)
                if sheet.header == own.header:
                    return sheet
        return read(raw, told=told)


def rows_received(raw: bytes) -> Sheet:
    """Return the table of a file of new rows, which may have a single column. Raises `Refused` for a file that cannot be read whole."""
    with _READING:
        return read(raw, least=1)


def read_anew(raw: bytes, own: Own, told: Callable[[float], None] = lambda share: None) -> Sheet:
    """Return the table of a file as `own` says now. Raises `Refused` if it cannot be read so."""
    with _READING:
        return read(raw, own, told)


def set_aside(unread: Unread) -> None:
    """Keep a file that was refused, if the budget has room for it."""
    taken_up()
    with _COUNTING:
        if sum(other.nbytes for other in _HELD) + unread.nbytes <= HELD_BYTES:
            _HELD.add(unread)
            st.session_state.own_unread = unread


def taken_up() -> Unread | None:
    """Return the file that was set aside, and keep it no longer; None without one."""
    unread: Unread | None = st.session_state.pop("own_unread", None)
    if unread is not None:
        with _COUNTING:
            _HELD.discard(unread)
    return unread


def held(own: Dataset | None = None) -> Brought | None:
    """Return the table that the session holds; None without one. If `own` has other choices for the same table, encode it anew first."""
    brought: Brought | None = st.session_state.get("own_data")
    if brought is None or not isinstance(own, Own) or not _same(own, brought.sheet):
        return brought
    if own != brought.own or isinstance(brought.encoded, Full):  # there may be room by now
        try:
            sheet = brought.sheet if own.reading == brought.sheet.reading else read_anew(brought.sheet.raw, own)
            brought = hold(sheet, brought.name, own)
        except Refused:  # a link with the same columns says how to read them, and they cannot be read so: it asks for its own
            return brought
    return brought


def hold(sheet: Sheet, name: str, own: Own) -> Brought:
    """Encode the sheet according to `own`, keep it as the session's table, and return it. A refusal is kept as `encoded`, not raised.

    Raises `Full` for a new sheet that the budget has no room for, and the session keeps what it has.
    """
    before: Brought | None = st.session_state.get("own_data")
    try:
        encoded: Encoded | Refused = encode(sheet, own)
    except Refused as error:
        encoded = error
    brought = Brought(sheet, name, own, encoded)
    with _COUNTING:
        if sum(other.nbytes for other in _HELD if other is not before) + brought.nbytes > HELD_BYTES:
            if before is None or before.sheet is not sheet:
                raise Full
            brought = Brought(sheet, name, own, Full())
        if before is not None:
            _HELD.discard(before)
        _HELD.add(brought)
    st.session_state.own_data = brought
    return brought


def forget() -> Brought:
    """Forget the session's table, what was drawn of it and the new rows that were predicted, and return it."""
    brought: Brought = st.session_state.pop("own_data")
    st.session_state.pop("new_rows", None)
    specifications().clear()
    with _COUNTING:
        _HELD.discard(brought)
    return brought


def specifications() -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return the specifications of charts of the session's table, by what they were built of. No other session sees them, and they end with this one."""
    kept: dict[tuple[Any, ...], dict[str, Any]] = st.session_state.setdefault("own_specifications", {})
    return kept


def _same(own: Own, sheet: Sheet) -> bool:
    """Return whether the choices were made for a table with these columns and values."""
    return (own.header, own.digest) == (sheet.header, sheet.digest)


def table(dataset: Dataset) -> Table | None:
    """Return the encoded table of a data set; None if the session does not hold it or its encoding was refused."""
    brought = held(dataset)
    return brought.encoded.table if brought is not None and brought.own == dataset and isinstance(brought.encoded, Encoded) else None


def of_classes() -> Dataset | None:
    """Return how the session's own table is used, if it holds one whose target is a class."""
    brought = held()
    usable = brought is not None and brought.own.task == CLASSIFICATION and table(brought.own) is not None
    return brought.own if brought is not None and usable else None


def of_table(dataset: Dataset, what: str, make: Callable[[Table], T]) -> T:
    """Return `make(table)` of the encoded table of a data set, or what it returned before for the same table and the same `what`."""
    brought, encoded = held(dataset), table(dataset)
    assert brought is not None
    assert encoded is not None
    if what not in brought.made:
        brought.made[what] = make(encoded)
    made: T = brought.made[what]
    return made


class OwnViewScreen(ViewScreen[V]):
    """Access to the state of a view with fields `data`, which may be `OWN`, and `own`: whoever chooses their own data there has those that are open."""

    def changed(self, path: Path, value: Any) -> V:
        """Return the state with the field at a path replaced."""
        document = super().changed(path, value)
        brought = held() if value == OWN and path[-1] == "data" else None
        return document if brought is None else with_field(document, (*path[:-1], "own"), brought.own)

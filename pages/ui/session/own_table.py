"""The table that a person brought. It is kept in their session, apart from the screen.

The screen holds only the choices of how the table is used (`Own`), so neither a link nor another session can carry the table itself.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

import streamlit as st

from core.datasets import Dataset, Table
from core.datasets.own import Own
from core.upload import Encoded, Refused, Sheet, encode, read
from core.words import Said
from pages.ui.session import state

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

    @property
    def nbytes(self) -> int:
        """Bytes of the sheet, of the table that it became, and of the features that a training makes of it."""
        if not isinstance(self.encoded, Encoded):
            return self.sheet.nbytes
        return self.sheet.nbytes + self.encoded.table.nbytes + _TRAINED_BYTES * self.encoded.table.X.size


class Full(Refused):
    """There is no room for a table now."""

    def __init__(self) -> None:
        super().__init__(Said("the server holds as much brought data as it may; try a smaller table, or again later"))


#: what sessions hold; it leaves when its session ends or holds another table
_HELD: WeakSet[Brought] = WeakSet()
#: held while a table is counted and joins the others
_COUNTING = threading.Lock()


def received(raw: bytes) -> Sheet:
    """Return the table of a file, when those that came before are read. Raises `Refused` for a file that cannot be read whole."""
    with _READING:
        return read(raw)


def held() -> Brought | None:
    """Return the table that the session holds; None without one. If the screen has other choices for the same table, encode it anew first."""
    brought: Brought | None = st.session_state.get("own_data")
    own = state.current().dataset
    if brought is None or not isinstance(own, Own) or not _same(own, brought.sheet):
        return brought
    if own != brought.own or isinstance(brought.encoded, Full):  # there may be room by now
        brought = hold(brought.sheet, brought.name, own)
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
    brought = held()
    return brought.encoded.table if brought is not None and brought.own == dataset and isinstance(brought.encoded, Encoded) else None


def ready() -> bool:
    """Return whether the session holds the table of its experiment, encoded and ready to train on."""
    return table(state.current().dataset) is not None

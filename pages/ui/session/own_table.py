"""The table that a person brought. It is kept in their session, apart from the screen.

The screen holds only the choices of how the table is used (`Own`), so neither a link nor another session can carry the table itself.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.datasets import Dataset, Table
from core.datasets.own import Own
from core.upload import Encoded, Refused, Sheet, encode, read
from pages.ui.session import state

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


def received(raw: bytes) -> Sheet:
    """Return the table of a file, when those that came before are read. Raises `Refused` for a file that cannot be read whole."""
    with _READING:
        return read(raw)


def held() -> Brought | None:
    """Return the table that the session holds; None without one. If the screen has other choices for the same table, encode it anew first."""
    brought: Brought | None = st.session_state.get("own_data")
    own = state.current().dataset
    if brought is not None and isinstance(own, Own) and own != brought.own and _same(own, brought.sheet):
        brought = hold(brought.sheet, brought.name, own)
    return brought


def hold(sheet: Sheet, name: str, own: Own) -> Brought:
    """Encode the sheet according to `own`, keep it as the session's table, and return it. A refusal is kept as `encoded`, not raised."""
    try:
        encoded: Encoded | Refused = encode(sheet, own)
    except Refused as error:
        encoded = error
    brought = st.session_state.own_data = Brought(sheet, name, own, encoded)
    return brought


def forget() -> Brought:
    """Forget the session's table and what was drawn of it, and return it."""
    brought: Brought = st.session_state.pop("own_data")
    specifications().clear()
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

"""The table that a person brought, kept in their session alone, beside what is on the screen.

The screen says how the table is used (`Own`), so that neither a link nor another session can carry the table itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.datasets import Dataset, Table
from core.datasets.own import Own
from core.upload import Encoded, Refused, Sheet, encode
from pages.ui.session import state


@dataclass(frozen=True, eq=False)
class Brought:
    """What a session holds: a sheet, what it is called, how it was last used, and what became of it, or why nothing."""

    sheet: Sheet
    name: str
    own: Own
    encoded: Encoded | Refused


def held() -> Brought | None:
    """Return what the session holds, encoded as the screen says, if that is about these data."""
    brought: Brought | None = st.session_state.get("own_data")
    own = state.current().dataset
    if brought is not None and isinstance(own, Own) and own != brought.own and _same(own, brought.sheet):
        brought = hold(brought.sheet, brought.name, own)
    return brought


def hold(sheet: Sheet, name: str, own: Own) -> Brought:
    try:
        encoded: Encoded | Refused = encode(sheet, own)
    except Refused as error:
        encoded = error
    brought = st.session_state.own_data = Brought(sheet, name, own, encoded)
    return brought


def _same(own: Own, sheet: Sheet) -> bool:
    return (own.header, own.digest) == (sheet.header, sheet.digest)


def table(dataset: Dataset) -> Table | None:
    """Return the table that stands for a data set, None if the session does not hold it."""
    brought = held()
    return brought.encoded.table if brought is not None and brought.own == dataset and isinstance(brought.encoded, Encoded) else None


def ready() -> bool:
    """Return whether the session holds the data of its experiment, and they can be trained on."""
    return table(state.current().dataset) is not None

"""The tables that persons brought, as far as they concern one another."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from core.datasets.own import DROP
from core.upload import Encoded, Sheet, read, suggested
from core.upload.example import EXAMPLE
from pages.ui.session import own_table


def test_one_file_is_read_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, most, lock = 0, 0, threading.Lock()

    def counted(raw: bytes, told: object) -> Sheet:
        nonlocal reading, most
        with lock:
            reading += 1
            most = max(most, reading)
        time.sleep(0.01)
        with lock:
            reading -= 1
        return read(raw)

    monkeypatch.setattr(own_table, "read", counted)
    with ThreadPoolExecutor(8) as pool:
        sheets = list(pool.map(own_table.received, [EXAMPLE.encode()] * 8))
    assert (most, {sheet.n_rows for sheet in sheets}) == (1, {30})


class Session(dict[str, Any]):
    """Stands for a session's state."""

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value


@pytest.fixture
def enter(monkeypatch: pytest.MonkeyPatch) -> Callable[[Session], None]:
    """Return a function that lets a session be the present one. There is room for two and a half tables."""
    gc.collect()
    monkeypatch.setattr(own_table, "_HELD", type(own_table._HELD)())

    def enter_(session: Session) -> None:
        monkeypatch.setattr(own_table.st, "session_state", session)

    sheet = read(EXAMPLE.encode())
    enter_(Session())
    size = own_table.hold(sheet, "first", suggested(sheet)).nbytes
    own_table.forget()
    monkeypatch.setattr(own_table, "HELD_BYTES", int(2.5 * size))
    return enter_


def brings() -> own_table.Brought:
    """Let the present session bring a table of its own."""
    sheet = read(EXAMPLE.encode())
    return own_table.hold(sheet, "mine", suggested(sheet))


def full(session: Session, enter: Callable[[Session], None]) -> bool:
    """Return whether there is no room for a table of a session, which then keeps what it had."""
    enter(session)
    before = session.get("own_data")
    try:
        brings()
    except own_table.Full as error:
        return str(error).startswith("the server holds as much brought data as it may") and session.get("own_data") is before
    return False


def test_the_tables_of_all_sessions_have_one_budget(enter: Callable[[Session], None]) -> None:
    sessions = [Session() for _ in range(3)]
    assert [full(session, enter) for session in sessions] == [False, False, True]
    assert [full(session, enter) for session in sessions] == [False, False, True], "a table takes the place of the one before"


def test_a_session_that_ends_or_forgets_makes_room(enter: Callable[[Session], None]) -> None:
    sessions = [Session() for _ in range(4)]
    assert [full(session, enter) for session in sessions[:3]] == [False, False, True]
    enter(sessions[0])
    own_table.forget()
    assert not full(sessions[2], enter)
    assert full(sessions[3], enter)
    sessions[1].clear()
    gc.collect()
    assert not full(sessions[3], enter)


def test_a_table_that_grows_by_its_choices_is_refused_and_comes_back(enter: Callable[[Session], None], monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session()
    enter(session)
    brought = brings()
    other = replace(brought.own, missing=DROP)
    room = own_table.HELD_BYTES
    monkeypatch.setattr(own_table, "HELD_BYTES", 0)
    assert isinstance(own_table.hold(brought.sheet, "mine", other).encoded, own_table.Full)
    monkeypatch.setattr(own_table, "HELD_BYTES", room)
    again = own_table.held(other)
    assert again is not None
    assert isinstance(again.encoded, Encoded)

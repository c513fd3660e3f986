"""The tables that persons brought, as far as they concern one another."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.upload import Sheet, read
from core.upload.example import EXAMPLE
from pages.ui.session import own_table


def test_one_file_is_read_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, most, lock = 0, 0, threading.Lock()

    def counted(raw: bytes) -> Sheet:
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

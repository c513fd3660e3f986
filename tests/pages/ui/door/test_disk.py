"""A disk that is full or read-only: all that the server needs is in memory, files that people bring included."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import loops
from tests.load.brought import bring
from tests.load.scenarios import Crowd
from tests.server import Server

#: rows of a file of 1.2 MB, and values of its columns; frameworks write what is longer than one megabyte to the disk
ROWS, VALUES = 50_000, 10


@pytest.mark.proof
def test_thirty_bring_files_at_once_where_nothing_can_be_written(tmp_path: Path, root: Path) -> None:
    with Server(tmp_path / "log.txt", PYTHONPATH=str(root / "tests/full_disk")) as server:
        crowd = Crowd(server)
        loops.run(bring(crowd, rows=ROWS, values=VALUES))
    assert not crowd.failures
    assert "Traceback" not in server.log.read_text(errors="replace")

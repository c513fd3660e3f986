"""The short version of `make load`: a small class comes, works and goes, three times over, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import loops
from tests.load.scenarios import Crowd, arrive_and_work
from tests.server import PROC, Server

VISITORS = 20
#: between two rounds of 20: as much as is allowed for 50, and noise of the allocator
MEGABYTES = 20.0


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.skipif(not PROC.exists(), reason="the memory of a server and its processes are read from /proc")
def test_a_class_comes_works_and_goes(tmp_path: Path) -> None:
    held = []
    with Server(tmp_path / "log.txt") as server:
        crowd = Crowd(server)
        for _ in range(3):
            loops.run(arrive_and_work(crowd, VISITORS))
            held.append(server.memory())
        left = server.stop()
    assert not crowd.failures
    assert held[2] - held[1] <= MEGABYTES
    assert not left
    assert "Traceback" not in server.log.read_text(errors="replace")

"""Workers end with their server, also when it is killed and can tell them nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pages.ui.server.executors import process_executor
from tests.server import PROC, stat

#: a process with a pool as a server has it: its workers are started by a thread that ends, and the first pool breaks and is replaced
_POOL = """
import os, threading, time
from concurrent.futures.process import BrokenProcessPool
from pages.ui.server.executors import process_executor

def start():
    pool = process_executor()
    pool.submit(abs, 1).result()
    print(*pool._processes, flush=True)

def started():
    thread = threading.Thread(target=start)
    thread.start()
    thread.join()

started()
try:
    process_executor().submit(os._exit, 1).result()
except BrokenProcessPool:
    started()
if BUSY:
    process_executor().submit(exec, "while True: pass")
time.sleep(600)
"""


def runs(pid: int) -> bool:
    fields = stat(PROC / str(pid) / "stat")
    return bool(fields) and fields[0] != "Z"


@pytest.fixture(params=[False, True], ids=["idle", "busy"])
def server(request: pytest.FixtureRequest, root: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", f"BUSY = {request.param}\n{_POOL}"]
    environment = os.environ | {"LOSSBENCH_WORKERS": "2"}
    process = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.skipif(not PROC.exists(), reason="whether a process is still there is read from /proc")
def test_workers_end_when_their_server_is_killed(server: subprocess.Popen[str]) -> None:
    assert server.stdout is not None
    first, second = ({int(pid) for pid in server.stdout.readline().split()} for _ in range(2))
    assert len(first) == len(second) == 2
    assert not first & second
    time.sleep(2)  # a worker outlives the thread that has started it
    assert all(map(runs, second))
    server.kill()
    server.wait()
    deadline = time.monotonic() + 10
    while (left := [pid for pid in second if runs(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


def test_a_pool_whose_workers_are_bound_is_one_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """An initializer that differed from call to call would start new workers for each slice."""
    monkeypatch.setenv("LOSSBENCH_WORKERS", "1")
    pool = process_executor()
    assert process_executor() is pool
    pool.shutdown(wait=True)

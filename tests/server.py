"""A server of our own for tests, started the way a host starts it, and what it costs: memory and processor time of all its processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROC = Path("/proc")

#: what the server says once its port is its own
_ADDRESS = re.compile(r"URL: (http://127\.0\.0\.1:\d+)\s")
#: prctl(PR_SET_PDEATHSIG, SIGTERM): the server is told to end when the process that has started it is gone, however that came about
_BOUND_TO_US = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15); os.execv(sys.argv[1], sys.argv[1:])"


def answering(log: Path, runs: Callable[[], bool] = lambda: True, seconds: float = 120) -> str:
    """Return the address of the server that writes this log, without a slash at its end, when it answers; raise with its log when it does not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and runs():
        if said := _ADDRESS.search(_text(log)):
            with suppress(OSError), urllib.request.urlopen(f"{said[1]}/_stcore/health", timeout=10) as answer:
                if answer.read() == b"ok":
                    return said[1]
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{_text(log)}")


class Server:
    """A Streamlit server on a port that the system has given it, with these options and environment variables besides; `url` ends without a slash.

    `with Server(log) as server` waits for it, and ends it. (Linux: it also ends with the process that has started it.)
    """

    def __init__(self, log: Path, folder: Path = ROOT, *, options: Sequence[str] = (), **environment: str) -> None:
        self.url = ""
        self.log = log
        command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.headless", "true"]
        command += ["--server.address", "127.0.0.1", "--server.port", "0", "--browser.serverAddress", "127.0.0.1", *options]
        if sys.platform == "linux":
            command = [sys.executable, "-I", "-S", "-c", _BOUND_TO_US, *command]
        with log.open("wb") as output:
            # a process group of its own, by which its workers are found, and ended with it
            # one test looks for files that it writes, and what it would train ahead is what others measure or wait for
            variables = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", "LOSSBENCH_WARM": "0"} | environment
            self.process = subprocess.Popen(command, cwd=folder, env=variables, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)

    def __enter__(self) -> Server:
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait(self) -> None:
        """Return when the server answers; raise with its log when it does not."""
        self.url = answering(self.log, lambda: self.process.poll() is None)

    def stop(self, seconds: float = 20) -> list[str]:
        """End the server as a host does, and return the command lines of what it left behind; that is ended, too. (Linux; else nothing is found.)"""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        deadline = time.monotonic() + seconds
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        names = [_text(PROC / str(pid) / "cmdline").replace("\0", " ").strip() for pid in left]
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        return names

    def processes(self) -> list[int]:
        """Return the server and all processes that it has started, and that are still there."""
        stats = {int(path.parent.name): stat(path) for path in PROC.glob("[0-9]*/stat")}
        return [pid for pid, fields in stats.items() if fields and fields[0] != "Z" and int(fields[2]) == self.process.pid]

    def memory(self) -> float:
        """Return the megabytes that the server and its workers hold, shared pages counted once; 0 where the system does not say."""
        return sum(map(_megabytes, self.processes()))

    def processor_seconds(self) -> tuple[float, float]:
        """Return the processor time that the server, and its workers, have taken."""
        ticks = {pid: int(fields[11]) + int(fields[12]) for pid in self.processes() if (fields := stat(PROC / str(pid) / "stat"))}
        own, tick = ticks.pop(self.process.pid, 0), os.sysconf("SC_CLK_TCK")
        return own / tick, sum(ticks.values()) / tick


def _text(path: Path) -> str:
    """Return what the system says about a process, nothing if it has gone."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def stat(path: Path) -> list[str]:
    """Return the fields of a process's `stat` behind its name, which may hold spaces: state, parent, group, ..."""
    return _text(path).rpartition(")")[2].split()


def _megabytes(pid: int) -> float:
    """Return the proportional set size, in which a page that two processes share counts half for each, or else the resident one."""
    for name, field in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        for line in _text(PROC / str(pid) / name).splitlines():
            if line.startswith(field):
                return int(line.split()[1]) / 1024
    return 0.0

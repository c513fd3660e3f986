"""One server for the browser tests of all workers: the process that hands the tests out starts it, and ends it after the last of them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.server import Server

CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
#: what a worker is told: the log of the server, which says its address
LOG = "server_log"
#: it trains in one process: the browsers need the other processor
ENVIRONMENT = {"LOSSBENCH_WORKERS": "1"}
_VISITORS = "tests/browser/"


class SharedServer:
    """A plugin of the process that hands tests out to workers; without workers it does nothing."""

    def __init__(self) -> None:
        self._folder: TemporaryDirectory[str] | None = None
        self._server: Server | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where the log will be."""
        node.workerinput[LOG] = str(self._log())

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Start the server as soon as it is known that a test may visit it; no test has begun by then."""
        if self._server is None and CHROMIUM is not None and any(each.startswith(_VISITORS) for each in ids):
            self._server = Server(self._log(), **ENVIRONMENT)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the log if an exception is in it."""
        if self._server is not None and "Traceback" in (log := self._log().read_text(errors="replace")):
            terminalreporter.section("log of the server that the browser tests share")
            terminalreporter.write_line(log)

    def pytest_unconfigure(self) -> None:
        """End the server; the workers have gone."""
        if self._server is not None:
            self._server.stop()
        if self._folder is not None:
            self._folder.cleanup()

    def _log(self) -> Path:
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="lossbench-")
        return Path(self._folder.name) / "log.txt"

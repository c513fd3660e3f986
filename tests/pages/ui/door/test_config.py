"""The settings of `.streamlit/config.toml` that safety and speed rest on, each with its reason."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from streamlit import config

from tests.bare import handshake
from tests.server import Server

SETTINGS = [
    ("server.maxUploadSize", 20, "megabytes; the default of 200 in each of a hundred sessions is more memory than a server has"),
    ("server.maxMessageSize", 20, "megabytes; a browser can send no message that takes the memory of everybody"),
    ("server.enableXsrfProtection", True, "another site cannot upload in a visitor's name"),
    ("server.enableCORS", True, "another site cannot open a session, which needs no token"),
    ("server.enableStaticServing", False, "no folder is served"),
    ("server.fileWatcherType", "none", "a watcher a session costs seconds when a class comes at once"),
    ("client.showErrorDetails", "none", "a traceback names paths and versions"),
    ("client.toolbarMode", "viewer", "a visitor has no options of developers"),
    ("runner.magicEnabled", False, "a bare expression is not written to the page"),
    ("browser.gatherUsageStats", False, "no visit is reported to anybody"),
]
#: of one machine; here they would lock everybody out of a hosted dashboard
OF_A_MACHINE = ("address", "port", "allowedHosts", "baseUrlPath", "sslCertFile", "sslKeyFile", "cookieSecret", "corsAllowedOrigins")


@pytest.fixture(scope="module")
def written(root: Path) -> dict[str, dict[str, Any]]:
    return tomllib.loads((root / ".streamlit/config.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "value", "reason"), SETTINGS, ids=[name for name, _, _ in SETTINGS])
def test_setting(name: str, value: object, reason: str, written: dict[str, dict[str, Any]]) -> None:
    section, key = name.split(".")
    assert written[section].get(key) == value, reason


def test_streamlit_knows_every_setting(written: dict[str, dict[str, Any]]) -> None:
    """It says nothing of a name that it does not know, or no longer knows."""
    known = set(config.get_config_options())
    assert {f"{section}.{key}" for section in ("server", "client", "runner", "browser") for key in written[section]} <= known


def test_nothing_of_one_machine_is_in_it(written: dict[str, dict[str, Any]]) -> None:
    assert not set(OF_A_MACHINE) & set(written["server"])


@pytest.fixture(scope="module")
def at_home(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a server with the options that `make run` gives it, but for the port."""
    recipe = (root / "Makefile").read_text(encoding="utf-8").partition("\nrun:")[2].partition("\n\n")[0]
    options = [word for option, value in re.findall(r"(--server\.\w+) ([\w.]+)", recipe) for word in (option, value)]
    assert len(options) == 6
    with Server(tmp_path_factory.mktemp("home") / "log.txt", options=options, LOSSBENCH_WORKERS="0") as server:
        yield server


def test_make_run_listens_to_this_machine_alone(at_home: Server) -> None:
    """Streamlit's default listens on every network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.connect(("192.0.2.1", 9))  # of no network; nothing is sent
        outside = asked.getsockname()[0]
    if outside.startswith("127."):
        pytest.skip("the machine has no address but its own")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((outside, urlsplit(at_home.url).port), timeout=10)


@pytest.mark.parametrize(
    ("host", "status"), [("localhost", 101), ("127.0.0.1", 101), ("lossbench.example", 403), ("localhost.foreign.example", 403), ("10.0.0.1", 403)]
)
def test_make_run_opens_sessions_under_the_names_of_this_machine(host: str, status: int, at_home: Server) -> None:
    """A page of another site, whose name was made to lead here, sends its own name as the host and as the origin. It gets files that are everybody's alone."""
    port = urlsplit(at_home.url).port
    assert handshake(at_home.url, Host=f"{host}:{port}", Origin=f"http://{host}:{port}") == status


def test_make_run_opens_no_session_for_another_site(at_home: Server) -> None:
    assert handshake(at_home.url, Origin="https://foreign.example") == 403


def test_what_is_imported_is_frozen(root: Path) -> None:
    """A collection of garbage after each script run would look at every object of these libraries, some 90 ms."""
    command = "from pages.ui.door import startup; import gc, sys; print(gc.get_freeze_count(), len(gc.get_objects()), 'pandas' in sys.modules)"
    environment = os.environ | {"LOSSBENCH_WORKERS": "0"}
    done = subprocess.run([sys.executable, "-c", command], cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=True)
    frozen, seen, loaded = done.stdout.split()
    assert loaded == "True"
    assert int(frozen) > 100_000
    assert int(seen) < 0.1 * int(frozen), "what a collection still looks at"


def test_what_two_threads_would_import_in_opposite_order_is_there_before_the_training_begins(root: Path) -> None:
    """Scikit-learn, in the thread of the training, and Altair both take parts of narwhals that import each other: Python ends one of them."""
    command = (
        "import sys; from pages.ui.server.jobs import Jobs; "
        "Jobs.job = lambda *_: print('narwhals.stable.v1' in sys.modules and 'altair' not in sys.modules) or sys.exit(); from pages.ui.door import startup"
    )
    environment = os.environ | {"LOSSBENCH_WORKERS": "0"}
    done = subprocess.run([sys.executable, "-c", command], cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "True\n"

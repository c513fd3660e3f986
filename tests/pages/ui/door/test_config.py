"""The settings of `.streamlit/config.toml` that safety and speed rest on, each with its reason."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from streamlit import config

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


def test_a_run_of_one_machine_is_bound_to_it(root: Path) -> None:
    """Streamlit's defaults listen on every network, and answer to any name."""
    recipe = (root / "Makefile").read_text(encoding="utf-8").partition("\nrun:")[2].partition("\n\n")[0]
    assert "--server.address localhost" in recipe
    assert "--server.allowedHosts localhost" in recipe


def test_what_is_imported_is_frozen(root: Path) -> None:
    """A collection of garbage after each script run would look at every object of these libraries, some 90 ms."""
    command = "from pages.ui.door import startup; import gc, sys; print(gc.get_freeze_count(), len(gc.get_objects()), 'pandas' in sys.modules)"
    environment = os.environ | {"LOSSBENCH_WORKERS": "0"}
    done = subprocess.run([sys.executable, "-c", command], cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=True)
    frozen, seen, loaded = done.stdout.split()
    assert loaded == "True"
    assert int(frozen) > 100_000
    assert int(seen) < 0.1 * int(frozen), "what a collection still looks at"

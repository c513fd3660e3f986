"""What a server lets in before a page is drawn: no foreign origin, no more files than a session may hold, and it asks no other host about it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pages.ui.door.gate import MOST_BYTES, MOST_FILES
from tests.bare import HUNG_UP, LARGE, answer, files_of_a_tab, handshake
from tests.server import Server

LISTED = "https://listed.example"


@pytest.fixture(scope="module")
def outside() -> Iterator[socket.socket]:
    """Stand for the rest of the world, which hears whoever asks it, and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        listener.setblocking(False)
        yield listener


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, outside: socket.socket) -> Iterator[Server]:
    world = "http://127.0.0.1:{1}".format(*outside.getsockname())
    variables = {"LOSSBENCH_WORKERS": "0", "http_proxy": world, "https_proxy": world, "STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS": LISTED}
    with Server(tmp_path_factory.mktemp("gate") / "log.txt", **variables) as server:
        yield server


def asked(outside: socket.socket) -> bool:
    try:
        outside.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 101),
        ({"Origin": "http://lossbench.example", "Host": "lossbench.example"}, 101),
        ({"Origin": "https://lossbench.example:8443", "Host": "lossbench.example:8443"}, 101),
        ({"Origin": "http://localhost:1234"}, 101),
        ({"Origin": LISTED, "Host": "127.0.0.1"}, 101),
        ({"Origin": "https://foreign.example"}, 403),
        ({"Origin": "https://foreign.example", "Host": "lossbench.example"}, 403),
        ({"Origin": "https://foreign.example", "Host": "lossbench.example", "X_Forwarded_Host": "foreign.example"}, 403),
        ({"Origin": "https://lossbench.example.foreign.example", "Host": "lossbench.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
    ids=["no browser", "by name", "by a proxy", "this machine", "listed", "foreign", "of a name", "forwarded", "like the name", "of no site"],
)
def test_an_origin_is_compared_with_the_host_and_nobody_is_asked(
    headers: dict[str, str], status: int, server: Server, outside: socket.socket
) -> None:
    """A proxy that keeps the host, as a hosted dashboard has one, is the same as none; one that does not needs its origin in the list."""
    assert handshake(server.url, **headers) == status
    assert not asked(outside)


def test_thirty_foreign_handshakes_at_once_make_nobody_wait(server: Server) -> None:
    """Streamlit would ask for its own address for each of them, up to 2 s long, while it serves nobody."""
    with ThreadPoolExecutor(30) as crowd:
        start = time.monotonic()
        refused = [crowd.submit(handshake, server.url, Origin="https://foreign.example") for _ in range(30)]
        assert answer(server.url, "GET", "/_stcore/health")[0] == 200
        assert {each.result() for each in refused} == {403}
        assert time.monotonic() - start < 5


def test_a_server_that_is_told_no_address_of_its_own_prints_none_from_outside(root: Path, outside: socket.socket) -> None:
    """As in a container: Streamlit would ask for it at the start."""
    world = "http://127.0.0.1:{1}".format(*outside.getsockname())
    command = "import streamlit_app\nfrom streamlit import config\nfrom streamlit.web import bootstrap\n"
    command += "config.set_option('server.headless', True)\nbootstrap._print_url(is_running_hello=False)"
    environment = os.environ | {"http_proxy": world, "https_proxy": world}
    done = subprocess.run([sys.executable, "-c", command], cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=True)
    assert "Local URL" in done.stdout
    assert "External URL" not in done.stdout
    assert not asked(outside)


# Files

Put = Callable[..., int]


@pytest.fixture
def tab(server: Server) -> Iterator[Put]:
    with files_of_a_tab(server.url) as request:
        yield request


def test_of_sixty_large_files_at_once_one_is_taken(tab: Put) -> None:
    with ThreadPoolExecutor(60) as crowd:
        start = time.monotonic()
        answers = list(crowd.map(lambda i: tab("PUT", str(i), LARGE), range(60)))
        assert time.monotonic() - start < 20
    assert {204} < {*answers} <= {204, 413, HUNG_UP}
    assert 1 <= answers.count(204) <= MOST_BYTES // LARGE


def test_a_file_that_was_replaced_or_removed_does_not_count(tab: Put) -> None:
    for _ in range(4):
        assert tab("PUT", "same", LARGE) == 204
    assert tab("PUT", "other", LARGE) in (413, HUNG_UP)
    assert tab("DELETE", "same") == 204
    assert tab("PUT", "other", LARGE) == 204


def test_small_files_are_counted(tab: Put) -> None:
    assert [tab("PUT", str(i), 10) for i in range(MOST_FILES + 1)] == [204] * MOST_FILES + [413]

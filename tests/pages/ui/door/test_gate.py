"""What a server lets in before a page is drawn: no foreign origin, no more files than a session may hold, and it asks no other host about it."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from pages.ui.door.gate import MOST_BYTES, MOST_FILES
from tests.server import Server

LISTED = "https://listed.example"
LARGE = 5 * 2**20 - 1000  # what Streamlit takes includes the form around the file


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


def answer(server: Server, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, http.client.HTTPMessage]:
    """Return the status of an answer, and its headers. A `_` in the name of a header stands for a hyphen."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.headers
    finally:
        connection.close()


def handshake(server: Server, **headers: str) -> int:
    """Return the status with which a websocket is opened, 101, or refused."""
    asking = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13", "Sec_WebSocket_Key": "MDEyMzQ1Njc4OWFiY2RlZg=="}
    return answer(server, "GET", "/_stcore/stream", **asking, **headers)[0]


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
    assert handshake(server, **headers) == status
    assert not asked(outside)


def test_thirty_foreign_handshakes_at_once_make_nobody_wait(server: Server) -> None:
    """Streamlit would ask for its own address for each of them, up to 2 s long, while it serves nobody."""
    with ThreadPoolExecutor(30) as crowd:
        start = time.monotonic()
        refused = [crowd.submit(handshake, server, Origin="https://foreign.example") for _ in range(30)]
        assert answer(server, "GET", "/_stcore/health")[0] == 200
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
def tab(server: Server) -> Iterator[Callable[..., int]]:
    """Return a function that sends a request about a file of an open tab, and returns the status."""
    token = next(value for value in answer(server, "GET", "/_stcore/health")[1].get_all("Set-Cookie", []) if "xsrf" in value).split(";")[0]
    with connect(f"{server.url.replace('http', 'ws', 1)}/_stcore/stream", subprotocols=[Subprotocol("streamlit")], max_size=None) as browser:
        message = BackMsg()
        message.rerun_script.query_string = ""
        browser.send(message.SerializeToString())
        session = ""
        while not session:
            session = ForwardMsg.FromString(browser.recv(timeout=60, decode=False)).new_session.initialize.session_id

        def request(method: str, name: str, size: int = 0) -> int:
            form = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f.csv"\r\n\r\n' + bytes(size) + b"\r\n--x--\r\n"
            headers = {"Content_Type": "multipart/form-data; boundary=x", "Cookie": token, "X_Xsrftoken": token.split("=", 1)[1]}
            return answer(server, method, f"/_stcore/upload_file/{session}/{name}", form, **headers)[0]

        yield request


def test_sixty_files_at_once_are_two(tab: Put) -> None:
    with ThreadPoolExecutor(60) as crowd:
        start = time.monotonic()
        answers = list(crowd.map(lambda i: tab("PUT", str(i), LARGE), range(60)))
        assert time.monotonic() - start < 20
    assert set(answers) == {204, 413}
    assert 1 <= answers.count(204) <= MOST_BYTES // LARGE


def test_a_file_that_was_replaced_or_removed_does_not_count(tab: Put) -> None:
    for _ in range(4):
        assert tab("PUT", "same", LARGE) == 204
    assert tab("PUT", "other", LARGE) == 204
    assert tab("PUT", "third", LARGE) == 413
    assert tab("DELETE", "same") == 204
    assert tab("PUT", "third", LARGE) == 204


def test_small_files_are_counted(tab: Put) -> None:
    assert [tab("PUT", str(i), 10) for i in range(MOST_FILES + 1)] == [204] * MOST_FILES + [413]

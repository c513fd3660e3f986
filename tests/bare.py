"""Bare requests to a server, as a program sends them that is no browser: handshakes, and files under names of its own."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Subprotocol

#: in place of a status
HUNG_UP = 0
LARGE = 20 * 2**20 - 1000  # what Streamlit takes includes the form around the file


def answer(url: str, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, http.client.HTTPMessage]:
    """Return the status of an answer, and its headers; `HUNG_UP` if the server hung up before it had all. A `_` in the name of a header stands for a hyphen."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before it hung up
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.headers
    except (ConnectionResetError, http.client.HTTPException):
        return HUNG_UP, http.client.HTTPMessage()
    finally:
        connection.close()


def handshake(url: str, **headers: str) -> int:
    """Return the status with which a websocket is opened, 101, or refused."""
    asking = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13", "Sec_WebSocket_Key": "MDEyMzQ1Njc4OWFiY2RlZg=="}
    return answer(url, "GET", "/_stcore/stream", **asking, **headers)[0]


def token(url: str) -> str:
    """Return the cookie without which no request about a file is answered."""
    return next(value for value in answer(url, "GET", "/_stcore/health")[1].get_all("Set-Cookie", []) if "xsrf" in value).split(";")[0]


@cache
def _zeros(size: int) -> bytes:
    return bytes(size)


@cache
def _form(content: bytes) -> bytes:
    """Return a form with a file; one for all that send it at once."""
    return b'--x\r\nContent-Disposition: form-data; name="f"; filename="f.csv"\r\n\r\n' + content + b"\r\n--x--\r\n"


def about_a_file(url: str, cookie: str, method: str, session: str, name: str, content: bytes = b"") -> int:
    """Send a request about a file of a session, and return the status."""
    headers = {"Content_Type": "multipart/form-data; boundary=x", "Cookie": cookie, "X_Xsrftoken": cookie.split("=", 1)[1]}
    return answer(url, method, f"/_stcore/upload_file/{session}/{name}", _form(content), **headers)[0]


@contextmanager
def files_of_a_tab(url: str) -> Iterator[Callable[..., int]]:
    """Yield a function that sends a request about a file of a tab that is open meanwhile, and returns the status."""
    cookie = token(url)
    with connect(f"{url.replace('http', 'ws', 1)}/_stcore/stream", subprotocols=[Subprotocol("streamlit")], max_size=None, close_timeout=0.5) as browser:
        message = BackMsg()
        message.rerun_script.query_string = ""
        browser.send(message.SerializeToString())
        session = ""
        while not session:
            session = ForwardMsg.FromString(browser.recv(timeout=60, decode=False)).new_session.initialize.session_id

        yield lambda method, name, size=0: about_a_file(url, cookie, method, session, name, _zeros(size))

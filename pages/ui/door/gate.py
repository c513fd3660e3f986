"""What a server asks for and takes in before a page is drawn: it asks no other host, writes no file, and a session may hold only so many files."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from starlette.formparsers import MultiPartParser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config, net_util, runtime

#: how many files a session may hold at once, and their bytes; the pages read a file and let go of it, so that one or two are the rule
MOST_FILES = 4
MOST_BYTES = 24 * 2**20
_UPLOAD = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/(?P<file>[^/]+)$")


def ask_nobody() -> None:
    """Keep Streamlit from asking another host for the address that this machine has outside.

    It would do so when it prints its address, and for each handshake of a foreign origin, while nobody else is served. Without that address an origin is
    allowed, as before, if it is the host of the request, a name of this machine, or listed in `server.corsAllowedOrigins`.
    """
    net_util.get_external_ip = lambda: None


def write_nothing() -> None:
    """Keep files that people bring out of the disk, where starlette would put each of more than a megabyte until it has arrived."""
    MultiPartParser.spool_max_size = MOST_BYTES


class Uploads:
    """Refuses a file that would be too much for its session, and hangs up rather than read it. Files on their way count: sixty may come at once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        #: a session's files that are on their way: the name in their address, and their size
        self._coming: dict[str, list[tuple[str, int]]] = defaultdict(list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = _UPLOAD.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if place is None:
            await self._app(scope, receive, send)
            return
        session, coming = place["session"], (place["file"], _announced(scope))
        files = [*self._coming[session], coming]
        replaced = {name for name, _ in files}
        files += [(name, size) for name, size in _held(session) if name not in replaced]
        if len(files) > MOST_FILES or sum(size for _, size in files) > MOST_BYTES:
            self._forget(session)
            await PlainTextResponse("Too many files", 413, {"connection": "close"})(scope, receive, send)
            return
        self._coming[session].append(coming)
        try:
            await self._app(scope, receive, send)
        finally:
            self._coming[session].remove(coming)
            self._forget(session)

    def _forget(self, session: str) -> None:
        if not self._coming[session]:
            del self._coming[session]


def _held(session: str) -> list[tuple[str, int]]:
    """Return the names and sizes of the files that a session holds."""
    storage: Any = getattr(runtime.get_instance().uploaded_file_mgr, "file_storage", {})
    return [(file.file_id, len(file.data)) for file in list(storage.get(session, {}).values())]


def _announced(scope: Scope) -> int:
    """Return the bytes that a request says it brings; as many as one may bring if it does not say."""
    headers = dict(scope["headers"])
    said = b"" if b"transfer-encoding" in headers else headers.get(b"content-length", b"")
    return int(said) if said.isdigit() else config.get_option("server.maxUploadSize") * 2**20

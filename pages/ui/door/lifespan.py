"""The start and the end of a server: it loads and trains ahead at the start, and ends its workers at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from threading import Thread
from typing import Any

from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.session_manager import SessionInfo

from pages.ui.server import drawing


def load() -> None:
    """Load what every page needs, once a process. A caller that comes during the loading waits until it is done."""
    import_module("pages.ui.door.startup")


def _prepare() -> None:
    """Load, then train ahead."""
    load()
    import_module("pages.ui.door.warm").up()


_stored = MemorySessionStorage.get


def _taken_up(storage: MemorySessionStorage, session_id: str) -> SessionInfo | None:
    """Return the stored session of a browser that has lost its connection, without the messages that were queued for it.

    Messages before them were lost with the connection. Streamlit would send the rest as soon as the browser is back; its front end cannot place them
    ("Bad delta path index"), and then handles no message any more. The browser asks for a new drawing by itself.
    """
    found = _stored(storage, session_id)
    if found is not None:
        found.session.flush_browser_queue()
    return found


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
    """Start to load and to train ahead when the server is up. End its workers when it stops.

    Until `st.navigation` has run once, Streamlit treats the folder `pages/` as an app of its older kind: a visitor who opens a page by its address
    sees a navigation of file names, or the message that there is no such page. The flag switches that off.
    """
    PagesManager.uses_pages_directory = False
    MemorySessionStorage.get = _taken_up  # type: ignore[assignment]
    drawing.give_way()
    Thread(target=_prepare, daemon=True).start()
    yield {}
    import_module("pages.ui.server.executors").end()

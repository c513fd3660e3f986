"""What the server does before anybody comes and after everybody has gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from threading import Thread
from typing import Any

from streamlit.runtime.pages_manager import PagesManager

from pages.ui.server import drawing


def load() -> None:
    """Load what every visitor needs, once a process; who comes while it is being loaded waits for it, behind the navigation on the screen already."""
    import_module("pages.ui.door.startup")


def _prepare() -> None:
    load()
    import_module("pages.ui.door.warm").up()


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
    """Begin to load, and to train ahead, as soon as the server is up; leave no worker behind when it ends.

    Until `st.navigation` has run once in a server, Streamlit takes the folder `pages/` for its older kind of app: the first visitor who opens a page
    by its address would see that file alone, under a navigation of raw file names, or be told that there is no such page. The flag ends that.
    """
    PagesManager.uses_pages_directory = False
    drawing.give_way()
    Thread(target=_prepare, daemon=True).start()
    yield {}
    import_module("pages.ui.server.executors").end()

"""What the server does before anybody comes and after everybody has gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from threading import Thread
from typing import Any

from pages.ui.server import drawing


def load() -> None:
    """Load what every visitor needs, once a process; who comes while it is being loaded waits for it, behind the navigation on the screen already."""
    import_module("pages.ui.door.startup")


def _prepare() -> None:
    load()
    import_module("pages.ui.door.warm").up()


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
    """Begin to load, and to train ahead, as soon as the server is up; leave no worker behind when it ends."""
    drawing.give_way()
    Thread(target=_prepare, daemon=True).start()
    yield {}
    import_module("pages.ui.server.executors").end()

"""Every page is drawn by `streamlit_app.py`, by its address."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.session_manager import SessionInfo

from pages.ui.charts.theme import PAGE_CSS
from pages.ui.door import lifespan
from pages.ui.training import follow
from tests import loops
from tests.views import by_address


@pytest.mark.parametrize(
    ("address", "title"),
    [("", "Workbench"), ("losses", "Losses"), ("optimizers", "Descent"), ("imbalance", "Imbalance"), ("regularization", "Regularization")],
)
def test_a_page_is_drawn_through_the_front_door(address: str, title: str, root: Path, in_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The front door writes the style sheet of every page; a page's file alone does not."""
    monkeypatch.setattr(follow, "GRACE_SECONDS", 0)  # the page is looked at before anything is trained
    app = by_address(root, address).run()
    assert not app.exception
    assert any(PAGE_CSS in element.proto.body for element in app.get("html"))
    assert any(element.value.startswith(f"# {title}") for element in app.markdown)


async def _served() -> None:
    async with lifespan.lifespan(None):
        pass


def test_a_browser_that_comes_back_is_sent_nothing_that_was_queued_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemorySessionStorage, "get", MemorySessionStorage.get)  # what the start puts in its place is taken back after the test
    for name in ("Thread", "import_module"):
        monkeypatch.setattr(lifespan, name, lambda *_, **__: SimpleNamespace(start=lambda: None, end=lambda: None))
    monkeypatch.setattr(lifespan.drawing, "give_way", lambda: None)
    loops.run(_served())
    queue = ForwardMsgQueue()
    queue.enqueue(ForwardMsg())
    session: Any = SimpleNamespace(id="one", flush_browser_queue=queue.flush)
    storage = MemorySessionStorage()
    storage.save(SessionInfo(client=None, session=session, script_run_count=1))
    found = storage.get("one")
    assert found is not None
    assert found.session is session
    assert queue.is_empty()
    assert storage.get("two") is None

"""The last picture of a view stays, pale, while another training has not come to its end."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.training import follow, last
from tests.views import checked


def page() -> None:
    from dataclasses import dataclass

    import streamlit as st

    from core.parameters import Document, integer
    from pages.ui.session.screen import Screen
    from pages.ui.training import last

    @dataclass(frozen=True)
    class Shown(Document):
        noun = "what is shown"
        version = 1
        dial: int = integer(0, 0, 9, doc="A dial.")

    screen = Screen("state", Shown, "v", Shown, ("here",))
    last.draw(screen, st.session_state.shown, lambda shown: st.text(shown), keeps=st.session_state.keeps)


def drawn(app: AppTest, shown: str | None, *, keeps: bool = True) -> tuple[list[str], bool]:
    """Return what the page shows for results, and whether it is pale."""
    app.session_state["shown"], app.session_state["keeps"] = shown, keeps
    checked(app.run())
    return [text.value for text in app.text], any(last.PALE in element.proto.body for element in app.get("html"))


def test_the_last_picture_stays_pale_until_the_next_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    app, trains = AppTest.from_function(page), False
    monkeypatch.setattr(follow, "running", lambda: trains)
    trains = True
    assert drawn(app, None) == ([], False), "there is nothing yet"
    assert drawn(app, "a, so far") == (["a, so far"], False), "the first records of the first training"
    trains = False
    assert drawn(app, "a") == (["a"], False)
    trains = True
    assert drawn(app, None) == (["a"], True)
    assert drawn(app, "b, so far") == (["a"], True)
    trains = False
    assert drawn(app, "b") == (["b"], False)
    assert drawn(app, None) == ([], False), "after a failure no picture stands below what is said of it"


def test_what_is_made_of_data_that_a_person_brought_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    app, trains = AppTest.from_function(page), False
    monkeypatch.setattr(follow, "running", lambda: trains)
    assert drawn(app, "public") == (["public"], False)
    assert drawn(app, "own", keeps=False) == (["own"], False)
    trains = True
    assert drawn(app, None) == ([], False)

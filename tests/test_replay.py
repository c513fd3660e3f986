"""What is drawn of a result is made once, and what renews itself rests the longer, the busier the server is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.results import Result
from core.training import train
from pages.ui import follow, progress, replay
from tests.small import run, small
from tests.views import checked

TRAINED = train(small(run()))


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    replay._play.clear()
    yield
    replay._play.clear()


def page() -> None:
    import streamlit as st

    from pages.ui import replay, state

    state.WORKBENCH.open()
    result, what = st.session_state.shown

    def make() -> None:
        st.session_state.made += 1
        left, right = st.columns(2)
        left.text(f"left: '{result.experiment.runs[0].label}'")
        right.text("right")

    state.WORKBENCH.load(result.experiment)
    replay.draw(result, what, make)


def visit(result: Result, what: tuple[object, ...] = ("curves",)) -> tuple[int, list[str]]:
    """Return how often a new session has made the drawing, and what it shows."""
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["shown"], app.session_state["made"] = (result, what), 0
    checked(app.run())
    return app.session_state["made"], [text.value for text in app.text]


def test_the_same_is_made_once_for_everybody() -> None:
    first = visit(TRAINED)
    again = visit(train(small(run())))  # another training of the same experiment
    assert (first[0], again[0]) == (1, 0)
    assert first[1] == again[1] == ["left: ''", "right"]


def test_what_differs_is_made_anew() -> None:
    visit(TRAINED)
    named = replace(TRAINED, experiment=replace(TRAINED.experiment, runs=(replace(TRAINED.experiment.runs[0], label="mine"),)))
    longer = train(small(run(), epochs=4))
    for result, what in ((TRAINED, ("curves", "log")), (named, ("curves",)), (longer, ("curves",))):
        made, texts = visit(result, what)
        assert made == 1
        assert texts[0] == f"left: '{result.experiment.runs[0].label}'"


def test_what_is_drawn_of_own_data_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(TRAINED.experiment.dataset), "brought", True)
    assert [visit(TRAINED)[0], visit(TRAINED)[0]] == [1, 1]


@dataclass
class Clock:
    """A job that never stands still, and a clock that moves only while somebody waits for it."""

    now: float = 0.0
    waited: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += max(seconds, 0.0)


@pytest.mark.parametrize(("took", "ahead", "rest"), [(0.0, 0, 0.0), (0.04, 0, 0.32), (0.1, 0, 1.5), (1.0, 0, 1.5), (0.01, 10, 1.0), (0.01, 30, 1.5)])
def test_the_rest_grows_with_what_a_renewal_takes_and_with_the_line(monkeypatch: pytest.MonkeyPatch, took: float, ahead: int, rest: float) -> None:
    clock: Any = Clock()
    followed = type("Followed", (), {"jobs": (clock, clock)})
    view = type("View", (), {"ahead": ahead})
    state = type("State", (), {"followed": followed, "renewal_seconds": took})
    monkeypatch.setattr(progress.st, "session_state", state)
    monkeypatch.setattr(progress, "_view", lambda _: view)
    monkeypatch.setattr(follow, "time", clock)
    progress._rest(())
    assert clock.now == pytest.approx(rest)

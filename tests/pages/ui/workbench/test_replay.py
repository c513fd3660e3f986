"""What is drawn of a result is made once, and what renews itself rests the longer, the busier the server is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.training import train
from core.training.results import Result
from pages.ui.server.training import Status
from pages.ui.training import follow, progress
from pages.ui.workbench import replay
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

    from pages.ui.session import state
    from pages.ui.workbench import replay

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
class Training:
    """A job that is looked at by a clock of its own: it has more to draw from `news` on, and stands still from `end` on."""

    news: float
    end: float
    now: float = 0.0

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now = round(self.now + seconds, 6)

    def progress(self) -> tuple[float, float]:
        return float(self.now >= self.news), 0.0

    @property
    def status(self) -> Status:
        return Status.DONE if self.now >= self.end else Status.RUNNING


@pytest.mark.parametrize(
    ("took", "news", "end", "rest"),
    [
        (0.0, 0.1, 9, 0.2),
        (0.0, 1.1, 9, 1.2),
        (0.04, 0.1, 9, 0.4),
        (0.1, 0.1, 9, 1.6),
        (1.0, 0.1, 9, 1.6),
        (0.0, 9, 9, 2.0),
        (1.0, 9, 0.5, 0.6),
    ],
    ids=["at once", "news", "took 40 ms", "took 0.1 s", "took 1 s", "nothing new", "the end"],
)
def test_the_rest_grows_with_what_a_renewal_took_and_ends_with_news(monkeypatch: pytest.MonkeyPatch, took: float, news: float, end: float, rest: float) -> None:
    job: Any = Training(news, end)
    state = type("State", (), {"followed": follow.Followed((job,)), "renewal_seconds": took})
    monkeypatch.setattr(progress.st, "session_state", state)
    monkeypatch.setattr(follow, "time", job)
    progress._rest()
    assert job.now == pytest.approx(rest)

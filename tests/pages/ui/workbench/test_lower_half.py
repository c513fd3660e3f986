"""The lower half of the workbench while it trains: what was there before, pale, or the new records if the training is a long one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.experiment import Experiment
from core.inspection.views import Workbench
from core.training.results import Result
from pages.ui.server.job import Status
from pages.ui.training import follow, progress
from pages.ui.training.follow import View
from pages.ui.workbench import compare_view, epoch_view, training_view
from pages.ui.workbench.run_editor import looks
from tests.small import run, small
from tests.views import checked

See = Callable[[View, Experiment], tuple[list[str], str, bool]]

FIRST, SECOND = small(run()), small(run(learning_rate=0.2))


class Records:
    """As much of a result as is looked at here."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment


def view(experiment: Experiment | None, status: Status, left: float = 0.0) -> View:
    """Return a training with records of an experiment, or without any."""
    return View(None if experiment is None else cast(Result, Records(experiment)), status, None, 0.5, left)


def page() -> None:
    import streamlit as st

    from pages.ui.session import state
    from pages.ui.workbench import lower_half

    view, experiment = st.session_state.now
    state.WORKBENCH.load(experiment)
    st.session_state.due = lower_half.due(view, experiment)
    lower_half.draw(view, experiment, "accuracy")


@pytest.fixture
def see(monkeypatch: pytest.MonkeyPatch) -> See:
    """Return a function that shows a session a training, and returns what is drawn of which records, all HTML, and whether the page must run again."""

    def draw(result: Any, metric: str = "") -> None:
        names = "".join(style.mark for style in looks(result.experiment))
        st.text(f"{names} {result.experiment.runs[0].learning_rate} {metric}".strip())

    monkeypatch.setattr(compare_view, "draw", draw)
    monkeypatch.setattr(epoch_view, "draw", draw)
    app = AppTest.from_function(page, default_timeout=60)

    def see_(view: View, experiment: Experiment) -> tuple[list[str], str, bool]:
        app.session_state["now"] = view, experiment
        checked(app.run())
        return [text.value for text in app.text], " ".join(element.proto.body for element in app.get("html")), app.session_state["due"]

    return see_


OLD, NEW = ["A 0.1 accuracy", "A 0.1"], ["A 0.2 accuracy", "A 0.2"]


def test_nothing_is_there_before_the_first_training_stands_still(see: See) -> None:
    assert see(view(None, Status.RUNNING), FIRST) == ([], "", False)
    assert see(view(FIRST, Status.RUNNING, 3.0), FIRST) == ([], "", False)
    assert see(view(FIRST, Status.DONE), FIRST) == (OLD, "", False)


@pytest.mark.parametrize("status", [Status.DONE, Status.STOPPED])
def test_what_was_there_stays_pale_while_a_short_training_runs(see: See, status: Status) -> None:
    see(view(FIRST, Status.DONE), FIRST)
    for running in (view(None, Status.RUNNING), view(SECOND, Status.RUNNING, 4.9)):
        texts, html, due = see(running, SECOND)
        assert texts == OLD
        assert "opacity" in html
        assert not due
    assert see(view(SECOND, status), SECOND) == (NEW, "", False)


def test_a_long_training_is_drawn_and_stays_when_it_is_short_of_its_end(see: See) -> None:
    see(view(FIRST, Status.DONE), FIRST)
    assert see(view(SECOND, Status.RUNNING, 5.1), SECOND) == (NEW, "", True), "a renewal would have asked for this run"
    labelled = replace(SECOND, runs=(replace(SECOND.runs[0], label="mine"),))
    for left in (9.0, 2.0):
        assert see(view(labelled, Status.RUNNING, left), labelled) == (NEW, "", False)


def test_the_page_keeps_its_length_where_other_runs_had_other_styles(see: See) -> None:
    see(view(FIRST, Status.DONE), FIRST)
    two = replace(SECOND, runs=SECOND.runs * 2)
    texts, html, _ = see(view(two, Status.RUNNING, 1.0), two)
    assert not texts
    assert "height" in html
    assert see(view(two, Status.DONE), two)[0] == ["AB 0.2 accuracy", "AB 0.2"]


def test_a_failed_training_has_no_picture(see: See) -> None:
    see(view(FIRST, Status.DONE), FIRST)
    assert see(view(None, Status.FAILED), SECOND) == ([], "", False)


class Rerun(Exception):
    """Instead of a new run of the page."""


def test_a_renewal_asks_for_the_page_and_the_first_drawing_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a page that is due would run again for ever."""
    asked: list[View] = []

    def twice(*_: object, live: Callable[[], None], rerun: bool) -> View:
        live()
        assert not asked
        with pytest.raises(Rerun):
            live()
        return view(FIRST, Status.RUNNING, 9.0)

    def rerun() -> None:
        raise Rerun

    def due(now: View) -> bool:
        asked.append(now)
        return True

    monkeypatch.setattr(progress, "draw", twice)
    monkeypatch.setattr(follow, "view", lambda _: view(FIRST, Status.RUNNING, 9.0))
    monkeypatch.setattr(training_view, "_results", lambda *arguments: arguments[-1].append("records"))
    monkeypatch.setattr(training_view, "_below", lambda *_: None)
    monkeypatch.setattr(training_view.st, "rerun", rerun)
    training_view.draw(FIRST, "accuracy", Workbench(), due)
    assert len(asked) == 1

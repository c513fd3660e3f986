"""The diagnosis in the workbench: what it says of which run, and the button that adds the run to try."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from core.datasets import DATASETS
from core.diagnosis import Finding, Rates, diagnose, stable_rates
from core.experiment import MAX_RUNS, Experiment
from core.models import MODELS
from core.training.results import Result
from pages.ui.server.job import Job
from pages.ui.session import state
from pages.ui.workbench import diagnosis_view
from tests.by_hand import begun
from tests.small import run, small
from tests.tables import results
from tests.views import unfold

LOST = run("squared_error", learning_rate=50.0)
SLOW = run("squared_error", learning_rate=1e-5)
#: no batch of it brings anything that the first has not brought
GOOD = run("squared_error", learning_rate=0.3)
LINE = Experiment(dataset=DATASETS["line"](), model=MODELS["linear"](), runs=(LOST, SLOW, GOOD), epochs=30, batch_size=0)


@pytest.fixture
def opened(open_page: Callable[..., AppTest]) -> Callable[[Experiment], AppTest]:
    """Return a function that opens the workbench with an experiment, trained, and all rates searched for."""

    def open_(experiment: Experiment) -> AppTest:
        app = open_page(experiment)
        assert not app.exception, app.exception[0].value
        return app

    return open_


def searched(app: AppTest, index: int) -> AppTest:
    """Return the page once the search for a rate of a run is over."""
    rates_of(app.session_state.followed.jobs[0], index)
    return app.run()


def rates_of(job: Job, index: int) -> Rates:
    """Return what the search for a rate of a run found."""
    future = job.analyse(index, stable_rates, job.document.experiment.alone(index), 0)
    assert future is not None
    return future.result(60)


def button(app: AppTest, slot: int) -> Button:
    """Return the button of the first finding of the run in a slot."""
    return next(each for each in app.button if (each.key or "").startswith(f"try_{slot}_"))


def said(app: AppTest) -> str:
    return " ".join(each.value for each in app.markdown) + " ".join(each.value for each in app.caption)


def test_each_run_gets_a_line_and_a_good_one_none(opened: Callable[[Experiment], AppTest]) -> None:
    app = searched(opened(LINE), 0)
    (box,) = (each for each in app.expander if each.label.startswith("Diagnosis"))
    assert box.label == "Diagnosis: A, B"
    assert box.proto.expanded
    words = said(app)
    assert "**A** :red[:material/error:] Diverged at epoch" in words
    assert "is too large" in words
    assert "**B** :orange[:material/warning:] Learns too slowly" in words
    assert "Nothing to remark on C." in words
    assert words.count("Diverged at epoch") == 1
    assert "Looking for a learning rate" not in words


def test_it_is_folded_where_there_is_nothing_to_say(opened: Callable[[Experiment], AppTest]) -> None:
    app = opened(replace(LINE, runs=(GOOD,)))
    (box,) = (each for each in app.expander if each.label.startswith("Diagnosis"))
    assert box.label == "Diagnosis: nothing to remark"
    assert not box.proto.expanded


def test_a_button_adds_the_run_to_try_and_selects_it(opened: Callable[[Experiment], AppTest]) -> None:
    app = opened(LINE)
    button(app, 1).click().run()
    assert not app.exception
    bench = app.session_state.bench
    assert bench.document.runs[:3] == LINE.runs
    assert bench.document.runs[3] == replace(SLOW, learning_rate=0.01)
    assert (bench.slots, bench.selected) == ((0, 1, 2, 3), 3)
    assert "η 0.01" in bench.document.labels()[3]
    assert button(app, 1).disabled, "it is there already"
    assert "Run D is just that." in button(app, 1).help


def test_the_rate_that_was_found_is_offered_once_it_is_known(opened: Callable[[Experiment], AppTest]) -> None:
    app = searched(opened(LINE), 0)
    rates = rates_of(app.session_state.followed.jobs[0], 0)
    assert rates.best is not None
    button(app, 0).click().run()
    assert app.session_state.bench.document.runs[3] == replace(LOST, learning_rate=rates.best)
    assert list(results(app)["Status"])[3] == "finished"


def test_a_loss_without_a_gradient_explains_why_it_stands_still(opened: Callable[[Experiment], AppTest]) -> None:
    app = opened(Experiment(dataset=DATASETS["blobs"](), model=MODELS["linear"](), runs=(run(), run("zero_one")), epochs=2))
    words = said(app)
    assert "**B** :red[:material/error:] Stands still" in words
    assert words.count("Stands still") == 1


def test_a_full_comparison_offers_to_replace_the_run(opened: Callable[[Experiment], AppTest]) -> None:
    rest = tuple(replace(GOOD, learning_rate=0.3 + i / 100) for i in range(MAX_RUNS - 1))
    app = opened(replace(LINE, runs=(SLOW, *rest)))
    assert f"There are {MAX_RUNS} runs already, so it takes the place of run A." in button(app, 0).help
    assert button(app, 0).label.startswith("Replace A: ")
    button(app, 0).click().run()
    bench = app.session_state.bench
    assert bench.document.runs == (replace(SLOW, learning_rate=0.01), *rest)
    assert (bench.slots, bench.selected) == (tuple(range(MAX_RUNS)), 0)


def test_what_is_found_of_many_runs_is_said_once(opened: Callable[[Experiment], AppTest]) -> None:
    app = opened(replace(LINE, runs=(SLOW, GOOD, replace(SLOW, learning_rate=2e-5))))
    lines = [each.value for each in app.markdown if "Learns too slowly" in each.value]
    assert len(lines) == 1
    assert "**A** " in lines[0]
    assert "**C** " in lines[0]
    assert [button(app, slot).label[:6] for slot in (0, 2)] == ["A: try", "C: try"]


def test_findings_are_made_once_for_the_records(opened: Callable[[Experiment], AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[float] = []

    def counted(result: Result, i: int, *others: Any) -> tuple[Finding, ...]:
        made.append(result.experiment.runs[i].learning_rate)
        return diagnose(result, i, *others)

    monkeypatch.setattr(diagnosis_view, "diagnose", counted)
    app = opened(replace(LINE, runs=(SLOW, GOOD)))
    unfold(app, state.WORKBENCH_VIEW, "more")
    assert made == [SLOW.learning_rate, GOOD.learning_rate]
    app.text_input(key="runs.0.label").set_value("mine").run()
    assert len(made) == 2, "a label is no part of it"
    app.select_slider(key="runs.0.learning_rate").set_value(0.5).run()
    assert made[2:] == [0.5], "those of the other run are known"


def test_a_hostile_label_or_class_is_shown_as_it_is(opened: Callable[[Experiment], AppTest]) -> None:
    app = opened(replace(LINE, runs=(replace(SLOW, label="**b** $y$ <b>"), GOOD)))
    line = next(each.value for each in app.markdown if "Learns too slowly" in each.value)
    assert "<b>" not in line
    assert "**b**" not in line


def test_a_job_searches_once_and_again_when_the_search_is_lost() -> None:
    job, executor = begun(small(run(learning_rate=1e5)))
    executor.run()
    executor.sent = 0
    experiment = job.document.experiment
    first = job.analyse(0, stable_rates, experiment, 0)
    assert job.analyse(0, stable_rates, experiment, 0) is first
    executor.step(CancelledError())
    again = job.analyse(0, stable_rates, experiment, 0)
    assert again is not first
    assert executor.sent == 2

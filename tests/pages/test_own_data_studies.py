"""Own data on the pages of the studies: brought there or open already, chosen, refused, judged, and carried by the address without the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.own import OWN, Own
from core.studies.imbalance import contest
from core.studies.imbalance.contest import REMEDIES, Contest
from core.studies.imbalance.views import Imbalance
from core.studies.regularization import capacity, remedies, sweep
from core.studies.regularization.views import Fit, RemediesView, Strength
from core.upload import read, suggested
from core.upload.example import EXAMPLE
from core.views import VIEWS, View
from pages.ui.session import link
from pages.ui.training import follow
from tests.pages.test_own_data_page import WAGES, pasted, press, quiet
from tests.pages.test_own_data_traces import MARKER, traces
from tests.tables import tables
from tests.views import all_words, by_address, change

Open = Callable[..., AppTest]


def rare_table(rows: int = 200, classes: str = "ab") -> str:
    """Return a table whose second class has a fifth of the rows of the first, and is told by its numbers."""
    rng = np.random.default_rng(0)
    numbers = [int(rng.random() < 1 / 6) + int(i % 50 == 7) for i in range(rows)]
    labels = [min(number, len(classes) - 1) for number in numbers]
    lines = [f"{rng.normal(2 * label):.3f},{rng.normal():.3f},{'xyz'[i % 3]},{MARKER}{classes[label]}" for i, label in enumerate(labels)]
    return "\n".join([f"{MARKER}1,{MARKER}2,{MARKER}3,kind", *lines])


RARE = rare_table()


@pytest.fixture
def open_page(root: Path, in_threads: None, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that opens a page by its address, with the state of a view."""
    monkeypatch.setattr(follow, "GRACE_SECONDS", 120)
    monkeypatch.setattr(sweep, "_OWN_EPOCHS", 20)
    monkeypatch.setattr(contest, "_MOST_EPOCHS", 20)

    def open_(page: str, state: View) -> AppTest:
        kind = state.kind.partition(".")
        return quiet(by_address(root, page, v=link.encode(state), **({"view": kind[2]} if kind[2] else {})).run())

    return open_


def carried(app: AppTest, kind: str) -> Any:
    """Return the state of the view that the address carries."""
    text = app.query_params["v"]
    return link.read(text if isinstance(text, str) else text[0], VIEWS[kind])


def charts(app: AppTest) -> int:
    return len(app.get("vega_lite_chart"))


# Imbalance

ON_OWN = Imbalance(contest=Contest(data=OWN))


def test_a_rare_class_of_own_data_is_judged(open_page: Open) -> None:
    app = open_page("imbalance", ON_OWN)
    assert not charts(app)
    app = pasted(app, RARE)
    assert not app.error
    assert charts(app) == 3 + len(REMEDIES) + 1
    counts = pd.Series([line.rsplit(",", 1)[1] for line in RARE.splitlines()[1:]]).value_counts()
    assert f"Rare: class “{MARKER}b”, {round(0.3 * counts[f'{MARKER}b'])} of {round(0.3 * counts.sum())} test rows" in all_words(app)
    assert not any(widget.key == "imbalance.contest.ratio" for widget in app.select_slider), "own data are as imbalanced as they are"
    assert MARKER not in carried(app, "imbalance").to_json()
    assert carried(app, "imbalance").contest.own == suggested(read(RARE.encode()))
    assert traces() == set()


def test_a_link_to_a_contest_on_own_data_asks_for_them_and_its_settings_apply(open_page: Open) -> None:
    own = suggested(read(RARE.encode()))
    sent = Imbalance(contest=Contest(data=OWN, own=own, gamma=1.0), threshold=0.4)
    app = open_page("imbalance", sent)
    assert "are in no link" in app.info[0].value
    app = pasted(app, RARE)
    assert carried(app, "imbalance") == sent
    assert charts(app)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WAGES, "The target 'wage' is a number: choose one with two classes"),
        (rare_table(300, "abc"), "The target has 3 classes, and a contest is about a rare class and another"),
    ],
)
def test_data_without_a_rare_class_and_another_are_refused_with_a_way_out(text: str, said: str, open_page: Open) -> None:
    app = pasted(open_page("imbalance", ON_OWN), text)
    assert said in app.error[0].value.replace("\\", "")
    assert not charts(app)
    if "city" in text:  # has two values
        app = quiet(app.selectbox(key="own_target").select(1).run())
        assert not app.error
        assert charts(app) == 3 + len(REMEDIES) + 1


def test_a_table_that_is_open_in_the_workbench_is_there_at_once(open_page: Open) -> None:
    app = open_page("imbalance", Imbalance(contest=Contest(data="breast_cancer")))
    app = quiet(app.switch_page("pages/workbench.py").run())
    app = pasted(quiet(app.selectbox(key="dataset.kind").select("own").run()), RARE)
    app.query_params.clear()
    app = quiet(app.switch_page("pages/imbalance.py").run())
    app = change(app, "imbalance.contest.data", OWN)
    assert app.session_state["view imbalance"].contest.own == suggested(read(RARE.encode()))
    assert charts(app) == 3 + len(REMEDIES) + 1
    app = press(app, "Open in the workbench")
    assert app.session_state.bench.document.dataset == suggested(read(RARE.encode()))
    assert not app.info


def test_columns_that_cannot_be_used_are_said_beside_their_choices(open_page: Open) -> None:
    own = suggested(read(EXAMPLE.encode()))
    app = pasted(open_page("imbalance", ON_OWN), EXAMPLE)
    assert isinstance(carried(app, "imbalance").contest.own, Own)
    if not charts(app):
        pytest.fail("the example has two classes")
    app = open_page("imbalance", Imbalance(contest=Contest(data=OWN, own=own), folded_out=("look",)))
    app = pasted(app, EXAMPLE)
    app = quiet(app.multiselect(key="own_left_out").set_value([]).run())
    assert "column 'student' has a different text in every row" in app.error[0].value.replace("\\", "")
    assert not charts(app)
    app = quiet(app.multiselect(key="own_left_out").set_value([0]).run())
    assert charts(app)


# Regularization

STRENGTH = Strength(data=OWN)
NUMBERS = "\n".join([f"{MARKER}1,{MARKER}2,city,{MARKER}_y", *(f"{i % 7},{i * i % 11},{'xyz'[i % 3]},{3.5 * (i % 7) - i * i % 11 + i % 5}" for i in range(80))])


@pytest.mark.parametrize(("text", "classes"), [(NUMBERS, False), (RARE, True)])
def test_penalties_are_swept_on_own_data(text: str, classes: bool, open_page: Open) -> None:
    app = open_page("regularization", STRENGTH)
    assert not charts(app)
    app = pasted(app, text)
    assert not app.error
    assert charts(app) == 5
    experiment = app.session_state.followed.jobs[0].document.experiment
    assert {run.loss.kind for run in experiment.runs} == {"cross_entropy" if classes else "squared_error"}
    assert (f"Coefficients are those of the class “{MARKER}a”" in all_words(app)) == classes
    assert MARKER in str(app.session_state.own_specifications)
    assert traces() == set()
    assert MARKER not in carried(app, "regularization.strength").to_json()
    app = change(app, "regularization.strength.own_strength", sweep.strengths(*sweep.OWN_ENDS)[20])
    assert traces() == set(), "nor in what the dial alone draws"
    app = press(app, "Open in the workbench")
    assert {run.loss.kind for run in app.session_state.bench.document.runs} == {"cross_entropy" if classes else "squared_error"}
    assert not app.info, "the table is there, too"


def test_what_a_sweep_of_own_data_needs_is_made_once_for_a_table(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(sweep, "own_problem", lambda own, table, made=sweep.own_problem: calls.append(own) or made(own, table))
    app = pasted(open_page("regularization", STRENGTH), NUMBERS)
    change(app, "regularization.strength.l1_ratio", 0.3)
    assert len(calls) == 1


def test_remedies_are_compared_on_own_data(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remedies, "SPLITS", 2)
    monkeypatch.setattr(remedies, "EPOCHS", 10)
    app = open_page("regularization", RemediesView(trained=remedies.Remedies(data=OWN)))
    assert not charts(app)
    app = pasted(app, RARE)
    assert not app.error
    assert charts(app) == 8 + 6, "six runs, a smaller network and more rows; and the weights of the six"
    assert "4 × the rows" in all_words(app)
    assert MARKER not in carried(app, "regularization.remedies").to_json()
    assert traces() == set()
    app = press(app, "Open in the workbench")
    assert app.session_state.bench.document.dataset == suggested(read(RARE.encode()))


def test_remedies_for_a_number_are_compared_in_its_unit(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remedies, "SPLITS", 2)
    monkeypatch.setattr(remedies, "EPOCHS", 10)
    app = pasted(open_page("regularization", RemediesView(trained=remedies.Remedies(data=OWN))), NUMBERS)
    assert not app.error
    assert charts(app) == 7 + 5
    assert f"RMSE in {MARKER}_y." in all_words(app)
    [ends] = tables(app)
    assert list(ends.text.columns) == ["Remedy", "Training RMSE", "Test RMSE", "Gap", "Against none", "Test R²", "Against none"]
    assert not ends.text["Remedy"].str.contains("label smoothing").any()
    assert traces() == set()


@pytest.mark.parametrize("text", [NUMBERS, RARE])
def test_models_of_growing_size_on_own_data(text: str, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = capacity.on_own
    monkeypatch.setattr(capacity, "on_own", lambda *values: tuple(replace(each, epochs=4) for each in whole(*values)))
    app = open_page("regularization", Fit(data=OWN))
    assert not charts(app)
    app = pasted(app, text)
    assert not app.error
    assert charts(app) == 4
    assert "Losses of the last epoch" in all_words(app)
    assert MARKER not in carried(app, "regularization.fit").to_json()
    assert traces() == set()
    app = press(app, "Workbench")
    assert app.session_state.bench.document.dataset == suggested(read(text.encode()))

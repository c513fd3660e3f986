"""The Imbalance page without a browser: it opens trained, its dials and its threshold move it, and its address carries it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.inspection.calibration import reliability
from core.studies.imbalance.contest import CONTESTANTS, DATA, MOVED, REMEDIES, Board, Contest
from core.studies.imbalance.resampled import rankings
from core.studies.imbalance.thresholds import SCORES, Judged, precision_recall, roc
from core.studies.imbalance.views import Imbalance
from pages.ui.imbalance import contest_view, threshold_charts
from pages.ui.session import link
from tests import vega
from tests.tables import tables
from tests.views import by_address, change, checked, datasets, words

Open = Callable[..., AppTest]


@pytest.fixture
def open_page(root: Path, in_threads: None) -> Open:
    """Return a function that opens the page, perhaps with a link, trained."""

    def open_(text: str | None = None, parameter: str = "v") -> AppTest:
        return by_address(root, "imbalance", **({} if text is None else {parameter: text})).run()

    return open_


def carried(app: AppTest) -> Imbalance:
    """Return the state that the address carries, which carries nothing else."""
    assert list(app.query_params) == ["v"]
    value = app.query_params["v"]
    return link.read(value if isinstance(value, str) else value[0], Imbalance)


def table(app: AppTest) -> pd.DataFrame:
    [shown] = tables(app)
    return shown.text


def test_it_opens_with_every_remedy_judged(open_page: Open) -> None:
    app = checked(open_page())
    assert carried(app) == Imbalance()
    assert len(app.get("vega_lite_chart")) == 3 + len(REMEDIES) + 1
    assert [name[2:] for name in table(app)["Remedy"]] == list(map(str, CONTESTANTS.values()))
    assert len(table(app).columns) == 2 + len(SCORES)
    assert "Rare: class “1”, 60 of 1260 test rows" in words(app)
    assert "**Class weights** find" in words(app)
    dials = [app.selectbox[0], app.select_slider[0], app.selectbox[1], app.slider[0], app.selectbox[2], app.slider[1]]
    assert [dial.label for dial in dials] == ["Data", "Imbalance", "Class weights", "Focal γ", "Moved threshold by", "Splits"]


def test_the_threshold_moves_dots_matrices_and_scores_but_not_the_curves(open_page: Open) -> None:
    app = checked(open_page())
    before, scores = [datasets(app, chart) for chart in range(9)], table(app)
    change(app, "imbalance.threshold", 0.2)
    assert carried(app) == Imbalance(threshold=0.2)
    after = [datasets(app, chart) for chart in range(9)]
    for chart in range(3):
        pd.testing.assert_frame_equal(after[chart]["curves"], before[chart]["curves"])
    assert after[2]["threshold"]["x"].iloc[0] == np.float32(0.2)
    for chart in range(2):
        moved = (after[chart]["dots"][["x", "y"]] != before[chart]["dots"][["x", "y"]]).any(axis=1)
        assert moved.tolist() == [True] * len(REMEDIES) + [False]
    changed = [not after[3 + c]["cells"].equals(before[3 + c]["cells"]) for c in range(len(REMEDIES) + 1)]
    assert changed == [True] * len(REMEDIES) + [False], "the moved threshold stays where its rule put it"
    assert (table(app)["Recall ↑"][: len(REMEDIES)].astype(float) >= scores["Recall ↑"][: len(REMEDIES)].astype(float)).all()
    assert (table(app)["Brier ↓"] == scores["Brier ↓"]).all()


def test_without_a_row_that_is_called_rare_there_is_no_precision_to_draw(open_page: Open) -> None:
    app = checked(open_page(link.encode(Imbalance(threshold=1.0))))
    assert datasets(app, 0)["dots"]["run"].tolist() == [f"r{MOVED}"]
    assert "find 0% of the rare class (plain: 0%)" in words(app)


def test_a_link_brings_the_dials_and_the_dials_bring_the_link(open_page: Open) -> None:
    contest = Contest(data="breast_cancer", ratio=50, weights="effective 0.99", gamma=1.0, rule="F1")
    app = checked(open_page(link.encode(Imbalance(contest=contest, threshold=0.37))))
    assert carried(app) == Imbalance(contest=contest, threshold=0.37)
    assert app.slider(key="imbalance.threshold").value == 0.37
    assert "Rare: class “malignant”" in words(app)
    assert "Only 2 rare test rows a split" in words(app)
    app.select_slider(key="imbalance.contest.ratio").set_value(10)
    app.selectbox(key="imbalance.contest.rule").set_value("share of rare rows")
    checked(app.run())
    assert carried(app) == Imbalance(contest=replace(contest, ratio=10, rule="share of rare rows"), threshold=0.37)


def test_a_link_from_before_there_were_views_goes_on_opening(open_page: Open) -> None:
    contest = Contest(data="breast_cancer", ratio=50)
    app = checked(open_page(link.encode(contest), contest_view.OLD))
    assert carried(app) == Imbalance(contest=contest)
    assert "Rare: class “malignant”" in words(app)


@pytest.mark.parametrize("parameter", ["v", contest_view.OLD])
def test_a_broken_link_is_said_and_replaced(parameter: str, open_page: Open) -> None:
    app = open_page("1junk", parameter)
    assert not app.exception
    assert "The link could not be opened" in app.warning[0].value
    assert carried(app) == Imbalance()


def test_nothing_is_lost_by_leaving_the_page_and_coming_back(open_page: Open) -> None:
    app = change(checked(open_page()), "imbalance.threshold", 0.8)
    change(app, "imbalance.contest.rule", "F1")
    app.query_params["view"] = "balls"
    checked(app.switch_page("pages/regularization.py").run())
    app.query_params.clear()
    checked(app.switch_page("pages/imbalance.py").run())
    assert carried(app) == Imbalance(contest=Contest(rule="F1"), threshold=0.8)
    assert app.slider(key="imbalance.threshold").value == 0.8


def test_share_hands_out_the_scores_of_every_split(open_page: Open) -> None:
    app = checked(open_page(link.encode(Imbalance(contest=Contest(data="breast_cancer", ratio=5, splits=2)))))
    scores: pd.DataFrame = app.session_state["shown"][0]()
    assert scores["remedy"].tolist() == [str(title) for title in CONTESTANTS.values()] * 2
    assert scores["split"].tolist() == [0] * len(CONTESTANTS) + [1] * len(CONTESTANTS)
    assert scores.columns[2:].tolist() == ["threshold", *SCORES]
    assert scores.groupby("remedy")["recall"].mean()["plain"] == pytest.approx(float(table(app)["Recall ↑"][0].split(" ±")[0]), abs=0.05)


@pytest.mark.parametrize("kind", [kind for kind in DATA if kind not in ("moons", "breast_cancer")])
def test_every_data_set_is_drawn(kind: str, open_page: Open) -> None:
    app = checked(open_page(link.encode(Imbalance(contest=Contest(data=kind)))))
    assert len(app.get("vega_lite_chart")) == 3 + len(REMEDIES) + 1


def test_several_splits_have_means_and_spreads(open_page: Open) -> None:
    app = checked(open_page(link.encode(Imbalance(contest=Contest(data="breast_cancer", ratio=5, splits=3)))))
    assert "mean over 3 splits" in words(app)
    assert table(app)["Recall ↑"].str.contains("±").any()


def test_the_first_split_opens_in_the_workbench(open_page: Open) -> None:
    app = checked(open_page())
    next(button for button in app.button if button.label == "Open in the workbench").click()
    checked(app.run())
    assert app.session_state.bench.document == Contest().experiments()[0]


# Charts and table


def every_chart(shift: float = 0.0, *, dark: bool = False) -> Iterator[Any]:
    truth = np.array([0, 0, 1, 0, 1, 1])
    said = np.array([0.1, 0.2, 0.3, 0.4, 0.6, 0.8 + shift])
    dots, looks = np.array([[0.5, 0.5 + shift], [np.nan, 1.0]]), contest_view.looks()[:2]
    yield threshold_charts.precision_recall([precision_recall(truth, said)], dots, 0.5, looks, dark=dark)
    yield threshold_charts.roc([roc(truth, said)], dots, looks, dark=dark)
    yield threshold_charts.calibration([reliability(said, truth)], 0.5 + shift, looks, dark=dark)


@pytest.mark.parametrize("dark", [False, True])
def test_charts_are_valid_and_numbers_change_no_specification(dark: bool) -> None:
    for (data, spec), (_, moved) in zip(every_chart(dark=dark), every_chart(0.1, dark=dark), strict=True):
        assert spec is moved
        assert "datasets" not in spec
        vega.check(spec)
        for frame in data.values():
            assert np.isfinite(frame.select_dtypes("number").to_numpy(float)).all()


def test_the_table_marks_the_best_of_each_column_and_its_ties() -> None:
    truth = np.arange(20) < 4
    said = np.vstack([np.where(truth, 0.4 + 0.1 * i, 0.1 * i) for i in range(len(REMEDIES))])
    split = Judged("rare", "other", 0.2, said, truth.astype(int), said, truth.astype(int))
    board = Board.at([split], 0.5, "F1")
    text, marks = contest_view.scores_table(board, rankings(board, (split,)))
    assert text["Recall ↑"].tolist() == ["0.000", "1.000", "1.000", "1.000", "1.000", "1.000", "0.000"]
    assert marks["Recall ↑"].tolist() == ["tie" if value == "1.000" else "" for value in text["Recall ↑"]]
    assert text["Brier ↓"].iloc[-1] == "–"
    brier = text["Brier ↓"][:-1].astype(float)
    assert brier.argmin() == 1
    assert marks["Brier ↓"][1] in ("best", "tie")
    assert marks["Brier ↓"].iloc[-1] == ""
    assert set(marks["Threshold"]) == {""}

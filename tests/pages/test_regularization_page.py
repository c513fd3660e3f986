"""The Regularization page without a browser: every view, its dials, its words, and the way into the workbench."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.experiment import Experiment
from core.studies.regularization import capacity, remedies, sweep
from core.studies.regularization.sweep import PROBLEMS, SWEPT
from pages.ui.regularization.strength import at_one_strength
from pages.ui.training import follow
from tests.views import checked, choose, datasets

Open = Callable[[str], AppTest]


@pytest.fixture
def opened(tmp_path: Path, in_threads: None, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that opens a view alone, with short trainings."""
    monkeypatch.setattr(follow, "GRACE_SECONDS", 120)
    monkeypatch.setattr(remedies, "SEEDS", 2)
    for name, problem in PROBLEMS.items():
        monkeypatch.setitem(sweep.PROBLEMS, name, replace(problem, epochs=20))
    for name in ("on_a_curve", "on_digits"):
        whole = getattr(capacity, name)
        monkeypatch.setattr(capacity, name, lambda *values, whole=whole: tuple(replace(each, epochs=5) for each in whole(*values)))

    def open_(view: str) -> AppTest:
        script = tmp_path / "view.py"
        script.write_text(f"from pages.ui.regularization import {view}\n{view}.draw()", encoding="utf-8")
        return checked(AppTest.from_file(str(script), default_timeout=120).run())

    return open_


def charts(app: AppTest) -> int:
    return len(app.get("vega_lite_chart"))


def words(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption))


def test_strength_sweeps_three_penalties_and_a_dial_moves_all_charts(opened: Open) -> None:
    app = opened("strength")
    assert charts(app) == 5
    paths = datasets(app, 0)["paths"]
    assert paths.shape == (sweep.POINTS, 41)
    assert len(datasets(app, 0)["truth"].dropna()) == 5
    strengths = PROBLEMS["made"].strengths()
    app.select_slider(key="regularization_strength_made").set_value(strengths[7]).run()
    checked(app)
    places = [next(iter(datasets(app, chart)["now"].iloc[0])) for chart in range(5)]
    assert places == pytest.approx([strengths[7]] * 5)
    assert "B L2" in words(app)
    assert "0 of 40" in words(app)


@pytest.mark.parametrize("name", ["diabetes", "digits"])
def test_strength_on_other_data(opened: Open, name: str) -> None:
    app = choose(opened("strength"), "regularization_data", name)
    assert charts(app) == 5
    if name == "digits":
        assert len(datasets(app, 0)["cells"]) == 640
        app.select_slider(key="regularization_strength_digits").set_value(PROBLEMS[name].strengths()[-1]).run()
        assert not datasets(checked(app), 0)["cells"]["weight"].any(), "L1 leaves nothing"
        assert datasets(app, 1)["cells"]["weight"].all(), "L2 leaves everything"
    else:
        assert datasets(app, 0)["truth"].dropna().empty


def test_one_strength_in_the_workbench_is_the_three_penalties_beside_none() -> None:
    experiment = at_one_strength("made", 0.1, 0.3)
    assert [run.penalty.kind for run in experiment.runs] == ["none", *SWEPT]
    assert experiment.runs[3].penalty.to_dict()["l1_ratio"] == 0.3
    assert Experiment.from_json(experiment.to_json()) == experiment


def test_remedies_stand_side_by_side(opened: Open) -> None:
    app = opened("remedies")
    assert charts(app) == 8 + 6
    text = words(app)
    for label in ("A no remedy", "F max-norm", "G 16 units instead of 64", "H 4 × the rows"):
        assert label in text
    assert "helps" in text
    before = datasets(app, 9)["bins"]
    app.select_slider(key="regularization_epoch").set_value(0).run()
    start = datasets(checked(app), 9)["bins"]
    assert not start.equals(before)
    assert start["share"].equals(start["before"])
    assert start["count"].sum() == 64 * 64
    assert datasets(choose(app, "regularization_layer", 1), 9)["bins"]["count"].sum() == 64 * 10


def test_balls_move_with_their_dials(opened: Open) -> None:
    app = opened("balls")
    assert charts(app) == 3
    assert words(app).count("and exactly 0**") == words(app).count("0.650 and exactly 0**") == 1
    assert r"\tfrac{1}{16} + \tfrac{1}{16} + \tfrac{1}{16} + \tfrac{1}{16} = \tfrac{1}{4}" in words(app)
    for key in ("budget", "correlation", "second", "ball_ratio"):
        dial = app.slider(key=f"regularization_{key}")
        for end in (dial.min, dial.max):
            app.slider(key=f"regularization_{key}").set_value(end).run()
            assert charts(checked(app)) == 3


def test_fits_on_a_curve_and_on_digits(opened: Open) -> None:
    app = opened("fit")
    assert charts(app) == 8
    assert len(datasets(app, 0)["points"]) == 20, "the training rows"
    assert "The lowest validation loss is that of" in words(app)
    assert len(datasets(choose(app, "regularization_fit_rows", 100), 0)["points"]) == 50
    assert charts(choose(app, "regularization_fit_data", "digits")) == 4


def test_decay_leaves_what_the_formula_says(opened: Open) -> None:
    app = opened("decay")
    assert charts(app) == 2
    assert "0.368 is left by SGD in both forms and by AdamW" in words(app)
    app.select_slider(key="regularization_decay_updates").set_value(100).run()
    assert "(1 − ηλ)^100 = 0.905" in words(checked(app))
    curves = datasets(app, 0)["curves"]
    assert (curves["r0"] - curves["r1"]).abs().max() < 1e-6

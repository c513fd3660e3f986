"""The Regularization page without a browser: every view, its dials, its words, its address, and the way into the workbench."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.experiment import Experiment
from core.studies.regularization import capacity, remedies, sweep
from core.studies.regularization.remedies import Remedies
from core.studies.regularization.sweep import PROBLEMS, SWEPT
from core.studies.regularization.views import Balls, Decay, Fit, RemediesView, Strength
from core.training import train
from core.views import VIEWS, View
from pages.ui.regularization import fit, fit_charts
from pages.ui.regularization.strength import at_one_strength
from pages.ui.session import link
from pages.ui.training import follow
from tests.views import all_words, by_address, change, checked, datasets

Open = Callable[..., AppTest]


@pytest.fixture
def opened(tmp_path: Path, in_threads: None, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that opens a view alone, perhaps with a state by its address, with short trainings."""
    monkeypatch.setattr(follow, "GRACE_SECONDS", 120)
    monkeypatch.setattr(remedies, "SPLITS", 2)
    for name, problem in PROBLEMS.items():
        monkeypatch.setitem(sweep.PROBLEMS, name, replace(problem, epochs=20))
    for name in ("on_a_curve", "on_digits"):
        whole = getattr(capacity, name)
        monkeypatch.setattr(capacity, name, lambda *values, whole=whole: tuple(replace(each, epochs=5) for each in whole(*values)))

    def open_(view: str, state: View | None = None) -> AppTest:
        script = tmp_path / "view.py"
        script.write_text(f"from pages.ui.regularization import {view}\n{view}.draw()", encoding="utf-8")
        app = AppTest.from_file(str(script), default_timeout=120)
        if state is not None:
            app.query_params["v"] = link.encode(state)
        return checked(app.run())

    return open_


def charts(app: AppTest) -> int:
    return len(app.get("vega_lite_chart"))


def carried(app: AppTest, view: str) -> View:
    """Return the state that the address carries."""
    value = app.query_params["v"]
    return link.read(value if isinstance(value, str) else value[0], VIEWS[f"regularization.{view}"])


def shared(app: AppTest) -> pd.DataFrame:
    """Return the table that Share hands out."""
    table: pd.DataFrame = app.session_state["shown"][0]()
    return table


def marked(app: AppTest) -> list[float]:
    """Return where the full rule stands in each chart."""
    return [next(iter(datasets(app, chart)["now"].iloc[0])) for chart in range(5)]


def test_strength_sweeps_three_penalties_and_a_dial_moves_all_charts(opened: Open) -> None:
    app = opened("strength")
    assert charts(app) == 5
    paths = datasets(app, 0)["paths"]
    assert paths.shape == (sweep.POINTS, 41)
    assert len(datasets(app, 0)["truth"].dropna()) == 5
    strengths = PROBLEMS["made"].strengths()
    change(app, "regularization.strength.made_strength", strengths[7])
    assert marked(app) == pytest.approx([strengths[7]] * 5)
    assert carried(app, "strength") == Strength(made_strength=strengths[7])
    assert "B L2" in all_words(app)
    assert "0 of 40" in all_words(app)
    assert shared(app).shape == (3 * sweep.POINTS, 5)
    assert shared(app)["penalty"].unique().tolist() == ["L1", "L2", "Elastic net"]


def test_strength_opens_at_the_best_of_l1_and_by_a_link_at_the_nearest_that_is_trained(opened: Open) -> None:
    app = opened("strength")
    sweeps = shared(app)
    l1 = sweeps[sweeps["penalty"] == "L1"]
    assert marked(app) == pytest.approx([l1["strength"].iloc[l1["validation loss"].argmin()]] * 5)
    assert carried(app, "strength") == Strength(), "what only the training knows is not in the address"
    state = Strength(data="diabetes", l1_ratio=0.37, diabetes_strength=0.0321)
    nearest = min(PROBLEMS["diabetes"].strengths(), key=lambda each: abs(each - 0.0321))
    app = opened("strength", state)
    assert marked(app) == pytest.approx([nearest] * 5)
    assert app.slider(key="regularization.strength.l1_ratio").value == 0.37
    assert carried(app, "strength") == state


@pytest.mark.parametrize("name", ["diabetes", "digits"])
def test_strength_on_other_data(opened: Open, name: str) -> None:
    app = change(opened("strength"), "regularization.strength.data", name)
    assert charts(app) == 5
    if name == "digits":
        assert len(datasets(app, 0)["cells"]) == 640
        change(app, "regularization.strength.digits_strength", PROBLEMS[name].strengths()[-1])
        assert not datasets(app, 0)["cells"]["weight"].any(), "L1 leaves nothing"
        assert datasets(app, 1)["cells"]["weight"].all(), "L2 leaves everything"
    else:
        assert datasets(app, 0)["truth"].dropna().empty


def test_one_strength_in_the_workbench_is_the_three_penalties_beside_none() -> None:
    experiment = at_one_strength(PROBLEMS["made"], 0.1, 0.3)
    assert [run.penalty.kind for run in experiment.runs] == ["none", *SWEPT]
    assert experiment.runs[3].penalty.to_dict()["l1_ratio"] == 0.3
    assert Experiment.from_json(experiment.to_json()) == experiment


def test_remedies_stand_side_by_side(opened: Open) -> None:
    app = opened("remedies")
    assert charts(app) == 8 + 6
    text = all_words(app)
    for label in ("A no remedy", "F max-norm", "G 16 units, not 64", "H 4 × the rows"):
        assert label in text
    assert "helps" in text
    before = datasets(app, 9)["bins"]
    start = datasets(change(app, "regularization.remedies.epoch", 0), 9)["bins"]
    assert not start.equals(before)
    assert start["share"].equals(start["before"])
    assert start["count"].sum() == 64 * 64
    assert datasets(change(app, "regularization.remedies.layer", 1), 9)["bins"]["count"].sum() == 64 * 10
    assert carried(app, "remedies") == RemediesView(epoch=0, layer=1)
    assert shared(app).groupby("remedy").size().eq(2).all(), "a row for each split"


def test_remedies_open_by_a_link_as_they_were_set(opened: Open) -> None:
    """Epoch 39 has no snapshot, so the nearest one is shown."""
    state = RemediesView(trained=Remedies(training_share=0.1, dropout=0.25), layer=1, epoch=39, folded_out=("remedies",))
    app = opened("remedies", state)
    assert app.slider(key="regularization.remedies.trained.dropout").value == 0.25
    assert app.select_slider(key="regularization.remedies.epoch").value == 40
    assert datasets(app, 9)["bins"]["count"].sum() == 64 * 10
    assert carried(app, "remedies") == state
    change(app, "regularization.remedies.trained.patience", 8)
    assert carried(app, "remedies") == replace(state, trained=replace(state.trained, patience=8))


def test_balls_move_with_their_dials(opened: Open) -> None:
    app = opened("balls")
    assert charts(app) == 3
    assert all_words(app).count("and exactly 0**") == all_words(app).count("0.650 and exactly 0**") == 1
    assert r"\tfrac{1}{16} + \tfrac{1}{16} + \tfrac{1}{16} + \tfrac{1}{16} = \tfrac{1}{4}" in all_words(app)
    for name in Balls.parameters():
        dial = app.slider(key=f"regularization.balls.{name}")
        for end in (dial.min, dial.max):
            assert charts(change(app, f"regularization.balls.{name}", end)) == 3
            assert getattr(carried(app, "balls"), name) == end
    assert shared(app)["penalty"].tolist() == ["L1", "L2, and max-norm", "Elastic net"]


def test_fits_on_a_curve_and_on_digits(opened: Open) -> None:
    app = opened("fit")
    assert charts(app) == 8
    rows = datasets(app, 0)
    assert (len(rows["train"]), len(rows["validation"])) == (20, 400)
    np.testing.assert_allclose(rows["true"]["y"], np.sin(3 * np.pi * rows["true"]["x"]), atol=1e-5)
    assert "The lowest validation loss is that of" in all_words(app)
    more = datasets(change(app, "regularization.fit.rows", 50), 0)
    assert len(more["train"]) == 50
    pd.testing.assert_frame_equal(more["validation"].round(3), rows["validation"].round(3))
    assert charts(change(app, "regularization.fit.data", "digits")) == 4
    assert carried(app, "fit") == Fit(data="digits", rows=50)
    assert shared(app)["model"].tolist() == list(map(str, capacity.ON_DIGITS))


def test_a_link_may_carry_rows_that_are_not_on_offer(opened: Open) -> None:
    app = opened("fit", Fit(rows=60, noise=0.1))
    assert len(datasets(app, 0)["train"]) == 60
    rows = next(group for group in app.button_group if group.key == "regularization.fit.rows")
    assert rows.value == 60
    assert rows.options == ["15", "20", "50", "60", "150"]


def test_nothing_is_lost_by_leaving_a_view_and_coming_back(root: Path, opened: Open) -> None:
    app = by_address(root, "regularization", view="fit", v=link.encode(Fit(rows=30)))
    change(checked(app.run()), "regularization.fit.noise", 0.1)
    change(app, "regularization_view", "balls")
    assert carried(app, "balls") == Balls()
    change(app, "regularization_view", "fit")
    assert carried(app, "fit") == Fit(rows=30, noise=0.1)
    assert len(datasets(app, 0)["train"]) == 30
    assert app.session_state[fit.SCREEN.key] == Fit(rows=30, noise=0.1)


def test_a_curve_is_seen_whole_unless_it_flattens_the_others() -> None:
    """The range holds every fit and every row, but a fit that leaves the rows far behind is cut off."""
    result = train(replace(capacity.on_a_curve(20, 0.3)[0], epochs=1))
    low, high = float(result.data.truth.min()), float(result.data.truth.max())
    near, far = (pd.DataFrame({"x": [0.0, 1.0], "y": [low - beyond, high + beyond]}) for beyond in (0.3, 100.0))
    bottom, top = fit_charts.reach(result, [near])
    assert bottom < low - 0.3 < high + 0.3 < top
    assert top - bottom < 1.5 * (high - low)
    bottom, top = fit_charts.reach(result, [near, far])
    assert top - bottom < 2.2 * (high - low)


def test_a_curve_ends_where_early_stopping_does(opened: Open) -> None:
    """It is that of the first split."""
    app = opened("remedies")
    stopped = datasets(app, 3)["curves"]
    result = train(RemediesView().trained.experiments()[0])
    assert stopped.loc[stopped["validation"].notna(), "x"].max() == result.stopped_at[0, 3] > 0


def test_decay_leaves_what_the_formula_says(opened: Open) -> None:
    app = opened("decay")
    assert charts(app) == 2
    assert "0.368 is left by SGD in both forms and by AdamW" in all_words(app)
    assert "(1 − ηλ)^100 = 0.905" in all_words(change(app, "regularization.decay.updates", 100))
    assert carried(app, "decay") == Decay(updates=100)
    curves = datasets(app, 0)["curves"]
    assert (curves["r0"] - curves["r1"]).abs().max() < 1e-6

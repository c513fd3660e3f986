"""The view "Race" of the Descent page without a browser: what it offers, and what becomes of it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.optimizers import OPTIMIZERS
from core.stories import told_by
from core.studies.descent.contours import COARSE
from core.studies.descent.race import MAX_RACERS, Race, Racer, default_race, run
from core.studies.descent.stories import STORIES
from core.studies.descent.surfaces import SURFACES
from core.studies.descent.surfaces.base import Array
from core.studies.descent.views import RaceView
from pages.ui.charts import theme
from pages.ui.descent import paths, race
from pages.ui.session import link
from pages.ui.widgets.text import plain
from tests import views
from tests.tables import tables
from tests.views import by_address, change, checked, datasets, unfold


def race_view() -> None:
    from pages.ui.descent import race

    race.draw()


def opened() -> AppTest:
    return views.opened(race_view)


def shown(app: AppTest) -> Race:
    document: Race = app.session_state["race"].document
    return document


def widget(elements: Any, label: str) -> Any:
    return next(each for each in elements if each.label.startswith(label))


def press(app: AppTest, label: str) -> AppTest:
    widget(app.button, label).click()
    return checked(app.run())


def test_the_view_opens_with_the_default_race() -> None:
    app = opened()
    assert shown(app) == default_race()
    assert "Toy surfaces show mechanisms; they rank nobody." in "\n".join(each.value for each in app.caption)
    assert len(tables(app)[0].text) == 4


def test_a_story_asks_first_and_opens_before_its_start() -> None:
    """The verdict is on the page, hidden by the style sheet until the last step has been seen (tests/browser/test_descent.py)."""
    app = opened()
    told = told_by(STORIES, default_race())
    assert told is not None
    written = [each.value for each in app.markdown]
    assert written.index(plain(told.question)) < written.index(plain(told.verdict))
    params = {each["name"]: each for each in json.loads(app.get("vega_lite_chart")[0].proto.spec)["params"]}
    assert (params["step"]["value"], params["seen"]["value"]) == (0, False)
    change(app, "race.steps", 50)
    assert plain(told.question) not in [each.value for each in app.markdown]
    params = {each["name"]: each for each in json.loads(app.get("vega_lite_chart")[0].proto.spec)["params"]}
    assert (params["step"]["value"], params["seen"]["value"]) == (50, True)
    assert any(each.value.startswith("After 50 updates C Nesterov") for each in app.markdown)


def test_a_surface_can_be_chosen_and_its_first_start_comes_with_it() -> None:
    app = opened()
    widget(app.selectbox, "Surface").set_value("line_mse")
    checked(app.run())
    assert shown(app).surface == SURFACES["line_mse"]()
    assert shown(app).start == shown(app).surface.starts[0]
    assert "rank nobody" not in "\n".join(each.value for each in app.caption)


def test_a_rate_moves_one_path_and_no_other() -> None:
    app = opened()
    widget(app.select_slider, "Learning rate").set_value(0.3)  # it is the race of no story from here on, and opens at its end
    checked(app.run())
    before, spec = datasets(app)["course"], app.get("vega_lite_chart")[0].proto.spec
    widget(app.select_slider, "Learning rate").set_value(0.5)
    checked(app.run())
    after = datasets(app)["course"]
    assert app.get("vega_lite_chart")[0].proto.spec == spec
    assert not np.allclose(before.loc[before["run"] == "r0", "x"], after.loc[after["run"] == "r0", "x"])
    pd.testing.assert_frame_equal(before[before["run"] != "r0"], after[after["run"] != "r0"])


def test_a_start_that_is_no_pair_is_refused() -> None:
    app = opened()
    widget(app.text_input, "Start (").set_value("1, 2, 3")
    app.run()
    assert "Not changed" in app.warning[0].value
    assert shown(app).start == default_race().start


def test_families_of_racers() -> None:
    app = press(unfold(opened(), race.SCREEN, "fill"), "These optimizers")
    assert len(shown(app).racers) == MAX_RACERS
    assert {each.learning_rate for each in shown(app).racers} == {0.98}
    press(app, "A ladder")
    rates = [each.learning_rate for each in shown(app).racers]
    assert rates == sorted(rates)
    assert math.isclose(max(rates), 9.8)
    press(app, "From each of the surface's starts")
    assert tuple(each.start for each in shown(app).racers) == SURFACES["ravine"].starts
    press(app, "From a grid of starts")
    starts: Array = np.array([each.start for each in shown(app).racers])
    assert len(np.unique(starts, axis=0)) == MAX_RACERS
    assert (np.abs(starts) < (10, 5)).all()
    assert widget(app.button, "Add racer").disabled


def test_racers_come_and_go() -> None:
    app = press(opened(), "Add racer")
    assert len(shown(app).racers) == 5
    app.button(key="racer_remove").click()
    checked(app.run())
    assert shown(app) == default_race()


def test_the_solid_shows_the_same_race() -> None:
    app = change(opened(), "descent.race.picture", "solid")
    assert {"wires", "paths", "course"} <= set(datasets(app))
    assert len(datasets(app)["wires"]) == 2 * (COARSE // 2 + 1) * (COARSE // 2 + 2)


def test_the_distance_is_offered_where_there_is_a_minimum() -> None:
    app = change(opened(), "descent.race.quantity", paths.DISTANCE)
    assert datasets(app)["course"]["value"].iloc[0] == pytest.approx(math.hypot(7, 2))
    widget(app.selectbox, "Surface").set_value("monkey_saddle")
    checked(app.run())
    assert datasets(app)["course"]["value"].iloc[0] == pytest.approx(run(shown(app)).losses[0, 0])


def test_thresholds_are_dials_whose_zero_is_a_word() -> None:
    app = unfold(opened(), race.SCREEN, "stop")
    dial = app.select_slider(key="race.stop_loss")
    assert dial.label == "Loss above the minimum below"
    assert dial.options[:3] == ["never", "1e-08", "1e-06"]
    change(app, "race.stop_loss", 0.01)
    assert shown(app).stop_loss == 0.01
    assert tables(app)[0].text["Ended"].iloc[0].startswith("loss below 0.01 after")


# What a link carries


def test_a_link_opens_the_race_as_its_sender_saw_it(root: Path) -> None:
    carried = RaceView(slots=(5, 0, 1, 2), selected=1, picture="solid", quantity="distance", racer=5, update=7, folded_out=("more", "stop"), step=30)
    app = checked(by_address(root, "optimizers", r=link.encode(default_race()), v=link.encode(carried)).run())
    assert app.session_state["race"].slots == (5, 0, 1, 2)
    assert app.button_group(key="selected_racer").value == 1
    assert app.button_group(key="descent.race.racer").value == 5
    assert app.slider(key="descent.race.update").value == 7
    assert "wires" in datasets(app)
    assert datasets(app)["course"]["value"].iloc[0] == pytest.approx(math.hypot(7, 2))
    params = {each["name"]: each for each in json.loads(app.get("vega_lite_chart")[0].proto.spec)["params"]}
    assert (params["step"]["value"], params["step"]["bind"]["max"]) == (30, 120)
    assert {"race.racers.2.clip_norm", "race.stop_gradient"} <= {each.key for each in (*app.slider, *app.select_slider)}
    assert link.read(app.query_params["v"], RaceView) == carried


def test_a_change_is_in_the_address_and_stays_when_the_view_is_left(root: Path) -> None:
    app = checked(by_address(root, "optimizers").run())
    for key, value in (("descent.race.picture", "solid"), ("descent.race.racer", 2), ("descent.race.update", 44), ("selected_racer", 3)):
        change(app, key, value)
    expected = RaceView(picture="solid", racer=2, update=44, selected=3)
    assert link.read(app.query_params["v"], RaceView) == expected
    for view in ("rates", "race"):
        app.session_state["descent_shown"] = view
        checked(app.run())
    assert link.read(app.query_params["v"], RaceView) == expected
    assert app.slider(key="descent.race.update").value == 44


def test_an_update_after_a_racer_s_last_is_shown_as_the_last_and_is_kept(root: Path) -> None:
    app = checked(by_address(root, "optimizers", v=link.encode(RaceView(update=5000))).run())
    assert (app.slider(key="descent.race.update").value, app.slider(key="descent.race.update").max) == (120, 120)
    change(app, "race.steps", 200)
    assert app.slider(key="descent.race.update").value == 200


def test_the_table_of_a_race_holds_each_racer_until_its_end() -> None:
    surface = SURFACES["ravine"]()
    rates = (1.5, 0.1)
    racers = tuple(Racer(optimizer=OPTIMIZERS["sgd"](), learning_rate=rate) for rate in rates)
    course = run(Race(surface=surface, racers=racers, start=(-7.0, 2.0), steps=60))
    table = race.steps_table(course, [theme.look(i, f"rate {rate:g}") for i, rate in enumerate(rates)])
    assert list(table.columns) == ["racer", "update", *surface.axes, "loss", "distance"]
    counts = table.groupby("racer")["update"].count()
    assert course.reasons == ("diverged", "steps")
    assert (counts["A rate 1.5"], counts["B rate 0.1"]) == (course.ends[0], 61)
    last = table.iloc[-1]
    assert tuple(last)[1:] == (60, *course.points[60, 1], course.losses[60, 1], course.distances[60, 1])
    assert "distance" not in race.steps_table(run(Race(surface=SURFACES["monkey_saddle"](), racers=racers[1:], steps=5)), [theme.look(0, "one")])

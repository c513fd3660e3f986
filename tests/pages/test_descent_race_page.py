"""The view "Race" of the Descent page without a browser: what it offers, and what becomes of it."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from core.studies.descent.contours import COARSE
from core.studies.descent.race import MAX_RACERS, Race, default_race, run
from core.studies.descent.surfaces import SURFACES
from core.studies.descent.surfaces.base import Array
from pages.ui.descent import paths
from tests.views import unfold


def race_view() -> None:
    from pages.ui.descent import race

    race.draw()


def checked(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].value
    assert not app.error
    assert not app.warning
    return app


def opened() -> AppTest:
    return checked(AppTest.from_function(race_view, default_timeout=60).run())


def shown(app: AppTest) -> Race:
    race: Race = app.session_state["race"].document
    return race


def datasets(app: AppTest) -> dict[str, pd.DataFrame]:
    found = app.get("vega_lite_chart")[0].proto.datasets
    return {each.name: pa.ipc.open_stream(io.BytesIO(each.data.data)).read_pandas() for each in found}


def widget(elements: Any, label: str) -> Any:
    return next(each for each in elements if each.label.startswith(label))


def press(app: AppTest, label: str) -> AppTest:
    widget(app.button, label).click()
    return checked(app.run())


def test_the_view_opens_with_the_default_race() -> None:
    app = opened()
    assert shown(app) == default_race()
    assert "Toy surfaces show mechanisms; they rank nobody." in "\n".join(each.value for each in app.caption)
    assert len(app.dataframe[0].value) == 4


def test_a_surface_can_be_chosen_and_its_first_start_comes_with_it() -> None:
    app = opened()
    widget(app.selectbox, "Surface").set_value("line_mse")
    checked(app.run())
    race = shown(app)
    assert race.surface == SURFACES["line_mse"]()
    assert race.start == race.surface.starts[0]
    assert "rank nobody" not in "\n".join(each.value for each in app.caption)


def test_a_rate_moves_one_path_and_no_other() -> None:
    app = opened()
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
    app = press(unfold(opened(), "racer_fill"), "These optimizers")
    assert len(shown(app).racers) == MAX_RACERS
    assert {each.learning_rate for each in shown(app).racers} == {1.0}
    press(app, "A ladder")
    rates = [each.learning_rate for each in shown(app).racers]
    assert rates == sorted(rates)
    assert math.isclose(max(rates), 10.0)
    press(app, "From each of the surface's starts")
    assert tuple(each.start for each in shown(app).racers) == SURFACES["quadratic"].starts
    press(app, "From a grid of starts")
    starts: Array = np.array([each.start for each in shown(app).racers])
    assert len(np.unique(starts, axis=0)) == MAX_RACERS
    assert (np.abs(starts) < 3).all()
    assert widget(app.button, "Add racer").disabled


def test_racers_come_and_go() -> None:
    app = press(opened(), "Add racer")
    assert len(shown(app).racers) == 5
    app.button(key="racer_remove").click()
    checked(app.run())
    assert shown(app) == default_race()


def test_the_solid_shows_the_same_race() -> None:
    app = opened()
    app.session_state["descent_picture"] = "3-D"
    checked(app.run())
    assert {"wires", "paths", "course"} <= set(datasets(app))
    assert len(datasets(app)["wires"]) == 2 * (COARSE // 2 + 1) * (COARSE // 2 + 2)


def test_the_distance_is_offered_where_there_is_a_minimum() -> None:
    app = opened()
    app.session_state["descent_quantity"] = paths.DISTANCE
    checked(app.run())
    assert datasets(app)["course"]["value"].iloc[0] == pytest.approx(math.hypot(2.4, 1.6))
    widget(app.selectbox, "Surface").set_value("monkey_saddle")
    checked(app.run())
    assert datasets(app)["course"]["value"].iloc[0] == pytest.approx(run(shown(app)).losses[0, 0])

"""The views "Line fit" and "Learning rate" of the Descent page, without a browser."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.optimizers import OPTIMIZERS
from core.schedules import SCHEDULES
from core.studies.descent.line_descent import LineDescent, published
from pages.ui.descent import line, line_charts, rates
from tests.items import named
from tests.views import by_address, checked, choose, datasets, opened


def line_view() -> None:
    from pages.ui.descent import line

    line.draw()


def rates_view() -> None:
    from pages.ui.descent import rates

    rates.draw()


def spec(app: AppTest, chart: int = 0) -> str:
    text: str = app.get("vega_lite_chart")[chart].proto.spec
    return text


def written(app: AppTest) -> str:
    return "\n".join(each.value for each in [*app.markdown, *app.caption])


def current(app: AppTest) -> LineDescent:
    descent: LineDescent = app.session_state[line.KEY]
    return descent


def press(app: AppTest, preset: str) -> AppTest:
    return checked(app.button(key=f"descent_line_preset_{preset}").click().run())


@pytest.mark.parametrize(("view", "charts"), [("line", 1), ("rates", 2)])
def test_the_page_opens_at_a_view(root: Path, view: str, charts: int) -> None:
    app = checked(by_address(root, "optimizers", view=view).run())
    assert len(app.get("vega_lite_chart")) == charts


def test_choices_stay_when_a_view_is_left(root: Path) -> None:
    app = checked(by_address(root, "optimizers", view="line").run())
    checked(app.select_slider(key="descent_line_learning_rate").set_value(0.3).run())
    for view in ("rates", "line"):
        app.session_state["descent_shown"] = view
        checked(app.run())
        if view == "rates":
            checked(app.slider(key="descent_rates_own").set_value(0.7).run())
    assert app.select_slider(key="descent_line_learning_rate").value == 0.3
    app.session_state["descent_shown"] = "rates"
    checked(app.run())
    assert app.slider(key="descent_rates_own").value == 0.7


# Line fit


def test_three_batch_sizes_at_the_same_number_of_samples() -> None:
    app = opened(line_view)
    frames = datasets(app)
    assert set(frames) == {"points", "rings", "best", "path", "now"}
    now = frames["now"]
    assert now.groupby("run", observed=True)["frame"].count().tolist() == [line_charts.FRAMES + 1] * 3
    assert now.loc[now["frame"] == line_charts.FRAMES, "samples"].tolist() == [2000] * 3
    assert "| 2,000 | 2,000 |" in written(app)
    first = frames["path"].groupby("run", observed=True).first()
    assert np.ptp(first["bias"]) == 0
    assert frames["path"]["run"].iloc[0] == "r2"  # the noisiest path is drawn first, beneath the others


def test_the_published_example_opens_as_a_preset() -> None:
    app = press(opened(line_view), "published_example")
    assert current(app) == published()
    assert app.select_slider(key="descent_line_learning_rate").value == 0.01
    assert app.select_slider(key="descent_line_epochs").value == 1000
    assert app.multiselect(key="descent_line_batches").value == [0]
    text = written(app)
    assert "| 1,000 | 100,000 | 2.094956 | 2.979890 | 0.248116 |" in text
    assert text.count("2.094955957") == 2
    assert text.count("0.248116034") == 2
    app = press(app, "three_batch_sizes")
    assert current(app) == LineDescent()
    assert app.select_slider(key="descent_line_epochs").value == 20


def test_beyond_the_limit_a_path_swings_ever_further() -> None:
    app = press(opened(line_view), "rate_too_large")
    bias = datasets(app)["path"]["bias"].dropna() - datasets(app)["best"]["bias"].iloc[0]
    assert (np.diff(np.sign(bias)) != 0).all()
    assert (np.diff(np.abs(bias[5:])) > 0).all()  # once only the steepest direction, nearly that of the bias, is left
    assert ":red[diverged]" not in written(app)
    checked(app.select_slider(key="descent_line_learning_rate").set_value(2.0).run())
    checked(app.select_slider(key="descent_line_epochs").set_value(100).run())
    assert "| :red[diverged] |" in written(app)
    frames = datasets(app)
    assert frames["now"]["gone"].iloc[-1] == 1
    assert frames["now"]["bias"].notna().all()  # a cross at the edge of the map
    assert frames["path"]["bias"].isna().any()
    assert np.isfinite(frames["path"]["samples"]).all()


def test_a_dial_changes_the_data_and_not_the_specification() -> None:
    app = opened(line_view)
    before, shape = datasets(app)["path"], spec(app)
    checked(app.select_slider(key="descent_line_learning_rate").set_value(0.3).run())
    assert current(app).learning_rate == 0.3
    assert spec(app) == shape
    assert not np.allclose(before["bias"].iloc[:50], datasets(app)["path"]["bias"].iloc[:50])


def test_every_optimizer_can_be_chosen() -> None:
    app = opened(line_view)
    for kind, optimizer in OPTIMIZERS.items():
        with named(kind):
            checked(app.selectbox(key="descent_line_optimizer").set_value(kind).run())
            assert current(app).optimizer == optimizer()
            keys = {widget.key for widget in (*app.slider, *app.select_slider, *app.toggle, *app.get("button_group"))}
            assert {f"descent_line_{kind}_{name}" for name in optimizer.parameters()} <= keys


def test_a_parameter_of_the_rule_is_taken_over() -> None:
    app = opened(line_view)
    checked(app.selectbox(key="descent_line_optimizer").set_value("momentum").run())
    checked(app.slider(key="descent_line_momentum_momentum").set_value(0.5).run())
    assert current(app).optimizer == OPTIMIZERS["momentum"](momentum=0.5)


def test_data_start_and_stop_criteria() -> None:
    app = opened(line_view)
    checked(app.slider(key="descent_line_data_noise").set_value(1.0).run())
    checked(app.number_input(key="descent_line_start_0").set_value(4.0).run())
    checked(app.slider(key="descent_line_stop_loss").set_value(1.5).run())
    assert current(app).surface.noise == 1.0
    assert current(app).start[0] == 4.0
    assert written(app).count("MSE below the threshold") == 3
    checked(app.select_slider(key="descent_line_max_updates").set_value(10).run())
    assert current(app).max_updates == 10
    checked(app.select_slider(key="descent_line_data_rows").set_value(10).run())
    assert len(datasets(app)["points"]) == 10
    assert current(app).surface.rows == 10


def test_the_batch_sizes_are_chosen_and_keep_their_colours() -> None:
    app = opened(line_view)
    looks = {each.label: each.color for each in (line._look(batch, 100) for batch in line.BATCHES)}
    checked(app.multiselect(key="descent_line_batches").set_value([1, 50]).run())
    assert current(app).batches == (1, 50)
    legend = next(each.proto.body for each in app.get("html") if "Stochastic" in each.proto.body)
    assert "50 rows" in legend
    shown = json.loads(spec(app))["layer"][0]["layer"][2]["encoding"]["color"]["scale"]["range"]
    assert shown == [looks["Stochastic, 1 row an update"], looks["Mini-batch, 50 rows an update"]]
    checked(app.multiselect(key="descent_line_batches").set_value([]).run())
    assert current(app).batches == (0,)


# Learning rate


def test_theory_and_measurement_stand_side_by_side() -> None:
    app = opened(rates_view)
    assert len(app.get("vega_lite_chart")) == 2
    text = written(app)
    assert "2/L = 2" in text
    assert "| 2.05/L, too large | 2.0500 | 1.0500 | 1.0500 | – | :red[diverges] |" in text
    assert "| 1/L, good | 1.0000 | 0.9500 | 0.9500 | ≤ 135 | 128 |" in text
    assert "1.9048" in text


def test_every_group_of_rates_can_be_drawn() -> None:
    app = opened(rates_view)
    checked(app.slider(key="descent_rates_own").set_value(2.2).run())
    for group, condition in product(rates.EXAMPLES, (2, 1000)):
        with named(group, condition):
            app.selectbox(key="descent_rates_examples").set_value(group)
            checked(app.select_slider(key="descent_rates_condition").set_value(condition).run())
            assert len(datasets(app, 0)["curves"].columns) == 5


def test_a_rate_of_ones_own_moves_its_curve_alone() -> None:
    app = opened(rates_view)
    before = datasets(app, 0)["curves"]
    checked(app.slider(key="descent_rates_own").set_value(0.5).run())
    after = datasets(app, 0)["curves"]
    pd.testing.assert_frame_equal(before[["r0", "r1", "r2"]], after[["r0", "r1", "r2"]])
    assert not np.allclose(before["r3"], after["r3"])


def test_the_map_shows_every_cell() -> None:
    app = choose(opened(rates_view), "descent_rates_part", "momentum")
    for kind, condition in product(rates.RULES, (2, 20, 1000)):
        with named(kind, condition):
            app.session_state["descent_rates_rule"] = kind
            checked(app.select_slider(key="descent_rates_condition").set_value(condition).run())
            frames = datasets(app)
            assert len(frames["cells"]) == 2400
            assert {-2} < set(frames["cells"]["steps"])
            assert len(frames["marks"]) == 2
            assert "Converges for" in written(app)


@pytest.mark.parametrize("kinds", [list(SCHEDULES)[:4], list(SCHEDULES)[4:8], list(SCHEDULES)[8:]])
def test_schedules_with_their_loss_and_their_cloud(kinds: list[str]) -> None:
    app = choose(opened(rates_view), "descent_rates_part", "schedules")
    checked(app.multiselect(key="descent_rates_schedules").set_value(kinds).run())
    assert len(app.get("vega_lite_chart")) == 3
    assert len(datasets(app, 0)["curves"].columns) == 1 + len(kinds)
    assert len(datasets(app, 1)["curves"].columns) == 2 + len(kinds)
    checked(app.slider(key="descent_rates_noise").set_value(0.0).run())
    assert len(datasets(app, 1)["curves"].columns) == 1 + len(kinds)


def test_no_schedule_is_asked_for() -> None:
    app = choose(opened(rates_view), "descent_rates_part", "schedules")
    checked(app.multiselect(key="descent_rates_schedules").set_value([]).run())
    assert "Choose a schedule" in app.info[0].value


def test_charts_hold_no_number_that_json_cannot() -> None:
    for script in (line_view, rates_view):
        app = opened(script)
        for chart in range(len(app.get("vega_lite_chart"))):
            json.loads(spec(app, chart), parse_constant=pytest.fail)

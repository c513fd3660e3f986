"""The views "Batch size" and "Learning rate" of the Descent page, without a browser."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.optimizers import OPTIMIZERS
from core.schedules import SCHEDULES
from core.studies.descent.line_descent import BATCHES, LineDescent, frames, published
from core.studies.descent.rate_map import DIVERGES, EXAMPLES, HEAVY_BALL, NESTEROV, rate_map
from core.studies.descent.surfaces.fits import LineMSE
from core.studies.descent.views import LineView, RatesView
from core.words import THIN
from pages.ui.descent import line, line_charts, rates
from pages.ui.session import link
from tests.items import named
from tests.pages.test_hostile_pages import extremes
from tests.tables import tables
from tests.views import by_address, change, checked, datasets, opened, unfold


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
    view: LineView = app.session_state[line.SCREEN.key]
    return view.descent


def press(app: AppTest, preset: str) -> AppTest:
    return checked(app.button(key=f"descent_line_preset_{preset}").click().run())


@pytest.mark.parametrize(("view", "charts"), [("line", 1), ("rates", 2)])
def test_the_page_opens_at_a_view(root: Path, view: str, charts: int) -> None:
    app = checked(by_address(root, "optimizers", view=view).run())
    assert len(app.get("vega_lite_chart")) == charts


def test_choices_stay_when_a_view_is_left(root: Path) -> None:
    app = checked(by_address(root, "optimizers", view="line").run())
    change(app, "descent.line.descent.learning_rate", 0.3)
    for view in ("rates", "line"):
        app.session_state["descent_shown"] = view
        checked(app.run())
        if view == "rates":
            change(app, "descent.rates.own", 0.7)
    assert app.select_slider(key="descent.line.descent.learning_rate").value == 0.3
    app.session_state["descent_shown"] = "rates"
    checked(app.run())
    assert app.slider(key="descent.rates.own").value == 0.7


# Batch size


def test_three_batch_sizes_at_the_same_number_of_samples() -> None:
    app = opened(line_view)
    frames = datasets(app)
    assert set(frames) == {"points", "rings", "best", "path", "now"}
    now = frames["now"]
    assert now.groupby("run", observed=True)["frame"].count().tolist() == [line_charts.FRAMES + 1] * 3
    assert now.loc[now["frame"] == line_charts.FRAMES, "samples"].tolist() == [2000] * 3
    assert tables(app)[0].text[["Updates", "Samples seen"]].to_numpy().tolist()[2] == [f"2{THIN}000", f"2{THIN}000"]
    first = frames["path"].groupby("run", observed=True).first()
    assert np.ptp(first["bias"]) == 0
    assert frames["path"]["run"].iloc[0] == "r2"  # the noisiest path is drawn first, beneath the others


def test_the_published_example_opens_as_a_preset() -> None:
    app = press(opened(line_view), "published_example")
    assert current(app) == published()
    assert app.select_slider(key="descent.line.descent.learning_rate").value == 0.01
    assert app.select_slider(key="descent.line.descent.epochs").value == 1000
    assert app.multiselect(key="descent.line.descent.batches").value == [0]
    text = written(app)
    assert tables(app)[0].text.iloc[0].tolist()[1:6] == [f"1{THIN}000", f"100{THIN}000", "2.095", "2.98", "0.2481"]
    assert text.count("2.094955957") == 2
    assert text.count("0.248116034") == 2
    app = press(app, "three_batch_sizes")
    assert current(app) == LineDescent()
    assert app.select_slider(key="descent.line.descent.epochs").value == 20


def test_beyond_the_limit_a_path_swings_ever_further() -> None:
    app = press(opened(line_view), "rate_too_large")
    bias = datasets(app)["path"]["bias"].dropna() - datasets(app)["best"]["bias"].iloc[0]
    assert (np.diff(np.sign(bias)) != 0).all()
    assert (np.diff(np.abs(bias[5:])) > 0).all()  # once only the steepest direction, nearly that of the bias, is left
    assert "diverged" not in list(tables(app)[0].text["Stopped by"])
    change(app, "descent.line.descent.learning_rate", 2.0)
    change(app, "descent.line.descent.epochs", 100)
    assert "diverged" in list(tables(app)[0].text["Stopped by"])
    frames = datasets(app)
    assert frames["now"]["gone"].iloc[-1] == 1
    assert frames["now"]["bias"].notna().all()  # a cross at the edge of the map
    assert frames["path"]["bias"].isna().any()
    assert np.isfinite(frames["path"]["samples"]).all()


def test_a_dial_changes_the_data_and_not_the_specification() -> None:
    app = change(opened(line_view), "descent.line.descent.learning_rate", 0.2)  # the descent of no story
    before, shape = datasets(app)["path"], spec(app)
    change(app, "descent.line.descent.learning_rate", 0.3)
    assert current(app).learning_rate == 0.3
    assert spec(app) == shape
    assert not np.allclose(before["bias"].iloc[:50], datasets(app)["path"]["bias"].iloc[:50])


def test_every_optimizer_can_be_chosen() -> None:
    app = opened(line_view)
    for kind, optimizer in OPTIMIZERS.items():
        with named(kind):
            change(app, "descent.line.descent.optimizer.kind", kind)
            assert current(app).optimizer == optimizer()
            keys = {widget.key for widget in (*app.slider, *app.select_slider, *app.toggle, *app.get("button_group"))}
            assert {f"descent.line.descent.optimizer.{name}" for name in optimizer.parameters()} <= keys


def test_a_parameter_of_the_rule_is_taken_over() -> None:
    app = opened(line_view)
    change(app, "descent.line.descent.optimizer.kind", "momentum")
    change(app, "descent.line.descent.optimizer.momentum", 0.5)
    assert current(app).optimizer == OPTIMIZERS["momentum"](momentum=0.5)


def test_data_start_and_stop_criteria() -> None:
    app = unfold(unfold(opened(line_view), line.SCREEN, "data"), line.SCREEN, "stop")
    change(app, "descent.line.descent.surface.noise", 1.0)
    change(app, "descent.line.descent.start", "4, -0.5")
    change(app, "descent.line.descent.stop_loss", 1.5)
    assert current(app).surface.noise == 1.0
    assert current(app).start == (4.0, -0.5)
    assert list(tables(app)[0].text["Stopped by"]) == ["MSE below the threshold"] * 3
    change(app, "descent.line.descent.max_updates", 10)
    assert current(app).max_updates == 10
    change(app, "descent.line.descent.surface.rows", 10)
    assert len(datasets(app)["points"]) == 10
    assert current(app).surface.rows == 10


def test_the_batch_sizes_are_chosen_and_keep_their_colours() -> None:
    app = opened(line_view)
    looks = {each.label: each.color for each in (line._look(batch, 100) for batch in BATCHES)}
    change(app, "descent.line.descent.batches", [1, 50])
    assert current(app).batches == (1, 50)
    legend = next(each.proto.body for each in app.get("html") if "Stochastic" in each.proto.body)
    assert "50 rows" in legend
    shown = json.loads(spec(app))["layer"][0]["layer"][2]["encoding"]["color"]["scale"]["range"]
    assert shown == [looks["Stochastic, 1 row an update"], looks["Mini-batch, 50 rows an update"]]
    change(app, "descent.line.descent.batches", [])
    assert current(app).batches == (0,)


# Learning rate


def test_theory_and_measurement_stand_side_by_side() -> None:
    app = opened(rates_view)
    assert len(app.get("vega_lite_chart")) == 2
    text = written(app)
    assert "2/L = 2" in text
    assert "1.905" in text
    (shown,) = tables(app)
    rows = [list(row) for row in shown.text.itertuples(index=False)]
    assert ["2.05/L, too large", "2.05", "1.05", "1.05", "–", "diverges"] in rows
    assert ["1/L, good", "1", "0.95", "0.95", "≤ 135", "128"] in rows


def test_every_group_of_rates_can_be_drawn() -> None:
    app = opened(rates_view)
    change(app, "descent.rates.own", 2.2)
    for group, condition in product(EXAMPLES, (2, 1000)):
        with named(group, condition):
            change(app, "descent.rates.examples", group)
            change(app, "descent.rates.condition", condition)
            assert list(datasets(app, 0)["curves"].filter(regex="^r").columns) == ["r0", "r1", "r2", "r3"]


def test_a_rate_of_ones_own_moves_its_curve_alone() -> None:
    app = opened(rates_view)
    before = datasets(app, 0)["curves"]
    change(app, "descent.rates.own", 0.5)
    after = datasets(app, 0)["curves"]
    pd.testing.assert_frame_equal(before[["r0", "r1", "r2"]], after[["r0", "r1", "r2"]])
    assert not np.allclose(before["r3"], after["r3"])


def test_the_map_shows_every_cell() -> None:
    app = change(opened(rates_view), "descent.rates.part", "momentum")
    for kind, condition in product((HEAVY_BALL, NESTEROV), (2, 20, 1000)):
        with named(kind, condition):
            change(app, "descent.rates.rule", kind)
            change(app, "descent.rates.condition", condition)
            frames = datasets(app)
            assert len(frames["cells"]) == 2400
            assert {-2} < set(frames["cells"]["steps"])
            assert len(frames["marks"]) == 2
            assert "Converges for" in written(app)


@pytest.mark.parametrize("kinds", [list(SCHEDULES)[:4], list(SCHEDULES)[4:8], list(SCHEDULES)[8:]])
def test_schedules_with_their_loss_and_their_cloud(kinds: list[str]) -> None:
    app = change(opened(rates_view), "descent.rates.part", "schedules")
    change(app, "descent.rates.schedules", kinds)
    assert len(app.get("vega_lite_chart")) == 3
    assert len(datasets(app, 0)["curves"].filter(regex="^r").columns) == len(kinds)
    assert len(datasets(app, 1)["curves"].filter(regex="^r").columns) == 1 + len(kinds)
    change(app, "descent.rates.noise", 0.0)
    assert len(datasets(app, 1)["curves"].filter(regex="^r").columns) == len(kinds)


def test_no_schedule_is_asked_for() -> None:
    app = change(opened(rates_view), "descent.rates.part", "schedules")
    change(app, "descent.rates.schedules", [])
    assert "Choose a schedule" in app.info[0].value


def test_charts_hold_no_number_that_json_cannot() -> None:
    for script in (line_view, rates_view):
        app = opened(script)
        for chart in range(len(app.get("vega_lite_chart"))):
            json.loads(spec(app, chart), parse_constant=pytest.fail)


# What a link carries


def player_of(app: AppTest) -> tuple[int, int]:
    """Return where the player opens, and its last step."""
    step = next(each for each in json.loads(spec(app))["params"] if each["name"] == "step")
    return step["value"], step["bind"]["max"]


def test_a_link_opens_the_line_fit_as_its_sender_saw_it(root: Path) -> None:
    descent = LineDescent(
        LineMSE(rows=35, noise=0.7, seed=3), (50, 2), OPTIMIZERS["momentum"](momentum=0.33), 0.123, 17, (1.5, -2.0), 400, 0.3, 0.02,
    )  # fmt: skip
    carried = LineView(descent, ("data", "stop"), 42)
    app = checked(by_address(root, "optimizers", view="line", v=link.encode(carried)).run())
    assert app.select_slider(key="descent.line.descent.learning_rate").value == 0.123, "a stop that is not offered is shown"
    assert app.slider(key="descent.line.descent.optimizer.momentum").value == 0.33
    assert app.select_slider(key="descent.line.descent.surface.rows").value == 35
    assert app.text_input(key="descent.line.descent.start").value == "1.5, -2"
    assert app.select_slider(key="descent.line.descent.max_updates").value == 400
    assert len(datasets(app)["points"]) == 35
    assert player_of(app) == (42, line_charts.FRAMES)
    assert link.read(app.query_params["v"], LineView) == carried


def test_a_change_of_the_line_fit_is_in_the_address(root: Path) -> None:
    app = checked(by_address(root, "optimizers", view="line").run())
    press(app, "rate_too_large")
    change(app, "descent.line.descent.epochs", 50)
    assert link.read(app.query_params["v"], LineView) == LineView(LineDescent(batches=(0,), learning_rate=1.0, epochs=50))
    assert player_of(app) == (line_charts.FRAMES, line_charts.FRAMES)


@pytest.mark.parametrize("part", ["rate", "momentum", "schedules"])
def test_a_link_opens_a_part_of_the_learning_rate_as_its_sender_saw_it(part: str, root: Path) -> None:
    kinds = ("cosine", "step", "constant")
    carried = RatesView(part, "limit", 0.75, 35.0, 0.02, NESTEROV, kinds, 0.45, 0.15, 300)
    app = checked(by_address(root, "optimizers", view="rates", v=link.encode(carried)).run())
    widgets = {each.key: each.value for each in (*app.slider, *app.select_slider, *app.selectbox, *app.multiselect, *app.segmented_control)}
    drawn = {
        "rate": {"examples": "limit", "own": 0.75, "condition": 35.0, "tolerance": 0.02},
        "momentum": {"rule": NESTEROV, "condition": 35.0, "tolerance": 0.02},
        "schedules": {"schedules": [*kinds], "rate": 0.45, "noise": 0.15, "condition": 35.0, "steps": 300},
    }[part]
    assert {f"descent.rates.{name}": value for name, value in drawn.items()}.items() <= widgets.items()
    assert link.read(app.query_params["v"], RatesView) == carried


def test_a_change_of_a_rate_is_in_the_address_whatever_part_is_shown(root: Path) -> None:
    app = checked(by_address(root, "optimizers", view="rates").run())
    change(app, "descent.rates.own", 0.5)
    change(app, "descent.rates.part", "schedules")
    change(app, "descent.rates.noise", 0.0)
    expected = RatesView(part="schedules", own=0.5, noise=0.0)
    assert link.read(app.query_params["v"], RatesView) == expected
    change(app, "descent.rates.part", "rate")
    assert app.slider(key="descent.rates.own").value == 0.5


@pytest.mark.parametrize("end", [0, 1], ids=["lowest", "highest"])
def test_a_link_of_extremes_opens(end: int, root: Path) -> None:
    far = (1e4, -1e4)[end]
    descent = replace(extremes(LineDescent())[end], surface=extremes(LineMSE())[end], start=(far, far), batches=(0, 1, 2, 50))
    for view in (LineView(descent), *(replace(extremes(RatesView())[end], part=part) for part in ("rate", "momentum", "schedules"))):
        with named(view):
            app = by_address(root, "optimizers", view=view.kind.split(".")[1], v=link.encode(view)).run()
            assert checked(app).session_state[f"view {view.kind}"] == view
            json.loads(spec(app), parse_constant=pytest.fail)


# The tables of what is shown


def test_the_table_of_the_line_fit_holds_every_update() -> None:
    descent = LineDescent(epochs=3)
    paths = {batch: path for batch, (path, _) in frames(descent, 10).items()}
    table = line.paths_table(paths, [line._look(batch, 100) for batch in descent.batches])
    assert table.groupby("path", sort=False)["update"].max().tolist() == [3, 30, 300]
    assert tuple(table.iloc[-1])[1:] == (300, 300, *paths[1].points[-1], paths[1].losses[-1])


def test_the_table_of_the_map_says_where_a_run_does_not_get_to_the_tolerance() -> None:
    found = rate_map(HEAVY_BALL, 20.0, 1e-3)
    table = rates.cells_table(found)
    assert table["diverges"].sum() == (found.steps == DIVERGES).sum() > 0
    assert table["steps"].isna().sum() == (found.steps < 0).sum()
    best = table.loc[table["steps"].astype(float).idxmin()]
    assert (best["learning rate"], best["momentum"], best["steps"]) == found.fewest()

"""A look at the data in the workbench: drawn where it is folded out, carried by the address, and the place to say how a column is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.datasets import DATASETS
from core.experiment import Experiment, fit_to
from core.inspection.views import Workbench
from core.upload import look, read, suggested
from pages.ui.session import address, link
from pages.ui.session.own_table import Brought
from pages.ui.widgets import look_view
from tests.pages.test_own_data_page import ASKING, OTHER, own, pasted, press, quiet, shown, trained
from tests.pages.test_own_data_traces import MARKER, traces

Open = Callable[..., AppTest]

LOOKING = Workbench(folded_out=("look",))
TABLE = f"{MARKER},city,name,y\n" + "".join(f"{i % 3},{'ROL'[i % 3]},{MARKER} {i},{'ab'[i % 2]}\n" for i in range(60))


@pytest.fixture
def open_page(root: Path, in_threads: None) -> Open:
    """Return a function that opens the workbench by a link, trained."""

    def open_(experiment: Experiment = ASKING, view: Workbench = LOOKING) -> AppTest:
        app = AppTest.from_file(f"{root}/streamlit_app.py", default_timeout=90)
        app.query_params[address.EXPERIMENT], app.query_params[address.STATE] = link.encode(experiment), link.encode(view)
        return quiet(app.run())

    return open_


def cards(app: AppTest) -> list[str]:
    """Return the names of the columns on the cards."""
    pages = [element.proto.body for element in app.get("html") if '<div class="card">' in element.proto.body]
    return [part.partition(">")[2].partition("<")[0] for page in pages for part in page.split("<b title=")[1:]]


def view(app: AppTest) -> Workbench:
    state: Workbench = app.session_state["view workbench"]
    return state


@pytest.mark.parametrize("kind", ["digits", "diabetes", "linnerud", "make_regression"])
def test_a_look_at_a_built_in_data_set(kind: str, open_page: Open) -> None:
    experiment = fit_to(replace(ASKING, dataset=DATASETS["moons"]()), DATASETS[kind]())
    app = open_page(experiment)
    table = experiment.dataset.load()
    glances = look.of_table(table, experiment.dataset.task)
    assert cards(app) == [glance.name for glance in glances[: look_view.PAGE]]
    pictures = [element.proto.body for element in app.get("html") if 'class="pictures"' in element.proto.body]
    assert [page.count("<img") for page in pictures] == ([20] if kind == "digits" else [])
    if len(glances) > look_view.PAGE:
        app = quiet(app.select_slider(key="workbench.first_column").set_value(look_view.PAGE).run())
        assert cards(app) == [glance.name for glance in glances[look_view.PAGE : 2 * look_view.PAGE]]
        assert view(app).first_column == look_view.PAGE


def test_a_look_is_drawn_only_where_it_is_folded_out_and_a_button_folds_it_out(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "of_table", lambda *arguments, made=look.of_table: calls.append(arguments) or made(*arguments))
    calls: list[object] = []
    app = open_page(replace(ASKING, dataset=DATASETS["moons"](rows=60)), Workbench())
    assert not calls
    assert not cards(app)
    app = press(app, "Look at the data")
    assert calls
    assert cards(app) == ["class", "x1", "x2"]
    assert view(app).folded_out == ("look",)
    assert next(button for button in app.button if button.label == "Look at the data").disabled


def test_a_column_is_used_in_another_way(open_page: Open) -> None:
    app = pasted(open_page(), TABLE)
    assert trained(app)
    assert cards(app) == ["y", MARKER, "city", "name"]
    assert app.session_state.own_data.encoded.table.features == (MARKER, "city = L", "city = O", "city = R")
    assert (app.button_group(key="own_use_0").value, app.button_group(key="own_use_2").value) == ("number", "left out")
    app = quiet(app.button_group(key="own_use_0").set_value("category").run())
    assert own(app).categories == (0,)
    assert app.session_state.own_data.encoded.table.features[:3] == tuple(f"{MARKER} = {i}" for i in range(3))
    assert trained(app)
    app = quiet(app.button_group(key="own_use_1").set_value("left out").run())
    assert own(app).left_out == (1, 2)
    assert app.multiselect(key="own_left_out").value == [1, 2], "the sidebar shows the same"
    app = quiet(app.button_group(key="own_use_0").set_value("number").run())
    assert own(app).categories == ()
    assert app.session_state.own_data.encoded.table.features == (MARKER,)
    assert traces() == set()
    assert MARKER not in shown(app).to_json() + view(app).to_json()


def test_a_column_that_cannot_be_used_is_mended_where_it_is_looked_at(open_page: Open) -> None:
    app = pasted(open_page(view=Workbench()), TABLE)
    assert not cards(app), "it is folded"
    app = quiet(app.multiselect(key="own_left_out").set_value([]).run())
    assert "has a different text in every row" in app.error[0].value
    assert cards(app) == ["y", MARKER, "city", "name"], "what is refused is looked at"
    assert any("It has a different text in every row" in element.proto.body for element in app.get("html"))
    app = quiet(app.button_group(key="own_use_2").set_value("left out").run())
    assert not app.error
    assert trained(app)


def test_the_choices_come_with_a_link_and_the_same_file(open_page: Open) -> None:
    used = replace(suggested(read(TABLE.encode())), categories=(0,))
    sent = fit_to(ASKING, used)
    app = pasted(open_page(sent), TABLE)
    assert own(app) == used
    assert app.button_group(key="own_use_0").value == "category"
    assert trained(app)


def test_two_hundred_columns_are_looked_at_a_dozen_at_a_time(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    whole = look.of_sheet
    monkeypatch.setattr(look, "of_sheet", lambda sheet, used, columns: (looked.extend(columns := list(columns)), whole(sheet, used, columns))[1])
    names = [f"c{i}" for i in range(200)]
    rows = [",".join(str((i * j + i) % 17 + j % 3) for j in range(199)) + f",{'ab'[i % 2]}" for i in range(40)]
    app = pasted(open_page(), "\n".join([",".join(names), *rows]))
    assert cards(app) == ["c199", *names[:11]]
    assert looked == [199, *range(11)], "the others are not counted"
    app = quiet(app.select_slider(key="workbench.first_column").set_value(192).run())
    assert cards(app) == names[191:199]
    assert len(looked) == 12 + 8
    held: Brought = app.session_state.own_data
    assert len([what for what in held.made if what.startswith("glance")]) == 20


def test_another_file_is_looked_at_anew(open_page: Open) -> None:
    app = pasted(press(pasted(open_page(), TABLE), "Other data"), OTHER)
    assert cards(app) == ["wage", "age", "city"]


def test_texts_that_often_stand_for_a_missing_value_are_values_until_they_are_said_to_be_missing(open_page: Open) -> None:
    app = pasted(open_page(), "region,x,y\n" + "".join(f"{('EU', 'NA', 'JP')[i % 3]},{i % 7},{'ab'[i % 2]}\n" for i in range(60)))
    assert "region = NA" in app.session_state.own_data.encoded.table.features
    [box] = [box for box in app.checkbox if box.key == "own_absent_0"]
    assert (box.label, box.value) == ("'NA' is missing", False)
    app = quiet(box.set_value(True).run())
    assert own(app).absent == (0,)
    assert app.session_state.own_data.encoded.table.features == ("region = EU", "region = JP", "region = (missing)", "x")
    app = quiet(app.checkbox(key="own_absent_0").set_value(False).run())
    assert own(app).absent == ()


def test_another_kind_of_target_has_another_task(open_page: Open) -> None:
    app = pasted(open_page(), "x,y\n" + "".join(f"{i * i % 17},{i % 40}\n" for i in range(80)))
    assert own(app).task == "regression"
    app = quiet(app.button_group(key="own_use_1").set_value("category").run())
    assert own(app).task == "classification"
    app = quiet(app.button_group(key="own_use_1").set_value("number").run())
    assert own(app).task == "regression"


def test_a_regression_is_compared_on_rmse_in_the_unit_of_its_target(open_page: Open) -> None:
    prices = "rooms,price\n" + "".join(f"{i % 9},{150_000 + 41_235 * (i % 9) + 1000 * (i * i % 13)}\n" for i in range(80))
    app = pasted(open_page(view=Workbench()), prices)
    [table] = [element.proto.body for element in app.get("html") if "Results of the runs" in element.proto.body]
    assert "RMSE in price." in table
    assert "Here: price. On the validation rows." in table
    assert "e+0" not in table.partition("Own loss")[0], "a price has digits, and no exponent"
    assert any("RMSE, price" in chart.proto.spec for chart in app.get("vega_lite_chart"))
    app = quiet(app.selectbox(key="workbench.regression_metric").set_value("mse").run())
    assert any("MSE, squared price" in chart.proto.spec for chart in app.get("vega_lite_chart"))

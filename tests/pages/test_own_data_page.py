"""Own data in the workbench without a browser: brought, refused, used, changed, shared without the data, and forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.datasets import DATASETS
from core.datasets.own import DROP, Own
from core.experiment import Experiment, default_experiment, fit_to
from core.models import MODELS
from core.tasks import CLASSIFICATION, REGRESSION
from core.upload import read, suggested
from core.upload.example import EXAMPLE
from pages.ui.server import jobs
from pages.ui.session import link
from pages.ui.session.address import EXPERIMENT
from tests.tables import results, tables

Open = Callable[..., AppTest]

#: the workbench with own data chosen and none brought yet
ASKING = replace(default_experiment(), dataset=Own(), model=MODELS["linear"](), epochs=2)
WAGES = "age;city;wage\n" + "".join(f"{20 + i};{('Rome', 'Oslo')[i % 2]};{i * 1.5:.2f}\n".replace(".", ",") for i in range(1, 31))
OTHER = WAGES.replace("1,50", "2,50")


@pytest.fixture
def open_page(root: object, in_threads: None) -> Open:
    """Return a function that opens the workbench, by a link, trained."""

    def open_(experiment: Experiment | None = None) -> AppTest:
        app = AppTest.from_file(f"{root}/streamlit_app.py", default_timeout=90)
        app.query_params[EXPERIMENT] = link.encode(experiment or ASKING)
        return quiet(app.run())

    return open_


def quiet(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].value
    return app


def shown(app: AppTest) -> Experiment:
    experiment: Experiment = quiet(app).session_state.bench.document
    return experiment


def own(app: AppTest) -> Own:
    dataset = shown(app).dataset
    assert isinstance(dataset, Own)
    return dataset


def press(app: AppTest, label: str) -> AppTest:
    return quiet(next(button for button in app.button if button.label.startswith(label)).click().run())


def pasted(app: AppTest, text: str) -> AppTest:
    app.text_area(key="own_text").set_value(text)
    return press(app, "Use the pasted table")


def chosen(app: AppTest) -> AppTest:
    return quiet(app.selectbox(key="dataset.kind").select("own").run())


def trained(app: AppTest) -> bool:
    return bool(tables(app)) and set(results(app)["Status"]) == {"finished"}


def shared_link(text: str, **changes: object) -> Experiment:
    """Return the experiment that a link of these data carries."""
    return fit_to(ASKING, replace(suggested(read(text.encode())), **changes))


def test_a_file_is_asked_for_and_trained_on(open_page: Open) -> None:
    app = chosen(open_page(replace(ASKING, dataset=DATASETS["moons"](rows=60))))
    assert not trained(app)
    app.file_uploader(key="own_file").upload("wages.csv", WAGES.encode("utf-16"), "text/csv")
    quiet(app.run())
    assert trained(app)
    assert (own(app).task, own(app).targets) == (REGRESSION, "above 0")
    assert {run.loss.kind for run in shown(app).runs} == {"squared_error"}
    caption = next(caption.value for caption in app.sidebar.caption if "wages" in caption.value)
    assert "30 rows and 3 columns, read as UTF\\-16, cells parted by semicolons, with a decimal comma" in caption


def test_a_bad_file_is_refused_and_nothing_is_loaded(open_page: Open) -> None:
    app = pasted(open_page(), "a,b\n1,2\n3\n")
    assert "line 3 has 1 cell, the header has 2" in app.error[0].value
    assert "own_data" not in app.session_state
    assert own(app) == Own()
    app = pasted(app, WAGES)
    assert not app.error
    assert trained(app)


def test_a_bad_file_leaves_the_loaded_one(open_page: Open) -> None:
    app = pasted(open_page(), WAGES)
    before = shown(app)
    app = press(app, "Other data")
    assert "own_data" not in app.session_state
    assert shown(app).runs == before.runs
    app = pasted(pasted(app, "\x00"), WAGES)
    assert shown(app) == before


def test_the_example_is_filled_in_and_works(open_page: Open) -> None:
    app = press(open_page(), "Fill in an example")
    assert app.text_area(key="own_text").value == EXAMPLE
    app = press(app, "Use the pasted table")
    assert trained(app)
    assert own(app).left_out == (0,)
    done = next(caption.value for caption in app.sidebar.caption if "One\\-hot encoded" in caption.value)
    assert "filled in with the median of the training rows\\: 1 in 'hours of sleep'" in done


def test_choices_change_the_table_and_what_cannot_be_used_says_why(open_page: Open) -> None:
    app = press(press(open_page(), "Fill in an example"), "Use the pasted table")
    app = quiet(app.segmented_control(key="own_missing").set_value(DROP).run())
    assert own(app).missing == DROP
    assert trained(app)
    assert app.session_state.own_data.encoded.table.X.shape == (29, 5)
    app = quiet(app.multiselect(key="own_left_out").set_value([]).run())
    assert "column 'student' has a different text in every row" in app.error[0].value.replace("\\", "")
    assert not tables(app)
    app = quiet(app.multiselect(key="own_left_out").set_value([0, 3]).run())
    assert app.session_state.own_data.encoded.table.features == ("hours of study", "hours of sleep")
    app = quiet(app.selectbox(key="own_target").select(1).run())
    assert (own(app).task, own(app).target, own(app).left_out) == (REGRESSION, 1, (0, 3))
    assert trained(app)


def test_own_data_come_back_as_they_were_used(open_page: Open) -> None:
    app = pasted(open_page(), WAGES)
    app = quiet(app.multiselect(key="own_left_out").set_value([1]).run())
    before = own(app)
    app = quiet(app.selectbox(key="dataset.kind").select("moons").run())
    assert shown(app).dataset == DATASETS["moons"]()
    app = chosen(app)
    assert own(app) == before
    assert trained(app)


# The link


def test_a_link_asks_for_its_data_and_then_its_settings_apply(open_page: Open) -> None:
    sent = shared_link(WAGES, left_out=(1,), targets="above 0")
    app = open_page(sent)
    assert "are in no link" in app.info[0].value
    assert not tables(app)
    assert shown(app) == sent
    app = pasted(app, WAGES)
    assert shown(app) == sent
    assert trained(app)
    assert not app.warning


def test_other_values_in_the_same_columns_are_said(open_page: Open) -> None:
    sent = shared_link(WAGES, left_out=(1,))
    app = pasted(open_page(sent), OTHER)
    assert "the values are not\\: expect other results" in app.warning[0].value
    assert own(app).left_out == (1,)
    assert own(app).digest != sent.dataset.digest  # type: ignore[attr-defined]
    assert trained(app)


def test_other_columns_are_said_and_chosen_anew(open_page: Open) -> None:
    app = pasted(open_page(shared_link(WAGES, left_out=(1,))), EXAMPLE)
    assert "The columns are not those that the comparison was made with" in app.warning[0].value
    assert (own(app).task, own(app).left_out) == (CLASSIFICATION, (0,))
    assert trained(app)


def test_a_comparison_on_other_data_offers_those_that_are_open(open_page: Open) -> None:
    app = pasted(open_page(), WAGES)
    app.session_state.bench = replace(app.session_state.bench, document=shared_link(EXAMPLE))
    app = quiet(app.run())
    assert "are in no link" in app.info[0].value
    app = press(app, "Use the data that are open")
    assert own(app) == suggested(read(WAGES.encode()))
    assert trained(app)


def test_neither_link_nor_file_holds_anything_of_the_data(open_page: Open) -> None:
    app = pasted(open_page(), WAGES)
    text = shown(app).to_json()
    assert not any(word in text for word in ("city", "wage", "Rome", "pasted"))
    assert link.read(str(link.encode(shown(app))), Experiment) == shown(app)


# Nobody else's


def test_the_job_is_the_sessions_own(open_page: Open) -> None:
    """The same data in two sessions are trained twice, and the server keeps neither."""
    first, second = (pasted(open_page(), WAGES) for _ in range(2))
    assert shown(first) == shown(second)
    one, other = (app.session_state.followed.jobs[0] for app in (first, second))
    assert one.document == other.document
    assert not {*one._trainings} & {*other._trainings}
    assert not any('"kind":"own"' in key for key in jobs.shared_jobs()._shared.trainings)


def test_a_run_on_own_data_is_trained_once(open_page: Open) -> None:
    app = pasted(open_page(), WAGES)
    before = app.session_state.followed.jobs[0]._trainings
    press(app, "Add run")
    after = app.session_state.followed.jobs[0]._trainings
    assert after[: len(before)] == before
    assert trained(app)


def test_hostile_text_is_shown_as_it_is(open_page: Open) -> None:
    head = "$x^2$,**b** [l](javascript:1),<b>y</b>"
    lines = "\n".join(f"{i},{i * i % 7},{('`u`', ':red[v]')[i % 2]}" for i in range(30))
    app = pasted(open_page(), f"{head}\n{lines}\n")
    assert trained(app)
    said = next(caption.value for caption in app.sidebar.caption if "Target" in caption.value)
    assert r"\<b\>y\</b\>" in said or r"\<b\>y\</b" in said
    assert "<b>" not in said.replace(r"\<b\>", "")
    app = pasted(press(app, "Other data"), "a,b\n1,2\n**x**,`3`,4\n")
    assert "line 3" in app.error[0].value


# How a file is read

NUMBERED = "".join(f"{5 + i % 4}.{i % 10},{('?', 'x', 'z')[i % 3]},{('setosa', 'virginica')[i % 2]}\n" for i in range(40))


def unfolded(app: AppTest) -> AppTest:
    """Open how the file was read: what is in it is drawn only then."""
    app.session_state["own_reading"] = True
    return quiet(app.run())


def test_guesses_are_shown_and_can_be_changed_where_they_are(open_page: Open) -> None:
    app = unfolded(pasted(open_page(), NUMBERED))
    assert app.session_state.own_data.sheet.names() == ("column 1", "column 2", "column 3")
    assert any("The first row was taken for values" in caption.value for caption in app.sidebar.caption)
    assert app.selectbox(key="own_first_row").value == "values"
    app = quiet(app.selectbox(key="own_first_row").select("names").run())
    assert app.session_state.own_data.sheet.names() == ("5.0", "?", "setosa")
    assert own(app).first_row == "names"
    assert trained(app)
    app = quiet(app.selectbox(key="own_first_row").select("values").run())
    assert own(app).first_row == "values"
    absent = next(widget for widget in app.multiselect if widget.key.startswith("own_absent"))
    app = quiet(absent.set_value([1]).run())
    assert own(app).absent == (1,)
    assert app.session_state.own_data.encoded.table.features[-1] == "column 2 = (missing)"


def test_lines_above_a_table_and_rows_of_names_are_chosen_where_they_are_said(open_page: Open) -> None:
    rows = "".join(f"{20 + i % 7}.{i % 10},{i * 7 % 11},{'uv'[i % 2]}\n" for i in range(30))
    app = unfolded(pasted(open_page(), f"Report of May\na,b,y\nmm,kg,kind\n{rows}"))
    assert app.session_state.own_data.sheet.names() == ("a mm", "b kg", "y kind")
    said = " ".join(caption.value for caption in app.sidebar.caption)
    assert "The table begins in line 2" in said
    assert "such as 'y kind'" in said
    app = quiet(app.selectbox(key="own_above").select("2").run())
    assert app.session_state.own_data.sheet.names() == ("mm", "kg", "kind")
    assert own(app).above == "2"
    assert trained(app)


def test_an_encoding_is_chosen_by_what_the_names_are_in_it(open_page: Open) -> None:
    text = "имя,возраст,город\n" + "".join(f"Н{i},{20 + i * 7 % 30},{('Москва', 'Казань')[i % 2]}\n" for i in range(30))
    app = chosen(open_page(replace(ASKING, dataset=DATASETS["moons"](rows=60))))
    app.file_uploader(key="own_file").upload("russian.csv", text.encode("cp1251"), "text/csv")
    app = unfolded(quiet(app.run()))
    encoding = app.selectbox(key="own_encoding")
    assert "Windows-1251 (Cyrillic): имя,возраст,город" in encoding.options
    assert any(option.startswith("KOI8-R (Cyrillic): ХЛЪ") for option in encoding.options)
    app = quiet(encoding.select("cp866").run())
    assert app.session_state.own_data.sheet.names()[0] != "имя"
    assert own(app).encoding == "cp866"
    app = quiet(app.selectbox(key="own_encoding").select("cp1251").run())
    assert app.session_state.own_data.sheet.names() == ("имя", "возраст", "город")
    assert trained(app)


def test_a_file_that_cannot_be_read_as_chosen_stays_as_it_is(open_page: Open) -> None:
    app = unfolded(pasted(open_page(), WAGES))
    before = own(app)
    app = quiet(app.selectbox(key="own_delimiter").select("|").run())
    assert "The file cannot be read so\\: it has a single column" in app.warning[0].value
    assert own(app) == before
    assert trained(app)


def test_choices_of_reading_come_back_with_the_file(open_page: Open) -> None:
    """After a reload, and beside a link."""
    sheet = read(NUMBERED.encode(), Own(first_row="names"))
    sent = fit_to(ASKING, suggested(sheet))
    app = pasted(open_page(sent), NUMBERED)
    assert shown(app) == sent
    assert trained(app)
    assert not app.warning

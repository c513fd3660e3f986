"""What a press of a button does about own data that were refused, or of which the diagnosis remarks something."""

from __future__ import annotations

import pytest

from core.datasets.own import DROP
from core.diagnosis import Finding, Shared
from core.tasks import REGRESSION
from core.words import Said
from pages.ui.workbench import diagnosis_view
from tests.pages.test_own_data_page import WAGES, Open, open_page, own, pasted, press, quiet, shown, trained

__all__ = ["open_page"]


TWICE = "a,a\n" + "".join(f"{'am'[i % 2]},{i % 5 + 0.5}\n" for i in range(12))


def test_a_file_that_is_refused_is_read_in_another_way_on_the_spot(open_page: Open) -> None:
    app = pasted(open_page(), TWICE)
    assert "have the same name, 'a'" in app.error[0].value
    assert app.code[0].value == "a,a\na,0.5\nm,1.5\na,2.5"
    quiet(app.selectbox(key="own_unread_delimiter").select(";").run())
    assert "a single column" in app.error[0].value
    quiet(app.selectbox(key="own_unread_delimiter").select("guess").run())
    quiet(app.selectbox(key="own_unread_first_row").select("values").run())
    assert "cannot be used like this" in app.error[0].value  # it is read, and now a column is to be used in another way
    assert own(app).first_row == "values"
    assert "own_unread" not in app.session_state
    assert "13 rows, 2 columns" in " ".join(caption.value for caption in app.caption)


def test_a_table_below_a_title_that_nothing_tells_is_read_on_the_spot(open_page: Open) -> None:
    app = pasted(open_page(), "Measured\n" + "".join(f"{i % 5}.5,{i * 7 % 11}\n" for i in range(30)))
    assert "a single column, 'Measured'" in app.error[0].value
    quiet(app.selectbox(key="own_unread_above").select("1").run())
    assert own(app).above == "1"
    assert not app.error


def test_what_no_way_of_reading_makes_a_table_offers_none(open_page: Open) -> None:
    app = pasted(open_page(), '{"a": [1, 2]}')
    assert "looks like JSON" in app.error[0].value
    assert not app.code
    assert "own_unread" not in app.session_state


def test_another_file_takes_the_place_of_the_refused_one(open_page: Open) -> None:
    app = pasted(pasted(open_page(), TWICE), WAGES)
    assert "own_unread" not in app.session_state
    assert own(app).task == REGRESSION


def test_rows_of_a_small_class_are_left_out_at_the_press_of_a_button(open_page: Open) -> None:
    app = pasted(open_page(), "a,b,y\n" + "".join(f"{i},{i % 5},{'uv'[i % 2]}\n" for i in range(20)) + "3,4,w\n")
    assert "class 'w'" in app.error[0].value
    press(app, "Leave out the 1 row of such classes")
    assert not app.error
    assert own(app).small_classes == DROP


LEAK = "a,b,status,y\n" + "".join(f"{i * 37 % 101},{i * 53 % 97},{i * 71 % 103 + 0.25},{i * 71 % 103}.{i % 10}\n" for i in range(200))


def test_a_leak_is_left_out_at_the_press_of_a_button(open_page: Open) -> None:
    app = pasted(open_page(), LEAK)
    assert trained(app)
    press(app, "Try without “status”")
    assert own(app).left_out == (2,)
    assert not [button for button in app.button if button.label.startswith("Try without")]


def test_another_split_is_one_press_away(monkeypatch: pytest.MonkeyPatch, open_page: Open) -> None:
    lucky = Finding("lucky_split", Said("Lucky."), "note", shared=Shared(Said("split seed {seed}", seed=1), split_seed=1))
    monkeypatch.setattr(diagnosis_view, "diagnose", lambda *arguments: (lucky,))
    app = press(pasted(open_page(), WAGES), "Try split seed 1")
    assert shown(app).split_seed == 1

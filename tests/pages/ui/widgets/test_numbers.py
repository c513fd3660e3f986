"""What the widget of a number offers."""

from __future__ import annotations

import pytest

from core.parameters import Number
from pages.ui.widgets.controls import stops
from tests.views import opened


@pytest.mark.parametrize(
    ("declared", "value", "offered"),
    [
        ((1, 10, 100), 30, [1, 10, 30, 100]),
        ((100, 10, 1), 30, [100, 30, 10, 1]),
        ((0, 10, 100), 30, [0, 10, 30, 100]),
        ((10, 100, 0), 100, [10, 100, 0]),
        ((0.1, 0.01), 0.5, [0.5, 0.1, 0.01]),
    ],
)
def test_a_value_that_is_no_stop_takes_its_place_in_the_declared_order(declared: tuple[float, ...], value: float, offered: list[float]) -> None:
    assert stops(Number(stops=declared), value) == offered


def limited() -> None:
    from dataclasses import dataclass

    from core.parameters import Document, integer
    from pages.ui.session.screen import Screen
    from pages.ui.widgets import controls

    @dataclass(frozen=True)
    class Shown(Document):
        noun = "what is shown"
        version = 1
        update: int = integer(60, 1, 5000, hard="[1, 5000]", doc="An update.")

    screen = Screen("state", Shown, "v", Shown, ("here",))
    screen.open()
    controls.field(screen.at(), "update", most=40)


def test_a_number_above_the_most_that_is_offered_is_shown_as_the_most_and_kept() -> None:
    app = opened(limited)
    slider = app.slider(key="here.update")
    assert (slider.min, slider.max, slider.value) == (1, 40, 40)
    assert app.session_state["state"].update == 60
    slider.set_value(30).run()
    assert app.session_state["state"].update == 30

"""Every kind of parameter has a widget; what a person does with it is in the document and in the address, and a document is shown as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.losses import LOSSES, Loss
from core.parameters import Number, boolean, choice, choices, component, integer, real, text, vector
from core.views import View
from pages.ui.session import link
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import controls
from tests.views import change, checked


@dataclass(frozen=True)
class Everything(View):
    """A field of each kind, and of each shape that a kind can have."""

    slider: float = real(0.5, 0.0, 1.0, hard="[0, 2]", symbol=r"\eta", doc="A number.")
    whole: int = integer(3, 1, 9, hard="[1, 9]", pattern="{:g}%", doc="A whole number.")
    log: float = real(0.1, 0.001, 10.0, log=True, hard="(0, 100]", doc="A number of any size.")
    stops: int = integer(20, 10, 100, hard="[0, 1000]", stops=(10, 20, 50, 0), zero="all", doc="One of a few.")
    shares: float = real(0.1, 0.0, 1.0, hard="[0, 1]", stops=(0.1, 0.5), pattern="{:.0%}", doc="One of a few.")
    typed: int = integer(5, 0, 50, hard="[0, 50]", doc="A number to type.")
    switch: bool = boolean(False, doc="On or off.")
    chosen: str = choice("a", {"a": "First", "b": "Second"}, doc="One of two.")
    menu: str = choice("a", ("a", "b"), doc="One of two.")
    pills: tuple[str, ...] = choices((), {"a": "First", "b": "Second"}, doc="Any of two.")
    tags: tuple[str, ...] = choices(("a",), ("a", "b", "c"), longest=2, doc="Two of three.")
    name: str = text("", doc="A name.")
    numbers: tuple[float, ...] = vector((1.0,), 0, 1, hard="[0, 9]", longest=3, doc="A few numbers.")
    loss: Loss = component(LOSSES, LOSSES["huber"](), doc="A loss.")
    losses: str = choice("x", ("x",), doc="Not drawn.")
    epoch: int = integer(-1, 0, 9, hard="[-1, 9]", doc="An epoch.")
    folded_out: tuple[str, ...] = choices((), ("more", "less"), doc="What is folded out.")


Everything.kind = "everything"
SCREEN = ViewScreen(Everything)
SHAPES: dict[str, controls.Shape] = {"shares": "segments", "typed": "typed", "menu": "menu", "tags": "menu"}


def page() -> None:
    import streamlit as st

    from pages.ui.widgets import controls
    from pages.ui.widgets.pieces import begin
    from tests.pages.ui.widgets.test_controls import SCREEN, SHAPES

    begin(SCREEN)
    for name in SCREEN.kind.parameters():
        if name not in ("losses", "epoch", "folded_out"):
            controls.field(SCREEN.at(), name, shape=SHAPES.get(name, ""))
    st.session_state.epoch = controls.offered(SCREEN.at("epoch"), [0, 3, 7], "Epoch", otherwise=7, made=lambda chosen: -1 if chosen == 7 else chosen)
    for name in ("more", "less"):
        if controls.folded(SCREEN.at("folded_out"), name, st.popover, name):
            st.text(f"{name} is open")


def opened(document: Everything | None = None) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    if document is not None:
        app.query_params["v"] = link.encode(document)
    return checked(app.run())


def shown(app: AppTest) -> Everything:
    """Return the document on the screen, which is the one in the address."""
    text = app.query_params["v"]
    document: Everything = app.session_state[SCREEN.key]
    assert link.read(text if isinstance(text, str) else text[0], Everything) == document
    return document


CHANGES: dict[str, tuple[Any, Any]] = {
    "slider": (0.7, 0.7),
    "whole": (7, 7),
    "log": (0.3, 0.3),
    "stops": (0, 0),
    "shares": (0.5, 0.5),
    "typed": (9, 9),
    "switch": (True, True),
    "chosen": ("b", "b"),
    "menu": ("b", "b"),
    "pills": (["a", "b"], ("a", "b")),
    "tags": (["c"], ("c",)),
    "name": ("me", "me"),
    "numbers": ("2, 3", (2.0, 3.0)),
    "epoch": (3, 3),
    "loss.kind": ("tukey", LOSSES["tukey"]()),
    "loss.delta": (2.0, LOSSES["huber"](delta=2.0)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_in_the_document_and_in_the_address(name: str) -> None:
    to, value = CHANGES[name]
    app = change(opened(), f"everything.{name}", to)
    assert shown(app) == replace(Everything(), **{name.partition(".")[0]: value})


def test_a_document_is_shown_as_it_is() -> None:
    document = Everything(**{name: value for name, (_, value) in CHANGES.items() if "." not in name})
    app = opened(replace(document, stops=30, log=0.07))
    assert shown(app).stops == 30
    assert app.select_slider(key="everything.stops").options == ["10", "20", "30", "50", "all"]
    assert app.select_slider(key="everything.log").value == 0.07
    assert app.slider(key="everything.whole").proto.format == "%d%%"
    assert app.multiselect(key="everything.tags").value == ["c"]
    assert app.text_input(key="everything.numbers").value == "2, 3"
    assert app.selectbox(key="everything.menu").value == "b"
    assert app.session_state["epoch"] == 3


def test_a_refused_value_is_said_and_changes_nothing() -> None:
    app = opened()
    app.text_input(key="everything.numbers").set_value("many").run()
    assert "numbers are numbers parted by commas" in app.warning[0].value
    app.text_input(key="everything.numbers").set_value("99").run()
    assert "numbers" in app.warning[0].value
    assert shown(app) == Everything()
    assert app.text_input(key="everything.numbers").value == "1", "the widget shows the document again"


def test_what_is_folded_out_is_carried() -> None:
    app = opened(Everything(folded_out=("less",)))
    assert [text.value for text in app.text] == ["less is open"]


def test_an_epoch_that_is_not_offered_counts_as_another() -> None:
    app = opened(Everything(epoch=5))
    assert app.session_state["epoch"] == 7
    assert shown(change(app, "everything.epoch", 0)).epoch == 0
    assert shown(change(app, "everything.epoch", 7)).epoch == -1


def test_the_stops_of_a_dial_keep_zero_where_it_is_declared() -> None:
    number = Number(stops=(0, 1, 10), hard=Everything.parameters()["slider"].hard)  # type: ignore[attr-defined]
    assert controls.stops(number, 5) == [0, 1, 5, 10]
    assert controls.stops(Number(stops=(1, 10, 0)), 0) == [1, 10, 0]
    assert controls.stops(Number(stops=(1, 10)), 0) == [0, 1, 10]



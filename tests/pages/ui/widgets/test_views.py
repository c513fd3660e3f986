"""The header of a page, and the choice of its view, on a page of two views without a browser."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.experiment import Experiment, default_experiment
from pages.ui.session import state
from tests.views import checked, opened


def two_views() -> None:
    from types import SimpleNamespace

    import streamlit as st

    from core.experiment import default_experiment
    from core.studies.losses.views import Errors, Softmax
    from pages.ui.session.screen import ViewScreen
    from pages.ui.widgets import views

    one = SimpleNamespace(SCREENS=(ViewScreen(Softmax),), HOW_TO_READ="the first", draw=lambda: st.caption("first"))
    two = SimpleNamespace(
        SCREENS=(ViewScreen(Errors),), HOW_TO_READ=["a", "b"], draw=lambda: st.caption("second"), in_workbench=default_experiment,
    )  # fmt: skip
    views.draw("A page", "page", {"one": ("One", one), "two": ("Two", two)})


def explained(app: AppTest) -> list[str]:
    return [each.value for each in app.markdown][1:]


def test_the_header_explains_shares_and_opens_what_can_be_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[Experiment] = []
    monkeypatch.setattr(state, "open_in_workbench", left.append)
    app = opened(two_views)
    assert app.markdown[0].value == "# A page"
    assert explained(app) == ["the first"]
    assert [block.proto.popover.label for block in app.get("popover")] == ["How to read this", "Share"]
    assert not app.button
    app = checked(app.button_group(key="page_view").set_value("two").run())
    assert explained(app) == ["- a\n- b"]
    checked(app.button(key="page_open").click().run())
    assert left == [default_experiment()]


@pytest.mark.parametrize("by_menu", [True, False])
def test_segments_and_menu_choose_the_same(by_menu: bool) -> None:
    app = opened(two_views)
    chosen = app.selectbox(key="page_view_menu") if by_menu else app.button_group(key="page_view")
    app = checked(chosen.set_value("two").run())
    assert app.caption[0].value == "second"
    assert (app.selectbox(key="page_view_menu").value, app.button_group(key="page_view").value) == ("two", "two")
    app = checked(app.selectbox(key="page_view_menu").set_value("one").run())
    assert app.caption[0].value == "first"
    assert app.button_group(key="page_view").value == "one"

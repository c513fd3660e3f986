"""The pieces that every view is made of, each alone on a page without a browser."""

from __future__ import annotations

import pytest

from core.experiment import Experiment, default_experiment
from pages.ui.session import state
from pages.ui.widgets import pieces
from pages.ui.widgets.text import plain
from tests.views import checked, opened


def explained() -> None:
    from pages.ui.widgets import pieces

    pieces.how_to_read("**Dots** are rows.")


def explained_as_it_is() -> None:
    from pages.ui.widgets import pieces

    pieces.how_to_read(lambda: ["one", "two"])


def test_how_to_read_is_a_popover_of_markdown() -> None:
    app = opened(explained)
    (popover,) = (block.proto.popover for block in app.get("popover"))
    assert (popover.label, popover.icon) == ("How to read this", pieces.HELP_ICON)
    assert [each.value for each in app.markdown] == ["**Dots** are rows."]


def test_what_explains_the_screen_is_asked_at_the_opening() -> None:
    app = opened(explained_as_it_is)
    assert not app.markdown
    app.session_state["how_to_read"] = True
    assert [each.value for each in checked(app.run()).markdown] == ["- one\n- two"]


def a_sentence() -> None:
    from core.words import Figure, Said
    from pages.ui.widgets import pieces

    pieces.takeaway(Said("At {place} *{loss}* pulls with {force}.", place=Figure(-3.0, "g"), loss="L-1", force=Figure(2.5, "g")))


def test_a_takeaway_is_text_with_a_true_minus() -> None:
    (shown,) = opened(a_sentence).markdown
    assert shown.value == plain("At −3 *L-1* pulls with 2.5.")


def two_ways_out() -> None:
    import streamlit as st

    from core.experiment import default_experiment
    from pages.ui.widgets import pieces

    pieces.open_in_workbench("Open in the workbench", default_experiment(), "whole", "What is opened.")
    pieces.open_in_workbench("Compare", lambda: st.session_state.setdefault("was_made", default_experiment()), "made", emphasis="primary")


def test_open_in_workbench_leaves_with_the_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[Experiment] = []
    monkeypatch.setattr(state, "open_in_workbench", left.append)
    app = opened(two_ways_out)
    button = app.button(key="whole")
    assert (button.label, button.proto.icon, button.help) == ("Open in the workbench", pieces.WORKBENCH_ICON, "What is opened.")
    checked(button.click().run())
    assert left == [default_experiment()]
    assert "was_made" not in app.session_state
    checked(app.button(key="made").click().run())
    assert left == [default_experiment()] * 2
    assert "was_made" in app.session_state


def test_a_table_is_markdown_with_its_columns_aligned() -> None:
    table = pieces.markdown_table(["Path", "MSE"], [["Batch", "0.25"], ["Stochastic", "–"]], "lr")
    assert table.splitlines() == ["| Path | MSE |", "| :-- | --: |", "| Batch | 0.25 |", "| Stochastic | – |"]


@pytest.mark.parametrize(
    ("text", "cell"),
    [("a|b", r"a\|b"), (r"a\|b", r"a\|b"), (plain("a|b"), r"a\|b"), (plain(r"a\|b"), r"a\\\|b"), ("a\nb", "a b"), (r"$\lambda|w|$", r"$\lambda\|w\|$")],
)
def test_no_text_leaves_its_cell(text: str, cell: str) -> None:
    assert pieces.markdown_table(["x"], [[text]], "l").splitlines()[2:] == [f"| {cell} |"]


@pytest.mark.parametrize(("row", "aligns"), [(["only one"], "lr"), (["one", "two"], "l")])
def test_a_row_of_another_length_is_refused(row: list[str], aligns: str) -> None:
    with pytest.raises(ValueError, match="2 cells"):
        pieces.markdown_table(["a", "b"], [row], aligns)

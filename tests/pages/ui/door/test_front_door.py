"""Every page is drawn by `streamlit_app.py`, by its address."""

from __future__ import annotations

from pathlib import Path

import pytest

from pages.ui.charts.theme import PAGE_CSS
from pages.ui.training import follow
from tests.views import by_address


@pytest.mark.parametrize(
    ("address", "title"),
    [("", "Workbench"), ("losses", "Losses"), ("optimizers", "Descent"), ("imbalance", "Imbalance"), ("regularization", "Regularization")],
)
def test_a_page_is_drawn_through_the_front_door(address: str, title: str, root: Path, in_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The front door writes the style sheet of every page; a page's file alone does not."""
    monkeypatch.setattr(follow, "GRACE_SECONDS", 0)  # the page is looked at before anything is trained
    app = by_address(root, address).run()
    assert not app.exception
    assert any(PAGE_CSS in element.proto.body for element in app.get("html"))
    assert any(element.value.startswith(f"#### {title}") for element in app.markdown)

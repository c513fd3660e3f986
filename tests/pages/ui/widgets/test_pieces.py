"""The pieces that every view is made of, each alone on a page without a browser."""

from __future__ import annotations

from pages.ui.widgets import pieces
from tests.views import opened


def explained() -> None:
    from pages.ui.widgets import pieces

    pieces.how_to_read("**Dots** are rows.")
    pieces.how_to_read(["one", "two"], icon=None)


def test_how_to_read_is_a_popover_of_markdown() -> None:
    app = opened(explained)
    popovers = [block.proto.popover for block in app.get("popover")]
    assert [(each.label, each.icon) for each in popovers] == [("How to read this", pieces.HELP_ICON), ("How to read this", "")]
    assert [each.value for each in app.markdown] == ["**Dots** are rows.", "- one\n- two"]

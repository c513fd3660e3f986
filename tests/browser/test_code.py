"""The popover "Code" in a browser: in the colours of the page's theme, though it lies beside the page, on a phone too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from playwright.sync_api import Page, expect

from core.experiment import digits_experiment
from core.inspection import views
from core.models import MODELS
from pages.ui.charts.theme import CHOSEN, FOOTNOTE
from pages.ui.session import link
from pages.ui.session.address import EXPERIMENT, STATE
from tests.browser.conftest import until

SHORT = replace(digits_experiment(), model=MODELS["linear"](), epochs=2)
CODE = link.encode(views.Workbench(folded_out=("code",)))


def rgb(color: str) -> str:
    """Return a colour as a browser computes it."""
    return f"rgb({', '.join(str(int(color[i : i + 2], 16)) for i in (1, 3, 5))})"


def colours(page: Page) -> list[str]:
    """Return the colours of the popover's caption and of its chosen segment."""
    body = page.get_by_test_id("stPopoverBody")
    places = body.get_by_test_id("stCaptionContainer").first, body.locator('[data-testid="stButtonGroup"] [data-selected="true"] p').first
    return [place.evaluate("element => getComputedStyle(element).color") for place in places]


def test_the_popover_has_the_colours_of_the_theme(server: Any, new_page: Callable[..., Page], wait_idle: Callable[..., None]) -> None:
    page = new_page(scheme="dark", width=390, height=844)
    page.goto(f"{server.url}/?{EXPERIMENT}={link.encode(SHORT)}&{STATE}={CODE}")
    wait_idle(page)
    body = page.get_by_test_id("stPopoverBody")
    expect(body.get_by_test_id("stCode")).to_contain_text("a run of Lossbench in PyTorch")
    until(page, lambda: colours(page) == [rgb(FOOTNOTE[True]), rgb(CHOSEN[True])], "words that are light on the dark popover")
    assert body.evaluate("element => element.scrollWidth <= element.clientWidth"), "nothing of it is beside the screen"
    page.emulate_media(color_scheme="light")
    until(page, lambda: colours(page) == [rgb(FOOTNOTE[False]), rgb(CHOSEN[False])], "words that are dark on the light popover")

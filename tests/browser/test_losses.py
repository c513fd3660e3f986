"""The Losses page as a person uses it: every view, dials that move charts, and the way into the workbench."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import changed, walk

Idle = Callable[..., None]

#: a dial of each view, which changes its first chart
VIEWS = {"curves": "Huber: δ", "softmax": "Score of A", "pulls": "Outliers", "errors": "Slope"}


def test_a_dial_moves_the_chart_of_each_view_and_cards_lead_into_the_workbench(dark_page: Page, server: Any, wait_idle: Idle) -> None:
    """With nothing on the console: the fixture of the page fails on any complaint."""
    page = dark_page
    for view in walk(page, f"{server.url}/losses", VIEWS):
        wait_idle(page)
        chart = page.locator("[data-testid=stVegaLiteChart]").first
        chart.locator(".marks").wait_for()
        before = chart.screenshot()
        page.locator("[data-testid=stSlider]").filter(has_text=VIEWS[view]).get_by_role("slider").first.press("ArrowRight")
        changed(page, chart, before)
    page.emulate_media(color_scheme="light")
    page.goto(f"{server.url}/losses?view=properties&loss=poisson")
    wait_idle(page)
    expect(page.get_by_role("heading", name="Poisson")).to_be_visible()
    page.get_by_role("button", name="Open in the workbench").first.click()
    page.wait_for_url("**e=1**")
    page.locator(".st-key-loss_curves .marks").wait_for()
    expect(page.get_by_text("A Poisson").first).to_be_visible()

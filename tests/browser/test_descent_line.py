"""The views "Batch size" and "Learning rate" in a browser: three panels play together without the server, presets, narrow screens, both themes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import changed, rests, until

Idle = Callable[..., None]
CHART = ".st-key-descent_line_chart"


def opened(page: Page, server: Any, wait_idle: Idle, view: str, chart: str) -> Page:
    page.goto(f"{server.url}/optimizers?view={view}")
    page.locator(f"{chart} canvas").first.wait_for()
    wait_idle(page)
    return page


def slide(page: Page, value: int) -> None:
    page.locator(f"{CHART} input[type=range]").evaluate(
        "(input, value) => {input.value = value; input.dispatchEvent(new Event('input', {bubbles: true}));}", str(value)
    )


def test_the_panels_play_without_the_server(page: Page, server: Any, wait_idle: Idle) -> None:
    sent: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(data)))
    opened(page, server, wait_idle, "line", CHART)
    count = rests(page, lambda: len(sent), seconds=0.5)
    chart = page.locator(f"{CHART} canvas")
    expect(page.locator(f"{CHART} input[type=range]")).to_have_value("0")  # the story asks first
    start = rests(page, chart.screenshot)
    slide(page, 100)
    end = changed(page, chart, start)
    slide(page, 3)
    changed(page, chart, end)
    page.locator(f"{CHART} .vega-bind").first.locator("label").click()
    until(page, lambda: int(page.locator(f"{CHART} input[type=range]").input_value()) > 20, "a step that is played")
    assert len(sent) == count
    fits_and_is_changed_by_a_dial(page, wait_idle)


def fits_and_is_changed_by_a_dial(page: Page, wait_idle: Idle) -> None:
    """See that the chart fits its column, and press a preset."""
    width = page.evaluate("innerWidth")
    box = page.locator(f"{CHART} canvas").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["height"] > (800 if width < 600 else 300)  # three panels one above the other, or side by side
    before = page.locator(f"{CHART} canvas").screenshot()
    page.get_by_role("button", name="Published example").click()
    wait_idle(page)
    changed(page, page.locator(f"{CHART} canvas"), before)
    page.get_by_text("Published: bias 2.094955957").wait_for()


def test_the_parts_of_the_learning_rate(dark_page: Page, server: Any, wait_idle: Idle) -> None:
    page = opened(dark_page, server, wait_idle, "rates", ".st-key-descent_rates_chart_steps")
    page.get_by_text("Rate and momentum").click()
    page.locator(".st-key-descent_rates_chart_map canvas").wait_for()
    wait_idle(page)
    canvas = page.locator(".st-key-descent_rates_chart_map canvas").bounding_box()
    assert canvas is not None
    page.mouse.move(canvas["x"] + canvas["width"] * 0.4, canvas["y"] + canvas["height"] * 0.6)
    page.locator("#vg-tooltip-element.visible", has_text="factor a step").wait_for()
    page.get_by_text("Schedules", exact=True).click()
    page.locator(".st-key-descent_rates_chart_cloud canvas").wait_for()

"""Every page on a phone: one tab of 390 x 844 opens one after the other, and each fits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import test_descent, test_descent_line, test_samples, test_workbench
from tests.browser.conftest import fits, rests

Idle = Callable[..., None]


def test_every_page_fits_a_phone(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    page = new_page(width=390, height=844)
    workbench(page, server.url, wait_idle)
    samples(page, server.url, wait_idle)
    descent(page, server.url, wait_idle)
    line_fit(page, server, wait_idle)
    balls(page, server.url, wait_idle)


def workbench(page: Page, url: str, wait_idle: Idle) -> None:
    test_workbench.opened(page, url, wait_idle)
    box = page.locator(test_workbench.CURVES).bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 640, "the first chart stands on the first screen, and below it the chips"
    chips, loss = page.locator(".st-key-chips"), page.get_by_role("combobox", name="Loss")
    after = chips.bounding_box()
    assert after is not None
    assert box["y"] + box["height"] <= after["y"] < 700
    fits(page)
    length = page.locator("[data-testid=stMain]").evaluate("e => e.scrollHeight")
    assert length < 3000, "what changes a run is folded away, and charts stand in rows that a finger moves"
    table(page)
    expect(loss).to_be_hidden()
    page.get_by_text("Settings", exact=True).click()
    loss.click()
    entry = page.get_by_role("option", name="Cross-entropy (", exact=False).first
    assert entry.evaluate("e => e.firstElementChild.scrollWidth <= e.firstElementChild.clientWidth"), "an entry of a menu is whole"
    place = entry.bounding_box()
    assert place is not None
    assert 0 <= place["x"] < place["x"] + place["width"] <= 390
    page.keyboard.press("Escape")
    page.get_by_role("slider", name="Learning rate").scroll_into_view_if_needed()
    stage = rests(page, page.locator(".st-key-stage").bounding_box)
    assert 0 <= stage["y"] < 200, "the curves stay in sight while a dial is moved"
    page.get_by_text("Settings", exact=True).click()


def table(page: Page) -> None:
    """The table of results is scrolled while the letters of the runs stay, and a title that has the focus says its help in full."""
    letter, last = page.locator(".results tbody th").last, page.locator(".results thead abbr").last
    letter.scroll_into_view_if_needed()
    before = letter.bounding_box()
    rest = page.locator(".results > div").last
    rest.evaluate("e => e.scrollTo(1000, 0)")
    assert rest.evaluate("e => e.scrollLeft") > 0
    assert before is not None
    after = letter.bounding_box()
    assert after is not None
    assert after["x"] == before["x"]
    assert page.evaluate("([x, y]) => document.elementFromPoint(x, y).textContent", [after["x"] + 5, after["y"] + 5]).strip() == "C", "nothing shines through"
    last.focus()
    shown = last.evaluate("e => [getComputedStyle(e, '::after').content, e.title, parseFloat(getComputedStyle(e, '::after').width)]")
    assert shown[0] == f'"{shown[1]}"'
    assert 200 < shown[2] < 390


def samples(page: Page, url: str, wait_idle: Idle) -> None:
    """Three pictures stand side by side."""
    test_samples.samples_of(page, url, wait_idle)
    boxes = page.locator(".samples figure table").evaluate_all("all => all.slice(0, 4).map(e => e.getBoundingClientRect()).map(e => [e.left, e.right])")
    assert boxes[3][0] == boxes[0][0], "the fourth begins a line"
    assert boxes[0][1] <= boxes[1][0]
    assert boxes[1][1] <= boxes[2][0]
    fits(page)


def descent(page: Page, url: str, wait_idle: Idle) -> None:
    test_descent.opened(page, f"{url}/optimizers", wait_idle)
    box = test_descent.canvas(page)
    assert box["y"] < 844, "the map begins on the first screen"
    assert box["height"] > 1.3 * box["width"], "the curves stand below the map"
    fits(page)


def line_fit(page: Page, server: Any, wait_idle: Idle) -> None:
    """The panels stand one above the other, and follow a dial."""
    test_descent_line.opened(page, server, wait_idle, "line", test_descent_line.CHART)
    test_descent_line.fits_and_is_changed_by_a_dial(page, wait_idle)


def balls(page: Page, url: str, wait_idle: Idle) -> None:
    """A circle is round: both axes have one unit, whatever the width. The scales are read from the view."""
    page.goto(f"{url}/regularization?view=balls")
    page.locator(".st-key-regularization_ball_l2 canvas").wait_for()
    wait_idle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    extent = page.locator(".st-key-regularization_ball_l2 canvas").evaluate(_EXTENT)
    assert extent["width"] == pytest.approx(extent["height"], abs=4 * extent["ratio"])


#: height of the ball's orange outline, and twice the distance from its left end to its top, in pixels of the canvas: at the right stands a mark
_EXTENT = """canvas => {
  const {width, height} = canvas, data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  let left = width, top = height, bottom = 0, peak = [];
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
    const i = 4 * (y * width + x), [r, g, b, a] = data.slice(i, i + 4);
    if (a > 250 && r > 245 && Math.abs(g - 97) < 12 && b < 40 && y > 40) {
      if (y < top) {top = y; peak = [];}
      if (y === top) peak.push(x);
      left = Math.min(left, x); bottom = Math.max(bottom, y);
    }
  }
  const middle = (peak[0] + peak[peak.length - 1]) / 2;
  return {width: 2 * (middle - left), height: bottom - top, ratio: window.devicePixelRatio};
}"""

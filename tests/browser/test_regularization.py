"""The Regularization page in a browser: every view draws, in one theme or the other and on a phone, and leads into the workbench."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import walk

Idle = Callable[..., None]

#: a chart of each view
CHARTS = {"strength": "losses", "remedies": "remedy_0", "balls": "ball_l1", "fit": "fit_curve_0", "decay": "decay_norms"}


def test_every_view_draws(dark_page: Page, server: Any) -> None:
    """With nothing on the console: the fixture of the page fails on any complaint."""
    page = dark_page
    for view in walk(page, f"{server.url}/regularization", CHARTS):
        canvas = page.locator(f".st-key-regularization_{CHARTS[view]} canvas").first
        canvas.wait_for(timeout=120_000)
        box = canvas.bounding_box()
        assert box is not None
        assert box["height"] > 100
        assert box["width"] > 100


def test_a_circle_is_round_on_a_phone(new_page: Callable[..., Page], server: Any, wait_idle: Idle) -> None:
    """Both axes have one unit, whatever the width: the scales are read from the view."""
    page = new_page(width=390, height=844)
    page.goto(f"{server.url}/regularization?view=balls")
    page.locator(".st-key-regularization_ball_l2 canvas").wait_for(timeout=120_000)
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


def test_a_strength_opens_in_the_workbench(page: Page, server: Any, wait_idle: Idle) -> None:
    page.goto(f"{server.url}/regularization")
    page.locator(".st-key-regularization_losses canvas").wait_for(timeout=120_000)
    wait_idle(page)
    page.get_by_role("button", name="Open in the workbench").click()
    page.wait_for_url("**e=1**")
    expect(page.get_by_text("The runs differ in: penalty")).to_be_visible()

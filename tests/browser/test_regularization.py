"""The Regularization page in a browser: every view draws, in one theme or the other, and leads into the workbench."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import walk

Idle = Callable[..., None]

#: a chart of each view
CHARTS = {"strength": "losses", "remedies": "remedy_0", "balls": "ball_l1", "fit": "fit_curve_0", "decay": "decay_norms"}


def test_every_view_draws_and_a_strength_opens_in_the_workbench(dark_page: Page, server: Any, wait_idle: Idle) -> None:
    """With nothing on the console: the fixture of the page fails on any complaint."""
    page = dark_page
    for view in walk(page, f"{server.url}/regularization", CHARTS):
        canvas = page.locator(f".st-key-regularization_{CHARTS[view]} canvas").first
        canvas.wait_for()
        box = canvas.bounding_box()
        assert box is not None
        assert box["height"] > 100
        assert box["width"] > 100
    page.emulate_media(color_scheme="light")
    page.goto(f"{server.url}/regularization")
    page.locator(".st-key-regularization_losses canvas").wait_for()
    wait_idle(page)
    page.get_by_role("button", name="Open in the workbench").click()
    page.wait_for_url("**e=1**")
    expect(page.get_by_text("The runs differ in: penalty")).to_be_visible()

"""The Segmentation page as a person uses it: a slider of updates, a threshold, pictures above the fold of a large screen, and a phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page

from core.studies.segmentation.document import default_segmentation
from core.studies.segmentation.stories import STORIES
from core.studies.segmentation.views import LossesView
from pages.ui.session import link
from pages.ui.session.address import SEGMENTATION, STATE
from tests.browser.conftest import asks_is_played_and_tells, carried, fits, stands, until

Idle = Callable[..., None]
QUICK = replace(default_segmentation(), updates=50, images=32, runs=default_segmentation().runs[2:4])


def errors(page: Page) -> str:
    """Return what the pictures of errors say."""
    return str(page.locator(".masks img[title*=missed]").evaluate_all("all => all.map(e => e.title).join(' ')"))


def test_update_and_threshold_change_what_is_marked(server: Any, page: Page, wait_idle: Idle) -> None:
    page.goto(f"{server.url}/segmentation?{SEGMENTATION}={link.encode(QUICK)}")
    stands(page, wait_idle)
    page.locator(".masks img").first.wait_for()
    trained = errors(page)
    for label, key, reached in (("Update", "Home", lambda state: state.update == 0), ("Threshold", "Home", lambda state: state.threshold == 0.01)):
        before = errors(page)
        slider = page.locator("[data-testid=stMain] [data-testid=stSlider]").filter(has_text=label).get_by_role("slider").first
        slider.focus()
        slider.press(key)
        until(page, lambda reached=reached: reached(carried(page, LossesView, STATE)), f"{label} in the address")
        until(page, lambda before=before: errors(page) != before, f"other marks by {label}")
    assert errors(page) != trained


def test_a_story_is_asked_played_and_told_above_the_fold(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    """From the last but one record on, so that it is over soon."""
    page, told = new_page(width=1280, height=720), STORIES[0]
    before = told.document.recorded[-2]
    page.goto(f"{server.url}/segmentation?{STATE}={link.encode(LossesView(update=before))}&{SEGMENTATION}={link.encode(told.document)}")
    stands(page, wait_idle)
    asks_is_played_and_tells(page, told)
    until(page, lambda: carried(page, LossesView, STATE).update == told.document.updates, "the last update in the address")


@pytest.mark.proof
def test_both_views_fit_a_phone(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    page = new_page(width=390, height=844)
    for view in ("losses", "empty"):
        page.goto(f"{server.url}/segmentation?view={view}&{SEGMENTATION}={link.encode(QUICK)}")
        stands(page, wait_idle)
        page.locator("[data-testid=stMain] canvas").first.wait_for()
        fits(page)

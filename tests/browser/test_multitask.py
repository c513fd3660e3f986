"""The Several tasks page as a person uses it: the Pareto picture answers its menus, the slider goes back, and every view fits a phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page

from core.studies.multitask.document import default_multitask
from core.studies.multitask.stories import STORIES
from core.studies.multitask.views import WeightingsView
from pages.ui.session import link
from pages.ui.session.address import MULTITASK, STATE
from tests.browser.conftest import asks_is_played_and_tells, carried, changed, fits, rests, stands, until

Idle = Callable[..., None]
QUICK = replace(default_multitask(), updates=100, runs=default_multitask().runs[:2])


def test_the_slider_goes_back_to_the_start(server: Any, page: Page, wait_idle: Idle) -> None:
    page.goto(f"{server.url}/multitask?view=weightings&{MULTITASK}={link.encode(QUICK)}")
    stands(page, wait_idle)
    chart = page.locator(".st-key-multitask_curve_left canvas")
    chart.wait_for()
    before = rests(page, chart.screenshot)
    slider = page.locator("[data-testid=stMain] [data-testid=stSlider]").filter(has_text="Update").get_by_role("slider").first
    slider.focus()
    slider.press("Home")
    until(page, lambda: carried(page, WeightingsView, STATE).update == 0, "the first update in the address")
    changed(page, chart, before)


def test_a_story_is_asked_played_and_told_above_the_fold(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    """From the last but one record on, so that it is over soon."""
    page, told = new_page(width=1280, height=720), STORIES[0]
    before = told.document.recorded[-2]
    page.goto(f"{server.url}/multitask?view=weightings&{STATE}={link.encode(WeightingsView(update=before))}&{MULTITASK}={link.encode(told.document)}")
    stands(page, wait_idle)
    asks_is_played_and_tells(page, told)
    until(page, lambda: carried(page, WeightingsView, STATE).update == told.document.updates, "the last update in the address")


@pytest.mark.proof
def test_every_view_fits_a_phone(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    page = new_page(width=390, height=844)
    for view, there in (("pareto", "canvas"), ("weightings", "canvas"), ("forms", ".katex")):
        page.goto(f"{server.url}/multitask?view={view}&{MULTITASK}={link.encode(QUICK)}")
        stands(page, wait_idle)
        page.locator(f"[data-testid=stMain] {there}").first.wait_for()
        fits(page)

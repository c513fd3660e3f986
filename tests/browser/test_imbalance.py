"""The Imbalance page as a person uses it: one slider moves every matrix, and another imbalance draws everything anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import changed

Idle = Callable[..., None]

MATRICES = [f".st-key-imbalance_confusion_{mark}" for mark in "ABCDE"]


def slider(page: Page, label: str) -> Locator:
    return page.locator("[data-testid=stSlider]").filter(has_text=label).get_by_role("slider").first


def opened(page: Page, url: str, wait_idle: Idle) -> Page:
    page.goto(f"{url}/imbalance")
    page.locator(".st-key-imbalance_confusion_F .marks").wait_for()
    wait_idle(page)
    return page


def test_the_threshold_moves_every_matrix_without_a_full_rerun_and_another_imbalance_draws_anew(dark_page: Page, server: Any, wait_idle: Idle) -> None:
    """A run of the whole page would write the address; what is removed from it by hand stays away. The other imbalance is carried by the address."""
    page = opened(dark_page, server.url, wait_idle)
    page.evaluate("history.replaceState(null, '', '/imbalance')")
    before = {matrix: page.locator(matrix).screenshot() for matrix in MATRICES}
    moved_threshold = page.locator(".st-key-imbalance_confusion_F").screenshot()
    said = page.get_by_text("of the rare class (plain:").inner_text()
    for _ in range(20):
        slider(page, "Threshold").press("ArrowLeft")
    for matrix, picture in before.items():
        changed(page, page.locator(matrix), picture)
    wait_idle(page)
    assert page.get_by_text("of the rare class (plain:").inner_text() != said
    assert page.locator(".st-key-imbalance_confusion_F").screenshot() == moved_threshold
    assert page.url.endswith("/imbalance")
    page.emulate_media(color_scheme="light")
    opened(page, server.url, wait_idle)
    address = page.url
    slider(page, "Imbalance").press("ArrowRight")
    expect(page.get_by_text("40 of 1240 test rows")).to_be_visible(timeout=30_000)
    assert page.url != address
    page.goto(page.url)
    expect(page.get_by_text("40 of 1240 test rows")).to_be_visible(timeout=30_000)

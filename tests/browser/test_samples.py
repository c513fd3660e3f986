"""Single rows in the workbench: pictures of digits that follow the epoch, beside a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from playwright.sync_api import Page, expect

from core.experiment import digits_experiment
from core.preparation.corruption import Corruption
from pages.ui.session import link
from pages.ui.session.address import EXPERIMENT

Idle = Callable[..., None]

NOISY = replace(digits_experiment(), corruption=Corruption(wrong_labels=0.1))


def samples_of(page: Page, url: str, wait_idle: Idle) -> Page:
    page.goto(f"{url}/?{EXPERIMENT}={link.encode(NOISY)}")
    expect(page.locator(".st-key-workbench-epoch").get_by_role("slider")).to_have_attribute("aria-valuetext", str(NOISY.epochs))
    wait_idle(page)
    page.get_by_role("radio", name="samples", exact=True).click()
    page.locator(".samples img").first.wait_for()
    wait_idle(page)
    return page


def test_digits_are_pictures_that_follow_the_epoch(server: Any, dark_page: Page, wait_idle: Idle) -> None:
    page = samples_of(dark_page, server.url, wait_idle)
    pictures = page.locator(".samples img")
    expect(pictures).to_have_count(18)
    sizes = pictures.evaluate_all("all => all.map(e => [e.naturalWidth, e.naturalHeight, e.width >= 80, getComputedStyle(e).imageRendering])")
    assert sizes == [[8, 8, True, "pixelated"]] * 18
    expect(page.get_by_text("Wrong labels: ")).to_be_visible()
    expect(page.get_by_role("region", name="Rows of the data")).to_be_visible()
    before = page.locator(".samples").inner_text()
    page.locator(".st-key-workbench-epoch").get_by_role("slider").press("Home")
    expect(page.locator(".samples")).not_to_have_text(before, use_inner_text=True)
    with page.expect_download() as download:
        page.get_by_role("button", name="Samples", exact=True).click()
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("Row,Label,Damage,predicted [A ")
    assert len(lines) == 1080

"""The Deep networks page as a person uses it: a picture above the fold, a slider of updates, and the button of a cure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page

from core.datasets import DATASETS
from core.studies.deep_networks.networks import Networks, default_networks
from core.studies.deep_networks.views import DeepNetworksView
from pages.ui.session import link
from pages.ui.session.address import NETWORKS, STATE
from tests.browser.conftest import carried, changed, rests, until

Idle = Callable[..., None]
QUICK = replace(default_networks(), dataset=DATASETS["wine"](), updates=100, width=16, runs=default_networks().runs[:3])


def stands(page: Page, wait_idle: Idle) -> None:
    wait_idle(page)
    until(page, lambda: not page.get_by_test_id("stProgress").count(), "the end of the training")
    wait_idle(page)


def opened(server: Any, page: Page, wait_idle: Idle) -> None:
    page.goto(f"{server.url}/deep_networks?{NETWORKS}={link.encode(QUICK)}")
    stands(page, wait_idle)
    page.locator(".st-key-deep_networks_left canvas").wait_for()


def test_the_slider_of_updates_moves_the_layers(server: Any, page: Page, wait_idle: Idle) -> None:
    opened(server, page, wait_idle)
    picture = page.locator(".st-key-deep_networks_left canvas")
    box = picture.bounding_box()
    assert box is not None
    assert box["y"] < 800, "the first picture begins above the fold"
    before = rests(page, picture.screenshot)
    slider = page.get_by_test_id("stSlider").filter(has_text="Update").get_by_role("slider").last
    slider.focus()
    slider.press("Home")
    until(page, lambda: carried(page, DeepNetworksView, STATE).update == 0, "the start in the address")
    changed(page, picture, before)


def test_a_cure_is_one_more_run(server: Any, page: Page, wait_idle: Idle) -> None:
    opened(server, page, wait_idle)
    page.get_by_role("button", name="Try batch norm").click()
    until(page, lambda: len(carried(page, Networks, NETWORKS).runs) == 4, "one more run in the address")
    stands(page, wait_idle)
    assert carried(page, Networks, NETWORKS).runs[3].norm.kind == "batch"
    page.locator(".st-key-takeaway").filter(has_text="arrives").wait_for()


@pytest.mark.proof
def test_it_fits_a_phone(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    page = new_page(width=390, height=844)
    opened(server, page, wait_idle)
    assert page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('[data-testid=stMain]'))") <= 0

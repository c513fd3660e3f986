"""The Deep networks page as a person uses it: a picture above the fold, a slider of updates, and the button of a cure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.datasets import DATASETS
from core.studies.deep_networks.networks import Networks, default_networks
from core.studies.deep_networks.stories import STORIES
from core.studies.deep_networks.views import DeepNetworksView
from pages.ui.session import link
from pages.ui.session.address import NETWORKS, STATE
from tests.browser.conftest import carried, changed, rests, stands, until

Idle = Callable[..., None]
QUICK = replace(default_networks(), dataset=DATASETS["wine"](), updates=100, width=16, runs=default_networks().runs[:3])


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


def test_a_story_asks_is_played_and_tells(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    page = new_page(height=720)
    opened(server, page, wait_idle)
    story = STORIES[2]
    page.get_by_role("button", name="Stories").click()
    page.get_by_text(story.title, exact=True).last.click()
    until(page, lambda: carried(page, Networks, NETWORKS) == story.document, "the story in the address")
    said = page.locator(".st-key-takeaway")
    expect(said).to_have_text(story.question)
    stands(page, wait_idle)
    play = page.get_by_role("button", name="Play")
    box = play.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 720, "Play stands above the fold"
    expect(page.get_by_role("button", name=re.compile("^Try "))).to_have_count(0)
    slider = page.get_by_test_id("stSlider").filter(has_text="Update").get_by_role("slider").last
    slider.focus()
    slider.press("End")
    expect(said).to_contain_text(story.verdict)
    slider.press("ArrowLeft")
    expect(said).to_have_text(story.question)
    play.click()  # the last step
    expect(said).to_contain_text(story.verdict)
    expect(page.get_by_role("button", name="Try He's initialisation")).to_be_visible()


@pytest.mark.proof
def test_it_fits_a_phone(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    page = new_page(width=390, height=844)
    opened(server, page, wait_idle)
    assert page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('[data-testid=stMain]'))") <= 0

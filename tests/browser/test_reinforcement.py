"""The Reinforcement page as a person uses it: a click changes the world, a slider goes back, a story is chosen, a training is cancelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.studies.reinforcement.stories import of_view
from core.studies.reinforcement.views import CliffView, SmallView
from core.studies.reinforcement.worlds import Grid
from pages.ui.session import link
from pages.ui.session.address import STATE
from tests.browser.conftest import carried, changed, rests, stands, until

Idle = Callable[..., None]
QUICK = CliffView(episodes=60, seeds=2, learners=("q_learning", "sarsa"))


def test_the_slider_goes_back_to_the_first_episode(server: Any, page: Page, wait_idle: Idle) -> None:
    page.goto(f"{server.url}/reinforcement?view=cliff&{STATE}={link.encode(QUICK)}")
    stands(page, wait_idle)
    world = page.locator(".st-key-reinforcement_world_0 canvas")
    world.wait_for()
    box = world.bounding_box()
    assert box is not None
    assert box["y"] < 800, "the first world begins above the fold"
    before = rests(page, world.screenshot)
    slider = page.locator("[data-testid=stMain]").get_by_role("slider", name="Episode")
    slider.focus()
    slider.press("Home")
    until(page, lambda: carried(page, CliffView, STATE).episode == 0, "the first episode in the address")
    changed(page, world, before)


def test_a_click_on_a_cell_changes_the_world(server: Any, page: Page, wait_idle: Idle) -> None:
    page.goto(f"{server.url}/reinforcement?view=cliff&{STATE}={link.encode(replace(QUICK, folded_out=('editor',), tool='wall'))}")
    stands(page, wait_idle)
    editor = page.locator(".st-key-reinforcement_world_editor canvas")
    editor.wait_for()
    rests(page, editor.screenshot)
    box = editor.bounding_box()
    assert box is not None
    editor.click(position={"x": box["width"] * 5.5 / 12, "y": box["height"] * 0.3})
    until(page, lambda: carried(page, CliffView, STATE).world != Grid(), "another world in the address")
    (wall,) = carried(page, CliffView, STATE).world.walls
    assert wall // 12 <= 1
    assert wall % 12 == 5
    stands(page, wait_idle)
    rests(page, editor.screenshot)
    editor.click(position={"x": box["width"] * 5.5 / 12, "y": box["height"] * 0.3})
    until(page, lambda: carried(page, CliffView, STATE).world == Grid(), "the wall taken away")
    stands(page, wait_idle)


def test_a_story_asks_is_played_and_tells(server: Any, page: Page, wait_idle: Idle) -> None:
    """The question before the start; Play goes on from there; the verdict after the last step. All on the first screen of a small window."""
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{server.url}/reinforcement?view=small&{STATE}={link.encode(SmallView(rate=0.03))}")
    wait_idle(page)
    story = of_view(SmallView)[0]
    page.get_by_role("button", name="Stories").click()
    page.get_by_text(story.title, exact=True).last.click()
    until(page, lambda: carried(page, SmallView, STATE) == replace(story.document, sweep=0), "the story before its start, in the address")
    said = page.locator(".st-key-takeaway")
    expect(said).to_have_text(story.question)
    wait_idle(page)
    assert not page.get_by_text(story.verdict).count()
    play = page.get_by_role("button", name="Play")
    box = play.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 720, "Play stands above the fold"
    play.click()
    until(page, lambda: carried(page, SmallView, STATE).sweep > 0, "the first steps")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Play").wait_for()
    slider = page.locator(".st-key-dial").get_by_role("slider")
    slider.focus()
    slider.press("End")
    expect(said).to_contain_text(story.verdict)
    assert story.question not in said.inner_text()


def test_a_long_training_is_cancelled_and_goes_on(server: Any, page: Page, wait_idle: Idle) -> None:
    long = CliffView(episodes=2000, seeds=20, epsilon=1.0, seed=7, world=Grid(rows=12))
    page.goto(f"{server.url}/reinforcement?view=cliff&{STATE}={link.encode(long)}")
    cancel = page.get_by_role("button", name="Cancel")
    cancel.wait_for()
    cancel.click()
    page.get_by_role("button", name="Continue").wait_for()
    assert "Cancelled at" in page.get_by_test_id("stProgress").inner_text()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Cancel").wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Continue").wait_for()


@pytest.mark.proof
def test_every_view_fits_a_phone(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    page = new_page(width=390, height=844)
    for view in ("values", "transition", "cliff", "advantage", "policy", "small"):
        page.goto(f"{server.url}/reinforcement?view={view}")
        stands(page, wait_idle)
        page.locator("[data-testid=stMain] canvas").first.wait_for()
        assert page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('[data-testid=stMain]'))") <= 0

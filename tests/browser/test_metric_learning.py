"""The Metric learning page as a person uses it: a slider of updates, a sphere that turns without the server, points that are clicked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.studies.metric_learning.embedding import default_embedding
from core.studies.metric_learning.stories import STORIES
from core.studies.metric_learning.views import EmbeddingView, PeopleView, TripletView
from pages.ui.session import link
from pages.ui.session.address import EMBEDDING, STATE
from tests.browser.conftest import carried, changed, fits, rests, stands, until

Idle = Callable[..., None]
QUICK = replace(default_embedding(), updates=100, runs=default_embedding().runs[1:3])


def test_the_slider_goes_back_to_the_start(server: Any, page: Page, wait_idle: Idle) -> None:
    page.goto(f"{server.url}/metric_learning?view=embedding&{EMBEDDING}={link.encode(QUICK)}")
    stands(page, wait_idle)
    panel = page.locator(".st-key-metric_learning_scatter_0 canvas")
    panel.wait_for()
    box = panel.bounding_box()
    assert box is not None
    assert box["y"] < 800, "the first scatter begins above the fold"
    before = rests(page, panel.screenshot)
    slider = page.get_by_test_id("stSlider").filter(has_text="epoch").get_by_role("slider").first
    slider.focus()
    slider.press("Home")
    until(page, lambda: carried(page, EmbeddingView, STATE).update == 0, "the first update in the address")
    changed(page, panel, before)


def test_a_story_asks_about_classes_held_out_and_tells_at_its_end(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    told = next(story for story in STORIES if story.document.held_out)
    page = new_page(height=720)
    page.goto(f"{server.url}/metric_learning?view=embedding&{EMBEDDING}={link.encode(QUICK)}")
    stands(page, wait_idle)
    page.get_by_role("button", name="Stories").click()
    page.get_by_role("menuitem", name=told.title).click()
    takeaway = page.locator(".st-key-takeaway")
    expect(takeaway).to_have_text(told.question)
    stands(page, wait_idle)
    assert carried(page, EmbeddingView, STATE) == EmbeddingView(update=0, place="unseen")
    expect(takeaway).to_have_text(told.question)
    for shown in (page.get_by_role("button", name="Play"), page.locator(".st-key-metric_learning_scatter_0 canvas")):
        box = shown.bounding_box()
        assert box is not None
        assert box["y"] + 60 < 720, "Play and the picture are above the fold"
    slider = page.get_by_test_id("stSlider").filter(has_text="epoch").get_by_role("slider").first
    slider.focus()
    slider.press("End")
    slider.press("ArrowLeft")
    until(page, lambda: carried(page, EmbeddingView, STATE).update == told.document.recorded[-2], "the last but one record")
    expect(takeaway).to_have_text(told.question)
    page.get_by_role("button", name="Play").click()
    expect(takeaway).to_contain_text(told.verdict)


def test_a_sphere_turns_without_the_server(server: Any, page: Page, wait_idle: Idle) -> None:
    page.goto(f"{server.url}/metric_learning?view=embedding&{EMBEDDING}={link.encode(replace(QUICK, space='sphere'))}")
    stands(page, wait_idle)
    panel = page.locator(".st-key-metric_learning_scatter_0 canvas")
    panel.wait_for()
    before = rests(page, panel.screenshot)
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", sent.append))
    dial = page.locator(".st-key-metric_learning_scatter_0 [name=turn]")
    dial.focus()
    for _ in range(20):
        dial.press("ArrowRight")
    before = changed(page, panel, before)
    box = panel.bounding_box()
    assert box is not None
    turn, tilt = (page.locator(f".st-key-metric_learning_scatter_0 [name={name}]") for name in ("turn", "tilt"))
    expect(turn).to_have_value("55")
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.4 * box["width"] + 50, box["y"] + 0.4 * box["height"] + 20, steps=5)
    page.mouse.up()
    expect(turn).to_have_value("85")
    expect(tilt).to_have_value("47")
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.8 * box["height"], steps=5)
    expect(turn).to_have_value("85")
    changed(page, panel, before)
    assert not sent


def test_a_click_on_a_point_makes_it_the_query(server: Any, page: Page, wait_idle: Idle) -> None:
    page.goto(f"{server.url}/metric_learning?view=people&{STATE}={link.encode(PeopleView(losses=('contrastive',)))}")
    stands(page, wait_idle)
    picture = page.locator("[data-testid=stMain] canvas").first
    picture.wait_for()
    box = picture.bounding_box()
    assert box is not None
    strips = page.locator(".near")
    before = strips.inner_text()
    found = page.evaluate(
        """() => { const c = document.querySelector('[data-testid=stMain] canvas'), g = c.getContext('2d'), k = c.width / c.getBoundingClientRect().width;
        const p = g.getImageData(0, 0, c.width, c.height).data, out = [];
        for (let y = 40; y < c.height - 60; y += 3) for (let x = 60; x < c.width - 20; x += 3) { const i = 4 * (y * c.width + x);
        if (p[i+3] > 200 && Math.max(p[i], p[i+1], p[i+2]) - Math.min(p[i], p[i+1], p[i+2]) > 120) out.push([x / k, y / k]); } return out; }"""
    )
    assert found
    x, y = found[len(found) // 5]
    picture.click(position={"x": x, "y": y})
    until(page, lambda: carried(page, PeopleView, STATE).query != 0, "another query in the address")
    until(page, lambda: strips.inner_text() != before, "other neighbours")


def test_a_click_moves_a_point_of_the_triplet(server: Any, page: Page, wait_idle: Idle) -> None:
    page.goto(f"{server.url}/metric_learning?view=triplet")
    wait_idle(page)
    plane = page.locator("[data-testid=stMain] canvas").first
    plane.wait_for()
    box = plane.bounding_box()
    assert box is not None
    side = box["height"] - 24
    plane.click(position={"x": box["width"] * 0.3, "y": 0.25 * side})
    until(page, lambda: carried(page, TripletView, STATE).negative != TripletView().negative, "another place of the negative")
    x, y = carried(page, TripletView, STATE).negative
    assert x < 0
    assert y == pytest.approx(1, abs=0.4)


@pytest.mark.proof
def test_every_view_fits_a_phone(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    page = new_page(width=390, height=844)
    for view in ("embedding", "mining", "people", "triplet"):
        page.goto(f"{server.url}/metric_learning?view={view}&{EMBEDDING}={link.encode(QUICK)}")
        stands(page, wait_idle)
        page.locator("[data-testid=stMain] canvas").first.wait_for()
        fits(page)

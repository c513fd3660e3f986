"""The Descent page as a person uses it: a race is there at once, played without the server, begun elsewhere by a click, and carried by its link."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Locator, Page, WebSocket, expect

from core.optimizers import OPTIMIZERS
from core.studies.descent.race import Race, Racer, default_race
from pages.ui.session import link, state

Idle = Callable[..., None]

CHART = ".st-key-descent_chart"


def address(url: str, race: Race) -> str:
    return f"{url}/optimizers?{state.RACE.parameter}={link.encode(race)}"


def carried(page: Page) -> Race:
    """Return the race in the address bar."""
    text = next(part for part in page.url.partition("?")[2].split("&") if part.startswith(f"{state.RACE.parameter}="))
    return link.read(text.partition("=")[2], Race)


def opened(page: Page, url: str, wait_idle: Idle) -> Page:
    page.goto(url)
    wait_idle(page)
    page.locator(f"{CHART} .marks").wait_for()
    page.locator(f"{CHART} [name=step]").wait_for()
    return page


def button(page: Page, name: str) -> Locator:
    """Return a button of the player: playing, back or forward."""
    return page.locator(f"{CHART} label:has([name={name}])")


def step(page: Page) -> int:
    return int(page.locator(f"{CHART} [name=step]").input_value())


def stands_at(page: Page, number: int) -> None:
    expect(page.locator(f"{CHART} [name=step]")).to_have_value(str(number))


def canvas(page: Page) -> dict[str, float]:
    box = page.locator(f"{CHART} canvas").bounding_box()
    assert box is not None
    return dict(box)


def picture(page: Page) -> bytes:
    return page.locator(f"{CHART} canvas").screenshot()


def alike(first: bytes, second: bytes) -> bool:
    """Return whether two pictures differ in nothing but the shade of some edges: only what changed is drawn again."""
    images = [Image.open(io.BytesIO(each)).convert("RGB") for each in (first, second)]
    return images[0].size == images[1].size and max(high for _, high in ImageChops.difference(*images).getextrema()) < 60


def changed(page: Page, before: bytes) -> None:
    """Return once the chart looks different from `before`; fail after ten seconds."""
    for _ in range(100):
        if picture(page) != before:
            return
        page.wait_for_timeout(100)
    pytest.fail("the chart did not change")


def traffic(page: Page) -> list[str]:
    """Return a list that holds a line for each frame from now on."""
    frames: list[str] = []

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", lambda _: frames.append("received"))
        socket.on("framesent", lambda _: frames.append("sent"))

    page.on("websocket", opened)
    return frames


def opens_above_the_fold(page: Page, url: str, wait_idle: Idle) -> None:
    """Open the page, and see that the race is there."""
    opened(page, f"{url}/optimizers", wait_idle)
    assert carried(page) == default_race()
    box = page.locator(f"{CHART} form.vega-bindings").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800, "map, curves and player stand above the fold"
    stands_at(page, 100)
    expect(page.get_by_text("Toy surfaces show mechanisms; they rank nobody.")).to_be_visible()


def test_it_plays_steps_and_slides_without_the_server(server: Any, page: Page, wait_idle: Idle) -> None:
    frames = traffic(page)
    opens_above_the_fold(page, server.url, wait_idle)
    page.wait_for_timeout(1000)
    frames.clear()
    page.mouse.move(0, 0)
    whole = picture(page)
    button(page, "playing").click()
    changed(page, whole)
    page.wait_for_timeout(1000)
    assert 0 < step(page) < 100
    early = picture(page)
    changed(page, early)
    button(page, "playing").click()
    page.wait_for_timeout(200)
    paused = step(page)
    page.wait_for_timeout(400)
    stands_at(page, paused)
    for name, number in (("forward", paused + 1), ("forward", paused + 2), ("back", paused + 1), ("forward", paused + 2), ("back", paused + 1)):
        button(page, name).click()
        stands_at(page, number)
    page.locator(f"{CHART} [name=step]").fill("98")
    page.locator(f"{CHART} [name=speed]").select_option("4 ×")
    button(page, "playing").click()
    stands_at(page, 100)
    expect(page.locator(f"{CHART} [name=playing]")).not_to_be_checked()
    page.mouse.move(0, 0)  # the toolbar of the chart hides
    page.wait_for_timeout(800)
    assert alike(picture(page), whole), "the same step is the same picture, on whichever way it was reached"
    button(page, "playing").click()  # from the end it begins anew, also for the second time
    page.wait_for_timeout(300)
    assert step(page) < 100
    button(page, "forward").click()
    expect(page.locator(f"{CHART} [name=playing]")).not_to_be_checked()
    assert frames == []


def test_a_click_on_the_map_is_a_start(server: Any, page: Page, wait_idle: Idle) -> None:
    frames = traffic(page)
    opened(page, f"{server.url}/optimizers", wait_idle)
    before, box = picture(page), canvas(page)
    page.wait_for_timeout(500)
    frames.clear()
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    page.mouse.move(box["x"] + 700, box["y"] + 200, steps=10)
    page.wait_for_timeout(400)
    assert frames == [], "the pointer alone costs nothing"
    page.mouse.click(box["x"] + 320, box["y"] + 90)
    changed(page, before)
    wait_idle(page)
    x, y = carried(page).start
    assert 0 < x < 3
    assert 0 < y < 3
    assert carried(page) == replace(default_race(), start=(x, y))
    expect(page.get_by_role("textbox", name="Start (")).to_have_value(f"{x:g}, {y:g}")
    page.get_by_role("textbox", name="Start (").fill("-2, -2")
    page.get_by_role("textbox", name="Start (").press("Enter")
    page.wait_for_timeout(300)
    wait_idle(page)
    assert carried(page).start == (-2, -2)
    page.mouse.click(box["x"] + 320, box["y"] + 90)  # the same place again
    page.wait_for_timeout(500)
    wait_idle(page)
    assert carried(page).start == (x, y)


def test_a_changed_rate_is_drawn_within_a_second(server: Any, page: Page, wait_idle: Idle) -> None:
    racers = tuple(Racer(optimizer=OPTIMIZERS[kind](), learning_rate=0.02) for kind in list(OPTIMIZERS)[:8])
    race = replace(default_race(), racers=racers, steps=500)
    opened(page, address(server.url, race), wait_idle)
    page.locator(f"{CHART} [name=step]").fill("400")
    thumb = page.locator("[data-testid=stSlider]").filter(has_text="Learning rate").get_by_role("slider").first
    times = []
    for _ in range(3):
        before, start = picture(page), time.perf_counter()
        thumb.press("ArrowRight")
        changed(page, before)
        times.append(time.perf_counter() - start)
        wait_idle(page)
    print(f"drawn after {min(times):.2f} s")
    assert min(times) < 2, "1 s on a quiet machine; here others may be at work"
    assert carried(page).racers[0].learning_rate == 0.1
    stands_at(page, 400)  # the player keeps its place


def test_a_link_opens_the_same_race(server: Any, page: Page, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    opened(page, f"{server.url}/optimizers", wait_idle)
    page.locator("[data-testid=stSelectbox]").filter(has_text="Surface").get_by_role("combobox").first.click()
    page.get_by_role("option", name="Himmelblau", exact=True).click()
    wait_idle(page)
    assert carried(page).surface.kind == "himmelblau"
    assert carried(page).start == carried(page).surface.starts[0]
    other = opened(new_page(scheme="dark"), page.url, wait_idle)
    assert carried(other) == carried(page)
    assert other.locator(".st-key-racers").inner_text() == page.locator(".st-key-racers").inner_text()
    expect(other.get_by_text("Himmelblau").first).to_be_visible()


def test_the_solid_turns_without_the_server(server: Any, dark_page: Page, wait_idle: Idle) -> None:
    page = dark_page
    frames = traffic(page)
    opens_above_the_fold(page, server.url, wait_idle)
    page.get_by_role("radio", name="3-D").or_(page.get_by_role("button", name="3-D")).first.click()
    page.locator(f"{CHART} [name=turn]").wait_for()
    wait_idle(page)
    page.wait_for_timeout(500)
    frames.clear()
    for name, value in (("turn", "-60"), ("tilt", "70")):
        before = picture(page)
        page.locator(f"{CHART} [name={name}]").fill(value)
        changed(page, before)
    before = picture(page)
    button(page, "playing").click()
    changed(page, before)
    assert frames == []


def test_it_fits_a_phone(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    page = opened(new_page(width=390, height=844), f"{server.url}/optimizers", wait_idle)
    box = canvas(page)
    assert box["y"] < 844, "the map begins on the first screen"
    assert box["height"] > 1.3 * box["width"], "the curves stand below the map"
    assert page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('[data-testid=stMain]'))") <= 0

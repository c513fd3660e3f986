"""The Descent page as a person uses it: a race is there at once, played without the server, begun elsewhere by a click, and carried by its link."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from PIL import Image, ImageChops
from playwright.sync_api import Locator, Page, WebSocket, expect

from core.optimizers import OPTIMIZERS
from core.parameters import Document
from core.studies.descent.race import Race, Racer, default_race
from core.studies.descent.views import RaceView
from pages.ui.session import link, state
from tests.browser.conftest import changed, rests, until

Idle = Callable[..., None]
D = TypeVar("D", bound=Document)

CHART = ".st-key-descent_chart"


def address(url: str, race: Race) -> str:
    return f"{url}/optimizers?{state.RACE.parameter}={link.encode(race)}"


def carried(page: Page) -> Race:
    """Return the race in the address bar."""
    return read(page, state.RACE.parameter, Race)


def read(page: Page, parameter: str, kind: type[D]) -> D:
    """Return the document that the address bar carries as `parameter`."""
    return link.read(parse_qs(urlsplit(page.url).query)[parameter][0], kind)


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


def map_of(page: Page) -> Locator:
    return page.locator(f"{CHART} canvas")


def picture(page: Page) -> bytes:
    return map_of(page).screenshot()


def becomes_quiet(page: Page, frames: list[str], wait_idle: Idle) -> None:
    """Return, with no frames in the list, once none has come or gone for half a second."""
    wait_idle(page)
    rests(page, lambda: len(frames), seconds=0.5)
    frames.clear()


def alike(first: bytes, second: bytes) -> bool:
    """Return whether two pictures differ in nothing but the shade of some edges: only what changed is drawn again."""
    images = [Image.open(io.BytesIO(each)).convert("RGB") for each in (first, second)]
    return images[0].size == images[1].size and max(high for _, high in ImageChops.difference(*images).getextrema()) < 60


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
    assert box["y"] + box["height"] <= 720, "Play stands above the fold, also of a smaller window"
    stands_at(page, 0)
    expect(page.get_by_text("Toy surfaces show mechanisms; they rank nobody.")).to_be_visible()


def asks_first(page: Page) -> None:
    """The verdict of the story takes the place of its question once the last step has been on the screen, and stays."""
    question, verdict = (page.locator(f".st-key-{name} p") for name in ("question", "verdict"))
    expect(question).to_be_visible()
    expect(verdict).to_be_hidden()
    page.locator(f"{CHART} [name=step]").fill("119")
    expect(verdict).to_be_hidden()
    page.locator(f"{CHART} [name=step]").fill("120")
    expect(verdict).to_be_visible()
    expect(question).to_be_hidden()


def test_it_plays_steps_and_slides_without_the_server(server: Any, page: Page, wait_idle: Idle) -> None:
    frames = traffic(page)
    opens_above_the_fold(page, server.url, wait_idle)
    becomes_quiet(page, frames, wait_idle)
    asks_first(page)
    page.mouse.move(0, 0)
    whole = picture(page)
    button(page, "playing").click()
    changed(page, map_of(page), whole)
    until(page, lambda: 0 < step(page) < 120, "a step on the way")
    early = picture(page)
    changed(page, map_of(page), early)
    button(page, "playing").click()
    expect(page.locator(f"{CHART} [name=playing]")).not_to_be_checked()
    paused = rests(page, lambda: step(page), seconds=0.4)
    assert paused < 120, "it stands because it was paused, not because it has come to its end"
    for name, number in (("forward", paused + 1), ("forward", paused + 2), ("back", paused + 1), ("forward", paused + 2), ("back", paused + 1)):
        button(page, name).click()
        stands_at(page, number)
    page.locator(f"{CHART} [name=step]").fill("118")
    page.locator(f"{CHART} [name=speed]").select_option("4 ×")
    button(page, "playing").click()
    stands_at(page, 120)
    expect(page.locator(f"{CHART} [name=playing]")).not_to_be_checked()
    page.mouse.move(0, 0)  # the toolbar of the chart hides
    until(page, lambda: alike(picture(page), whole), "the same picture of the same step, on whichever way it was reached")
    button(page, "playing").click()  # from the end it begins anew, also for the second time
    until(page, lambda: step(page) < 120, "a step before the end")
    button(page, "forward").click()
    expect(page.locator(f"{CHART} [name=playing]")).not_to_be_checked()
    assert frames == []


def test_a_click_on_the_map_is_a_start(server: Any, page: Page, wait_idle: Idle) -> None:
    frames, race = traffic(page), replace(default_race(), steps=100)  # of no story: a story that is changed is one no more, and its player begins anew
    opened(page, address(server.url, race), wait_idle)
    before, box = picture(page), canvas(page)
    becomes_quiet(page, frames, wait_idle)
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    page.mouse.move(box["x"] + 700, box["y"] + 200, steps=10)
    assert rests(page, lambda: [*frames], seconds=0.4) == [], "the pointer alone costs nothing"
    page.mouse.click(box["x"] + 320, box["y"] + 90)
    changed(page, map_of(page), before)
    until(page, lambda: carried(page).start != race.start, "another start")
    wait_idle(page)
    x, y = carried(page).start
    assert -10 < x < 10
    assert 0 < y < 5
    assert carried(page) == replace(race, start=(x, y))
    expect(page.get_by_role("textbox", name="Start (")).to_have_value(f"{x:g}, {y:g}")
    page.get_by_role("textbox", name="Start (").fill("-2, -2")
    page.get_by_role("textbox", name="Start (").press("Enter")
    until(page, lambda: carried(page).start == (-2, -2), "the start that was typed")
    wait_idle(page)
    page.mouse.click(box["x"] + 320, box["y"] + 90)  # the same place again
    until(page, lambda: carried(page).start == (x, y), "the start that was clicked")


def test_changed_rates_are_drawn_and_the_player_keeps_its_place(server: Any, page: Page, wait_idle: Idle) -> None:
    """How fast that is, `benchmarks.pages` measures."""
    racers = tuple(Racer(optimizer=OPTIMIZERS[kind](), learning_rate=0.02) for kind in list(OPTIMIZERS)[:8])
    race = replace(default_race(), racers=racers, steps=500)
    opened(page, address(server.url, race), wait_idle)
    page.locator(f"{CHART} [name=step]").fill("400")
    thumb = page.locator("[data-testid=stSlider]").filter(has_text="Learning rate").get_by_role("slider").first
    for _ in range(3):
        before = picture(page)
        thumb.press("ArrowRight")
        changed(page, map_of(page), before)
        wait_idle(page)
    until(page, lambda: carried(page).racers[0].learning_rate == 0.1, "the rate three stops above")
    stands_at(page, 400)


def the_solid_turns_without_the_server(page: Page, url: str, wait_idle: Idle) -> None:
    """Open the page, and see that the race on the solid surface costs no message."""
    frames = traffic(page)
    opens_above_the_fold(page, url, wait_idle)
    page.get_by_role("radio", name="3-D").or_(page.get_by_role("button", name="3-D")).first.click()
    page.locator(f"{CHART} [name=turn]").wait_for()
    becomes_quiet(page, frames, wait_idle)
    for name, value in (("turn", "-60"), ("tilt", "70")):
        before = picture(page)
        page.locator(f"{CHART} [name={name}]").fill(value)
        changed(page, map_of(page), before)
    before = picture(page)
    button(page, "playing").click()
    changed(page, map_of(page), before)
    assert frames == []


def test_the_solid_turns_without_the_server_and_a_link_opens_the_same_race(
    server: Any, dark_page: Page, new_page: Callable[..., Page], wait_idle: Idle
) -> None:
    page = dark_page
    the_solid_turns_without_the_server(page, server.url, wait_idle)
    page.locator("[data-testid=stSelectbox]").filter(has_text="Surface").get_by_role("combobox").first.click()
    page.get_by_role("option", name="Himmelblau", exact=True).click()
    until(page, lambda: carried(page).surface.kind == "himmelblau", "the other surface")
    wait_idle(page)
    assert carried(page).start == carried(page).surface.starts[0]
    other = opened(new_page(), page.url, wait_idle)
    assert carried(other) == carried(page)
    assert other.locator(".st-key-racers").inner_text() == page.locator(".st-key-racers").inner_text()
    expect(other.get_by_text("Himmelblau").first).to_be_visible()


def test_a_link_opens_the_player_and_the_anatomy_where_its_sender_was(server: Any, page: Page, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    opened(page, f"{server.url}/optimizers", wait_idle)
    stands_at(page, 0)
    page.get_by_test_id("stSlider").filter(has_text="Update").get_by_role("slider").last.press("ArrowRight")  # a dial in a fragment
    until(page, lambda: read(page, "v", RaceView).update == 11, "the next update in the address")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("spinbutton", name="Player at update").fill("37")
    page.get_by_role("spinbutton", name="Player at update").press("Enter")
    until(page, lambda: read(page, "v", RaceView).step == 37, "the player's update in the address")
    stands_at(page, 37)
    other = opened(new_page(), page.url, wait_idle)
    stands_at(other, 37)
    assert read(other, "v", RaceView) == read(page, "v", RaceView)
    expect(other.get_by_test_id("stSlider").filter(has_text="Update").get_by_role("slider").last).to_have_value("11")

"""What is seen of the runs in the workbench: one in front, one hidden, a baseline, values under the pointer, and a zoom; all but the zoom is in the address."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from core.inspection.views import ANY, Workbench
from pages.ui.session import link
from pages.ui.session.address import EXPERIMENT, STATE
from tests.browser.conftest import carried, changed, rests, until
from tests.browser.test_workbench import CURVES
from tests.small import run, small

Idle = Callable[..., None]

THREE = small(run(), run(learning_rate=0.03), run(learning_rate=0.3), seeds=2)


def seen(page: Page) -> Workbench:
    """Return the state of the view in the address."""
    return carried(page, Workbench, STATE)


def differ(one: bytes, other: bytes) -> bool:
    """Return whether two pictures differ by more than what a canvas that is drawn again differs at the edges of its lines."""
    first, second = (np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), int) for picture in (one, other))
    return first.shape != second.shape or bool((np.abs(first - second).max(axis=-1) > 60).mean() > 0.0005)


def place(chart: Locator) -> dict[str, float]:
    """Return where a chart is, once it stands still."""
    return rests(chart.page, chart.bounding_box)


def letter(page: Page, mark: str) -> Locator:
    """Return what is clicked at a letter of the first table, and see that it lies over that letter, and covers nothing else."""
    found, cell = page.get_by_role("button", name=f"Bring {mark} forward"), page.locator(".results").first
    box, row = rests(page, found.bounding_box), cell.get_by_role("rowheader", name=mark, exact=True).bounding_box()
    assert box is not None
    assert row is not None
    assert abs(box["y"] - row["y"]) < 1.5
    assert abs(box["height"] - row["height"]) < 1.5
    assert abs(box["x"] - row["x"]) < 1.5
    assert row["width"] - 8 < box["width"] < row["width"] + 8
    return found


def test_a_click_on_a_chip_or_a_letter_brings_its_run_forward_and_a_link_carries_what_is_seen(
    server: Any, page: Page, new_page: Callable[..., Page], wait_idle: Idle
) -> None:
    page.goto(f"{server.url}/?{EXPERIMENT}={link.encode(THREE)}")
    curves, path = page.locator(f"{CURVES} canvas"), page.locator(".st-key-metric_paths canvas")
    path.wait_for()
    wait_idle(page)
    for canvas in (curves, path):
        canvas.evaluate("e => e.marked = true")
    before, before_below = rests(page, curves.screenshot), rests(page, path.screenshot)
    chips = page.locator(".st-key-chips").get_by_role("radio")
    chips.nth(1).click()
    until(page, lambda: seen(page).forward == 1)
    changed(page, curves, before)
    changed(page, path, before_below)
    assert curves.evaluate("e => e.marked"), "the view is the same: only its data are others"
    assert path.evaluate("e => e.marked")
    expect(page.locator(".results .front")).to_have_count(2)
    wait_idle(page)
    opacity = "e => parseFloat(getComputedStyle(e).opacity)"
    assert page.locator(".st-key-boundary_0").evaluate(opacity) < 1, "the panels of the others are pale, too"
    assert page.locator(".st-key-boundary_1").evaluate(opacity) == 1
    letter(page, "B").click()
    until(page, lambda: seen(page).forward == ANY)
    expect(chips.nth(1)).to_be_checked()
    wait_idle(page)
    letter(page, "C").click()
    until(page, lambda: seen(page).forward == 2)
    expect(chips.nth(2)).to_be_checked()
    wait_idle(page)
    letter(page, "B").click()
    until(page, lambda: seen(page).forward == 1)
    wait_idle(page)
    page.locator(".st-key-hide button").first.click()
    until(page, lambda: seen(page).hidden == (1,))
    expect(page.locator(".st-key-boundary_1")).to_have_count(0)
    chips.nth(2).click()
    until(page, lambda: seen(page).forward == 2)
    wait_idle(page)
    page.locator(".st-key-pin button").first.click()
    until(page, lambda: seen(page).baseline == 2)
    expect(page.locator(".results thead").last).to_contain_text("Accuracy against C")
    wait_idle(page)
    other = new_page()
    other.goto(page.url)
    other.locator(f"{CURVES} canvas").wait_for()
    wait_idle(other)
    assert seen(other) == seen(page)
    expect(other.locator(".results .front")).to_have_count(2)
    expect(other.locator(".results .hidden")).to_have_count(2)
    for tab in (page, other):
        expect(tab.locator("[data-testid=stException]")).to_have_count(0)


def test_values_stand_above_the_curves_and_a_drag_zooms(server: Any, page: Page, wait_idle: Idle) -> None:
    page.goto(f"{server.url}/?{EXPERIMENT}={link.encode(THREE)}")
    curves = page.locator(f"{CURVES} canvas")
    curves.wait_for()
    wait_idle(page)
    box, still = place(curves), rests(page, curves.screenshot)
    middle, low = box["x"] + 0.5 * box["width"], box["y"] + 0.7 * box["height"]
    page.mouse.move(middle, low)
    until(page, lambda: differ(curves.screenshot(), still), "the values under the pointer")
    expect(page.locator("#vg-tooltip-element.visible")).to_have_count(0)
    page.mouse.move(box["x"] - 20, low)
    until(page, lambda: not differ(curves.screenshot(), still), "the values at the end again")
    page.mouse.move(middle, low)
    page.mouse.down()
    page.mouse.move(middle + 120, low - 100, steps=4)
    page.mouse.up()
    page.mouse.move(box["x"] - 20, low)
    until(page, lambda: differ(curves.screenshot(), still), "a part of the picture")
    page.mouse.dblclick(middle, low)
    page.mouse.move(box["x"] - 20, low)
    until(page, lambda: not differ(curves.screenshot(), still), "the whole picture again")

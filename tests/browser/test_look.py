"""A look at the data in a browser: what the front end lets through of its cards, on a narrow screen too, and a click that uses a column in another way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from playwright.sync_api import Page, expect

from core.datasets.own import Own
from core.experiment import digits_experiment
from core.inspection.views import Workbench
from core.models import MODELS
from pages.ui.session import link
from pages.ui.session.address import EXPERIMENT, STATE
from tests.browser.conftest import carried
from tests.browser.test_own_data import HOSTILE, bring, file

LOOKING = link.encode(Workbench(folded_out=("look",)))
SHORT = replace(digits_experiment(), model=MODELS["linear"](), epochs=2)


def looking(page: Page, url: str, wait_idle: Callable[..., None], own: bool = False) -> Page:
    page.goto(f"{url}/?{EXPERIMENT}={link.encode(replace(SHORT, dataset=Own()) if own else SHORT)}&{STATE}={LOOKING}")
    wait_idle(page)
    return page


def overflow(page: Page) -> int:
    """Return by how many pixels what is looked at is wider than its place."""
    pixels: int = page.evaluate("() => Math.max(...[...document.querySelectorAll('.card, .pictures')].map(card => card.scrollWidth - card.clientWidth))")
    return pixels


def test_digits_are_looked_at_on_a_phone(server: Any, new_page: Callable[..., Page], wait_idle: Callable[..., None]) -> None:
    page = looking(new_page(scheme="dark", width=390, height=844), server.url, wait_idle)
    expect(page.locator(".pictures img")).to_have_count(20)
    assert page.evaluate("() => [...document.querySelectorAll('.pictures img')].every(image => image.naturalWidth === 8 && image.clientWidth > 20)")
    expect(page.locator(".card")).to_have_count(12)
    heights = page.evaluate("() => [...document.querySelectorAll('.card .bars i')].map(bar => bar.clientHeight)")
    assert max(heights) > 40
    assert overflow(page) <= 0


def test_a_column_is_used_in_another_way_by_a_click(server: Any, page: Page, wait_idle: Callable[..., None]) -> None:
    looking(page, server.url, wait_idle, own=True)
    head = ",".join(f'"{name}"' for name in (*HOSTILE[:3], "kind"))
    lines = "".join(f'{i % 3},{i * i % 7},"{HOSTILE[i % 2]}",{"ab"[i % 2]}\n' for i in range(60))
    bring(page, file("hostile.csv", f"{head}\n{lines}", "utf-8"))
    cards = page.locator(".card")
    expect(cards).to_have_count(4)
    wait_idle(page)
    expect(cards.locator(".head b"), "names stand there as they are").to_have_text(["kind", *HOSTILE[:3]])
    page.locator(".st-key-own_use_0").get_by_text("category", exact=True).click()
    expect(cards.nth(1).locator(".kind")).to_have_text("category · 3 values · none missing")
    wait_idle(page)
    dataset = carried(page).dataset
    assert isinstance(dataset, Own)
    assert dataset.categories == (0,)
    assert overflow(page) <= 0


def test_the_three_choices_of_a_column_fit_on_every_screen(server: Any, new_page: Callable[..., Page], wait_idle: Callable[..., None]) -> None:
    """Letters are larger on a wide one."""
    page = looking(new_page(width=1280, height=800), server.url, wait_idle, own=True)
    lines = "".join(f"{i},{i * 7 % 11},{i * i % 5},{'ab'[i % 2]}\n" for i in range(60))
    bring(page, file("wide.csv", f"Report of May\na,b,c,kind\n{lines}", "utf-8"))
    expect(page.locator(".card")).to_have_count(4)
    for width in (390, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        wait_idle(page)
        buttons = page.locator('.st-key-look_cards [data-testid="stButtonGroup"] button')
        expect(buttons).to_have_count(2 + 3 * 3)  # a target is not left out
        right = "all => all.map(each => each.getBoundingClientRect().right - each.closest('[data-testid=stButtonGroup]').getBoundingClientRect().right)"
        assert max(buttons.evaluate_all(right)) <= 1
        assert overflow(page) <= 0

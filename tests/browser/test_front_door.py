"""A page that is opened by its own address as the first visitor of a fresh server is what a later visitor sees.

Without what `pages/ui/door/lifespan.py` does at the start, Streamlit would run the page's file alone, or say that there is no such page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import rests
from tests.shared_server import ENVIRONMENT


@dataclass(frozen=True)
class View:
    """What tells one page from another, and a page behind the front door from a file run alone."""

    tab: str
    address: str
    query: str
    navigation: tuple[str, ...]
    selected: tuple[str, ...]
    heading: str
    alerts: tuple[str, ...]
    dialog: bool


def look(page: Page, url: str, wait_idle: Callable[..., None]) -> View:
    """Open an address as a visitor without cookies, and return what is there when it has come to rest."""
    page.context.clear_cookies()
    page.goto(url)
    wait_idle(page)
    with suppress(AssertionError):  # then the comparison below says what is there instead
        expect(page).to_have_title(re.compile(" · Lossbench$"))
    wait_idle(page)  # what begins at the title ends with the address
    seen: View = rests(page, lambda: seen_on(page))
    return seen


def seen_on(page: Page) -> View:
    links = page.locator("[data-testid=stSidebarNavLink]")
    headings = page.locator("[data-testid=stHeading]")
    address = urlsplit(page.url)
    return View(
        tab=page.title(),
        address=address.path,
        query=address.query,
        navigation=tuple(re.sub(r"\s+", " ", text) for text in links.all_inner_texts()),
        selected=tuple(page.locator("[data-testid=stSidebarNavLink][aria-current=page]").all_inner_texts()),
        heading=headings.first.inner_text() if headings.count() else "",
        alerts=tuple(page.locator("[data-testid=stAlert]").all_inner_texts()),
        dialog=page.locator("[role=dialog]").count() > 0,
    )


@pytest.mark.parametrize("address", ["losses", "workbench?e=junk", "optimizers?view=line"])
def test_first_visitor_sees_what_a_later_one_sees(
    address: str, fresh_server: Callable[..., Any], page: Page, wait_idle: Callable[..., None]
) -> None:
    """A page by its own address, a link in the workbench's other address, and a view of a page whose file is called otherwise."""
    server = fresh_server(**ENVIRONMENT)
    first = look(page, f"{server.url}/{address}", wait_idle)
    second = look(page, f"{server.url}/{address}", wait_idle)
    assert first == second
    assert first.tab.endswith(" · Lossbench")
    assert not first.dialog


def test_an_unknown_address_opens_the_default_page_and_says_so(
    fresh_server: Callable[..., Any], page: Page, wait_idle: Callable[..., None], expected_complaints: list[str]
) -> None:
    expected_complaints.append("The page that you have requested does not seem to exist")
    server = fresh_server(**ENVIRONMENT)
    first = look(page, f"{server.url}/no_such_page", wait_idle)
    second = look(page, f"{server.url}/no_such_page", wait_idle)
    assert first == second
    assert first.dialog

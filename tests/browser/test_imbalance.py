"""The Imbalance page as a person uses it: one slider moves every matrix, and another imbalance draws everything anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from core.studies.imbalance.views import Imbalance
from pages.ui.session import link
from tests.browser.conftest import changed, until

Idle = Callable[..., None]

MATRICES = [f".st-key-imbalance_confusion_{mark}" for mark in "ABCDE"]


def slider(page: Page, label: str) -> Locator:
    return page.locator("[data-testid=stSlider]").filter(has_text=label).get_by_role("slider").first


def fragments(page: Page) -> list[str]:
    """Return the list that collects the fragment of each run that the page asks for from now on; empty: a run of the whole page."""
    asked: list[str] = []

    def sent(frame: bytes | str) -> None:
        message = BackMsg.FromString(frame) if isinstance(frame, bytes) else BackMsg()
        if message.WhichOneof("type") == "rerun_script":
            asked.append(message.rerun_script.fragment_id)

    page.on("websocket", lambda socket: socket.on("framesent", sent))
    return asked


def carried(page: Page) -> Imbalance:
    """Return the state that the address carries."""
    return link.read(parse_qs(urlsplit(page.url).query)["v"][0], Imbalance)


def opened(page: Page, url: str, wait_idle: Idle) -> Page:
    page.goto(f"{url}/imbalance")
    page.locator(".st-key-imbalance_confusion_F .marks").wait_for()
    wait_idle(page)
    return page


def test_the_threshold_moves_every_matrix_without_a_full_rerun_and_another_imbalance_draws_anew(dark_page: Page, server: Any, wait_idle: Idle) -> None:
    """The threshold and the other imbalance are carried by the address."""
    asked = fragments(dark_page)
    page = opened(dark_page, server.url, wait_idle)
    assert "" in asked, "the page was opened by a run of all of it"
    asked.clear()
    before = {matrix: page.locator(matrix).screenshot() for matrix in MATRICES}
    moved_threshold = page.locator(".st-key-imbalance_confusion_F").screenshot()
    said = page.get_by_text("of the rare class (plain:").inner_text()
    for _ in range(20):
        slider(page, "Threshold").press("ArrowLeft")
    for matrix, picture in before.items():
        changed(page, page.locator(matrix), picture)
    wait_idle(page)
    expect(page.get_by_text("of the rare class (plain:")).not_to_have_text(said)
    assert page.locator(".st-key-imbalance_confusion_F").screenshot() == moved_threshold
    assert asked
    assert all(asked), "each run was that of a fragment"
    until(page, lambda: carried(page) == Imbalance(threshold=0.3), "the threshold in the address")
    page.goto(page.url)
    expect(slider(page, "Threshold")).to_have_value("0.3")
    page.emulate_media(color_scheme="light")
    opened(page, server.url, wait_idle)
    address = page.url
    slider(page, "Imbalance").press("ArrowRight")
    expect(page.get_by_text("40 of 1240 test rows")).to_be_visible(timeout=30_000)
    assert page.url != address
    page.goto(page.url)
    expect(page.get_by_text("40 of 1240 test rows")).to_be_visible(timeout=30_000)

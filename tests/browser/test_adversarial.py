"""The Adversarial page as a person uses it: a map that is clicked and played, duels that are stepped, and own points that are set by clicks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.models import MLP
from core.studies.adversarial.clouds import OwnPoints
from core.studies.adversarial.duel import Duel, default_duel
from core.studies.adversarial.stories import STORIES
from core.studies.adversarial.views import DiracView, DuelView
from pages.ui.session import link
from pages.ui.session.address import DUEL, STATE
from tests.browser.conftest import asks_is_played_and_tells, carried, changed, fits, rests, stands, until

Idle = Callable[..., None]
MAP = ".st-key-adversarial_dirac canvas"
QUICK = replace(default_duel(), updates=100, batch=16, generator=MLP(hidden=(8,)), critic=MLP(hidden=(8,)))


def test_a_game_of_two_numbers_is_begun_by_a_click_and_played(server: Any, page: Page, wait_idle: Idle) -> None:
    page.goto(f"{server.url}/adversarial?view=dirac")
    wait_idle(page)
    canvas = page.locator(MAP)
    canvas.wait_for()
    box = canvas.bounding_box()
    assert box is not None
    before = rests(page, canvas.screenshot)
    canvas.click(position={"x": 0.157 * box["width"], "y": 0.27 * box["height"]})
    until(page, lambda: carried(page, DiracView, STATE).start != DiracView().start, "another start")
    assert carried(page, DiracView, STATE).start == pytest.approx((-1.5, 1.5), abs=0.4)
    before = changed(page, canvas, before)
    wait_idle(page)
    step = page.locator(".st-key-adversarial_dirac [name=step]")
    expect(step).to_have_value("300")
    page.locator(".st-key-adversarial_dirac label:has([name=back])").click()
    expect(step).to_have_value("299")
    page.locator(".st-key-adversarial_dirac label:has([name=playing])").click()
    until(page, lambda: int(step.input_value()) in (*range(20, 299), 300), "the player moves")


def test_duels_are_stepped_singly(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    page = new_page(height=720)
    page.goto(f"{server.url}/adversarial?view=duel&{DUEL}={link.encode(QUICK)}")
    stands(page, wait_idle)
    panel = page.locator(".st-key-adversarial_panel_0 canvas")
    panel.wait_for()
    box = panel.bounding_box()
    assert box is not None
    assert box["y"] + 100 < 720, "the first panels begin above the fold"
    before = rests(page, panel.screenshot)
    page.get_by_role("button", name="Step G").click()
    until(page, lambda: carried(page, DuelView, STATE).singly == ("g",), "a step in the address")
    changed(page, panel, before)
    expect(page.get_by_text("After the update shown: G.")).to_be_visible()


def test_a_story_is_asked_played_and_told_above_the_fold(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    """From the last but one record on, so that it is over soon."""
    page, told = new_page(height=720), STORIES[-1]
    before = DuelView(update=told.document.recorded[-2])
    page.goto(f"{server.url}/adversarial?view=duel&{STATE}={link.encode(before)}&{DUEL}={link.encode(told.document)}")
    stands(page, wait_idle)
    asks_is_played_and_tells(page, told)
    until(page, lambda: carried(page, DuelView, STATE).update == told.document.updates, "the last update in the address")


def test_own_points_are_set_by_clicks(server: Any, page: Page, wait_idle: Idle) -> None:
    own = replace(QUICK, data=OwnPoints(points=(-1.5, -1.0)), runs=QUICK.runs[:2])
    page.goto(f"{server.url}/adversarial?view=duel&{DUEL}={link.encode(own)}")
    stands(page, wait_idle)
    field = page.locator("[data-testid=stSidebar] canvas")
    field.wait_for()
    box = field.bounding_box()
    assert box is not None
    field.click(position={"x": 0.75 * box["width"], "y": 0.25 * box["height"]})

    def points() -> tuple[float, ...]:
        data = carried(page, Duel, DUEL).data
        assert isinstance(data, OwnPoints)
        return data.points

    until(page, lambda: len(points()) == 4, "a second point")
    x, y = points()[2:]
    assert x > 0.5
    assert y > 0.5
    stands(page, wait_idle)


@pytest.mark.proof
def test_every_view_fits_a_phone(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    page = new_page(width=390, height=844)
    for view, first in (("gradient", ".st-key-adversarial_bells"), ("critic", ".st-key-adversarial_critic_pull"), ("dirac", MAP), ("duel", "")):
        page.goto(f"{server.url}/adversarial?view={view}&{DUEL}={link.encode(QUICK)}")
        stands(page, wait_idle)
        if first:
            box = page.locator(first).first.bounding_box()
            assert box is not None
            assert box["y"] < 844, f"the first chart of {view} begins on the first screen"
        fits(page)

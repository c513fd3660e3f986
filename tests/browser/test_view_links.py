"""A link opens exactly what its sender saw: on every view a dial, a choice and a switch are changed, and found again by whoever opens the address."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page

from core.screens import VIEWS
from pages.ui.session.address import STATE
from tests.browser.conftest import rests, stands, until
from tests.pages.test_view_links import ADDRESSES

Idle = Callable[..., None]

#: what every widget of the page shows, in order
SHOWN = """() => [...document.querySelectorAll('[role=radio], [role=combobox], [data-testid=stMultiSelect], [data-testid=stSelectbox], input')].map(
    one => [one.getAttribute('aria-label') || '', one.getAttribute('aria-valuetext') || one.getAttribute('aria-checked') || one.value || one.innerText || '',
            one.checked || false])"""
#: the heading of a page, with the choice of its view, seen from a widget in it
HEADING = "xpath=ancestor::*[contains(@class, '_heading') and .//*[contains(@class, 'st-key-share')]]"


def move(dial: Locator) -> None:
    """Move a dial by a step."""
    dial.press("ArrowRight" if dial.get_attribute("value") == dial.get_attribute("min") else "ArrowLeft")


def next_option(menu: Locator) -> None:
    """Choose the option below the present one, or the first one."""
    menu.click()
    menu.press("ArrowDown")
    menu.press("Enter")


#: the widgets of each kind that change one thing, and what a person does with one
WIDGETS: dict[str, tuple[str, Callable[[Locator], None]]] = {
    "dial": ("[data-testid=stSlider]:visible input[type=range]", move),
    "choice": ("[role=radiogroup]:visible [role=radio][aria-checked=false]", Locator.click),
    "menu": ("[data-testid=stSelectbox]:visible input", next_option),
    "switch": ("[data-testid=stCheckbox]:visible label", Locator.click),
}
#: the views that have one of a kind on the screen; what is folded away is not looked for
WITH = {
    "dial": {*VIEWS} - {"losses.properties", "losses.chooser", "regularization.fit", "metric_learning.people", "multitask.forms"},
    "choice": {*VIEWS}
    - {"losses.errors", "descent.line", "imbalance", "regularization.balls", "regularization.decay"}
    - {"adversarial.gradient", "adversarial.critic", "adversarial.dirac", "metric_learning.mining", "segmentation.empty"}
    - {"reinforcement.values", "reinforcement.transition", "reinforcement.cliff", "reinforcement.advantage"}
    - {"descent.learned", "losses.learned"},
    "menu": {"workbench", "losses.errors", "descent.race", "descent.line", "imbalance", "adversarial.dirac", "adversarial.duel", "metric_learning.embedding"}
    | {"segmentation.losses", "deep_networks", "multitask.pareto", "multitask.weightings", "descent.learned", "losses.learned"},
    "switch": {"losses.curves", "losses.errors", "adversarial.duel", "metric_learning.triplet", "segmentation.losses", "reinforcement.transition"}
    | {"multitask.pareto", "multitask.weightings"},
}


#: a view of each page, for every run of the tests; the others belong to the proof
ONE_OF_EACH_PAGE = (
    "workbench", "losses.curves", "descent.race", "imbalance", "regularization.balls", "adversarial.dirac", "metric_learning.triplet", "segmentation.empty",
    "deep_networks", "reinforcement.transition", "multitask.forms",
)  # fmt: skip


def parameters(page: Page) -> dict[str, list[str]]:
    """Return what the address carries: the view and all documents."""
    return parse_qs(urlsplit(page.url).query)


@pytest.mark.parametrize("kind", [kind if kind in ONE_OF_EACH_PAGE else pytest.param(kind, marks=pytest.mark.proof) for kind in VIEWS])
def test_what_was_changed_is_there_for_whoever_opens_the_link(kind: str, server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    name, _, view = kind.partition(".")
    page = new_page()
    page.goto(f"{server.url}/{ADDRESSES[name]}" + (f"?view={view}" if view else ""))
    page.wait_for_url(f"**{STATE}=1**")
    stands(page, wait_idle)
    for what, (found, change) in WIDGETS.items():
        widgets = [one for one in page.locator(f"[data-testid=stMain] {found}").all() if not one.locator(HEADING).count()]
        assert bool(widgets) == (kind in WITH[what]), what
        if widgets:
            before = parameters(page)
            change(widgets[-1])  # the first ones of the workbench and of the race are those of a run and of a racer
            until(page, lambda before=before: parameters(page) != before, f"another address by a {what}")
            stands(page, wait_idle)
    other = new_page()
    other.goto(page.url)
    stands(other, wait_idle)
    assert parameters(other) == parameters(page)
    assert shown(other) == shown(page)


def shown(page: Page) -> Any:
    """Return what every widget shows once the page is at rest."""
    return rests(page, partial(page.evaluate, SHOWN))

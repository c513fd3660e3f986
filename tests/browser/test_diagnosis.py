"""The diagnosis as a person uses it: a run diverges, the page finds a rate at which it does not, and one click compares it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from playwright.sync_api import Page, expect

from core.experiment import digits_experiment
from pages.ui.session import link
from pages.ui.session.address import EXPERIMENT
from tests.browser.conftest import carried

Idle = Callable[..., None]


def test_a_click_adds_the_rate_at_which_a_run_does_not_diverge(server: Any, page: Page, wait_idle: Idle) -> None:
    experiment = digits_experiment()
    lost = replace(experiment.runs[0], learning_rate=100.0)
    page.goto(f"{server.url}/?{EXPERIMENT}={link.encode(replace(experiment, runs=(lost, experiment.runs[2])))}")
    box = page.locator(".st-key-diagnosis")
    box.wait_for()
    expect(box.get_by_text("Diverged at epoch 1")).to_be_visible()
    box.get_by_role("button", name=re.compile("Try η")).first.click()
    wait_idle(page)
    expect(page.locator(".st-key-chips").get_by_role("radio")).to_have_count(3)
    expect(page.locator(".st-key-chips")).to_contain_text("C η")
    wait_idle(page)
    runs = carried(page).runs
    assert runs[0] == lost
    assert runs[2] == replace(lost, learning_rate=runs[2].learning_rate)
    assert runs[2].learning_rate < 10
    expect(box.get_by_text("Diverged at epoch")).to_have_count(1)

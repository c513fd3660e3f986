"""The workbench as a person uses it: it opens trained, curves follow the controls, panels follow the epoch, and a link brings it all back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.datasets import DATASETS
from core.experiment import Experiment, default_experiment, digits_experiment
from core.losses import LOSSES
from core.models import MODELS
from pages.ui.session import link
from pages.ui.session.address import EXPERIMENT
from tests.browser.conftest import carried, changed, rests, until
from tests.shared_server import ENVIRONMENT

Idle = Callable[..., None]

#: containers of charts: they stay when a chart in them is built anew
CURVES = ".st-key-loss_curves"
PANEL = ".st-key-boundary_0"


def address(url: str, experiment: Experiment) -> str:
    return f"{url}/?{EXPERIMENT}={link.encode(experiment)}"


def opened(page: Page, url: str, wait_idle: Idle) -> Page:
    page.goto(url)
    wait_idle(page)
    page.locator(f"{CURVES} .marks").wait_for()
    return page


def choose(page: Page, label: str, option: str) -> None:
    page.locator("[data-testid=stSelectbox]").filter(has_text=label).get_by_role("combobox").first.click()
    page.get_by_role("option", name=option, exact=True).click()


def press(page: Page, slider: str, key: str, times: int = 1) -> None:
    thumb = page.locator("[data-testid=stSlider]").filter(has_text=slider).get_by_role("slider").first
    for _ in range(times):
        thumb.press(key)


def long_experiment() -> Experiment:
    """Return one that trains for minutes."""
    return replace(digits_experiment(), epochs=2000, seeds=5, split_seed=7)


def opens_trained(page: Page, url: str, wait_idle: Idle) -> None:
    """Open the dashboard, and see that everything is there."""
    opened(page, url, wait_idle)
    expect(page.locator("[data-testid=stVegaLiteChart]")).to_have_count(6)
    expect(page.locator(".results table")).to_have_count(2)
    expect(page.get_by_text("The runs differ in: loss.")).to_be_visible()
    expect(page.locator(".st-key-takeaway")).to_contain_text("is best in Accuracy")
    assert page.locator(".results > div").evaluate_all("all => all.every(e => e.scrollWidth <= e.clientWidth)"), "no column of the results is cut"
    box = page.locator(CURVES).bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800, "the first chart stands above the fold"
    assert carried(page) == default_experiment()


def what_travels_as_a_file(page: Page, wait_idle: Idle, tmp_path: Path) -> None:
    """See table and history out of the page, an experiment in and out."""
    for name, first_line in (("Table", "Run,Status,Accuracy ↑"), ("History", "run,seed,epoch,split,metric,value,label")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name, exact=True).click()
        assert download.value.path().read_text("utf-8-sig").startswith(first_line)
    experiment = replace(digits_experiment(), epochs=3, split_seed=4)
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(experiment.to_json())
    bad.write_text(experiment.to_json().replace('"digits"', '"mnist"'))
    page.get_by_role("button", name="Share").click()
    page.locator("[data-testid=stFileUploader] input").set_input_files(good)
    expect(page.get_by_text("3 epochs")).to_be_visible()
    until(page, lambda: carried(page) == experiment)
    wait_idle(page)
    page.locator("[data-testid=stFileUploader] input").set_input_files(bad)
    expect(page.get_by_text("unknown data set 'mnist'")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON", exact=True).click()
    assert Experiment.from_json(download.value.path().read_text()) == experiment


def test_it_opens_trained_a_changed_loss_changes_the_curves_and_a_link_brings_it_back(
    server: Any, dark_page: Page, new_page: Callable[..., Page], wait_idle: Idle
) -> None:
    page = dark_page
    opens_trained(page, server.url, wait_idle)
    chart = page.locator(CURVES)
    before = rests(page, chart.screenshot)
    choose(page, "Loss", LOSSES["hinge"].listed())
    changed(page, chart, before)
    until(page, lambda: carried(page).runs[0].loss == LOSSES["hinge"]())
    wait_idle(page)
    choose(page, "Data set", DATASETS["moons"].listed())
    until(page, lambda: carried(page).dataset.kind == "moons")
    wait_idle(page)
    choose(page, "Loss", LOSSES["focal"].listed())
    until(page, lambda: carried(page).runs[0].loss.kind == "focal")
    wait_idle(page)
    other = opened(new_page(), page.url, wait_idle)
    assert carried(other) == carried(page)
    assert carried(other).dataset.kind == "moons"
    assert other.locator(".st-key-chips").inner_text() == page.locator(".st-key-chips").inner_text()


def test_it_opens_trained_and_the_epoch_slider_moves_the_panels_and_nothing_else(server: Any, page: Page, wait_idle: Idle, tmp_path: Path) -> None:
    opens_trained(page, server.url, wait_idle)
    page.locator(f"{PANEL} .marks").wait_for()
    panel, curves = page.locator(PANEL), page.locator(CURVES)
    panel_before, curves_before = rests(page, panel.screenshot), rests(page, curves.screenshot)
    page.locator(".st-key-workbench-epoch").get_by_role("slider").press("Home")
    changed(page, panel, panel_before)
    wait_idle(page)
    assert curves.screenshot() == curves_before
    what_travels_as_a_file(page, wait_idle, tmp_path)


def test_curves_grow_while_it_trains_and_cancel_stops_it(server: Any, page: Page, wait_idle: Idle) -> None:
    page.goto(address(server.url, long_experiment()))
    cancel = page.get_by_role("button", name="Cancel")
    cancel.wait_for()
    chart = page.locator(CURVES)
    page.locator(f"{CURVES} .marks").wait_for()
    changed(page, chart, chart.screenshot())
    below, top = (page.locator(place).bounding_box() for place in (".st-key-choices", CURVES))
    assert below is not None
    assert top is not None
    assert top["y"] - below["y"] - below["height"] < 15, "the bar takes no room of the page"
    cancel.click()
    go_on = page.get_by_role("button", name="Continue")
    go_on.wait_for()
    wait_idle(page)
    said = page.get_by_text("Cancelled at", exact=False).first.inner_text()
    still = rests(page, chart.screenshot, seconds=1.0)
    assert page.get_by_text("Cancelled at", exact=False).first.inner_text() == said
    expect(page.locator("[data-testid=stVegaLiteChart]")).to_have_count(7)
    go_on.click()
    cancel.wait_for()
    changed(page, chart, still)
    cancel.click()
    go_on.wait_for()


@pytest.mark.proof
def test_controls_show_the_link_s_experiment_in_a_slow_browser_on_a_fresh_server(
    fresh_server: Callable[..., Any], new_page: Callable[..., Page], wait_idle: Idle
) -> None:
    """A slow browser gets the messages of several script runs at once: a value that only the first of them set must not be lost."""
    experiment = replace(digits_experiment(), dataset=DATASETS["moons"](noise=0.35), model=MODELS["mlp"](hidden=(8, 8)), epochs=10, seeds=3)
    page, run = new_page(), experiment.runs[0]
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(address(fresh_server(**ENVIRONMENT).url, experiment))
    page.locator(f"{CURVES} .marks").wait_for()
    wait_idle(page)
    for label, item in (("Data set", experiment.dataset), ("Model", experiment.model), ("Loss", run.loss), ("Optimizer", run.optimizer)):
        expect(page.locator("[data-testid=stSelectbox]").filter(has_text=label).get_by_role("combobox").first).to_have_value(item.listed())
    expect(page.get_by_role("textbox", name="Hidden layers")).to_have_value("8, 8")
    for label, value in (("Noise", "0.35"), ("Epochs", "10"), ("Batch size", "32"), ("Seeds", "3"), ("Learning rate", "0.1")):
        expect(page.locator("[data-testid=stSlider]").filter(has_text=label).first).to_contain_text(value)
    press(page, "Epochs", "ArrowRight")
    expect(page.get_by_text("Moons · MLP 8 8 · 20 epochs")).to_be_visible()
    until(page, lambda: carried(page) == replace(experiment, epochs=20))

"""What goes wrong around a person: connections, reloads, impatience, hostile text, and workers and servers that are ended. The page goes on."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, TimeoutError, WebSocketRoute, expect

from core.experiment import Experiment, default_experiment, digits_experiment
from tests import hostile
from tests.browser.conftest import PATIENCE, Server, carried, until
from tests.browser.test_workbench import CURVES, address, choose, long_experiment, opened, press
from tests.shared_server import ENVIRONMENT

Idle = Callable[..., None]

_PROGRESS = re.compile(r"Training: (\d+)%")

#: what text of a user could become: pictures, links, formulae, code, icons (those of the chips stand outside the text)
MADE = ", ".join(f".st-key-chips button {tag}" for tag in ("img", "a", "code", ".katex", "em", "strong", "del", "script", "[role=img]"))


def training(page: Page) -> float:
    """Return the percentage that the page says is trained, as soon as it says one."""
    said: list[str] = []

    def says() -> bool:  # in one look: between two the bar may be drawn anew, or say that others train first
        said[:] = page.get_by_test_id("stProgress").all_inner_texts()
        return any(_PROGRESS.search(text) for text in said)

    until(page, says, "a progress")
    return max(float(found[1]) for text in said if (found := _PROGRESS.search(text)))


def trains_on(page: Page) -> None:
    """Return once the progress moves."""
    before = training(page)
    until(page, lambda: training(page) > before, f"more than {before:.0f}%")


def moderate_experiment(seed: int) -> Experiment:
    """Return one that trains for several times as long as a browser takes to show it twice."""
    return replace(digits_experiment(), epochs=500, seeds=1, split_seed=seed)


def cancelled(page: Page) -> None:
    """Cancel what trains: its workers are needed by the next test."""
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Continue").wait_for()


def processes() -> dict[int, tuple[int, str]]:
    """Return the parent and the command of every process that is not a corpse."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
                command = (folder / "cmdline").read_text().replace("\0", " ")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if state != "Z":
                found[int(folder.name)] = int(parent), command
    return found


def descendants(ancestor: int) -> list[int]:
    table, found = processes(), [ancestor]
    for each in found:
        found += [number for number, (parent, _) in table.items() if parent == each]
    return found[1:]


def workers(server: Server) -> list[int]:
    table = processes()
    return [number for number in descendants(server.process.pid) if "LokyProcess" in table.get(number, (0, ""))[1]]


def killed(number: int) -> bool:
    """Kill a process, and return whether it was still there."""
    try:
        os.kill(number, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc, which Linux has")


# The connection and the tab


@pytest.mark.proof
@pytest.mark.parametrize("messages", [36, 66, None], ids=["early in the first drawing", "late in it", "when it trains"])
def test_a_connection_that_drops_is_taken_up_again(server: Any, page: Page, expected_complaints: list[str], messages: int | None) -> None:
    """After so many messages of the server: what it sent or queued after them is lost, and the next drawing does not build upon it."""
    expected_complaints += ["disconnected from server", "WebSocket is already in CLOSING"]  # a renewal that was due just then
    connections: list[tuple[WebSocketRoute, WebSocketRoute]] = []

    def drop() -> None:
        for end in reversed(connections[0]):
            end.close()

    def through(route: WebSocketRoute) -> None:
        connections.append((route, route.connect_to_server()))
        if len(connections) == 1 and messages is not None:
            received = itertools.count(1)

            def on(message: str | bytes) -> None:
                if (number := next(received)) < messages:
                    route.send(message)
                elif number == messages:
                    drop()

            connections[0][1].on_message(on)

    page.route_web_socket(re.compile("/_stcore/stream"), through)
    experiment = replace(long_experiment(), split_seed=11)
    page.goto(address(server.url, experiment))
    before = training(page)
    if messages is None:
        drop()
    trains_on(page)
    assert len(connections) == 2, "connected anew"
    assert training(page) >= before, "the training went on, and did not begin again"
    assert carried(page) == experiment
    cancelled(page)


@pytest.mark.proof
def test_a_refresh_and_a_change_of_page_find_the_training_where_it_is(fresh_server: Callable[..., Server], page: Page, wait_idle: Idle) -> None:
    """On a server of its own: the session before the refresh is held to be there for minutes, and what it follows trains on beside other tests."""
    server = fresh_server(**ENVIRONMENT)
    experiment = replace(long_experiment(), split_seed=12)
    page.goto(address(server.url, experiment))
    trains_on(page)
    before = training(page)
    page.reload()
    assert training(page) >= before
    assert carried(page) == experiment
    page.locator("[data-testid=stSidebarNavLink]").filter(has_text="Losses").click()
    page.locator(".st-key-losses_heading").wait_for()
    wait_idle(page)
    expect(page.locator("[data-testid=stException], [data-testid=stAlert]")).to_have_count(0)
    page.locator("[data-testid=stSidebarNavLink]").filter(has_text="Workbench").click()
    trains_on(page)
    assert carried(page) == experiment
    cancelled(page)


def test_two_tabs_of_one_person(server: Any, page: Page) -> None:
    """In one browser: each has its own screen, and Cancel in one leaves the other alone."""
    experiment = replace(long_experiment(), split_seed=14)
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(address(server.url, experiment))
        training(tab)
    cancelled(page)
    trains_on(other)
    choose(other, "Data set", "Moons")
    until(other, lambda: carried(other).dataset.kind == "moons")
    assert carried(page) == experiment
    page.get_by_role("button", name="Continue").click()
    trains_on(page)
    cancelled(page)
    with suppress(TimeoutError):  # the moons may be trained by now; if not, they need not be
        other.get_by_role("button", name="Cancel").click(timeout=1000)


# Impatience


def test_double_clicks(server: Any, page: Page) -> None:
    """On what adds, and on what cancels: the second click finds the same button, or none."""
    experiment = replace(long_experiment(), split_seed=15)
    page.goto(address(server.url, experiment))
    training(page)
    page.get_by_role("button", name="Cancel").dblclick()
    page.get_by_role("button", name="Continue").wait_for()
    page.get_by_role("button", name="Add run").dblclick()
    chips = page.locator(".st-key-chips button")
    expect(chips).not_to_have_count(4)
    until(page, lambda: chips.count() == len(carried(page).runs))
    assert chips.count() in (5, 6)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    cancelled(page)


@pytest.mark.proof
def test_twenty_changes_in_a_second_end_on_the_last_one(server: Any, page: Page, wait_idle: Idle) -> None:
    opened(page, address(server.url, replace(digits_experiment(), split_seed=0)), wait_idle)
    page.get_by_text("Split and precision").click()
    press(page, "Split seed", "ArrowRight", times=20)
    expect(page.locator("[data-testid=stSlider]").filter(has_text="Split seed").first).to_contain_text("20")
    until(page, lambda: carried(page).split_seed == 20)
    wait_idle(page)
    page.locator(f"{CURVES} .marks").wait_for()
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


# Text


def test_hostile_labels_make_nothing(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    """No picture, link, formula or icon, in the chips, the charts, or a message; and the console says nothing."""
    labels = [text for text in hostile.TEXTS if not text.isascii() or any(part in text for part in ("<", "http", "www", "@a", "$", ":", "->", "{{"))][:12]
    run = digits_experiment().runs[3]
    experiment = replace(digits_experiment(), epochs=2, runs=tuple(replace(run, label=label) for label in labels))
    page = opened(new_page(), address(server.url, experiment), wait_idle)
    chips = [text.replace("\u2060", "") for text in page.locator(".st-key-chips button").all_inner_texts()]
    assert chips == [f"{mark} {label}" for mark, label in zip("ABCDEFGHIJKL", labels, strict=False)]
    expect(page.locator(MADE)).to_have_count(0)
    page.get_by_text("per class", exact=True).click()
    wait_idle(page)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def test_a_message_about_a_hostile_link_makes_nothing(server: Any, page: Page, wait_idle: Idle) -> None:
    text = "https://a.example/steal [x](https://a.example) $x$ :material/home: <img src=x>"
    opened(page, f"{server.url}/?e={hostile.packed(hostile.experiment(dataset={'kind': text}))}", wait_idle)
    assert carried(page) == default_experiment()
    alert = page.locator("[data-testid=stAlert]").filter(has_text="The link could not be opened")
    assert text in alert.inner_text().replace("\u2060", "")
    expect(alert.locator("[data-testid=stMarkdownContainer]").locator("a, img, .katex, [role=img]")).to_have_count(0)


# Processes


@linux
@pytest.mark.proof
def test_a_run_finishes_though_workers_are_killed(fresh_server: Callable[..., Server], page: Page, wait_idle: Idle) -> None:
    """First one of them, and when others have taken their place and it trains again, all.

    A pool of which one worker was killed ends the others itself, so that a worker in the list may be gone a moment later.
    """
    server = fresh_server(LOSSBENCH_WORKERS="2")
    page.goto(address(server.url, moderate_experiment(21)))
    victims: list[int] = []
    reached = 0.0
    for count in (1, None):
        until(page, lambda reached=reached: training(page) > reached, "a training that goes on")
        reached = training(page)
        present = workers(server)
        dying = [each for each in present[:count] if killed(each)]
        assert dying
        victims += dying
        until(page, lambda old=frozenset(present): bool(now := workers(server)) and not old & set(now), "other workers")
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    wait_idle(page)
    expect(page.locator("[data-testid=stAlert], [data-testid=stException]")).to_have_count(0)
    expect(page.locator("[data-testid=stVegaLiteChart]")).to_have_count(7)
    assert not set(victims) & set(workers(server))


@linux
@pytest.mark.proof
def test_a_server_that_is_told_to_stop_leaves_no_process_and_no_file(
    fresh_server: Callable[..., Server], page: Page, tmp_path: Path, root: Path, expected_complaints: list[str]
) -> None:
    """In the middle of a training, from a folder that cannot be written to: all that runs is in memory."""
    expected_complaints += ["disconnected from server", "server endpoint", "not responding", "WebSocket"]
    folder = tmp_path / "checkout"
    for name in ("streamlit_app.py", "core", "pages", ".streamlit"):
        source = root / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(exist_ok=True)
            shutil.copy(source, folder / name)
    every = [folder, *folder.rglob("*")]
    before = {path: path.stat().st_mtime_ns for path in every}
    for path in every:
        path.chmod(path.stat().st_mode & ~0o222)  # means nothing to an administrator: what was written shows below
    try:
        server = fresh_server(folder)
        page.goto(address(server.url, replace(long_experiment(), split_seed=22)))
        trains_on(page)
        started = descendants(server.process.pid)
        assert workers(server)
        os.kill(server.process.pid, signal.SIGTERM)
        server.process.wait(timeout=PATIENCE)
        page.close()  # it would complain that nobody answers
        deadline = time.monotonic() + PATIENCE
        while left := set(started) & set(processes()):
            assert time.monotonic() < deadline, f"still there: {left}"
            time.sleep(0.05)
        assert "Traceback" not in server.log.read_text(errors="replace")
    finally:
        for path in every:
            path.chmod(path.stat().st_mode | 0o200)
    assert {path: path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]} == before

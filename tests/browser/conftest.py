"""The dashboard in a real browser: servers of our own on free ports of this machine, and pages that must not complain.

A test that takes `server` shares one server with all others, also those of other workers; `fresh_server()` starts one that nobody has
visited. `page` is a tab of 1280 x 800 in the light theme, `dark_page` one in the dark theme, `new_page(...)` opens any other.
Whatever the console or the page reports as an error fails the test that opened it.

Tests wait for a state (an element, an attribute, a process that is gone), never for a time. Where nothing may happen, `rests` gives it a moment.
`PATIENCE` is for a machine that others keep busy: it costs nothing when all is well.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect, sync_playwright

from core.experiment import Experiment
from core.parameters import Document
from core.stories import Story
from pages.ui.session import link
from pages.ui.session.address import EXPERIMENT
from tests.server import ROOT, Server, answering
from tests.shared_server import CHROMIUM, ENVIRONMENT, LOG

D = TypeVar("D", bound=Document)
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
#: the longest that a test waits for anything, in seconds
PATIENCE = 120.0
expect.set_options(timeout=PATIENCE * 1000)

#: messages of Chromium about a request that failed; which request it was is judged by its response
_FAILED_REQUEST = "Failed to load resource"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder as `browser`, with room for a slow machine; what needs a cold server takes longest and comes first.

    Two workers begin with a half of the list each. Dealt in turn, the halves take about as long, and neither ends with the long ones.
    """
    places = [place for place, item in enumerate(items) if Path(item.path).is_relative_to(Path(__file__).parent)]
    ours = sorted((items[place] for place in places), key=lambda item: "fresh_server" not in getattr(item, "fixturenames", ()))
    for item in ours:
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.timeout(600))
    for place, item in zip(places, [*ours[::2], *ours[1::2]], strict=True):
        items[place] = item


@pytest.fixture(scope="session")
def _servers(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Server]:
    return lambda folder=ROOT, **environment: Server(tmp_path_factory.mktemp("server") / "log.txt", folder, **environment)


@dataclass(frozen=True)
class Shared:
    """The server that all tests share; it has been visited, and is being visited."""

    url: str


@pytest.fixture(scope="session")
def server(browser: Browser, pytestconfig: pytest.Config, _servers: Callable[..., Server]) -> Iterator[Shared]:
    """Return the server that the process which hands tests out to workers has started, or without workers one of our own."""
    if hasattr(pytestconfig, "workerinput"):
        yield Shared(answering(Path(pytestconfig.workerinput[LOG])))
    else:
        with _servers(**ENVIRONMENT) as own:
            yield Shared(own.url)


@pytest.fixture
def fresh_server(_servers: Callable[..., Server]) -> Iterator[Callable[..., Server]]:
    """Return a function that starts a server which nobody has visited, perhaps from another folder or in another environment; it ends with the test."""
    opened: list[Server] = []

    def start(folder: Path = ROOT, **environment: str) -> Server:
        opened.append(_servers(folder, **environment))
        return opened[-1].__enter__()

    yield start
    for server in opened:
        server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return Chromium; without it the test is skipped, or fails where REQUIRE_BROWSER=1 is set."""
    if CHROMIUM is None:
        reason = "Chromium is not installed; the browser tests need it (Debian: apt-get install chromium)"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])])
        yield chromium
        chromium.close()


class Complaints(list[str]):
    """What the console, the scripts and the network of a tab reported as errors."""

    def watch(self, page: Page) -> None:
        """Collect from this tab from now on."""
        page.on("pageerror", lambda error: self.append(f"page error: {error}"))
        page.on("console", self._console)
        page.on("response", self._response)
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_FAILED_REQUEST):
            self.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", None, ""):  # data and blobs have no host
            self.append(f"another host is asked: {request.url}")

    def _response(self, response: Response) -> None:
        # Below a page's address Streamlit's front end first looks for its server there, and gets a 404, before it looks at the root.
        address = urlsplit(response.url)
        probe = response.status == 404 and "/_stcore/" in address.path and not address.path.startswith("/_stcore/")
        if address.hostname == "127.0.0.1" and response.status >= 400 and not probe:
            self.append(f"{response.status} for {response.url}")


@pytest.fixture
def expected_complaints() -> list[str]:
    """Return a list to which a test adds parts of the messages that it provokes on purpose."""
    return []


@pytest.fixture(scope="session")
def context(browser: Browser) -> BrowserContext:
    """Return what the tabs of a worker's tests share: the front end, downloaded and compiled. A tab of it is a session of its own."""
    shared = browser.new_context()
    shared.set_default_timeout(PATIENCE * 1000)
    return shared


@pytest.fixture
def new_page(context: BrowserContext, expected_complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a tab of its own session: `new_page(scheme="dark", width=390, height=844)`. Nothing of it is left to the next test."""
    complaints = Complaints()
    opened = []

    def open_page(*, scheme: Literal["light", "dark"] = "light", width: int = 1280, height: int = 800) -> Page:
        page = context.new_page()
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": height})
        opened.append(page)
        complaints.watch(page)
        return page

    yield open_page
    for page in (tab for tab in opened if not tab.is_closed()):
        page.evaluate("location.protocol.startsWith('http') && (localStorage.clear(), sessionStorage.clear())")
    for page in context.pages:
        page.close()
    context.clear_cookies()
    unexpected = [text for text in complaints if not any(part in text for part in expected_complaints)]
    assert not unexpected, "the browser complained:\n" + "\n".join(unexpected)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """Return a tab of 1280 x 800 in the light theme."""
    return new_page()


@pytest.fixture
def dark_page(new_page: Callable[..., Page]) -> Page:
    """Return a tab of 1280 x 800 in the dark theme."""
    return new_page(scheme="dark")


def until(page: Page, holds: Callable[[], bool], what: str = "what was waited for") -> None:
    """Return when something holds; fail when patience ends."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come about"
        page.wait_for_timeout(50)


def carried(page: Page, kind: type[D] = Experiment, parameter: str = EXPERIMENT) -> D:  # type: ignore[assignment]
    """Return the document in the address bar: the experiment, or one of another kind."""
    return link.read(parse_qs(urlsplit(page.url).query)[parameter][0], kind)


def changed(page: Page, chart: Locator, before: bytes) -> bytes:
    """Return the chart's picture once it differs from `before`."""
    pictures = [before]

    def differs() -> bool:
        pictures.append(chart.screenshot())
        return pictures[-1] != before

    until(page, differs, "another picture")
    return pictures[-1]


def rests(page: Page, look: Callable[[], Any], seconds: float = 0.3) -> Any:
    """Return what `look` returns once it has returned the same for so long."""
    seen, since = look(), time.monotonic()
    deadline = since + PATIENCE
    while time.monotonic() - since < seconds:
        page.wait_for_timeout(100)
        if (now := look()) != seen:
            seen, since = now, time.monotonic()
            assert since < deadline, "it does not come to rest"
    return seen


def stands(page: Page, wait_idle: Callable[..., None]) -> None:
    """Wait until a page rests, and what it trains is trained."""
    wait_idle(page)
    until(page, lambda: not page.get_by_test_id("stProgress").count(), "the end of the training")
    wait_idle(page)


def fits(page: Page) -> None:
    """See that nothing is wider than the screen."""
    assert page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('[data-testid=stMain]'))") <= 0


def asks_is_played_and_tells(page: Page, told: Story[Any]) -> None:
    """See a story that stands before its last record: its question, Play on a screen of 720 pixels, and after the last step its verdict."""
    words, play = page.locator(".st-key-takeaway"), page.get_by_role("button", name="Play")
    expect(words).to_have_text(told.question)
    until(page, lambda: (box := play.bounding_box()) is not None and box["y"] + box["height"] <= 720, "Play above the fold")
    play.click()
    expect(words).to_contain_text(told.verdict)
    expect(play).to_be_visible()  # and no longer Pause


def walk(page: Page, address: str, views: Iterable[str]) -> Iterator[str]:
    """Open a page of several views, choose one after the other, and yield each as soon as the address carries it."""
    page.goto(address)
    choices = page.locator(f".st-key-{address.rpartition('/')[2]}_heading").get_by_role("radio")
    for number, view in enumerate(views):
        choices.nth(number).click()
        page.wait_for_url(f"**view={view}**")
        yield view


@pytest.fixture(scope="session")
def wait_idle() -> Callable[..., None]:
    """Return `wait_idle(page)`: it returns when the page's script is at rest."""

    def wait(page: Page) -> None:
        # A click reaches the server a moment later: the page must stay at rest for as long as that takes.
        at_rest = 0
        deadline = time.monotonic() + PATIENCE
        while at_rest < 4:
            page.wait_for_selector(IDLE, timeout=max(1.0, (deadline - time.monotonic()) * 1000))
            page.wait_for_timeout(50)
            at_rest = at_rest + 1 if page.locator(IDLE).count() else 0

    return wait

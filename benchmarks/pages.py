"""What a visitor waits for, in headless Chromium against a server of its own: `python -m benchmarks.pages [page ...]`.

Of a cold server: the seconds from the start of its process until it answers, and until the trained comparison is drawn in a browser that waits for it.
Of each page and view, medians of tabs that are new to a server that knows the page: milliseconds from the navigation to the first stroke of a chart
and to the last one, and from a key on one of its dials to the last stroke; kilobytes that the websocket brought for each; and what of it the
browser's main thread worked.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page, TimeoutError, sync_playwright

from tests.server import ROOT, Server

REPEATS = 3
#: counts the websocket's bytes and notes when a chart was first and last drawn on
PROBE = """
window.probe = {bytes: 0, first: 0, changed: 0, pressed: 0};
const Native = window.WebSocket;
window.WebSocket = class extends Native {
  constructor(...args) {
    super(...args);
    this.addEventListener('message', ({data}) => { probe.bytes += data.byteLength ?? data.size ?? data.length; });
  }
};
for (const name of ['clearRect', 'stroke', 'fill', 'fillText', 'drawImage']) {
  const native = CanvasRenderingContext2D.prototype[name];
  CanvasRenderingContext2D.prototype[name] = function(...args) {
    if (this.canvas.closest('.stVegaLiteChart')) {
      probe.changed = performance.now();
      probe.first ||= probe.changed;
    }
    return native.apply(this, args);
  };
}
window.addEventListener('keydown', event => { probe.pressed = event.timeStamp; }, true);
"""
#: quiet for this long is the end, unless a training goes on
_QUIET = 700
_AT_REST = f"""since => probe.changed > since && performance.now() - probe.changed > {_QUIET}
  && document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]') !== null
  && document.querySelector('[data-testid=stProgress]') === null"""

#: pages and views, and the label of a dial of each, if it has one
VIEWS = {
    "": "Learning rate",
    "losses?view=curves": "Huber: δ",
    "losses?view=softmax": "Score of A",
    "losses?view=pulls": "Outliers",
    "losses?view=errors": "Slope",
    "losses?view=learned": "Residuals up to",
    "optimizers?view=race": "Learning rate",
    "optimizers?view=line": "Learning rate",
    "optimizers?view=rates": "Your rate",
    "optimizers?view=learned": "Seed",
    "imbalance": "Threshold",
    "regularization?view=strength": "Elastic net",
    "regularization?view=remedies": "Epoch",
    "regularization?view=balls": "Budget",
    "regularization?view=fit": "",
    "regularization?view=decay": "Strength",
    "adversarial?view=gradient": "Distance",
    "adversarial?view=critic": "Generator's width",
    "adversarial?view=dirac": "Step size",
    "adversarial?view=duel": "Seed",
    "metric_learning?view=embedding": "Seed",
    "metric_learning?view=mining": "Margin",
    "metric_learning?view=people": "Seed",
    "metric_learning?view=triplet": "Margin",
    "segmentation?view=losses": "Threshold",
    "segmentation?view=empty": "Probability",
    "multitask?view=pareto": "Hidden units",
    "multitask?view=weightings": "Seed",
    "deep_networks": "Depth",
    "reinforcement?view=values": "Decay",
    "reinforcement?view=transition": "Prediction",
    "reinforcement?view=cliff": "Exploration",
    "reinforcement?view=advantage": "Sureness",
    "reinforcement?view=policy": "Rate",
    "reinforcement?view=small": "Rate",
}
#: milliseconds after which a press without any answer counts as lost, and how often it is tried
_LOST, _ATTEMPTS = 10_000, 3
#: how a dial is moved there and back, and which one stands at its last stop
_KEYS, _AT_THE_END = ("ArrowRight", "ArrowLeft"), "Epoch"


@dataclass(frozen=True)
class Drawn:
    """Milliseconds to the first and the last stroke of the charts, kilobytes, and milliseconds of the browser's main thread."""

    first: float
    last: float
    kilobytes: float
    worked: float


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium without a window, and close it at the end of the `with` block."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


def new_tab(chromium: Browser) -> tuple[Page, CDPSession]:
    """Return a tab of a session of its own, probed, and the line to its browser's measurements."""
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(120_000)
    page.add_init_script(PROBE)
    line = page.context.new_cdp_session(page)
    line.send("Performance.enable")
    return page, line


def worked(line: CDPSession) -> float:
    """Return the milliseconds that the tab's main thread has worked so far."""
    return next(float(metric["value"]) for metric in line.send("Performance.getMetrics")["metrics"] if metric["name"] == "TaskDuration") * 1000


def at_rest(page: Page, line: CDPSession, since: float, bytes_before: float = 0, worked_before: float = 0) -> Drawn:
    """Return what was drawn since a moment of the page's clock, once its script is at rest and nothing changes any more."""
    page.wait_for_function(_AT_REST, arg=since)
    first, changed, received = page.evaluate("[probe.first, probe.changed, probe.bytes]")
    return Drawn(first - since, changed - since, (received - bytes_before) / 1000, worked(line) - worked_before)


def opened(page: Page, line: CDPSession, address: str) -> Drawn:
    """Open an address in a new tab, and return what that cost."""
    page.goto(address, wait_until="commit")
    return at_rest(page, line, 0)


def moved(page: Page, line: CDPSession, label: str, key: str) -> Drawn:
    """Press a key on the first dial with this label, and return what the change cost. A press that is lost is repeated."""
    for _ in range(_ATTEMPTS):
        bytes_before, worked_before = page.evaluate("probe.bytes"), worked(line)
        page.locator("[data-testid=stSlider]").filter(has_text=label).get_by_role("slider").first.press(key)
        pressed = page.evaluate("probe.pressed")
        with suppress(TimeoutError):
            page.wait_for_function("since => probe.changed > since", arg=pressed, timeout=_LOST)
            return at_rest(page, line, pressed, bytes_before, worked_before)
    raise RuntimeError(f"the dial {label!r} did not move in {_ATTEMPTS} attempts")


def opened_and_moved(chromium: Browser, address: str, label: str) -> tuple[list[Drawn], list[Drawn]]:
    """Open a page in several new tabs, and in the last one move its dial to and fro; return what opening, and each move, cost after the first."""
    visits = []
    for _ in range(REPEATS + 1):
        page, line = new_tab(chromium)
        visits.append(opened(page, line, address))
        if len(visits) <= REPEATS:
            page.context.close()
    keys = _KEYS[::-1] if label == _AT_THE_END else _KEYS
    moves = [moved(page, line, label, keys[i % 2]) for i in range(REPEATS + 1 if label else 0)]
    page.context.close()
    return visits[1:], moves[1:]


def row(name: str, drawn: list[Drawn], *fields: str) -> str:
    """Return a row of a table: medians of the fields, and the longest of the last strokes."""
    medians = [statistics.median(getattr(each, field) for each in drawn) for field in fields]
    return f"| {name:32} | {' | '.join(f'{value:6.0f}' for value in medians)} | {max(each.last for each in drawn):6.0f} |"


def cold_start(chromium: Browser, log: Path, folder: Path = ROOT, **environment: str) -> tuple[float, float]:
    """Start a server of this folder's version; return the seconds until it answers, and from then until its first visitor sees the trained comparison."""
    page, line = new_tab(chromium)
    began = time.monotonic()
    with Server(log, folder, **environment) as server:
        answers = time.monotonic() - began
        waited = opened(page, line, server.url).last / 1000
    page.context.close()
    return answers, waited


def main() -> None:
    """Measure a cold server, and then every page and view, or those named."""
    chosen = {path: label for path, label in VIEWS.items() if not sys.argv[1:] or path.partition("?")[0] in sys.argv[1:]}
    with browser() as chromium, tempfile.TemporaryDirectory() as folder:
        for i in range(3):
            answers, waited = cold_start(chromium, Path(folder) / f"cold{i}.txt")
            print(f"cold server: answers after {answers:.2f} s, trained comparison drawn {waited:.2f} s after that, {answers + waited:.2f} s in all")
        visits, moves = {}, {}
        with Server(Path(folder) / "warm.txt") as server:
            for path, label in chosen.items():
                visits[path], moves[path] = opened_and_moved(chromium, f"{server.url}/{path}", label)
                print(f"measured /{path}", file=sys.stderr)
    print("\n| opened by a new tab | first stroke, ms | last stroke, ms | kB | main thread, ms | longest, ms |\n| --- | --: | --: | --: | --: | --: |")
    print(*(row(f"/{path}", drawn, "first", "last", "kilobytes", "worked") for path, drawn in visits.items()), sep="\n")
    print("\n| a dial moved | last stroke, ms | kB | main thread, ms | longest, ms |\n| --- | --: | --: | --: | --: |")
    print(*(row(f"/{path} {chosen[path]}", drawn, "last", "kilobytes", "worked") for path, drawn in moves.items() if drawn), sep="\n")


if __name__ == "__main__":
    main()

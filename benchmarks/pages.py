"""What a visitor waits for, in a headless Chromium against a server of its own: `python -m benchmarks.pages`.

Times are from navigation, or from the click or key, to the last change of a chart; bytes are what the websocket brought.
"""

from __future__ import annotations

import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
REPEATS = 5
CHARTS = 7
#: counts the websocket's bytes and notes when a chart last changed
PROBE = """
window.probe = {bytes: 0, changed: 0};
const Native = window.WebSocket;
window.WebSocket = class extends Native {
  constructor(...args) {
    super(...args);
    this.addEventListener('message', ({data}) => { probe.bytes += data.byteLength ?? data.size ?? data.length; });
  }
};
new MutationObserver(records => {
  if (records.some(({target}) => target.closest?.('.stVegaLiteChart'))) probe.changed = performance.now();
}).observe(document, {subtree: true, childList: true, attributes: true});
for (const name of ['clearRect', 'stroke', 'fill', 'fillText', 'drawImage']) {
  const native = CanvasRenderingContext2D.prototype[name];
  CanvasRenderingContext2D.prototype[name] = function(...args) { probe.changed = performance.now(); return native.apply(this, args); };
}
"""


#: dials of the other pages: address, and the label of a slider there
DIALS = (
    ("losses?view=curves", "Huber: δ"),
    ("losses?view=softmax", "Score of A"),
    ("losses?view=pulls", "Outliers"),
    ("losses?view=errors", "Slope"),
    ("optimizers?view=race", "Learning rate"),
    ("optimizers?view=line", "Learning rate"),
    ("optimizers?view=rates", "Your rate"),
)


def settled(page: Page, since: float, charts: int = CHARTS) -> tuple[float, float]:
    """Return milliseconds from `since` to the last change of a chart, once all are drawn and nothing changes for 0.7 s, and the bytes so far."""
    page.wait_for_function(
        f"document.querySelectorAll('.stVegaLiteChart .marks').length >= {charts} && probe.changed > {since} && performance.now() - probe.changed > 700"
    )
    changed, received = page.evaluate("[probe.changed, probe.bytes]")
    return changed - since, received


def visit(page: Page, url: str) -> list[tuple[float, float]]:
    """Open the page, change an optimizer, and return time and bytes of each."""
    page.goto(url, wait_until="commit")
    opened = settled(page, 0)
    page.locator("[data-testid=stSelectbox]").filter(has_text="Optimizer").get_by_role("combobox").first.click()
    page.evaluate("window.addEventListener('click', event => { probe.clicked = event.timeStamp; }, true)")
    page.get_by_role("option", name="RMSprop", exact=True).click()
    changed = settled(page, page.evaluate("probe.clicked"))
    return [opened, (changed[0], changed[1] - opened[1])]


def slide(page: Page, address: str, label: str) -> list[tuple[float, float]]:
    """Open a page and move one of its dials by a step, several times; return time and bytes of each move after the first."""
    page.goto(address, wait_until="commit")
    received = settled(page, 0, 1)[1]
    page.evaluate("window.addEventListener('keydown', event => { probe.pressed = event.timeStamp; }, true)")
    moves = []
    for i in range(REPEATS + 1):
        page.locator("[data-testid=stSlider]").filter(has_text=label).get_by_role("slider").first.press("ArrowLeft" if i % 2 else "ArrowRight")
        moved, total = settled(page, page.evaluate("probe.pressed"), 1)
        moves.append((moved, total - received))
        received = total
    return moves[1:]


def main() -> None:
    """Print the first visit to a fresh server, medians of later ones, and of moves of dials."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.headless", "true", "--server.address", "127.0.0.1"]
    server = subprocess.Popen([*command, "--server.port", str(port)], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        while True:
            with suppress(OSError), urllib.request.urlopen(f"{url}/_stcore/health"):
                break
            time.sleep(0.1)
        visits = []
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
            for _ in range(REPEATS + 1):
                page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
                page.add_init_script(PROBE)
                visits.append(visit(page, url))
                page.context.close()
            dials = {}
            for path, label in DIALS:
                page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
                page.add_init_script(PROBE)
                dials[f"/{path} {label}"] = slide(page, f"{url}/{path}", label)
                page.context.close()
    finally:
        server.terminate()
        server.wait()
    for name, rows in (("first visit to a fresh server", visits[:1]), (f"warm, median of {REPEATS}", visits[1:])):
        for number, what in enumerate(("open to all charts drawn", "change an optimizer     ")):
            times, received = zip(*(row[number] for row in rows), strict=True)
            print(f"{name:32} {what} {statistics.median(times):7.0f} ms {statistics.median(received) / 1000:7.1f} kB")
    for name, moves in dials.items():
        times, received = zip(*moves, strict=True)
        print(f"{name:58} {statistics.median(times):7.0f} ms {statistics.median(received) / 1000:7.1f} kB (longest {max(times):.0f} ms)")


if __name__ == "__main__":
    main()

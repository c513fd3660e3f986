"""What a comparison costs of which parts were trained before, against another version of the project: `python -m benchmarks.lanes BEFORE [AIM ...]`.

BEFORE is a folder with the other version, for example of `git worktree add ../before REVISION`; AIM names some of the measurements (`--help` lists them).
Each starts servers of both versions, with the same interpreter and two workers, and measures them in turns: first the one and then the other, the next time
the other way round. Where little happens both servers are up, and the first times do not count. A crowd has the machine for itself: the servers, fresh ones,
follow each other.

Printed are medians, their ratio, the middle half of the ratios of neighbours, the share of the machine that other programs took meanwhile, and whether the
aim is met, with a question mark where others took so much that the figure says little: then measure again. Processor time is that of a server and all that
it has started. The crowds are scenarios of `tests.load`, and what is drawn is seen by Chromium. Both versions must understand this one's links, and know
the widgets by the same labels.
"""

from __future__ import annotations

import argparse
import asyncio
import compileall
import logging
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from math import inf
from pathlib import Path

import numpy as np

from benchmarks.neighbours import others
from benchmarks.pages import browser, cold_start, moved, new_tab, opened
from benchmarks.training import CASES
from benchmarks.training import experiment as stack
from core.experiment import Experiment
from tests.load.client import Session
from tests.load.scenarios import EPOCH_SLIDER, LAST_RESULT, LOSS_DIAL, MEGABYTES, MEMORY, SLIDER_SECONDS, Crowd, query
from tests.load.visits import visited
from tests.server import ROOT, Server

#: no modules but those of the server's own folder
ENVIRONMENT = {"LOSSBENCH_WORKERS": "2", "PYTHONPATH": ""}
#: the dial of the run that is changed, and its lowest stop. It is moved up from there stop by stop: none of that was ever trained, nor does it diverge
_DIAL, _LOWEST_RATE = "Learning rate", 1e-5
#: how often both versions are measured, without the times that do not count
_CHANGES, _DRAWINGS, _TABS, _COLD_STARTS = 7, 13, 15, 7
#: work that follows on the last drawing, such as collecting garbage, counts, too
_AFTERWARDS = 0.5

#: others may take this share of the machine. Two alike versions differed by 0.6 to 1.6 in a crowd's time when it was a third and more
_QUIET, _OTHERS = 0.1, "others"

#: what one measurement of one version has found, by the name of the row, and what others took; and the two of neighbours
Sample = dict[str, float]
Pair = tuple[Sample, Sample]


@dataclass(frozen=True)
class Aim:
    """A row of the table: what is measured, and at most which share of the other version's, and which number, it is to be."""

    what: str
    ratio: float = inf
    most: float = inf

    def words(self) -> str:
        """Return the aim in words."""
        return " and ".join([f"ratio <= {self.ratio:g}"] * (self.ratio < inf) + [f"<= {self.most:g}"] * (self.most < inf))

    def met(self, ratio: float, now: float, others: float) -> str:
        """Return whether it is met, nothing if there is no aim."""
        return ("yes" if ratio <= self.ratio and now <= self.most else "NO") + ("?" if others > _QUIET else "") if self.words() else ""


AIMS = {
    "one_of_eight": Aim("one of eight runs changed, digits, 200 epochs: processor time, s", 0.45),
    "drawn": Aim("... from the change to all charts drawn, 20 epochs, s", 0.8, 0.5),
    "one_differs": Aim("100 comparisons that differ in one run: first arrival to last result, s", 0.5, 20),
    "one_differs left": Aim("... times the share of the machine that others left, an estimate, s"),
    "one_differs processor": Aim("... processor time, with the start of the server, s"),
    "one_differs memory": Aim("... memory, largest, MB", most=MEGABYTES),
    "all_rates": Aim("100 that differ in all four rates: first arrival to last result, s", 0.7),
    "all_rates left": Aim("... times the share of the machine that others left, an estimate, s"),
    "all_rates processor": Aim("... processor time, with the start of the server, s"),
    "all_rates memory": Aim("... memory, largest, MB", most=MEGABYTES),
    "sliders": Aim("30 train while 30 move dials: p95 of a move, the slower dial, s", most=SLIDER_SECONDS),
    "sliders memory": Aim("... memory, largest, MB", most=MEGABYTES),
    "first_chart": Aim("workbench, warm: first chart, s", 0.92),
    # 5 s where the other version takes 5.9
    "cold": Aim("cold server to the first drawn comparison, s", 0.85),
}


@dataclass
class Bench:
    """The two versions, before and now. `size` is the share of the visitors who come, `crowds` how often both versions have each crowd."""

    folders: tuple[Path, Path]
    logs: Path
    size: float = 1.0
    crowds: int = 1
    failures: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def log(self) -> Path:
        """Return the place of a log that is not there yet."""
        return self.logs / f"{next(self._numbers)}.txt"

    def server(self, version: int) -> Server:
        """Start a server of a version."""
        return Server(self.log(), self.folders[version], **ENVIRONMENT)

    @contextmanager
    def servers(self) -> Iterator[tuple[Server, Server]]:
        """Have a server of each version up."""
        with ExitStack() as up:
            yield up.enter_context(self.server(0)), up.enter_context(self.server(1))


def in_turns(measure: Callable[[int], Sample], times: int) -> list[Pair]:
    """Return what `measure(version)` returns for the two versions in turns, so that a noisy moment meets both, and none is always the first."""
    pairs = []
    for i in range(times):
        found = {}
        for version in (0, 1) if i % 2 == 0 else (1, 0):
            with others() as share:
                found[version] = measure(version)
            found[version][_OTHERS] = share()
        pairs.append((found[0], found[1]))
    return pairs


def eight(epochs: int) -> Experiment:
    """Return eight mixed runs on digits, the first of them at the bottom of the dial."""
    asked = stack(CASES[0], 8, mixed=True)
    return replace(asked, runs=(replace(asked.runs[0], learning_rate=_LOWEST_RATE), *asked.runs[1:]), epochs=epochs)


def one_of_eight(bench: Bench) -> list[Pair]:
    """Change one run of eight with its dial, in a session without a browser, and return the processor time until its results are on the page."""

    async def open_tab(server: Server) -> Session:
        tab = Session(server.url, query=query(eight(200)))
        await tab.__aenter__()
        await tab.settle()
        return tab

    async def change(tab: Session, rate: str) -> None:
        await tab.choose(f"{_DIAL} η", rate)
        await tab.settle()
        await asyncio.sleep(_AFTERWARDS)

    with asyncio.Runner() as loop, bench.servers() as servers:
        tabs = [loop.run(open_tab(server)) for server in servers]
        rates = [iter(tab.find(f"{_DIAL} η").proto.options[1:]) for tab in tabs]

        def measure(version: int) -> Sample:
            before = sum(servers[version].processor_seconds())
            loop.run(change(tabs[version], next(rates[version])))
            return {"one_of_eight": sum(servers[version].processor_seconds()) - before}

        pairs = in_turns(measure, 1 + _CHANGES)[1:]
        for tab in tabs:
            bench.failures += tab.complaints
            loop.run(tab.close())
    return pairs


def drawn(bench: Bench) -> list[Pair]:
    """Change one run of eight with its dial, in a browser, and return the seconds until the last stroke of a chart."""
    with bench.servers() as servers, browser() as chromium:
        tabs = [new_tab(chromium) for _ in servers]
        for (page, line), server in zip(tabs, servers, strict=True):
            opened(page, line, f"{server.url}/?{query(eight(20))}")
            bench.failures += page.get_by_text("could not be opened").all_inner_texts()
        return in_turns(lambda version: {"drawn": moved(*tabs[version], _DIAL, "ArrowRight").last / 1000}, 1 + _DRAWINGS)[1:]


def crowd(name: str, visitors: int, bench: Bench) -> list[Pair]:
    """Let a crowd of `tests.load` loose on a fresh server, and return how long it waited and what it took."""

    def measure(version: int) -> Sample:
        with bench.server(version) as server:
            guests = Crowd(server)
            rows = {row.name: row.value for row in asyncio.run(visited(guests, name, visitors=max(4, round(visitors * bench.size))))}
            worked = sum(server.processor_seconds())
        bench.failures += [f"{name}, {bench.folders[version]}: {failure}" for failure in guests.failures]
        waited = max(rows[row] for row in (LAST_RESULT, EPOCH_SLIDER, LOSS_DIAL) if row in rows)
        return {name: waited, f"{name} processor": worked, f"{name} memory": rows[MEMORY]}

    pairs = in_turns(measure, bench.crowds)
    for sample in (sample for pair in pairs for sample in pair):
        sample[f"{name} left"] = sample[name] * (1 - sample[_OTHERS])
    return pairs


def first_chart(bench: Bench) -> list[Pair]:
    """Open the workbench in a new tab, and return the seconds until the first stroke of a chart."""
    with bench.servers() as servers, browser() as chromium:

        def measure(version: int) -> Sample:
            page, line = new_tab(chromium)
            first = opened(page, line, f"{servers[version].url}/").first / 1000
            page.context.close()
            return {"first_chart": first}

        return in_turns(measure, 2 + _TABS)[2:]


def cold(bench: Bench) -> list[Pair]:
    """Start a server and open the workbench, and return the seconds until its comparison is drawn."""
    with browser() as chromium:
        new_tab(chromium)[0].context.close()  # the browser is not cold
        return in_turns(lambda version: {"cold": sum(cold_start(chromium, bench.log(), bench.folders[version], **ENVIRONMENT))}, _COLD_STARTS)


MEASUREMENTS: dict[str, Callable[[Bench], list[Pair]]] = {
    "one_of_eight": one_of_eight,
    "drawn": drawn,
    "one_differs": partial(crowd, "one_differs", 100),
    "all_rates": partial(crowd, "all_rates", 100),
    "sliders": partial(crowd, "sliders", 60),
    "first_chart": first_chart,
    "cold": cold,
}


def row(what: str, pairs: list[Pair]) -> str:
    """Return a row of the table."""
    aim = AIMS[what]
    before, now = (statistics.median(sample[what] for sample in samples) for samples in zip(*pairs, strict=True))
    share = max(statistics.median(sample[_OTHERS] for sample in samples) for samples in zip(*pairs, strict=True))
    ratios = [after[what] / earlier[what] for earlier, after in pairs]
    noise = "{:.2f} to {:.2f}".format(*np.percentile(ratios, (25, 75))) if len(ratios) > 1 else ""
    met = aim.met(now / before, now, share)
    return f"| {aim.what:76} | {before:7.2f} | {now:7.2f} | {now / before:5.2f} | {noise:12} | {share:6.0%} | {aim.words():23} | {met:4} |"


def main() -> int:
    """Measure all, or what is named, print the table, and return 1 if something went wrong, but not if an aim is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lanes", description="What this version costs against another one.")
    parser.add_argument("before", metavar="BEFORE", type=Path, help="the folder of the other version")
    parser.add_argument("aims", nargs="*", metavar="AIM", help=f"any of {', '.join(MEASUREMENTS)}; all if none is named")
    parser.add_argument("--size", type=float, default=1.0, help="the share of the visitors of a crowd who come, to try it out (default: 1)")
    parser.add_argument("--crowds", type=int, default=1, help="how often each version has each crowd (default: once)")
    chosen = parser.parse_args()
    if not (chosen.before / "streamlit_app.py").is_file():
        parser.error(f"there is no version of the project in {chosen.before}")
    if unknown := set(chosen.aims) - set(MEASUREMENTS):
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    logging.disable(logging.WARNING)  # Streamlit, imported outside a server, says so
    folders = chosen.before.resolve(), ROOT
    for folder in folders:  # neither version has to compile itself when it starts
        compileall.compile_dir(folder / "core", quiet=1)
        compileall.compile_dir(folder / "pages", quiet=1)
    with tempfile.TemporaryDirectory() as logs:
        bench = Bench(folders, Path(logs), chosen.size, chosen.crowds)
        table = []
        for name in chosen.aims or MEASUREMENTS:
            pairs = MEASUREMENTS[name](bench)
            table += [row(what, pairs) for what in AIMS if what.partition(" ")[0] == name]
            print(f"measured {name}", file=sys.stderr)
        bench.failures += ["a server's log has a traceback" for log in bench.logs.iterdir() if "Traceback" in log.read_text(errors="replace")]
    if bench.size != 1:
        print(f"\nWith {bench.size:g} of the visitors, which says nothing about the aims of crowds.")
    print(f"\n| {'what':76} | before  | now     | ratio | middle half  | others | {'aim':23} | met  |\n| --- | --: | --: | --: | --- | --: | --- | --- |")
    print(*table, sep="\n")
    for failure, times in Counter(bench.failures).most_common():
        print(f"FAIL  {times} x {failure}")
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())

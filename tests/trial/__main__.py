"""Runs the trial of the diagnosis and prints its figures: `python -m tests.trial [tuned|fresh] [details] [keep=FOLDER]`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.trial.kept import judged
from tests.trial.patients import FRESH, TUNED
from tests.trial.trial import Figures

#: the seeds of a crowd, and how many sane and sick patients of each kind of experiment it has of each, at most
CROWDS = {"tuned": (TUNED, 6, 5), "fresh": (FRESH, 3, 2)}


def main() -> None:
    names = [name for name in CROWDS if name in sys.argv] or list(CROWDS)
    folder = next((Path(name.removeprefix("keep=")) for name in sys.argv if name.startswith("keep=")), None)
    for name in names:
        started = time.monotonic()
        seeds, sane, ill = CROWDS[name]
        figures = Figures([case for seed in seeds for case in judged(seed, sane, ill, folder)])
        print(f"\n## {name}, {time.monotonic() - started:.0f} s\n\n{figures.table()}")
        if "details" in sys.argv:
            print("\n".join(figures.details()))


if __name__ == "__main__":
    main()

"""Runs the trial of the diagnosis and prints its figures: `python -m tests.trial [tuned|fresh] [details]`."""

from __future__ import annotations

import sys
import time

from tests.trial.judge import Clinic
from tests.trial.patients import FRESH, TUNED, crowd
from tests.trial.trial import Figures, examined

#: how many sane and sick patients of each kind of experiment a crowd has, at most, and from how many draws
CROWDS = {"tuned": (TUNED, 2, 5, 5), "fresh": (FRESH, 1, 3, 2)}


def main() -> None:
    names = [name for name in CROWDS if name in sys.argv] or list(CROWDS)
    kinds = tuple(name[1:] for name in sys.argv if name.startswith("@"))
    figures = Figures()
    for name in names:
        started, clinic = time.monotonic(), Clinic()
        seed, draws, sane, ill = CROWDS[name]
        part = Figures([examined(clinic, patient) for draw in range(draws) for patient in crowd(clinic, seed + draw, sane, ill, kinds)])
        print(f"\n## {name}, {time.monotonic() - started:.0f} s\n\n{part.table()}")
        if "details" in sys.argv:
            print("\n".join(part.details()))
        figures.cases += part.cases


if __name__ == "__main__":
    main()

"""The learned optimizer against Adam on fresh problems: losses over the steps, and who wins how often."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.descent.learned import learned
from core.studies.descent.learned.families import FAMILIES
from core.studies.descent.learned.rule import by_adam, descended
from core.studies.descent.learned.training import STEPS, Setting
from core.words import Figure, Said

Array = NDArray[Any]

#: fresh problems of a contest, and the first of the seeds that they are drawn with: no training and no tuning has it
PROBLEMS, FRESH = 1000, 100
#: what may be tuned of Adam, by name
TUNINGS = {"all": "Rate and β tuned", "rate": "Rate tuned"}


@dataclass(frozen=True, eq=False)
class Contest:
    """A contest on one family, summed up over its problems, after each step: arrays (steps + 1,).

    `learned`: the median loss of the learned optimizer. `adam`: that of Adam, by tuning and by the steps that it was tuned for. `won`: on how many problems
    the learned optimizer has the lower loss than this Adam. `settings`: rate, β₁ and β₂ of each.
    """

    family: str
    learned: Array
    adam: dict[tuple[str, int], Array]
    won: dict[tuple[str, int], Array]
    settings: dict[tuple[str, int], Setting]

    def wins(self, tuning: str, steps: int) -> int:
        """Return how many problems have a lower loss with the learned optimizer after so many steps than with Adam tuned for as many."""
        return int(self.won[tuning, steps][steps])


def summed(family: str, ours: Array, theirs: dict[Setting, Array], settings: dict[tuple[str, int], Setting]) -> Contest:
    """Return the contest of losses (N, steps + 1): of the learned optimizer, and of Adam by its setting. A loss of NaN is the largest, and wins nothing."""
    ours = np.nan_to_num(ours, nan=np.inf)
    medians = {setting: np.median(np.nan_to_num(losses, nan=np.inf), axis=0) for setting, losses in theirs.items()}
    won = {setting: (ours < losses).sum(axis=0) for setting, losses in theirs.items()}
    by_setting = [{key: of_all[setting] for key, setting in settings.items()} for of_all in (medians, won)]
    return Contest(family, np.median(ours, axis=0), *by_setting, settings)


@lru_cache(maxsize=16)
def contest(family: str, seed: int = 0) -> Contest:
    """Return the contest of a family on `PROBLEMS` fresh problems, from a cache of the last ones. Nothing may change it."""
    made = learned()
    problems, points = FAMILIES[family].drawn(np.random.default_rng(FRESH + seed), PROBLEMS)
    settings = {(tuning, steps): made.adam[family][tuning][steps] for tuning in TUNINGS for steps in STEPS}
    distinct = [*dict.fromkeys(settings.values())]
    with np.errstate(all="ignore"):
        ours = descended(made.numbers[None], problems, points, max(STEPS))[0]
        rates, beta1, beta2 = np.array(distinct).T
        theirs = by_adam(rates, beta1, beta2, problems, points, max(STEPS))
    return summed(family, ours, dict(zip(distinct, theirs, strict=True)), settings)


def takeaway(shown: Contest, tuning: str) -> Said:
    """Return how often the learned optimizer wins, within its horizon and at the end."""
    first, last = STEPS[0], STEPS[-1]
    return Said(
        "On fresh problems of its own family the learned optimizer beats tuned Adam on {within} of {all} after {first} steps, which it was trained for, and on "
        "{beyond} after {last}."
        if shown.family == "own"
        else "On a family that it never saw the learned optimizer beats tuned Adam on {within} of {all} problems after {first} steps, and on {beyond} after "
        "{last}.",
        within=Figure(shown.wins(tuning, first), ","), beyond=Figure(shown.wins(tuning, last), ","), all=Figure(PROBLEMS, ","),
        first=first, last=last,
    )  # fmt: skip

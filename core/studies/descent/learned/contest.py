"""The learned optimizer against Adam on fresh problems: losses over the steps, and who wins how often."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.descent.learned import learned
from core.studies.descent.learned.families import FAMILIES
from core.studies.descent.learned.rule import HORIZON, by_adam, descended
from core.studies.descent.learned.training import STEPS, Setting
from core.words import Figure, Said

Array = NDArray[Any]

#: fresh problems of a contest, and the first of the seeds that they are drawn with: no training and no tuning has it
PROBLEMS, FRESH = 1000, 100
#: what may be tuned of Adam, by name
TUNINGS = {"all": "Rate and β tuned", "rate": "Rate tuned"}


@dataclass(frozen=True, eq=False)
class Contest:
    """A contest on one family. `learned` (N, steps + 1): the losses.

    `adam`: those of Adam by tuning and by the steps that it was tuned for, each (N, steps + 1). `settings`: rate, β₁ and β₂ of each.
    """

    family: str
    learned: Array
    adam: dict[tuple[str, int], Array]
    settings: dict[tuple[str, int], Setting]

    def wins(self, tuning: str, steps: int) -> int:
        """Return how many problems have a lower loss with the learned optimizer after so many steps than with Adam tuned for as many. A loss of NaN is none."""
        return int((np.nan_to_num(self.learned[:, steps], nan=np.inf) < self.adam[tuning, steps][:, steps]).sum())

    def won(self, tuning: str, steps: int) -> Array:
        """Return the share (steps + 1,) of the problems that have a lower loss with the learned optimizer after each step than with Adam tuned for `steps`."""
        share: Array = (np.nan_to_num(self.learned, nan=np.inf) < self.adam[tuning, steps]).mean(axis=0)
        return share

    def median(self, tuning: str | None, steps: int = HORIZON) -> Array:
        """Return the median loss over the problems, (steps + 1,): of the learned optimizer, or of Adam with a tuning for so many steps."""
        losses = self.learned if tuning is None else self.adam[tuning, steps]
        middle: Array = np.median(np.nan_to_num(losses, nan=np.inf), axis=0)
        return middle


@lru_cache(maxsize=16)
def contest(family: str, seed: int = 0) -> Contest:
    """Return the contest of a family on `PROBLEMS` fresh problems, from a cache of the last ones. Nothing may change it."""
    made = learned()
    problems, points = FAMILIES[family].drawn(np.random.default_rng(FRESH + seed), PROBLEMS)
    settings = {(tuning, steps): made.adam[family][tuning][steps] for tuning in TUNINGS for steps in STEPS}
    with np.errstate(all="ignore"):
        ours = descended(made.numbers[None], problems, points, max(STEPS))[0]
        rates, beta1, beta2 = np.array([*settings.values()]).T
        theirs = by_adam(rates, beta1, beta2, problems, points, max(STEPS))
    return Contest(family, ours, dict(zip(settings, theirs, strict=True)), settings)


def takeaway(shown: Contest, tuning: str) -> Said:
    """Return how often the learned optimizer wins, within its horizon and at the end."""
    first, last = STEPS[0], STEPS[-1]
    return Said(
        "On fresh problems of its own family the learned optimizer beats tuned Adam on {within} of {all} after {first} steps, which it was trained for, and on "
        "{beyond} after {last}."
        if shown.family == "own"
        else "On a family that it never saw the learned optimizer beats tuned Adam on {within} of {all} problems after {first} steps, and on {beyond} after "
        "{last}.",
        within=Figure(shown.wins(tuning, first), ","), beyond=Figure(shown.wins(tuning, last), ","), all=Figure(len(shown.learned), ","),
        first=first, last=last,
    )  # fmt: skip

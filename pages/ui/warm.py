"""What the other pages open with, and what the stories of the Descent page show, made before anybody asks: the first visitor of each finds it there.

The workbench's own comparison is trained earlier, beside the imports (`startup`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from core.experiment import Experiment
from core.imbalance import Contest
from core.line_descent import frames
from core.presets import PRESETS
from core.race import default_race
from pages.ui.descent.line import PRESETS as LINES
from pages.ui.descent.race import course_of
from pages.ui.follow import unlabelled
from pages.ui.jobs import shared_jobs
from pages.ui.regularization import strength

#: 0: nothing but the workbench's own comparison is trained ahead
WARM = "LOSSBENCH_WARM"
_SESSION = "startup"
#: how often it is looked whether anybody else trains
_LOOK_SECONDS = 1.0


def openings() -> Iterator[Experiment]:
    """Yield what each page but the workbench trains when it is opened."""
    yield from Contest().experiments()
    yield from strength.experiments()


def up() -> None:
    """Train all that, one after the other, and only while nobody waits for a training of their own; return when it is done."""
    if os.environ.get(WARM) == "0":
        return
    jobs = shared_jobs()
    for experiment in openings():
        job = jobs.get(unlabelled(experiment))
        while jobs.turns.taken():
            time.sleep(_LOOK_SECONDS)
        job.watch(_SESSION)
        job.wait(600)
        job.leave(_SESSION)
    for race in (default_race(), *(preset.race for preset in PRESETS)):
        course_of(race)
    for _, descent in LINES.values():
        frames(descent, 1)

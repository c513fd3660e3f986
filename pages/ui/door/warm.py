"""What the other pages open with, and what the stories of the Descent page show, made before anybody asks: the first visitor of each finds it there.

The workbench's own comparison is trained earlier, beside the imports (`startup`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from core.experiment import Experiment, unlabelled
from core.studies.descent import line_descent, stories
from core.studies.descent.race import course_of, default_race
from core.studies.imbalance.contest import Contest
from core.studies.regularization import sweep
from pages.ui.server.jobs import shared_jobs

#: 0: nothing but the workbench's own comparison is trained ahead
WARM = "LOSSBENCH_WARM"
_SESSION = "startup"
#: how often it is looked whether anybody else trains
_LOOK_SECONDS = 1.0


def openings() -> Iterator[Experiment]:
    """Yield what each page but the workbench trains when it is opened."""
    yield from Contest().experiments()
    yield from sweep.experiments()


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
    for race in (default_race(), *(preset.race for preset in stories.PRESETS)):
        course_of(race)
    for _, descent in line_descent.PRESETS.values():
        line_descent.frames(descent, 1)

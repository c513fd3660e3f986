"""The training ahead: what the other pages open with, and the stories of the Descent page, are computed before the first visitor needs them.

The comparison that the Workbench opens with is trained earlier, by `startup`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import partial

from core.parameters import Declared
from core.studies.adversarial import frozen
from core.studies.adversarial.duel import default_duel
from core.studies.adversarial.views import CriticView
from core.studies.deep_networks.networks import default_networks
from core.studies.descent import line_descent, stories
from core.studies.descent.learned import contest as learned_optimizer
from core.studies.descent.learned.families import FAMILIES
from core.studies.descent.race import course_of, default_race
from core.studies.imbalance.contest import Contest
from core.studies.losses.learned import contest as learned_loss
from core.studies.metric_learning import contests
from core.studies.metric_learning.embedding import default_embedding
from core.studies.metric_learning.views import MiningView, PeopleView
from core.studies.multitask.document import default_multitask
from core.studies.multitask.views import ParetoView
from core.studies.regularization import sweep
from core.studies.reinforcement.advantage import contest
from core.studies.reinforcement.views import AdvantageView, CliffView, PolicyView, ValuesView
from core.studies.segmentation.document import default_segmentation
from pages.ui.server.followable import document_of
from pages.ui.server.jobs import shared_jobs

#: an environment variable; "0": only the Workbench's comparison is trained ahead
WARM = "LOSSBENCH_WARM"
_SESSION = "startup"
#: seconds between two checks whether another job trains
_LOOK_SECONDS = 1.0


def openings() -> Iterator[tuple[str, Declared]]:
    """Yield what the views, except the Workbench's, train when they are opened, each with its view's name. A view may train several."""
    yield from (("imbalance", asked) for asked in Contest().experiments())
    yield from (("regularization.strength", asked) for asked in sweep.experiments())
    view, mined, people = CriticView(), MiningView(), PeopleView()
    yield "adversarial.critic", frozen.experiment(view.critics, view.spread, view.still, view.updates)
    yield "adversarial.duel", default_duel()
    yield "metric_learning.embedding", default_embedding()
    yield "metric_learning.mining", contests.mining(mined.minings, mined.margin, mined.rate, mined.updates)
    yield "metric_learning.people", contests.unseen(people.data, None, people.losses, (), people.seed, 0)
    yield "segmentation.losses", default_segmentation()
    yield "multitask.pareto", ParetoView().document()
    yield "multitask.weightings", default_multitask()
    yield "deep_networks", default_networks()
    for opened in (ValuesView(), CliffView(), PolicyView()):
        yield opened.kind, opened.document()


def computed() -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what the server computes for views without a training, each with its view's name; the longest comes last."""
    for race in (default_race(), *(story.document for story in stories.STORIES)):
        yield "descent.race", partial(course_of, race)
    for story in line_descent.STORIES.values():
        yield "descent.line", partial(line_descent.frames, story.document, 1)
    gradient = AdvantageView()
    yield "reinforcement.advantage", partial(contest, gradient.sureness, gradient.noise, gradient.episodes, gradient.seed)
    yield "losses.learned", learned_loss.contest
    for family in FAMILIES:
        yield "descent.learned", partial(learned_optimizer.contest, family)


def up() -> None:
    """Train the openings and compute the rest, one after the other. Each begins only while no other job trains or waits."""
    if os.environ.get(WARM) == "0":
        return
    jobs = shared_jobs()

    def quiet() -> None:
        while jobs.busy():
            time.sleep(_LOOK_SECONDS)

    for _, asked in openings():
        job = jobs.job(document_of(asked))
        quiet()
        job.watch(_SESSION)
        job.wait(600)
        job.leave(_SESSION)
    for _, compute in computed():
        quiet()
        compute()

"""The training ahead: what the other pages open with, and the stories of the Descent page, are computed before the first visitor needs them.

The comparison that the Workbench opens with is trained earlier, by `startup`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from core.experiment import unlabelled
from core.studies.adversarial import frozen
from core.studies.adversarial.duel import default_duel
from core.studies.adversarial.lanes import DuelDocument
from core.studies.adversarial.views import CriticView
from core.studies.deep_networks.lanes import NetworksDocument
from core.studies.deep_networks.networks import default_networks
from core.studies.descent import line_descent, stories
from core.studies.descent.learned import contest as learned_optimizer
from core.studies.descent.learned.families import FAMILIES
from core.studies.descent.race import course_of, default_race
from core.studies.imbalance.contest import Contest
from core.studies.losses.learned import contest as learned_loss
from core.studies.metric_learning import contests
from core.studies.metric_learning.embedding import default_embedding
from core.studies.metric_learning.lanes import EmbeddingDocument
from core.studies.metric_learning.views import MiningView, PeopleView
from core.studies.regularization import sweep
from core.training.lanes import Comparison
from pages.ui.server.jobs import shared_jobs
from pages.ui.server.protocol import Document

#: an environment variable; "0": only the Workbench's comparison is trained ahead
WARM = "LOSSBENCH_WARM"
_SESSION = "startup"
#: seconds between two checks whether another job trains
_LOOK_SECONDS = 1.0


def openings() -> Iterator[Document]:
    """Yield what the pages, except the Workbench, train when they are opened."""
    for experiment in (*Contest().experiments(), *sweep.experiments()):
        yield Comparison(unlabelled(experiment))
    view = CriticView()
    for duel in (frozen.experiment(view.critics, view.spread, view.still, view.updates), default_duel()):
        yield DuelDocument(duel.unlabelled())
    mined, people = MiningView(), PeopleView()
    mining = contests.mining(mined.minings, mined.margin, mined.rate, mined.updates)
    for embedding in (default_embedding(), mining, contests.unseen(people.data, None, people.losses, (), people.seed, 0)):
        yield EmbeddingDocument(embedding.unlabelled())
    yield NetworksDocument(default_networks().unlabelled())


def up() -> None:
    """Train the openings one after the other, and compute the races and line fits. An opening begins only while no other job trains or waits."""
    if os.environ.get(WARM) == "0":
        return
    jobs = shared_jobs()
    for document in openings():
        job = jobs.job(document)
        while jobs.busy():
            time.sleep(_LOOK_SECONDS)
        job.watch(_SESSION)
        job.wait(600)
        job.leave(_SESSION)
    for race in (default_race(), *(story.document for story in stories.STORIES)):
        course_of(race)
    for family in FAMILIES:
        learned_optimizer.contest(family)
    learned_loss.contest()
    for story in line_descent.STORIES.values():
        line_descent.frames(story.document, 1)

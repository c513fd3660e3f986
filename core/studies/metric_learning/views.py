"""The documents of the Metric learning page's views."""

from __future__ import annotations

from dataclasses import dataclass

from core.parameters import boolean, choice, choices, integer, integers, real, vector
from core.studies.metric_learning.contests import DATA, LOSSES, MININGS, PEOPLE
from core.studies.metric_learning.scores import MEASURES
from core.studies.metric_learning.triplet_scene import COSTS
from core.views import VIEWS, LineupView, View

#: in place of an update: the last one
LAST = -1
_SHOWN = {name: measure.title for name, measure in MEASURES.items()}


@VIEWS.add("metric_learning.embedding")
@dataclass(frozen=True)
class EmbeddingView(LineupView):
    """The embedding: which update is shown, of which rows, which curves are drawn, and what is folded out. The embedding is a document of its own."""

    update: int = integer(LAST, 0, 20_000, hard="[-1, 20000]", doc="The recorded update that is shown; the last one if there is no such record.")
    place: str = choice("test", {"test": "test rows", "unseen": "classes held out"}, label="Rows", doc="Which rows are drawn and measured.")
    left: str = choice("recall", _SHOWN, label="Left curve", doc="What the left curves show.")
    right: str = choice("map_r", _SHOWN, label="Right curve", doc="What the right curves show.")
    folded_out: tuple[str, ...] = choices((), ("more", "network"), doc="What is folded out.")


@VIEWS.add("metric_learning.mining")
@dataclass(frozen=True)
class MiningView(View):
    """Mining and collapse: one triplet loss, with triplets that are mined in several ways."""

    margin: float = real(0.3, 0.1, 1.0, step=0.05, hard="[0.05, 2]", symbol="m", label="Margin", doc="How much farther the negative has to be.")
    rate: float = real(
        0.03, 0.001, 0.1, hard="(0, 1]", stops=(0.001, 0.003, 0.01, 0.03, 0.1), symbol=r"\eta", label="Learning rate", doc="Size of Adam's steps."
    )
    updates: int = integer(300, 100, 1000, hard="[50, 2000]", stops=(100, 200, 300, 600, 1000), label="Updates", doc="Steps of the training.")
    minings: tuple[str, ...] = choices(tuple(MININGS), {name: run.label for name, run in MININGS.items()}, label="Mining", doc="Which triplets are taken.")
    update: int = integer(LAST, 0, 20_000, hard="[-1, 20000]", label="Update", doc="The recorded update that is shown; the last one without such a record.")


@VIEWS.add("metric_learning.people")
@dataclass(frozen=True)
class PeopleView(View):
    """People never seen: classes that were held out, in raw features and under each loss; and the nearest rows of one of theirs."""

    data: str = choice(PEOPLE, DATA, label="Data", doc="What is embedded. Own data are those that are open on the Workbench.")
    held_out: tuple[int, ...] = integers(
        (), 0, 99, hard="[0, 999]", longest=100, label="Classes held out",
        doc="Never trained on, by number from 0; none: a sixth of the people, or the last two classes.",
    )
    losses: tuple[str, ...] = choices(
        ("cross_entropy", "contrastive", "triplet"), {name: run.label for name, run in LOSSES.items()}, label="Losses", doc="Which losses are trained."
    )
    colored: str = choice(
        "class", {"class": "coloured by class", "circumstance": "coloured by circumstance"}, label="Colours", doc="What the points' colours stand for."
    )
    query: int = integer(0, 0, 359, hard="[0, 359]", label="Query row", doc="Whose nearest rows are shown. A click on a point sets it.")
    seed: int = integer(0, 0, 20, hard="[0, 4294967000]", label="Seed", doc="Another number gives another start and other batches.")


@VIEWS.add("metric_learning.triplet")
@dataclass(frozen=True)
class TripletView(View):
    """One pair, one triplet: three points, what they cost, and how each is pulled."""

    losses: tuple[str, ...] = choices(
        ("contrastive", "triplet", "nt_xent"), {name: cost.title for name, cost in COSTS.items()}, label="Losses", doc="Whose cost and pull are shown."
    )
    margin: float = real(1.0, 0.1, 3.0, step=0.1, hard="(0, 10]", symbol="m", label="Margin", doc="The margin of contrastive and triplet losses.")
    temperature: float = real(0.5, 0.05, 1.0, step=0.05, hard="(0, 10]", symbol=r"\tau", label="Temperature", doc="What cosines are divided by.")
    anchor: tuple[float, ...] = vector((-0.5, 0.2), -2.0, 2.0, hard="[-10, 10]", shortest=2, longest=2, doc="Where the anchor is.")
    positive: tuple[float, ...] = vector((0.9, 0.9), -2.0, 2.0, hard="[-10, 10]", shortest=2, longest=2, doc="Where the positive is, of the anchor's class.")
    negative: tuple[float, ...] = vector((0.6, -0.6), -2.0, 2.0, hard="[-10, 10]", shortest=2, longest=2, doc="Where the negative is, of another class.")
    moved: str = choice("negative", ("anchor", "positive", "negative"), label="A click moves the", doc="Which point a click on the plane moves.")
    with_positive: bool = boolean(True, label="Positive", doc="Off: only the pair of anchor and negative.")
    with_negative: bool = boolean(True, label="Negative", doc="Off: only the pair of anchor and positive.")

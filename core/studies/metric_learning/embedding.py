"""Embeddings, compared: a network that maps rows to points of the plane, the circle or the sphere, trained with a loss of batches (`Embedding`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from core.datasets import DATASETS, Dataset
from core.datasets.people import People
from core.models import MLP, MODELS, Model
from core.optimizers import OPTIMIZERS, Optimizer
from core.parameters import Declared, choice, component, described, integer, integers, items, real, text
from core.runs import RunsDocument
from core.studies.metric_learning.base import EMBEDDING_LOSSES, EmbeddingLoss
from core.tasks import CLASSIFICATION
from core.training.limits import MAX_STACKED_PARAMS
from core.words import Figure, Said

#: runs beside each other on a page
MOST = 6
#: where embeddings lie, and their dimensions
PLANE, CIRCLE, SPHERE = "plane", "circle", "sphere"
DIMENSIONS = {PLANE: 2, CIRCLE: 2, SPHERE: 3}
#: multiplications of a training: of parameters with rows, and of pairs of rows; about a minute of one processor
MAX_WORK = 60_000_000_000
#: pairs of rows of a batch of all seeds of a run: some ten arrays have a number for each
MAX_PAIRS = 4_000_000
#: the multiplications that one pair of rows stands for
_PAIR = 150


@dataclass(frozen=True)
class Metric(Declared):
    """One run of those compared: a loss, and how it descends."""

    loss: EmbeddingLoss = described(component(EMBEDDING_LOSSES, doc="What is made small, batch by batch."), "loss")
    optimizer: Optimizer = component(OPTIMIZERS, OPTIMIZERS["adam"](), doc="The rule that turns gradients into steps.")
    learning_rate: float = described(
        real(3e-3, 1e-5, 1.0, log=True, hard="(0, 1e3]", symbol=r"\eta", doc="Size of the steps."), "learning rate", brief="η {value}"
    )
    label: str = text("", doc="A name of your own; empty: made from what differs between the runs.")


@dataclass(frozen=True)
class Embedding(RunsDocument):
    """Runs that share data, network, start and batches; `runs` are what differs.

    A batch has `per_class` rows of each of `classes` classes that are drawn anew for each batch. Classes that are `held_out` are never trained on.
    On the circle and the sphere the network's outputs are put at length 1. Angles are all that counts to some losses; their embeddings are shown and
    measured at length 1 in the plane, too.
    """

    noun = "an embedding"
    version = 1
    RECORDS = 20

    runs: tuple[Metric, ...] = items(Metric, shortest=1, longest=12, doc="What is compared.")
    dataset: Dataset = component(DATASETS, DATASETS["digits"](), only=lambda cls: cls.brought or cls.task == CLASSIFICATION, doc="The data that are embedded.")
    held_out: tuple[int, ...] = integers(
        (), 0, 99, hard="[0, 999]", longest=100, label="Classes held out", doc="Classes whose rows are never trained on, by number, counted from 0."
    )
    space: str = choice(
        PLANE, {PLANE: "plane", CIRCLE: "circle", SPHERE: "sphere"}, doc="Two free numbers; two numbers at length 1; or three numbers at length 1."
    )
    model: Model = component(MODELS, MLP(hidden=(64,)), doc="The network that embeds rows.")
    classes: int = integer(10, 2, 20, hard="[2, 64]", symbol="P", label="Classes", doc="Classes of a batch; all of them, if there are fewer.")
    per_class: int = integer(6, 2, 12, hard="[2, 64]", symbol="M", label="Rows of each", doc="Rows of each class in a batch.")
    updates: int = integer(600, 100, 2000, hard="[1, 20000]", stops=(100, 200, 300, 400, 600, 800, 1000, 1500, 2000), doc="Steps of the training.")
    seed: int = integer(0, 0, 20, hard="[0, 4294967000]", doc="Another number gives another start and other batches.")
    seeds: int = integer(1, 1, 5, hard="[1, 16]", doc="How many seeds are trained, from this one on. Pictures show the first one.")
    dtype: str = choice("float32", ("float32", "float64"), doc="Precision of the training.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.dataset.task != CLASSIFICATION:
            raise ValueError(Said("these data have numbers for targets: distances are learned from classes, so choose a column of classes"))

    @property
    def dimensions(self) -> int:
        """The numbers of an embedding."""
        return DIMENSIONS[self.space]

    def params(self, features: int, classes: int) -> int:
        """Return the number of parameters of a run, of all of its seeds: of the network, and of what is learned for so many classes."""
        return self.seeds * (self.model.n_params(features, self.dimensions) + classes * (2 * self.dimensions + 1))

    def pairs(self) -> int:
        """Return the number of pairs of rows of a batch, of all seeds of a run."""
        return self.seeds * (self.classes * self.per_class) ** 2

    def check(self, features: int, classes: int) -> None:
        """Raise ValueError, with a `Said`, for more memory or work than one comparison of rows of so many features and classes may ask for."""
        if self.pairs() > MAX_PAIRS:
            said = Said(
                "{seeds} seeds of batches of {rows} rows have {times} times the pairs that one run may have: take smaller batches or fewer seeds",
                seeds=self.seeds, rows=self.classes * self.per_class, times=Figure(self.pairs() / MAX_PAIRS, ".2g"),
            )  # fmt: skip
            raise ValueError(said)
        if self.params(features, classes) > MAX_STACKED_PARAMS:
            said = Said(
                "{params} parameters of {seeds} seeds are {times} times what one run may have: take a smaller network or fewer seeds",
                params=Figure(self.params(features, classes), ","), seeds=self.seeds, times=Figure(self.params(features, classes) / MAX_STACKED_PARAMS, ".2g"),
            )  # fmt: skip
            raise ValueError(said)
        rows = self.classes * self.per_class
        an_update = rows * 3 * self.model.n_params(features, self.dimensions) + _PAIR * rows * rows
        work = float(self.updates) * len(self.runs) * self.seeds * an_update
        if work > MAX_WORK:
            said = Said(
                "{runs} runs x {seeds} seeds x {updates} updates are {times} times the work that one comparison may ask for: "
                "take fewer updates, seeds or runs, a smaller network, or smaller batches",
                runs=len(self.runs), seeds=self.seeds, updates=Figure(self.updates, ","), times=Figure(work / MAX_WORK, ".2g"),
            )  # fmt: skip
            raise ValueError(said)


def metric(kind: str, *, rate: float = 3e-3, label: str = "", **numbers: Any) -> Metric:
    """Return a run by the name of its loss. `numbers`: parameters of the loss."""
    return Metric(loss=EMBEDDING_LOSSES[kind](**numbers), learning_rate=rate, label=label)


def default_embedding() -> Embedding:
    """Return the embedding that the page opens with: four losses on digits, in the plane."""
    return Embedding(
        runs=(metric("cross_entropy"), metric("contrastive", margin=2.0), metric("triplet", margin=1.0), metric("nt_xent", temperature=0.2))
    )


def usual_held_out(dataset: Dataset) -> tuple[int, ...]:
    """Return the classes that are held out of a data set at first: a sixth of the people; none of other data."""
    return tuple(range(dataset.people - dataset.people // 6, dataset.people)) if isinstance(dataset, People) else ()


def on_data(embedding: Embedding, dataset: Dataset) -> Embedding:
    """Return the embedding on other data. Other classes are held out if the kind of data changes, or their number."""
    anew = usual_held_out(dataset) != usual_held_out(embedding.dataset) or dataset.kind != embedding.dataset.kind
    return replace(embedding, dataset=dataset, held_out=usual_held_out(dataset) if anew else embedding.held_out)

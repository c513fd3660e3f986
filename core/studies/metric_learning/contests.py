"""The embeddings that the views of mining and of people train: what is offered by name, and the document of a choice."""

from __future__ import annotations

from core.datasets import DATASETS, Dataset
from core.datasets.own import Own
from core.datasets.people import People
from core.studies.metric_learning.embedding import CIRCLE, SPHERE, Embedding, Metric, metric, usual_held_out

#: ways to mine, by name
MININGS: dict[str, Metric] = {
    mining: metric("triplet", mining=mining, label=label)
    for mining, label in (("random", "Random triplets"), ("semi_hard", "Semi-hard triplets"), ("hard", "Hard triplets"))
}
#: what is trained for people never seen, by name
LOSSES: dict[str, Metric] = {
    "cross_entropy": metric("cross_entropy", label="Cross-entropy"),
    "center": metric("center", weight=1.0, label="Center loss"),
    "contrastive": metric("contrastive", margin=1.0, label="Contrastive"),
    "triplet": metric("triplet", margin=0.5, label="Triplet, semi-hard"),
    "nt_xent": metric("nt_xent", label="NT-Xent"),
    "supervised_contrastive": metric("supervised_contrastive", label="Supervised contrastive"),
    "cosface": metric("cosface", label="CosFace"),
    "arcface": metric("arcface", label="ArcFace"),
}
PEOPLE, DIGITS, OWN = "people", "digits", "own"
DATA = {PEOPLE: "people", DIGITS: "digits", OWN: "own data"}


def mining(names: tuple[str, ...], margin: float, rate: float, updates: int) -> Embedding:
    """Return digits on the circle, under a triplet loss with each of these ways to mine."""
    runs = tuple(metric("triplet", mining=name, margin=margin, rate=rate, label=MININGS[name].label) for name in names)
    return Embedding(runs=runs, space=CIRCLE, updates=updates)


def dataset_of(data: str, own: Dataset | None) -> Dataset:
    """Return the data set of a choice. `own`: the session's own data, if it has any."""
    return People() if data == PEOPLE else DATASETS["digits"]() if data == DIGITS else own if own is not None else Own()


def unseen(data: str, own: Dataset | None, losses: tuple[str, ...], held_out: tuple[int, ...], seed: int, classes: int) -> Embedding:
    """Return data on the sphere under each of these losses, some classes held out.

    `own`: the session's own data. `held_out`: by number; none: a sixth of the people, or the last two of the `classes`.
    """
    dataset = dataset_of(data, own)
    held_out = held_out or usual_held_out(dataset) or tuple(range(max(classes - 2, 2), classes))
    runs, large = tuple(LOSSES[name] for name in losses), data == PEOPLE
    return Embedding(
        runs=runs, dataset=dataset, held_out=held_out, space=SPHERE, classes=12 if large else 10, per_class=5 if large else 6, updates=600, seed=seed
    )  # fmt: skip

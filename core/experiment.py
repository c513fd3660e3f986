"""What is compared (`Run`) and what all runs share (`Experiment`), as frozen values that JSON can carry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from core.class_weights import CLASS_WEIGHTS, ClassWeights
from core.datasets import DATASETS, Dataset
from core.losses import LOSSES, Loss
from core.models import MODELS, Model
from core.optimizers import OPTIMIZERS, Optimizer
from core.parameters import Declared, Document, choice, component, described, integer, items, optional, part, real, text
from core.parameters.labels import labels
from core.penalties import PENALTIES, Penalty
from core.preparation.corruption import Corruption
from core.preparation.resampling import NONE, RESAMPLINGS
from core.preparation.split import Preparation
from core.schedules import SCHEDULES, Schedule
from core.tasks import CLASSIFICATION
from core.words import Figure, Said

#: runs that are compared beside each other
MAX_RUNS = 12
#: runs of one stack, such as the steps of a sweep
MAX_STACK = 64
#: what the batch sizes of experiments and runs can be
_BATCH_SIZES: dict[str, Any] = {"log": True, "hard": "[0, 1000000]", "stops": (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 0), "zero": "all rows"}


@dataclass(frozen=True)
class Run(Declared):
    """One contestant: a loss and how it is minimised. 0 switches clipping, dropout, max-norm and patience off; an empty label is made from what differs.

    Dropout leaves out units of the hidden layers (Srivastava et al., JMLR 15, 2014), `max_norm` is the constraint of the same paper, of every unit.
    `patience` is early stopping (Prechelt, Neural Networks: Tricks of the Trade, 1998). Resampling makes integer counts, which act as sample weights.
    `model` and `batch_size` are those of the experiment if they are None.
    """

    loss: Loss = component(LOSSES, doc="What the training makes small.")
    optimizer: Optimizer = component(OPTIMIZERS, doc="The rule that turns gradients into steps.")
    learning_rate: float = described(
        real(1e-3, 1e-5, 10.0, log=True, hard="(0, 1e6]", symbol=r"\eta", doc="Size of the steps."),
        "learning rate", brief="η {value}",
    )
    schedule: Schedule = described(
        component(SCHEDULES, SCHEDULES["constant"](), doc="How the learning rate changes during the training."),
        "schedule", off="constant rate",
    )
    penalty: Penalty = described(
        component(PENALTIES, PENALTIES["none"](), doc="What is added to the loss for large weights; biases are left alone."),
        "penalty", off="no penalty",
    )
    class_weights: ClassWeights = described(
        component(CLASS_WEIGHTS, CLASS_WEIGHTS["none"](), doc="How much each class counts in the loss."),
        "class weights", off="unweighted",
    )
    resampling: str = described(
        choice(NONE, RESAMPLINGS, doc="Make classes equally frequent: draw training rows of rare ones again, or of frequent ones fewer."),
        "resampling", off="no resampling",
    )
    dropout: float = described(
        real(0.0, 0.0, 0.8, hard="[0, 1)", symbol="p", doc="Share of the hidden units that is left out of each update, at random; 0: none."),
        "dropout", brief="dropout {value}", off="no dropout",
    )
    max_norm: float = described(
        real(0.0, 0.0, 5.0, hard="[0, inf)", doc="The weights into a unit are scaled back to this length after each update; 0: never."),
        "max-norm", brief="max-norm {value}", off="no max-norm",
    )
    patience: int = described(
        integer(0, 0, 50, hard="[0, 2000]", doc="Stop after so many epochs without a lower validation loss, and take the best weights; 0: never."),
        "early stopping", brief="patience {value}", off="no early stopping",
    )
    clip_norm: float = described(
        real(0.0, 0.0, 10.0, hard="[0, inf)", doc="A gradient longer than this is shortened to it before the update; 0: never."),
        "gradient clipping", brief="clip {value}", off="no clipping",
    )
    model: Model | None = optional(
        component(MODELS, doc="The model of this run alone. Runs with equal models start from equal weights."), absent="that of all runs"
    )
    batch_size: int | None = optional(
        described(
            integer(32, 1, 512, **_BATCH_SIZES, doc="Training rows per update of this run alone. A smaller batch makes more updates in an epoch."),
            "batch size", brief="batch {value}",
        ),
        absent="that of all runs",
    )  # fmt: skip
    label: str = text("", doc="A name of your own; empty: made from what differs between the runs.")


@dataclass(frozen=True)
class Experiment(Document):
    """Runs on the same data, in the same split and the same order of rows: an unfair comparison cannot be written down.

    Equal models start from equal weights, and equal batch sizes make equal mini-batches. `batch_size` 0 means all training rows at once.
    `seeds` is how many times each run is trained: seed `first_seed`, `first_seed` + 1, ... rules initial weights and the order of rows.
    `split_seed` rules which rows train. Raises `ValueError` for a loss that does not fit the data's task.
    """

    noun = "an experiment"
    version = 1

    dataset: Dataset = component(DATASETS, doc="The data that all runs share.")
    model: Model = component(MODELS, doc="The model that all runs train.")
    runs: tuple[Run, ...] = items(Run, shortest=1, longest=MAX_STACK, doc="What is compared.")
    epochs: int = integer(
        20, 1, 200, log=True, hard="[1, 2000]", stops=(1, 2, 5, 10, 20, 30, 50, 100, 200, 500), doc="How often each training row is seen."
    )
    batch_size: int = integer(32, 1, 512, **_BATCH_SIZES, doc="Training rows per update; 0: all of them.")
    seeds: int = integer(1, 1, 10, hard="[1, 10]", doc="How many times each run is repeated, with other initial weights and batches.")
    validation_share: float = real(0.2, 0.1, 0.4, hard="(0, 0.9]", doc="Share of the rows on which runs are compared.")
    test_share: float = real(0.2, 0.1, 0.4, hard="(0, 0.9]", doc="Share of the rows that are kept for the final report.")
    split_seed: int = integer(0, 0, 20, hard="[0, 4294967295]", doc="Another number puts other rows into the three splits.")
    corruption: Corruption = part(Corruption(), doc="Damage to the data.")
    dtype: str = choice("float32", ("float32", "float64"), doc="Precision of the training: float64 for proofs, half as fast.")
    first_seed: int = integer(0, 0, 20, hard="[0, 4294967000]", doc="The first of the seeds; the others follow it.")

    def __post_init__(self) -> None:
        super().__post_init__()
        for run in self.runs:
            if self.dataset.task not in run.loss.tasks:
                (other,) = run.loss.tasks  # a loss for both suits any data set
                said = Said(
                    "loss {loss} is for {other}; data set {data} is a {task}",
                    loss=run.loss.kind, other=other, data=self.dataset.kind, task=self.dataset.task,
                )  # fmt: skip
                raise ValueError(said)
            if not fits(run.loss, self.dataset):
                said = Said(
                    "loss {loss} is for targets in {domain}; those of data set {data} are in {theirs}",
                    loss=run.loss.kind, domain=str(run.loss.target_domain), data=self.dataset.kind, theirs=str(self.dataset.target_domain),
                )  # fmt: skip
                raise ValueError(said)
        if self.validation_share + self.test_share >= 1:
            shares = Figure(self.validation_share, "g"), Figure(self.test_share, "g")
            raise ValueError(Said("validation_share + test_share must be below 1, got {validation} + {test}", validation=shares[0], test=shares[1]))

    @property
    def preparation(self) -> Preparation:
        """How the rows are made ready: the same for every run that these data may have."""
        links = tuple(dict.fromkeys(loss.link for loss in fitting_losses(self.dataset)))
        resamplings = tuple(RESAMPLINGS) if self.dataset.task == CLASSIFICATION else ()
        return Preparation(self.validation_share, self.test_share, self.split_seed, self.dtype, links, self.corruption, resamplings)

    @property
    def seed_numbers(self) -> range:
        """The seeds."""
        return range(self.first_seed, self.first_seed + self.seeds)

    @property
    def models(self) -> tuple[Model, ...]:
        """The model of each run."""
        return tuple(run.model or self.model for run in self.runs)

    @property
    def batch_sizes(self) -> tuple[int, ...]:
        """The batch size of each run."""
        return tuple(self.batch_size if run.batch_size is None else run.batch_size for run in self.runs)

    @cached_property
    def whole_runs(self) -> tuple[Run, ...]:
        """The runs, each with its model and its batch size."""
        parts = zip(self.runs, self.models, self.batch_sizes, strict=True)
        return tuple(replace(run, model=model, batch_size=batch_size) for run, model, batch_size in parts)

    def alone(self, index: int) -> Experiment:
        """Return run `index` as an experiment of one run, whose model and batch size are the experiment's. It has no label: that changes no number."""
        run = replace(self.runs[index], model=None, batch_size=None, label="")
        return replace(self, model=self.models[index], batch_size=self.batch_sizes[index], runs=(run,))

    def stacks(self) -> list[list[int]]:
        """Return the indices of the runs that can train as one stack: of those with equal models and batch sizes."""
        members: dict[object, list[int]] = {}
        for index, shared in enumerate(zip(self.models, self.batch_sizes, strict=True)):
            members.setdefault(shared, []).append(index)
        return [*members.values()]

    def labels(self) -> tuple[str, ...]:
        """Return a label for each run: its own, or what distinguishes it from the others, what differs most first."""
        return labels(self.whole_runs)

    def unlabelled(self) -> Experiment:
        """Return the experiment without its labels: what they say changes nothing in the training."""
        if not any(run.label for run in self.runs):
            return self
        return replace(self, runs=tuple(replace(run, label="") for run in self.runs))


def fits(loss: Loss | type[Loss], dataset: Dataset | type[Dataset]) -> bool:
    """Return whether a loss is for the task of a data set, and defined for all targets that the data set may have."""
    return dataset.task in loss.tasks and loss.target_domain.covers(dataset.target_domain)


def workbench_losses() -> tuple[type[Loss], ...]:
    """Return the registered losses whose task a data set of the workbench has: all but those of pixels."""
    tasks = {dataset.task for dataset in DATASETS.values()}
    return tuple(loss for loss in LOSSES.values() if loss.tasks & tasks)


def fitting_losses(dataset: Dataset | type[Dataset]) -> tuple[type[Loss], ...]:
    """Return the registered losses that fit a data set."""
    return tuple(loss for loss in LOSSES.values() if fits(loss, dataset))


def fit_to(experiment: Experiment, dataset: Dataset) -> Experiment:
    """Return the experiment on other data: losses that do not fit it, weights by hand, and what is for classes alone, give way to defaults."""

    def fitted(run: Run) -> Run:
        if not fits(run.loss, dataset):
            fallback = "cross_entropy" if dataset.task == CLASSIFICATION else "squared_error"
            run = replace(run, loss=LOSSES[fallback]())
        if dataset.task != CLASSIFICATION:
            return replace(run, class_weights=CLASS_WEIGHTS["none"](), resampling=NONE)
        return replace(run, class_weights=CLASS_WEIGHTS["none"]()) if run.class_weights.kind == "manual" else run

    return replace(experiment, dataset=dataset, runs=tuple(map(fitted, experiment.runs)))


def default_experiment() -> Experiment:
    """Return the comparison that the dashboard opens with: three losses where 35 % of the labels are wrong, in two dimensions, with three seeds.

    Focal loss turns to the rows that are hard, which here are the wrong ones; symmetric cross-entropy is made for wrong labels.
    `tests/core/test_opening.py` measures by how much they differ.
    """
    losses = ("focal", "cross_entropy", "symmetric_cross_entropy")
    runs = tuple(Run(loss=LOSSES[kind](), optimizer=OPTIMIZERS["adam"](), learning_rate=0.005) for kind in losses)
    dataset, model = DATASETS["circles"](rows=2000), MODELS["mlp"](hidden=(128,))  # type: ignore[call-arg]
    return Experiment(dataset=dataset, model=model, runs=runs, epochs=30, batch_size=16, seeds=3, corruption=Corruption(wrong_labels=0.35))


def digits_experiment() -> Experiment:
    """Return the comparison of four optimizers, each at its suggested learning rate, on digits."""
    runs = tuple(
        Run(loss=LOSSES["cross_entropy"](), optimizer=OPTIMIZERS[kind](), learning_rate=OPTIMIZERS[kind].learning_rate)
        for kind in ("sgd", "momentum", "adagrad", "adam")
    )
    return Experiment(dataset=DATASETS["digits"](), model=MODELS["mlp"](), runs=runs, epochs=20, batch_size=32)

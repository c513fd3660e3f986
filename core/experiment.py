"""What is compared (`Run`) and what all runs share (`Experiment`), as frozen values that JSON can carry."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.class_weights import CLASS_WEIGHTS, ClassWeights
from core.datasets import DATASETS, Dataset
from core.losses import CLASSIFICATION, LOSSES, Loss, WeightedSum
from core.models import MODELS, Model
from core.optimizers import OPTIMIZERS, Optimizer
from core.parameters import Declared, Number, choice, component, integer, items, real, text
from core.penalties import PENALTIES, Penalty
from core.schedules import SCHEDULES, Schedule

VERSION = 1
MAX_RUNS = 12
#: at most this many parameters in all replicas of an experiment together (160 MB with Adam's state in float32)
MAX_STACKED_PARAMS = 10_000_000


@dataclass(frozen=True)
class Run(Declared):
    """One contestant: a loss and how it is minimised. `clip_norm` 0 means no clipping; an empty label is made from what differs."""

    loss: Loss = component(LOSSES, doc="What the training makes small.")
    optimizer: Optimizer = component(OPTIMIZERS, doc="The rule that turns gradients into steps.")
    learning_rate: float = real(1e-3, 1e-5, 1.0, log=True, hard="(0, 1e6]", symbol=r"\eta", doc="Size of the steps.")
    schedule: Schedule = component(SCHEDULES, SCHEDULES["constant"](), doc="How the learning rate changes during the training.")
    penalty: Penalty = component(PENALTIES, PENALTIES["none"](), doc="What is added to the loss for large weights; biases are left alone.")
    class_weights: ClassWeights = component(CLASS_WEIGHTS, CLASS_WEIGHTS["none"](), doc="How much each class counts in the loss.")
    clip_norm: float = real(0.0, 0.0, 10.0, hard="[0, inf)", doc="A gradient longer than this is shortened to it before the update; 0: never.")
    label: str = text("", doc="A name of your own; empty: made from what differs between the runs.")


@dataclass(frozen=True)
class Experiment(Declared):
    """Runs on the same data, split, initial weights and mini-batches: an unfair comparison cannot be written down.

    `batch_size` 0 means all training rows at once. `seeds` is how many times each run is trained: seed 0, 1, ... rules initial
    weights and batch order. `split_seed` rules which rows train. Raises `ValueError` for a loss that does not fit the data's task.
    """

    dataset: Dataset = component(DATASETS, doc="The data that all runs share.")
    model: Model = component(MODELS, doc="The model that all runs train.")
    runs: tuple[Run, ...] = items(Run, shortest=1, longest=MAX_RUNS, doc="What is compared.")
    epochs: int = integer(20, 1, 200, log=True, hard="[1, 2000]", doc="How often each training row is seen.")
    batch_size: int = integer(32, 1, 512, log=True, hard="[0, 1000000]", doc="Training rows per update; 0: all of them.")
    seeds: int = integer(1, 1, 10, hard="[1, 10]", doc="How many times each run is repeated, with other initial weights and batches.")
    validation_share: float = real(0.2, 0.1, 0.4, hard="(0, 0.9]", doc="Share of the rows on which runs are compared.")
    test_share: float = real(0.2, 0.1, 0.4, hard="(0, 0.9]", doc="Share of the rows that are kept for the final report.")
    split_seed: int = integer(0, 0, 20, hard="[0, 4294967295]", doc="Another number puts other rows into the three splits.")
    dtype: str = choice("float32", ("float32", "float64"), doc="Precision of the training: float64 for proofs, half as fast.")

    def __post_init__(self) -> None:
        super().__post_init__()
        for run in self.runs:
            if self.dataset.task not in run.loss.tasks:
                raise ValueError(f"loss {run.loss.kind} is for {' and '.join(sorted(run.loss.tasks))}; data set {self.dataset.kind} is a {self.dataset.task}")
            if not fits(run.loss, self.dataset):
                theirs = f"those of data set {self.dataset.kind} are in {self.dataset.target_domain}"
                raise ValueError(f"loss {run.loss.kind} is for targets in {run.loss.target_domain}; {theirs}")
        if self.validation_share + self.test_share >= 1:
            raise ValueError(f"validation_share + test_share must be below 1, got {self.validation_share:g} + {self.test_share:g}")

    def to_json(self) -> str:
        """Return the experiment as one line of JSON: cache key, share link, download and test fixture at once."""
        return json.dumps({"version": VERSION, **self.to_dict()}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Experiment:
        """Return the experiment that `to_json` wrote; raise `ValueError` that says what is wrong with the text."""
        try:
            values = json.loads(text)
            if not isinstance(values, dict):
                raise ValueError(f"an experiment is a JSON object, got {type(values).__name__}")
            version = values.pop("version", None)
            if type(version) is not int or version != VERSION:
                raise ValueError(f"version must be {VERSION}, got {version!r:.40}")
            return cls.from_dict(values)
        except json.JSONDecodeError as error:
            raise ValueError(f"not valid JSON: {error}") from None
        except RecursionError:  # the parser, the checks and the messages recurse; each has its limit at another depth
            raise ValueError("not an experiment: it is nested too deeply") from None

    def labels(self) -> tuple[str, ...]:
        """Return a label for each run: its own, or what distinguishes it from the others, what differs most first."""
        differing = [name for name in differences(self.runs) if name != "label"] or ["loss", "optimizer"]
        differing.sort(key=lambda name: -len({getattr(run, name) for run in self.runs}))

        def made(run: Run) -> str:
            parts = [(_describe(run, name), name) for name in differing]
            return " · ".join(text for text, name in parts if not _is_nothing(run, name)) or parts[0][0]

        return tuple(run.label or made(run) for run in self.runs)


def differences(runs: Sequence[Run]) -> tuple[str, ...]:
    """Return the names of the fields in which the runs differ, in order of declaration."""
    return tuple(name for name in Run.parameters() if len({getattr(run, name) for run in runs}) > 1)


def fits(loss: Loss | type[Loss], dataset: Dataset | type[Dataset]) -> bool:
    """Return whether a loss is for the task of a data set, and defined for all targets that the data set may have."""
    return dataset.task in loss.tasks and loss.target_domain.covers(dataset.target_domain)


def fitting_losses(dataset: Dataset | type[Dataset]) -> tuple[type[Loss], ...]:
    """Return the registered losses that fit a data set."""
    return tuple(loss for loss in LOSSES.values() if fits(loss, dataset))


def fit_to(experiment: Experiment, dataset: Dataset) -> Experiment:
    """Return the experiment on other data: losses that do not fit it, and weights by hand, give way to defaults."""

    def fitted(run: Run) -> Run:
        if not fits(run.loss, dataset):
            fallback = "cross_entropy" if dataset.task == CLASSIFICATION else "squared_error"
            run = replace(run, loss=LOSSES[fallback]())
        return replace(run, class_weights=CLASS_WEIGHTS["none"]()) if dataset.task != CLASSIFICATION or run.class_weights.kind == "manual" else run

    return replace(experiment, dataset=dataset, runs=tuple(map(fitted, experiment.runs)))


#: what a run is called that has nothing of a kind
_NOTHING = {"penalty": "no penalty", "class_weights": "unweighted", "schedule": "constant rate", "clip_norm": "no clipping"}


def _is_nothing(run: Run, name: str) -> bool:
    """Return whether a field is at the value that goes without saying."""
    value = getattr(run, name)
    return name in _NOTHING and (not value if name == "clip_norm" else value.kind in ("none", "constant"))


def _describe(run: Run, name: str) -> str:
    """Return one field of a run in few words."""
    if _is_nothing(run, name):
        return _NOTHING[name]
    value: Any = getattr(run, name)
    if name == "learning_rate":
        return f"η {value:g}"
    return f"clip {value:g}" if name == "clip_norm" else describe(value)


def describe(item: Declared) -> str:
    """Return an item's title with the parameters that are not at their defaults; of a sum, its parts."""
    if isinstance(item, WeightedSum):
        return " + ".join(describe(part) if weight == 1 else f"{weight:g} {describe(part)}" for weight, part in item.parts())
    changed = []
    for field, parameter in type(item).parameters().items():
        value, default = getattr(item, field), getattr(type(item), field, None)
        if value != default:
            shown = f"{value:g}" if isinstance(parameter, Number) else "-".join(f"{v:g}" for v in value) if isinstance(value, tuple) else str(value)
            changed.append(f"{plain_symbol(parameter.symbol) or field.replace('_', ' ')} {shown}")
    short = item.title.split(" (")[0]
    return f"{short} {', '.join(changed)}" if changed else short


def plain_symbol(symbol: str) -> str:
    """Return a LaTeX symbol as Unicode text."""
    greek = dict(zip(("alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "eta", "lambda", "mu", "psi", "rho"), "αβγδεεηλμψρ", strict=True))
    name, _, index = re.sub(r"[\\{}]", "", symbol).partition("_")
    return greek.get(name, name) + index

"""Remedies against overfitting: experiments that train one network with each remedy alone, with fewer units and on more rows, and their outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import DATASETS, Dataset
from core.datasets.own import OWN, Own, brought_data
from core.experiment import Experiment, Run
from core.losses.classification import CrossEntropy
from core.losses.regression import SquaredError
from core.models import MLP
from core.optimizers import OPTIMIZERS
from core.parameters import Declared, choice, like, real
from core.penalties import L2
from core.preparation.corruption import Corruption
from core.tasks import CLASSIFICATION, REGRESSION
from core.training.results import Result
from core.words import Figure, Said

Array = NDArray[Any]

#: units of the hidden layer; of the smaller network's hidden layer; how many times as many rows the run on more rows has
HIDDEN, FEWER, MORE = 64, 16, 4
#: splits, each with a seed of its own: with few rows it is these that scatter
SPLITS, EPOCHS = 5, 40
#: rows of a batch, and the updates of an epoch on few rows of digits; the share of all rows that could train
_BATCH, _UPDATES, _TRAINING = 32, 7, 0.6
#: the metrics that are compared in each task, the first one for the gap, and whether a larger value is better; they do not depend on what a run minimises
METRICS = {CLASSIFICATION: {"log_loss": False, "accuracy": True}, REGRESSION: {"rmse": False, "r2": True}}
_HIGHER = {name: higher for of_task in METRICS.values() for name, higher in of_task.items()}

_NONE = Run(loss=CrossEntropy(), optimizer=OPTIMIZERS["adam"](), learning_rate=5e-3)


@dataclass(frozen=True)
class Remedies(Declared):
    """The settings: the data, the share of the training rows that train, the share of wrong labels among them, and the strength of each remedy."""

    data: str = choice(
        "digits", {"digits": "Digits", OWN: "Own data"}, doc="What the networks are trained on. Own data are given no wrong labels."
    )
    own: Dataset | None = brought_data()
    training_share: float = real(
        0.2, 0.1, 0.5, stops=(0.1, 0.2, 0.5), pattern="{:.0%}", hard="[0.05, 1]", label="Training rows",
        doc="Share of digits’ 1,079 training rows that the network is given.",
    )  # fmt: skip
    wrong_labels: float = real(
        0.2, 0.0, 0.3, stops=(0.0, 0.1, 0.2, 0.3), pattern="{:.0%}", hard="[0, 0.5]",
        doc="Share of those rows that are given another class. Validation rows stay right.",
    )  # fmt: skip
    own_share: float = real(
        0.25, 0.1, 1.0, stops=(0.1, 0.25, 0.5, 1.0), pattern="{:.0%}", hard="[0.05, 1]", label="Training rows",
        doc="Share of your training rows that the network is given. Below 1 it is trained on more of them, too, which tells whether more rows would help.",
    )  # fmt: skip
    l2: float = like(L2.parameters()["strength"], 0.01, label="L2: strength", hard="[0, 10]")
    dropout: float = like(Run.parameters()["dropout"], 0.5, label="Dropout", hard="[0, 0.95]")
    patience: int = like(Run.parameters()["patience"], 5, label="Early stopping: patience", hard="[0, 100]")
    label_smoothing: float = like(CrossEntropy.parameters()["label_smoothing"], 0.1, label="Label smoothing", hard="[0, 1]")
    max_norm: float = like(Run.parameters()["max_norm"], 1.0, label="Max-norm", hard="[0, 100]")

    def runs(self) -> tuple[Run, ...]:
        """Return the runs. They differ in the remedy alone; the first has none. Only classes have labels to smooth."""
        none = self._without()
        smoothed = replace(none, label=str(Said("label smoothing")), loss=CrossEntropy(label_smoothing=self.label_smoothing))
        return (
            replace(none, label=str(Said("no remedy"))),
            replace(none, label=str(Said("L2")), penalty=L2(strength=self.l2)),
            replace(none, label=str(Said("dropout")), dropout=self.dropout),
            replace(none, label=str(Said("early stopping")), patience=self.patience),
            *((smoothed,) if self.dataset.task == CLASSIFICATION else ()),
            replace(none, label=str(Said("max-norm")), max_norm=self.max_norm),
        )

    def _without(self) -> Run:
        """Return the run without a remedy."""
        return _NONE if self.dataset.task == CLASSIFICATION else replace(_NONE, loss=SquaredError())

    def of_remedies(self) -> tuple[str, ...]:
        """Return the names of the settings of the remedies that have an effect."""
        names = ("l2", "dropout", "patience", "label_smoothing", "max_norm")
        return tuple(name for name in names if name != "label_smoothing" or self.dataset.task == CLASSIFICATION)

    @property
    def dataset(self) -> Dataset:
        """The data."""
        return self.own or Own() if self.data == OWN else DATASETS["digits"]()

    def of_data(self) -> tuple[str, ...]:
        """Return the names of the settings of the data that have an effect."""
        return ("data", "own_share") if self.data == OWN else ("data", "training_share", "wrong_labels")

    def experiments(self, rows: int = 0) -> tuple[Experiment, ...]:
        """Return two or three experiments for each of `SPLITS` splits, split by split.

        They are: all runs; the run without remedy, with a smaller network; and the run without remedy, on more rows if there are more.
        `rows`: how many there are of own data. Where they are few, the batches are small, so that an epoch has about as many updates as on digits.
        """
        few_rows, batch_size = Corruption(training_share=self.training_share, wrong_labels=self.wrong_labels), _BATCH
        if self.data == OWN:
            few_rows = Corruption(training_share=self.own_share)
            batch_size = min(_BATCH, max(1, round(_TRAINING * self.own_share * rows) // _UPDATES))
        more_rows = replace(few_rows, training_share=min(1.0, MORE * few_rows.training_share))
        fewer = replace(self._without(), label=str(Said("{fewer} units, not {units}", fewer=FEWER, units=HIDDEN)))
        times = Figure(more_rows.training_share / few_rows.training_share, "g")
        more = replace(self._without(), label=str(Said("{times} × the rows", times=times)))
        experiments: list[Experiment] = []
        for split in range(SPLITS):
            all_runs = Experiment(
                dataset=self.dataset, model=MLP(hidden=(HIDDEN,)), runs=self.runs(), epochs=EPOCHS, batch_size=batch_size, split_seed=split, first_seed=split,
                corruption=few_rows,
            )  # fmt: skip
            experiments += [all_runs, replace(all_runs, model=MLP(hidden=(FEWER,)), runs=(fewer,))]
            experiments += [] if more_rows == few_rows else [replace(all_runs, corruption=more_rows, runs=(more,))]
        return tuple(experiments)


@dataclass(frozen=True, eq=False)
class Outcome:
    """The metrics of a run at its end, on S splits.

    `train`, `validation`, `test`: for each of `METRICS` of the task its values (S,) on the rows of that kind.
    The end of a run with early stopping is the epoch of its best weights, to which it returns. The end of any other run is its last epoch.
    """

    label: str
    train: dict[str, Array]
    validation: dict[str, Array]
    test: dict[str, Array]

    @property
    def gap(self) -> float:
        """The first metric on test rows minus that on training rows, mean over the splits."""
        first = next(iter(self.test))
        return float((self.test[first] - self.train[first]).mean())

    def against(self, other: Outcome, metric: str) -> int:
        """Return 1 if the metric of the test rows is better than the other's on every split, -1 if it is worse on every split, else 0 (undecided).

        Validation rows would not do: early stopping chooses its weights by them.
        """
        better = (self.test[metric] - other.test[metric]) * (1 if _HIGHER[metric] else -1)
        return int((better > 0).all()) - int((better < 0).all())


def of_first_split(results: Sequence[Result]) -> Sequence[Result]:
    """Return those of the results of `Remedies.experiments`, or of its experiments on the first few splits, that are of the first split."""
    return results[: len(results) // len({result.experiment.split_seed for result in results})]


def outcomes(results: Sequence[Result]) -> list[Outcome]:
    """Return the outcome of every run over all splits, in order, from the results of `Remedies.experiments`, or of those on its first few splits."""
    run_outcomes = []
    kinds = len(of_first_split(results))
    for kind in range(kinds):
        of_splits = results[kind::kinds]
        for i, run in enumerate(of_splits[0].experiment.runs):
            values: list[dict[str, Array]] = []
            for rows in ("train", "validation", "test"):
                ends = [(result, result.best_epoch if run.patience else result.last) for result in of_splits]
                names = METRICS[of_splits[0].data.task]
                values.append({name: np.array([result.at(end, name, rows)[0, i] for result, end in ends]) for name in names})
            run_outcomes.append(Outcome(run.label, *values))
    return run_outcomes

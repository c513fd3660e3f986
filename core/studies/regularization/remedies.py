"""Remedies against overfitting: experiments that train one network with each remedy alone, with fewer units and on more rows, and their outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import DATASETS
from core.experiment import Experiment, Run
from core.losses.classification import CrossEntropy
from core.models import MLP
from core.optimizers import OPTIMIZERS
from core.parameters import Declared, like, real
from core.penalties import L2
from core.preparation.corruption import Corruption
from core.training.results import Result
from core.words import Figure, Said

Array = NDArray[Any]

#: units of the hidden layer; of the smaller network's hidden layer; how many times as many rows the run on more rows has
HIDDEN, FEWER, MORE = 64, 16, 4
#: splits, each with a seed of its own: with few rows it is these that scatter
SPLITS, EPOCHS = 5, 40
#: the experiments of each split
KINDS = 3
#: the metrics that are compared, and whether a larger value is better; they do not depend on what a run minimises
METRICS = {"log_loss": False, "accuracy": True}

_NONE = Run(loss=CrossEntropy(), optimizer=OPTIMIZERS["adam"](), learning_rate=5e-3)


@dataclass(frozen=True)
class Remedies(Declared):
    """The settings: the share of digits' training rows that train, the share of wrong labels among them, and the strength of each remedy."""

    training_share: float = real(
        0.2, 0.1, 0.5, stops=(0.1, 0.2, 0.5), pattern="{:.0%}", hard="[0.05, 1]", label="Training rows",
        doc="Share of digits’ 1,079 training rows that the network is given.",
    )  # fmt: skip
    wrong_labels: float = real(
        0.2, 0.0, 0.3, stops=(0.0, 0.1, 0.2, 0.3), pattern="{:.0%}", hard="[0, 0.5]",
        doc="Share of those rows that are given another class. Validation rows stay right.",
    )  # fmt: skip
    l2: float = like(L2.parameters()["strength"], 0.01, label="L2: strength", hard="[0, 10]")
    dropout: float = like(Run.parameters()["dropout"], 0.5, label="Dropout", hard="[0, 0.95]")
    patience: int = like(Run.parameters()["patience"], 5, label="Early stopping: patience", hard="[0, 100]")
    label_smoothing: float = like(CrossEntropy.parameters()["label_smoothing"], 0.1, label="Label smoothing", hard="[0, 1]")
    max_norm: float = like(Run.parameters()["max_norm"], 1.0, label="Max-norm", hard="[0, 100]")

    def runs(self) -> tuple[Run, ...]:
        """Return the runs. They differ in the remedy alone; the first has none."""
        return (
            replace(_NONE, label=str(Said("no remedy"))),
            replace(_NONE, label=str(Said("L2")), penalty=L2(strength=self.l2)),
            replace(_NONE, label=str(Said("dropout")), dropout=self.dropout),
            replace(_NONE, label=str(Said("early stopping")), patience=self.patience),
            replace(_NONE, label=str(Said("label smoothing")), loss=CrossEntropy(label_smoothing=self.label_smoothing)),
            replace(_NONE, label=str(Said("max-norm")), max_norm=self.max_norm),
        )

    def experiments(self) -> tuple[Experiment, ...]:
        """Return `KINDS` experiments for each of `SPLITS` splits, split by split.

        They are: all runs; the run without remedy, with a smaller network; and the run without remedy, on more rows.
        """
        few_rows = Corruption(training_share=self.training_share, wrong_labels=self.wrong_labels)
        more_rows = replace(few_rows, training_share=min(1.0, MORE * self.training_share))
        fewer = replace(_NONE, label=str(Said("{fewer} units instead of {units}", fewer=FEWER, units=HIDDEN)))
        times = Figure(more_rows.training_share / few_rows.training_share, "g")
        more = replace(_NONE, label=str(Said("{times} × the rows", times=times)))
        experiments: list[Experiment] = []
        for split in range(SPLITS):
            all_runs = Experiment(
                dataset=DATASETS["digits"](), model=MLP(hidden=(HIDDEN,)), runs=self.runs(), epochs=EPOCHS, split_seed=split, first_seed=split,
                corruption=few_rows,
            )  # fmt: skip
            smaller = replace(all_runs, model=MLP(hidden=(FEWER,)), runs=(fewer,))
            experiments += [all_runs, smaller, replace(all_runs, corruption=more_rows, runs=(more,))]
        return tuple(experiments)


@dataclass(frozen=True, eq=False)
class Outcome:
    """The metrics of a run at its end, on S splits.

    `train`, `validation`, `test`: for each of `METRICS` its values (S,) on the rows of that kind.
    The end of a run with early stopping is the epoch of its best weights, to which it returns. The end of any other run is its last epoch.
    """

    label: str
    train: dict[str, Array]
    validation: dict[str, Array]
    test: dict[str, Array]

    @property
    def gap(self) -> float:
        """The log loss on test rows minus that on training rows, mean over the splits."""
        return float((self.test["log_loss"] - self.train["log_loss"]).mean())

    def against(self, other: Outcome, metric: str) -> int:
        """Return 1 if the metric of the test rows is better than the other's on every split, -1 if it is worse on every split, else 0 (undecided).

        Validation rows would not do: early stopping chooses its weights by them.
        """
        better = (self.test[metric] - other.test[metric]) * (1 if METRICS[metric] else -1)
        return int((better > 0).all()) - int((better < 0).all())


def outcomes(results: Sequence[Result]) -> list[Outcome]:
    """Return the outcome of every run over all splits, in order, from the results of `Remedies.experiments`."""
    run_outcomes = []
    for kind in range(KINDS):
        of_splits = results[kind::KINDS]
        for i, run in enumerate(of_splits[0].experiment.runs):
            values: list[dict[str, Array]] = []
            for rows in ("train", "validation", "test"):
                ends = [(result, result.best_epoch if run.patience else result.last) for result in of_splits]
                values.append({name: np.array([result.at(end, name, rows)[0, i] for result, end in ends]) for name in METRICS})
            run_outcomes.append(Outcome(run.label, *values))
    return run_outcomes

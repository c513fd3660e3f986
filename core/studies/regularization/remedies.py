"""Remedies against overfitting, side by side: the same network on few rows, with each remedy alone, smaller, and with more rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from core.datasets import DATASETS
from core.experiment import Experiment, Run
from core.losses.classification import CrossEntropy
from core.models import MLP
from core.optimizers import OPTIMIZERS
from core.penalties import L2
from core.preparation.corruption import Corruption
from core.training.results import Result

Array = NDArray[Any]

#: units of the hidden layer, and of the smaller network's; how many times more rows "more data" is
HIDDEN, FEWER, MORE = 64, 16, 4
SEEDS = 5
#: what is recorded of every run on the same scale, whatever it minimises: name, and whether more is better
METRICS = {"log_loss": False, "accuracy": True}

_NONE = Run(loss=CrossEntropy(), optimizer=OPTIMIZERS["adam"](), learning_rate=5e-3)


@dataclass(frozen=True)
class Remedies:
    """An overfitting set-up (a share of digits' training rows, and of wrong labels among them), and how strong each remedy is."""

    training_share: float = 0.2
    wrong_labels: float = 0.2
    l2: float = 0.01
    dropout: float = 0.5
    patience: int = 5
    label_smoothing: float = 0.1
    max_norm: float = 1.0

    def runs(self) -> tuple[Run, ...]:
        """Return the runs that share everything but the remedy, the first without any."""
        return (
            replace(_NONE, label="no remedy"),
            replace(_NONE, label="L2", penalty=L2(strength=self.l2)),
            replace(_NONE, label="dropout", dropout=self.dropout),
            replace(_NONE, label="early stopping", patience=self.patience),
            replace(_NONE, label="label smoothing", loss=CrossEntropy(label_smoothing=self.label_smoothing)),
            replace(_NONE, label="max-norm", max_norm=self.max_norm),
        )

    def experiments(self) -> tuple[Experiment, Experiment, Experiment]:
        """Return the runs of one network on few rows, and the run without remedy of a smaller network, and on more rows."""
        rows = Corruption(training_share=self.training_share, wrong_labels=self.wrong_labels)
        more = replace(rows, training_share=min(1.0, MORE * self.training_share))
        few = Experiment(dataset=DATASETS["digits"](), model=MLP(hidden=(HIDDEN,)), runs=self.runs(), epochs=40, seeds=SEEDS, corruption=rows)
        small = replace(few, model=MLP(hidden=(FEWER,)), runs=(replace(_NONE, label=f"{FEWER} units instead of {HIDDEN}"),))
        return few, small, replace(few, corruption=more, runs=(replace(_NONE, label=f"{more.training_share / rows.training_share:g} × the rows"),))


@dataclass(frozen=True, eq=False)
class Outcome:
    """Where a run ended: by metric its values (S,) on training and validation rows.

    A run that stops early ends at the epoch of its best weights, which it takes back; the others at their last.
    """

    label: str
    train: dict[str, Array]
    validation: dict[str, Array]

    @property
    def gap(self) -> float:
        """By how much the log loss of validation rows is above that of training rows, mean over seeds."""
        return float((self.validation["log_loss"] - self.train["log_loss"]).mean())

    def against(self, other: Outcome, metric: str) -> int:
        """Return 1 if the metric is better than the other's on every seed, -1 if it is worse on every seed, else 0: they cannot be told apart."""
        better = (self.validation[metric] - other.validation[metric]) * (1 if METRICS[metric] else -1)
        return int((better > 0).all()) - int((better < 0).all())


def outcomes(results: Sequence[Result]) -> list[Outcome]:
    """Return the outcome of every run of the results, one after the other."""
    found = []
    for result in results:
        for i, run in enumerate(result.experiment.runs):
            ends = result.best_epoch if run.patience else result.last
            train, validation = ({name: result.at(ends, name, split)[:, i] for name in METRICS} for split in ("train", "validation"))
            found.append(Outcome(run.label, train, validation))
    return found

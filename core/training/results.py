"""The result of a training: arrays of everything recorded, and data frames made from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.experiment import Experiment
from core.preparation.split import SPLITS, Data
from core.training.metrics import SPLIT_METRICS, Metric, run_metrics
from core.training.state import Record, TrainingState
from core.words import Said

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Result:
    """The records of an experiment: all of them, or those so far.

    `epochs` (E,): the recorded epochs. The first is 0, before any update.
    `metrics`: (E, splits, S, R) by a name of `SPLIT_METRICS`. `run_metrics`: (E, S, R) by a name of `core.training.metrics.run_metrics`.
    Both are NaN from the epoch on in which a replica diverged or after its patience ended, and where a loss does not define a metric.
    `snapshots`: the parameters (R, P) of seed 0, by epoch, at about 24 epochs. They are a run's best ones from the epoch on in which its patience ends,
    and at the last epoch of a run with patience.
    `diverged_at`, `stopped_at` (S, R): the epoch in which a replica diverged, or its patience ended; -1 if it did not.
    """

    experiment: Experiment
    data: Data
    epochs: Array
    metrics: dict[str, Array]
    run_metrics: dict[str, Array]
    snapshots: dict[int, Array]
    diverged_at: Array
    stopped_at: Array

    @classmethod
    def collect(cls, experiment: Experiment, state: TrainingState, records: Sequence[Record]) -> Result:
        """Return the result of the records of all slices. `state`: the state after the last slice."""
        first = records[0]
        return cls(
            experiment=experiment,
            data=state.data,
            epochs=np.array([record.epoch for record in records]),
            metrics={name: np.stack([record.metrics[name] for record in records]) for name in first.metrics},
            run_metrics={name: np.stack([record.run_metrics[name] for record in records]) for name in first.run_metrics},
            snapshots={record.epoch: record.snapshot for record in records if record.snapshot is not None},
            diverged_at=state.diverged_at,
            stopped_at=state.stopped_at,
        )

    @property
    def complete(self) -> bool:
        """Whether the training reached its last epoch, or every replica diverged or was stopped."""
        return bool(self.epochs[-1] >= self.experiment.epochs or ((self.diverged_at >= 0) | (self.stopped_at >= 0)).all())

    @property
    def nbytes(self) -> int:
        """Bytes of metrics and snapshots, without the data."""
        return sum(array.nbytes for array in (*self.metrics.values(), *self.run_metrics.values(), *self.snapshots.values()))

    @property
    def described(self) -> dict[str, Metric]:
        """The descriptions of all recorded metrics, by name."""
        of_runs = run_metrics(run.loss for run in self.experiment.runs)
        return SPLIT_METRICS[self.data.task] | {name: metric for name, metric in of_runs.items() if name in self.run_metrics}

    def values(self, metric: str, split: str = "validation") -> Array:
        """Return the values of a metric, (E, S, R). `split` has no effect on metrics of the run itself."""
        return self.run_metrics[metric] if metric in self.run_metrics else self.metrics[metric][:, SPLITS.index(split)]

    @cached_property
    def best_epoch(self) -> Array:
        """The positions (S, R) on the epoch axis of the lowest validation loss: the first one of equals, 0 if all are NaN."""
        loss = self.values("loss")
        return np.where(np.isnan(loss), np.inf, loss).argmin(axis=0)

    def at(self, position: Array, metric: str, split: str = "validation") -> Array:
        """Return a metric (S, R) at a position of each replica. `position` (S, R): on the epoch axis."""
        return np.take_along_axis(self.values(metric, split), position[None], axis=0)[0]

    @cached_property
    def last(self) -> Array:
        """The position (S, R) on the epoch axis of each replica's last finite training loss."""
        finite = np.isfinite(self.values("loss", "train"))
        return len(finite) - 1 - finite[::-1].argmax(axis=0)

    def status(self, run: int, seed: int) -> Said:
        """Return `finished`, `diverged at epoch k`, `stopped at epoch k` (early stopping), or `cancelled at epoch k`."""
        if self.diverged_at[seed, run] >= 0:
            return Said("diverged at epoch {epoch}", epoch=int(self.diverged_at[seed, run]))
        if self.stopped_at[seed, run] >= 0:
            return Said("stopped at epoch {epoch}", epoch=int(self.stopped_at[seed, run]))
        return Said("finished") if self.complete else Said("cancelled at epoch {epoch}", epoch=int(self.epochs[-1]))

    @cached_property
    def runs(self) -> pd.DataFrame:
        """A frame with one row for each replica.

        Columns: run (0, 1, ...), label, seed, status; best_epoch, that of the lowest validation loss; at the best epoch every metric of the
        validation rows (`validation_f1`, ...) and the test rows (`test_f1`, ...), `updates_to_best` and `seconds_to_best`;
        `last_validation_loss`, `updates` and `seconds` at the end. Seconds are explained in `RUN_METRICS["seconds"]`.
        """
        import pandas as pd

        rows = []
        at_best = {f"{split}_{name}": self.at(self.best_epoch, name, split) for split in ("validation", "test") for name in self.metrics}
        at_best |= {f"{name}_to_best": self.at(self.best_epoch, name) for name in ("updates", "seconds")}
        at_end = {"last_validation_loss": self.at(self.last, "loss"), "updates": self.at(self.last, "updates"), "seconds": self.at(self.last, "seconds")}
        for run, label in enumerate(self.experiment.labels()):
            for seed in range(self.experiment.seeds):
                numbers = {name: float(values[seed, run]) for name, values in (at_best | at_end).items()}
                best = int(self.epochs[self.best_epoch[seed, run]])
                rows.append({"run": run, "label": label, "seed": seed, "status": str(self.status(run, seed)), "best_epoch": best, **numbers})
        return pd.DataFrame(rows)

    @cached_property
    def history(self) -> pd.DataFrame:
        """A tidy frame of all finite records: run, seed, epoch, split, metric, value. Metrics of the run itself have the split `run`."""
        import pandas as pd

        frames = []
        for split in (*SPLITS, "run"):
            for name in self.run_metrics if split == "run" else self.metrics:
                values = self.values(name, split)
                epoch, seed, run = np.nonzero(np.isfinite(values))
                frames.append(
                    pd.DataFrame({"run": run, "seed": seed, "epoch": self.epochs[epoch], "split": split, "metric": name, "value": values[epoch, seed, run]})
                )
        return pd.concat(frames, ignore_index=True).astype({"split": "category", "metric": "category"})

"""The result of a training: arrays of everything recorded, and data frames made from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.experiment import Experiment
from core.preparation.split import SPLITS, Data
from core.training.limits import snapshots as most_snapshots
from core.training.metrics import SPLIT_METRICS, Metric, run_metrics
from core.training.plan import SNAPSHOTS, snapshot_epochs
from core.training.state import Record, StackState, TrainingState
from core.words import Said

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]

#: characters of a target's name where it stands for a unit
_LONGEST_UNIT = 30


@dataclass(frozen=True, eq=False)
class Track:
    """What one run recorded, up to the epoch in which its last replica ended. It does not depend on the runs beside it, but for seconds.

    `metrics`: (E, splits, S) by name. `run_metrics`: (E, S) by name. `snapshots`: the parameters (P,) of the first seed, by epoch.
    `diverged_at`, `stopped_at` (S,): as in `Result`.
    """

    epochs: Array
    metrics: dict[str, Array]
    run_metrics: dict[str, Array]
    snapshots: dict[int, Array]
    diverged_at: Array
    stopped_at: Array

    @classmethod
    def of(cls, experiment: Experiment, state: StackState, records: Sequence[Record], run: int) -> Track:
        """Return what a run of a stack recorded in a slice. `state`: the state after it."""
        diverged_at, stopped_at = state.diverged_at[:, run].copy(), state.stopped_at[:, run].copy()
        ends = np.maximum(diverged_at, stopped_at)
        end = experiment.epochs if (ends < 0).any() else int(ends.max())
        own = [record for record in records if record.epoch <= end]
        names = run_metrics([experiment.runs[run].loss])
        snapshots = {record.epoch: record.snapshot[run].copy() for record in own if record.snapshot is not None}
        if snapshots:
            planned = snapshot_epochs(experiment.epochs, most_snapshots(experiment.dtype, next(iter(snapshots.values())).size, SNAPSHOTS))
            snapshots = {epoch: params for epoch, params in snapshots.items() if epoch in planned or epoch == end}
        return cls(
            np.array([record.epoch for record in own], int),
            {name: np.array([record.metrics[name][..., run] for record in own]) for name in (own[0].metrics if own else ())},
            {name: np.array([record.run_metrics[name][:, run] for record in own]) for name in (names if own else ())},
            snapshots, diverged_at, stopped_at,
        )  # fmt: skip

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle a few large arrays instead of many small ones, each of which costs as much as its bytes."""
        of_kinds: list[dict[Any, Array]] = [self.metrics, self.run_metrics, self.snapshots]
        named = [(tuple(of_kind), np.array([*of_kind.values()])) for of_kind in of_kinds]
        return _unpacked, (self.epochs, *named, self.diverged_at, self.stopped_at)

    def followed_by(self, later: Track) -> Track:
        """Return this track and that of the next slice as one."""
        if not len(later.epochs):
            return replace(self, diverged_at=later.diverged_at, stopped_at=later.stopped_at)
        return Track(
            np.concatenate([self.epochs, later.epochs]),
            {name: np.concatenate([values, later.metrics[name]]) for name, values in self.metrics.items()},
            {name: np.concatenate([values, later.run_metrics[name]]) for name, values in self.run_metrics.items()},
            self.snapshots | later.snapshots, later.diverged_at, later.stopped_at,
        )  # fmt: skip

    @property
    def ended(self) -> bool:
        """Whether every replica diverged or was stopped, and the epoch in which the last one did is recorded."""
        ends = np.maximum(self.diverged_at, self.stopped_at)
        return bool((ends >= 0).all() and self.epochs[-1] >= ends.max())

    @property
    def nbytes(self) -> int:
        """Bytes of metrics and snapshots."""
        return sum(array.nbytes for array in (*self.metrics.values(), *self.run_metrics.values(), *self.snapshots.values()))

    def snapshot(self, epoch: int) -> Array | None:
        """Return the parameters (P,) at an epoch; those of the end for an epoch after the end; None if none were kept."""
        return self.snapshots[max(self.snapshots)] if self.ended and epoch > self.epochs[-1] else self.snapshots.get(epoch)


def _unpacked(epochs: Array, metrics: Any, run_metrics: Any, snapshots: Any, diverged_at: Array, stopped_at: Array) -> Track:
    """Return the track of which these are names and values."""
    of_splits, of_runs, parameters = (dict(zip(*named, strict=True)) for named in (metrics, run_metrics, snapshots))
    return Track(epochs, of_splits, of_runs, parameters, diverged_at, stopped_at)


@dataclass(frozen=True, eq=False)
class Result:
    """The records of an experiment: all of them, or those so far.

    `epochs` (E,): the recorded epochs. The first is 0, before any update.
    `metrics`: (E, splits, S, R) by a name of `SPLIT_METRICS`. `run_metrics`: (E, S, R) by a name of `core.training.metrics.run_metrics`.
    Both are NaN from the epoch on in which a replica diverged or after its patience ended, where a run was not trained so far, and where a loss does not
    define a metric.
    `snapshots`: the parameters (R, P) of the first seed, by epoch, at about 24 epochs that all runs have reached; of a run with fewer parameters than P
    the first ones, as `params` returns them. They are a run's best ones from the epoch on in which its patience ends, and at the last epoch of a run with
    patience.
    `diverged_at`, `stopped_at` (S, R): the epoch in which a replica diverged, or its patience ended; -1 if it did not.
    `behind` (R,): how many epochs each run is behind the one that is furthest; 0 for a run whose replicas all ended.
    `tracks`: what each run recorded, of which the result is joined.
    """

    experiment: Experiment
    data: Data
    epochs: Array
    metrics: dict[str, Array]
    run_metrics: dict[str, Array]
    snapshots: Mapping[int, Array]
    diverged_at: Array
    stopped_at: Array
    behind: Array
    tracks: tuple[Track, ...]

    @property
    def progress(self) -> float:
        """The share of the epochs that is recorded."""
        return float(self.epochs[-1] / self.experiment.epochs)

    def labelled(self, experiment: Experiment) -> Result:
        """Return the result under the labels of an experiment that differs in nothing else."""
        return replace(self, experiment=experiment)

    @classmethod
    def collect(cls, experiment: Experiment, state: TrainingState, records: Sequence[Record]) -> Result:
        """Return the result of the records of all slices of a stack. `state`: the state after the last slice."""
        return cls.join(experiment, state.data, [Track.of(experiment, state, records, run) for run in range(len(experiment.runs))])

    @classmethod
    def join(cls, experiment: Experiment, data: Data, tracks: Sequence[Track]) -> Result:
        """Return the result of the runs of an experiment, from what each of them recorded."""
        epochs = max((track.epochs for track in tracks), key=len)
        names = run_metrics(run.loss for run in experiment.runs)
        return cls(
            experiment=experiment,
            data=data,
            epochs=epochs,
            metrics={name: _beside([track.metrics[name] for track in tracks], len(epochs)) for name in tracks[0].metrics},
            run_metrics={name: _beside([track.run_metrics.get(name) for track in tracks], len(epochs)) for name in names},
            snapshots=_Snapshots(tracks),
            diverged_at=np.stack([track.diverged_at for track in tracks], axis=-1),
            stopped_at=np.stack([track.stopped_at for track in tracks], axis=-1),
            tracks=tuple(tracks),
            behind=np.array([0 if track.ended else epochs[-1] - track.epochs[-1] for track in tracks]),
        )

    def alone(self, run: int) -> Result:
        """Return the result of one run, as an experiment of this run alone."""
        return Result.join(self.experiment.alone(run), self.data, [self.tracks[run]])

    @property
    def complete(self) -> bool:
        """Whether every run reached the last epoch, or all its replicas diverged or were stopped."""
        return all(map(self._complete, range(len(self.experiment.runs))))

    def _complete(self, run: int) -> bool:
        ended = (self.diverged_at[:, run] >= 0) | (self.stopped_at[:, run] >= 0)
        return bool(self.reached(run) >= self.experiment.epochs or ended.all())

    def reached(self, run: int) -> int:
        """Return the last epoch that a run recorded, or that of the furthest run if all its replicas ended before."""
        return int(self.epochs[-1] - self.behind[run])

    def params(self, epoch: int, run: int) -> Array:
        """Return the parameters (P,) of the first seed of a run at the epoch of a snapshot."""
        return self.snapshots[epoch][run, : self.experiment.models[run].n_params(self.data.X.shape[1], len(self.data.outputs))]

    @property
    def described(self) -> dict[str, Metric]:
        """The descriptions of all recorded metrics, by name."""
        of_runs = run_metrics(run.loss for run in self.experiment.runs)
        return SPLIT_METRICS[self.data.task] | {name: metric for name, metric in of_runs.items() if name in self.run_metrics}

    def unit(self, metric: str) -> str:
        """Return the unit of a metric: of the one that the data set declares for its target, or of the target's name, cut to 30 characters; or nothing."""
        outputs, described = self.data.outputs, self.described[metric]
        name = outputs[0] if len(outputs) == 1 else "target units"
        return described.unit(self.experiment.dataset.unit or (name if len(name) <= _LONGEST_UNIT else f"{name[: _LONGEST_UNIT - 1]}…"))

    def titled(self, metric: str) -> str:
        """Return the title of a metric with its unit."""
        return f"{self.described[metric].title}, {unit}" if (unit := self.unit(metric)) else self.described[metric].title

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
        return Said("finished") if self._complete(run) else Said("cancelled at epoch {epoch}", epoch=self.reached(run))

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
            for seed, number in enumerate(self.experiment.seed_numbers):
                numbers = {name: float(values[seed, run]) for name, values in (at_best | at_end).items()}
                best = int(self.epochs[self.best_epoch[seed, run]])
                rows.append({"run": run, "label": label, "seed": number, "status": str(self.status(run, seed)), "best_epoch": best, **numbers})
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
                columns = {"run": run, "seed": seed + self.experiment.first_seed, "epoch": self.epochs[epoch], "split": split, "metric": name}
                frames.append(pd.DataFrame({**columns, "value": values[epoch, seed, run]}))
        return pd.concat(frames, ignore_index=True).astype({"split": "category", "metric": "category"})


def _beside(of_runs: Sequence[Array | None], length: int) -> Array:
    """Return the values (E, ..., R) of all runs, of `length` epochs each: NaN where a run has fewer, and for a run that has none (None)."""
    shape = next(values.shape[1:] for values in of_runs if values is not None)
    beside = np.full((length, *shape, len(of_runs)), np.nan)
    for run, values in enumerate(of_runs):
        if values is not None:
            beside[: len(values), ..., run] = values
    return beside


class _Snapshots(Mapping[int, Array]):
    """The parameters (R, P) by epoch, of what the runs recorded: at the epochs for which every run has some. They are put together when asked for."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self._tracks = tracks
        epochs = sorted({epoch for track in tracks for epoch in track.snapshots})
        self._epochs = [epoch for epoch in epochs if all(track.snapshot(epoch) is not None for track in tracks)]

    def __getitem__(self, epoch: int) -> Array:
        of_runs = [params for track in self._tracks if (params := track.snapshot(epoch)) is not None]
        if len(of_runs) < len(self._tracks):
            raise KeyError(epoch)
        size = max(params.size for params in of_runs)
        return np.stack([np.pad(params, (0, size - params.size)) for params in of_runs])

    def __iter__(self) -> Iterator[int]:
        return iter(self._epochs)

    def __len__(self) -> int:
        return len(self._epochs)

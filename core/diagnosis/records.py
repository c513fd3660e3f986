"""The records of one run over its seeds: the losses, how they rise and fall, and how to say so."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.experiment import Run
from core.models import Model
from core.training.results import Result
from core.words import Figure, Said

Array = NDArray[Any]

#: a loss that is nearer to 0 counts as this
_LITTLE = 1e-30


@dataclass(frozen=True, eq=False)
class Records:
    """The records of run `index` of a result, over E recorded epochs and S seeds. Snapshots are those of seed 0.

    A position is an index on the axis of recorded epochs. `shows` (S,) says for each seed whether the pattern of a rule shows.
    """

    result: Result
    index: int

    @property
    def run(self) -> Run:
        """The run."""
        return self.result.experiment.runs[self.index]

    def values(self, metric: str, split: str = "validation") -> Array:
        """Return the values (E, S) of a metric on the rows of a split."""
        return self.result.values(metric, split)[..., self.index]

    @cached_property
    def training(self) -> Array:
        """The loss that the run minimises, on the training rows, (E, S)."""
        return self.values("loss", "train")

    @cached_property
    def validation(self) -> Array:
        """The loss that the run minimises, on the validation rows, (E, S)."""
        return self.values("loss")

    @property
    def last(self) -> Array:
        """Position (S,) of each seed's last finite record."""
        return self.result.last[:, self.index]

    @property
    def best(self) -> Array:
        """Position (S,) of each seed's lowest validation loss."""
        return self.result.best_epoch[:, self.index]

    @property
    def stopped(self) -> Array:
        """Whether early stopping ended each seed, (S,)."""
        return self.result.stopped_at[:, self.index] >= 0

    @property
    def kept(self) -> Array:
        """Position (S,) of the record of the weights that each seed keeps: with early stopping that of its best epoch, to which it goes back at the end."""
        ended = self.stopped | self.result.complete
        return np.where(ended, self.best, self.last) if self.run.patience else self.last

    @cached_property
    def recent(self) -> int:
        """The number of latest records that count as recent: a fifth of all records, at least 3."""
        return max(3, len(self.result.epochs) // 5)

    @cached_property
    def fall(self) -> Array:
        """The fall of the training loss from its first to its lowest value, as a share of the first, (S,)."""
        first = np.abs(self.training[0])
        return (self.training[0] - np.nanmin(self.training, axis=0)) / np.maximum(first, np.finfo(float).tiny)

    def fallen(self, losses: Array) -> Array:
        """Return the fall (S,) of losses (E, S) over each seed's recent records: the value before them minus the last one."""
        before = np.take_along_axis(losses, np.maximum(self.last - self.recent, 0)[None], axis=0)[0]
        return before - np.take_along_axis(losses, self.last[None], axis=0)[0]

    def noise(self, losses: Array) -> Array:
        """Return the standard deviation (S,) of the steps of losses (E, S) from record to record over each seed's recent ones, about their mean."""
        return np.array([np.diff(losses[max(0, end - self.recent) : end + 1, seed]).std() for seed, end in enumerate(self.last)])

    def improved(self, losses: Array) -> Array:
        """Return the fall (S,) of losses (E, S) over each seed's recent records, as a share of the value before them."""
        fallen = self.fallen(losses)
        before = np.take_along_axis(losses, self.last[None], axis=0)[0] + fallen
        return fallen / np.maximum(np.abs(before), _LITTLE)

    @cached_property
    def rises(self) -> Array:
        """The rise of the training loss from each record to the next, as a share of its first value, (E - 1, S); negative for a fall."""
        return np.diff(self.training, axis=0) / np.maximum(np.abs(self.training[0]), np.finfo(float).tiny)

    def at(self, position: Array, metric: str, split: str = "validation") -> Array:
        """Return the values (S,) of a metric at the position (S,) of each seed."""
        return np.take_along_axis(self.values(metric, split), position[None], axis=0)[0]

    def lately(self, values: Array) -> Array:
        """Return the mean (S,) of values (E, S) over each seed's recent records."""
        return np.array([values[max(0, end - self.recent + 1) : end + 1, seed].mean() for seed, end in enumerate(self.last)])

    @property
    def model(self) -> Model:
        """The model of the run."""
        return self.result.experiment.models[self.index]

    # Over the seeds

    def holds(self, shows: Array) -> bool:
        """Return whether the pattern shows in more than half of the seeds."""
        return bool(2 * shows.sum() > len(shows))

    def in_seeds(self, what: Said, shows: Array) -> Said:
        """Return what shows, and in brackets the number of seeds in which it does; what shows alone if it does in all."""
        return what if shows.all() else Said("{what} ({shown} of {seeds} seeds)", what=what, shown=int(shows.sum()), seeds=len(shows))

    def typical(self, values: Array, shows: Array) -> float:
        """Return the median of values (S,) over the seeds in which the pattern shows. Of two middle values it is the lower one, a value of a real seed."""
        return float(np.quantile(values[shows], 0.5, method="lower"))

    def figure(self, values: Array, shows: Array) -> Figure:
        """Return the typical one of values (S,) in three significant digits."""
        return Figure(self.typical(values, shows), ".3g")

    def percent(self, shares: Array, shows: Array) -> Figure:
        """Return the typical one of shares (S,) in percent: without decimals, or with one decimal below 1 %."""
        share = self.typical(shares, shows)
        return Figure(share, ".1%" if abs(share) < 0.01 else ".0%")

    def epoch(self, position: Array, shows: Array) -> int:
        """Return the typical epoch at positions (S,)."""
        return int(self.typical(self.result.epochs[position], shows))

    def of_seed_0(self, what: Said) -> Said:
        """Return what was found, and in brackets that it is of the first seed alone; what was found alone if there is one seed."""
        experiment = self.result.experiment
        return Said("{what} (seed {seed})", what=what, seed=experiment.first_seed) if experiment.seeds > 1 else what


def alternations(values: Array) -> float:
    """Return the share of neighbouring values (n,) with different signs; 0 for fewer than two values."""
    signs = np.sign(values)
    return float(np.mean([a != b for a, b in pairwise(signs)])) if len(signs) > 1 else 0.0

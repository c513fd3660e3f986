"""The lanes of deep networks: one run each, trained once for every comparison that has it, and the result that is joined of what they recorded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import Dataset, Table
from core.preparation.split import Data, Preparation, prepare
from core.studies.deep_networks.learner import Learner
from core.studies.deep_networks.networks import MAX_UNITS, Networks
from core.tasks import CLASSIFICATION
from core.training.limits import MAX_STACKED_PARAMS
from core.training.recorded import Recorded
from core.training.recorded_lanes import DocumentLanes
from core.training.recorded_training import RunsLane, RunTrack

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]


class NetworksLane(RunsLane):
    """One run of deep networks under the settings that it shares with others."""

    asked: Networks
    learner = Learner
    FIRST = 2

    def company(self) -> str:
        """Return a text that is equal for lanes that can train in one stack: those of one depth."""
        return f"{super().company()} {self.asked.runs[0].depth}"

    def memory_share(self, data: Data) -> float:
        """Return the share of the largest stack's memory that the lane takes: of its parameters, or of its units."""
        sizes = data.X.shape[1], len(data.outputs)
        return max(self.asked.params(*sizes) / MAX_STACKED_PARAMS, self.asked.units(len(data.X)) / MAX_UNITS)


@dataclass(frozen=True)
class NetworksResult(Recorded):
    """The records of deep networks, or those so far. The measures of layers are kept: (E, S, L) by name, of the gradient (E, S, L + 1)."""

    document: Networks
    data: Data
    tracks: tuple[RunTrack, ...]

    @property
    def history(self) -> pd.DataFrame:
        """A tidy pandas frame: run, seed, update, layer (0: of the run as a whole), metric, value."""
        import pandas as pd

        labels, seeds, parts = self.document.labels(), self.document.seed_numbers, [super().history.assign(layer=0)]
        for label, track in zip(labels, self.tracks, strict=True):
            for name, values in track.kept.items():
                records, of_seeds, layers = (axis.ravel() for axis in np.indices(values.shape))
                parts.append(pd.DataFrame({
                    "run": label, "seed": np.array(seeds)[of_seeds], "update": track.updates[records], "layer": layers + 1, "metric": name,
                    "value": values.ravel(),
                }))  # fmt: skip
        return pd.concat(parts, ignore_index=True)[["run", "seed", "update", "layer", "metric", "value"]]

    def layers(self, run: int, name: str, update: int, seed: int = 0) -> Array:
        """Return a measure of each layer of a run (L,), of the gradient (L + 1,), after a recorded update."""
        values: Array = self.tracks[run].kept[name][self.place(update), seed]
        return values


class NetworksDocument(DocumentLanes[NetworksResult]):
    """Deep networks as the lanes that they are made of."""

    asked: Networks
    lane, result = NetworksLane, NetworksResult

    def prepared(self, table: Table | None = None) -> Data:
        """Return the rows that all runs share. Raise ValueError, with the reason, as `Networks.check` does."""
        data = _known(self.asked.dataset, self.asked.dtype) if table is None else prepare(table, CLASSIFICATION, Preparation(dtype=self.asked.dtype))
        self.asked.check(len(data.X), data.X.shape[1], len(data.outputs))
        return data


@lru_cache(maxsize=8)
def _known(dataset: Dataset, dtype: str) -> Data:
    """Return the rows of a data set, from a cache of the last ones. Nothing may change it."""
    return prepare(dataset.load(), CLASSIFICATION, Preparation(dtype=dtype))


def train(networks: Networks, table: Table | None = None) -> NetworksResult:
    """Return the result of deep networks. Runs of one depth train as one stack."""
    return NetworksDocument(networks).trained(table)

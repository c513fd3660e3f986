"""The lanes of deep networks: one run each, trained once for every comparison that has it, and the result that is joined of what they recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import Dataset, Table
from core.preparation.split import Data, Preparation, prepare
from core.studies.deep_networks.networks import MAX_UNITS, Networks
from core.studies.deep_networks.training import Learner, Record, advance, start
from core.tasks import CLASSIFICATION
from core.training.limits import MAX_STACKED_PARAMS
from core.training.recorded import Recorded, joined
from core.training.recorded_training import RunsLane, RunsState

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class NetworksTrack:
    """What one run recorded. `updates` (E,); `metrics`: (E, S) by name; `layers`: (E, S, L) by name, of the gradient (E, S, L + 1); `diverged_at` (S,)."""

    updates: Array
    metrics: dict[str, Array]
    layers: dict[str, Array]
    diverged_at: Array

    @classmethod
    def of(cls, state: RunsState, records: Sequence[Record], run: int) -> NetworksTrack:
        """Return what a run of a stack recorded in a slice. `state`: that after it."""
        names, of_layers = (records[0].metrics, records[0].layers) if records else ({}, {})
        metrics = {name: np.array([record.metrics[name][:, run] for record in records]) for name in names}
        layers = {name: np.array([record.layers[name][:, run] for record in records]) for name in of_layers}
        return cls(np.array([record.update for record in records], int), metrics, layers, state.diverged_at[:, run].copy())

    def followed_by(self, later: NetworksTrack) -> NetworksTrack:
        """Return this track and that of the next slice as one."""
        if not len(later.updates):
            return replace(self, diverged_at=later.diverged_at)
        if not len(self.updates):
            return later
        layers = {name: np.concatenate([values, later.layers[name]]) for name, values in self.layers.items()}
        return NetworksTrack(*joined(self, later), layers, later.diverged_at)

    @property
    def nbytes(self) -> int:
        """Bytes of the measures."""
        return sum(values.nbytes for values in (*self.metrics.values(), *self.layers.values()))


class NetworksLane(RunsLane):
    """One run of deep networks under the settings that it shares with others."""

    asked: Networks
    FIRST = 2

    def company(self) -> str:
        """Return a text that is equal for lanes that can train in one stack: those of one depth."""
        return f"{super().company()} {self.asked.runs[0].depth}"

    def memory_share(self, data: Data) -> float:
        """Return the share of the largest stack's memory that the lane takes: of its parameters, or of its units."""
        sizes = data.X.shape[1], len(data.outputs)
        return max(self.asked.params(*sizes) / MAX_STACKED_PARAMS, self.asked.units(len(data.X)) / MAX_UNITS)

    @staticmethod
    def _start(stack: Networks, data: Data) -> RunsState:
        return start(stack, data)

    @staticmethod
    def _advance(stack: Networks, state: RunsState, updates: int, data: Data) -> tuple[RunsState, list[Record]]:
        return advance(stack, state, updates, data)

    @staticmethod
    def _learner(stack: Networks, data: Data) -> Learner:
        return Learner(stack, data)

    @staticmethod
    def _track(stack: Networks, state: RunsState, records: Sequence[Record], run: int) -> NetworksTrack:
        return NetworksTrack.of(state, records, run)


@dataclass(frozen=True)
class NetworksResult(Recorded):
    """The records of deep networks, or those so far."""

    networks: Networks
    data: Data
    tracks: tuple[NetworksTrack, ...]

    @property
    def document(self) -> Networks:
        """The document."""
        return self.networks

    @property
    def history(self) -> pd.DataFrame:
        """A tidy pandas frame: run, seed, update, layer (0: of the run as a whole), metric, value."""
        import pandas as pd

        labels, seeds, parts = self.networks.labels(), self.networks.seed_numbers, [super().history.assign(layer=0)]
        for label, track in zip(labels, self.tracks, strict=True):
            for name, values in track.layers.items():
                records, of_seeds, layers = (axis.ravel() for axis in np.indices(values.shape))
                parts.append(pd.DataFrame({
                    "run": label, "seed": np.array(seeds)[of_seeds], "update": track.updates[records], "layer": layers + 1, "metric": name,
                    "value": values.ravel(),
                }))  # fmt: skip
        return pd.concat(parts, ignore_index=True)[["run", "seed", "update", "layer", "metric", "value"]]

    def layers(self, run: int, name: str, update: int, seed: int = 0) -> Array:
        """Return a measure of each layer of a run (L,), of the gradient (L + 1,), after a recorded update."""
        values: Array = self.tracks[run].layers[name][self.place(update), seed]
        return values


@dataclass(frozen=True)
class NetworksDocument:
    """Deep networks as the lanes that they are made of."""

    networks: Networks

    @cached_property
    def lanes(self) -> tuple[NetworksLane, ...]:
        """The lanes, in the order of the runs."""
        return tuple(NetworksLane(self.networks.alone(index)) for index in range(len(self.networks.runs)))

    def prepared(self, table: Table | None = None) -> Data:
        """Return the rows that all runs share. Raise ValueError, with the reason, as `Networks.check` does."""
        data = _known(self.networks.dataset, self.networks.dtype) if table is None else prepare(table, CLASSIFICATION, Preparation(dtype=self.networks.dtype))
        self.networks.check(len(data.X), data.X.shape[1], len(data.outputs))
        return data

    def joined(self, data: Data, records: Sequence[NetworksTrack]) -> NetworksResult:
        """Return the result, from what the lanes recorded."""
        return NetworksResult(self.networks, data, tuple(records))


@lru_cache(maxsize=8)
def _known(dataset: Dataset, dtype: str) -> Data:
    """Return the rows of a data set, from a cache of the last ones. Nothing may change it."""
    return prepare(dataset.load(), CLASSIFICATION, Preparation(dtype=dtype))


def train(networks: Networks, table: Table | None = None) -> NetworksResult:
    """Return the result of deep networks. Runs of one depth train as one stack."""
    document = NetworksDocument(networks)
    data, tracks = document.prepared(table), dict[int, NetworksTrack]()
    for depth in {run.depth for run in networks.runs}:
        places = [place for place, run in enumerate(networks.runs) if run.depth == depth]
        stack = replace(networks, runs=tuple(networks.runs[place] for place in places))
        state, records = advance(stack, start(stack, data), stack.updates, data)
        tracks |= {place: NetworksTrack.of(state, records, run) for run, place in enumerate(places)}
    return document.joined(data, [tracks[place] for place in range(len(networks.runs))])

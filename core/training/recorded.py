"""What documents share that train as lanes and are recorded after some of their updates: slices of a time, and the records of all runs as one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]
S = TypeVar("S")
R = TypeVar("R")


def for_a_while(
    advance: Callable[[S, int], tuple[S, Sequence[R]]], state: S, done: Callable[[S], bool], seconds: float, max_updates: int | None, first: int = 1
) -> tuple[S, list[R]]:
    """Return the state after about so many seconds, or after `max_updates`, and the records on the way.

    `advance(state, updates)` returns the state after so many more updates, and their records. It begins with `first` of them, and learns how long they take.
    """
    records: list[R] = []
    began, updates = time.perf_counter(), max_updates or first
    while not done(state):
        sliced = time.perf_counter()
        state, new = advance(state, updates)
        records += new
        now = time.perf_counter()
        if max_updates is not None or now - began >= seconds:
            break
        updates = max(1, int(updates * min((seconds - now + began) / max(now - sliced, 1e-9), 4)))
    return state, records


class Track(Protocol):
    """What one run recorded."""

    @property
    def updates(self) -> Array:
        """The updates (E,) after which it was recorded."""
        ...

    @property
    def metrics(self) -> dict[str, Array]:
        """The measures by name, (E, S)."""
        ...


@dataclass(frozen=True)
class Recorded:
    """The records of all runs of a document, or those so far. `data`: what the runs share. `tracks`: what each run recorded."""

    document: Any
    data: Any
    tracks: tuple[Any, ...]

    def labelled(self, document: Any) -> Self:
        """Return the result under the labels of a document that differs in nothing else."""
        return replace(self, document=document)

    @cached_property
    def updates(self) -> Array:
        """The updates (E,) that all runs have recorded."""
        updates: Array = min((track.updates for track in self.tracks), key=len)
        return updates

    @cached_property
    def metrics(self) -> dict[str, Array]:
        """The measures by name, (E, S, R), NaN after a divergence."""
        count = len(self.updates)
        return {name: np.stack([track.metrics[name][:count] for track in self.tracks], axis=-1) for name in self.tracks[0].metrics}

    @property
    def progress(self) -> float:
        """The share of the updates that is recorded."""
        return float(self.updates[-1] / self.document.updates)

    def place(self, update: int) -> int:
        """Return the place of a recorded update."""
        return int(np.flatnonzero(self.updates == update)[0])

    @property
    def history(self) -> pd.DataFrame:
        """A tidy pandas frame: run, seed, update, metric, value."""
        import pandas as pd

        labels, seeds, rows = self.document.labels(), self.document.seed_numbers, []
        for name, values in self.metrics.items():
            for (e, s, r), value in np.ndenumerate(values):
                rows.append((labels[r], seeds[s], int(self.updates[e]), name, float(value)))
        return pd.DataFrame(rows, columns=["run", "seed", "update", "metric", "value"])


def joined(earlier: Track, later: Track) -> tuple[Array, dict[str, Array]]:
    """Return the updates and the metrics of two tracks of one run, one after the other."""
    return np.concatenate([earlier.updates, later.updates]), {
        name: np.concatenate([values, later.metrics[name]]) for name, values in earlier.metrics.items()
    }  # fmt: skip

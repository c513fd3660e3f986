"""What views draw of what was recorded: means and bands over seeds, errors up to an episode, and greedy paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.studies.reinforcement.lanes import StudyResult
from core.studies.reinforcement.worlds import greedy_path

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]

#: episodes whose returns are averaged for a curve, at most
WINDOW = 20


@dataclass(frozen=True, eq=False)
class Band:
    """A mean over seeds, and the quartiles of the seeds, each (E, R)."""

    mean: Array
    low: Array
    high: Array


def band(values: Array) -> Band:
    """Return mean and quartiles of values (S, R, E)."""
    low, high = np.quantile(values, (0.25, 0.75), axis=0)
    return Band(values.mean(axis=0).T, low.T, high.T)


def smoothed(values: Array, window: int) -> Array:
    """Return the mean (..., E) of each value and of those before it, at most `window` of them."""
    sums = np.cumsum(np.concatenate([np.zeros((*values.shape[:-1], 1)), values], axis=-1), axis=-1)
    ends = np.arange(1, values.shape[-1] + 1)
    begins = np.maximum(ends - window, 0)
    mean: Array = (sums[..., ends] - sums[..., begins]) / (ends - begins)
    return mean


def late(values: Array) -> Array:
    """Return the mean (S, R) of values (S, R, E) over the second half of the episodes, or NaN where there are none."""
    mean: Array = values[:, :, values.shape[-1] // 2 :].mean(axis=2) if values.shape[-1] else np.full(values.shape[:2], np.nan)
    return mean


def errors(result: StudyResult, episode: int) -> Array:
    """Return the mean error (R, A) over seeds and over the episodes 1 to `episode`; of episode 0 that before the first."""
    found = result.arrays["error"]
    mean: Array = (found[:, :, 1 : episode + 1] if episode else found[:, :, :1]).mean(axis=(0, 2))
    return mean


@dataclass(frozen=True)
class Path:
    """The greedy path of a run: its cells, whether it arrives, and its return."""

    cells: tuple[int, ...]
    arrives: bool
    total: float

    @property
    def steps(self) -> int:
        """The number of steps."""
        return len(self.cells) - 1


def shown_episodes(result: StudyResult) -> list[int]:
    """Return the episodes of a quest after which action values are recorded, as far as it has come."""
    return [episode for episode in result.document.recorded if episode <= result.done]


def action_values(result: StudyResult, episode: int) -> Array:
    """Return the action values (S, R, C, 4) after a recorded episode."""
    place = result.document.recorded.index(episode)
    found: Array = result.arrays["values"][:, :, place]
    return found


def path(result: StudyResult, values: Array) -> Path:
    """Return the greedy path of action values (C, 4)."""
    cells, arrives, total = greedy_path(result.data, values)
    return Path(tuple(cells), arrives, total)


def tidy(result: StudyResult, names: Sequence[str], measures: Sequence[str], unit: str) -> pd.DataFrame:
    """Return what was measured of each run and seed, (S, R, E) each, as a tidy pandas frame: run, seed, `unit` from 1, and a column for each measure."""
    import pandas as pd

    first = result.arrays[measures[0]][:, :, : result.done]
    seeds = np.array(result.document.seed_numbers)
    seed, run, at = (place.ravel() for place in np.indices(first.shape))
    columns = {name: result.arrays[name][:, :, : result.done].ravel() for name in measures}
    return pd.DataFrame({"run": np.array(names)[run], "seed": seeds[seed], unit: at + 1, **columns})

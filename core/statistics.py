"""What few rows and few seeds can tell: intervals of a metric and of differences, and which of several values cannot be told from the best.

Rows: the bootstrap, whose samples are the same for all runs, so that differences are paired (Efron and Tibshirani, An Introduction to the Bootstrap, 1993).
Seeds, and splits: the paired t interval, for splits that overlap with the variance of Nadeau and Bengio (Machine Learning 52, 2003).
Shares of rows: Wilson's interval (JASA 22, 1927), and for differences Edwards' correction for continuity (Psychometrika 13, 1948).
All comparisons with the best hold together (Bonferroni). scipy has the quantiles and Wilson's interval.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

#: the probability with which an interval holds what it is for
LEVEL = 0.95
#: samples of the rows: enough for a standard error (Efron and Tibshirani, section 6.4)
SAMPLES = 200
#: array elements of the samples that are made together
_ELEMENTS = 2_000_000


def draws(rows: int) -> Iterator[Array]:
    """Yield how often each of N rows is drawn, (b, N), in `SAMPLES` samples of N rows with replacement, a few samples at a time.

    They follow from the number of rows alone: what runs make of the same rows is paired.
    """
    counts, at_once = _counts(rows), max(1, _ELEMENTS // rows)
    for first in range(0, SAMPLES, at_once):
        yield counts[first : first + at_once].astype(float)


@lru_cache(maxsize=4)
def _counts(rows: int) -> Array:
    """Return all of `draws`, (`SAMPLES`, N), read-only; no row is drawn more than 255 times, because no more than so many are drawn or N is large."""
    rng = np.random.default_rng(rows)
    counts = np.stack([np.bincount(rng.integers(rows, size=rows), minlength=rows) for _ in range(SAMPLES)]).astype(np.uint8)
    counts.setflags(write=False)
    return counts


def share_interval(hits: int, rows: int) -> tuple[float, float]:
    """Return Wilson's interval of a share: `hits` of `rows`."""
    from scipy.stats import binomtest

    low, high = binomtest(hits, rows).proportion_ci(LEVEL, method="wilson")
    return float(low), float(high)


def half_width(samples: Array) -> float:
    """Return half the width of the interval of a value, from its values (B,) in the samples: the normal interval with their standard deviation."""
    from scipy.stats import norm

    return float(norm.ppf((1 + LEVEL) / 2) * samples.std(ddof=1))


def smoothed(values: Array, weight: float) -> Array:
    """Return the exponential moving averages of values (E, ...) along their first axis.

    y_e = sum_i w^(e - i) x_i / sum_i w^(e - i) over the finite x_i with i <= e. A value that is not finite stays NaN.
    `weight` w: 0 for no smoothing, below 1. The division keeps the first values where they are, as TensorBoard does.
    """
    total, count, rows = np.zeros(values.shape[1:]), np.zeros(values.shape[1:]), []
    for row in values:
        finite = np.isfinite(row)
        total = np.where(finite, weight * total + row, total)
        count = np.where(finite, weight * count + 1, count)
        rows.append(np.where(finite, total / np.where(count, count, 1), np.nan))
    return np.array(rows).reshape(values.shape)


@dataclass(frozen=True, eq=False)
class Ranking:
    """What can be told of R values.

    `best`: the position of the best; None if fewer than two are known, or nothing is known of how they scatter.
    `tied` (R,): which values cannot be told from the best, the best itself among them if there is such another.
    `told` (R,): from which difference to the best on each could be told from it; NaN for the best and for what is not known.
    """

    best: int | None
    tied: Array
    told: Array

    @property
    def marked(self) -> Array:
        """Which value (R,) is the best and no tie."""
        return (np.arange(len(self.tied)) == self.best) & ~self.tied

    @property
    def least(self) -> float:
        """The difference that can be told, the median over the others; NaN if there is none."""
        return float(np.median(self.told[np.isfinite(self.told)])) if np.isfinite(self.told).any() else float("nan")


def ranking(values: Array, higher: bool, samples: Array | None = None, *, grain: float = 0.0, overlap: float = 0.0) -> Ranking:
    """Return which of R runs is the best, and which cannot be told from it, by their means over S seeds.

    `values` (S, R): of each seed, or split. `higher`: whether more is better. `samples` (R, B): of each run in the samples of `draws`.
    `grain`: what one row moves a share by, else 0. `overlap`: test rows of a split for each training row, if the S are splits of the same rows; else 0.
    Rows and seeds scatter independently, so their half-widths add as squares.
    """
    from scipy.stats import norm, t

    seeds, runs = values.shape
    unknown = Ranking(None, np.zeros(runs, bool), np.full(runs, np.nan))
    mean = values.mean(axis=0)
    known = np.isfinite(mean) & (True if samples is None else np.isfinite(samples).all(axis=1))
    if known.sum() < 2 or (samples is None and seeds < 2):
        return unknown
    best = int(np.where(known, mean if higher else -mean, -np.inf).argmax())
    quantile = 1 - (1 - LEVEL) / 2 / (known.sum() - 1)
    squared = np.zeros(runs)
    with np.errstate(invalid="ignore"):
        if samples is not None:
            squared += np.square(norm.ppf(quantile) * (samples - samples[best]).std(axis=1, ddof=1) + grain)
        if seeds > 1:
            scatter = (values - values[:, [best]]).var(axis=0, ddof=1) * (1 / seeds + overlap)
            squared += np.square(t.ppf(quantile, seeds - 1)) * scatter
    others = known & (np.arange(runs) != best)
    told = np.where(others, np.sqrt(squared), np.nan)
    ties = others & (np.abs(mean - mean[best]) <= np.sqrt(squared))
    ties[best] = ties.any()
    return Ranking(best, ties, told)

"""Functions of two coordinates as pictures: levels that spread over a map, and contour lines."""

from __future__ import annotations

from typing import Any

import contourpy
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

#: a contour line of fewer points than this keeps them all
_SHORT_LINE = 12


def spread_levels(values: Array, count: int) -> Array:
    """Return at most `count` ascending levels: the quantiles of the values at the squares of even shares.

    For a bowl these are rings at even distances. On a map whose values span decades, lines crowd nowhere.
    """
    shares = (np.arange(1, count + 1) / (count + 0.5)) ** 2
    return np.unique(np.quantile(values, shares))


def contour_lines(x: Array, y: Array, values: Array, levels: Array) -> Array:
    """Return the points (M, 2) of the contour lines of `values` (Y, X) over the grid `x` (X,), `y` (Y,) at the levels, parted by rows of NaN."""
    contours = contourpy.contour_generator(x, y, values)
    lines: list[Any] = [_halved(line) for level in levels for line in contours.lines(level)]
    gap = np.full((1, 2), np.nan)
    return np.concatenate([np.empty((0, 2)), *(part for line in lines for part in (line, gap))])


def _halved(line: Any) -> Array:
    """Return every second point of a line and its last: the points stand closer than can be seen."""
    return line if len(line) < _SHORT_LINE else np.concatenate([line[:-1:2], line[-1:]])

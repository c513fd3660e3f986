"""The relief of a surface: its values on a grid, contour lines, and how high a point is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import contourpy
import numpy as np

from core.studies.descent.surfaces import Surface
from core.studies.descent.surfaces.base import Array, pair

#: points of the grid along each axis: one divided by the other is a whole number, so that one grid is part of the other
FINE, COARSE = 121, 41
#: numbers of contour lines, the first of which that takes few enough points is taken
_LEVELS = (16, 10, 6, 4)
_MOST_POINTS = 8_000
#: below this ratio of the median's to the largest height, heights are drawn on a logarithmic scale
_STEEP = 0.1


@dataclass(frozen=True, eq=False)
class Relief:
    """A surface on its map: grids `x`, `y` (FINE,), `values` (FINE, FINE), row 0 the lowest y; `levels` ascending, their `lines` (M, 2), parted by NaN."""

    x: Array
    y: Array
    values: Array
    levels: Array
    lines: Array

    def bands(self, size: int) -> Array:
        """Return the number of levels below each of `size` x `size` points, row 0 the lowest y, as bytes: between the grid's points values are linear."""
        at = np.linspace(0, FINE - 1, size)
        low = np.minimum(at.astype(int), FINE - 2)
        part = at - low
        rows = self.values[low] * (1 - part)[:, None] + self.values[low + 1] * part[:, None]
        return np.searchsorted(self.levels, rows[:, low] * (1 - part) + rows[:, low + 1] * part).astype(np.uint8)

    def coarse(self) -> tuple[Array, Array, Array]:
        """Return x, y (COARSE,) and values (COARSE, COARSE) of the coarser grid."""
        stride = (FINE - 1) // (COARSE - 1)
        return self.x[::stride], self.y[::stride], self.values[::stride, ::stride]

    def logarithmic(self) -> bool:
        """Return whether `heights` are logarithmic: most of the map is flat beside its highest walls."""
        low, middle, high = np.quantile(self.values, (0, 0.5, 1))
        return bool(middle - low < _STEEP * (high - low))

    def heights(self, values: Array) -> Array:
        """Return how high losses are drawn, from 0 for the lowest of the map to 1 for the highest; what is beyond is drawn there."""
        low, middle, high = np.quantile(self.values, (0, 0.5, 1))
        above, span = np.clip(values - low, 0, high - low), max(high - low, 1e-300)
        if self.logarithmic():
            unit = max(middle - low, 1e-12 * span) / 10
            return np.log1p(above / unit) / np.log1p(span / unit)
        return above / span


@lru_cache(maxsize=32)
def relief(surface: Surface) -> Relief:
    """Return the relief of a surface.

    Levels are quantiles of the values on the map at the squares of even shares: for a bowl, rings at even distances, and lines that crowd nowhere
    on a surface that spans decades.
    """
    (left, right), (bottom, top) = surface.domain
    x, y = np.linspace(left, right, FINE), np.linspace(bottom, top, FINE)
    values = surface.value(pair(*np.meshgrid(x, y)))
    contours = contourpy.contour_generator(x, y, values)
    levels, lines = np.empty(0), np.empty((0, 2))
    for number in _LEVELS:
        shares = (np.arange(1, number + 1) / (number + 0.5)) ** 2
        levels = np.unique(np.quantile(values, shares))
        found: list[Any] = [_halved(line) for level in levels for line in contours.lines(level)]
        gap = np.full((1, 2), np.nan)
        lines = np.concatenate([lines[:0], *(part for line in found for part in (line, gap))])
        if len(lines) <= _MOST_POINTS:
            break
    return Relief(x, y, values, levels, lines)


def _halved(line: Any) -> Array:
    """Return every second point of a line and its last: the points stand closer than can be seen."""
    return line if len(line) < 12 else np.concatenate([line[:-1:2], line[-1:]])

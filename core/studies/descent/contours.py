"""The relief of a surface: its values on a grid, contour lines, and how high a point is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.inspection.fields import contour_lines, spread_levels
from core.studies.descent.surfaces import Surface
from core.studies.descent.surfaces.base import Array, pair

#: points of the grid along each axis: one divided by the other is a whole number, so that one grid is part of the other
FINE, COARSE = 121, 41
#: numbers of levels that are tried, in this order
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
    """Return the relief of a surface, with the largest number of contour lines that takes few enough points."""
    (left, right), (bottom, top) = surface.domain
    x, y = np.linspace(left, right, FINE), np.linspace(bottom, top, FINE)
    values = surface.value(pair(*np.meshgrid(x, y)))
    for count in _LEVELS:
        levels = spread_levels(values, count)
        lines = contour_lines(x, y, values, levels)
        if len(lines) <= _MOST_POINTS:
            break
    return Relief(x, y, values, levels, lines)

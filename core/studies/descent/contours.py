"""The relief of a surface: its values on a grid, its contour lines, and the height at which a point is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.inspection.fields import contour_lines, spread_levels
from core.studies.descent.surfaces import Surface
from core.studies.descent.surfaces.base import Array, pair

#: points of the two grids along each axis. FINE - 1 is a multiple of COARSE - 1, so the coarse grid is part of the fine one.
FINE, COARSE = 121, 41
#: numbers of contour levels to try, in this order, until the lines have at most `_MOST_POINTS` points
_LEVELS = (16, 10, 6, 4)
_MOST_POINTS = 8_000
#: heights are logarithmic if the median, divided by the largest height, is below this
_STEEP = 0.1


@dataclass(frozen=True, eq=False)
class Relief:
    """A surface on its map.

    `x`, `y` (FINE,): the grid. `values` (FINE, FINE): the losses, row 0 at the lowest y.
    `levels` (L,): ascending. `lines` (M, 2): the points of the contour lines; a row of NaN separates two lines.
    """

    x: Array
    y: Array
    values: Array
    levels: Array
    lines: Array

    def bands(self, size: int) -> Array:
        """Return the number of levels below each point of a grid, bytes (size, size), row 0 at the lowest y. Values are interpolated linearly."""
        positions = np.linspace(0, FINE - 1, size)
        low = np.minimum(positions.astype(int), FINE - 2)
        share = positions - low
        rows = self.values[low] * (1 - share)[:, None] + self.values[low + 1] * share[:, None]
        return np.searchsorted(self.levels, rows[:, low] * (1 - share) + rows[:, low + 1] * share).astype(np.uint8)

    def coarse(self) -> tuple[Array, Array, Array]:
        """Return x (COARSE,), y (COARSE,) and the values (COARSE, COARSE) of the coarse grid."""
        stride = (FINE - 1) // (COARSE - 1)
        return self.x[::stride], self.y[::stride], self.values[::stride, ::stride]

    def logarithmic(self) -> bool:
        """Return whether `heights` are logarithmic: half of the map is lower than a tenth of its range of losses."""
        low, middle, high = np.quantile(self.values, (0, 0.5, 1))
        return bool(middle - low < _STEEP * (high - low))

    def heights(self, values: Array) -> Array:
        """Return the heights at which losses are drawn: 0 for the lowest loss of the map, 1 for the highest. Losses beyond these are clipped."""
        low, middle, high = np.quantile(self.values, (0, 0.5, 1))
        above, span = np.clip(values - low, 0, high - low), max(high - low, 1e-300)
        if self.logarithmic():
            unit = max(middle - low, 1e-12 * span) / 10
            return np.log1p(above / unit) / np.log1p(span / unit)
        return above / span


@lru_cache(maxsize=32)
def relief(surface: Surface) -> Relief:
    """Return the relief of a surface. It has as many levels as its lines can have with at most `_MOST_POINTS` points."""
    (left, right), (bottom, top) = surface.domain
    x, y = np.linspace(left, right, FINE), np.linspace(bottom, top, FINE)
    values = surface.value(pair(*np.meshgrid(x, y)))
    for count in _LEVELS:
        levels = spread_levels(values, count)
        lines = contour_lines(x, y, values, levels)
        if len(lines) <= _MOST_POINTS:
            break
    return Relief(x, y, values, levels, lines)

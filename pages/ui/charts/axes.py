"""How numbers lie along an axis: evenly, by their logarithm, or by a logarithm on both sides of 0 where some of them are below it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.words import Figure, Said

Values = NDArray[np.float64]
Domain = tuple[float, float]

#: the decades that a symmetric-log axis shows on either side of 0: at least, at most
_FEWEST_DECADES, _MOST_DECADES = 2, 4
#: float32 makes a power of ten smaller, and a logarithmic axis would then begin a decade below it
_JUST_ABOVE = 1 + 1e-6


@dataclass(frozen=True)
class Axis:
    """An axis: its title, whether it is logarithmic, and its range. A range of None means that of the data.

    Of a logarithmic axis, `floor` is the value up to which values rest on the lower edge: 0, or a larger one that nobody needs to see below.
    `bend` is 0, or makes it symmetric-log: logarithmic on both sides of 0, and linear between -`bend` and `bend`.
    """

    title: str
    log: bool = False
    domain: Domain | None = None
    floor: float = 0.0
    bend: float = 0.0

    @property
    def grounded(self) -> bool:
        """Whether there are values that the axis cannot show, which rest on its lower edge."""
        return self.log and not self.bend

    def fitted(self, series: Sequence[Values]) -> Axis:
        """Return the axis that can show these values: a logarithmic one becomes symmetric-log if one of them is below 0.

        How far it is linear follows from the lowest value of each series, so that the smallest of them can be told from 0.
        """
        finite = [values[np.isfinite(values)] for values in series]
        if not self.grounded or not any((values < 0).any() for values in finite):
            return self
        lowest = np.abs([values.min() for values in finite if values.size])
        largest = max(float(lowest.max()), *(abs(float(values[0])) for values in finite if values.size))
        top = math.floor(math.log10(largest))
        smallest = math.floor(math.log10(lowest[lowest > 0].min()))
        return replace(self, bend=10.0 ** min(max(smallest, top - _MOST_DECADES), top - _FEWEST_DECADES))

    def resting(self, values: Values) -> NDArray[np.bool_]:
        """Return which values rest on the lower edge."""
        return np.isfinite(values) & (values <= self.floor) & self.grounded

    def place(self, values: Values) -> Values:
        """Return where values lie along the axis: in decades of a logarithmic one. Those that rest on the edge lie nowhere."""
        if not self.log:
            return values
        if self.bend:
            return np.sign(values) * np.log10(1 + np.abs(values) / self.bend)
        return np.log10(np.where(self.resting(values), np.nan, values))

    def value(self, place: float) -> float:
        """Return the value at a place, the inverse of `place`."""
        if not self.log:
            return place
        return math.copysign(self.bend * (10.0 ** abs(place) - 1), place) if self.bend else 10.0**place

    def edge(self, place: float) -> float:
        """Return the lower end of the axis on which values rest: the floor, or the power of ten at or below a place."""
        return (self.floor or 10.0 ** math.floor(place)) * _JUST_ABOVE

    def ticks(self) -> list[float]:
        """Return where a symmetric-log axis has its ticks: 0, and powers of ten on both sides. The browser leaves out those beyond its ends."""
        powers = [float(f"{self.bend * 10.0**k:.0e}") for k in range(1, 12)]
        return [*(-power for power in reversed(powers)), 0.0, *powers]


def notes(axis: Axis, resting: Sequence[str], below: Sequence[str], *, across: bool = False) -> list[Said]:
    """Return what has to be said of values that a logarithmic axis cannot show. `across`: it is the x axis.

    `resting`, `below`: the names of the curves with values that rest on its lower end, and with values below 0.
    """
    said = []
    if resting and across:
        said.append(Said("On the left edge: {curves}, at 0, which a logarithmic axis does not have.", curves=tuple(resting)))
    elif resting and axis.floor:
        floor = Figure(axis.floor, ".3g")
        said.append(Said("On the lower edge: {curves}, at {floor} or below.", curves=tuple(resting), floor=floor))
    elif resting:
        said.append(Said("On the lower edge: {curves}, at 0, which a logarithmic axis does not have.", curves=tuple(resting)))
    if axis.bend and below:
        bend = Figure(axis.bend, "g")
        said.append(
            Said("Below 0: {curves}. So the axis is logarithmic on both sides of 0, and linear from −{bend} to {bend}.", curves=tuple(below), bend=bend)
        )
    return said

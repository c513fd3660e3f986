"""A small chart of bars, one a class, with its numbers beside them: a pure function from numbers to a specification."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from core.losses.base import Array
from pages.ui.charts.base import Chart, Spec, finish
from pages.ui.charts.theme import AXIS, INK, class_colors

Sides = tuple[int, int]

#: where bars may go: up from 0, down from 0, or both ways
UP, DOWN, BOTH = (0, 1), (-1, 0), (-1, 1)
CLASSES = ("A", "B", "C")
_NAME, _NUMBER = 32, 62  # pixels that are kept free for a class's name and for its number


def number(value: float, digits: int = 4) -> str:
    """Return a number in few characters, with a minus that no line breaks after; what is not finite is a word."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "−inf"
    if value != 0 and not 1e-3 <= abs(value) < 1e4:
        mantissa, _, exponent = f"{value:.{max(digits - 2, 0)}e}".partition("e")
        return f"{mantissa}e{int(exponent)}".replace("-", "−")
    return f"{value + 0.0:.{digits}g}".replace("-", "−")


def reach(values: Sequence[float] | Array, least: float = 1.0) -> float:
    """Return the first of 1, 2, 5, 10, 20, ... (and at least `least`) that no value exceeds: a scale that stays while bars move."""
    largest = max([least, *(abs(value) for value in values if math.isfinite(value))])
    power = 10.0 ** math.floor(math.log10(largest))
    return power * next(step for step in (1.0, 2.0, 5.0, 10.0) if step * power >= largest * (1 - 1e-9))


def bars(values: Sequence[float] | Array, *, longest: float, sides: Sides, true_class: int, dark: bool = False, height: int = 92) -> Chart:
    """Return a bar for each class, as long as its value is of `longest`, and its number; the name of the true class has a tick."""
    sizes = np.array([np.clip(value / longest, -1, 1) if math.isfinite(value) else 0 for value in values])
    names = [f"{name} ✓" if k == true_class else name for k, name in enumerate(CLASSES)]
    frame = pd.DataFrame(
        {
            "row": np.arange(len(values), dtype=np.int8),
            "size": sizes.astype(np.float32),
            "name": pd.Categorical(names),
            "number": pd.Categorical([number(value) for value in values]),
        }
    )
    return {"bars": frame}, bars_spec(len(values), sides, dark, height)


@lru_cache(maxsize=64)
def bars_spec(classes: int, sides: Sides, dark: bool, height: int) -> Spec:
    """Return the specification of `bars`."""
    rows = list(range(classes))
    base = alt.Chart(alt.NamedData("bars")).encode(y=alt.Y("row:O", axis=None, scale=alt.Scale(domain=rows, paddingInner=0.25, paddingOuter=0.1)))
    scale = alt.Scale(domain=list(sides), range=[_NAME, alt.ExprRef(f"width - {_NUMBER}")], nice=False, zero=False)
    color = alt.Color("row:O", scale=alt.Scale(domain=rows, range=list(class_colors(classes))), legend=None)
    drawn = base.mark_bar(stroke=INK[dark], strokeWidth=1).encode(x=alt.X("size:Q", axis=None, scale=scale), color=color)
    zero = base.transform_calculate(zero="0").mark_tick(color=AXIS[dark], thickness=1.5, bandSize=height / classes)
    zero = zero.encode(x=alt.X("zero:Q", axis=None, scale=scale))
    names = base.mark_text(align="left", fontSize=14, color=INK[dark]).encode(x=alt.value(0), text="name:N")
    numbers = base.mark_text(align="right", fontSize=14, color=INK[dark]).encode(x=alt.value(alt.ExprRef("width")), text="number:N")
    return finish(alt.layer(drawn, zero, names, numbers), height=height, dark=dark, alt_text="A bar for each class, with its number")

"""The slots: the arrays that rules keep from one update to the next."""

from __future__ import annotations

from typing import NamedTuple


class Slot(NamedTuple):
    """One array of an optimizer's state: its name in the state, its name in words, and its LaTeX symbol."""

    name: str
    words: str
    symbol: str


VELOCITY = Slot("velocity", "velocity", "v")
MEAN = Slot("m", "mean of gradients", "m")
SQUARE = Slot("v", "mean of squares", "v")
LARGEST_SQUARE = Slot("v_max", "largest mean of squares", r"\bar v")
LARGEST = Slot("u", "largest recent gradient", "u")
DEVIATION = Slot("s", "mean square around m", "s")
MOMENTA = Slot("mu_product", "product of momenta", r"\textstyle\prod\mu")
SUM = Slot("sum", "sum of squares", "a")
MEAN_SQUARE = Slot("mean_square", "mean of squares", "a")
MEAN_SQUARE_STEP = Slot("mean_square_step", "mean of squared steps", "d")
MEAN_GRADIENT = Slot("mean", "mean of gradients", r"\bar g")
AVERAGE = Slot("average", "average of parameters", r"\bar\theta")
PREVIOUS = Slot("previous", "gradient remembered", r"g_{\text{prev}}")
STEP_SIZE = Slot("step_size", "step sizes", r"\delta")

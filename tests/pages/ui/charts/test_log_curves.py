"""Curves over the updates of a training that is played: the axes stand still, and a ring says that a line ends early."""

from __future__ import annotations

import numpy as np
import pytest

from pages.ui.charts.axes import Axis
from pages.ui.charts.log_curves import over_updates
from pages.ui.charts.theme import look
from tests import vega

UPDATES = np.array([0, 10, 30, 60])
#: of which the second run diverges after update 10, and the third has no place on a logarithmic axis at the end
VALUES = np.array([[4.0, 5.0, 1.0], [2.0, 90.0, 0.5], [1.0, np.nan, 0.0], [0.5, np.nan, 0.0]])
LOOKS = [look(run, f"run {run}") for run in range(3)]


def drawn(until: int, *, log: bool = True) -> tuple[dict, dict]:
    """Return the data and the specification of the curves up to an update."""
    data, spec = over_updates(UPDATES, VALUES, LOOKS, Axis("loss", log=log), last=60, at=until, until=until, height=200, dark=False)
    vega.check(spec)
    return data, spec


@pytest.mark.parametrize("log", [False, True])
def test_axes_stand_still_while_it_is_played(log: bool) -> None:
    specs = [drawn(until, log=log)[1] for until in (0, 10, 60)]
    assert specs[0] == specs[1] == specs[2]


def test_a_line_that_ends_early_is_ringed() -> None:
    rings = drawn(60)[0]["rings"]
    assert [*zip(rings["x"], rings["value"].round(3), strict=True)] == [(10, 90), (10, 0.5)]
    rings = drawn(60, log=False)[0]["rings"]
    assert [*zip(rings["x"], rings["value"], strict=True)] == [(10, 90)], "a value of 0 has a place there"


def test_what_is_to_come_is_not_drawn_and_the_tips_are_ringed() -> None:
    data, _ = drawn(10)
    assert data["curves"][["r0", "r1", "r2"]].notna().sum().tolist() == [2, 2, 2]
    assert data["rings"]["x"].tolist() == [10, 10, 10]
    assert data["now"]["x"].tolist() == [10]

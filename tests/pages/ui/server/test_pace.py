"""The pace of a job: the size of its next slice, and the seconds left."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from core.training import start
from pages.ui.server import pace
from pages.ui.server.pace import Pace
from tests.by_hand import EXPERIMENT


@pytest.mark.parametrize(("trained", "updates"), [(0.3, 100), (0.15, 200), (0.6, 50), (0.01, 400), (9.0, 25)])
def test_a_slice_changes_by_a_factor_of_4_at_most(trained: float, updates: int) -> None:
    steady = Pace()
    steady.updates = 100
    steady.arrived(trained, 0.3)
    assert steady.updates == updates


def test_a_slice_has_an_update_at_least() -> None:
    slow = Pace()
    slow.estimate(EXPERIMENT, start(EXPERIMENT), 0.0)
    assert slow.updates == 1
    slow.arrived(10.0, 0.3)
    assert slow.updates == 1


def test_more_runs_and_longer_slices_change_the_estimate() -> None:
    one_run = replace(EXPERIMENT, runs=EXPERIMENT.runs[:1])
    estimates = []
    for experiment, seconds in ((one_run, 0.3), (EXPERIMENT, 0.3), (EXPERIMENT, 3.0)):
        estimated = Pace()
        estimated.estimate(experiment, start(experiment), seconds)
        estimates.append(estimated.updates)
    assert estimates[1] < estimates[0] < estimates[2]


def test_seconds_left_are_those_of_the_pace_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 12.0, 20.0, 21.0])
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    steady = Pace()
    assert steady.seconds_left(0, 60) == 0
    for _ in range(2):
        steady.sent()
        steady.arrived(0.3, 0.3)
    assert steady.seconds_left(30, 60) == pytest.approx(3)

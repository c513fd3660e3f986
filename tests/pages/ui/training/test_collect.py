"""What a view is handed of what it trains: every result at the end, and nothing before."""

from __future__ import annotations

from typing import cast

import pytest

from core.experiment import default_experiment
from core.training.results import Result
from pages.ui.server.training import Status
from pages.ui.training import follow, progress
from pages.ui.training.collect import collect
from pages.ui.training.follow import View

RECORDS = cast(Result, object())  # nobody looks into them


@pytest.mark.parametrize(
    ("status", "results", "whole", "expected"),
    [
        (Status.RUNNING, (RECORDS, RECORDS), False, None),
        (Status.DONE, (RECORDS, RECORDS), False, [RECORDS, RECORDS]),
        (Status.DONE, (RECORDS, RECORDS), True, [RECORDS, RECORDS]),
        (Status.STOPPED, (RECORDS, RECORDS), False, [RECORDS, RECORDS]),
        (Status.STOPPED, (RECORDS, RECORDS), True, None),
        (Status.STOPPED, (RECORDS, None), False, None),
        (Status.FAILED, (None, RECORDS), False, None),
    ],
)
def test_results_are_handed_over_when_all_stand_still(
    monkeypatch: pytest.MonkeyPatch, status: Status, results: tuple[Result | None, ...], whole: bool, expected: list[Result] | None
) -> None:
    views = iter([View(result, status, None, 0.5, 0.0) for result in results])
    monkeypatch.setattr(follow, "follow", lambda *experiments: None)
    monkeypatch.setattr(follow, "view", lambda experiment: next(views))
    monkeypatch.setattr(progress, "draw", lambda *experiments, rerun: View(results[0], status, None, 0.5, 0.0))
    assert collect(default_experiment(), default_experiment(), whole=whole) == expected

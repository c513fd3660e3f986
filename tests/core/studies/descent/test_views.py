"""The documents of the Descent page's views: what they carry, and what they refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.optimizers import OPTIMIZERS
from core.schedules import SCHEDULES
from core.screens import VIEWS
from core.studies.descent.line_descent import BATCHES, STORIES, LineDescent
from core.studies.descent.surfaces.fits import LineMSE
from core.studies.descent.views import LineView, RaceView, RatesView
from core.views import View
from tests.items import in_one

DESCENT = LineDescent(
    LineMSE(rows=35, noise=0.7, batch=3, seed=3), (50, 2), OPTIMIZERS["momentum"](momentum=0.33), 0.123, 17, (1.5, -2.0), 400, 0.3, 0.02
)
CHANGED: tuple[View, ...] = (
    RaceView((3, 1), 1, "solid", "distance", 3, 77, ("more", "stop"), 30),
    LineView(DESCENT, ("stop",), 42),
    RatesView("schedules", "limit", 0.75, 35.0, 0.02, "nesterov", ("cosine", "step"), 0.45, 0.15, 300),
)


@in_one("view", CHANGED)
def test_a_state_with_every_field_changed_comes_back_from_its_json(view: View) -> None:
    default = type(view)()
    assert [name for name in view.parameters() if getattr(view, name) == getattr(default, name)] == []
    assert type(view).from_json(view.to_json()) == view
    assert type(view).from_json(default.to_json()) == default
    assert VIEWS[view.kind] is type(view)


@pytest.mark.parametrize(
    ("kind", "changes", "reason"),
    [
        (LineView, {"descent": {"batches": [0, 7]}}, "batch sizes must differ, and each be one of 0, 1, 2, 5, 10, 20, 50, got 0, 7"),
        (LineView, {"descent": {"batches": [10, 10]}}, "got 10, 10"),
        (LineView, {"descent": {"surface": {"kind": "ravine"}}}, "surface cannot be ravine"),
        (LineView, {"step": 101}, "step must be a whole number in"),
        (RaceView, {"picture": "3-D"}, "picture must be one of map, solid"),
        (RaceView, {"update": 0}, "update must be a whole number in"),
        (RatesView, {"examples": "Around the best"}, "examples must be one of apart, best, limit"),
        (RatesView, {"own": 2.3}, "own must be a number in"),
        (RatesView, {"schedules": list(SCHEDULES)[:5]}, "schedules must be a list of 0 to 4 items"),
    ],
)  # fmt: skip
def test_what_no_screen_can_show_is_refused_in_words(kind: type[View], changes: dict[str, Any], reason: str) -> None:
    values = json.loads(kind().to_json()) | changes
    with pytest.raises(ValueError, match=reason):
        kind.from_json(json.dumps(values))


def test_the_storys_of_the_line_fit_are_states_of_its_view() -> None:
    for name, story in STORIES.items():
        assert {*story.document.batches} <= {*BATCHES}, name
        assert LineView.from_json(LineView(story.document).to_json()).descent == story.document

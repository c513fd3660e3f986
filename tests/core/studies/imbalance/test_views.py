"""The document of the Imbalance page: it survives JSON, and refuses what the page cannot show."""

from __future__ import annotations

import pytest

from core.parameters import Choice
from core.studies.imbalance.contest import DATA, Contest
from core.studies.imbalance.thresholds import F1
from core.studies.imbalance.views import Imbalance
from core.views import VIEWS

CHANGED = Imbalance(contest=Contest(data="xor", ratio=50, weights="effective 0.99", gamma=1.5, rule=F1, splits=3), threshold=0.2)


def test_every_field_survives_json() -> None:
    default = Imbalance()
    assert all(getattr(CHANGED.contest, name) != getattr(default.contest, name) for name in Contest.parameters())
    assert CHANGED.threshold != default.threshold
    assert VIEWS["imbalance"].from_json(CHANGED.to_json()) == CHANGED


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"threshold": 1.01}, r"threshold must be a number in \[0, 1\]"),
        ({"contest": {"splits": 1000}}, r"splits must be a whole number in \[1, 5\]"),
        ({"contest": {"ratio": 0.5}}, r"ratio must be a whole number in \[1, 100\]"),
        ({"contest": []}, "contest must be an object"),
        ({"kind": "regularization.fit"}, "it shows 'regularization.fit', and this is 'imbalance'"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_the_reason(values: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Imbalance.from_dict(CHANGED.to_dict() | values)


def test_data_are_called_by_their_titles_and_stored_by_their_names() -> None:
    parameter = Contest.parameters()["data"]
    assert isinstance(parameter, Choice)
    assert {option: parameter.shown(option) for option in parameter.options} == {name: dataset.title for name, dataset in DATA.items()}

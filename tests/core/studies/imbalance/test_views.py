"""The document of the Imbalance page: it survives JSON, and refuses what the page cannot show."""

from __future__ import annotations

import numpy as np
import pytest

from core.datasets import Table
from core.datasets.own import Own
from core.parameters import Choice
from core.preparation.corruption import Corruption
from core.studies.imbalance.contest import DATA, Contest, unsuited
from core.studies.imbalance.thresholds import F1
from core.studies.imbalance.views import Imbalance
from core.tasks import REGRESSION
from core.views import VIEWS

CHANGED = Imbalance(
    contest=Contest(data="xor", own=Own(target=3), ratio=50, weights="effective 0.99", gamma=1.5, rule=F1, splits=3), threshold=0.2,
    folded_out=("look",), first_column=12,
)  # fmt: skip


def test_every_field_survives_json() -> None:
    default = Imbalance()
    assert all(getattr(CHANGED.contest, name) != getattr(default.contest, name) for name in Contest.parameters())
    assert CHANGED.threshold != default.threshold
    assert (CHANGED.folded_out, CHANGED.first_column) != (default.folded_out, default.first_column)
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
    assert {option: parameter.shown(option) for option in parameter.options} == {
        **{name: dataset.title for name, dataset in DATA.items()}, "own": Own.title,
    }  # fmt: skip


def test_own_data_are_as_imbalanced_as_they_are_and_have_many_updates_in_few_rows() -> None:
    contest, built_in = Contest(data="own", own=Own(target=1), ratio=50), Contest()
    assert contest.dataset == Own(target=1)
    assert {*built_in.active()} - {*contest.active()} == {"ratio"}
    assert Contest(data="own").dataset == Own()
    (few,), (many,), (made,) = contest.experiments(100), contest.experiments(100_000), built_in.experiments()
    assert few.corruption == many.corruption == Corruption()
    assert made.corruption.rarest == 1 / built_in.ratio
    assert (few.epochs, many.epochs, made.epochs) == (200, 20, 20)
    assert "own" not in built_in.to_json(), "a contest on other data says nothing of it"


def test_a_table_without_two_classes_is_refused_with_the_way_out() -> None:
    X = np.zeros((6, 1))
    two, three = (Table(X, np.arange(6) % k, ("x",), ("a", "b", "c")[:k]) for k in (2, 3))
    assert unsuited(Own(), two) is None
    assert "has 3 classes" in str(unsuited(Own(), three))
    assert "'price' is a number" in str(unsuited(Own(task=REGRESSION), Table(X, X, ("x",), ("price",))))

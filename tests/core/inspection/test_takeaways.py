"""The sentence that a comparison comes to says what the ranking says, with the values of the table."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.inspection.takeaways import comparison
from core.statistics import Ranking

NAMES = ("A one", "B two", "C three")


def said(values: list[float], told: Ranking | None, *, higher: bool = True) -> str:
    at = np.array([values])
    described = {"accuracy": SimpleNamespace(title="Accuracy", higher_is_better=higher)}
    result: Any = SimpleNamespace(described=described, best_epoch=None, at=lambda *_: at)
    return str(comparison(result, "accuracy", told, NAMES[: len(values)]))


def told(best: int, *tied: int, runs: int = 3, least: float = 0.02) -> Ranking:
    return Ranking(best, np.isin(np.arange(runs), tied), np.full(runs, least))


@pytest.mark.parametrize(
    ("values", "ranking", "higher", "sentence"),
    [
        ([0.8, 0.95, 0.9], told(1), True, "B two is best in Accuracy: 0.95; next C three 0.9, last A one 0.8."),
        ([0.8, 0.95, 0.9], told(0), False, "A one is best in Accuracy: 0.8; next C three 0.9, last B two 0.95."),
        ([0.8, 0.95], told(1, runs=2), True, "B two is best in Accuracy: 0.95, against 0.8 of A one."),
        ([0.8, 0.95, 0.94], told(1, 1, 2), True, "In Accuracy B two, C three lead and cannot be told apart; the last, A one, is 0.15 behind."),
        ([0.94, 0.95, 0.945], told(1, 0, 1, 2), True, "Accuracy cannot tell the runs apart: 0.94 to 0.95, where a difference of 0.02 could be told."),
        ([0.8, 0.95, 0.9], None, True, "Accuracy on the validation rows: from 0.95 of B two to 0.8 of A one."),
        ([0.8], None, True, "A one reaches 0.8 in Accuracy on the validation rows."),
        ([np.nan, 0.9], None, True, "B two reaches 0.9 in Accuracy on the validation rows."),
        ([np.nan, np.nan], None, True, "No run has a value of Accuracy yet."),
    ],
)
def test_what_a_comparison_comes_to(values: list[float], ranking: Ranking | None, higher: bool, sentence: str) -> None:
    assert said(values, ranking, higher=higher) == sentence

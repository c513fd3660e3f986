"""What the contest of remedies comes to, against its board."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.studies.imbalance import takeaways
from core.studies.imbalance.contest import CONTESTANTS, MOVED, PLAIN, Board
from core.studies.imbalance.thresholds import SHARE
from tests.core.studies.imbalance.test_imbalance import made


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("threshold", [0.1, 0.5])
def test_the_remedy_that_finds_most_is_named_with_its_price(seed: int, threshold: float) -> None:
    board = Board.at([made(seed)], threshold, SHARE)
    recall, precision, said = board.values["recall"][0, : MOVED + 1], board.values["precision"][0], str(takeaways.contest(board))
    if recall.max() > recall[PLAIN]:
        best = max(np.flatnonzero(recall == recall.max()), key=lambda place: precision[place])
        title = list(CONTESTANTS.values())[best]
        assert said.startswith(f"Most of the rare class is found with {title}: {recall.max():.0%} instead of {recall[PLAIN]:.0%} by the plain model;")
        assert said.endswith(f"of what they call rare {precision[best]:.0%} is, instead of {precision[PLAIN]:.0%}.")
    else:
        assert said.startswith(f"No remedy finds more of the rare class than the plain model, {recall[PLAIN]:.0%}")


def test_a_plain_model_that_finds_all_is_said_to() -> None:
    board = Board.at([made()], 0.5, SHARE)
    found = replace(board, values=board.values | {"recall": np.ones_like(board.values["recall"])})
    assert str(takeaways.contest(found)).startswith("No remedy finds more of the rare class than the plain model, 100%")

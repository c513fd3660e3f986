"""The sentences of the stories hold on five seeds, each with images of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.stories import told_by
from core.studies.segmentation import segment
from core.studies.segmentation.document import default_segmentation
from core.studies.segmentation.scores import HALF
from core.studies.segmentation.stories import STORIES

SEEDS = 5
OF = {story.title: story for story in STORIES}


def measured(title: str, *names: str, update: int | None = None) -> list[np.ndarray]:
    """Return measures after an update, or at the end, each (runs, seeds)."""
    results = [segment(replace(OF[title].document, seed=seed)) for seed in range(SEEDS)]
    place = -1 if update is None else results[0].place(update)
    return [np.stack([result.metrics[name][place, 0] for result in results], axis=1) for name in names]


@pytest.mark.proof
def test_the_opening_is_a_story() -> None:
    told = told_by(STORIES, default_segmentation())
    assert told is not None
    for seed in range(SEEDS):
        result = segment(replace(told.document, seed=seed))
        early, found = result.metrics["dice"][result.place(48), 0], result.counts(told.document.updates)[:, 0, HALF]
        assert early[2:].min() > early[:2].max() + 0.15
        assert found[:2].max() < found[2:].min(), "less found is more missed"


@pytest.mark.proof
def test_what_dice_buys() -> None:
    (early,) = measured("What Dice buys", "dice", update=152)
    late, best, ranking, threshold = measured("What Dice buys", "dice", "best_dice", "ranking", "threshold")
    assert (early[2] > early[0] + 0.05).all()
    assert (np.abs(late[2] - late[0]) < 0.03).all()
    assert (ranking[0] > ranking[2]).all()
    assert (ranking[1] > ranking[2] - 0.01).all()
    assert (threshold[1] >= 0.8).all()
    assert (best[1] > late[1] + 0.05).all()


@pytest.mark.proof
def test_what_an_empty_mask_does() -> None:
    dice, false = measured("What an empty mask does", "dice", "false")
    assert (false[0] > 0.5).all()
    assert (false[1] < false[0] / 4).all()
    assert (dice[2] < 0.1).all()
    assert (dice[0] > 0.6).all()


@pytest.mark.proof
def test_focals_usual_alpha() -> None:
    dice, ranking, false = measured("Focal's usual α is the wrong way round here", "dice", "ranking", "false")
    assert (dice[0] < dice[2]).all()
    assert (dice[1] > dice[0] + 0.07).all()
    assert (ranking[1] > ranking[0]).all()
    assert (false[1] > 0.5).all()
    assert (false[0] < 0.1).all()


@pytest.mark.proof
def test_a_good_start_beats_another_loss() -> None:
    dice, ranking = measured("A good start beats another loss", "dice", "ranking")
    assert (dice[1] > dice[0] + 0.08).all()
    assert (dice[1] > dice[2]).all()
    assert (ranking[1] > ranking[2]).all()
    assert (np.abs(dice[3] - dice[2]) < 0.03).all()


@pytest.mark.proof
def test_each_image_or_the_whole_batch() -> None:
    dice, false = measured("Each image or the whole batch", "dice", "false")
    assert (false[1] < false[0]).all()
    assert (dice[1] > dice[0] - 0.01).all()

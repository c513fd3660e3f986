"""What an empty mask teaches by hand, and the sentences that are computed from what is shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.studies.segmentation import segment
from core.studies.segmentation.document import default_segmentation, segmenter
from core.studies.segmentation.empty import LOSSES_WITH_SMOOTHING, SMOOTHINGS, Scene, in_words
from core.studies.segmentation.takeaways import losses
from core.studies.segmentation.views import PIXELS


@pytest.mark.parametrize("smoothing", [1e-5, 1.0, 10.0, 100.0])
def test_the_pull_on_an_empty_mask_is_that_of_the_formula(smoothing: float) -> None:
    """Dice is S / (S + δ) with S = Σ p, so its pull is Σ p (1 - p) δ / (S + δ)²: at p = 0.018 what was measured before."""
    scene = Scene(PIXELS, 0, 0.018)
    total = PIXELS * 0.018
    wanted = PIXELS * 0.018 * 0.982 * smoothing / (total + smoothing) ** 2
    assert scene.pull("pixel_dice", smoothing) == pytest.approx(wanted, rel=1e-9)
    assert wanted == pytest.approx({1e-5: 2.1e-6, 1.0: 0.14, 10.0: 0.21, 100.0: 0.041}[smoothing], rel=0.05)
    assert scene.plain() == pytest.approx(0.018)


def test_the_pull_is_largest_near_the_sum_of_probabilities() -> None:
    for p in (0.005, 0.05, 0.5):
        best = float(SMOOTHINGS[Scene(PIXELS, 0, p).pulls("pixel_dice").argmax()])
        assert best == pytest.approx(PIXELS * p, rel=0.15)


def test_what_is_said_of_an_empty_mask() -> None:
    empty, full = Scene(PIXELS, 0, 0.02), Scene(PIXELS, 8, 0.02)
    for kind in LOSSES_WITH_SMOOTHING:
        assert "is skipped" in str(in_words(empty, kind, 1e-5))
        assert "teaches" in str(in_words(empty, kind, 1.0))
        assert "With an object" in str(in_words(full, kind, 1.0))
    assert "all that counts" in str(in_words(empty, "pixel_tversky", 1000.0))
    assert full.pull("pixel_dice", 1e-5) > 1000 * empty.pull("pixel_dice", 1e-5), "an image with an object teaches at any small smoothing"
    for scene in (empty, full):
        assert scene.pull("pixel_dice", 1000.0) < scene.pulls("pixel_dice").max() / 5, "a large smoothing weakens both"


def test_who_marks_best_is_said_with_numbers_that_are_measured() -> None:
    document = replace(default_segmentation(), updates=30, images=32)
    result = segment(document)
    dice = result.metrics["dice"][-1, 0]
    said = str(losses(result, 30))
    best, worst = int(dice.argmax()), int(dice.argmin())
    names = document.labels()
    assert said.startswith(f"After 30 updates {names[best]} marks best at a half, with a Dice of {dice[best]:.2f} against {dice[worst]:.2f} of {names[worst]}")
    alone = segment(document.alone(3))
    assert f"has a Dice of {dice[3]:.2f} at a half" in str(losses(alone, 30))


def test_equal_runs_and_lost_runs_are_said() -> None:
    same = segmenter("pixel_dice"), segmenter("pixel_tversky", alpha=0.5, beta=0.5, smooth=0.5)
    document = replace(default_segmentation(), runs=same, updates=5, images=16)
    assert "all mark equally well" in str(losses(segment(document), 5))
    result = segment(document)
    nothing = {name: np.full_like(values, np.nan) for name, values in result.tracks[0].metrics.items()}
    gone = replace(result, tracks=tuple(replace(track, metrics=nothing) for track in result.tracks))
    assert str(losses(gone, 5)) == "Every run has diverged."

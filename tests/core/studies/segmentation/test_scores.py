"""What is measured of marked pixels, against loops over single pixels and scikit-learn, empty and full masks included."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, jaccard_score

from core.studies.segmentation.scores import HALF, LEVELS, average_precision, best_level, counts, dice, iou, levels, measured

RNG = np.random.default_rng(3)
MASKS = np.concatenate([(RNG.random((6, 30)) < 0.2).astype(float), np.zeros((2, 30)), np.ones((1, 30))])
P = np.concatenate([RNG.random((2, 8, 30)), np.broadcast_to([0.5], (2, 1, 30))], axis=1)


def test_counts_are_those_of_loops_over_pixels() -> None:
    found = counts(levels(P), MASKS)
    for run in range(2):
        for level in (0, 1, 29, HALF, 51, 99):
            true = false = on_empty = 0
            for image, mask in zip(P[run], MASKS, strict=True):
                for p, t in zip(image, mask, strict=True):
                    if int(p * LEVELS) >= level:
                        true, false, on_empty = true + (t == 1), false + (t == 0), on_empty + (not mask.any())
            assert found[run, :, level].tolist() == [true, false, on_empty]


def test_a_half_is_marked_at_a_half() -> None:
    assert levels(np.array([0.0, 0.4999, 0.5, 1.0])).tolist() == [0, 49, 50, 99]


@pytest.mark.parametrize("masks", [MASKS, MASKS[:6], MASKS[-1:]], ids=["mixed", "objects", "full"])
def test_dice_and_iou_are_scikit_learns(masks: np.ndarray) -> None:
    p = P[:, -len(masks) :] if len(masks) < 6 else P[:, : len(masks)]
    found, foreground = counts(levels(p), masks), float(masks.sum())
    for run in range(2):
        marked, truth = (p[run] >= 0.5).ravel(), masks.ravel()
        np.testing.assert_allclose(dice(*found[run, :2, HALF], foreground), f1_score(truth, marked), rtol=1e-12)
        np.testing.assert_allclose(iou(*found[run, :2, HALF], foreground), jaccard_score(truth, marked), rtol=1e-12)


def test_nothing_marked_on_nothing_is_right_and_anything_is_wrong() -> None:
    empty = np.zeros((2, 5))
    for p, wanted in ((0.2, 1.0), (0.9, 0.0)):
        found = counts(levels(np.full((2, 5), p)), empty)
        assert dice(found[0, HALF], found[1, HALF], 0.0) == iou(found[0, HALF], found[1, HALF], 0.0) == wanted


def test_average_precision_is_scikit_learns_with_ties_too() -> None:
    for scores in (RNG.normal(size=(3, *MASKS.shape)), RNG.integers(4, size=(3, *MASKS.shape)).astype(float)):
        expected = [average_precision_score(MASKS.ravel(), each.ravel()) for each in scores]
        np.testing.assert_allclose(average_precision(scores, MASKS), expected, rtol=1e-12)
    assert np.isnan(average_precision(scores, np.zeros_like(MASKS))).all()
    assert np.isnan(average_precision(scores + np.nan, MASKS)).all()


def test_the_best_threshold_is_the_one_nearest_to_a_half_of_equal_ones() -> None:
    p, mask = np.array([[[0.2, 0.9, 0.95, 0.1]]]), np.array([[0.0, 1, 1, 0]])
    assert best_level(counts(levels(p), mask), 2.0).tolist() == [50], "0.21 to 0.90 part them all"
    assert best_level(counts(levels(p / 10), mask), 2.0).tolist() == [9]


def test_all_measures_at_once() -> None:
    scores = np.log(P / (1 - P))
    found, on_test = measured(levels(P), levels(P), MASKS, MASKS, scores)
    assert on_test.shape == (2, 3, LEVELS)
    for run in range(2):
        false = (P[run, 6:8] >= 0.5).sum(axis=1)
        assert found["false"][run] == false.mean()
        assert found["alarms"][run] == (false > 0).mean()
        assert found["best_dice"][run] >= found["dice"][run]
        np.testing.assert_allclose(found["iou"][run], found["dice"][run] / (2 - found["dice"][run]), rtol=1e-12)
    none_empty, _ = measured(levels(P[:, :6]), levels(P[:, :6]), MASKS[:6], MASKS[:6], scores[:, :6])
    assert np.isnan(none_empty["false"]).all()

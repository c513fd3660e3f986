"""What is measured of marked pixels. A pixel is marked at a threshold if its probability is at least that; all pixels of all images count together.

Probabilities are cut to whole hundredths, so that pictures, tables and curves agree on what is marked. Axes: ... runs, N images, K pixels, T levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

#: levels of a probability; a threshold is one of 0 to `LEVELS` - 1, in hundredths
LEVELS = 100
#: the level of a half
HALF = 50


@dataclass(frozen=True)
class Measure:
    """A measure of a segmentation: its title, whether higher is better (None: neither), and its meaning."""

    title: str
    better: bool | None
    doc: str


MEASURES = {
    "dice": Measure("Dice at ½", True, "2 TP / (2 TP + FP + FN) over all test pixels, marked from p = ½ on. It is the F1 score."),
    "best_dice": Measure("Dice at its best threshold", True, "Dice on test images, at the threshold with the highest Dice on training images."),
    "iou": Measure("IoU at ½", True, "TP / (TP + FP + FN), also Jaccard's index: Dice / (2 - Dice), so it orders runs as Dice does."),
    "best_iou": Measure("IoU at its best threshold", True, "IoU on test images, at the threshold with the highest Dice on training images."),
    "threshold": Measure("Best threshold", None, "The threshold with the highest Dice on training images, the one nearest to a half of equal ones."),
    "false": Measure("False pixels per empty image", False, "Pixels marked at ½ on a test image without foreground, the mean over such images."),
    "alarms": Measure("False alarms", False, "Share of the test images without foreground on which any pixel is marked at ½."),
    "ranking": Measure("Average precision", True, "Mean precision at each foreground pixel, by probability: how well pixels are ordered, at any threshold."),
    "loss": Measure("Loss", False, "The run's own loss, the mean over the training images. Losses of different kinds have different scales."),
}


def levels(probabilities: Array) -> Array:
    """Return the level of each probability, 0 to 99: its hundredths, cut. A pixel is marked at a threshold of t hundredths if its level is at least t."""
    return np.minimum(np.floor(probabilities * LEVELS), LEVELS - 1).astype(np.uint8)


def counts(level: Array, masks: Array) -> Array:
    """Return TP, FP, and FP on images without foreground, (..., 3, T), at each threshold, of levels (..., N, K) and masks (N, K)."""
    truth = masks.astype(bool)
    kinds = np.where(truth, 0, np.where(truth.any(axis=-1, keepdims=True), 1, 2))
    at = kinds * LEVELS + level.reshape(-1, *masks.shape)
    found = np.stack([np.bincount(each.ravel(), minlength=3 * LEVELS) for each in at]).reshape(*level.shape[:-2], 3, LEVELS)
    marked = found[..., ::-1].cumsum(axis=-1)[..., ::-1]
    marked[..., 1, :] += marked[..., 2, :]
    return marked


def dice(true: Array, false: Array, foreground: float) -> Array:
    """Return 2 TP / (2 TP + FP + FN) = 2 TP / (TP + FP + foreground); 1 where there is no foreground and nothing is marked."""
    whole = true + false + foreground
    return np.divide(2.0 * true, whole, out=np.ones(np.shape(whole)), where=whole > 0)


def iou(true: Array, false: Array, foreground: float) -> Array:
    """Return TP / (TP + FP + FN) = TP / (FP + foreground); 1 where there is no foreground and nothing is marked."""
    whole = np.asarray(false + foreground)
    return np.divide(true, whole, out=np.ones(whole.shape), where=whole > 0)


def best_level(found: Array, foreground: float) -> Array:
    """Return the threshold (...) from 1 on with the highest Dice, of `counts` (..., 3, T): the one nearest to a half of equal ones, the lower of two."""
    scores = dice(found[..., 0, :], found[..., 1, :], foreground)
    near = np.abs(np.arange(LEVELS) - HALF)
    good = scores[..., 1:] >= scores[..., 1:].max(axis=-1, keepdims=True)
    return 1 + np.where(good, near[1:], LEVELS).argmin(axis=-1)


def average_precision(scores: Array, masks: Array) -> Array:
    """Return the average precision (...) of pixels by their scores (..., N, K): Σ (R_i - R_{i-1}) P_i over distinct scores, as scikit-learn's; NaN without any.

    Scores and not probabilities, because float32 rounds many probabilities to 1.
    """
    truth, flat = masks.ravel() > 0, scores.reshape(-1, masks.size)
    found = np.full(len(flat), np.nan)
    for place, each in enumerate(flat):
        if not truth.any() or not np.isfinite(each).all():
            continue
        order = np.argsort(-each, kind="stable")
        last = np.append(np.diff(each[order]) != 0, True)
        hits, ranks = truth[order].cumsum()[last], np.flatnonzero(last) + 1
        found[place] = (np.diff(hits, prepend=0) * (hits / ranks)).sum() / truth.sum()
    return found.reshape(scores.shape[:-2])


def measured(train: Array, test: Array, train_masks: Array, test_masks: Array, scores: Array) -> tuple[dict[str, Array], Array]:
    """Return all of `MEASURES` but the loss, (...), and the counts (..., 3, T) on test images.

    `train`, `test`: levels (..., N, K) of both. `scores` (..., N, K): of test images.
    """
    foreground = float(test_masks.sum())
    on_train, on_test = counts(train, train_masks), counts(test, test_masks)
    best = best_level(on_train, float(train_masks.sum()))
    empty = ~test_masks.any(axis=-1)
    at_half, at_best = on_test[..., HALF], np.take_along_axis(on_test, best[..., None, None], axis=-1)[..., 0]
    none = np.full(best.shape, np.nan)
    return {
        "dice": dice(at_half[..., 0], at_half[..., 1], foreground), "best_dice": dice(at_best[..., 0], at_best[..., 1], foreground),
        "iou": iou(at_half[..., 0], at_half[..., 1], foreground), "best_iou": iou(at_best[..., 0], at_best[..., 1], foreground),
        "threshold": best / LEVELS, "false": at_half[..., 2] / empty.sum() if empty.any() else none,
        "alarms": (test[..., empty, :] >= HALF).any(axis=-1).mean(axis=-1) if empty.any() else none, "ranking": average_precision(scores, test_masks),
    }, on_test  # fmt: skip

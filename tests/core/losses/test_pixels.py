"""Losses of pixels, IoU and Dice equal PyTorch's autograd, loops over single pixels and the libraries that the docstrings name; empty and full masks, too."""

from __future__ import annotations

import json
import math
from functools import partial
from typing import Any

import numpy as np
import pytest

from core import tasks
from core.datasets import DATASETS
from core.experiment import fitting_losses, workbench_losses
from core.losses import LOSSES, Loss
from core.studies.segmentation.scores import counts, dice, iou, levels
from tests.loss_draws import central_difference
from tests.reference.make_pixels import AUTOGRAD, LIBRARIES, OVERLAPS, PATH, images

AUTOGRADS, FROM_LIBRARIES, NOTHING, MARKED = (next(iter(case.values())) for case in json.loads(PATH.read_text()))
KINDS = ("pixel_cross_entropy", "pixel_focal", "pixel_dice", "pixel_tversky", "pixel_focal_tversky")
#: those of a page, and others
ITEMS = [LOSSES[kind](**settings) for kind, _, several in AUTOGRAD for settings in several]
#: how near a library can come: MONAI's focal loss is of single precision, and the least smoothing here is 1e-7
NEAR = {"FocalLoss()(scores, masks)": 1e-5, "FocalLoss(alpha=0.25)(scores, masks)": 1e-5, "DiceLoss('binary')(scores, masks)": 1e-6}


@pytest.mark.parametrize("case", AUTOGRADS, ids=lambda case: f"{case['kind']} {case['settings']}")
def test_equals_autograd(case: dict[str, Any]) -> None:
    """At scores up to ±40, where whole sums are right or wrong: absolute, one rounding of a number of size 1."""
    loss, (scores, masks) = LOSSES[case["kind"]](**case["settings"]), images(large=True)
    np.testing.assert_allclose(loss.value(scores, masks), case["value"], rtol=1e-9, atol=3e-16)
    np.testing.assert_allclose(loss.gradient(scores, masks), case["gradient"], rtol=1e-9, atol=3e-16)


def test_the_record_is_complete() -> None:
    """If it is not: run tests/reference/make_pixels.py."""
    recorded = [(case["kind"], case["settings"], case["code"]) for case in AUTOGRADS]
    assert recorded == [*((kind, each, code) for kind, code, several in AUTOGRAD for each in several), *OVERLAPS]
    assert [(case["library"], case["call"], case["kind"], case["settings"], case["over"], case["times"]) for case in FROM_LIBRARIES] == LIBRARIES
    assert {case["kind"] for case in AUTOGRADS} == {*KINDS}


def by_loops(loss: Any, scores: list[float], mask: list[float]) -> tuple[float, list[float]]:
    """Return the value of an image and its gradient, as the formulas of the page have them, pixel after pixel."""
    p = [1 / (1 + math.exp(-s)) for s in scores]
    q = [1 / (1 + math.exp(s)) for s in scores]
    if loss.kind == "pixel_cross_entropy":
        costs = [loss.weight * math.log1p(math.exp(-s)) if t else math.log1p(math.exp(s)) for s, t in zip(scores, mask, strict=True)]
        slopes = [-loss.weight * q[k] if mask[k] else p[k] for k in range(len(p))]
        return math.fsum(costs) / len(p), [each / len(p) for each in slopes]
    if loss.kind == "pixel_focal":
        cost, slopes = 0.0, []
        for s, t in zip(scores, mask, strict=True):
            margin, weight, sign = (s, loss.alpha, 1) if t else (-s, 1 - loss.alpha, -1)
            wrong, log = 1 / (1 + math.exp(margin)), math.log1p(math.exp(-margin))
            cost += weight * wrong**loss.gamma * log
            slopes.append(-sign * weight * wrong**loss.gamma * (wrong + loss.gamma * (1 - wrong) * log) / len(p))
        return cost / len(p), slopes
    alpha, beta, smooth = (0.5, 0.5, loss.smooth / 2) if loss.kind == "pixel_dice" else (loss.alpha, loss.beta, loss.smooth)
    found = math.fsum(p[k] for k in range(len(p)) if mask[k])
    false = math.fsum(p[k] for k in range(len(p)) if not mask[k])
    missed = math.fsum(q[k] for k in range(len(p)) if mask[k])
    whole = found + alpha * false + beta * missed + smooth
    value = (alpha * false + beta * missed) / whole
    slopes = [p[k] * q[k] * ((-beta - value * (1 - beta)) if mask[k] else alpha * (1 - value)) / whole for k in range(len(p))]
    power = 1 / loss.gamma if loss.kind == "pixel_focal_tversky" else 1.0
    return value**power, [power * value ** (power - 1) * slope if value else 0.0 for slope in slopes]


@pytest.mark.parametrize("loss", ITEMS, ids=lambda loss: str(loss.in_words()))
def test_equals_loops_over_pixels(loss: Loss) -> None:
    scores, masks = images(large=True)
    found, gradient = loss.value(scores, masks), loss.gradient(scores, masks)
    for place in range(len(masks)):
        value, slopes = by_loops(loss, scores[place].tolist(), masks[place].tolist())
        np.testing.assert_allclose(found[place], value, rtol=1e-9)
        np.testing.assert_allclose(gradient[place], slopes, rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("case", FROM_LIBRARIES, ids=lambda case: case["call"])
def test_is_what_a_library_has_under_the_conversion_that_is_stated(case: dict[str, Any]) -> None:
    scores, masks = images(large=False)
    loss, rtol = LOSSES[case["kind"]].from_dict(case["settings"]), NEAR.get(case["call"], 1e-9)
    if case["over"] == "batch":
        scores, masks = scores.reshape(1, -1), masks.reshape(1, -1)
    np.testing.assert_allclose(case["times"] * loss.value(scores, masks).mean(), case["value"], rtol=rtol)
    gradient = case["times"] * loss.gradient(scores, masks) / len(scores)
    np.testing.assert_allclose(gradient.reshape(np.shape(case["gradient"])), case["gradient"], rtol=rtol, atol=rtol / 10)


def test_segmentation_models_pytorch_skips_a_batch_without_foreground() -> None:
    """Ours never does: its pull on an empty image is small where the smoothing is."""
    assert NOTHING["value"] == 0
    assert not np.any(NOTHING["gradient"])
    scores, _ = images(large=False)
    assert (LOSSES["pixel_dice"].from_dict({"smooth": 1e-7}).gradient(scores, 0 * scores) > 0).all()


def test_iou_and_dice_of_marked_pixels_are_pytorchs() -> None:
    """Of each image, and of all pixels together; nothing marked on an empty mask is right."""
    scores, masks = images(large=False)
    level = levels(1 / (1 + np.exp(-scores)))
    for case in MARKED:
        for place in range(len(masks) + 1):
            own = slice(place, place + 1) if place < len(masks) else slice(None)
            true, false, _ = counts(level[None, own], masks[own])[0, :, case["level"]]
            np.testing.assert_allclose(iou(true, false, masks[own].sum()), case["iou"][place], rtol=1e-9)
            np.testing.assert_allclose(dice(true, false, masks[own].sum()), case["dice"][place], rtol=1e-9)


@pytest.mark.parametrize("loss", [*ITEMS, LOSSES["sum_segmentation"]()], ids=lambda loss: str(loss.in_words()))
def test_gradients_are_derivatives_for_one_pixel_and_for_masks_between_0_and_1(loss: Loss) -> None:
    rng = np.random.default_rng(3)
    for size, masks in ((1, np.array([[0.0], [1.0]])), (6, rng.random((5, 6)))):
        scores = rng.normal(scale=2, size=(len(masks), size))
        numeric = central_difference(partial(loss.value, targets=masks[:, None, :]), scores)
        np.testing.assert_allclose(loss.gradient(scores, masks), numeric, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("loss", [*ITEMS, LOSSES["sum_segmentation"]()], ids=lambda loss: str(loss.in_words()))
def test_images_of_many_pixels_and_huge_scores_stay_finite(loss: Loss, dtype: str) -> None:
    """One value for each image, whatever lies before: (..., B, K) becomes (..., B)."""
    rng = np.random.default_rng(4)
    scores = (rng.choice([-1e6, -50.0, 0.0, 50.0, 1e6], (2, 3, 5, 400)) + rng.normal(size=(2, 3, 5, 400))).astype(dtype)
    masks = (rng.random((5, 400)) < np.array([[0.0], [0.01], [0.5], [0.99], [1.0]])).astype(dtype)
    with np.errstate(all="raise", under="ignore"):
        value, gradient = loss.value(scores, masks), loss.gradient(scores, masks)
    assert (value.shape, gradient.shape) == ((2, 3, 5), scores.shape)
    assert value.dtype == gradient.dtype == dtype
    assert np.isfinite(value).all()
    assert np.isfinite(gradient).all()
    if loss.bounded:
        assert ((value >= 0) & (value <= 1)).all()


def test_names_are_those_that_are_documented() -> None:
    assert {*KINDS, "sum_segmentation"} <= {kind for kind, loss in LOSSES.items() if tasks.SEGMENTATION in loss.tasks}


def test_no_data_set_of_the_workbench_is_offered_one() -> None:
    assert not {kind for dataset in DATASETS.values() for loss in fitting_losses(dataset) if (kind := loss.kind) in (*KINDS, "sum_segmentation")}
    assert not {loss.kind for loss in workbench_losses()} & {*KINDS, "sum_segmentation"}

"""Trainings of segmentations equal those in PyTorch; what images, batches and starts are."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.models import MLP
from core.optimizers import OPTIMIZERS
from core.studies.segmentation import SCENES, Segmentation, segment
from core.studies.segmentation.document import BATCH, IMAGE, default_segmentation, segmenter
from core.studies.segmentation.lanes import SegmentationDocument
from core.studies.segmentation.learner import Learner
from core.studies.segmentation.rows import patches, prepared
from core.training.recorded_training import begun, go_on
from tests.reference.make_segmentation import PATH, PROBED, STEPS, documents
from tests.studies import PIXEL_LOSSES, every_segmenter
from tests.studies import small_segmentation as small

CASES = json.loads(PATH.read_text())
DOCUMENTS = [Segmentation.from_json(json.dumps(case["document"])) for case in CASES]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_trainings_equal_those_in_pytorch(case: int) -> None:
    document = DOCUMENTS[case]
    data = prepared(document)
    learner = Learner(document, data)
    state = begun(learner)
    for step in STEPS:
        state, _ = go_on(learner, state, step - state.update)
        for run, wanted in enumerate(CASES[case]["params"]):
            for seed in range(document.seeds):
                said = f"seed {seed} of {document.runs[run]} after {step} updates"
                np.testing.assert_allclose(state.params[seed, run], wanted[seed][str(step)], rtol=1e-8, atol=1e-10, err_msg=said)


@pytest.mark.parametrize("case", range(len(CASES)))
def test_gradients_of_the_shared_network_are_those_of_autograd(case: int) -> None:
    """Through a convolution that cuts the patches there, and the sum over all patches of a batch here."""
    document = DOCUMENTS[case]
    data = prepared(document)
    learner = Learner(document, data)
    state, _ = go_on(learner, begun(learner), PROBED)
    gradient = learner.gradient(state.params, *learner.batch(PROBED))
    for run, wanted in enumerate(CASES[case]["params"]):
        for seed in range(document.seeds):
            np.testing.assert_allclose(gradient[seed, run], wanted[seed]["gradient"], rtol=1e-8, atol=1e-12, err_msg=f"seed {seed} of {document.runs[run]}")


def test_what_the_recorded_trainings_cover() -> None:
    assert tuple(documents()) == tuple(DOCUMENTS), "run tests/reference/make_segmentation.py"
    runs = [run for document in DOCUMENTS for run in document.runs]
    assert {run.loss.kind for run in runs} == {*PIXEL_LOSSES}
    assert {(run.over, run.bias) for run in runs} == {(over, bias) for over in (IMAGE, BATCH) for bias in (0.0, -2.0)}
    assert {document.scene.kind for document in DOCUMENTS} == {*SCENES}
    masks = np.concatenate([prepared(document).train.masks.any(axis=1) for document in DOCUMENTS])
    assert {*masks.tolist()} == {True, False}, "some images are empty"


@pytest.mark.parametrize("over", [IMAGE, BATCH])
def test_the_networks_gradient_is_the_derivative_of_the_mean_loss(over: str) -> None:
    """By differences, through the patches and the network, for each loss; over a batch the loss sees one image."""
    runs = tuple(segmenter(kind, over=over, bias=-1.0) for kind in PIXEL_LOSSES)
    document = small(*runs, dtype="float64", model=MLP(hidden=(3,), activation="tanh"))
    learner = Learner(document, prepared(document))
    params = learner.start()
    X, masks = learner.batch(0)
    gradient, size = learner.gradient(params, X, masks), 1e-6
    for place in range(0, params.shape[-1], 5):
        ends = []
        for sign in (1, -1):
            moved = params.copy()
            moved[..., place] += sign * size
            scores = document.model.forward(moved, X)[0][..., 0].reshape(1, len(runs), *masks.shape[2:])
            scores, truth = (scores, masks) if over == IMAGE else (scores.reshape(1, len(runs), 1, -1), masks.reshape(1, 1, 1, -1))
            ends.append([run.loss.value(scores[0, i], truth[0, 0]).mean() for i, run in enumerate(runs)])
        np.testing.assert_allclose(gradient[0, :, place], (np.array(ends[0]) - ends[1]) / (2 * size), rtol=1e-5, atol=1e-9)


def test_a_loss_that_is_a_mean_over_pixels_does_not_ask_whose_they_are_and_dice_does() -> None:
    pairs = [(segmenter(kind, over=IMAGE), segmenter(kind, over=BATCH)) for kind in ("pixel_cross_entropy", "pixel_focal", "pixel_dice")]
    last = segment(small(*(run for pair in pairs for run in pair), dtype="float64")).metrics["loss"][-1, 0]
    for place in (0, 2):
        np.testing.assert_allclose(last[place], last[place + 1], rtol=1e-9)
    assert abs(last[4] - last[5]) > 1e-3


def test_a_replica_that_diverges_is_frozen_and_leaves_gaps() -> None:
    sgd = replace(segmenter("pixel_cross_entropy", weight=1e4), optimizer=OPTIMIZERS["sgd"](), learning_rate=1e3)
    result = segment(small(sgd, segmenter("pixel_dice"), updates=60, model=MLP(hidden=(4, 4, 4, 4))))
    diverged = int(result.tracks[0].diverged_at[0])
    assert diverged > 0
    assert result.tracks[1].diverged_at[0] == -1
    for name in ("dice", "ranking", "loss"):
        np.testing.assert_array_equal(np.isnan(result.metrics[name][:, 0, 0]), result.updates >= diverged)
        assert np.isfinite(result.metrics[name][:, 0, 1]).all()


def test_an_epoch_shows_each_image_once_and_all_runs_the_same() -> None:
    document = small(images=16, batch=4, seeds=2)
    learner, again = Learner(document, prepared(document)), Learner(replace(document, runs=every_segmenter()), prepared(document))
    seen = np.concatenate([learner.batch(update)[0].reshape(2, 4, -1) for update in range(4)], axis=1)
    for seed in range(2):
        assert len(np.unique(seen[seed], axis=0)) == 16
    np.testing.assert_array_equal(learner.batch(7)[0], again.batch(7)[0])
    assert not np.array_equal(learner.batch(0)[0], learner.batch(4)[0])


def test_the_output_begins_at_its_bias_and_all_else_is_shared() -> None:
    document = small(segmenter("pixel_dice", bias=-3.5), segmenter("pixel_dice"))
    params = Learner(document, prepared(document)).start()
    np.testing.assert_array_equal(params[0, 0, :-1], params[0, 1, :-1])
    assert params[0, :, -1].tolist() == [-3.5, 0]


def test_patches_are_what_lies_around_a_pixel() -> None:
    images = np.arange(20.0).reshape(1, 4, 5)
    found = patches(images, 3)
    assert found.shape == (1, 20, 9)
    np.testing.assert_array_equal(found[0, 6].reshape(3, 3), images[0, :3, :3])
    np.testing.assert_array_equal(found[0, 0].reshape(3, 3), [[0, 0, 0], [0, 0, 1], [0, 5, 6]])
    np.testing.assert_array_equal(patches(images, 5)[0, :, 12], images.ravel())


def test_images_follow_from_the_seed_and_no_test_image_is_trained_on() -> None:
    document = small()
    data, other = prepared(document), prepared(replace(document, seed=1))
    assert not np.array_equal(data.train.images, other.train.images)
    for scene in (cls() for cls in SCENES.values()):
        found = prepared(Segmentation(runs=document.runs, scene=scene, images=64))
        assert found.train.empty.mean() == pytest.approx(scene.empty, abs=0.02) == found.test.empty.mean()
        noiseless = prepared(Segmentation(runs=document.runs, scene=replace(scene, noise=0.0), images=64))
        inside = noiseless.train.images.reshape(64, -1)[noiseless.train.masks > 0]
        assert inside.min() >= 0.5
    ink = [{each.tobytes() for each in part.images[~part.empty]} for part in (noiseless.train, noiseless.test)]
    assert not ink[0] & ink[1]


def test_the_discs_of_the_notes_are_a_fortieth_of_the_pixels() -> None:
    assert prepared(default_segmentation()).foreground == pytest.approx(0.025, abs=0.004)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"patch": 4}, "has no middle"), ({"batch": 17}, "more than the 16 there are"), ({"scene": SCENES["ink"](), "images": 1000}, "more than the 1797"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        small(**settings)


@pytest.mark.parametrize(("changes", "said"), [({"smallest": 3.0}, "exchange them"), ({"side": 8, "largest": 4.5}, "wider than the image")])
def test_discs_that_cannot_be_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SCENES["discs"](**changes)


def test_too_much_is_refused_before_anything_is_allocated() -> None:
    large = SCENES["discs"](side=48, smallest=2, largest=4)
    for settings, said in (
        ({"updates": 5000, "seeds": 16, "batch": 16, "model": MLP(hidden=(64,))}, "times the work that one comparison may ask for"),
        ({"images": 2000, "scene": large, "patch": 9}, "more than is trained at once"),
        ({"model": MLP(hidden=(1024, 1024)), "seeds": 16, "updates": 1}, "more than is trained at once"),
    ):
        with pytest.raises(ValueError, match=said):
            SegmentationDocument(small(**settings)).prepared()


def test_a_lanes_share_grows_with_its_memory() -> None:
    for settings in ({}, {"images": 256, "batch": 128, "model": MLP(hidden=(128,))}):
        document = SegmentationDocument(small(**settings))
        lane, data = document.lanes[0], document.prepared()
        assert 0 < lane.memory_share(data) <= lane.share(data) <= 1
        assert (lane.share(data) == 1 / 16) == (not settings)


def test_only_losses_of_pixels_are_taken() -> None:
    with pytest.raises(ValueError, match="loss cannot be hinge"):
        segmenter("hinge")

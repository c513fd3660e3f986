"""Trainings of several tasks equal those in PyTorch; what weights, rows and measures are."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, r2_score

from core.models import MLP, Linear
from core.optimizers import OPTIMIZERS
from core.studies.multitask import Multitask, weigh
from core.studies.multitask.document import FEATURES, LEARNED, OUTPUTS, TASKS, UNCERTAINTY, default_multitask, sweep, weighting
from core.studies.multitask.lanes import MultitaskDocument
from core.studies.multitask.learner import SLICES, Learner, chosen, trunk_of
from core.studies.multitask.measures import MEASURES
from core.studies.multitask.rows import middle, prepared
from core.training.recorded_training import begun, go_on
from tests.reference.make_multitask import PATH, PROBED, STEPS, documents, thinned
from tests.studies import every_weighting
from tests.studies import small_multitask as small

CASES = json.loads(PATH.read_text())
DOCUMENTS = [Multitask.from_json(json.dumps(case["document"])) for case in CASES]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_trainings_equal_those_in_pytorch(case: int) -> None:
    """Network and learned weights, through autograd of the sum as the paper writes it."""
    document = DOCUMENTS[case]
    data = prepared(document)
    learner = Learner(document, data)
    state = begun(learner)
    for step in STEPS:
        state, _ = go_on(learner, state, step - state.update)
        for run, wanted in enumerate(CASES[case]["params"]):
            for seed in range(document.seeds):
                said = f"seed {seed} of {document.runs[run]} after {step} updates"
                np.testing.assert_allclose(thinned(state.params[seed, run]), wanted[seed][str(step)], rtol=1e-8, atol=1e-10, err_msg=said)


@pytest.mark.parametrize("case", range(len(CASES)))
def test_gradients_by_the_network_and_by_learned_weights_are_those_of_autograd(case: int) -> None:
    """After some updates, because s begins at 0."""
    document = DOCUMENTS[case]
    data = prepared(document)
    learner = Learner(document, data)
    state, _ = go_on(learner, begun(learner), PROBED)
    gradient = learner.gradient(state.params, learner.batch(PROBED))
    for run, wanted in enumerate(CASES[case]["params"]):
        for seed in range(document.seeds):
            said = f"seed {seed} of {document.runs[run]}"
            np.testing.assert_allclose(thinned(gradient[seed, run]), wanted[seed]["gradient"], rtol=1e-8, atol=1e-12, err_msg=said)
            assert (document.runs[run].scheme == LEARNED) == np.any(wanted[seed]["gradient"][-4:-1])


def test_what_the_recorded_trainings_cover() -> None:
    assert tuple(documents()) == tuple(DOCUMENTS), "run tests/reference/make_multitask.py"
    runs = [run for document in DOCUMENTS for run in document.runs]
    assert {(run.scheme == LEARNED, run.standardised) for run in runs} == {(a, b) for a in (False, True) for b in (False, True)}
    assert len({document.class_loss.kind for document in DOCUMENTS}) == 2


def test_only_learned_weights_move_and_they_begin_as_those_of_a_variance_of_one() -> None:
    document = small(*every_weighting())
    result = weigh(document)
    for run, each in enumerate(document.runs):
        for task, fixed in zip(TASKS, each.weights, strict=True):
            weights = result.metrics[f"weight_{task}"][:, 0, run]
            if each.scheme == LEARNED:
                assert weights[0] == (0.5 if task == "place" else 1)
                assert weights[-1] != weights[0]
            else:
                np.testing.assert_allclose(weights, fixed, rtol=1e-6)


def test_a_task_of_weight_0_pulls_nothing_and_is_not_learned() -> None:
    result = weigh(small(weighting(0.0, 1.0, 0.0, standardised=True), updates=100))
    assert not result.metrics["pull_class"].any()
    assert result.metrics["accuracy"][-1, 0, 0] < 0.3
    assert result.metrics["r2"][-1, 0, 0] > 0.3


def test_the_unit_changes_nothing_for_a_standardised_place() -> None:
    runs = weighting(standardised=True), weighting()
    one, other = (weigh(small(*runs, unit=unit, dtype="float64")) for unit in (1.0, 100.0))
    np.testing.assert_allclose(one.metrics["r2"][..., 0], other.metrics["r2"][..., 0], rtol=1e-7)
    np.testing.assert_allclose(other.metrics["loss_place"][0, 0, 1], 1e4 * one.metrics["loss_place"][0, 0, 1], rtol=0.3)


def test_measures_are_scikit_learns() -> None:
    document = small(*every_weighting(), dtype="float64")
    data = prepared(document)
    learner = Learner(document, data)
    state, _ = go_on(learner, begun(learner), 20)
    found = learner.measured(state.params)
    assert {*found} == {*MEASURES}
    scores, _ = document.model.forward(state.params[..., : learner.n_network], data.test.X)
    for run in range(len(document.runs)):
        of_run, targets = scores[0, run], data.test.targets
        place = learner.targets(chosen(data.test, np.arange(600)[None, None]), "place")
        place = place[0, run if place.shape[1] > 1 else 0]
        np.testing.assert_allclose(found["accuracy"][0, run], accuracy_score(targets["class"].argmax(1), of_run[:, SLICES["class"]].argmax(1)))
        np.testing.assert_allclose(found["r2"][0, run], r2_score(place, of_run[:, SLICES["place"]]), rtol=1e-9)
        np.testing.assert_allclose(found["dice"][0, run], f1_score(targets["mask"].ravel(), of_run[:, SLICES["mask"]].ravel() >= 0), rtol=1e-12)


def test_pulls_add_up_to_the_gradient_of_the_trunk() -> None:
    """The weighted gradients of the tasks sum to that of the total; their lengths and cosines say the same."""
    document = small(weighting(0.5, 0.3, 0.2), dtype="float64")
    learner = Learner(document, prepared(document))
    params = learner.start()
    lengths, cosines = learner.pulls(params)
    whole = learner.gradient(params, chosen(learner.data.train, np.arange(256)[None, None]))[..., : learner.n_network][..., learner.trunk]
    pairs = 2 * sum(cosines[0, 0, k] * lengths[0, 0, a] * lengths[0, 0, b] for k, (a, b) in enumerate([(0, 1), (0, 2), (1, 2)]))
    np.testing.assert_allclose(np.square(whole).sum(), np.square(lengths).sum() + pairs, rtol=1e-9)


def test_the_trunk_is_all_but_the_last_layer() -> None:
    document = small()
    assert trunk_of(document).sum() == FEATURES * 4 + 4
    assert not trunk_of(small(model=Linear())).any()
    result = weigh(small(model=Linear()))
    assert np.isnan(result.metrics["cosine_class_place"]).all()
    assert not result.metrics["pull_class"].any()
    params = document.model.init(np.random.default_rng(0), FEATURES, OUTPUTS)
    *_, (weights, bias) = document.model.unpack(params, FEATURES)
    assert len(params) - trunk_of(document).sum() == weights.size + bias.size


def test_the_middle_of_the_ink_by_hand() -> None:
    image = np.zeros((2, 8, 8))
    image[0, 0, 7] = 1
    image[1, 2, 3], image[1, 4, 3] = 1, 3
    np.testing.assert_allclose(middle(image.reshape(2, 64)), [[3.5, -3.5], [-0.5, 0.0]])


def test_a_replica_that_diverges_is_frozen_and_leaves_gaps() -> None:
    lost = replace(weighting(), optimizer=OPTIMIZERS["sgd"](), learning_rate=1e3)
    result = weigh(small(lost, weighting(), unit=1e4, updates=40))
    diverged = int(result.tracks[0].diverged_at[0])
    assert diverged > 0
    assert result.tracks[1].diverged_at[0] == -1
    np.testing.assert_array_equal(np.isnan(result.metrics["accuracy"][:, 0, 0]), result.updates >= diverged)
    assert np.isfinite(result.metrics["accuracy"][:, 0, 1]).all()


def test_rows_follow_from_the_seed_and_batches_are_shared() -> None:
    document = small(seeds=2)
    data = prepared(document)
    assert not np.array_equal(data.train.X, prepared(replace(document, seed=1)).train.X)
    assert len(data.test.X) == 600
    learner, again = Learner(document, data), Learner(replace(document, runs=every_weighting()), data)
    np.testing.assert_array_equal(learner.batch(40).X, again.batch(40).X)
    assert not np.array_equal(learner.batch(0).X[0], learner.batch(0).X[1])


def test_too_much_is_refused_before_anything_is_allocated() -> None:
    for settings, said in (
        ({"updates": 20_000, "seeds": 16, "model": MLP(hidden=(256,))}, "times the work that one comparison may ask for"),
        ({"model": MLP(hidden=(1024, 1024)), "seeds": 16, "updates": 1}, "more than is trained at once"),
    ):
        with pytest.raises(ValueError, match=said):
            MultitaskDocument(small(**settings)).prepared()


def test_lanes_of_one_company_share_all_but_the_run() -> None:
    document = small(*every_weighting())
    lanes, data = MultitaskDocument(document).lanes, MultitaskDocument(document).prepared()
    assert len({lane.key() for lane in lanes}) == len(lanes)
    assert len({lane.company() for lane in lanes}) == 1
    assert 0 < lanes[0].memory_share(data) <= lanes[0].share(data) <= 1
    labelled = replace(document, runs=tuple(replace(run, label="mine") for run in document.runs))
    assert MultitaskDocument(labelled).lanes == MultitaskDocument(document).lanes
    assert labelled.unlabelled() == document.unlabelled()


def test_documents_come_back_from_json() -> None:
    swept = sweep("mask", (0.1, 1.0), hidden=6, unit=1.0, standardised=True, seed=0, seeds=2, updates=20)
    for document in (*DOCUMENTS, default_multitask(), swept):
        assert Multitask.from_json(document.to_json()) == document
    assert [run.mask_weight for run in swept.runs] == [0.1, 1.0]


def test_each_task_takes_losses_of_its_own_kind() -> None:
    with pytest.raises(ValueError, match="mask_loss cannot be hinge"):
        Multitask.from_dict({**small().to_dict(), "mask_loss": {"kind": "hinge"}})


def test_fields_that_do_not_count_are_not_active() -> None:
    assert "weights_rate" not in weighting().active()
    assert {"class_weight", "place_weight", "mask_weight"}.isdisjoint(UNCERTAINTY.active())

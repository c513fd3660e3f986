"""Trainings of embeddings equal those in PyTorch; what batches, held out classes and rows are."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from core.datasets import DATASETS, Table
from core.datasets.own import Own
from core.datasets.people import People
from core.models import MLP, Linear
from core.optimizers import OPTIMIZERS
from core.studies.metric_learning import EMBEDDING_LOSSES
from core.studies.metric_learning.embedding import CIRCLE, PLANE, SPHERE, Embedding, default_embedding, metric
from core.studies.metric_learning.lanes import EmbeddingDocument, embed
from core.studies.metric_learning.learner import Learner
from core.studies.metric_learning.rows import MEASURED, prepared
from core.training.recorded_training import begun, go_on
from tests.reference.make_metric_learning import PATH, STEPS, embeddings
from tests.studies import every_metric
from tests.studies import small_embedding as small

CASES = json.loads(PATH.read_text())["trainings"]
EMBEDDINGS = [Embedding.from_json(json.dumps(case["embedding"])) for case in CASES]
WINE = DATASETS["wine"]()


def moot(embedding: Embedding, run: int, size: int) -> np.ndarray:
    """Return which parameters are the last biases of a loss of distances in the plane: it does not depend on them, and Adam makes steps of rounding errors."""
    loss = embedding.runs[run].loss
    free = embedding.space == PLANE and not loss.directions and not loss.learns
    return (np.arange(size) >= size - embedding.dimensions) & free


@pytest.mark.parametrize("case", range(len(CASES)))
def test_trainings_equal_those_in_pytorch(case: int) -> None:
    embedding = EMBEDDINGS[case]
    data = prepared(embedding)
    learner = Learner(embedding, data)
    state = begun(learner)
    for step in STEPS:
        state, _ = go_on(learner, state, step - state.update)
        for run, wanted in enumerate(CASES[case]["params"]):
            for seed in range(embedding.seeds):
                expected = wanted[seed][str(step)]
                said = f"seed {seed} of {embedding.runs[run]} after {step} updates"
                found, free = state.params[seed, run, : len(expected)], moot(embedding, run, len(expected))
                np.testing.assert_allclose(found[~free], np.array(expected)[~free], rtol=1e-8, atol=1e-10, err_msg=said)
                np.testing.assert_allclose(found[free], np.array(expected)[free], atol=1e-8, err_msg=said)
                assert not state.params[seed, run, len(expected) :].any()


def test_what_the_recorded_trainings_cover() -> None:
    assert tuple(embeddings()) == tuple(EMBEDDINGS), "run tests/reference/make_metric_learning.py"
    runs = [run for embedding in EMBEDDINGS for run in embedding.runs]
    assert {run.loss.kind for run in runs} == {*EMBEDDING_LOSSES}
    assert {run.loss.mining for run in runs if run.loss.kind == "triplet"} == {"semi_hard", "hard", "random"}
    assert {embedding.space for embedding in EMBEDDINGS} == {PLANE, CIRCLE, SPHERE}
    assert any(embedding.held_out for embedding in EMBEDDINGS)


def test_a_replica_that_diverges_is_frozen_and_leaves_gaps() -> None:
    embedding = small(metric("contrastive", rate=1e3), metric("nt_xent"), updates=40, model=Linear())
    embedding = replace(embedding, runs=tuple(replace(run, optimizer=OPTIMIZERS["sgd"]()) for run in embedding.runs))
    result = embed(embedding)
    diverged = int(result.tracks[0].diverged_at[0])
    assert diverged > 0
    assert result.tracks[1].diverged_at[0] == -1
    for name in ("recall", "loss"):
        of_run = result.metrics[name][:, 0, 0]
        np.testing.assert_array_equal(np.isnan(of_run), result.updates >= diverged)
        assert np.isfinite(result.metrics[name][:, 0, 1]).all()


def test_batches_have_rows_of_each_class_and_are_shared_by_all_runs() -> None:
    embedding = small(held_out=(0,), seeds=2, classes=2, per_class=5)
    data = prepared(embedding)
    learner, again = Learner(embedding, data), Learner(replace(embedding, runs=every_metric()), data)
    first = learner.batch(40)
    assert first.X.shape == (2, 1, 10, 13)
    for seed in range(2):
        assert np.unique(first.labels[seed], return_counts=True)[1].tolist() == [5, 5]
    np.testing.assert_array_equal(first.X, again.batch(40).X)
    assert not np.array_equal(first.X[0], first.X[1])
    assert not np.array_equal(first.X, learner.batch(41).X)


def test_a_class_with_too_few_rows_gives_some_of_them_again() -> None:
    embedding = small(dataset=DATASETS["blobs"](rows=50, classes=6), per_class=12)
    batch = Learner(embedding, prepared(embedding)).batch(0)
    assert np.unique(batch.labels, return_counts=True)[1].tolist() == [12] * 6


def test_held_out_classes_are_never_trained_on_and_are_scaled_by_the_others() -> None:
    data = prepared(Embedding(runs=default_embedding().runs, held_out=(3, 7)))
    assert data.unseen is not None
    assert {*data.unseen.labels.tolist()} == {3, 7}
    assert not {3, 7} & {*data.train.labels.tolist(), *data.test.labels.tolist()}
    assert data.seen.tolist() == [0, 1, 2, 4, 5, 6, 8, 9]
    table = DATASETS["digits"]().load()
    trained = table.X[data.train.rows]
    scale = np.where(trained.std(axis=0) > 0, trained.std(axis=0), 1)
    np.testing.assert_allclose(data.unseen.X, (table.X[data.unseen.rows] - trained.mean(axis=0)) / scale, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(table.y[data.test.rows], data.test.labels)
    assert not {*data.train.rows.tolist()} & {*data.test.rows.tolist()}
    assert len(data.test.X) == MEASURED


@pytest.mark.parametrize(
    ("held_out", "said"), [((3,), "class 3 cannot be held out: the data have 3 classes"), ((0, 1), "2 classes to train on, and 1 would be left")]
)
def test_what_cannot_be_held_out_is_refused(held_out: tuple[int, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        prepared(small(held_out=held_out))


def test_too_much_work_is_refused_before_anything_is_allocated() -> None:
    runs = default_embedding().runs * 3
    for settings, said in (
        ({"updates": 20_000, "seeds": 16}, "times the work that one comparison may ask for"),
        ({"classes": 64, "per_class": 64, "updates": 1}, "times the pairs that one run may have"),
        ({"model": MLP(hidden=(1024, 1024, 1024)), "seeds": 16, "updates": 1}, "take a smaller network or fewer seeds"),
    ):
        with pytest.raises(ValueError, match=said):
            EmbeddingDocument(Embedding(runs=runs, **settings)).prepared()


def test_a_lanes_share_grows_with_its_memory() -> None:
    for settings in ({}, {"per_class": 64, "seeds": 4}, {"model": MLP(hidden=(1024, 512))}):
        embedding = small(**settings)
        lane, data = EmbeddingDocument(embedding).lanes[0], EmbeddingDocument(embedding).prepared()
        assert 0 < lane.memory_share(data) <= lane.share(data) <= 1
        assert (lane.share(data) == 1 / 16) == (not settings)


def test_numbers_for_targets_are_refused() -> None:
    with pytest.raises(ValueError, match="learned from classes"):
        small(dataset=Own(task="regression"))


def test_own_tables_are_embedded_with_missing_features() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3)) + np.repeat(np.arange(4), 15)[:, None]
    X[[0, 20, 50], 1] = np.nan
    table = Table(X, np.repeat(np.arange(4), 15), ("a", "b", "c"), ("w", "x", "y", "z"), fill_in=True)
    result = embed(small(dataset=Own(), held_out=(3,)), table)
    assert np.isfinite(result.points(0, 30, "unseen")).all()
    assert result.data.names == ("w", "x", "y", "z")


def test_only_directions_of_losses_of_angles_are_shown() -> None:
    result = embed(small(*every_metric(), space=PLANE))
    for run, of_run in enumerate(result.document.runs):
        lengths = np.hypot(*result.points(run, 30).T)
        assert of_run.loss.directions == bool(np.allclose(lengths, 1, atol=1e-5))


def test_people_carry_their_circumstances() -> None:
    embedding = small(dataset=People(people=12, circumstances=8), held_out=(10, 11))
    unseen = prepared(embedding).unseen
    assert unseen is not None
    assert unseen.circumstance is not None
    assert sorted(unseen.circumstance.tolist()) == sorted([*range(8)] * 2)

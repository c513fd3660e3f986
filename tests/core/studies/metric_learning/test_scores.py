"""Measures of embeddings against direct computations, and against scikit-learn's silhouette."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier

from core.studies.metric_learning.scores import MEASURES, alignment_and_uniformity, measured, retrieval, silhouette

SIZES = (5, 9, 2, 7)


@pytest.fixture
def labels() -> np.ndarray:
    return np.random.default_rng(0).permutation(np.repeat(np.arange(4), SIZES))


@pytest.fixture
def embeddings(labels: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.normal(size=(3, len(labels), 3)) + 0.8 * rng.normal(size=(4, 3))[labels]


def distances(embeddings: np.ndarray) -> np.ndarray:
    return np.sqrt(((embeddings[..., :, None, :] - embeddings[..., None, :, :]) ** 2).sum(axis=-1))


def map_at_r(d: np.ndarray, labels: np.ndarray) -> float:
    """Return MAP@R, query by query."""
    of_queries = []
    for query in range(len(labels)):
        others = [i for i in range(len(labels)) if i != query]
        r = sum(labels[i] == labels[query] for i in others)
        if not r:
            continue
        order = sorted(others, key=lambda i: d[query, i])[:r]
        hits = [labels[i] == labels[query] for i in order]
        of_queries.append(sum(sum(hits[: k + 1]) / (k + 1) for k in range(r) if hits[k]) / r)
    return float(np.mean(of_queries))


def test_recall_and_map_equal_a_direct_computation(embeddings: np.ndarray, labels: np.ndarray) -> None:
    for of_labels in (labels, np.where(labels == 2, np.arange(len(labels)) + 10, labels)):  # also rows that are alone in their class
        recall, found = retrieval(distances(embeddings), of_labels)
        for run, of_run in enumerate(embeddings):
            d = distances(of_run)
            asking = [i for i in range(len(of_labels)) if (of_labels == of_labels[i]).sum() > 1]
            nearest = [min((j for j in range(len(of_labels)) if j != i), key=lambda j, i=i: d[i, j]) for i in asking]  # type: ignore[misc]
            assert recall[run] == pytest.approx(np.mean([of_labels[i] == of_labels[j] for i, j in zip(asking, nearest, strict=True)]))
            assert found[run] == pytest.approx(map_at_r(d, of_labels))


def test_recall_is_that_of_the_nearest_neighbour(embeddings: np.ndarray, labels: np.ndarray) -> None:
    hits = []
    for i in range(len(labels)):
        others = np.arange(len(labels)) != i
        hits.append(KNeighborsClassifier(1).fit(embeddings[0][others], labels[others]).predict(embeddings[0][i : i + 1])[0] == labels[i])
    assert measured(embeddings, labels)["recall"][0] == pytest.approx(np.mean(hits))


def test_the_silhouette_is_scikit_learns(embeddings: np.ndarray, labels: np.ndarray) -> None:
    for of_labels in (labels, np.where(labels == 2, np.arange(len(labels)) + 10, labels)):
        found = measured(embeddings, of_labels)["silhouette"]
        for run, of_run in enumerate(embeddings):
            assert found[run] == pytest.approx(silhouette_score(of_run, of_labels), abs=1e-10)


def test_alignment_and_uniformity_equal_the_papers_expressions(embeddings: np.ndarray, labels: np.ndarray) -> None:
    near, even = alignment_and_uniformity(embeddings, labels)
    unit = embeddings / np.linalg.norm(embeddings, axis=-1, keepdims=True)
    i, j = np.triu_indices(len(labels), 1)
    for run, of_run in enumerate(unit):
        square = ((of_run[i] - of_run[j]) ** 2).sum(axis=1)
        assert near[run] == pytest.approx(square[labels[i] == labels[j]].mean())
        assert even[run] == pytest.approx(np.log(np.exp(-2 * square).mean()))


def test_measures_do_not_depend_on_the_precision_or_the_place(embeddings: np.ndarray, labels: np.ndarray) -> None:
    double, single = measured(embeddings, labels), measured(embeddings.astype(np.float32) + np.float32(50), labels)
    for name in ("recall", "map_r", "silhouette", "spread"):
        np.testing.assert_allclose(single[name], double[name], atol=1e-3)
    assert {*double} == {*MEASURES} - {"loss", "active"}


@pytest.mark.parametrize("labels_of", [np.zeros, np.arange], ids=["one class", "a class for each row"])
def test_rows_that_ask_nothing_have_no_measure(labels_of: Any, embeddings: np.ndarray) -> None:
    few = labels_of(24 - 1).astype(int)
    assert np.isnan(silhouette(distances(embeddings), few)).all()
    found = measured(embeddings, few)
    assert np.isnan(found["recall"]).all() == (labels_of is np.arange)


def test_a_collapsed_embedding_has_no_spread(labels: np.ndarray) -> None:
    found = measured(np.full((len(labels), 2), 0.3), labels)
    assert found["spread"] == pytest.approx(0, abs=1e-12)
    assert found["silhouette"] == pytest.approx(0)
    assert found["uniformity"] == pytest.approx(0)

"""What the views of people and of one triplet compute."""

from __future__ import annotations

import numpy as np
import pytest

from core.datasets.people import People
from core.models import MLP
from core.studies.metric_learning import contests
from core.studies.metric_learning.embedding import Embedding, default_embedding, metric, on_data, usual_held_out
from core.studies.metric_learning.lanes import embed
from core.studies.metric_learning.triplet_scene import ANCHOR, COSTS, NEGATIVE, POSITIVE, Scene
from core.studies.metric_learning.unseen import spaces

POINTS = {ANCHOR: (-0.5, 0.2), POSITIVE: (0.9, 0.9), NEGATIVE: (0.6, -0.6)}
SCENE = Scene(POINTS, 1.0, 0.5)


def test_raw_features_and_runs_are_judged_on_the_same_rows() -> None:
    data = People(people=12, circumstances=8)
    result = embed(Embedding(runs=(metric("contrastive"),), dataset=data, held_out=(10, 11), model=MLP(hidden=(6,)), updates=5))
    raw, learned = spaces(result)
    assert raw.points.shape == (16, 32)
    assert raw.drawn.shape == (16, 2)
    assert learned.points.shape == (16, 2)
    away = np.linalg.norm(raw.points - raw.points[3], axis=1)
    assert raw.nearest(3, 4) == [int(row) for row in np.argsort(away) if row != 3][:4]
    assert len(raw.nearest(0, 99)) == 15


def test_the_first_components_are_scikit_learns() -> None:
    from sklearn.decomposition import PCA

    result = embed(Embedding(runs=(metric("contrastive"),), dataset=People(people=12, circumstances=8), held_out=(11,), model=MLP(hidden=(6,)), updates=1))
    data = result.data
    assert data.unseen is not None
    wanted = PCA(2).fit(data.train.X.astype(float)).transform(data.unseen.X.astype(float))
    np.testing.assert_allclose(np.abs(spaces(result)[0].drawn), np.abs(wanted), rtol=1e-3, atol=1e-5)


def test_other_classes_are_held_out_on_other_data() -> None:
    people = People()
    embedding = on_data(default_embedding(), people)
    assert embedding.held_out == usual_held_out(people) == tuple(range(40, 48))
    assert on_data(embedding, People(seed=1)).held_out == embedding.held_out
    assert on_data(embedding, People(people=12)).held_out == (10, 11)
    assert on_data(embedding, default_embedding().dataset).held_out == ()
    assert contests.unseen("digits", None, ("contrastive",), (), 0, 10).held_out == (8, 9)
    assert contests.unseen("digits", None, ("contrastive",), (3,), 0, 10).held_out == (3,)


@pytest.mark.parametrize("name", COSTS)
def test_pulls_are_the_negative_slopes_of_the_cost(name: str) -> None:
    for place, point in enumerate(POINTS):
        for axis in (0, 1):
            costs = []
            for step in (1e-6, -1e-6):
                moved = list(POINTS[point])
                moved[axis] += step
                costs.append(Scene({**POINTS, point: tuple(moved)}, 1.0, 0.5).cost(name))
            assert SCENE.pulls(name)[place, axis] == pytest.approx(-(costs[0] - costs[1]) / 2e-6, abs=1e-6)


@pytest.mark.parametrize("name", COSTS)
@pytest.mark.parametrize("point", POINTS)
def test_the_curve_goes_through_the_present_cost(name: str, point: str) -> None:
    distances, costs = SCENE.along(name, point)
    assert np.interp(SCENE.distance(point), distances, costs) == pytest.approx(SCENE.cost(name), abs=2e-3)


def test_costs_by_hand() -> None:
    scene = Scene({ANCHOR: (0.0, 0.0), POSITIVE: (1.0, 0.0), NEGATIVE: (0.0, 2.0)}, 1.5, 0.5)
    assert scene.cost("triplet") == pytest.approx(0.5)
    assert scene.cost("triplet_squared") == 0
    pair = Scene({ANCHOR: (0.0, 0.0), NEGATIVE: (0.0, 1.0)}, 1.5, 0.5)
    assert pair.cost("contrastive") == pytest.approx(0.125)
    assert [name for name in COSTS if pair.offered(name)] == ["contrastive"]
    np.testing.assert_allclose(pair.pulls("contrastive"), [[0, -0.5], [0, 0.5]])

"""The scatters of embeddings and the plane of a triplet: what is in their data, and that their shape is built once."""

from __future__ import annotations

import numpy as np
import pytest

from core.studies.metric_learning.triplet_scene import Scene
from pages.ui.charts.theme import look
from pages.ui.metric_learning.charts import reach_of, scatter
from pages.ui.metric_learning.triplet_charts import plane

NAMES = tuple("abcdefghijklmnop")
LOOKS = [look(0, "one"), look(1, "other")]


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_scatter_has_the_finite_points_with_their_classes(dimensions: int) -> None:
    points, numbers = np.random.default_rng(0).normal(size=(30, dimensions)), np.arange(30) % 3
    points[4] = np.nan
    data, spec = scatter(points, numbers, NAMES, LOOKS[0], reach=2.0, height=200, dark=False, ringed=[2], near=[5, 6], clickable=True)
    assert len(data["points"]) == 29
    assert data["points"]["label"].tolist()[:3] == ["a", "b", "c"]
    assert data["points"]["row"].tolist() == [row for row in range(30) if row != 4]
    assert (len(data["ringed"]), len(data["near"])) == (1, 2)
    assert spec["layer"][-1]["mark"]["color"] == LOOKS[0].color  # the swatch
    _, again = scatter(points * 2, numbers, NAMES, LOOKS[0], reach=2.0, height=200, dark=False, clickable=True)
    assert again["layer"] == spec["layer"], "data travel apart from the shape"


def test_many_classes_have_no_names_on_the_picture() -> None:
    points = np.random.default_rng(0).normal(size=(64, 2))
    few, _ = scatter(points, np.arange(64) % 12, NAMES, LOOKS[0], reach=2.0, height=200, dark=True)
    many, _ = scatter(points, np.arange(64) % 16, NAMES, LOOKS[0], reach=2.0, height=200, dark=True)
    assert (len(few["names"]), len(many["names"])) == (12, 0)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_no_name_covers_another(dimensions: int) -> None:
    """Four classes in one heap: a name that would cover another stands at a point of its class beside it, and is left out if there is none."""
    rng = np.random.default_rng(0)
    points, numbers = rng.normal(size=(80, dimensions)), np.arange(80) % 4
    points /= np.linalg.norm(points, axis=1, keepdims=True) if dimensions == 3 else 1
    names = scatter(points, numbers, NAMES, LOOKS[0], reach=3.0, height=200, dark=False)[0]["names"]
    assert names["label"].tolist() == ["a", "b", "c", "d"]
    places = names[[*"xyz"[:dimensions]]].to_numpy()
    apart = np.linalg.norm(places[:, None] - places, axis=-1)[np.triu_indices(4, 1)]
    assert (apart >= 0.1 * 2 * (3.0 if dimensions == 2 else 1.12)).all()
    heap = scatter(0.01 * points, numbers, NAMES, LOOKS[0], reach=3.0, height=200, dark=False)[0]["names"] if dimensions == 2 else names[:1]
    assert heap["label"].tolist() == ["a"]


def test_names_on_the_far_side_of_a_sphere_are_pale_and_cover_nothing() -> None:
    points = np.random.default_rng(0).normal(size=(30, 3))
    _, spec = scatter(points, np.arange(30) % 3, NAMES, LOOKS[0], reach=2.0, height=200, dark=False)
    halo, name = (layer for layer in spec["layer"] if layer["data"].get("name") == "names")
    assert {"filter": "datum.depth >= 0"} in halo["transform"]
    assert name["encoding"]["opacity"] == {"condition": {"test": "datum.depth >= 0", "value": 1}, "value": 0.35}


def test_points_of_a_triplet_have_the_colours_of_classes_and_arrows_those_of_losses() -> None:
    scene = Scene({"anchor": (0.0, 0.0), "positive": (1.0, 0.0), "negative": (0.0, 0.5)}, 1.0, 0.5)
    _, spec = plane(scene, {"contrastive": scene.pulls("contrastive")}, LOOKS[:1], "negative", height=300, dark=False)
    assert spec["resolve"] == {"scale": {"color": "independent"}}, "a shared scale gives the points the colours of the losses"


def test_a_picture_holds_almost_all_points_that_are_finite() -> None:
    points = np.random.default_rng(0).normal(size=(5, 400, 2))
    points[0, 0] = np.nan
    reach = reach_of(points)
    inside = (np.abs(points) <= reach).all(axis=-1).mean()
    assert inside > 0.98
    assert reach_of(np.full((3, 2), np.nan)) == 1


def test_the_strongest_pull_of_each_loss_has_the_longest_arrow() -> None:
    scene = Scene({"anchor": (0.0, 0.0), "positive": (1.0, 0.0), "negative": (0.0, 0.5)}, 1.0, 0.5)
    pulls = {"contrastive": scene.pulls("contrastive"), "triplet": 7 * scene.pulls("triplet")}
    data, _ = plane(scene, pulls, LOOKS, "negative", height=300, dark=False)
    arrows = data["arrows"]
    lengths = np.hypot(arrows["x2"] - arrows["x"], arrows["y2"] - arrows["y"])
    for run in ("r0", "r1"):
        of_run = lengths[arrows["run"] == run]
        assert of_run.max() == pytest.approx(0.9, rel=1e-5)
        np.testing.assert_allclose(of_run / of_run.max(), arrows["pull"][arrows["run"] == run] / arrows["pull"][arrows["run"] == run].max(), rtol=1e-5)
    still, _ = plane(scene, {"contrastive": np.zeros((3, 2))}, LOOKS[:1], "anchor", height=300, dark=False)
    assert len(still["arrows"]) == 0

"""What is measured of samples: scipy's distance, modes by hand, clouds that scatter about their skeletons."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from core.studies.adversarial.clouds import CLOUDS, Cloud, OwnPoints, Ring
from core.studies.adversarial.exam import DIRECTIONS, coverage, directions, projected, sliced_distance
from tests.changed import changed
from tests.items import in_one


def test_the_sliced_distance_is_the_mean_of_scipys() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(3, 200, 2)), rng.normal(0.5, 2, size=(3, 200, 2))
    expected = [np.mean([wasserstein_distance(x @ d, y @ d) for d in directions().T]) for x, y in zip(one, other, strict=True)]
    np.testing.assert_allclose(sliced_distance(one, projected(other)), expected, rtol=1e-12)
    assert directions().shape == (2, DIRECTIONS)
    np.testing.assert_allclose(np.square(directions()).sum(axis=0), 1)


def test_a_shift_is_seen_as_in_the_plane() -> None:
    """A cloud moved by δ is |δ| · 2/π away: the mean of |cos| over all directions."""
    points = np.random.default_rng(0).normal(size=(50, 2))
    assert sliced_distance(points, projected(points)) == 0
    for angle in (0.0, 0.7, 2.0):
        moved = points + 3 * np.array([np.cos(angle), np.sin(angle)])
        assert sliced_distance(points, projected(moved)) == pytest.approx(3 * 2 / np.pi, rel=1e-3)


def test_modes_and_quality_by_hand() -> None:
    ring = Ring(modes=4, radius=1.0, spread=0.1)
    centres = ring.skeleton()
    points = np.concatenate([np.repeat(centres[:1], 60, axis=0), np.repeat(centres[1:2], 7, axis=0), np.repeat(centres[2:3], 6, axis=0), np.zeros((27, 2))])
    covered, quality = coverage(ring, points)  # a quarter of a share is 100 / 4 / 4 = 6.25 samples
    assert (covered, quality) == (2, 0.73)
    edge = np.array([[1.299, 0.0], [1.301, 0.0]])
    assert coverage(ring, edge)[1] == 0.5


@in_one("cloud", [cls() for cls in CLOUDS.values()])
def test_a_cloud_covers_itself(cloud: Cloud) -> None:
    points = cloud.draw(np.random.default_rng(0), (3, 2000))
    assert points.shape == (3, 2000, 2)
    covered, quality = coverage(cloud, points)
    assert (covered == cloud.parts().max() + 1).all()
    assert (quality > 0.985).all(), "3σ of a normal distribution in the plane hold 98.9 %"
    assert np.abs(points).max() < cloud.reach * 1.05
    shares = np.bincount(cloud.parts()) / len(cloud.parts())
    np.testing.assert_allclose(shares, shares[0], atol=0.01)


@in_one("cloud", [cls() for cls in CLOUDS.values()])
def test_a_cloud_is_documented_and_survives_json(cloud: Cloud) -> None:
    assert all((cloud.title, cloud.summary, cloud.formula, cloud.reference, cloud.__doc__))
    other = changed(cloud, "spread")
    values = other.to_dict()
    assert CLOUDS[values.pop("kind")].from_dict(values) == other != cloud


def test_own_points_are_modes() -> None:
    cloud = OwnPoints(points=(0.0, 1.0, 2.0, -1.0), spread=0.01)
    points = cloud.draw(np.random.default_rng(0), (500,))
    assert np.unique(points.round(), axis=0).tolist() == [[0, 1], [2, -1]]

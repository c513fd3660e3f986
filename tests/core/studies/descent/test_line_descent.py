"""Batch, mini-batch and stochastic descent on a line: the published example, the same samples, stop criteria, and every rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.optimizers import OPTIMIZERS
from core.studies.descent.line_descent import MOST_UPDATES, PUBLISHED, PUBLISHED_START, LineDescent, clipped, ellipses, frames, path, published
from core.studies.descent.surfaces.fits import LineMSE
from tests.items import in_one


def test_the_published_example() -> None:
    way = path(published(), 0)
    assert way.updates == 1000
    assert way.points[0] == pytest.approx(PUBLISHED_START, abs=0)
    assert way.points[-1] == pytest.approx(PUBLISHED[:2], abs=1e-9)
    assert way.losses[-2] == pytest.approx(PUBLISHED[2], abs=1e-9)
    assert way.reason == "samples"


def test_the_published_data() -> None:
    np.random.seed(0)  # noqa: NPY002  as published
    x = np.random.uniform(-1, 1, 100)  # noqa: NPY002
    y = 2 + 3 * x + np.random.normal(0, 0.5, 100)  # noqa: NPY002
    np.testing.assert_array_equal(published().surface.data(), (x, y))


def test_all_paths_see_the_same_samples() -> None:
    found = frames(LineDescent(epochs=7, batches=(0, 30, 10, 1), learning_rate=0.05), 50)
    assert [way.updates for way, _ in found.values()] == [7, 28, 70, 700]
    for way, at in found.values():
        assert way.samples[-1] == 700
        assert (np.diff(way.samples) > 0).all()
        assert at[0] == 0
        assert at[-1] == way.updates
        assert (way.samples[at] <= np.arange(51) * 14).all()


@pytest.mark.parametrize("kind", list(OPTIMIZERS))
@in_one("batch", [0, 7, 1])
def test_every_rule_takes_the_steps_that_the_surface_shows_it(kind: str, batch: int) -> None:
    """Sums over batches are taken beforehand: the gradients are those of `LineMSE.seen` to the last digits."""
    descent = LineDescent(surface=LineMSE(rows=30), optimizer=OPTIMIZERS[kind](), learning_rate=0.01, epochs=3, batches=(batch,))
    way, surface = path(descent, batch), replace(descent.surface, batch=batch)
    params = np.array(descent.start)
    state = descent.optimizer.init(params)
    for step in range(1, way.updates + 1):
        params, state = descent.optimizer.update(surface.seen(params, step), state, params, step, 0.01)
        np.testing.assert_allclose(way.points[step], params, rtol=1e-9, atol=1e-9)


def test_each_epoch_is_another_order_of_all_rows() -> None:
    surface = LineMSE(rows=20, batch=6)
    epochs = [np.concatenate([surface.batch_rows(4 * epoch + i) for i in range(1, 5)]) for epoch in range(2)]
    for rows in epochs:
        assert sorted(rows) == list(range(20))
    assert list(epochs[0]) != list(epochs[1])


def test_a_large_batch_is_the_full_batch() -> None:
    descent = LineDescent(surface=LineMSE(rows=20), epochs=5)
    np.testing.assert_array_equal(path(descent, 0).points, path(descent, 100).points)


def test_small_batches_come_further_and_do_not_settle() -> None:
    found = {batch: way for batch, (way, _) in frames(LineDescent(), 100).items()}
    lowest = LineDescent().lowest
    above = {batch: way.losses - lowest for batch, way in found.items()}
    assert above[1][100] < above[0][1]  # after one epoch
    late = {batch: each[len(each) // 2 :] for batch, each in above.items()}
    assert late[10].mean() < late[1].mean() / 5
    assert (np.diff(found[0].losses) < 0).all()
    assert (np.diff(found[1].losses) > 0).mean() > 0.3


@pytest.mark.parametrize("share", [0.9, 0.99, 1.01, 1.1])
def test_full_batch_descent_converges_below_two_over_the_curvature(share: float) -> None:
    descent = LineDescent(batches=(0,), epochs=2000)
    descent = replace(descent, learning_rate=share * descent.largest_rate)
    way = path(descent, 0)
    assert way.reason == ("samples" if share < 1 else "diverged")
    assert np.isfinite(way.points).all()
    if share < 1:
        assert way.losses[-1] == pytest.approx(descent.lowest, abs=1e-9)


def test_why_a_path_ends() -> None:
    base = LineDescent(batches=(0,), epochs=500)
    by_loss = path(replace(base, stop_loss=0.3), 0)
    assert by_loss.reason == "loss"
    assert by_loss.losses[-1] < 0.3 <= by_loss.losses[-2]
    by_gradient = path(replace(base, stop_gradient=0.01), 0)
    assert by_gradient.reason == "gradient"
    assert by_gradient.slopes[-1] < 0.01 <= by_gradient.slopes[-2]
    assert path(replace(base, max_updates=20), 0).reason == "updates"
    assert path(replace(base, max_updates=20), 0).updates == 20
    limited = path(replace(base, learning_rate=0.001), 1)
    assert limited.reason == "limit"
    assert limited.updates == MOST_UPDATES
    assert path(replace(base, start=tuple(base.surface.minima[0]), stop_gradient=0.01), 0).updates == 0


def test_a_step_out_of_all_bounds_leaves_what_was_before() -> None:
    way = path(LineDescent(batches=(1,), learning_rate=1e6), 1)
    assert way.reason == "diverged"
    assert np.isfinite(way.losses).all()


def test_rings_are_level_sets() -> None:
    surface = LineMSE(rows=40, noise=1.0, seed=3)
    levels = np.array([0.1, 1.0, 5.0])
    rings = ellipses(surface, levels)
    lowest = surface.value(np.array(surface.minima[0]))
    np.testing.assert_allclose(surface.value(rings), np.repeat((lowest + levels)[:, None], rings.shape[1], axis=1))


def test_lines_are_cut_to_the_box() -> None:
    bias, slope = np.array([0.0, 0.0, 5.0, 0.5, 0.0]), np.array([1.0, 10.0, 0.0, 0.0, -10.0])
    ends = np.array(clipped(bias, slope, (-1.0, 1.0), (-2.0, 2.0))).T
    np.testing.assert_allclose(ends, [(-1, -1, 1, 1), (-0.2, -2, 0.2, 2), (np.nan,) * 4, (-1, 0.5, 1, 0.5), (-0.2, 2, 0.2, -2)])


def test_the_choice_survives_json() -> None:
    descent = LineDescent(batches=(0, 5), optimizer=OPTIMIZERS["adam"](), stop_loss=0.5)
    assert LineDescent.from_dict(descent.to_dict()) == descent

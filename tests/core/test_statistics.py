"""What few rows and seeds can tell: against exact tests, known intervals, and how often nothing is found where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.statistics import SAMPLES, draws, half_width, ranking, share_interval, smoothed


def samples_of(right: np.ndarray) -> np.ndarray:
    """Return the share of right rows (R, B) in samples of rows that are right or not, (R, N)."""
    return np.concatenate([part @ right.T / right.shape[1] for part in draws(right.shape[1])]).T


def told(right: np.ndarray) -> tuple[int | None, list[bool]]:
    found = ranking(right.mean(axis=1)[None], True, samples_of(right), grain=1 / right.shape[1])
    return found.best, found.tied.tolist()


@pytest.mark.parametrize("rows", [1, 7, 1500, 5_000_000 // SAMPLES])
def test_samples_are_of_all_rows_and_always_the_same(rows: int) -> None:
    parts = list(draws(rows))
    together = np.concatenate(parts)
    assert together.shape == (SAMPLES, rows)
    assert (together.sum(axis=1) == rows).all()
    np.testing.assert_array_equal(together[: len(parts[0])], next(draws(rows)))
    if rows > 100:
        np.testing.assert_allclose(together.var(), 1, rtol=0.05)  # a count is nearly Poisson of mean 1


@pytest.mark.parametrize(("more", "fewer", "tie"), [(0, 0, True), (5, 0, True), (6, 0, False), (6, 1, True), (12, 2, False), (30, 25, True)])
def test_rows_that_two_runs_differ_in(more: int, fewer: int, tie: bool) -> None:
    """As McNemar's exact test at 5 %: of 60 rows one run alone has `more` right, the other alone `fewer`."""
    right = np.ones((2, 60))
    right[1, :more], right[0, more : more + fewer] = 0, 0
    assert (more + fewer == 0 or stats.binomtest(more, more + fewer).pvalue > 0.05) == tie
    assert told(right) == (0, [tie, tie])


def test_equal_runs_are_found_different_as_seldom_as_promised() -> None:
    """Four models of the same accuracy, whose rows are partly the same: at least one is told from the best in about 5 of 100 data sets, at most."""
    rng, wrongly, data_sets = np.random.default_rng(0), 0, 300
    for _ in range(data_sets):
        hard = rng.uniform(size=250) < 0.5
        _, ties = told((rng.uniform(size=(4, 250)) < np.where(hard, 0.75, 0.95)).astype(float))
        wrongly += not all(ties)
    assert wrongly / data_sets < 0.09


def test_runs_that_differ_are_told_apart_and_pairing_is_what_does_it() -> None:
    """Runs that are wrong in the same rows but for a few differ by less than their own intervals are wide."""
    wrong = np.zeros((2, 400))
    wrong[:, :80], wrong[1, 80:92] = 1, 1
    right = 1 - wrong
    assert told(right) == (0, [False, False])
    assert right[0].mean() - right[1].mean() < 2 * half_width(samples_of(right)[0])


@pytest.mark.parametrize("seeds", [2, 5])
@pytest.mark.parametrize("overlap", [0.0, 0.75])
def test_seeds_are_a_paired_t_interval(seeds: int, overlap: float) -> None:
    """With overlapping splits that of Nadeau and Bengio: the variance of a mean of S differences is (1/S + n₂/n₁) s²."""
    values = np.random.default_rng(seeds).normal([1.0, 1.4], 0.2, (seeds, 2))
    found = ranking(values, False, overlap=overlap)
    difference = values[:, 1] - values[:, 0]
    if not overlap:
        low, high = stats.ttest_rel(values[:, 1], values[:, 0]).confidence_interval(0.95)
        np.testing.assert_allclose(found.told[1 - int(found.best or 0)], (high - low) / 2, rtol=1e-12)
    wanted = stats.t.ppf(0.975, seeds - 1) * difference.std(ddof=1) * np.sqrt(1 / seeds + overlap)
    np.testing.assert_allclose(found.least, wanted, rtol=1e-12)


def test_rows_and_seeds_add_as_squares() -> None:
    rng = np.random.default_rng(3)
    values, samples = rng.normal(size=(4, 2)), rng.normal(size=(2, SAMPLES))
    both, of_rows, of_seeds = ranking(values, True, samples), ranking(values.mean(axis=0)[None], True, samples), ranking(values, True)
    np.testing.assert_allclose(both.least**2, of_rows.least**2 + of_seeds.least**2, rtol=1e-12)


def test_nothing_is_best_where_nothing_can_be_told() -> None:
    """Of one run, of one seed without its rows, and of runs whose value is not known."""
    samples = np.random.default_rng(0).normal(size=(3, SAMPLES))
    for values, known in (([[0.5]], None), ([[0.5, 0.7]], None), ([[0.5, np.nan, np.nan]], samples)):
        found = ranking(np.array(values), True, known)
        assert found.best is None
        assert not found.marked.any()
        assert not found.tied.any()
    found = ranking(np.array([[0.5, np.nan, 9.0]]), True, samples / 100)
    assert (found.best, found.marked.tolist(), found.tied.tolist()) == (2, [False, False, True], [False] * 3)


@pytest.mark.parametrize(("hits", "rows", "low", "high"), [(60, 60, 0.9398, 1.0), (346, 359, 0.9391, 0.9787), (0, 10, 0.0, 0.2775)])
def test_the_interval_of_a_share_is_wilsons(hits: int, rows: int, low: float, high: float) -> None:
    """Which is one also where every row is right; (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)."""
    z, p = stats.norm.ppf(0.975), hits / rows
    middle, room = p + z**2 / 2 / rows, z * np.sqrt(p * (1 - p) / rows + z**2 / 4 / rows**2)
    np.testing.assert_allclose(share_interval(hits, rows), np.array([middle - room, middle + room]) / (1 + z**2 / rows), atol=1e-12)
    np.testing.assert_allclose(share_interval(hits, rows), (low, high), atol=1e-4)


def test_a_moving_average_begins_at_the_first_value_and_leaves_gaps() -> None:
    values = np.array([[1.0, np.nan], [3.0, 2.0], [np.nan, 4.0], [5.0, 4.0]])
    made = smoothed(values, 0.5)
    np.testing.assert_allclose(made[:, 1], [np.nan, 2.0, 5.0 / 1.5, 6.5 / 1.75])
    np.testing.assert_allclose(made[:3, 0], [1.0, 3.5 / 1.5, np.nan])
    assert made[3, 0] == pytest.approx((0.25 * 1 + 0.5 * 3 + 5) / 1.75), "an epoch without a value makes the others no older"
    np.testing.assert_array_equal(smoothed(values, 0.0), values)

"""Levels and contour lines of functions with known contours."""

from __future__ import annotations

import numpy as np

from core.inspection.fields import contour_lines, spread_levels

X, Y = np.linspace(-2, 2, 41), np.linspace(-1, 1, 21)
ACROSS, UP = np.meshgrid(X, Y)


def test_contours_of_a_slope_are_straight() -> None:
    lines = contour_lines(X, Y, 3 * ACROSS, np.array([-1.5, 3.0]))
    np.testing.assert_allclose(np.unique(lines[np.isfinite(lines[:, 0]), 0].round(12)), [-0.5, 1.0])
    assert np.isnan(lines).all(axis=1).sum() == 2, "a row of NaN behind each line"
    np.testing.assert_allclose([np.nanmin(lines[:, 1]), np.nanmax(lines[:, 1])], [-1, 1], err_msg="lines keep their ends")


def test_contours_of_a_bowl_are_circles() -> None:
    lines = contour_lines(X, Y, ACROSS**2 + UP**2, np.array([0.25]))
    np.testing.assert_allclose(np.hypot(*lines[:-1].T), 0.5, atol=5e-3)


def test_no_level_no_line() -> None:
    assert contour_lines(X, Y, ACROSS, np.array([])).shape == (0, 2)


def test_levels_spread_over_the_map() -> None:
    levels = spread_levels(np.linspace(0, 1, 1001) ** 2, 4)
    np.testing.assert_allclose(levels, (np.arange(1, 5) / 4.5) ** 4, atol=1e-3)
    assert len(spread_levels(np.zeros(9), 4)) == 1, "a flat map has one level"

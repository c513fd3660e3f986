"""The pictures of what is marked: the colour of each pixel, the same in words, and names that are escaped."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageColor

from pages.ui.charts.theme import PAPER, look
from pages.ui.segmentation.pictures import colors, errors, grid

LEVEL = np.array([[90, 10], [80, 20]], np.uint8)
MASK = np.array([[1.0, 1], [0, 0]])


def pixels(uri: str) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("RGB"))


@pytest.mark.parametrize("dark", [False, True])
def test_each_error_has_its_colour(dark: bool) -> None:
    picture, words = errors(LEVEL, MASK, 50, dark)
    assert words == "1 found, 1 missed, 1 false"
    wanted = [[colors(dark)["found"], colors(dark)["missed"]], [colors(dark)["false"], PAPER[dark]]]
    np.testing.assert_array_equal(pixels(picture), [[ImageColor.getrgb(color) for color in line] for line in wanted])


def test_a_pixel_at_the_threshold_is_marked() -> None:
    assert errors(LEVEL, MASK, 90, False)[1] == "1 found, 1 missed, 0 false"
    assert errors(LEVEL, MASK, 91, False)[1] == "0 found, 2 missed, 0 false"


def test_a_line_for_each_image_and_names_escaped() -> None:
    images = np.stack([MASK, MASK])
    found = grid(images, images, [np.stack([LEVEL] * 2)] * 2, [look(0, "<b>mine"), look(3, "other")], [50, 85], 7, False)
    assert "<b>" not in found
    assert "&lt;b&gt;mine" in found
    assert found.count("<tr>") == 2 + 2
    assert 'alt="image 8"' in found
    assert "D other: 1 found, 1 missed, 0 false" in found


def test_empty_and_full_probabilities_are_not_stretched() -> None:
    """Faint probabilities stay faint: the scale is 0 to 1 and not that of the picture."""
    faint = np.full((1, 2, 2), 5, np.uint8)
    found = grid(np.zeros((1, 2, 2)), np.zeros((1, 2, 2)), [faint], [look(0, "x")], [50], 0, False)
    uri = found.split('alt="probabilities of A x"')[1].partition('src="')[2].partition('"')[0]
    assert (pixels(uri) > 235).all()

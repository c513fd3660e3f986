"""The palette: its contrast with both pages, and its distances for people who see fewer colours."""

from __future__ import annotations

import re
import tomllib
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pages.ui.charts import theme
from pages.ui.losses.curves import STEP_COLOR
from pages.ui.losses.pull_charts import SIDES


def luminance(color: str) -> float:
    part = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return float(np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def written_pages(dark: bool) -> list[str]:
    """Return what text stands on besides the page: the sidebar, and widgets there and here."""
    settings = tomllib.loads((Path(__file__).parents[4] / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]["dark" if dark else "light"]
    return [settings["secondaryBackgroundColor"], settings["sidebar"]["backgroundColor"], settings["sidebar"]["secondaryBackgroundColor"]]


@pytest.mark.parametrize("dark", [False, True])
def test_what_is_pressed_is_read_in_white(dark: bool) -> None:
    settings = tomllib.loads((Path(__file__).parents[4] / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]["dark" if dark else "light"]
    assert contrast(settings["primaryColor"], "#FFFFFF") >= 4.5
    assert contrast(settings["primaryColor"], theme.PAPER[dark]) >= 3
    assert contrast(settings["linkColor"], theme.PAPER[dark]) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
def test_colors_stand_out_from_the_page(dark: bool) -> None:
    """WCAG 2.2: 3 for what has to be seen of a picture (1.4.11), 4.5 for text (1.4.3). A class's colour is filled into an outline in the colour of text."""
    assert min(contrast(color, theme.PAPER[dark]) for color in (*theme.RUN_COLORS, *SIDES, STEP_COLOR)) >= 3
    assert min(contrast(color, theme.PAPER[dark]) for color in theme.class_colors(10)) >= 1.9
    for text in (theme.INK[dark], theme.FOOTNOTE[dark], theme.CHOSEN[dark]):
        assert min(contrast(text, page) for page in (theme.PAPER[dark], *written_pages(dark))) >= 4.5
    paper = np.array([int(theme.PAPER[dark][i : i + 2], 16) for i in (1, 3, 5)])
    red, green, blue, share = map(float, re.findall(r"[\d.]+", theme.AXIS[dark]))
    over = (share * np.array([red, green, blue]) + (1 - share) * paper).round().astype(int)
    assert contrast("#" + "".join(f"{part:02X}" for part in over), theme.PAPER[dark]) >= 3


# Normal vision, then Machado's matrices for full protanopia, deuteranopia and tritanopia, on linear RGB.
SIGHTS = {
    "normal": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}
TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]])
TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]])


def oklab(color: str, sight: str) -> Any:
    part = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return TO_LAB @ np.cbrt(TO_LMS @ np.clip(SIGHTS[sight] @ linear, 0, 1))


@pytest.mark.parametrize("sight", list(SIGHTS))
@pytest.mark.parametrize("colors", [theme.RUN_COLORS, theme.class_colors(10)], ids=["runs", "classes"])
def test_colors_differ_for_the_color_blind(colors: tuple[str, ...], sight: str) -> None:
    points = [oklab(color, sight) for color in colors]
    assert min(float(np.linalg.norm(one - other)) for one, other in combinations(points, 2)) >= 0.08

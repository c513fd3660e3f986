"""Rows of data that are pictures, as pictures."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def drawn(values: NDArray[Any], dark: bool, span: tuple[float, float] | None = None) -> list[str]:
    """Return the URI of a PNG for each of N pictures (N, height, width), one byte a pixel: the largest value of all is ink, the smallest is the page.

    `span`: the values that are page and ink instead; what lies beyond is as they are.
    """
    low, high = span or ((values.min(), values.max()) if values.size else (0.0, 0.0))
    ink = np.clip((values - low) / max(high - low, 1e-12), 0, 1)
    return [_png(picture) for picture in (255 * (ink if dark else 1 - ink)).round().astype(np.uint8)]


def _png(picture: NDArray[Any]) -> str:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()

"""Rows of data that are pictures, as pictures."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def drawn(values: NDArray[Any], dark: bool) -> list[str]:
    """Return the URI of a PNG for each of N pictures (N, height, width), one byte a pixel: the largest value of all is ink, the smallest is the page."""
    low, high = (values.min(), values.max()) if values.size else (0.0, 0.0)
    ink = (values - low) / max(high - low, 1e-12)
    return [_png(picture) for picture in (255 * (ink if dark else 1 - ink)).round().astype(np.uint8)]


def _png(picture: NDArray[Any]) -> str:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()

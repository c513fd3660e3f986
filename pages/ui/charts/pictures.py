"""Rows of data that are pictures, as URIs of PNGs. Pure."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[Any]


def row_pictures(values: Array, shape: tuple[int, int], dark: bool) -> list[str]:
    """Return the URI of a PNG for each row of pixels (n, D), one byte a pixel: the largest value of all is ink, the smallest is the page."""
    low, high = (values.min(), values.max()) if values.size else (0.0, 0.0)
    ink = (values - low) / max(high - low, 1e-12)
    bytes_ = (255 * (ink if dark else 1 - ink)).round().astype(np.uint8).reshape(-1, *shape)
    return [_png(picture) for picture in bytes_]


def _png(picture: Array) -> str:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()

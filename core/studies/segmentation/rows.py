"""The images of a segmentation, those to train on and those of the test, with the patch around each pixel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.segmentation.document import Segmentation
from core.studies.segmentation.scenes import Scene

Array = NDArray[Any]

_IMAGES = 7


@dataclass(frozen=True, eq=False)
class Images:
    """Images (N, H, W), their masks (N, K), and the patch of each pixel (N, K, F)."""

    images: Array
    masks: Array
    patches: Array

    @property
    def empty(self) -> Array:
        """Which images (N,) have no foreground."""
        return np.asarray(~self.masks.any(axis=1))

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return self.images.nbytes + self.masks.nbytes + self.patches.nbytes


@dataclass(frozen=True, eq=False)
class Prepared:
    """The images of a segmentation: `train`, and `test`, of which no run sees one before it is measured."""

    train: Images
    test: Images

    @property
    def foreground(self) -> float:
        """The share of the training pixels that are foreground."""
        return float(self.train.masks.mean())

    @property
    def nbytes(self) -> int:
        """Bytes of all images."""
        return self.train.nbytes + self.test.nbytes


def prepared(document: Segmentation) -> Prepared:
    """Return the images of a segmentation, from a cache of the last ones. They follow from scene, number, patch and seed. Nothing may change them."""
    return _prepared(document.scene, document.images, document.patch, document.seed, document.dtype)


@lru_cache(maxsize=4)
def _prepared(scene: Scene, count: int, patch: int, seed: int, dtype: str) -> Prepared:
    images, masks = scene.draw(np.random.default_rng([seed, _IMAGES]), 2 * count)
    halves = [
        Images(images[half].astype(dtype), masks[half].reshape(count, -1).astype(dtype), patches(images[half], patch).astype(dtype))
        for half in (slice(count), slice(count, None))
    ]
    return Prepared(*halves)


def patches(images: Array, side: int) -> Array:
    """Return the patches (N, H * W, side²) of images (N, H, W), line by line, with zeros beyond the edge."""
    reach = side // 2
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(1, 2))
    return windows.reshape(len(images), -1, side * side)

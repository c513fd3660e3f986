"""The images: what is in them, and which pixels are its foreground. A scene draws any number of images with their masks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry, integer, real
from core.words import Said

Array = NDArray[Any]

#: ink begins at this share of the darkest pixel
_INK = 0.5


class Scene(Declared, ABC):
    """Images (N, H, W) whose background is 0 and whose foreground is about 1, under normal noise, and their masks of 0 and 1."""

    noise: float
    empty: float

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """Height and width."""

    @property
    def most(self) -> int | None:
        """The largest number of images that can be drawn without one twice; None if there is no such number."""
        return None

    @abstractmethod
    def clean(self, rng: np.random.Generator, count: int) -> tuple[Array, Array]:
        """Return images and masks, each (N, H, W), without noise, none of them empty."""

    def draw(self, rng: np.random.Generator, count: int) -> tuple[Array, Array]:
        """Return images and masks, each (N, H, W). Of so many images the share `empty`, rounded, has nothing but noise; they are spread evenly."""
        images, masks = self.clean(rng, count)
        empty = np.diff(np.floor(np.arange(count + 1) * self.empty + 0.5)) > 0
        images[empty], masks[empty] = 0, 0
        return images + self.noise * rng.standard_normal(images.shape), masks


SCENES: Registry[Scene] = Registry("scene")


def _noise(default: float) -> Any:
    return real(default, 0.0, 1.0, step=0.05, hard="[0, 10]", symbol=r"\sigma", doc="Standard deviation of the noise; foreground is 1 above background.")


def _empty(default: float) -> Any:
    return real(default, 0.0, 0.75, step=0.05, hard="[0, 1)", label="Empty images", doc="Share of the images that have nothing in them.")


@SCENES.add("discs")
@dataclass(frozen=True)
class Discs(Scene):
    """Discs at random places of a square image; a pixel belongs to one if its middle does."""

    smallest: float = real(1.0, 1.0, 4.0, step=0.1, hard="[0.75, 16]", label="Smallest radius", doc="Radius of the smallest disc, in pixels.")
    largest: float = real(2.2, 1.0, 5.0, step=0.1, hard="[0.75, 16]", label="Largest radius", doc="Radius of the largest disc, in pixels.")
    number: int = integer(1, 1, 4, hard="[1, 20]", label="Discs", doc="Discs of an image that is not empty, at most; from 1 on all numbers are as frequent.")
    side: int = integer(16, 12, 24, hard="[8, 48]", stops=(12, 16, 20, 24), label="Side", doc="Height and width of an image, in pixels.")
    noise: float = _noise(0.5)
    empty: float = _empty(0.25)

    title = "Discs"
    summary = "Small bright discs under noise, and some images without any: the foreground is a fortieth of all pixels."
    reference = "Made up"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.smallest > self.largest:
            raise ValueError(Said("the smallest radius is larger than the largest: exchange them"))
        if self.largest * 2 > self.side:
            raise ValueError(Said("a disc of the largest radius is wider than the image: take larger images, or smaller discs"))

    @property
    def shape(self) -> tuple[int, int]:
        """The side, twice."""
        return self.side, self.side

    def clean(self, rng: np.random.Generator, count: int) -> tuple[Array, Array]:
        """Return images that are their masks."""
        radius = rng.uniform(self.smallest, self.largest, (count, self.number))
        middle = radius[..., None] - 0.5 + rng.random((count, self.number, 2)) * (self.side - 2 * radius[..., None])
        there = np.arange(self.number) < rng.integers(1, self.number + 1, count)[:, None]
        at = np.arange(self.side)
        square = np.square(at - middle[..., :1])[..., :, None] + np.square(at - middle[..., 1:])[..., None, :]
        masks = ((square <= np.square(radius)[..., None, None]) & there[..., None, None]).any(axis=1).astype(float)
        return masks.copy(), masks


@SCENES.add("ink")
@dataclass(frozen=True)
class Ink(Scene):
    """Handwritten digits of 8 x 8 pixels; the foreground is what is at least half as dark as the darkest ink."""

    noise: float = _noise(0.4)
    empty: float = _empty(0.1)

    title = "Ink of digits"
    summary = "Handwritten digits under noise: a third of all pixels is ink, so little is gained by another loss."
    reference = "Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998"

    @property
    def shape(self) -> tuple[int, int]:
        """8 times 8."""
        return 8, 8

    @property
    def most(self) -> int:
        """All digits that there are."""
        return len(_digits())

    def clean(self, rng: np.random.Generator, count: int) -> tuple[Array, Array]:
        """Return different digits; the darkest ink is 1."""
        images = _digits()[rng.permutation(self.most)[:count]]
        return images, (images >= _INK).astype(float)


@lru_cache(maxsize=1)
def _digits() -> Array:
    from core.datasets import DATASETS

    digits: Array = DATASETS["digits"]().load().X.reshape(-1, 8, 8) / 16
    return digits

"""What an empty mask teaches: the pull of a loss on an image in which nothing is, over the smoothing. Exact, without a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.losses import LOSSES
from core.words import Figure, Said

Array = NDArray[Any]

#: the losses with a smoothing, by name
LOSSES_WITH_SMOOTHING = ("pixel_dice", "pixel_tversky", "pixel_focal_tversky")
#: the smoothings of the curve
SMOOTHINGS = np.geomspace(1e-7, 1e3, 201)
#: below this share of its largest pull a loss skips an image
SKIPPED = 0.01


@dataclass(frozen=True)
class Scene:
    """An image of so many `pixels`, of which `object` are foreground; all have the probability `p`."""

    pixels: int
    object: int
    p: float

    def pull(self, kind: str, smoothing: float) -> float:
        """Return Σ |∂ℓ/∂s| over the pixels, of the loss at this smoothing and its defaults."""
        return float(np.abs(self._gradient(LOSSES[kind].from_dict({"smooth": smoothing}))).sum())

    def pulls(self, kind: str) -> Array:
        """Return `pull` at each of `SMOOTHINGS`."""
        return np.array([self.pull(kind, float(smoothing)) for smoothing in SMOOTHINGS])

    def plain(self) -> float:
        """Return the same sum of cross-entropy, which has no smoothing: on an empty mask it is p."""
        return float(np.abs(self._gradient(LOSSES["pixel_cross_entropy"]())).sum())

    def _gradient(self, loss: Any) -> Array:
        scores = np.full((1, self.pixels), np.log(self.p) - np.log1p(-self.p))
        masks = (np.arange(self.pixels) < self.object).astype(float)[None]
        gradient: Array = loss.gradient(scores, masks)
        return gradient


def in_words(scene: Scene, kind: str, smoothing: float) -> Said:
    """Return what an empty mask, or a mask with an object, teaches at a smoothing."""
    pulls = scene.pulls(kind)
    pull, best = scene.pull(kind, smoothing), float(SMOOTHINGS[pulls.argmax()])
    weak = pull < SKIPPED * pulls.max()
    return Said(
        "With an object {loss} pulls by {pull} at δ = {smoothing}; its pull is largest at δ = {best}."
        if scene.object
        else "At δ = {smoothing} an empty image is skipped: {loss} pulls by {pull}, and most at δ = {best}."
        if weak and smoothing < best
        else "At δ = {smoothing} the smoothing is all that counts: {loss} pulls by {pull}, and most at δ = {best}."
        if weak
        else "At δ = {smoothing} an empty image teaches: {loss} pulls by {pull}, and most at δ = {best}.",
        loss=Said(LOSSES[kind].title), smoothing=Figure(smoothing, "g"), pull=Figure(pull, ".2g"), best=Figure(best, ".2g"),
    )  # fmt: skip

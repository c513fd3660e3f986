"""Losses of pixels: small objects in images, marked by one network for each patch. The losses are in `core.losses`, because a loss of an image is a `Loss`."""

from core.studies.segmentation.document import Segmentation, Segmenter
from core.studies.segmentation.lanes import segment
from core.studies.segmentation.scenes import SCENES

__all__ = ["SCENES", "Segmentation", "Segmenter", "segment"]

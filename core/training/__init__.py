"""The engine: many runs trained as one stack, in slices (`start`, `advance`) or whole (`train`)."""

from core.training.slices import advance, start
from core.training.whole import train

__all__ = ["advance", "start", "train"]

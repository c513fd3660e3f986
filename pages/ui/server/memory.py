"""How many bytes jobs hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.preparation.split import Data


class Holder(Protocol):
    """A job, which holds data and records."""

    def size(self) -> int:
        """Return the bytes that it holds, without the data."""

    def data(self) -> Data | None:
        """Return the data, which other jobs may share."""


def held(jobs: Sequence[Holder]) -> int:
    """Return the bytes that the jobs hold. Data that several of them share count once."""
    data = {id(data): data.nbytes for job in jobs if (data := job.data()) is not None}
    return sum(job.size() for job in jobs) + sum(data.values())

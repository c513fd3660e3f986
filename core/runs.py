"""Documents whose runs share all but what is compared: their labels, their seeds, one run alone, and when they are recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from core.parameters import Document
from core.parameters.labels import labels


@dataclass(frozen=True)
class RunsDocument(Document):
    """A document of `runs`, each with a `label`, that train from `seeds` starts for a number of `updates`."""

    #: how often a run is recorded, beside the start, and how much denser the first records are: record k of n is at the share (k / n)^EARLY of the updates
    RECORDS: ClassVar[int] = 15
    EARLY: ClassVar[float] = 1.5

    if TYPE_CHECKING:  # fields of the documents
        runs: tuple[Any, ...]

        @property
        def updates(self) -> int: ...
        @property
        def seed(self) -> int: ...
        @property
        def seeds(self) -> int: ...

    def labels(self) -> tuple[str, ...]:
        """Return a label for each run: its own if it has one, else the settings in which it differs from the others."""
        return labels(self.runs)

    @property
    def seed_numbers(self) -> range:
        """The seeds, in order."""
        return range(self.seed, self.seed + self.seeds)

    @property
    def recorded(self) -> tuple[int, ...]:
        """The updates after which runs are recorded, that of the start, 0, included."""
        return tuple(sorted({round((place / self.RECORDS) ** self.EARLY * self.updates) for place in range(self.RECORDS + 1)}))

    def alone(self, index: int) -> Self:
        """Return run `index` alone, without a label: that changes no number."""
        return replace(self, runs=(replace(self.runs[index], label=""),))

    def unlabelled(self) -> Self:
        """Return the same document without labels of one's own."""
        return replace(self, runs=tuple(replace(run, label="") for run in self.runs))

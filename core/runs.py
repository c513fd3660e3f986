"""Documents whose runs share all but what is compared: their labels, their seeds, one run alone, and when they are recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from core.parameters import Document
from core.parameters.labels import labels


@dataclass(frozen=True)
class RunsDocument(Document):
    """A document of `runs`, each with a `label`, that train from `seeds` starts for a number of `updates`."""

    #: how often a run is recorded, beside the start, and how much denser the first records are, as `spread` has it
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
        return spread(self.updates, self.RECORDS, self.EARLY)

    def alone(self, index: int) -> Self:
        """Return run `index` alone, without a label: that changes no number."""
        return replace(self, runs=(replace(self.runs[index], label=""),))

    def unlabelled(self) -> Self:
        """Return the same document without labels of one's own."""
        return replace(self, runs=tuple(replace(run, label="") for run in self.runs))


def spread(updates: int, records: int, early: float) -> tuple[int, ...]:
    """Return 0 and up to `records` of so many updates, the last included: number k is at the share (k / records)^early, so that the first are denser."""
    return tuple(sorted({round((place / records) ** early * updates) for place in range(records + 1)}))

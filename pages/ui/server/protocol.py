"""What the service of lanes needs of a document and its lanes. It knows nothing else of them: no experiment, no loss, no model.

A document that a page shows (an experiment; a race of two networks, a tuning) is an ordered tuple of lanes under shared settings. A lane is the smallest
thing that is trained. It records the same whatever lanes train beside it, so it is trained once for every document that has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, Self

from core.datasets import Table


class Sized(Protocol):
    """Something that takes memory."""

    @property
    def nbytes(self) -> int:
        """Bytes."""
        ...


class Records(Sized, Protocol):
    """What a lane recorded so far."""

    def followed_by(self, later: Self) -> Self:
        """Return these records and those of the next slice as one."""
        ...


class Lane(Protocol):
    """One contestant under the settings that it shares with others. It is pickled, and so are its states, which are more `Sized` things."""

    def key(self) -> str:
        """Return a text that is equal for equal lanes."""
        ...

    def company(self) -> str:
        """Return a text that is equal for lanes that can train in one stack. A document's lanes of one company share its data."""
        ...

    def share(self, data: Any) -> float:
        """Return the share of the largest stack that the lane takes, above 0 and at most 1."""
        ...

    def memory_share(self, data: Any) -> float:
        """Return the share of the largest stack's memory that the lane takes, at most `share`."""
        ...

    def done(self, state: Any) -> bool:
        """Return whether nothing is left to train."""
        ...

    def position(self, state: Any) -> tuple[int, ...]:
        """Return how far a state is. Lanes of one company that are equally far can go on in one stack."""
        ...

    def updates(self, state: Any, data: Any) -> tuple[int, int]:
        """Return how many updates are done, and how many there are."""
        ...

    @staticmethod
    def advance(lanes: Sequence[Any], states: Sequence[Any] | None, data: Any, seconds: float) -> list[tuple[Any, Any]]:
        """Return for each of the lanes of a stack the state after one more slice of about so many seconds, and what it recorded in it.

        Without `states` they begin. It runs in a worker, changes nothing, and slices of any size lead to the same numbers.
        """
        ...


class Document(Protocol):
    """What is asked for as a whole."""

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The lanes, in order."""
        ...

    def prepared(self, table: Table | None) -> Any:
        """Return the data that the lanes share, made of a person's table if there is one. Raise ValueError with the reason of a refusal."""
        ...

    def joined(self, data: Any, records: Sequence[Any]) -> Any:
        """Return the result, from what each lane recorded."""
        ...

"""What a view of a page shows, as a frozen, declared document: its dials, choices and switches, what is selected, and what is folded out.

The session keeps it, and the address carries it as `v`. A lesson or a test can make, change and check a state without a browser.
Each study declares the documents of its views in its `views.py`; `core.screens` knows them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from core.parameters import Document, Json, Registry, integer, integers
from core.words import Said


class View(Document):
    """The state of one view. Its `kind` is the name of its page, for a page with several views followed by a dot and the name of the view."""

    noun = "the state of a view"
    version = 1
    #: the field that a player moves, if the view has one: what is shown is that after so many updates; a negative number means the last one
    played = "update"

    @classmethod
    def from_dict(cls, values: Mapping[str, Json]) -> Self:
        """Return the state with these values. Raise ValueError if they are those of another view, or invalid."""
        parameters = dict(values)
        kind = parameters.pop("kind", None)
        if kind != cls.kind:
            raise ValueError(Said("it shows {other}, and this is {kind}", other=f"{kind!r:.40}", kind=repr(cls.kind)))
        return super().from_dict(parameters)


@dataclass(frozen=True)
class LineupView(View):
    """The state of a view that shows items beside each other (the runs of an experiment, the racers of a race)."""

    slots: tuple[int, ...] = integers((), 0, 11, hard="[0, 11]", longest=12, doc="The style of each item: letter, colour and dash. None: by its place in line.")
    selected: int = integer(0, 0, 11, hard="[0, 11]", doc="The style of the item whose settings are shown.")


def first_column() -> Any:
    """Declare where a look at the data begins: the place of a column, of which a look shows a dozen."""
    return integer(0, 0, 199, hard="[0, 1000]", doc="The columns that are looked at; the target comes first.")


VIEWS: Registry[View] = Registry("view")

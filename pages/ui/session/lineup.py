"""A document whose items are compared (the runs of an experiment, the racers of a race), on the screen. Each item has a style, which is a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import streamlit as st

from core.parameters import Declared, Document
from core.views import LineupView
from core.words import Said
from pages.ui.session.screen import Screen, ViewScreen, with_field

D = TypeVar("D", bound=Document)
V = TypeVar("V", bound=LineupView)


@dataclass(frozen=True)
class Bench(Generic[D]):
    """A document, the style of each of its items, and the style of the selected item, whose widgets are shown.

    An item keeps its style when other items are added or removed.
    All three are one value, because a script run can be interrupted between two assignments but not within one.
    """

    document: D
    slots: tuple[int, ...]
    selected: int


@dataclass(frozen=True)
class Lineup(Screen[D]):
    """Access to the session's document of one kind, and to its items."""

    #: the name of the document's field that holds the items
    items: str = ""
    #: how many items a document may have at most
    most: int = 0

    def checked(self, document: D) -> D:
        """Return the document. Raise `ValueError` if it has more items than the screen has styles, or if its link would be too long."""
        count = len(self._items(document))
        if count > self.most:
            raise ValueError(Said("it has {count} {items}, and at most {most} are shown beside each other", count=count, items=self.items, most=self.most))
        return super().checked(document)

    def bench(self) -> Bench[D]:
        """Return the session's document with its styles and selection."""
        bench: Bench[D] = st.session_state[self.key]
        return bench

    def current(self) -> D:
        """Return the session's document."""
        return self.bench().document

    def slots(self) -> tuple[int, ...]:
        """Return the style of each item."""
        return self.bench().slots

    def selected(self) -> int:
        """Return the index of the selected item."""
        return self.slots().index(self.bench().selected)

    def select(self, slot: int) -> None:
        """Select the item with this style, if there is one."""
        if slot in self.slots():
            self.put(replace(self.bench(), selected=slot))

    def style(self, slots: Sequence[int], selected: int) -> None:
        """Give each item a style, without `slots` its place in line, and select one of them. What does not fit the items is ignored."""
        slots = tuple(slots) or tuple(range(len(self.slots())))
        if len(slots) == len(self.slots()) == len({*slots}) and selected in slots and max(slots) < self.most:
            self.put(replace(self.bench(), slots=slots, selected=selected))

    def put(self, bench: Bench[D]) -> None:
        """Replace the document, its styles and its selection."""
        st.session_state[self.key] = bench

    def load(self, document: D) -> None:
        """Put another document on the screen, with new styles and the first item selected."""
        self.put(Bench(document, tuple(range(len(self._items(document)))), 0))

    def update(self, document: D) -> None:
        """Replace the document by a changed one with as many items."""
        self.put(replace(self.bench(), document=document))

    def set_items(self, items: Sequence[Declared]) -> None:
        """Replace all items. Items that do not fit the document are refused with a message."""
        try:
            self.load(self._with_items(items))
        except ValueError as error:
            self.complain(f"Not changed: {error}.")

    def add(self, slot: int) -> None:
        """Add a copy of the item with this style, in the first free style, and select it."""
        slots = self.slots()
        if slot in slots:
            self.append(replace(self._items(self.current())[slots.index(slot)], label=""))

    def append(self, item: Declared) -> None:
        """Add an item in the first free style, if there is one, and select it. An item that does not fit the document is refused with a message."""
        bench, items = self.bench(), self._items(self.current())
        free = [i for i in range(self.most) if i not in bench.slots]
        if not free:
            return
        try:
            self.put(Bench(self._with_items((*items, item)), (*bench.slots, free[0]), free[0]))
        except ValueError as error:
            self.complain(f"Not changed: {error}.")

    def remove(self, slot: int) -> None:
        """Remove the item with this style, unless it is the last one, and select one of its neighbours."""
        bench, items = self.bench(), self._items(self.current())
        if slot in bench.slots and len(bench.slots) > 1:
            index = bench.slots.index(slot)
            slots = bench.slots[:index] + bench.slots[index + 1 :]
            self.put(Bench(self._with_items(items[:index] + items[index + 1 :]), slots, slots[min(index, len(slots) - 1)]))

    def _items(self, document: D) -> tuple[Any, ...]:
        items: tuple[Any, ...] = getattr(document, self.items)
        return items

    def _with_items(self, items: Sequence[Any]) -> D:
        """Return the session's document with other items. Raises `ValueError` if they do not fit it."""
        changed: D = with_field(self.current(), (self.items,), tuple(items))
        return changed


class LineupViewScreen(ViewScreen[V]):
    """Access to the state of a view that shows a lineup. Its fields `slots` and `selected` are the lineup's styles and selection."""

    lineup: Lineup[Any]

    def __init__(self, kind: type[V], lineup: Lineup[Any]) -> None:
        super().__init__(kind)
        object.__setattr__(self, "lineup", lineup)

    def current(self) -> V:
        """Return the state, with the styles that the lineup has now. Styles that are the places in line are left out."""
        slots = self.lineup.slots()
        in_line = slots == tuple(range(len(slots)))
        return replace(super().current(), slots=() if in_line else slots, selected=self.lineup.bench().selected)

    def load(self, document: V) -> None:
        """Put another state on the screen, and its styles on the lineup."""
        super().load(document)
        self.lineup.style(document.slots, document.selected)

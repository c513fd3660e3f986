"""A choice on the screen: kept in the session, carried by the address bar, changed by assignments to a path.

Data flow one way: the choice sets what widgets show, and a widget's change is an assignment that runs before the next script run.
The workbench has an experiment of runs, the descent page a race of racers: both are a document with a tuple of items that have styles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import streamlit as st

from core.parameters import Declared, Document
from pages.ui.session import link

Path = tuple[str | int, ...]
D = TypeVar("D", bound=Document)


@dataclass(frozen=True)
class Bench(Generic[D]):
    """What is on the screen, as one value: a script run can be interrupted between two assignments, never within one.

    `slots` are the styles of the items, numbers that they keep when others come and go; `selected` is that of the item whose widgets are shown.
    """

    document: D
    slots: tuple[int, ...]
    selected: int


@dataclass(frozen=True)
class Screen(Generic[D]):
    """A session's document of one kind: where it is kept (`key`), the parameter that carries it, its field of items, and at most how many."""

    key: str
    kind: type[D]
    parameter: str
    items: str
    most: int
    default: Callable[[], D]

    def open(self) -> D:
        """Return the session's document; a new session begins with the one that its address carries.

        Later the address is only written: what the browser says of it lags behind when several changes come at once.
        """
        if self.key not in st.session_state:
            document, message = self.default(), ""
            shown = st.query_params.get(self.parameter)
            if shown is not None:
                try:
                    document = self.checked(link.read(shown, self.kind))
                except ValueError as error:
                    message = f"The link could not be opened: {error}. Here is the default instead."
            st.session_state[f"{self.key}_message"] = message, document
            self.load(document)
        return self.current()

    def checked(self, document: D) -> D:
        """Return the document; raise `ValueError` for one with more items than the screen has styles, or that no link could carry."""
        count = len(self._of(document))
        if count > self.most:
            raise ValueError(f"it has {count} {self.items}, and at most {self.most} are shown beside each other")
        if len(link.encode(document)) > link.LONGEST:
            raise ValueError("it says more than fits into a link")
        return document

    def bench(self) -> Bench[D]:
        """Return what is on the screen."""
        bench: Bench[D] = st.session_state[self.key]
        return bench

    def current(self) -> D:
        """Return the session's document."""
        return self.bench().document

    def slots(self) -> tuple[int, ...]:
        """Return the style of each item."""
        return self.bench().slots

    def selected(self) -> int:
        """Return the index of the item whose widgets are shown."""
        return self.slots().index(self.bench().selected)

    def select(self, slot: int) -> None:
        """Show the widgets of the item with this style, if it is still there."""
        if slot in self.slots():
            self.put(replace(self.bench(), selected=slot))

    def put(self, bench: Bench[D]) -> None:
        """Replace what is on the screen."""
        st.session_state[self.key] = bench

    def load(self, document: D) -> None:
        """Put another document on the screen."""
        self.put(Bench(document, tuple(range(len(self._of(document)))), 0))

    def set_items(self, items: Sequence[Declared]) -> None:
        """Replace all items; items that do not fit the rest are refused."""
        try:
            self.load(self._with_items(items))
        except ValueError as error:
            self.complain(f"Not changed: {error}.")

    def add(self, slot: int) -> None:
        """Add an item like the one with this style, in the first free style, and select it."""
        slots = self.slots()
        if slot in slots:
            self.append(replace(self._of(self.current())[slots.index(slot)], label=""))

    def append(self, item: Declared) -> None:
        """Add an item in the first free style, if there is one, and select it; an item that does not fit the rest is refused."""
        bench, items = self.bench(), self._of(self.current())
        free = [i for i in range(self.most) if i not in bench.slots]
        if not free:
            return
        try:
            self.put(Bench(self._with_items((*items, item)), (*bench.slots, free[0]), free[0]))
        except ValueError as error:
            self.complain(f"Not changed: {error}.")

    def remove(self, slot: int) -> None:
        """Remove the item with this style, unless it is the last one; the others keep their styles."""
        bench, items = self.bench(), self._of(self.current())
        if slot in bench.slots and len(bench.slots) > 1:
            index = bench.slots.index(slot)
            slots = bench.slots[:index] + bench.slots[index + 1 :]
            self.put(Bench(self._with_items(items[:index] + items[index + 1 :]), slots, slots[min(index, len(slots) - 1)]))

    def complain(self, message: str) -> None:
        """Keep a message for as long as the document stays as it is."""
        st.session_state[f"{self.key}_message"] = message, self.current()

    def message(self) -> str:
        """Return what was last complained of, until something is changed."""
        text, document = st.session_state.get(f"{self.key}_message", ("", None))
        return text if document is self.current() else ""

    def write_link(self, *others: str) -> None:
        """Let the address bar carry the document, and of other parameters only those named `others`."""
        text = link.encode(self.current())
        if st.query_params.get(self.parameter) != text:
            st.query_params[self.parameter] = text
        for parameter in {*st.query_params} - {self.parameter, *others}:
            del st.query_params[parameter]

    def _of(self, document: D) -> tuple[Any, ...]:
        items: tuple[Any, ...] = getattr(document, self.items)
        return items

    def _with_items(self, items: Sequence[Any]) -> D:
        changed: D = with_field(self.current(), (self.items,), tuple(items))
        return changed


def with_field(item: Any, path: Path, value: Any) -> Any:
    """Return a frozen item, or a tuple of them, with the field at `path` replaced; raise `LookupError` if there is no such field."""
    if not path:
        return value
    head, rest = path[0], path[1:]
    if isinstance(head, int):
        if head >= len(item):
            raise LookupError(head)
        return (*item[:head], with_field(item[head], rest, value), *item[head + 1 :])
    if head not in item.parameters():
        raise LookupError(head)
    return replace(item, **{head: with_field(getattr(item, head), rest, value)})

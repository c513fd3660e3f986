"""A document on the screen (an experiment, a race): kept in the session, carried by the address, changed by assignments to a path.

Data flow one way: the document sets what widgets show, and a widget's change is an assignment that runs before the next script run.
A document has a tuple of items (the runs of an experiment, the racers of a race). Each item has a style, which is a number.
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
T = TypeVar("T")


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
class Screen(Generic[D]):
    """Access to the session's document of one kind."""

    #: the key of the bench in the session's state
    key: str
    kind: type[D]
    #: the parameter of the address that carries the document
    parameter: str
    #: the name of the document's field that holds the items
    items: str
    #: how many items a document may have at most
    most: int
    #: returns the document of a session whose address carries none
    default: Callable[[], D]

    def open(self) -> D:
        """Return the session's document. A new session takes it from the address, or the default if the address has none or a wrong one.

        Later calls do not read the address, because the browser's copy of it lags behind when several changes come at once.
        """
        if self.key not in st.session_state:
            document, message = carried(self.parameter, lambda text: self.checked(link.read(text, self.kind)), self.default)
            st.session_state[f"{self.key}_message"] = message, document
            self.load(document)
        return self.current()

    def checked(self, document: D) -> D:
        """Return the document. Raises `ValueError` if it has more items than the screen has styles, or if its link would be too long."""
        count = len(self._items(document))
        if count > self.most:
            raise ValueError(f"it has {count} {self.items}, and at most {self.most} are shown beside each other")
        if len(link.encode(document)) > link.LONGEST:
            raise ValueError("it says more than fits into a link")
        return document

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

    def put(self, bench: Bench[D]) -> None:
        """Replace the document, its styles and its selection."""
        st.session_state[self.key] = bench

    def load(self, document: D) -> None:
        """Put another document on the screen, with new styles and the first item selected."""
        self.put(Bench(document, tuple(range(len(self._items(document)))), 0))

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

    def complain(self, message: str) -> None:
        """Set the screen's message. It is shown until the document changes."""
        st.session_state[f"{self.key}_message"] = message, self.current()

    def message(self) -> str:
        """Return the screen's message; an empty text if there is none or the document has changed since."""
        text, document = st.session_state.get(f"{self.key}_message", ("", None))
        return text if document is self.current() else ""

    def write_link(self, *others: str) -> None:
        """Write the document into the address. Of the address's other parameters keep only those named in `others`."""
        carry(self.parameter, self.current(), *others)

    def _items(self, document: D) -> tuple[Any, ...]:
        items: tuple[Any, ...] = getattr(document, self.items)
        return items

    def _with_items(self, items: Sequence[Any]) -> D:
        """Return the session's document with other items. Raises `ValueError` if they do not fit it."""
        changed: D = with_field(self.current(), (self.items,), tuple(items))
        return changed


def carried(parameter: str, read: Callable[[str], T], default: Callable[[], T]) -> tuple[T, str]:
    """Return the document that the address carries as `parameter`, read by `read`, and an empty message.

    Without the parameter the document is the default. If it cannot be read, too, and the message says why.
    """
    text = st.query_params.get(parameter)
    if text is None:
        return default(), ""
    try:
        return read(text), ""
    except ValueError as error:
        return default(), f"The link could not be opened: {error}. Here is the default instead."


def carry(parameter: str, document: Document, *others: str) -> None:
    """Let the address bar carry the document as `parameter`, and of other parameters only those named `others`."""
    text = link.encode(document)
    if st.query_params.get(parameter) != text:
        st.query_params[parameter] = text
    for left_over in {*st.query_params} - {parameter, *others}:
        del st.query_params[left_over]


def with_field(item: Any, path: Path, value: Any) -> Any:
    """Return a frozen item, or a tuple of items, with the field at `path` replaced. Raises `LookupError` if there is no such field."""
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

"""A document on the screen (an experiment, a race, the state of a view): kept in the session, carried by the address, changed by assignments to a path.

Data flow one way: the document sets what widgets show, and a widget's change is an assignment that runs before the next script run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import streamlit as st

from core.parameters import Document, Parameter
from core.views import View
from core.words import Said
from pages.ui.session import address, link

Path = tuple[str | int, ...]
D = TypeVar("D", bound=Document)
V = TypeVar("V", bound=View)


@dataclass(frozen=True)
class Binding:
    """A field of the document on a screen, or with an empty path the document itself: what a widget shows, and where its change goes."""

    screen: Screen[Any]
    path: Path

    @property
    def key(self) -> str:
        """The key of the field's widget."""
        return ".".join(map(str, (*self.screen.prefix, *self.path)))

    @property
    def parameter(self) -> Parameter:
        """The declaration of the field, which is that of an item."""
        item, name = Binding(self.screen, self.path[:-1]).get(), self.path[-1]
        parameter: Parameter = item.parameters()[name]
        return parameter

    def at(self, *path: str | int) -> Binding:
        """Return the binding of a field of this field."""
        return Binding(self.screen, (*self.path, *path))

    def get(self) -> Any:
        """Return the value of the field."""
        value: Any = self.screen.current()
        for step in self.path:
            value = value[step] if isinstance(step, int) else getattr(value, step)
        return value

    def put(self, value: Any) -> None:
        """Set the field. A refused value sets the screen's message."""
        self.screen.assign(self.path, value)

    def refuse(self, message: str) -> None:
        """Set the screen's message, and leave the field as it is."""
        self.screen.complain(f"Not changed: {message}.")


@dataclass(frozen=True)
class Screen(Generic[D]):
    """Access to the session's document of one kind."""

    #: the key of the document in the session's state
    key: str
    kind: type[D]
    #: the parameter of the address that carries the document
    parameter: str
    #: returns the document of a session whose address carries none
    default: Callable[[], D]
    #: begins the keys of the document's widgets
    prefix: tuple[str, ...] = ()

    def open(self) -> D:
        """Return the session's document, and write it into the address.

        A new session takes it from the address, or the default if the address has none or a wrong one. Later calls do not read the address, because
        the browser's copy of it lags behind when several changes come at once.
        """
        if self.key not in st.session_state:
            document, message = self._arrived()
            self.load(document)
            if message:
                self.complain(message)
        address.carry(self.parameter, self.current())
        return self.current()

    def _arrived(self) -> tuple[D, str]:
        """Return the document that the address carries, or the default, and a message if it carries a wrong one."""
        return address.arrived(self.parameter, self.read, self.default)

    def read(self, text: str) -> D:
        """Return the document of a link. Raise `ValueError`, with the reason, for any other text."""
        return self.checked(link.read(text, self.kind))

    def checked(self, document: D) -> D:
        """Return the document. Raise `ValueError` if its link would be too long."""
        if len(link.encode(document)) > link.LONGEST:
            raise ValueError(Said("it says more than fits into a link"))
        return document

    def current(self) -> D:
        """Return the session's document."""
        document: D = st.session_state[self.key]
        return document

    def load(self, document: D) -> None:
        """Put another document on the screen."""
        st.session_state[self.key] = document

    def at(self, *path: str | int) -> Binding:
        """Return the binding of the field at a path; without a path that of the document."""
        return Binding(self, path)

    def assign(self, path: Path, value: Any) -> None:
        """Set the field at a path, for example `("runs", 0, "loss", "delta")`. A refused value sets the screen's message."""
        try:
            self.update(self.changed(path, value))
        except LookupError:  # the item at this path was replaced by another change that came at the same time
            return
        except ValueError as error:
            self.complain(f"Not changed: {error}.")

    def changed(self, path: Path, value: Any) -> D:
        """Return the document with the field at a path replaced. A screen overrides it where a change brings others with it.

        Raise `ValueError` for a value that is not valid, and `LookupError` if there is no such field.
        """
        document: D = with_field(self.current(), path, value)
        return document

    def update(self, document: D) -> None:
        """Replace the document by a changed one."""
        st.session_state[self.key] = document

    def complain(self, message: str) -> None:
        """Set the screen's message. It is shown until the document changes."""
        st.session_state[f"{self.key}_message"] = message, self.current()

    def message(self) -> str:
        """Return the screen's message; an empty text if there is none or the document has changed since."""
        text, document = st.session_state.get(f"{self.key}_message", ("", None))
        return text if document == self.current() else ""


class ViewScreen(Screen[V]):
    """Access to the session's state of one view. Of the address's `v` it takes what was there when the session began, and only as the first view.

    `old`: a parameter that carried this view before there was `v`, and what reads its text. Links that people have go on working.
    """

    old: tuple[str, Callable[[str], V]] | None

    def __init__(self, kind: type[V], old: tuple[str, Callable[[str], V]] | None = None) -> None:
        super().__init__(f"view {kind.kind}", kind, address.STATE, kind, (kind.kind,))
        object.__setattr__(self, "old", old)

    def _arrived(self) -> tuple[V, str]:
        if st.session_state.setdefault("view_arrived", self.key) != self.key:
            return self.default(), ""
        if self.old is not None and address.STATE not in st.query_params:
            return address.arrived(*self.old, self.default)
        return super()._arrived()


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

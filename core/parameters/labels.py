"""Labels of items that are compared, made from the fields in which they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from core.parameters.declared import Declared
from core.words import Said


def differences(items: Sequence[Declared]) -> tuple[str, ...]:
    """Return the names of the fields in which items of one class differ, in order of declaration."""
    return tuple(name for name in items[0].parameters() if len({getattr(item, name) for item in items}) > 1)


def labels(items: Sequence[Any]) -> tuple[str, ...]:
    """Return a label in English for each item: its parts with dots between them."""
    return tuple(" · ".join(map(str, of_item)) for of_item in parts(items))


def parts(items: Sequence[Any]) -> tuple[tuple[Said, ...], ...]:
    """Return the parts of a label for each item: its field `label`, or if that is empty, the values of the fields in which the items differ.

    Fields with the most different values come first. If no field differs, the label names the loss and the optimizer, as far as the items have them.
    A value that most of three items or more share is left out, so that a change of one item renames no other.
    """
    differing = [name for name in differences(items) if name != "label"] or [name for name in ("loss", "optimizer") if name in items[0].parameters()]
    differing.sort(key=lambda name: -len({getattr(item, name) for item in items}))

    usual = {name: _usual([getattr(item, name) for item in items]) for name in differing}

    def told(item: Any, name: str) -> bool:
        shared = usual[name]
        return not _is_off(item, name) if shared is None else getattr(item, name) != shared[0]

    def made(item: Any) -> tuple[Said, ...]:
        return tuple(_in_words(item, name) for name in differing if told(item, name)) or (_in_words(item, differing[0]),)

    return tuple((Said("{label}", label=item.label),) if item.label else made(item) for item in items)


def _usual(values: Sequence[Any]) -> tuple[Any] | None:
    """Return the value that more than half of three values or more share; None if there is none, or only one."""
    value, count = Counter(values).most_common(1)[0]
    return (value,) if len(values) > 2 and len(values) > count > len(values) / 2 else None


def _is_off(item: Declared, name: str) -> bool:
    """Return whether a field has a default that means "none"."""
    return bool(item.parameters()[name].off) and getattr(item, name) == getattr(type(item), name)


def _in_words(item: Declared, name: str) -> Said:
    """Return what is said of one field of an item, in short."""
    parameter = item.parameters()[name]
    return Said(parameter.off) if _is_off(item, name) else Said(parameter.brief, value=parameter.in_words(getattr(item, name)))

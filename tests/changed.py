"""Another value for every field of a declared item: what a link must carry, and a test must find again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any, TypeVar

from core.parameters import Boolean, Choice, Component, Declared, Number, Optional, Parameter, Registry, Sequence, Text

T = TypeVar("T", bound=Declared)


def others(parameter: Parameter, value: Any) -> Iterator[Any]:
    """Yield values that the parameter allows and that differ from this one, the most different first; where a widget has stops, one of them."""
    match parameter:
        case Boolean():
            yield not value
        case Choice():
            yield from (option for option in reversed(parameter.options) if option != value)
        case Text():
            yield f"{value}x"[-parameter.longest :]
        case Number():
            offered = parameter.stops or (parameter.low, parameter.high)
            yield from ((int if parameter.whole else float)(stop) for stop in reversed(offered) if stop in parameter.hard and stop != value)
        case Component(registry=Registry() as registry):
            yield from (registry[kind]() for kind in reversed(parameter.kinds()) if value is None or kind != value.kind)
            if len(parameter.kinds()) == 1 and value is not None:
                yield changed(value)
        case Component():
            names = tuple(value.parameters())
            yield from (changed(value, *chosen) for count in (len(names), len(names) - 1) for chosen in combinations(names, count))
        case Optional(item=item):
            yield from (next(others(item, None)),) if value is None else (None,)
        case Sequence(item=Choice() as item):
            yield tuple(option for option in item.options if option not in value)[: parameter.longest] or value[: parameter.shortest]
        case Sequence(item=Number() as item) if len(value) < parameter.longest:
            yield (*value, next(others(item, None)))
        case Sequence():
            entries = tuple(next(others(parameter.item, entry)) for entry in value)
            yield entries[:-1] if len(entries) > parameter.shortest else entries
            yield value[::-1]


def changed(item: T, *names: str) -> T:
    """Return the item with other values of these fields, or of all fields: for each field the first value that the item does not refuse."""
    for name in names or item.parameters():
        item = next(filter(None, (_with(item, name, value) for value in others(item.parameters()[name], getattr(item, name)))))
    return item


def _with(item: T, name: str, value: Any) -> T | None:
    """Return the item with a field replaced; None if it refuses the value."""
    try:
        return replace(item, **{name: value})
    except ValueError:
        return None

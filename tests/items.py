"""Fewer cases: a test goes through the items of a kind, or through all, in one case, and a failure names the item that it is about."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

Test = Callable[..., None]


@contextmanager
def named(*what: Any) -> Iterator[None]:
    """Add the names of the items to an exception that is raised in the `with` block."""
    try:
        yield
    except BaseException as error:  # pytest.raises fails with no Exception
        error.add_note(f"of {', '.join(map(str, what))}")
        raise


def in_one(arguments: str, items: Iterable[Any]) -> Callable[[Test], Test]:
    """Call a test with each item (or tuple of several arguments) as `pytest.mark.parametrize` does, all in one case."""
    return _looped(arguments, {"": list(items)}, [])


def by_kind(arguments: str, items: Iterable[Any], kind: Callable[[Any], str] = lambda item: item.kind) -> Callable[[Test], Test]:
    """Call a test with each item as `in_one` does, with one case for all items of a kind."""
    groups: dict[str, list[Any]] = {}
    for item in items:
        groups.setdefault(kind(item), []).append(item)
    assert groups, "a test over no items would be skipped"
    of_group = _looped(arguments, groups, [inspect.Parameter("group", inspect.Parameter.POSITIONAL_OR_KEYWORD)])
    return lambda test: pytest.mark.parametrize("group", groups)(of_group(test))


def _looped(arguments: str, groups: dict[str, list[Any]], added: list[inspect.Parameter]) -> Callable[[Test], Test]:
    names = arguments.split(",")

    def decorate(test: Test) -> Test:
        def looped(group: str = "", **others: Any) -> None:
            assert groups[group]
            for item in groups[group]:
                values = item if len(names) > 1 else (item,)
                with named(*values):
                    test(**dict(zip(names, values, strict=True)), **others)

        others = [parameter for name, parameter in inspect.signature(test).parameters.items() if name not in names]
        looped.__signature__ = inspect.Signature([*added, *others])  # type: ignore[attr-defined]
        looped.__doc__, looped.pytestmark = test.__doc__, [*getattr(test, "pytestmark", [])]  # type: ignore[attr-defined]
        return looped

    return decorate

"""One case a kind: a test of a registered item goes through the kind's settings, and a failure names the item that it is about."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

Test = Callable[..., None]


@contextmanager
def named(*what: Any) -> Iterator[None]:
    """Add to whatever is raised within what it is about."""
    try:
        yield
    except Exception as error:
        error.add_note(f"of {', '.join(map(str, what))}")
        raise


def by_kind(arguments: str, items: Iterable[Any], kind: Callable[[Any], str] = lambda item: item.kind) -> Callable[[Test], Test]:
    """Parametrise a test over items (or tuples of several arguments) as `pytest.mark.parametrize` does, with one case for all items of a kind."""
    names, groups = arguments.split(","), {}
    for item in items:
        groups.setdefault(kind(item), []).append(item)

    def decorate(test: Test) -> Test:
        def of_kind(kind: str, **others: Any) -> None:
            for item in groups[kind]:
                values = item if len(names) > 1 else (item,)
                with named(*values):
                    test(**dict(zip(names, values, strict=True)), **others)

        others = [parameter for name, parameter in inspect.signature(test).parameters.items() if name not in names]
        of_kind.__signature__ = inspect.Signature([inspect.Parameter("kind", inspect.Parameter.POSITIONAL_OR_KEYWORD), *others])  # type: ignore[attr-defined]
        of_kind.__doc__, of_kind.pytestmark = test.__doc__, [*getattr(test, "pytestmark", [])]  # type: ignore[attr-defined]
        return pytest.mark.parametrize("kind", groups)(of_kind)

    return decorate

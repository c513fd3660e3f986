"""The fields of declared items: each function declares a parameter, and returns the field of a dataclass that has it in its metadata."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from core.parameters.declared import Component, Declared, Registry
from core.parameters.kinds import Boolean, Choice, Interval, Number, Optional, Parameter, Sequence, Text
from core.words import Said

T = TypeVar("T", bound=Declared)


def _field(parameter: Parameter, default: Any = dataclasses.MISSING) -> Any:
    return dataclasses.field(default=default, metadata={"parameter": parameter})


def _hard(hard: str | None) -> Interval:
    return Interval.parse(hard or "(-inf, inf)")


def described(declared: Any, noun: str = "", *, brief: str = "{value}", off: str = "") -> Any:
    """Return the declaration with `noun`, `brief` and `off` of `Parameter`, which labels and sentences use."""
    return _field(dataclasses.replace(declared.metadata["parameter"], noun=noun, brief=brief, off=off), declared.default)


def like(parameter: Parameter, default: float, *, label: str, hard: str) -> Any:
    """Declare a number as another one is declared, with a default, a label and a valid interval of its own."""
    assert isinstance(parameter, Number)
    return _field(dataclasses.replace(parameter, label=label, hard=_hard(hard)), default)


def real(
    default: float,
    low: float,
    high: float,
    *,
    log: bool = False,
    hard: str | None = None,
    step: float = 0.0,
    stops: tuple[float, ...] = (),
    pattern: str = "{:g}",
    zero: str = "",
    doc: str,
    symbol: str = "",
    label: str = "",
) -> Any:
    """Declare a real number. A slider offers `low..high`, or the `stops`. The interval `hard`, for example "[0, 1)", is valid. The rest: see `Number`."""
    return _field(Number(doc, symbol, low, high, log, _hard(hard), step=step, stops=stops, pattern=pattern, zero=zero, label=label), default)


def integer(
    default: int,
    low: int,
    high: int,
    *,
    log: bool = False,
    hard: str | None = None,
    step: int = 0,
    stops: tuple[int, ...] = (),
    pattern: str = "{:g}",
    zero: str = "",
    doc: str,
    symbol: str = "",
    label: str = "",
) -> Any:
    """Declare a whole number. A slider offers `low..high`, or the `stops`. The interval `hard` is valid. The rest: see `Number`."""
    return _field(Number(doc, symbol, low, high, log, _hard(hard), True, step, stops, pattern, zero, label=label), default)


def boolean(default: bool, *, doc: str, label: str = "") -> Any:
    """Declare a switch."""
    return _field(Boolean(doc, label=label), default)


#: the names of a choice, or names with how each is called on the screen
Options: TypeAlias = "tuple[str, ...] | Mapping[str, str] | Mapping[str, Said]"


def _choice(options: Options, doc: str, label: str = "") -> Choice:
    titles = tuple(title if isinstance(title, Said) else Said(title) for title in options.values()) if isinstance(options, Mapping) else ()
    return Choice(doc, options=tuple(options), titles=titles, label=label)


def choice(default: str, options: Options, *, doc: str, label: str = "") -> Any:
    """Declare a choice among names. A mapping of `options` gives the title of each on the screen."""
    return _field(_choice(options, doc, label), default)


def choices(default: tuple[str, ...], options: Options, *, longest: int | None = None, doc: str, label: str = "") -> Any:
    """Declare a choice of any of some names, or of at most `longest`. A mapping of `options` gives the title of each on the screen."""
    return _field(Sequence(doc, item=_choice(options, doc), longest=len(options) if longest is None else longest, label=label), default)


def text(default: str, *, longest: int = 60, doc: str) -> Any:
    """Declare a line of text."""
    return _field(Text(doc, longest=longest), default)


def integers(default: tuple[int, ...], low: int, high: int, *, hard: str, shortest: int = 0, longest: int = 4, doc: str, label: str = "") -> Any:
    """Declare a tuple of `shortest` to `longest` whole numbers, each in the interval `hard`."""
    item = Number(doc, "", low, high, False, _hard(hard), whole=True)
    return _field(Sequence(doc, item=item, shortest=shortest, longest=longest, label=label), default)


def vector(default: tuple[float, ...], low: float, high: float, *, hard: str, shortest: int = 0, longest: int = 100, doc: str, label: str = "") -> Any:
    """Declare a tuple of `shortest` to `longest` real numbers, each in the interval `hard`."""
    item = Number(doc, "", low, high, False, _hard(hard))
    return _field(Sequence(doc, item=item, shortest=shortest, longest=longest, label=label), default)


def optional(declared: Any, *, absent: str) -> Any:
    """Return the declaration of a parameter that may be absent: None, which is its default, and is called `absent` on the screen."""
    inner: Parameter = declared.metadata["parameter"]
    return _field(Optional(inner.doc, inner.symbol, item=inner, absent=absent, label=inner.label, noun=inner.noun, brief=inner.brief, off=inner.off), None)


def component(registry: Registry[T], default: T | None = None, *, only: Callable[[type[T]], bool] | None = None, doc: str) -> Any:
    """Declare an item of a registry. `only`: which classes are allowed. Without `default` a value is required."""
    return _field(Component(doc, registry=registry, only=only), dataclasses.MISSING if default is None else default)


def components(
    registry: Registry[T], default: tuple[T, ...], *, shortest: int = 0, longest: int, doc: str, only: Callable[[type[T]], bool] | None = None
) -> Any:
    """Declare a tuple of `shortest` to `longest` items of a registry. `only`: which classes are allowed."""
    return _field(Sequence(doc, item=Component(doc, registry=registry, only=only), shortest=shortest, longest=longest), default)


def part(default: Declared, *, doc: str) -> Any:
    """Declare an item of the class of the default."""
    return _field(Component(doc, type=type(default)), default)


def items(type_: type[Declared], default: tuple[Declared, ...] | None = None, *, shortest: int, longest: int, doc: str) -> Any:
    """Declare a tuple of `shortest` to `longest` items of one class. Without `default` a value is required."""
    declared = Sequence(doc, item=Component(doc, type=type_), shortest=shortest, longest=longest)
    return _field(declared, dataclasses.MISSING if default is None else default)

"""Declared hyperparameters, the registries of what can be chosen, and their JSON.

An item (a loss, an optimizer, a data set, ...) is a frozen dataclass derived from `Declared`. Each field is made by one of
the functions below, which keep the declaration in the field's metadata. Widgets, help texts, validation, JSON, the
catalogue and the generated tests are all read from that one declaration.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Self, TypeVar

from core.parameters.kinds import Boolean, Choice, Interval, Json, Number, Parameter, Sequence, Text, plain_symbol

#: of a whole number in JSON; the largest valid one has ten
_MOST_DIGITS = 100


@dataclass(frozen=True)
class Component(Parameter):
    """An item of a registry, perhaps of some of its kinds only, or of one class."""

    registry: Registry[Any] | None = None
    type: type[Declared] | None = None
    only: Callable[[Any], bool] | None = None

    def kinds(self) -> list[str]:
        """Return the kinds of the registry that are allowed."""
        assert self.registry is not None
        return [kind for kind, item in self.registry.items() if self.only is None or self.only(item)]

    def check(self, name: str, value: Any) -> Declared:
        """Return the item."""
        if self.registry is not None and type(value) not in self.registry.values():
            raise ValueError(f"{name} must be a registered {self.registry.noun}, got {value!r:.80}")
        if self.only is not None and not self.only(type(value)):
            raise ValueError(f"{name} cannot be {value.kind}; it can be {', '.join(self.kinds())}")
        if self.type is not None and not isinstance(value, self.type):
            raise ValueError(f"{name} must be a {self.type.__name__}, got {value!r:.80}")
        item: Declared = value
        return item

    def in_words(self, value: Any) -> str:
        """Return the item in few words."""
        words: str = value.in_words()
        return words

    def encode(self, value: Any) -> Json:
        """Return the item's JSON object."""
        return value.to_dict()

    def decode(self, name: str, value: Json) -> Any:
        """Return the item that a JSON object names."""
        if not isinstance(value, dict):
            raise ValueError(f"{name} must be an object, got {value!r:.80}")
        if self.type is not None:
            return self.type.from_dict(value)
        assert self.registry is not None
        rest = dict(value)
        try:
            kind = self.registry.named(rest.pop("kind", None))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        return kind.from_dict(rest)


class Declared:
    """Base of every item: a frozen dataclass whose fields are declared parameters."""

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    formula: ClassVar[str] = ""
    reference: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for name, parameter in self.parameters().items():
            object.__setattr__(self, name, parameter.check(name, getattr(self, name)))

    @classmethod
    @cache
    def parameters(cls) -> Mapping[str, Parameter]:
        """Return the declared parameters by name, in order of declaration."""
        return MappingProxyType({field.name: field.metadata["parameter"] for field in dataclasses.fields(cls)})  # type: ignore[arg-type]

    def in_words(self) -> str:
        """Return the title, without what stands in brackets, and the parameters that are not at their defaults."""
        changed = []
        for name, parameter in self.parameters().items():
            value = getattr(self, name)
            if value != getattr(type(self), name, None):
                shown = "-".join(map(parameter.item.in_words, value)) if isinstance(parameter, Sequence) else parameter.in_words(value)
                changed.append(f"{plain_symbol(parameter.symbol) or name.replace('_', ' ')} {shown}")
        short = self.title.split(" (")[0]
        return f"{short} {', '.join(changed)}" if changed else short

    def active(self) -> tuple[str, ...]:
        """Return the names of the parameters that matter, given the others."""
        return tuple(self.parameters())

    def to_dict(self) -> dict[str, Json]:
        """Return kind and parameters as what `json` can write."""
        values = {name: parameter.encode(getattr(self, name)) for name, parameter in self.parameters().items()}
        return {"kind": self.kind, **values} if self.kind else values

    @classmethod
    def from_dict(cls, values: Mapping[str, Json]) -> Self:
        """Return the item with these parameters; what is absent takes its default.

        Raises `ValueError` for a parameter that does not exist, lacks a default, or has an invalid value.
        """
        known = cls.parameters()
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ValueError(f"{cls.kind or cls.__name__} has no parameter {unknown[0]!r:.80}; it has {', '.join(known) or 'none'}")
        missing = [field.name for field in dataclasses.fields(cls) if field.default is dataclasses.MISSING and field.name not in values]  # type: ignore[arg-type]
        if missing:
            raise ValueError(f"{cls.kind or cls.__name__} needs {' and '.join(missing)}")
        return cls(**{name: known[name].decode(name, value) for name, value in values.items()})


class Document(Declared):
    """A whole choice, which JSON can carry: cache key, share link, download and test fixture at once."""

    noun: ClassVar[str]
    version: ClassVar[int]

    def to_json(self) -> str:
        """Return the item as one line of JSON."""
        return json.dumps({"version": self.version, **self.to_dict()}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the item that `to_json` wrote; raise `ValueError` that says what is wrong with the text."""
        try:
            values = json.loads(text, object_pairs_hook=_once, parse_int=_integer, parse_constant=_no_constant)
            if not isinstance(values, dict):
                raise ValueError(f"{cls.noun} is a JSON object, not {values!r:.40}")
            version = values.pop("version", None)
            if type(version) is not int or version != cls.version:
                raise ValueError(f"version must be {cls.version}, got {version!r:.40}")
            return cls.from_dict(values)
        except json.JSONDecodeError as error:
            raise ValueError(f"not valid JSON at character {error.pos + 1:,}") from None
        except RecursionError:  # the parser, the checks and the messages recurse; each has its limit at another depth
            raise ValueError(f"not {cls.noun}: it is nested too deeply") from None


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Return a JSON object; a name that stands in it twice would mean one thing here and another elsewhere."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("not valid JSON: a name stands twice in one object")
    return found


def _integer(digits: str) -> int:
    """Return a whole number; refuse one that would take long to read."""
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number has {len(digits):,} digits")
    return int(digits)


def _no_constant(name: str) -> Json:
    """Refuse `NaN` and `Infinity`, which Python's parser knows and JSON does not."""
    raise ValueError(f"not valid JSON: {name} is no number")


def multiples(item: Declared, name: str, factors: Iterable[float]) -> list[float]:
    """Return the multiples of an item's parameter that are valid values of it, to two digits."""
    parameter = item.parameters()[name]
    assert isinstance(parameter, Number)
    found = [float(f"{getattr(item, name) * factor:.2g}") for factor in factors]
    return [value for value in found if value in parameter.hard]


T = TypeVar("T", bound=Declared)


class Registry(Mapping[str, type[T]], Generic[T]):
    """Items by name, in order of registration. `@REGISTRY.add("name")` on a class is the only registration there is."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._items: dict[str, type[T]] = {}

    def add(self, name: str) -> Callable[[type[T]], type[T]]:
        """Return a class decorator that registers under `name` and sets it as the class's `kind`."""

        def register(item: type[T]) -> type[T]:
            if name in self._items:
                raise ValueError(f"{self.noun} {name!r} is registered already")
            item.kind = name
            self._items[name] = item
            return item

        return register

    def named(self, name: Any) -> type[T]:
        """Return the class registered under `name`; raise `ValueError` naming what there is."""
        if not isinstance(name, str) or name not in self._items:
            raise ValueError(f"unknown {self.noun} {name!r:.80}; known: {', '.join(self._items)}")
        return self._items[name]

    def __getitem__(self, name: str) -> type[T]:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


def _field(parameter: Parameter, default: Any = dataclasses.MISSING) -> Any:
    return dataclasses.field(default=default, metadata={"parameter": parameter})


def _hard(hard: str | None) -> Interval:
    return Interval.parse(hard or "(-inf, inf)")


def described(declared: Any, noun: str, *, brief: str = "{}", off: str = "") -> Any:
    """Declare how labels and sentences speak of a declared field: see `noun`, `brief` and `off` of `Parameter`."""
    return _field(dataclasses.replace(declared.metadata["parameter"], noun=noun, brief=brief, off=off), declared.default)


def real(default: float, low: float, high: float, *, log: bool = False, hard: str | None = None, doc: str, symbol: str = "", label: str = "") -> Any:
    """Declare a real number: slider range `low..high`, valid range `hard` (for example `"[0, 1)"`)."""
    return _field(Number(doc, symbol, low, high, log, _hard(hard), label=label), default)


def integer(default: int, low: int, high: int, *, log: bool = False, hard: str | None = None, doc: str, symbol: str = "", label: str = "") -> Any:
    """Declare a whole number: slider range `low..high`, valid range `hard`."""
    return _field(Number(doc, symbol, low, high, log, _hard(hard), whole=True, label=label), default)


def boolean(default: bool, *, doc: str, label: str = "") -> Any:
    """Declare a switch."""
    return _field(Boolean(doc, label=label), default)


def choice(default: str, options: tuple[str, ...], *, doc: str) -> Any:
    """Declare a choice among names."""
    return _field(Choice(doc, options=options), default)


def text(default: str, *, longest: int = 60, doc: str) -> Any:
    """Declare a line of text."""
    return _field(Text(doc, longest=longest), default)


def integers(default: tuple[int, ...], low: int, high: int, *, hard: str, shortest: int = 0, longest: int = 4, doc: str, label: str = "") -> Any:
    """Declare a tuple of whole numbers, each in `hard`."""
    item = Number(doc, "", low, high, False, _hard(hard), whole=True)
    return _field(Sequence(doc, item=item, shortest=shortest, longest=longest, label=label), default)


def vector(default: tuple[float, ...], low: float, high: float, *, hard: str, shortest: int = 0, longest: int = 100, doc: str, label: str = "") -> Any:
    """Declare a tuple of real numbers, each in `hard`."""
    item = Number(doc, "", low, high, False, _hard(hard))
    return _field(Sequence(doc, item=item, shortest=shortest, longest=longest, label=label), default)


def component(registry: Registry[T], default: T | None = None, *, only: Callable[[type[T]], bool] | None = None, doc: str) -> Any:
    """Declare an item of a registry, of the kinds for which `only` is true; without `default` it must be given."""
    return _field(Component(doc, registry=registry, only=only), dataclasses.MISSING if default is None else default)


def part(default: Declared, *, doc: str) -> Any:
    """Declare an item of the default's class."""
    return _field(Component(doc, type=type(default)), default)


def items(type_: type[Declared], *, shortest: int, longest: int, doc: str) -> Any:
    """Declare a tuple of items of one class."""
    return _field(Sequence(doc, item=Component(doc, type=type_), shortest=shortest, longest=longest))

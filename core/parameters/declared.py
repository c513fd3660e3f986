"""Declared items, their registries, and their JSON.

An item (a loss, an optimizer, a data set, ...) is a frozen dataclass derived from `Declared`. Each of its fields is made by a function of
`fields`, such as `real`, which stores the declaration of a parameter in the field's metadata.
Widgets, help texts, validation, JSON, the catalogue and generated tests are made from these declarations.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Self, TypeVar

from core.parameters.kinds import Json, Number, Optional, Parameter, Sequence, plain_symbol
from core.words import Figure, Said, Value, in_english, reason

#: the most digits of a whole number in JSON; the largest valid one has ten
_MOST_DIGITS = 100


@dataclass(frozen=True)
class Component(Parameter):
    """A parameter whose value is an item: of a registry, of those of its kinds for which `only` is true, or of the class `type`."""

    registry: Registry[Any] | None = None
    type: type[Declared] | None = None
    only: Callable[[Any], bool] | None = None

    def kinds(self) -> list[str]:
        """Return the allowed kinds of the registry."""
        assert self.registry is not None
        return [kind for kind, item in self.registry.items() if self.only is None or self.only(item)]

    def check(self, name: str, value: Any) -> Declared:
        """Return the item. Raise ValueError if it is not an allowed one."""
        if self.registry is not None and type(value) not in self.registry.values():
            raise ValueError(Said("{name} must be a registered {noun}, got {value}", name=name, noun=self.registry.noun, value=f"{value!r:.80}"))
        if self.only is not None and not self.only(type(value)):
            raise ValueError(Said("{name} cannot be {kind}; it can be {kinds}", name=name, kind=value.kind, kinds=tuple(self.kinds())))
        if self.type is not None and not isinstance(value, self.type):
            raise ValueError(Said("{name} must be a {type}, got {value}", name=name, type=self.type.__name__, value=f"{value!r:.80}"))
        item: Declared = value
        return item

    def in_words(self, value: Any) -> Value:
        """Return what is said of the item, in short."""
        said: Said = value.in_words()
        return said

    def encode(self, value: Any) -> Json:
        """Return the item's JSON object."""
        return value.to_dict()

    def decode(self, name: str, value: Json) -> Any:
        """Return the item of a JSON object. Raise ValueError if the object names no allowed item."""
        if not isinstance(value, dict):
            raise ValueError(Said("{name} must be an object, got {value}", name=name, value=f"{value!r:.80}"))
        if self.type is not None:
            return self.type.from_dict(value)
        assert self.registry is not None
        parameters = dict(value)
        try:
            item_type = self.registry.named(parameters.pop("kind", None))
        except ValueError as error:
            raise ValueError(Said("{name}: {reason}", name=name, reason=reason(error))) from None
        return item_type.from_dict(parameters)


def with_aliases(title: str, aliases: tuple[str, ...]) -> str:
    """Return a title with other names in its brackets."""
    short, _, bracket = title.rstrip(")").partition(" (")
    if not aliases:
        return title
    return f"{short} ({'; '.join(filter(None, (bracket, ', '.join(aliases))))})"


class Declared:
    """The base of all items: frozen dataclasses whose fields are declared parameters. A new item checks its values."""

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""
    #: what else textbooks, PyTorch, Keras, scikit-learn and people call the item, the best known first, and the Chinese term
    aliases: ClassVar[tuple[str, ...]] = ()
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

    @classmethod
    def listed(cls) -> str:
        """Return the title with all that the item is called, as a menu lists it: people find what they type."""
        return with_aliases(cls.title, cls.aliases)

    @classmethod
    def known_as(cls) -> str:
        """Return the title with the best known of the other names: for chips, which have little room."""
        return with_aliases(cls.title, cls.aliases[:1])

    @classmethod
    def found_by(cls) -> str:
        """Return `known_as` and each other name on a line of its own: for menus whose chosen entries are chips, which show the first line alone."""
        return "\n· ".join((cls.known_as(), *cls.aliases[1:]))

    @property
    def short_title(self) -> str:
        """The title up to its brackets."""
        return self.title.split(" (")[0]

    def in_words(self) -> Said:
        """Return what is said of the item in short: the title up to its brackets, and the parameters that differ from their defaults."""
        changed = []
        for name, parameter in self.parameters().items():
            value = getattr(self, name)
            if value != getattr(type(self), name, None):
                said = parameter.in_words(value)
                shown = "-".join(map(in_english, said)) if isinstance(parameter, Sequence) and isinstance(said, tuple) else said
                changed.append(Said("{name} {value}", name=plain_symbol(parameter.symbol) or Said(name.replace("_", " ")), value=shown))
        title = Said(self.short_title)
        return Said("{title} {changed}", title=title, changed=tuple(changed)) if changed else title

    def active(self) -> tuple[str, ...]:
        """Return the names of the parameters that have an effect at the present values of the others."""
        return tuple(self.parameters())

    def to_dict(self) -> dict[str, Json]:
        """Return kind and parameters as an object for `json`, without the optional ones that are absent."""
        values = {name: parameter.encode(getattr(self, name)) for name, parameter in self.parameters().items() if not self._absent(name, parameter)}
        return {"kind": self.kind, **values} if self.kind else values

    def _absent(self, name: str, parameter: Parameter) -> bool:
        return isinstance(parameter, Optional) and getattr(self, name) is None

    @classmethod
    def from_dict(cls, values: Mapping[str, Json]) -> Self:
        """Return the item with these parameters. An absent parameter has its default.

        Raise ValueError for an unknown parameter, an invalid value, or an absent parameter without a default.
        """
        parameters = cls.parameters()
        unknown = sorted(set(values) - set(parameters))
        if unknown:
            raise ValueError(_unknown(cls.kind or cls.__name__, f"{unknown[0]!r:.80}", tuple(parameters)))
        missing = [field.name for field in dataclasses.fields(cls) if field.default is dataclasses.MISSING and field.name not in values]  # type: ignore[arg-type]
        if missing:
            raise ValueError(Said("{kind} needs {parameters}", kind=cls.kind or cls.__name__, parameters=tuple(missing)))
        return cls(**{name: parameters[name].decode(name, value) for name, value in values.items()})


def _unknown(kind: str, name: str, parameters: tuple[str, ...]) -> Said:
    if not parameters:
        return Said("{kind} has no parameter {name}; it has none", kind=kind, name=name)
    return Said("{kind} has no parameter {name}; it has {parameters}", kind=kind, name=name, parameters=parameters)


class Document(Declared):
    """An item that stands alone as JSON: in a share link, a download, the key of a cache, or a test fixture."""

    noun: ClassVar[str]
    version: ClassVar[int]

    def to_json(self) -> str:
        """Return the item as one line of JSON."""
        return json.dumps({"version": self.version, **self.to_dict()}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the item that `to_json` wrote. Raise ValueError, with the reason, for any other text."""
        try:
            values = json.loads(text, object_pairs_hook=_once, parse_int=_integer, parse_constant=_no_constant)
            if not isinstance(values, dict):
                raise ValueError(Said("{document} is a JSON object, not {value}", document=cls.noun, value=f"{values!r:.40}"))
            version = values.pop("version", None)
            if type(version) is not int or version != cls.version:
                raise ValueError(Said("version must be {version}, got {value}", version=cls.version, value=f"{version!r:.40}"))
            return cls.from_dict(values)
        except json.JSONDecodeError as error:
            raise ValueError(Said("not valid JSON at character {place}", place=Figure(error.pos + 1, ","))) from None
        except RecursionError:  # parser, checks and messages recurse, and each fails at another depth
            raise ValueError(Said("not {document}: it is nested too deeply", document=cls.noun)) from None


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Return the pairs as a JSON object. Raise ValueError for a repeated name, which parsers read in different ways."""
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError(Said("not valid JSON: a name stands twice in one object"))
    return values


def _integer(digits: str) -> int:
    """Return a whole number. Raise ValueError for one of so many digits that it takes long to read."""
    if len(digits) > _MOST_DIGITS:
        raise ValueError(Said("a number has {count} digits", count=Figure(len(digits), ",")))
    return int(digits)


def _no_constant(name: str) -> Json:
    """Raise ValueError for `NaN` and `Infinity`, which Python's parser accepts and JSON does not have."""
    raise ValueError(Said("not valid JSON: {name} is no number", name=name))


def multiples(item: Declared, name: str, factors: Iterable[float]) -> list[float]:
    """Return the multiples of a number of an item, in two significant digits, as far as they are valid values."""
    parameter = item.parameters()[name]
    assert isinstance(parameter, Number)
    rounded = [float(f"{getattr(item, name) * factor:.2g}") for factor in factors]
    return [value for value in rounded if value in parameter.hard]


T = TypeVar("T", bound=Declared)


class Registry(Mapping[str, type[T]], Generic[T]):
    """Classes of items by name, in order of registration. `@REGISTRY.add("name")` registers a class; there is no other way."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._items: dict[str, type[T]] = {}

    def add(self, name: str) -> Callable[[type[T]], type[T]]:
        """Return a class decorator that registers the class under `name`, and sets its `kind` to `name`. It raises ValueError for a name in use."""

        def register(item: type[T]) -> type[T]:
            if name in self._items:
                raise ValueError(f"{self.noun} {name!r} is registered already")
            item.kind = name
            self._items[name] = item
            return item

        return register

    def named(self, name: Any) -> type[T]:
        """Return the class registered under `name`. Raise ValueError, with the registered names, for any other."""
        if not isinstance(name, str) or name not in self._items:
            raise ValueError(Said("unknown {noun} {name}; known: {kinds}", noun=self.noun, name=f"{name!r:.80}", kinds=tuple(self._items)))
        return self._items[name]

    def __getitem__(self, name: str) -> type[T]:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

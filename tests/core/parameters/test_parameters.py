"""Declared hyperparameters: every registered item is documented, consistent, survives JSON, and refuses what is invalid."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from core.class_weights import CLASS_WEIGHTS
from core.losses import LOSSES
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.parameters import Choice, Declared, Interval, Number, Registry
from core.parameters import Sequence as List
from core.penalties import PENALTIES
from core.schedules import SCHEDULES
from core.studies.adversarial import ADVERSARIAL_LOSSES, CRITIC_PENALTIES
from core.studies.reinforcement import METHODS, POLICY_LOSSES, RULES, VALUE_LOSSES
from tests.items import named
from tests.reference.make_optimizers import settings

REGISTRIES: list[Registry[Any]] = [
    *(LOSSES, OPTIMIZERS, PENALTIES, SCHEDULES, MODELS, CLASS_WEIGHTS, ADVERSARIAL_LOSSES, CRITIC_PENALTIES), VALUE_LOSSES, POLICY_LOSSES, METHODS, RULES,
]  # fmt: skip
ITEMS = [pytest.param(registry, cls, id=f"{registry.noun}-{kind}") for registry in REGISTRIES for kind, cls in registry.items()]
#: never valid, whatever is declared
JUNK = [None, math.nan, math.inf, -math.inf, "x", "", {}, {"kind": "sgd"}, [[]], [None], ["1"], [{"a": [1]}], 10**400, np.ones(2), 1j]


def stacked(items: Sequence[Any], trailing: tuple[int, ...], dtype: Any = float) -> Any:
    """Return one item whose fields hold the values of all `items`, as arrays of shape (R, *trailing)."""
    stack = copy.copy(items[0])
    for name in stack.parameters():
        object.__setattr__(stack, name, np.reshape([getattr(item, name) for item in items], (-1, *trailing)).astype(dtype))
    return stack


def outside(parameter: Number) -> Iterator[float]:
    """Yield numbers just beyond, and far beyond, the valid range."""
    hard = parameter.hard
    for end, is_open, direction in ((hard.low, hard.open_low, -math.inf), (hard.high, hard.open_high, math.inf)):
        if math.isfinite(end):
            yield from (end if is_open else math.nextafter(end, direction), end + math.copysign(1e3, direction))


def refused(cls: type[Declared], name: str, value: Any) -> str:
    """Return the message with which `cls` refuses the value when it is given directly; from JSON it must be refused by name as well."""
    with pytest.raises(ValueError, match=".") as direct:
        cls(**{name: value})
    with pytest.raises(ValueError, match=".") as read:
        cls.from_dict({name: value})
    assert name in str(read.value)
    return str(direct.value)


def item_is_documented(registry: Registry[Any], cls: type[Declared]) -> None:
    assert registry[cls.kind] is cls
    assert all((cls.title, cls.summary, cls.formula, cls.reference, cls.__doc__))
    assert len({item.title for item in registry.values()}) == len(registry)
    assert cls.summary.endswith(".")
    for parameter in cls.parameters().values():
        assert parameter.doc.endswith(".")


def default_and_slider_are_valid(registry: Registry[Any], cls: type[Declared]) -> None:
    for name, parameter in cls.parameters().items():
        default = getattr(cls(), name)
        if isinstance(parameter, List):
            assert parameter.shortest <= len(default) <= parameter.longest
        inner, values = (parameter.item, default) if isinstance(parameter, List) else (parameter, (default,))
        if isinstance(inner, Number):
            assert inner.low < inner.high
            assert inner.low in inner.hard
            assert inner.high in inner.hard
            assert all(inner.low <= value <= inner.high for value in values)
            assert inner.low > 0 or not inner.log
        if isinstance(inner, Choice):
            assert len(set(inner.options)) == len(inner.options) > 1


def json_round_trip(registry: Registry[Any], cls: type[Declared]) -> None:
    items = [cls(**values) for values in settings(cls, draws=20)]
    assert len(set(items)) > 1 or not cls.parameters()
    for item in items:
        written = json.loads(json.dumps(item.to_dict(), allow_nan=False))
        assert written == item.to_dict()
        kind = written.pop("kind")
        read = registry.named(kind).from_dict(written)
        assert read == item
        assert type(read) is cls
        assert hash(read) == hash(item)


def absent_parameters_take_their_defaults(registry: Registry[Any], cls: type[Declared]) -> None:
    assert cls.from_dict({}) == cls()


def unknown_parameter_is_refused(registry: Registry[Any], cls: type[Declared]) -> None:
    with pytest.raises(ValueError, match="speed") as caught:
        cls.from_dict({"speed": 1})
    assert cls.kind in str(caught.value)
    assert all(name in str(caught.value) for name in cls.parameters())


def junk_is_refused(registry: Registry[Any], cls: type[Declared]) -> None:
    for name, parameter in cls.parameters().items():
        for value in JUNK:
            message = refused(cls, name, value)
            assert name in message
            assert repr(value)[:20] in message or isinstance(parameter, List)


def value_out_of_range_is_refused(registry: Registry[Any], cls: type[Declared]) -> None:
    for name, parameter in cls.parameters().items():
        match parameter:
            case Number():
                for value in (*outside(parameter), True, False, "0.5"):
                    message = refused(cls, name, value)
                    assert name in message
                    assert repr(value) in message
                    assert str(parameter.hard) in message
            case Choice(options=options):
                for value in (True, options[0].upper() + "!", 1, [options[0]]):
                    message = refused(cls, name, value)
                    assert name in message
                    assert repr(value) in message
                    assert all(option in message for option in options)
            case List(item=Number() as item, shortest=shortest, longest=longest):
                for bad in (*outside(item), math.nan, True, "1"):
                    message = refused(cls, name, [item.high, bad])
                    assert f"{name}[1]" in message
                    assert repr(bad) in message
                    assert str(item.hard) in message
                for length in (shortest - 1, longest + 1):
                    if length >= 0:
                        assert f"{shortest} to {longest}" in refused(cls, name, [item.high] * length)


def ends_of_the_valid_range_are_accepted(registry: Registry[Any], cls: type[Declared]) -> None:
    for name, parameter in cls.parameters().items():
        if isinstance(parameter, Number):
            hard = parameter.hard
            low = math.nextafter(hard.low, math.inf) if hard.open_low else hard.low
            high = math.nextafter(hard.high, -math.inf) if hard.open_high else hard.high
            for value in (low, high):
                if float(value).is_integer() or not parameter.whole:
                    assert getattr(cls(**{name: value}), name) == value


def whole_numbers_are_integers(registry: Registry[Any], cls: type[Declared]) -> None:
    for name, parameter in cls.parameters().items():
        if isinstance(parameter, Number):
            value = getattr(cls(**{name: np.float64(parameter.high)}), name)
            assert type(value) is (int if parameter.whole else float)
            if parameter.whole:
                refused(cls, name, parameter.high - 0.5)


CHECKS = [
    item_is_documented,
    default_and_slider_are_valid,
    json_round_trip,
    absent_parameters_take_their_defaults,
    unknown_parameter_is_refused,
    junk_is_refused,
    value_out_of_range_is_refused,
    ends_of_the_valid_range_are_accepted,
    whole_numbers_are_integers,
]


@pytest.mark.parametrize(("registry", "cls"), ITEMS)
def test_item_is_declared_well(registry: Registry[Any], cls: type[Declared]) -> None:
    for check in CHECKS:
        with named(check.__name__):
            check(registry, cls)


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.noun)
def test_unknown_kind_is_refused(registry: Registry[Any]) -> None:
    for name in ("nothing", "", None, 1, [], {}, "SGD" * 100):
        with pytest.raises(ValueError, match=registry.noun) as caught:
            registry.named(name)
        assert all(kind in str(caught.value) for kind in registry), name


def test_a_name_is_registered_once() -> None:
    registry: Registry[Any] = Registry("thing")
    registry.add("a")(Declared)
    with pytest.raises(ValueError, match="thing 'a'"):
        registry.add("a")(Declared)
    Declared.kind = ""


@pytest.mark.parametrize(
    ("text", "inside", "outside_"),
    [
        ("[0, 1]", (0, 0.5, 1), (-1e-300, 1 + 1e-15)),
        ("[0, 1)", (0, math.nextafter(1, 0)), (1, -1)),
        ("(0, 1]", (5e-324, 1), (0, 2)),
        ("(0, inf)", (1e-300, 1e300), (0, math.inf, -1)),
        ("(-inf, inf)", (-1e308, 0, 1e308), (-math.inf, math.inf)),
        ("[-2.5, 1e3]", (-2.5, 1000), (-2.6, 1001)),
    ],
)
def test_interval(text: str, inside: tuple[float, ...], outside_: tuple[float, ...]) -> None:
    interval = Interval.parse(text)
    assert Interval.parse(str(interval)) == interval
    assert all(value in interval for value in inside)
    assert not any(value in interval for value in (*outside_, math.nan))

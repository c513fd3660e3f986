"""The kinds of parameters that an item can declare: how a value is checked, written as JSON, and read."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

Json = Any


@dataclass(frozen=True)
class Interval:
    """A range of real numbers, written as in mathematics: `[0, 1)`, `(0, inf)`."""

    low: float
    high: float
    open_low: bool = False
    open_high: bool = False

    @classmethod
    def parse(cls, text: str) -> Interval:
        """Return the interval that `text` writes; the brackets say whether the ends belong to it."""
        low, high = text[1:-1].split(",")
        return cls(float(low), float(high), text[0] == "(", text[-1] == ")")

    def __contains__(self, value: float) -> bool:
        above = value > self.low if self.open_low else value >= self.low
        below = value < self.high if self.open_high else value <= self.high
        return above and below

    def covers(self, other: Interval) -> bool:
        """Return whether every number of the other interval is in this one."""
        low = other.low > self.low or (other.low == self.low and (other.open_low or not self.open_low))
        return low and (other.high < self.high or (other.high == self.high and (other.open_high or not self.open_high)))

    def __str__(self) -> str:
        return f"{'(' if self.open_low else '['}{self.low:g}, {self.high:g}{')' if self.open_high else ']'}"


@dataclass(frozen=True)
class Parameter:
    """What is declared of one hyperparameter: its explanation, and how a value is checked, written and read."""

    doc: str = ""
    symbol: str = ""
    #: what a widget is called; empty: the name of the field
    label: str = field(default="", kw_only=True)
    #: what a sentence calls the field; empty: its name
    noun: str = field(default="", kw_only=True)
    #: how the label of an item writes a value of the field
    brief: str = field(default="{}", kw_only=True)
    #: what such a label says where the field has its default, which stands for nothing; empty: it writes the value
    off: str = field(default="", kw_only=True)

    def in_words(self, value: Any) -> str:
        """Return a value in few words."""
        return str(value)

    def check(self, name: str, value: Any) -> Any:
        """Return `value` in its normal form; raise `ValueError` naming parameter, value and what is valid."""
        raise NotImplementedError

    def encode(self, value: Any) -> Json:
        """Return the JSON form of a checked value."""
        return value

    def decode(self, name: str, value: Json) -> Any:
        """Return the value that a JSON form stands for, unchecked; raise `ValueError` where it has the wrong form."""
        return value


@dataclass(frozen=True)
class Number(Parameter):
    """A real or an integer: `low..high` is what a slider offers, `hard` is what is valid at all."""

    low: float = 0.0
    high: float = 1.0
    log: bool = False
    hard: Interval = Interval(-math.inf, math.inf)
    whole: bool = False

    def in_words(self, value: Any) -> str:
        """Return the number in at most six digits."""
        return f"{value:g}"

    def check(self, name: str, value: Any) -> Any:
        """Return a finite float or int inside the hard range."""
        try:
            number = math.nan if isinstance(value, bool | str | bytes) else float(value)
        except (TypeError, ValueError, OverflowError):  # no number, an array, an integer beyond the floats
            number = math.nan
        if not math.isfinite(number) or (self.whole and not number.is_integer()) or number not in self.hard:
            kind = "a whole number" if self.whole else "a number"
            raise ValueError(f"{name} must be {kind} in {self.hard}, got {value!r:.80}")
        return int(value) if self.whole else number


@dataclass(frozen=True)
class Boolean(Parameter):
    """True or false."""

    def check(self, name: str, value: Any) -> bool:
        """Return the boolean."""
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false, got {value!r:.80}")
        return value


@dataclass(frozen=True)
class Choice(Parameter):
    """One of a few names."""

    options: tuple[str, ...] = ()

    def check(self, name: str, value: Any) -> str:
        """Return the option."""
        if not isinstance(value, str) or value not in self.options:
            raise ValueError(f"{name} must be one of {', '.join(self.options)}, got {value!r:.80}")
        return value


@dataclass(frozen=True)
class Text(Parameter):
    """A short line of text."""

    longest: int = 60

    def check(self, name: str, value: Any) -> str:
        """Return the text."""
        if not isinstance(value, str) or len(value) > self.longest or not (value.isprintable()):
            raise ValueError(f"{name} must be one line of at most {self.longest} characters, got {value!r:.80}")
        return value.strip()


@dataclass(frozen=True)
class Sequence(Parameter):
    """A tuple of items that all have one declaration."""

    item: Parameter = Parameter()
    shortest: int = 0
    longest: int = 100

    def check(self, name: str, value: Any) -> tuple[Any, ...]:
        """Return the tuple of checked items."""
        self._count(name, value)
        return tuple(self.item.check(f"{name}[{i}]", entry) for i, entry in enumerate(value))

    def in_words(self, value: Any) -> str:
        """Return the items, parted by commas."""
        return ", ".join(map(self.item.in_words, value))

    def encode(self, value: Any) -> Json:
        """Return a list of the items' JSON."""
        return [self.item.encode(entry) for entry in value]

    def decode(self, name: str, value: Json) -> Any:
        """Return the list of decoded items."""
        self._count(name, value)  # before the items: a hostile list is as long as it can be
        return [self.item.decode(f"{name}[{i}]", entry) for i, entry in enumerate(value)]

    def _count(self, name: str, value: Any) -> None:
        """Raise `ValueError` for what is no list, or one of too few or too many items."""
        if not isinstance(value, tuple | list) or not self.shortest <= len(value) <= self.longest:
            many = f"{self.shortest}" if self.shortest == self.longest else f"{self.shortest} to {self.longest}"
            got = f"{len(value):,}" if isinstance(value, tuple | list) else f"{value!r:.80}"
            raise ValueError(f"{name} must be a list of {many} items, got {got}")


def plain_symbol(symbol: str) -> str:
    """Return a LaTeX symbol as Unicode text."""
    names = ("alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "eta", "kappa", "lambda", "mu", "psi", "rho", "sigma", "varphi")
    greek = dict(zip(names, "αβγδεεηκλμψρσφ", strict=True))
    name, _, index = re.sub(r"[\\{}]", "", symbol).partition("_")
    return greek.get(name, name) + index

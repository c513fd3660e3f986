"""The kinds of parameters: each checks a value, writes it as JSON, and reads it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from core.words import Figure, Said, Value

Json = Any


@dataclass(frozen=True)
class Interval:
    """An interval of real numbers, written as in mathematics: `[0, 1)`, `(0, inf)`."""

    low: float
    high: float
    open_low: bool = False
    open_high: bool = False

    @classmethod
    def parse(cls, text: str) -> Interval:
        """Return the interval of a text such as "[0, 1)". A round bracket excludes an end."""
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
    """The declaration of one hyperparameter: its explanation `doc`, its LaTeX `symbol`, and texts for labels and sentences."""

    doc: str = ""
    symbol: str = ""
    #: the label of its widget; empty: the name of the field
    label: str = field(default="", kw_only=True)
    #: the name of the field in a sentence; empty: the name of the field
    noun: str = field(default="", kw_only=True)
    #: the template of a value in the label of an item
    brief: str = field(default="{value}", kw_only=True)
    #: the text of the default in the label of an item, if the default means "none"; empty: the default is written as any value
    off: str = field(default="", kw_only=True)

    def in_words(self, value: Any) -> Value:
        """Return what is said of a value, in short."""
        return str(value)

    def check(self, name: str, value: Any) -> Any:
        """Return `value` in its normal form. Raise ValueError, with name, value and what is valid, if it is invalid."""
        raise NotImplementedError

    def encode(self, value: Any) -> Json:
        """Return the JSON form of a checked value."""
        return value

    def decode(self, name: str, value: Json) -> Any:
        """Return the value of a JSON form, unchecked. Raise ValueError if the form is wrong."""
        return value


@dataclass(frozen=True)
class Number(Parameter):
    """A real number, or a whole one if `whole`. A slider offers `low..high`, on a logarithmic scale if `log`. The interval `hard` is valid.

    `step`: that of the slider; 0: a power of ten that suits the range. `stops`: the only values that are offered, in this order; empty: the whole range.
    `pattern`: how a value stands at its widget. `zero`: the word for 0; empty: 0 is a number like any other.
    """

    low: float = 0.0
    high: float = 1.0
    log: bool = False
    hard: Interval = Interval(-math.inf, math.inf)
    whole: bool = False
    step: float = 0.0
    stops: tuple[float, ...] = ()
    pattern: str = "{:g}"
    zero: str = ""

    def in_words(self, value: Any) -> Value:
        """Return the number in at most six digits, or the word for 0."""
        return Said("{zero}", zero=self.zero) if self.zero and value == 0 else Figure(value, "g")

    def shown(self, value: Any) -> str:
        """Return the number as it stands at its widget."""
        return self.zero if self.zero and value == 0 else self.pattern.format(value)

    def check(self, name: str, value: Any) -> Any:
        """Return the number as a float, or as an int if `whole`. Raise ValueError if it is not finite or not in `hard`."""
        try:
            number = math.nan if isinstance(value, bool | str | bytes) else float(value)
        except (TypeError, ValueError, OverflowError):  # not a number, an array, or an integer that is too large for a float
            number = math.nan
        if not math.isfinite(number) or (self.whole and not number.is_integer()) or number not in self.hard:
            raise ValueError(
                Said(
                    "{name} must be a whole number in {interval}, got {value}" if self.whole else "{name} must be a number in {interval}, got {value}",
                    name=name, interval=str(self.hard), value=f"{value!r:.80}",
                )
            )  # fmt: skip
        return int(value) if self.whole else number


@dataclass(frozen=True)
class Boolean(Parameter):
    """True or false."""

    def check(self, name: str, value: Any) -> bool:
        """Return the boolean."""
        if not isinstance(value, bool):
            raise ValueError(Said("{name} must be true or false, got {value}", name=name, value=f"{value!r:.80}"))
        return value


@dataclass(frozen=True)
class Choice(Parameter):
    """One of a few names. `titles`: how the options are called on the screen, in their order; empty: by their names."""

    options: tuple[str, ...] = ()
    titles: tuple[Said, ...] = ()

    def title(self, option: str) -> Said:
        """Return how an option is called on the screen."""
        return self.titles[self.options.index(option)] if self.titles else Said(option)

    def shown(self, option: str) -> str:
        """Return the option as it stands at its widget."""
        return str(self.title(option))

    def in_words(self, value: Any) -> Said:
        """Return how the option is called on the screen."""
        return self.title(value)

    def check(self, name: str, value: Any) -> str:
        """Return the option."""
        if not isinstance(value, str) or value not in self.options:
            raise ValueError(Said("{name} must be one of {options}, got {value}", name=name, options=self.options, value=f"{value!r:.80}"))
        return value


@dataclass(frozen=True)
class Text(Parameter):
    """A short line of text."""

    longest: int = 60

    def check(self, name: str, value: Any) -> str:
        """Return the text."""
        if not isinstance(value, str) or len(value) > self.longest or not (value.isprintable()):
            raise ValueError(
                Said("{name} must be one line of at most {most} characters, got {value}", name=name, most=self.longest, value=f"{value!r:.80}")
            )
        return value.strip()


@dataclass(frozen=True)
class Optional(Parameter):
    """A value of another declaration, or None. `absent`: what None stands for, at its widget."""

    item: Parameter = Parameter()
    absent: str = ""

    def shown(self, value: Any) -> str:
        """Return a number or nothing as it stands at its widget."""
        assert isinstance(self.item, Number)
        return self.absent if value is None else self.item.shown(value)

    def check(self, name: str, value: Any) -> Any:
        """Return the checked value, or None."""
        return None if value is None else self.item.check(name, value)

    def in_words(self, value: Any) -> Value:
        """Return what is said of the value, in short."""
        return "" if value is None else self.item.in_words(value)

    def encode(self, value: Any) -> Json:
        """Return the JSON form of the value, or None."""
        return None if value is None else self.item.encode(value)

    def decode(self, name: str, value: Json) -> Any:
        """Return the value of a JSON form, or None."""
        return None if value is None else self.item.decode(name, value)


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

    def in_words(self, value: Any) -> Value:
        """Return what is said of each item, in short."""
        return tuple(map(self.item.in_words, value))

    def encode(self, value: Any) -> Json:
        """Return a list of the items' JSON."""
        return [self.item.encode(entry) for entry in value]

    def decode(self, name: str, value: Json) -> Any:
        """Return the list of decoded items."""
        self._count(name, value)  # before decoding the items: a hostile list may be very long
        return [self.item.decode(f"{name}[{i}]", entry) for i, entry in enumerate(value)]

    def _count(self, name: str, value: Any) -> None:
        """Raise ValueError if the value is no list or tuple, or has too few or too many items."""
        if not isinstance(value, tuple | list) or not self.shortest <= len(value) <= self.longest:
            got = f"{len(value):,}" if isinstance(value, tuple | list) else f"{value!r:.80}"
            if self.shortest == self.longest:
                raise ValueError(Said("{name} must be a list of {count} items, got {got}", name=name, count=self.longest, got=got))
            raise ValueError(
                Said("{name} must be a list of {least} to {most} items, got {got}", name=name, least=self.shortest, most=self.longest, got=got)
            )


def plain_symbol(symbol: str) -> str:
    """Return a LaTeX symbol as Unicode text."""
    names = ("alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "eta", "kappa", "lambda", "mu", "psi", "rho", "sigma", "tau", "theta", "varphi")
    greek = dict(zip(names, "αβγδεεηκλμψρστθφ", strict=True))
    name, _, index = re.sub(r"[\\{}]", "", symbol).partition("_")
    return greek.get(name, name) + index

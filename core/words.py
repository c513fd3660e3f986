"""What the program says: a sentence with named places, and the values that stand in them.

The rest of the program keeps and compares a `Said`, never the text that it becomes. `str(said)` is that text in English. A translation replaces the
template alone: a template is a constant of the source and whole, a sentence or the name of a thing, never pieces that are put together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter
from typing import TypeAlias

#: the language of `str(said)`. A drawing that is kept for several sessions has it in its key.
LANGUAGE = "en"
#: a minus sign, and a thin space at which no line breaks
MINUS, THIN = "\u2212", "\u202f"
#: a format of significant digits
_SIGNIFICANT = re.compile(r"\.(\d)g")
#: from here on a large number is easier to read with an exponent
WITH_EXPONENT = 1e9


@dataclass(frozen=True)
class Figure:
    """A number with the digits that it deserves. `spec` is a format of Python's: `.3g` for three significant digits, `,` for thousands, `.0%` for a share."""

    value: float
    spec: str

    def __str__(self) -> str:
        digits = _SIGNIFICANT.fullmatch(self.spec)
        return significant(self.value, int(digits[1])) if digits else written(self.value, self.spec)


def significant(value: float, digits: int = 4) -> str:
    """Return a number in so many significant digits: `1.235e−07`, `0.1235`, `54 320`. Below a thousand millions a large one has no exponent."""
    short = f"{value:.{digits}g}"
    return written(float(short), ",.0f") if "e+" in short and abs(value) < WITH_EXPONENT else short.replace("-", MINUS)


def written(value: float, spec: str) -> str:
    """Return a number as people write it: in a format of Python's, with a minus sign, and with thin spaces between thousands in place of commas."""
    return format(value, spec).replace("-", MINUS).replace(",", THIN)


def whole(value: int) -> str:
    """Return a whole number with thin spaces between its thousands."""
    return written(value, ",")


#: What may stand in a place. A text is in nobody's language: a name that a user gave, or one that is the same everywhere. A tuple is a list of things.
Value: TypeAlias = "str | int | Figure | Said | tuple[Value, ...]"


@dataclass(frozen=True, init=False)
class Said:
    """A sentence, or the name of a thing: a template with places such as `{epoch}`, and the values of the places, by name in alphabetical order.

    Two of them are equal if template and values are. The title of a registered item is one without places: `Said(loss.title)`.
    """

    template: str
    values: tuple[tuple[str, Value], ...]

    def __init__(self, template: str, **values: Value) -> None:
        """Raise ValueError if the places of the template and the names of the values are not the same, TypeError for a value that is no `Value`."""
        if places(template) != values.keys():
            raise ValueError(f"the template {template!r} and the values {', '.join(values) or 'none'} do not match")
        for name, value in values.items():
            _check(name, value)
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "values", tuple(sorted(values.items())))

    def of(self, values: Mapping[str, Value]) -> Said:
        """Return the same sentence with other values."""
        return Said(self.template, **values)

    def __str__(self) -> str:
        return self.template.format(**{name: in_english(value) for name, value in self.values})


@lru_cache(maxsize=2000)
def places(template: str) -> frozenset[str]:
    """Return the names of the places of a template. Raise ValueError for a place that is no bare name, or for a bracket that stands alone."""
    names = set()
    for _, name, spec, conversion in Formatter().parse(template):
        if name is not None:
            if not name.isidentifier() or spec or conversion:
                raise ValueError(f"the place {name!r} of the template {template!r} is no bare name")
            names.add(name)
    return frozenset(names)


def in_english(value: Value) -> str:
    """Return a value as English text; the things of a list have commas between them."""
    return ", ".join(map(in_english, value)) if isinstance(value, tuple) else str(value)


def reason(error: ValueError) -> Said:
    """Return what an error says: what it was raised with, or the text of one that somebody else's code raised."""
    said = error.args[0] if error.args else None
    return said if isinstance(said, Said) else Said("{text}", text=str(error))


def _check(name: str, value: object) -> None:
    """Raise TypeError for a value that is not plain data: for a float, which has any number of digits, and for arrays and lists."""
    if isinstance(value, tuple):
        for item in value:
            _check(name, item)
    elif not isinstance(value, str | int | Figure | Said):
        raise TypeError(f"{name} must be a text, a whole number, a Figure, a Said or a tuple of them, got {value!r:.80}")

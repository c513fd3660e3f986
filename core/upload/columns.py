"""The columns of an uploaded table: cells are read as numbers, with their decimal mark, or as categories; some are missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.upload.grid import Grid, tidy
from core.upload.refusal import named
from core.words import Figure, Said

Array = NDArray[Any]

#: the texts that stand for a missing value, in lower case; the case of a cell does not matter
MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "?", "-"})
MAX_CATEGORIES = 50
#: the largest size of a number; the engine refuses larger ones too
_LARGEST = 1e30
_INFINITE = frozenset({"inf", "infinity", "∞"})
#: characters, besides the other decimal mark, that may separate thousands
_SPACES = " '’"
#: for each decimal mark the other one, which may then separate thousands
_OTHER = {".": ",", ",": "."}
#: for each decimal mark the pattern of a number
_FORMS = {
    mark: re.compile(rf"[+-]?(?:(?:\d+|[1-9]\d{{0,2}}(?:[{other}{_SPACES}]\d{{3}})+)(?:[{mark}]\d*)?|[{mark}]\d+)(?:[eE][+-]?\d+)?")
    for mark, other in _OTHER.items()
}
#: for each decimal mark the translation that removes the separators of thousands and turns the mark into a point
_PLAIN = {mark: str.maketrans(mark, ".", other + _SPACES) for mark, other in _OTHER.items()}


@dataclass(frozen=True, eq=False)
class Column:
    """A column of N cells, of numbers or of categories.

    `numbers` (N,): the values of a column of numbers, NaN for a missing one; None for categories.
    `codes` (N,): for categories the position of each cell's text in `texts`, -1 for a missing one; empty for numbers.
    `texts`: the categories, sorted; empty for numbers.
    `flaw`: why the column cannot be used as it is; `useless`: why a model cannot learn from it. Both are clauses without their subject, the column,
    and None for a good column.
    `mark`: the decimal mark of the numbers; empty if none has one.
    `unsure`: an example of a cell that is a number with either decimal mark, if no cell of the column decides which one it is; else empty.
    """

    name: str
    numbers: Array | None
    codes: Array
    texts: tuple[str, ...]
    flaw: Said | None = None
    useless: Said | None = None
    mark: str = ""
    unsure: str = ""

    def missing(self) -> Array:
        """Return whether each cell is missing, (N,)."""
        return np.isnan(self.numbers) if self.numbers is not None else self.codes < 0


def columns(grid: Grid) -> tuple[Column, ...]:
    """Return the columns of a grid.

    The decimal mark of a column is the one that most of its numbers require. If its numbers leave the mark open, it is that of most other columns.
    """
    coded = [_coded(cells) for cells in grid.columns]
    votes = [_votes(texts) for _, texts in coded]
    totals = {mark: sum(vote[mark] for vote in votes) for mark in _FORMS}
    if totals["."] == totals[","]:
        undecided_commas = any("," in text for (_, texts), vote in zip(coded, votes, strict=True) if vote["either"] for text in texts)
        default_mark = "," if undecided_commas and grid.delimiter != "," else "."
    else:
        default_mark = max(totals, key=lambda mark: totals[mark])
    return tuple(
        _column(name, codes, texts, _mark(vote, default_mark), bool(vote["either"]) and not vote["."] + vote[","], grid.lines)
        for name, (codes, texts), vote in zip(grid.header, coded, votes, strict=True)
    )


def _coded(cells: Sequence[str]) -> tuple[Array, list[str]]:
    """Return the code (N,) of each cell, and the tidy text of each code, in order of appearance."""
    import pandas as pd

    raw_codes, raw_texts = pd.factorize(np.array(cells, dtype=object))
    tidy_texts = [tidy(text).replace("\u2212", "-") for text in raw_texts]  # a typographic minus
    codes, texts = pd.factorize(np.array(tidy_texts, dtype=object))
    return codes[raw_codes], list(texts)


def _votes(texts: list[str]) -> dict[str, int]:
    """Return the number of texts that are numbers only with a decimal point (`.`), only with a decimal comma (`,`), or with `either`."""
    votes = {".": 0, ",": 0, "either": 0}
    for text in texts:
        if "." in text or "," in text:
            # A number without its decimal mark contains the other mark, as a separator of thousands, three digits before its end.
            point, comma = ((mark in text or text[-4:-3] == _OTHER[mark]) and form.fullmatch(text) for mark, form in _FORMS.items())
            if point or comma:
                votes["either" if point and comma else "." if point else ","] += 1
    return votes


def _mark(vote: dict[str, int], default_mark: str) -> str:
    """Return the decimal mark with more votes, or the default one if both have equally many."""
    return default_mark if vote["."] == vote[","] else max(_FORMS, key=lambda mark: vote[mark])


def _column(name: str, codes: Array, texts: list[str], mark: str, unsure: bool, lines: tuple[int, ...]) -> Column:
    """Return the column whose cells are `texts[codes]`, read with the decimal mark `mark`.

    `unsure`: whether the cells leave the mark open; `lines`: the line of the file of each cell.
    """
    missing = np.array([text.casefold() in MISSING for text in texts])
    parsed = [_number(text, mark) for text in texts]
    is_number = np.array([value is not None for value in parsed]) & ~missing
    counts = np.bincount(codes, minlength=len(texts))
    present, numeric = int(counts[~missing].sum()), int(counts[is_number].sum())
    if not present:
        return Column(name, np.full(len(codes), np.nan), np.empty(0, np.int32), (), useless=Said("has no values"))
    flaw = None
    if 0 < numeric < present and 2 * numeric > present:
        other = int(np.flatnonzero(~is_number & ~missing)[0])
        flaw = Said(
            "holds numbers, but {text} in line {line}: correct it, or empty the cell if the value is missing",
            text=named(texts[other]), line=lines[int(np.argmax(codes == other))],
        )  # fmt: skip
    if numeric == present:
        values = np.array([np.nan if is_missing else value for value, is_missing in zip(parsed, missing, strict=True)], float)
        return _numeric(name, values, codes, texts, mark, unsure, lines)
    categories = sorted(texts[i] for i in np.flatnonzero(~missing))
    position = {text: i for i, text in enumerate(categories)}
    codes = np.array([position.get(text, -1) for text in texts], np.int32)[codes]
    useless = None
    if len(categories) == 1:
        useless = Said("has the same value in every row, {value}", value=named(categories[0]))
    elif len(categories) == present > 2:
        useless = Said("has a different text in every row, as names, dates and free text have")
    elif len(categories) > MAX_CATEGORIES:
        count = Figure(len(categories), ",")
        useless = Said("has {count} different texts, more than {most}, as names, dates and free text have", count=count, most=MAX_CATEGORIES)
    return Column(name, None, codes, tuple(categories), flaw, None if flaw else useless)


def _numeric(name: str, values: Array, codes: Array, texts: list[str], mark: str, unsure: bool, lines: tuple[int, ...]) -> Column:
    """Return the column of the numbers `values[codes]`; the other arguments are those of `_column`."""
    numbers = values[codes]
    flaw = None
    if (infinite := np.isinf(numbers)).any():
        row = int(np.argmax(infinite))
        flaw = Said(
            "has the infinite value {text} in line {line}: correct it, or empty the cell if the value is missing",
            text=named(texts[codes[row]]), line=lines[row],
        )  # fmt: skip
    elif (too_large := np.abs(numbers) > _LARGEST).any():
        row = int(np.argmax(too_large))
        flaw = Said(
            "has the value {value} in line {line}, beyond {most}: write the column in larger units",
            value=Figure(float(numbers[row]), "g"), line=lines[row], most=Figure(_LARGEST, "g"),
        )  # fmt: skip
    present = values[~np.isnan(values)]
    constant = len(np.unique(present)) == 1
    useless = Said("has the same value in every row, {value}", value=Figure(float(present[0]), "g")) if constant else None
    example = next((text for text in texts if "." in text or "," in text), "")
    has_mark = any(mark in text for text in texts)
    return Column(name, numbers, np.empty(0, np.int32), (), flaw, None if flaw else useless, mark if has_mark else "", example if unsure else "")


def as_numbers(column: Column) -> Column:
    """Return a column of texts as numbers; a cell that is no number is missing."""
    if column.numbers is not None:
        return column
    vote = _votes(list(column.texts))
    parsed = [_number(text, _mark(vote, ".")) for text in column.texts]
    values = np.array([*(np.nan if value is None else value for value in parsed), np.nan])
    if np.isnan(values).all():
        return replace(column, flaw=Said("has no cell that is a number: make it categories"))
    return _numeric(column.name, values, column.codes % len(values), [*column.texts, ""], _mark(vote, "."), False, (0,) * len(column.codes))


def as_categories(column: Column) -> Column:
    """Return a column as categories: the different numbers, or the texts."""
    if column.numbers is None:
        return replace(column, flaw=None, useless=None if 1 < len(column.texts) <= MAX_CATEGORIES else column.useless)
    missing = np.isnan(column.numbers)
    values, codes = np.unique(column.numbers[~missing], return_inverse=True)
    all_codes = np.full(len(missing), -1, np.int32)
    all_codes[~missing] = codes
    texts = tuple(written(value) for value in values)
    useless = None
    if len(texts) > MAX_CATEGORIES:
        useless = Said("has {count} different numbers, more than {most} categories", count=Figure(len(texts), ","), most=MAX_CATEGORIES)
    return replace(column, numbers=None, codes=all_codes, texts=texts, useless=useless or column.useless)


def without_markers(column: Column) -> Column:
    """Return a column of texts in which `MISSING` is missing."""
    kept = [i for i, text in enumerate(column.texts) if text.casefold() not in MISSING]
    position = np.full(len(column.texts) + 1, -1, np.int32)
    position[kept] = np.arange(len(kept))
    return replace(column, codes=position[column.codes], texts=tuple(column.texts[i] for i in kept)) if column.numbers is None else column


def written(value: float) -> str:
    """Return a number as the name of a category or class."""
    return np.format_float_positional(value, trim="-") if abs(value) < 1e15 else f"{value:.17g}"


def _number(text: str, mark: str) -> float | None:
    """Return the value of a number written with this decimal mark; None if the text is no number.

    The value is infinite if the text says so, or if it is too large for a float.
    """
    if _FORMS[mark].fullmatch(text):
        return float(text.translate(_PLAIN[mark]))
    if text.lstrip("+-").casefold() in _INFINITE:
        return float("-inf" if text[0] == "-" else "inf")
    return None

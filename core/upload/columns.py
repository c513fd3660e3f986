"""From cells to columns: numbers with their decimal mark, categories, and missing values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.upload.grid import Grid, tidy
from core.upload.refusal import named

Array = NDArray[Any]

#: what stands for a missing value, in any case of letters
MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "?", "-"})
MAX_CATEGORIES = 50
#: larger numbers are refused by the engine too
_LARGEST = 1e30
_INFINITE = frozenset({"inf", "infinity", "∞"})
_SPACES = " '’"
#: each decimal mark, and the one that may part thousands then
_OTHER = {".": ",", ",": "."}
#: a number with each decimal mark; the other mark, spaces and apostrophes may part thousands
_FORMS = {
    mark: re.compile(rf"[+-]?(?:(?:\d+|[1-9]\d{{0,2}}(?:[{other}{_SPACES}]\d{{3}})+)(?:[{mark}]\d*)?|[{mark}]\d+)(?:[eE][+-]?\d+)?")
    for mark, other in _OTHER.items()
}
#: takes what parts thousands out of a number, and makes its decimal mark a point
_PLAIN = {mark: str.maketrans(mark, ".", other + _SPACES) for mark, other in _OTHER.items()}


@dataclass(frozen=True, eq=False)
class Column:
    """A column of N cells: `numbers` (N,), NaN where one is missing, or `codes` (N,) of the `texts`, -1 where one is missing.

    `flaw` says why it cannot be used as it is, `useless` why it would teach a model nothing; both are empty if nothing is wrong.
    `mark` is the decimal mark of its numbers, if any has one; `unsure` an example of a value that either mark could stand for.
    """

    name: str
    numbers: Array | None
    codes: Array
    texts: tuple[str, ...]
    flaw: str = ""
    useless: str = ""
    mark: str = ""
    unsure: str = ""

    def missing(self) -> Array:
        """Return where a value is missing, (N,)."""
        return np.isnan(self.numbers) if self.numbers is not None else self.codes < 0


def columns(grid: Grid) -> tuple[Column, ...]:
    """Return the columns of a grid. Each has its own decimal mark; where its values leave that open, that of the other columns."""
    found = [_coded(cells) for cells in grid.columns]
    votes = [_votes(texts) for _, texts in found]
    sure = {mark: sum(vote[mark] for vote in votes) for mark in _FORMS}
    if sure["."] == sure[","]:
        open_commas = any("," in text for (_, texts), vote in zip(found, votes, strict=True) if vote["either"] for text in texts)
        usual = "," if open_commas and grid.delimiter != "," else "."
    else:
        usual = max(sure, key=lambda mark: sure[mark])
    return tuple(
        _column(name, codes, texts, _mark(vote, usual), bool(vote["either"]) and not vote["."] + vote[","], grid.lines)
        for name, (codes, texts), vote in zip(grid.header, found, votes, strict=True)
    )


def _coded(cells: Sequence[str]) -> tuple[Array, list[str]]:
    """Return the code of each cell, and the text that each code stands for, in order of appearance."""
    import pandas as pd

    codes, texts = pd.factorize(np.array(cells, dtype=object))
    clean = [tidy(text).replace("\u2212", "-") for text in texts]  # a typographic minus
    again, uniques = pd.factorize(np.array(clean, dtype=object))
    return again[codes], list(uniques)


def _votes(texts: list[str]) -> dict[str, int]:
    """Return how many texts are numbers with a decimal point only, with a decimal comma only, and with either."""
    votes = {".": 0, ",": 0, "either": 0}
    for text in texts:
        if "." in text or "," in text:
            # without its decimal mark a number has one that parts thousands, three digits before its end
            point, comma = ((mark in text or text[-4:-3] == _OTHER[mark]) and form.fullmatch(text) for mark, form in _FORMS.items())
            if point or comma:
                votes["either" if point and comma else "." if point else ","] += 1
    return votes


def _mark(vote: dict[str, int], usual: str) -> str:
    return usual if vote["."] == vote[","] else max(_FORMS, key=lambda mark: vote[mark])


def _column(name: str, codes: Array, texts: list[str], mark: str, unsure: bool, lines: tuple[int, ...]) -> Column:
    """Return the column whose cells are `texts[codes]`."""
    missing = np.array([text.casefold() in MISSING for text in texts])
    parsed = [_number(text, mark) for text in texts]
    is_number = np.array([value is not None for value in parsed]) & ~missing
    counts = np.bincount(codes, minlength=len(texts))
    present, numeric = int(counts[~missing].sum()), int(counts[is_number].sum())
    if not present:
        return Column(name, np.full(len(codes), np.nan), np.empty(0, np.int32), (), useless="has no values")
    flaw = ""
    if 0 < numeric < present and 2 * numeric > present:
        other = int(np.flatnonzero(~is_number & ~missing)[0])
        line = lines[int(np.argmax(codes == other))]
        flaw = f"holds numbers, but {named(texts[other])} in line {line}: correct it, or empty the cell if the value is missing"
    if numeric == present:
        values = np.array([np.nan if gone else value for value, gone in zip(parsed, missing, strict=True)], float)
        return _numeric(name, values, codes, texts, mark, unsure, lines)
    kept = sorted(texts[i] for i in np.flatnonzero(~missing))
    place = {text: i for i, text in enumerate(kept)}
    codes = np.array([place.get(text, -1) for text in texts], np.int32)[codes]
    useless = ""
    if len(kept) == 1:
        useless = f"has the same value in every row, {named(kept[0])}"
    elif len(kept) > MAX_CATEGORIES or len(kept) == present > 2:
        rows = "a different text in every row" if len(kept) == present else f"{len(kept):,} different texts, more than {MAX_CATEGORIES}"
        useless = f"has {rows}, as names, dates and free text have"
    return Column(name, None, codes, tuple(kept), flaw, "" if flaw else useless)


def _numeric(name: str, values: Array, codes: Array, texts: list[str], mark: str, unsure: bool, lines: tuple[int, ...]) -> Column:
    """Return the column of numbers `values[codes]`."""
    numbers = values[codes]
    flaw = ""
    if (beyond := np.isinf(numbers)).any():
        row = int(np.argmax(beyond))
        flaw = f"has the infinite value {named(texts[codes[row]])} in line {lines[row]}: correct it, or empty the cell if the value is missing"
    elif (beyond := np.abs(numbers) > _LARGEST).any():
        row = int(np.argmax(beyond))
        flaw = f"has the value {numbers[row]:g} in line {lines[row]}, beyond {_LARGEST:g}: write the column in larger units"
    known = values[~np.isnan(values)]
    useless = f"has the same value in every row, {known[0]:g}" if len(np.unique(known)) == 1 else ""
    marked = next((text for text in texts if "." in text or "," in text), "")
    fractions = any(mark in text for text in texts)
    return Column(name, numbers, np.empty(0, np.int32), (), flaw, "" if flaw else useless, mark if fractions else "", marked if unsure else "")


def _number(text: str, mark: str) -> float | None:
    """Return the number that a text writes with this decimal mark, infinite if it says so or is too large for a float; None if it writes none."""
    if _FORMS[mark].fullmatch(text):
        return float(text.translate(_PLAIN[mark]))
    if text.lstrip("+-").casefold() in _INFINITE:
        return float("-inf" if text[0] == "-" else "inf")
    return None

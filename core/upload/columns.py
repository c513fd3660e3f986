"""The columns of an uploaded table: cells are read as numbers, with their decimal mark, or as categories; some are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.upload import numbers
from core.upload.doubts import of_texts
from core.upload.header import FIRST
from core.upload.numbers import MISSING, Written
from core.upload.refusal import named
from core.words import Figure, Said

Array = NDArray[Any]

MAX_CATEGORIES = 50
#: the largest size of a number; the engine refuses larger ones too
_LARGEST = 1e30
#: so few cells that are no numbers are mistakes to be corrected; so few different numbers among texts are names of categories
_STRAY, _FEW_NUMBERS = 2, 5
#: from so many rows on, whole numbers in order are taken for row numbers
_ORDERED = 10
#: names of columns whose numbers only tell rows apart, and how such names end
_IDENTIFIERS = frozenset(
    {"id", "index", "idx", "uid", "pid", "no", "no.", "nr", "nr.", "#", "number", "row", "unnamed: 0", "编号", "序号", "行号", "번호", "番号"}
)
_ENDINGS = ("_id", " id", "Id", "ID", "_idx", "编号", "序号")
#: a first column without a name numbers the rows if each of its numbers is as large as this, and another one
_LARGE = 10_000
#: a text that alone fills a column says that it has no values
_NO_VALUE = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "?", "-", "none", "\\n", "<na>"})


@dataclass(frozen=True, eq=False)
class Column:
    """A column of N cells, of numbers or of categories.

    `numbers` (N,): the values of a column of numbers, NaN for a missing one; None for categories.
    `codes` (N,): for categories the position of each cell's text in `texts`, -1 for a missing one; empty for numbers.
    `texts`: the categories, sorted; empty for numbers.
    `flaw`: why the column cannot be used as it is; `useless`: why a model cannot learn from it; `index`: why its numbers may only tell rows apart. They are
    clauses without their subject, the column, and None for a good column. `stray`: the flaw is of so few cells that they may be mistakes.
    `mark`: the decimal mark of the numbers; empty if none has one.
    `unsure`: an example of a cell that is a number with either decimal mark, if no cell of the column decides which one it is; else empty.
    `markers`: texts that often stand for a missing value, with their counts: among numbers they are missing, among texts they are values.
    `far`: numbers such as -999 that may stand for a missing value, with their counts; they are values until the person says otherwise.
    `notes`: sentences that say how the cells were read.
    """

    name: str
    numbers: Array | None
    codes: Array
    texts: tuple[str, ...]
    flaw: Said | None = None
    useless: Said | None = None
    index: Said | None = None
    stray: bool = False
    mark: str = ""
    unsure: str = ""
    markers: tuple[tuple[str, int], ...] = ()
    far: tuple[tuple[float, int], ...] = ()
    notes: tuple[Said, ...] = ()

    def missing(self) -> Array:
        """Return whether each cell is missing, (N,)."""
        return np.isnan(self.numbers) if self.numbers is not None else self.codes < 0

    def doubtful(self) -> tuple[tuple[str, int], ...]:
        """Return the texts and numbers that are values, but may stand for a missing one, with their counts."""
        return self.markers if self.numbers is None else tuple((written(value), count) for value, count in self.far)

    def counts(self) -> bool:
        """Return whether the numbers go up or down by one from row to row."""
        return self.numbers is not None and len(self.numbers) >= _ORDERED and _by_one(np.diff(self.numbers))


def _by_one(steps: Array) -> bool:
    return bool((np.abs(steps) == 1).all() and (steps == steps[0]).all())


def text_column(name: str, codes: Array, texts: Sequence[str], is_missing: Array, notes: tuple[Said, ...] = ()) -> Column:
    """Return a column of categories: those of `texts[codes]` that are not missing."""
    kept = sorted((texts[i], i) for i in np.flatnonzero(~is_missing).tolist())
    position = np.full(len(texts) + 1, -1, np.int32)
    position[[i for _, i in kept]] = np.arange(len(kept))
    codes = position[codes]
    categories = tuple(text for text, _ in kept)
    counts = np.bincount(codes[codes >= 0], minlength=len(categories))
    markers = tuple((text, int(count)) for text, count in zip(categories, counts, strict=True) if numbers.plain(text).casefold() in MISSING)
    present = int(counts.sum())
    useless = None
    if not categories:
        useless = Said("has no values")
    elif len(categories) == 1:
        useless = Said("has the same value in every row, {value}", value=named(categories[0]))
    elif len(categories) == present > 2:
        useless = Said("has a different text in every row, as names, dates and free text have")
    elif len(categories) > MAX_CATEGORIES:
        useless = Said(
            "has {count} different texts, more than {most}, as names, dates and free text have",
            count=Figure(len(categories), ","), most=MAX_CATEGORIES,
        )  # fmt: skip
    if not (useless or notes):
        notes = of_texts(name, categories)
    return Column(name, None, codes, categories, useless=useless, markers=markers, notes=notes)


def number_column(
    name: str, values: Array, *, shown: Sequence[str] = (), lines: Sequence[int] = (), mark: str = "", unsure: str = "",
    markers: tuple[tuple[str, int], ...] = (), notes: tuple[Said, ...] = (),
) -> Column:  # fmt: skip
    """Return a column of the numbers `values` (N,). `shown`, `lines`: the text and the line of the file of each cell."""
    flaw = useless = None
    if (infinite := np.isinf(values)).any():
        row = int(np.argmax(infinite))
        flaw = Said(
            "has the infinite value {text} in line {line}: correct it, or empty the cell if the value is missing",
            text=named(shown[row] if shown else str(values[row])), line=lines[row] if lines else row + 1,
        )  # fmt: skip
    elif (too_large := np.abs(values) > _LARGEST).any():
        row = int(np.argmax(too_large))
        flaw = Said(
            "has the value {value} in line {line}, beyond {most}: write the column in larger units",
            value=Figure(float(values[row]), "g"), line=lines[row] if lines else row + 1, most=Figure(_LARGEST, "g"),
        )  # fmt: skip
    elif np.isnan(values).all():
        useless = Said("has no values")
    elif (lowest := np.nanmin(values)) == np.nanmax(values):
        useless = Said("has the same value in every row, {value}", value=Figure(float(lowest), "g"))
    index = None if flaw or useless else _index(name, values)
    far = () if flaw or useless else _far_off(values)
    return Column(
        name, values, np.empty(0, np.int32), (), flaw, useless, index, bool(flaw), mark, unsure, markers, far, (*notes, *_far_in_words(name, far))
    )  # fmt: skip


def _far_in_words(name: str, far: tuple[tuple[float, int], ...]) -> tuple[Said, ...]:
    return tuple(
        Said(
            "In {column}, {value} ({count}) is far from all other values: it may stand for a missing one.",
            column=named(name), value=Figure(value, ".12g"), count=Figure(count, ","),
        )
        for value, count in far
    )  # fmt: skip


def _far_off(values: Array) -> tuple[tuple[float, int], ...]:
    """Return the values of one digit over and over, such as -999, 99.9 and 88, that occur more than once and are far from all others, with their counts."""
    known = values[~np.isnan(values)]
    if not (_repeats(known.min()) or _repeats(known.max())):
        return ()
    different, counts = np.unique(known, return_counts=True)
    low, high = 0, len(different)
    while low < high and _repeats(different[low]):
        low += 1
    while low < high and _repeats(different[high - 1]):
        high -= 1
    rest = different[low:high]
    ends = [i for i in range(len(different)) if not low <= i < high and counts[i] > 1] if len(rest) else []
    far = [i for i in ends if np.abs(rest - different[i]).min() > 2 * max(np.ptp(rest), 1)]
    return tuple((float(different[i]), int(counts[i])) for i in far)


def _repeats(value: float) -> bool:
    """Return whether a number has two digits or more, all of them 9, 8 or 7, as codes of surveys and devices have."""
    digits = f"{abs(value):.12g}".replace(".", "")
    return len(digits) > 1 and digits[0] in "789" and digits == digits[0] * len(digits)


def _index(name: str, values: Array) -> Said | None:
    """Return why numbers may only tell rows apart; None if there is no sign of it."""
    if len(values) < _ORDERED or np.isnan(values).any() or (values != np.round(values)).any():
        return None
    if _are_days(values):
        return Said("holds days such as {first}, which as numbers jump at the end of each month", first=Figure(float(values[0]), ".15g"))
    steps = np.diff(values)
    first, last = Figure(float(values[0]), ".15g"), Figure(float(values[-1]), ".15g")
    if _by_one(steps):
        return Said("counts the rows from {first} to {last}", first=first, last=last)
    if (steps > 0).all() or (steps < 0).all():
        return Said("has different whole numbers in the order of the rows, from {first} to {last}, as row numbers and dates have", first=first, last=last)
    identifier = name.casefold() in _IDENTIFIERS or name.endswith(_ENDINGS) or (name == FIRST and values.min() >= _LARGE)
    if identifier and len(np.unique(values)) == len(values):
        return Said("has a different whole number in every row, as identifiers have")
    return None


def _are_days(values: Array) -> bool:
    """Return whether whole numbers (n,) are days of this century and the last, such as 20240131."""
    years, months, days = values // 10_000, values // 100 % 100, values % 100
    return bool(((years >= 1900) & (years < 2100) & (months >= 1) & (months <= 12) & (days >= 1) & (days <= 31)).all())


def mixed_column(name: str, codes: Array, texts: list[str], number: Array, like: Array, marker: Array, lines: Sequence[int]) -> Column:
    """Return the column of `texts[codes]`, of which not all are numbers.

    `number`, `like`, `marker`: which texts are numbers, which look like some, and which stand for a missing value.
    """
    empty = np.array([not text for text in texts])
    counts = np.bincount(codes, minlength=len(texts))
    if marker.all() and (np.count_nonzero(~empty) <= 1 or all(numbers.plain(text).casefold() in _NO_VALUE for text in texts)):
        return Column(name, np.full(len(codes), np.nan), np.empty(0, np.int32), (), useless=Said("has no values"))
    column = text_column(name, codes, texts, empty)
    odd = ~number & ~marker
    numeric, odd_cells = int(counts[number].sum()), int(counts[odd].sum())
    n_different, n_odd = np.count_nonzero(number), np.count_nonzero(odd)
    few = n_different < _FEW_NUMBERS and odd_cells > _STRAY
    if not few and (numeric > odd_cells or n_different > 2 * n_odd):
        return replace(column, flaw=_odd_cells(texts, codes, odd, odd_cells, lines), useless=None, stray=odd_cells <= _STRAY)
    if 2 * int(counts[number | like].sum()) <= numeric + odd_cells and not numeric:
        return column
    example = named(texts[int(np.flatnonzero(odd)[0])])
    if column.useless and numeric:
        return replace(column, useless=Said("holds numbers and texts such as {text}, too many different ones for categories", text=example))
    if column.useless:
        return column
    note = Said("{column} holds numbers and texts such as {text}, and is taken for categories.", column=named(name), text=example)
    return replace(column, notes=(note,))


def _odd_cells(texts: list[str], codes: Array, odd: Array, cells: int, lines: Sequence[int]) -> Said:
    """Return what is said of the cells of a column of numbers that are none."""
    example = int(np.flatnonzero(odd)[0])
    text, line = named(texts[example]), lines[int(np.argmax(codes == example))]
    if cells == 1:
        return Said("holds numbers, but {text} in line {line}: correct it, or empty the cell if the value is missing", text=text, line=line)
    return Said(
        "holds numbers, but {text} in line {line}, and {cells} such cells in all: correct them, or empty the cells if the values are missing",
        text=text, line=line, cells=Figure(cells, ","),
    )  # fmt: skip


def forms_in_words(name: str, forms: dict[str, tuple[str, Written]], mark: str) -> tuple[Said, ...]:
    """Return a sentence about each form of number that is more than a number, with an example."""
    return tuple(
        Said("In {column}, {cell} was read as {value}.", column=named(name), cell=named(text), value=Figure(numbers.value(part, mark) or 0.0, ".12g"))
        for text, part in forms.values()
    )


def as_numbers(column: Column) -> Column:
    """Return a column of texts as numbers; a cell that is no number is missing."""
    if column.numbers is not None:
        return column
    parts = [numbers.taken_apart(numbers.plain(text)) for text in column.texts]
    votes = [numbers.vote(part.core) for part in parts if part]
    mark = "," if votes.count(",") > votes.count(".") else "."
    read = [None if part is None else numbers.value(part, mark) for part in parts]
    values = np.array([*(np.nan if value is None else value for value in read), np.nan])
    if np.isnan(values).all():
        return replace(column, flaw=Said("has no cell that is a number: make it categories"))
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.texts))
    markers = tuple((text, int(count)) for text, value, count in zip(column.texts, read, counts, strict=True) if value is None)
    notes = forms_in_words(column.name, numbers.forms(column.texts, parts), mark)
    return number_column(column.name, values[column.codes], mark=mark if any(votes) else "", markers=markers, notes=notes)


def as_categories(column: Column) -> Column:
    """Return a column as categories: its texts, or its different numbers."""
    if column.numbers is None:
        return text_column(column.name, column.codes, column.texts, np.zeros(len(column.texts), bool)) if column.flaw else column
    values, codes = np.unique(column.numbers, return_inverse=True)  # NaN is the last one, once
    as_text = text_column(column.name, codes, [*map(written, values)], np.isnan(values))
    in_order = np.argsort([float(text) for text in as_text.texts], kind="stable")
    position = np.empty(len(in_order) + 1, np.int32)
    position[in_order], position[-1] = np.arange(len(in_order)), -1
    return replace(as_text, codes=position[as_text.codes], texts=tuple(as_text.texts[i] for i in in_order))


def without_markers(column: Column) -> Column:
    """Return a column of which what is `doubtful` is missing."""
    if not column.doubtful():
        return column
    if column.numbers is not None:
        values = np.where(np.isin(column.numbers, [value for value, _ in column.far]), np.nan, column.numbers)
        notes = column.notes[: -len(column.far)]
        return number_column(column.name, values, mark=column.mark, unsure=column.unsure, markers=(*column.markers, *column.doubtful()), notes=notes)
    is_missing = np.array([numbers.plain(text).casefold() in MISSING for text in column.texts])
    left = text_column(column.name, column.codes, column.texts, is_missing, column.notes)
    return replace(left, flaw=column.flaw, stray=column.stray, useless=None) if column.flaw else left


def written(value: float) -> str:
    """Return a number as the name of a category or class."""
    return np.format_float_positional(value, trim="-") if abs(value) < 1e15 else f"{value:.17g}"

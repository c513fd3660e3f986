"""From the cells of a grid to its columns: which are numbers, with which decimal mark, and what their units and missing cells are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.own import GUESS
from core.upload import numbers
from core.upload.columns import Column, forms_in_words, mixed_column, number_column, text_column
from core.upload.grid import Grid, tidy
from core.upload.header import SEPARATOR
from core.upload.numbers import MISSING, OTHER, Written
from core.upload.refusal import named
from core.words import Said

Array = NDArray[Any]

#: cells of digits, signs, exponents and one mark, and nothing else
_SIMPLE = {mark: re.compile(rf"[0-9eE+\-{re.escape(mark)}{SEPARATOR}]*") for mark in OTHER}
#: what may not become a number without a closer look: leading zeros, exponents, many digits, in cells without a mark
_DOUBTFUL = re.compile(rf"(?:^|[{SEPARATOR}+-])0\d|[eE]|\d{{16}}")
#: a cell that is a number with this decimal mark alone: its mark separates no thousands
_DECISIVE = {
    mark: re.compile(
        rf"{re.escape(mark)}(?!\d{{3}}(?:{re.escape(mark)}|{SEPARATOR}|$))|(?:^|[{SEPARATOR}+-])(?:0\d*|\d{{4,}})?{re.escape(mark)}"
    )
    for mark in OTHER
}  # fmt: skip
#: a column of so many different texts that are no numbers is one of texts, whatever follows
_ENOUGH = 2_000
#: a text of so many letters does not say infinity
_LONG = 10
#: a cell with two marks
_TWO_MARKS = {mark: re.compile(rf"{re.escape(mark)}\d{{3}}{re.escape(mark)}") for mark in OTHER}
#: the fewest different numbers whose common unit is taken off, and the number of first cells among which one is sought that is not empty
_UNIT_OF, _UNIT_SOUGHT = 3, 1_000


@dataclass(eq=False)
class Draft:
    """A column before its decimal mark is known.

    Simple cells: `cells` has them joined, `values` (N,) their numbers, if their mark is known. Others: `codes` (N,) and `texts` have the number of each
    cell's tidy text, and these; `marker` says which texts stand for a missing value, and `readings` has their values with either mark, NaN for no number;
    `like` says which look like numbers, also if others in the column make them doubtful.
    `markers`: texts that stand for a missing value, with their counts. `forms`: for each form that is more than a number its first text, taken apart.
    `unit`: what stood before and behind each simple cell.
    `decided`: the decimal mark that its numbers require; `undecided`: the mark in numbers that may have either; `grouped`: that mark separates thousands.
    """

    name: str
    cells: str = ""
    values: Array | None = None
    codes: Array = field(default_factory=lambda: np.empty(0, np.int32))
    texts: list[str] = field(default_factory=list)
    marker: Array = field(default_factory=lambda: np.empty(0, bool))
    readings: dict[str, Array] = field(default_factory=dict)
    like: Array = field(default_factory=lambda: np.empty(0, bool))
    markers: tuple[tuple[str, int], ...] = ()
    forms: dict[str, tuple[str, Written]] = field(default_factory=dict)
    unit: tuple[str, str] = ("", "")
    decided: str = ""
    undecided: str = ""
    grouped: bool = False

    def mark(self, default: str, others: str, forced: str) -> str:
        """Return the decimal mark: its own, the `forced` one, that of the `others`, the one that groups of three digits leave, or the default."""
        if self.decided:
            return self.decided
        if forced != GUESS or others:
            return others if forced == GUESS else forced
        return OTHER[self.undecided] if self.grouped else default


def columns(grid: Grid, decimal: str = GUESS, told: Callable[[float], None] = lambda share: None) -> tuple[Column, ...]:
    """Return the columns of a grid. `told` hears which share is done.

    The decimal mark of a column is the one that most of its numbers require. If its numbers leave the mark open, it is `decimal`, or that of most other
    columns, or what the groups of digits say (`numbers.grouped`).
    """
    drafts = []
    for i, (name, cells) in enumerate(zip(grid.header, grid.columns, strict=True)):
        drafts.append(_draft(name, cells))
        told(0.8 * (i + 1) / len(grid.header))
    decided = Counter(draft.decided for draft in drafts if draft.decided)
    others = "" if decided["."] == decided[","] else max(decided, key=lambda mark: decided[mark])
    default = "," if any(draft.undecided == "," for draft in drafts) and grid.delimiter != "," else "."
    found = []
    for i, draft in enumerate(drafts):
        found.append(_column(draft, draft.mark(default, others, decimal), grid.lines))
        told(0.8 + 0.2 * (i + 1) / len(drafts))
    return tuple(found)


def _draft(name: str, cells: str) -> Draft:
    mark = "," if "," in cells else "."
    if _SIMPLE[mark].fullmatch(cells) and (draft := _simple(name, cells, mark)):
        return draft
    return _undressed(name, cells) or _composed(name, cells)


def _undressed(name: str, cells: str) -> Draft | None:
    """Return the draft of cells that are simple but for a unit, the same in each that is not empty; None if they are not."""
    first = next(filter(None, cells.split(SEPARATOR, _UNIT_SOUGHT)), "")
    part = numbers.taken_apart(numbers.plain(tidy(first)))
    if part is None or not part.unit or part.power or part.accounting or (start := first.find(part.core)) < 0:
        return None
    before, behind = first[:start].lstrip("+-"), first[start + len(part.core) :]
    if {"+", "-", "("} & set(numbers.plain(before)):
        return None
    around = f"{SEPARATOR}{cells}{SEPARATOR}"
    bare = around.replace(SEPARATOR + before, SEPARATOR) if before else around.replace(behind + SEPARATOR, SEPARATOR)
    taken_off = (len(around) - len(bare)) // len(before or behind)
    bare = bare[1:-1]
    mark = "," if "," in bare else "."
    if taken_off != bare.count(SEPARATOR) + 1 - _empty(cells) or not _SIMPLE[mark].fullmatch(bare):
        return None
    draft = _simple(name, bare, mark, part.currency)
    if draft is None or not (part.currency or part.unit in "%‰" or len(set(bare.split(SEPARATOR)) - {""}) >= _UNIT_OF):
        return None
    draft.forms, draft.unit = numbers.forms([tidy(first)], [part]), (before, behind)
    return draft


def _simple(name: str, cells: str, mark: str, money: bool = False) -> Draft | None:
    """Return the draft of simple cells; None if they need a closer look. `money`: they are amounts of it."""
    if mark not in cells:
        if _DOUBTFUL.search(cells) or (values := _values(cells)) is None:
            return None
        return Draft(name, cells, values)
    if numbers.days(filter(None, cells.split(SEPARATOR))):
        return None
    if _DECISIVE[mark].search(cells):
        values = _values(cells.replace(mark, "."))
        return None if values is None else Draft(name, cells, values, decided=mark)
    if _values(cells.replace(mark, "")) is None:
        return None
    every = not money and cells.count(mark) == cells.count(SEPARATOR) + 1 - _empty(cells)
    unsigned = cells.replace("-", "").replace("+", "")
    if numbers.addresses(filter(None, unsigned.split(SEPARATOR))):
        return None
    grouped = not (every and not _TWO_MARKS[mark].search(cells)) and numbers.grouped(filter(None, unsigned.split(SEPARATOR)), mark, money)
    return Draft(name, cells, undecided=mark, grouped=grouped)


def _empty(cells: str) -> int:
    return cells.split(SEPARATOR).count("")


def _values(cells: str) -> Array | None:
    """Return the numbers of cells with a decimal point, NaN for an empty one; None if a cell is none, or all are empty."""
    try:
        values = np.array([float(cell) if cell else np.nan for cell in cells.split(SEPARATOR)])
    except ValueError:
        return None
    return None if np.isnan(values).all() else values


def _composed(name: str, cells: str) -> Draft:
    import pandas as pd

    codes, raw_texts = pd.factorize(np.array(cells.split(SEPARATOR), dtype=object))
    texts = list(map(tidy, raw_texts))
    if any(text is not raw and text != raw for text, raw in zip(texts, raw_texts, strict=True)):
        joined, different = pd.factorize(np.array(texts, dtype=object))
        codes, texts = joined[codes], list(different)
    plain = list(map(numbers.plain, texts))
    marker = np.array([text.casefold() in MISSING for text in plain])
    counts = np.bincount(codes, minlength=len(texts))
    markers = tuple((texts[i], int(counts[i])) for i in np.flatnonzero(marker) if texts[i])
    if (marker.any() or plain != texts) and not marker.all() and (draft := _without_markers(name, codes, plain, marker)):
        draft.forms = {form: (next(text for text in texts if numbers.plain(text) == shown), part) for form, (shown, part) in draft.forms.items()}
        draft.markers = markers
        return draft
    return _taken_apart(Draft(name, codes=codes, texts=texts, marker=marker, markers=markers), plain)


def _without_markers(name: str, codes: Array, plain: list[str], marker: Array) -> Draft | None:
    """Return the draft of cells that are simple but for what stands for missing ones; None if they are not."""
    known = ["" if is_marker else text for text, is_marker in zip(plain, marker, strict=True)]
    different = SEPARATOR.join(known)
    mark = "," if "," in different else "."
    if _SIMPLE[mark].fullmatch(different):
        return _simple(name, SEPARATOR.join([known[code] for code in codes]), mark)
    return _undressed(name, SEPARATOR.join([known[code] for code in codes]))


def _taken_apart(draft: Draft, plain: list[str]) -> Draft:
    """Fill in what the texts of a draft are as numbers, and return it. `plain`: the texts with ASCII digits and signs."""
    looked_at = len(plain) if any(map(numbers.taken_apart, plain[:_ENOUGH])) else _ENOUGH
    parts = [None if is_marker else numbers.taken_apart(text) for text, is_marker in zip(plain[:looked_at], draft.marker, strict=False)]
    parts += [None] * (len(plain) - len(parts))
    draft.like = np.array([part is not None for part in parts])
    parts = _accepted(numbers.scaled(parts))
    cores = [part.core for part in parts if part]
    votes = Counter(map(numbers.vote, cores))
    if votes["."] != votes[","]:
        draft.decided = max(OTHER, key=lambda mark: votes[mark])
    elif votes["either"]:
        draft.undecided = next(mark for core in cores if numbers.vote(core) == "either" for mark in OTHER if mark in core)
        draft.grouped = numbers.grouped(cores, draft.undecided, any(part.currency for part in parts if part))
    if cores and (numbers.addresses(cores) or numbers.days(cores)):
        parts = [None] * len(parts)
    infinite = [numbers.infinite(text) if part is None and len(text) < _LONG else None for part, text in zip(parts, plain, strict=True)]
    for mark in OTHER:
        read = [numbers.value(part, mark) if part else size for part, size in zip(parts, infinite, strict=True)]
        draft.readings[mark] = np.array([np.nan if value is None else value for value in read], float)
    draft.forms = numbers.forms(draft.texts, parts)
    return draft


def _accepted(parts: list[Written | None]) -> list[Written | None]:
    """Return the parts without those whose unit or sign the other numbers of the column make doubtful.

    A unit must be that of all numbers, but an amount of money may lack it, and 0 percent. Brackets are a sign where other numbers have none.
    """
    found = [part for part in parts if part]
    units = {part.unit for part in found} - {""}
    unit = units.pop() if len(units) == 1 else ""
    bare = [part for part in found if not part.unit]
    money = any(part.currency for part in found)
    good = bool(unit) and (not bare or money or all(not part.core.strip("0.,") for part in bare))
    good = good and (money or unit in "%‰" or len({part.core for part in found}) >= _UNIT_OF)
    signed = any(not part.accounting for part in found)
    return [part if part and (good or not part.unit) and (signed or not part.accounting) else None for part in parts]


def _column(draft: Draft, mark: str, lines: Sequence[int]) -> Column:
    """Return the column of a draft, read with a decimal mark. `lines`: the line of the file of each cell."""
    if draft.cells:
        values = draft.values
        if values is None:
            values = _values(draft.cells.replace(mark, ".") if draft.undecided == mark else draft.cells.replace(draft.undecided, ""))
            assert values is not None
        unsure = draft.undecided and next(cell for cell in draft.cells.split(SEPARATOR) if draft.undecided in cell)
        unsure = f"{draft.unit[0]}{unsure}{draft.unit[1]}" if unsure else ""
        shown = draft.cells.split(SEPARATOR) if np.isinf(values).any() else ()
        return number_column(
            draft.name, values, shown=shown, lines=lines, mark=mark if mark in draft.cells else "", unsure=unsure, markers=draft.markers,
            notes=forms_in_words(draft.name, draft.forms, mark),
        )  # fmt: skip
    texts, codes, marker = draft.texts, draft.codes, draft.marker
    read = draft.readings[mark]
    if marker.all() or (np.isnan(read) & ~marker).any():
        return mixed_column(draft.name, codes, texts, ~np.isnan(read), draft.like, marker, lines)
    if lost := numbers.as_codes(numbers.plain(text) for text, is_marker in zip(texts, marker, strict=True) if not is_marker):
        return text_column(draft.name, codes, texts, marker, notes=(_codes_in_words(draft.name, lost),))
    unsure = draft.undecided and next(text for text in texts if draft.undecided in text)
    values = read[codes]
    return number_column(
        draft.name, values, shown=[texts[code] for code in codes] if np.isinf(values).any() else (), lines=lines,
        mark=mark if any(mark in text for text in texts) else "", unsure=unsure, markers=draft.markers, notes=forms_in_words(draft.name, draft.forms, mark),
    )  # fmt: skip


def _codes_in_words(name: str, lost: tuple[str, str]) -> Said:
    one, other = lost
    if one == other:
        return Said("{column} is text, because a number would lose what {text} has.", column=named(name), text=named(one))
    return Said("{column} is text, because as numbers {one} and {other} would be the same.", column=named(name), one=named(one), other=named(other))

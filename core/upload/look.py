"""A look at data as they are, before any split, damage or scaling: of each column its kind, range or frequent values, and what is done to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import Table
from core.datasets.own import DROP, Own
from core.tasks import CLASSIFICATION
from core.upload.checks import n_features
from core.upload.columns import Column
from core.upload.kinds import CATEGORY, NUMBER, TEXT, kind, seen
from core.upload.refusal import named
from core.upload.sheet import Sheet
from core.words import Figure, Said

Array = NDArray[Any]

#: what a column is for
TARGET, FEATURE, LEFT_OUT = "target", "feature", "left out"
#: the kinds of columns, with their titles
KINDS = {NUMBER: Said("number"), CATEGORY: Said("category"), TEXT: Said("text")}
#: intervals of a histogram; values that are named, and classes that are
BINS, MOST_VALUES, MOST_CLASSES = 16, 5, 10


@dataclass(frozen=True)
class Glance:
    """What there is to say of one column.

    `number`: its place in the sheet, or among the columns of a data set, targets first. `role`: `TARGET`, `FEATURE` or `LEFT_OUT`. `kind`: one of `KINDS`.
    `rows`, `missing`: the number of its cells, and of those without a value.
    `ends`: the lowest, middle (median) and highest number; None for texts, and without a finite number.
    `counts`: how many cells lie in each of `BINS` equal intervals between the ends, the first from the lowest number on; one for all if there is one number.
    Of texts and classes: how many cells have each of the `values`.
    `values`: all values in their order if they are few, else the most frequent ones; none for numbers. `others`: how many different values, and cells, are
    not among them.
    `done`: sentences on what is done to it. `flaw`: why it cannot be used as it is, and what to do; None if it can.
    `markers`: texts and numbers that may stand for a missing value (`Column.doubtful`).
    """

    number: int
    name: str
    role: str
    kind: str
    rows: int
    missing: int
    ends: tuple[float, float, float] | None
    counts: tuple[int, ...]
    values: tuple[str, ...]
    others: tuple[int, int]
    done: tuple[Said, ...]
    flaw: Said | None = None
    markers: tuple[str, ...] = ()


def order(sheet: Sheet, own: Own) -> tuple[int, ...]:
    """Return the columns of a sheet in the order in which they are looked at: the target, and the others as they are."""
    return (own.target, *(i for i in range(len(sheet.columns)) if i != own.target))


def of_sheet(sheet: Sheet, own: Own, columns: Iterable[int]) -> tuple[Glance, ...]:
    """Return a look at some columns of a sheet that was brought, as they are used."""
    used = seen(sheet, own)
    return tuple(replace(_of_column(i, used[i], own), markers=tuple(text for text, _ in sheet.columns[i].doubtful())) for i in columns)


def marked(own: Own, i: int, missing: bool) -> Own:
    """Return the choices with the markers of missing values in column `i` counted as missing, or as values."""
    others = tuple(each for each in own.absent if each != i)
    return replace(own, absent=tuple(sorted((*others, i))) if missing else others)


def of_table(table: Table, task: str) -> tuple[Glance, ...]:
    """Return a look at a table that comes with the program: at its targets, then at its features."""
    if task == CLASSIFICATION:
        counts = np.bincount(table.y, minlength=len(table.outputs))
        glances = [_of_values(0, "class", TARGET, CATEGORY, len(table.y), counts, table.outputs, (), None)]
    else:
        glances = [_of_numbers(k, name, TARGET, table.y[:, k], (), None) for k, name in enumerate(table.outputs)]
    first = len(glances)
    return (*glances, *(_of_numbers(first + i, name, FEATURE, table.X[:, i], _feature(table.X[:, i]), None) for i, name in enumerate(table.features)))


def examples(table: Table, each: int) -> Array:
    """Return the rows (K, each) of the first examples of each class; a class with fewer is repeated."""
    return np.array([np.resize(np.flatnonzero(table.y == k)[:each], each) for k in range(len(table.outputs))])


def _feature(values: Array) -> tuple[Said, ...]:
    """Return what is done to a feature of a table that comes with the program."""
    return (Said("Nothing can be learned from it."),) if values.size and values.min() == values.max() else ()


def _of_column(i: int, column: Column, own: Own) -> Glance:
    """Return a look at column `i`, as it is used."""
    role = TARGET if i == own.target else LEFT_OUT if i in own.left_out else FEATURE
    missing = int(column.missing().sum())
    done = _done(column, own, role, missing)
    flaw = None if role == LEFT_OUT else column.flaw or (column.useless if role == FEATURE else None)
    if column.numbers is not None and not (role == TARGET and own.task == CLASSIFICATION):
        return _of_numbers(i, column.name, role, column.numbers, done, flaw)
    if column.numbers is not None:
        values, counts = np.unique(column.numbers[~column.missing()], return_counts=True)
        return _of_values(i, column.name, role, NUMBER, len(column.numbers), counts, [shown(value) for value in values], done, flaw)
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.texts))
    return _of_values(i, column.name, role, kind(column), len(column.codes), counts, column.texts, done, flaw)


def _done(column: Column, own: Own, role: str, missing: int) -> tuple[Said, ...]:
    """Return what is done to a column of a sheet, how its cells were read, and what speaks against it although it is used."""
    count = Figure(missing, ",")
    if role == LEFT_OUT:
        why = column.useless or column.index
        return (Said("Left out: it {why}.", why=why) if why else Said("Left out."),)
    if role == TARGET:
        absent = (Said("{count} rows without it are left out.", count=count),) if missing > 1 else (Said("The row without it is left out."),) * missing
        classes = (Said("Its numbers are taken for classes."),) if column.numbers is not None and own.task == CLASSIFICATION else ()
        return (*classes, *absent, *_read(column))
    if column.flaw or column.useless:
        return ()
    if own.missing == DROP:
        absent = (Said("Rows without it are left out."),) if missing else ()
    elif column.numbers is not None:
        absent = (Said("Missing: the median of the training rows."),) if missing else ()
    else:
        absent = (Said("Missing: a category of its own."),) if missing else ()
    one_hot = () if column.numbers is not None else (Said("{count} features of 0 and 1.", count=n_features(column)),)
    doubt = (Said("It {index}: leave it out unless that tells something.", index=column.index),) if column.index else ()
    return (*one_hot, *absent, *doubt, *_read(column))


def _read(column: Column) -> tuple[Said, ...]:
    """Return how cells were read that are more than numbers, and which texts are counted as missing."""
    cells = tuple(Said("{text} ({count})", text=named(text), count=Figure(count, ",")) for text, count in column.markers[:3])
    return (*column.notes, *((Said("Counted as missing: {cells}.", cells=cells),) if cells and column.numbers is not None else ()))


def _of_numbers(i: int, name: str, role: str, numbers: Array, done: tuple[Said, ...], flaw: Said | None) -> Glance:
    numbers = np.asarray(numbers, float)
    finite = numbers[np.isfinite(numbers)]
    missing = int(np.isnan(numbers).sum())
    if not finite.size:
        return Glance(i, name, role, NUMBER, len(numbers), missing, None, (), (), (0, 0), done, flaw)
    low, middle, high = float(finite.min()), float(np.median(finite)), float(finite.max())
    counts = np.histogram(finite / 2, BINS, (low / 2, high / 2))[0] if low < high else np.array([len(finite)])  # halves, whose difference is finite
    return Glance(i, name, role, NUMBER, len(numbers), missing, (low, middle, high), tuple(map(int, counts)), (), (0, 0), done, flaw)


def _of_values(
    i: int, name: str, role: str, kind_: str, rows: int, counts: Array, values: Iterable[str], done: tuple[Said, ...], flaw: Said | None
) -> Glance:
    names, most = tuple(values), MOST_CLASSES if role == TARGET else MOST_VALUES
    if len(names) == most + 1:  # the last one takes no more room than the words that count it
        most += 1
    first = np.arange(len(names)) if len(names) <= most else np.argsort(-counts, kind="stable")[:most]
    present = int(counts.sum())
    rest = (len(names) - len(first), present - int(counts[first].sum()))
    return Glance(i, name, role, kind_, rows, rows - present, None, tuple(map(int, counts[first])), tuple(names[k] for k in first), rest, done, flaw)


def shown(value: float) -> str:
    """Return a number as it stands in a look at the data: a whole one with all its digits, another one with four significant digits."""
    if value == round(value) and abs(value) < 1e15:
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.0f}"
    return str(Figure(value, ".4g"))

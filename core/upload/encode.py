"""From a sheet and what a person chose to a table to train on, and to what was done, in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import Table
from core.datasets.own import DROP, FILL, TARGETS, Own
from core.tasks import CLASSIFICATION, REGRESSION
from core.upload.columns import Column
from core.upload.refusal import Refused, named
from core.upload.sheet import Sheet

Array = NDArray[Any]

MAX_FEATURES = 200
MAX_CLASSES = 50
MIN_ROWS = 5
#: every split needs a row of every class
_MIN_OF_CLASS = 3
#: a target of at most this many different whole numbers, each in several rows, is taken for classes
_FEW = 10
#: names that a target often has
_TARGET_NAMES = frozenset({"target", "label", "class", "y", "outcome"})
_ABSENT = "(missing)"


@dataclass(frozen=True, eq=False)
class Encoded:
    """A table to train on, and what was done to make it: a sentence each."""

    table: Table
    words: tuple[str, ...]


def suggested(sheet: Sheet) -> Own:
    """Return how a table may be used: the last column is the target, unless one is called so; columns that teach nothing are left out."""
    fit = [i for i, column in enumerate(sheet.columns) if not column.flaw and not column.useless] or [len(sheet.columns) - 1]
    called = [i for i in fit if sheet.columns[i].name.casefold() in _TARGET_NAMES]
    useless = tuple(i for i, column in enumerate(sheet.columns) if column.useless)
    return settled(sheet, aimed(sheet, Own(left_out=useless), (called or fit)[-1]))


def aimed(sheet: Sheet, own: Own, target: int) -> Own:
    """Return the choices with another target, and the task that follows from it."""
    return settled(sheet, replace(own, target=target, task=inferred(sheet.columns[target])[0]))


def settled(sheet: Sheet, own: Own) -> Own:
    """Return the choices as they suit a table: columns that it has, a task that its target allows, and what the targets are."""
    n = len(sheet.columns)
    target = min(own.target, n - 1)
    column = sheet.columns[target]
    task = own.task if column.numbers is not None else CLASSIFICATION
    left_out = tuple(sorted({i for i in own.left_out if i < n and i != target}))
    targets = next(iter(TARGETS))
    if task == REGRESSION and column.numbers is not None and not np.isnan(column.numbers).all():
        low = float(np.nanmin(column.numbers))
        targets = [name for name, domain in TARGETS.items() if low in domain or low == -np.inf][-1]
    return replace(own, target=target, task=task, left_out=left_out, targets=targets, header=sheet.header, digest=sheet.digest)


def inferred(target: Column) -> tuple[str, str]:
    """Return the task that a target suggests, and why."""
    if target.numbers is None:
        return CLASSIFICATION, f"it holds {len(target.texts):,} different texts"
    finite = target.numbers[np.isfinite(target.numbers)]
    known = np.unique(finite)
    whole = bool((known == np.round(known)).all())
    if whole and len(known) <= _FEW and len(finite) >= _MIN_OF_CLASS * len(known):
        return CLASSIFICATION, f"it holds {len(known)} different whole numbers"
    return REGRESSION, f"it holds {len(known):,} different {'whole ' if whole else ''}numbers"


def encode(sheet: Sheet, own: Own) -> Encoded:
    """Return the table that a sheet becomes under the choices.

    Categories are one-hot, a missing one being a category of its own; missing numbers stay NaN for the split to fill in, from training rows alone, or
    their rows are dropped. Raises `Refused` that names the column and the way out for what cannot be trained on.
    """
    if (last := max((own.target, *own.left_out))) >= len(sheet.columns):
        raise Refused(f"the table has {len(sheet.columns)} columns, and column {last + 1} was chosen: choose the columns again")
    target = sheet.columns[own.target]
    features = [column for i, column in enumerate(sheet.columns) if i != own.target and i not in own.left_out]
    if not features:
        raise Refused("no column is left to predict the target from: leave fewer out, or bring a table with more columns")
    _check_columns(target, features, own.task)
    rows, dropped = _rows(target, features, own.missing)
    if len(rows) < MIN_ROWS:
        raise Refused(_too_few(len(rows), target, features, own.missing))
    lines = np.array(sheet.lines)[rows]
    y, outputs = _classes(target, rows, lines) if own.task == CLASSIFICATION else _values(target, rows)
    X, names, filled = _features(features, rows)
    words = (*sheet.words, _target_in_words(target, own, len(outputs)), *_done(sheet, own, features, dropped, filled), _size(len(rows), names))
    return Encoded(Table(X, y, names, outputs, fill_in=bool(np.isnan(X).any())), words)


def _check_columns(target: Column, features: list[Column], task: str) -> None:
    for column in features:
        if column.flaw:
            raise Refused(f"column {named(column.name)} {column.flaw}, or leave the column out")
        if column.useless:
            raise Refused(f"column {named(column.name)} {column.useless}: leave it out")
    if target.missing().all():
        raise Refused(f"the target {named(target.name)} has no values: choose another one")
    if target.flaw and (task == REGRESSION or target.numbers is not None):
        raise Refused(f"the target {named(target.name)} {target.flaw}, or choose another target")
    if task == REGRESSION and target.numbers is None:
        raise Refused(f"the target {named(target.name)} holds text, which has classes but no values: take a classification, or choose another target")
    width = sum(_width(column) for column in features)
    if width > MAX_FEATURES:
        widest = sorted((column for column in features if column.numbers is None), key=_width)[-3:]
        largest = ", ".join(f"{named(column.name)} ({_width(column)})" for column in reversed(widest))
        raise Refused(f"it has {width} columns once categories are one-hot, at most {MAX_FEATURES} are taken: leave some out, for example of {largest}")


def _width(column: Column) -> int:
    """Return how many columns of the table a column becomes."""
    return 1 if column.numbers is not None else len(column.texts) + bool((column.codes < 0).any())


def _rows(target: Column, features: list[Column], missing: str) -> tuple[Array, list[str]]:
    """Return the rows that are kept, and in words those that are not."""
    keep = ~target.missing()
    dropped = [f"{_count(int((~keep).sum()), 'row')} without a target left out."] if not keep.all() else []
    if missing == DROP:
        whole = ~np.any([column.missing() for column in features], axis=0)
        if count := int((keep & ~whole).sum()):
            dropped.append(f"{_count(count, 'row')} with missing values left out.")
        keep = keep & whole
    return np.flatnonzero(keep), dropped


def _too_few(count: int, target: Column, features: list[Column], missing: str) -> str:
    text = f"{_count(count, 'row')} can be used, at least {MIN_ROWS} are needed"
    worst = max(features, key=lambda column: int(column.missing().sum()))
    if missing == DROP and worst.missing().any():
        return f"{text}: fill missing values in instead of dropping rows, or leave out {named(worst.name)}, which misses {worst.missing().sum():,}"
    return f"{text}: bring more rows" + (f", or choose another target than {named(target.name)}" if target.missing().any() else "")


def _classes(target: Column, rows: Array, lines: Array) -> tuple[Array, tuple[str, ...]]:
    """Return the class of each row, and the names of the classes."""
    if target.numbers is not None:
        values, y, counts = np.unique(target.numbers[rows], return_inverse=True, return_counts=True)
        names = tuple(np.format_float_positional(value, trim="-") if abs(value) < 1e15 else f"{value:.17g}" for value in values)
    else:
        codes, y, counts = np.unique(target.codes[rows], return_inverse=True, return_counts=True)
        names = tuple(target.texts[code] for code in codes)
    what = f"the target {named(target.name)}"
    if len(names) == 1:
        raise Refused(f"{what} has a single class, {named(names[0])}: a classification needs at least two, so choose another target")
    if len(names) > MAX_CLASSES:
        way = "take a regression, or choose" if target.numbers is not None else "choose"
        raise Refused(f"{what} has {len(names):,} classes, at most {MAX_CLASSES} are taken: {way} another target")
    if counts.min() < _MIN_OF_CLASS:
        rare = int(counts.argmin())
        line = lines[int(np.argmax(y == rare))]
        raise Refused(
            f"class {named(names[rare])} of {what} has {_count(int(counts[rare]), 'row')} (line {line}), at least {_MIN_OF_CLASS} are needed, one for each "
            "split: delete such rows, or give them another class" + (", or take a regression" if target.numbers is not None else "")
        )
    return y.astype(np.int64), names


def _values(target: Column, rows: Array) -> tuple[Array, tuple[str, ...]]:
    """Return the targets (N, 1) of a regression, and their name."""
    assert target.numbers is not None
    y = target.numbers[rows]
    if y.min() == y.max():
        raise Refused(f"the target {named(target.name)} has the same value in every row, {y[0]:g}: there is nothing to predict, so choose another one")
    return y[:, None], (target.name,)


def _features(features: list[Column], rows: Array) -> tuple[Array, tuple[str, ...], list[tuple[str, int]]]:
    """Return features (N, D), their names, and of each column of numbers how many values are missing, if any."""
    X = np.zeros((len(rows), sum(map(_width, features))))
    names: list[str] = []
    filled = []
    for column in features:
        at = len(names)
        if column.numbers is not None:
            X[:, at] = column.numbers[rows]
            names.append(column.name)
            if gone := int(np.isnan(X[:, at]).sum()):
                filled.append((column.name, gone))
        else:
            width = _width(column)
            X[np.arange(len(rows)), at + column.codes[rows] % width] = 1  # -1 is the last one
            names += [f"{column.name} = {text}" for text in (*column.texts, _ABSENT)[:width]]
    return X, tuple(names), filled


def _target_in_words(target: Column, own: Own, n_outputs: int) -> str:
    task, why = inferred(target)
    what = f"a classification into {n_outputs} classes" if own.task == CLASSIFICATION else "a regression"
    return f"Target: {named(target.name)}, {what}, {'because' if task == own.task else 'as chosen, though'} {why}."


def _done(sheet: Sheet, own: Own, features: list[Column], dropped: list[str], filled: list[tuple[str, int]]) -> list[str]:
    """Return in words what became of columns and of missing values."""
    words = []
    if own.left_out:
        left = [sheet.columns[i] for i in own.left_out]
        words.append(f"Left out: {_listed([named(column.name) + (f', which {column.useless}' if column.useless else '') for column in left], '; ')}.")
    if encoded := [f"{named(column.name)} ({len(column.texts)} values)" for column in features if column.numbers is None]:
        words.append(f"One-hot encoded: {_listed(encoded)}.")
    words += dropped
    if filled:
        words.append(f"Missing numbers, filled in with the median of the training rows: {_listed([f'{count:,} in {named(name)}' for name, count in filled])}.")
    absent = [f"{int((column.codes < 0).sum()):,} in {named(column.name)}" for column in features if column.numbers is None and (column.codes < 0).any()]
    if absent and own.missing == FILL:
        words.append(f"Missing categories, made a category of their own: {_listed(absent)}.")
    return words


def _listed(parts: list[str], between: str = ", ", most: int = 6) -> str:
    """Return the parts in a line, the first ones if there are many."""
    return between.join(parts[:most]) + (f" and {len(parts) - most} more" if len(parts) > most else "")


def _size(n_rows: int, names: tuple[str, ...]) -> str:
    return f"So {n_rows:,} rows with {_count(len(names), 'feature')}."


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"

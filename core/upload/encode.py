"""The encoding of a sheet: from the person's choices to a table to train on, with sentences that say what was done."""

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
#: the smallest number of rows of a class, one for each split
_MIN_OF_CLASS = 3
#: a target with at most this many different whole numbers is taken for classes, if each occurs in `_MIN_OF_CLASS` rows on average
_FEW = 10
#: names that a target often has, in lower case
_TARGET_NAMES = frozenset({"target", "label", "class", "y", "outcome"})
#: the name of the category of missing cells
_ABSENT = "(missing)"


@dataclass(frozen=True, eq=False)
class Encoded:
    """A table to train on, and sentences that say how it was made (`words`)."""

    table: Table
    words: tuple[str, ...]


def suggested(sheet: Sheet) -> Own:
    """Return the suggested choices for a sheet.

    The target is the last good column whose name is one of `_TARGET_NAMES`, else the last good column. Useless columns are left out.
    """
    good = [i for i, column in enumerate(sheet.columns) if not column.flaw and not column.useless] or [len(sheet.columns) - 1]
    named_target = [i for i in good if sheet.columns[i].name.casefold() in _TARGET_NAMES]
    useless = tuple(i for i, column in enumerate(sheet.columns) if column.useless)
    return settled(sheet, aimed(sheet, Own(left_out=useless), (named_target or good)[-1]))


def aimed(sheet: Sheet, own: Own, target: int) -> Own:
    """Return the choices with another target, and with the task that this target suggests."""
    return settled(sheet, replace(own, target=target, task=inferred(sheet.columns[target])[0]))


def settled(sheet: Sheet, own: Own) -> Own:
    """Return the choices adapted to a sheet.

    Columns that it does not have are dropped, a target of texts makes the task a classification, `targets` becomes the domain of the target's values, and
    the digests become those of the sheet.
    """
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
    """Return the task that a target suggests, and the reason in words."""
    if target.numbers is None:
        return CLASSIFICATION, f"it holds {len(target.texts):,} different texts"
    finite = target.numbers[np.isfinite(target.numbers)]
    values = np.unique(finite)
    whole = bool((values == np.round(values)).all())
    if whole and len(values) <= _FEW and len(finite) >= _MIN_OF_CLASS * len(values):
        return CLASSIFICATION, f"it holds {len(values)} different whole numbers"
    return REGRESSION, f"it holds {len(values):,} different {'whole ' if whole else ''}numbers"


def encode(sheet: Sheet, own: Own) -> Encoded:
    """Return the table of a sheet according to the choices. Raises `Refused`, naming the column, for data that cannot be trained on.

    Categories become one-hot features. With `FILL` a missing category is a category of its own, and a missing number stays NaN, which the split fills in
    from the training rows. With `DROP` rows with missing features are left out. Rows without a target are always left out.
    """
    if (last := max((own.target, *own.left_out))) >= len(sheet.columns):
        raise Refused(f"the table has {len(sheet.columns)} columns, and column {last + 1} was chosen: choose the columns again")
    target = sheet.columns[own.target]
    features = [column for i, column in enumerate(sheet.columns) if i != own.target and i not in own.left_out]
    if not features:
        raise Refused("no column is left to predict the target from: leave fewer out, or bring a table with more columns")
    _check_columns(target, features, own.task)
    rows, row_words = _rows(target, features, own.missing)
    if len(rows) < MIN_ROWS:
        raise Refused(_too_few(len(rows), target, features, own.missing))
    lines = np.array(sheet.lines)[rows]
    y, outputs = _classes(target, rows, lines) if own.task == CLASSIFICATION else _values(target, rows)
    X, names, missing_counts = _features(features, rows)
    column_words = _columns_in_words(sheet, own, features, row_words, missing_counts)
    words = (*sheet.words, _target_in_words(target, own, len(outputs)), *column_words, _size(len(rows), names))
    return Encoded(Table(X, y, names, outputs, fill_in=bool(np.isnan(X).any())), words)


def _check_columns(target: Column, features: list[Column], task: str) -> None:
    """Raise `Refused` for a column with a flaw, for a useless feature, for a target that does not suit the task, and for too many features."""
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
    """Return the number of features that a column becomes."""
    return 1 if column.numbers is not None else len(column.texts) + bool((column.codes < 0).any())


def _rows(target: Column, features: list[Column], missing: str) -> tuple[Array, list[str]]:
    """Return the numbers of the rows that are kept, and sentences about those that are left out."""
    keep = ~target.missing()
    words = [f"{_count(int((~keep).sum()), 'row')} without a target left out."] if not keep.all() else []
    if missing == DROP:
        complete = ~np.any([column.missing() for column in features], axis=0)
        if count := int((keep & ~complete).sum()):
            words.append(f"{_count(count, 'row')} with missing values left out.")
        keep = keep & complete
    return np.flatnonzero(keep), words


def _too_few(count: int, target: Column, features: list[Column], missing: str) -> str:
    """Return the message about a table with `count` rows, which are too few."""
    text = f"{_count(count, 'row')} can be used, at least {MIN_ROWS} are needed"
    worst = max(features, key=lambda column: int(column.missing().sum()))
    if missing == DROP and worst.missing().any():
        return f"{text}: fill missing values in instead of dropping rows, or leave out {named(worst.name)}, which misses {worst.missing().sum():,}"
    return f"{text}: bring more rows" + (f", or choose another target than {named(target.name)}" if target.missing().any() else "")


def _classes(target: Column, rows: Array, lines: Array) -> tuple[Array, tuple[str, ...]]:
    """Return the class numbers (N,) of the rows, and the names of the classes. Raises `Refused` for too few or too many classes, or a class of few rows.

    `lines` (N,): the lines of the rows in the file.
    """
    if target.numbers is not None:
        values, y, counts = np.unique(target.numbers[rows], return_inverse=True, return_counts=True)
        names = tuple(np.format_float_positional(value, trim="-") if abs(value) < 1e15 else f"{value:.17g}" for value in values)
    else:
        codes, y, counts = np.unique(target.codes[rows], return_inverse=True, return_counts=True)
        names = tuple(target.texts[code] for code in codes)
    subject = f"the target {named(target.name)}"
    if len(names) == 1:
        raise Refused(f"{subject} has a single class, {named(names[0])}: a classification needs at least two, so choose another target")
    if len(names) > MAX_CLASSES:
        advice = "take a regression, or choose" if target.numbers is not None else "choose"
        raise Refused(f"{subject} has {len(names):,} classes, at most {MAX_CLASSES} are taken: {advice} another target")
    if counts.min() < _MIN_OF_CLASS:
        rare = int(counts.argmin())
        line = lines[int(np.argmax(y == rare))]
        raise Refused(
            f"class {named(names[rare])} of {subject} has {_count(int(counts[rare]), 'row')} (line {line}), at least {_MIN_OF_CLASS} are needed, one for each "
            "split: delete such rows, or give them another class" + (", or take a regression" if target.numbers is not None else "")
        )
    return y.astype(np.int64), names


def _values(target: Column, rows: Array) -> tuple[Array, tuple[str, ...]]:
    """Return the targets (N, 1) of a regression, and their name. Raises `Refused` for a target with the same value in every row."""
    assert target.numbers is not None
    y = target.numbers[rows]
    if y.min() == y.max():
        raise Refused(f"the target {named(target.name)} has the same value in every row, {y[0]:g}: there is nothing to predict, so choose another one")
    return y[:, None], (target.name,)


def _features(features: list[Column], rows: Array) -> tuple[Array, tuple[str, ...], list[tuple[str, int]]]:
    """Return the features (N, D), their names, and for each column of numbers with missing values its name and their number."""
    X = np.zeros((len(rows), sum(map(_width, features))))
    names: list[str] = []
    missing_counts = []
    for column in features:
        first = len(names)
        if column.numbers is not None:
            X[:, first] = column.numbers[rows]
            names.append(column.name)
            if count := int(np.isnan(X[:, first]).sum()):
                missing_counts.append((column.name, count))
        else:
            width = _width(column)
            X[np.arange(len(rows)), first + column.codes[rows] % width] = 1  # the code -1 of a missing cell becomes the last category
            names += [f"{column.name} = {text}" for text in (*column.texts, _ABSENT)[:width]]
    return X, tuple(names), missing_counts


def _target_in_words(target: Column, own: Own, n_outputs: int) -> str:
    """Return a sentence that names the target and the task, and why the task was chosen."""
    task, reason = inferred(target)
    chosen_task = f"a classification into {n_outputs} classes" if own.task == CLASSIFICATION else "a regression"
    return f"Target: {named(target.name)}, {chosen_task}, {'because' if task == own.task else 'as chosen, though'} {reason}."


def _columns_in_words(sheet: Sheet, own: Own, features: list[Column], row_words: list[str], missing_counts: list[tuple[str, int]]) -> list[str]:
    """Return sentences about columns left out, one-hot columns, rows left out (`row_words`), and missing values that are filled in."""
    words = []
    if own.left_out:
        left_out = [sheet.columns[i] for i in own.left_out]
        words.append(f"Left out: {_listed([named(column.name) + (f', which {column.useless}' if column.useless else '') for column in left_out], '; ')}.")
    if encoded := [f"{named(column.name)} ({len(column.texts)} values)" for column in features if column.numbers is None]:
        words.append(f"One-hot encoded: {_listed(encoded)}.")
    words += row_words
    if missing_counts:
        listed = _listed([f"{count:,} in {named(name)}" for name, count in missing_counts])
        words.append(f"Missing numbers, filled in with the median of the training rows: {listed}.")
    absent = [f"{int((column.codes < 0).sum()):,} in {named(column.name)}" for column in features if column.numbers is None and (column.codes < 0).any()]
    if absent and own.missing == FILL:
        words.append(f"Missing categories, made a category of their own: {_listed(absent)}.")
    return words


def _listed(parts: list[str], between: str = ", ", most: int = 6) -> str:
    """Return the first `most` parts in one line, and the number of the others if there are more."""
    return between.join(parts[:most]) + (f" and {len(parts) - most} more" if len(parts) > most else "")


def _size(n_rows: int, names: tuple[str, ...]) -> str:
    """Return a sentence with the numbers of rows and features."""
    return f"So {n_rows:,} rows with {_count(len(names), 'feature')}."


def _count(count: int, noun: str) -> str:
    """Return a number with its noun, in the singular or the plural."""
    return f"{count:,} {noun}{'s' * (count != 1)}"

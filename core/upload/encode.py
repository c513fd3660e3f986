"""The encoding of a sheet: from the person's choices to a table to train on, with sentences that say what was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import Table
from core.datasets.own import DROP, FILL, TARGETS, Own
from core.tasks import CLASSIFICATION, REGRESSION
from core.upload.checks import check_cells, check_columns, n_features
from core.upload.columns import Column, written
from core.upload.kinds import seen
from core.upload.refusal import Refused, named
from core.upload.sheet import Sheet
from core.words import Figure, Said, Value

Array = NDArray[Any]

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
    words: tuple[Said, ...]


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
    return settled(sheet, replace(own, target=target, task=inferred(seen(sheet, own)[target])[0]))


def settled(sheet: Sheet, own: Own) -> Own:
    """Return the choices adapted to a sheet.

    Columns that it does not have are dropped, a target of texts makes the task a classification, `targets` becomes the domain of the target's values, and
    the digests become those of the sheet.
    """
    n = len(sheet.columns)
    target = min(own.target, n - 1)
    column = seen(sheet, own)[target]
    task = own.task if column.numbers is not None else CLASSIFICATION
    left_out = tuple(sorted({i for i in own.left_out if i < n and i != target}))
    targets = next(iter(TARGETS))
    if task == REGRESSION and column.numbers is not None and not np.isnan(column.numbers).all():
        low = float(np.nanmin(column.numbers))
        targets = [name for name, domain in TARGETS.items() if low in domain or low == -np.inf][-1]
    return replace(own, target=target, task=task, left_out=left_out, targets=targets, header=sheet.header, digest=sheet.digest)


def inferred(target: Column) -> tuple[str, Said]:
    """Return the task that a target suggests, and the reason, a clause."""
    if target.numbers is None:
        return CLASSIFICATION, Said("it holds {count} different texts", count=Figure(len(target.texts), ","))
    finite = target.numbers[np.isfinite(target.numbers)]
    values = np.unique(finite)
    whole = bool((values == np.round(values)).all())
    if whole and len(values) <= _FEW and len(finite) >= _MIN_OF_CLASS * len(values):
        return CLASSIFICATION, Said("it holds {count} different whole numbers", count=len(values))
    return REGRESSION, Said("it holds {count} different whole numbers" if whole else "it holds {count} different numbers", count=Figure(len(values), ","))


def encode(sheet: Sheet, own: Own) -> Encoded:
    """Return the table of a sheet according to the choices. Raises `Refused`, naming the column, for data that cannot be trained on.

    Categories become one-hot features. With `FILL` a missing category is a category of its own, and a missing number stays NaN, which the split fills in
    from the training rows. With `DROP` rows with missing features are left out. Rows without a target are always left out.
    """
    if (last := max((own.target, *own.left_out))) >= len(sheet.columns):
        said = Said("the table has {columns} columns, and column {chosen} was chosen: choose the columns again", columns=len(sheet.columns), chosen=last + 1)
        raise Refused(said)
    columns = seen(sheet, own)
    target = columns[own.target]
    features = [column for i, column in enumerate(columns) if i != own.target and i not in own.left_out]
    if not features:
        raise Refused(Said("no column is left to predict the target from: leave fewer out, or bring a table with more columns"))
    check_columns(target, features, own.task)
    rows, row_words = _rows(target, features, own.missing)
    if len(rows) < MIN_ROWS:
        raise Refused(_too_few(len(rows), target, features, own.missing))
    check_cells(len(rows), features)
    lines = np.array(sheet.lines)[rows]
    y, outputs = _classes(target, rows, lines) if own.task == CLASSIFICATION else _values(target, rows)
    X, names, missing_counts = _features(features, rows)
    column_words = _columns_in_words(columns, own, features, row_words, missing_counts)
    words = (*sheet.words, _target_in_words(target, own, len(outputs)), *column_words, _size(len(rows), names))
    return Encoded(Table(X, y, names, outputs, fill_in=bool(np.isnan(X).any())), words)


def _rows(target: Column, features: list[Column], missing: str) -> tuple[Array, list[Said]]:
    """Return the numbers of the rows that are kept, and sentences about those that are left out."""
    keep = ~target.missing()
    words = [Said("{rows} without a target left out.", rows=_row_count(int((~keep).sum())))] if not keep.all() else []
    if missing == DROP:
        complete = ~np.any([column.missing() for column in features], axis=0)
        if count := int((keep & ~complete).sum()):
            words.append(Said("{rows} with missing values left out.", rows=_row_count(count)))
        keep = keep & complete
    return np.flatnonzero(keep), words


def _too_few(count: int, target: Column, features: list[Column], missing: str) -> Said:
    """Return what is said of a table with `count` rows, which are too few."""
    rows = _row_count(count)
    worst = max(features, key=lambda column: int(column.missing().sum()))
    if missing == DROP and (misses := int(worst.missing().sum())):
        return Said(
            "{rows} can be used, at least {least} are needed: fill missing values in instead of dropping rows, or leave out {column}, which misses {misses}",
            rows=rows, least=MIN_ROWS, column=named(worst.name), misses=Figure(misses, ","),
        )  # fmt: skip
    if target.missing().any():
        return Said(
            "{rows} can be used, at least {least} are needed: bring more rows, or choose another target than {target}",
            rows=rows, least=MIN_ROWS, target=named(target.name),
        )  # fmt: skip
    return Said("{rows} can be used, at least {least} are needed: bring more rows", rows=rows, least=MIN_ROWS)


def _classes(target: Column, rows: Array, lines: Array) -> tuple[Array, tuple[str, ...]]:
    """Return the class numbers (N,) of the rows, and the names of the classes. Raises `Refused` for too few or too many classes, or a class of few rows.

    `lines` (N,): the lines of the rows in the file.
    """
    if target.numbers is not None:
        values, y, counts = np.unique(target.numbers[rows], return_inverse=True, return_counts=True)
        names = tuple(map(written, values))
    else:
        codes, y, counts = np.unique(target.codes[rows], return_inverse=True, return_counts=True)
        names = tuple(target.texts[code] for code in codes)
    if len(names) == 1:
        said = Said(
            "the target {target} has a single class, {name}: a classification needs at least two, so choose another target",
            target=named(target.name), name=named(names[0]),
        )  # fmt: skip
        raise Refused(said)
    if len(names) > MAX_CLASSES:
        said = Said(
            "the target {target} has {count} classes, at most {most} are taken: take a regression, or choose another target"
            if target.numbers is not None
            else "the target {target} has {count} classes, at most {most} are taken: choose another target",
            target=named(target.name), count=Figure(len(names), ","), most=MAX_CLASSES,
        )  # fmt: skip
        raise Refused(said)
    if counts.min() < _MIN_OF_CLASS:
        rare = int(counts.argmin())
        said = Said(
            "class {name} of the target {target} has {rows} (line {line}), at least {least} are needed, one for each split: delete such rows, "
            "or give them another class, or take a regression"
            if target.numbers is not None
            else "class {name} of the target {target} has {rows} (line {line}), at least {least} are needed, one for each split: delete such rows, "
            "or give them another class",
            name=named(names[rare]), target=named(target.name), rows=_row_count(int(counts[rare])), line=int(lines[int(np.argmax(y == rare))]),
            least=_MIN_OF_CLASS,
        )  # fmt: skip
        raise Refused(said)
    return y.astype(np.int64), names


def _values(target: Column, rows: Array) -> tuple[Array, tuple[str, ...]]:
    """Return the targets (N, 1) of a regression, and their name. Raises `Refused` for a target with the same value in every row."""
    assert target.numbers is not None
    y = target.numbers[rows]
    if y.min() == y.max():
        said = Said(
            "the target {target} has the same value in every row, {value}: there is nothing to predict, so choose another one",
            target=named(target.name), value=Figure(float(y[0]), "g"),
        )  # fmt: skip
        raise Refused(said)
    return y[:, None], (target.name,)


def _features(features: list[Column], rows: Array) -> tuple[Array, tuple[str, ...], list[tuple[str, int]]]:
    """Return the features (N, D), their names, and for each column of numbers with missing values its name and their number."""
    X = np.zeros((len(rows), sum(map(n_features, features))), _precision([column.numbers[rows] for column in features if column.numbers is not None]))
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
            width = n_features(column)
            X[np.arange(len(rows)), first + column.codes[rows] % width] = 1  # the code -1 of a missing cell becomes the last category
            names += [f"{column.name} = {text}" for text in (*column.texts, _ABSENT)[:width]]
    return X, tuple(names), missing_counts


def _precision(columns: list[Array]) -> Any:
    """Return the smallest precision in which every number, and 0 and 1, is what it is. Most tables of categories and whole numbers take a quarter so."""
    with np.errstate(over="ignore"):
        for precision in (np.float16, np.float32):
            if all(np.array_equal(numbers.astype(precision), numbers, equal_nan=True) for numbers in columns):
                return precision
    return np.float64


def _target_in_words(target: Column, own: Own, n_outputs: int) -> Said:
    """Return a sentence that names the target and the task, and why the task was chosen."""
    task, reason = inferred(target)
    if own.task == CLASSIFICATION:
        return Said(
            "Target: {target}, a classification into {classes} classes, because {reason}."
            if task == own.task
            else "Target: {target}, a classification into {classes} classes, as chosen, though {reason}.",
            target=named(target.name), classes=n_outputs, reason=reason,
        )  # fmt: skip
    return Said(
        "Target: {target}, a regression, because {reason}." if task == own.task else "Target: {target}, a regression, as chosen, though {reason}.",
        target=named(target.name),
        reason=reason,
    )


def _columns_in_words(
    columns: tuple[Column, ...], own: Own, features: list[Column], row_words: list[Said], missing_counts: list[tuple[str, int]]
) -> list[Said]:
    """Return sentences about columns left out, one-hot columns, rows left out (`row_words`), and missing values that are filled in."""
    words = []
    if own.left_out:
        words.append(Said("Left out: {columns}.", columns=_listed([_left_out(columns[i]) for i in own.left_out], _apart)))
    categorical = [column for column in features if column.numbers is None]
    if categorical:
        encoded = [Said("{column} ({count} values)", column=named(column.name), count=len(column.texts)) for column in categorical]
        words.append(Said("One-hot encoded: {columns}.", columns=_listed(encoded)))
    words += row_words
    if missing_counts:
        filled = _listed([_missing_in(name, count) for name, count in missing_counts])
        words.append(Said("Missing numbers, filled in with the median of the training rows: {counts}.", counts=filled))
    absent = [_missing_in(column.name, int((column.codes < 0).sum())) for column in categorical if (column.codes < 0).any()]
    if absent and own.missing == FILL:
        words.append(Said("Missing categories, made a category of their own: {counts}.", counts=_listed(absent)))
    return words


def _left_out(column: Column) -> Said:
    """Return a column's name, and why it is useless if it is."""
    name = named(column.name)
    return Said("{column}, which {useless}", column=name, useless=column.useless) if column.useless else Said("{column}", column=name)


def _missing_in(name: str, count: int) -> Said:
    """Return how many values a column misses."""
    return Said("{count} in {column}", count=Figure(count, ","), column=named(name))


def _listed(parts: list[Said], joined: Callable[[tuple[Said, ...]], Value] = lambda parts: parts, most: int = 6) -> Value:
    """Return the first `most` parts, `joined`, and the number of the others if there are more."""
    listed = joined(tuple(parts[:most]))
    return Said("{parts} and {count} more", parts=listed, count=len(parts) - most) if len(parts) > most else listed


def _apart(parts: tuple[Said, ...]) -> Said:
    """Return parts that have commas of their own in one list."""
    return reduce(lambda list_, part: Said("{list}; {part}", list=list_, part=part), parts)


def _size(n_rows: int, names: tuple[str, ...]) -> Said:
    """Return a sentence with the numbers of rows and features."""
    return Said(
        "So {rows} rows with {features} feature." if len(names) == 1 else "So {rows} rows with {features} features.",
        rows=Figure(n_rows, ","), features=len(names),
    )  # fmt: skip


def _row_count(count: int) -> Said:
    """Return a number of rows."""
    return Said("{count} row" if count == 1 else "{count} rows", count=Figure(count, ","))

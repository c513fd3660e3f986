"""The encoding of a sheet: from the person's choices to a table to train on, with sentences that say what was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import Table
from core.datasets.own import DROP, FILL, Own
from core.tasks import CLASSIFICATION
from core.upload.checks import check_cells, check_columns, n_features
from core.upload.columns import Column, written
from core.upload.kinds import seen
from core.upload.refusal import Refused, named
from core.upload.sheet import Sheet
from core.upload.suggestions import MIN_OF_CLASS, inferred
from core.words import Figure, Said, Value

Array = NDArray[Any]

MAX_CLASSES = 50
MIN_ROWS = 5
#: the name of the category of missing cells
_ABSENT = "(missing)"


@dataclass(frozen=True, eq=False)
class Encoded:
    """A table to train on, and sentences that say how it was made (`words`); `open`: those of them that a person should not have to look for."""

    table: Table
    words: tuple[Said, ...]
    open: tuple[Said, ...]


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
    if own.task == CLASSIFICATION and own.small_classes == DROP:
        rows, class_words = _of_large_classes(target, rows)
        row_words += class_words
    if len(rows) < MIN_ROWS:
        raise Refused(_too_few(len(rows), target, features, own.missing))
    check_cells(len(rows), features)
    lines = np.array(sheet.lines)[rows]
    y, outputs = _classes(target, rows, lines) if own.task == CLASSIFICATION else _values(target, rows)
    X, names, missing_counts = _features(features, rows)
    left_out, column_words = _left_out_in_words(columns, own), _columns_in_words(own, features, missing_counts)
    forms = [note for note in _forms_in_words([target, *features]) if note not in sheet.words]
    markers = _markers_in_words([target, *features])
    words = (*sheet.words, _target_in_words(target, own, len(outputs)), *left_out, *forms, *markers, *row_words, *column_words, _size(len(rows), names))
    return Encoded(Table(X, y, names, outputs, fill_in=bool(np.isnan(X).any())), words, (*sheet.guesses, *left_out, *forms, *markers, *row_words))


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


def _of_large_classes(target: Column, rows: Array) -> tuple[Array, list[Said]]:
    """Return the rows whose class has one for each split, and a sentence about the others."""
    cells = target.codes[rows] if target.numbers is None else target.numbers[rows]
    values, inverse, counts = np.unique(cells, return_inverse=True, return_counts=True)
    small = np.flatnonzero(counts < MIN_OF_CLASS)
    if not len(small):
        return rows, []
    names = _listed([Said("{name}", name=named(written(values[i]) if target.numbers is not None else target.texts[values[i]])) for i in small])
    left_out = _row_count(int(counts[small].sum()))
    return rows[counts[inverse] >= MIN_OF_CLASS], [
        Said("{rows} left out, of classes with fewer than {least} rows: {names}.", rows=left_out, least=MIN_OF_CLASS, names=names)
    ]


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
    if counts.min() < MIN_OF_CLASS:
        rare = int(counts.argmin())
        said = Said(
            "class {name} of the target {target} has {rows} (line {line}), at least {least} are needed, one for each split: delete such rows, "
            "or give them another class, or take a regression"
            if target.numbers is not None
            else "class {name} of the target {target} has {rows} (line {line}), at least {least} are needed, one for each split: delete such rows, "
            "or give them another class",
            name=named(names[rare]), target=named(target.name), rows=_row_count(int(counts[rare])), line=int(lines[int(np.argmax(y == rare))]),
            least=MIN_OF_CLASS,
        )  # fmt: skip
        small = counts < MIN_OF_CLASS
        left = Said("Leave out the {rows} of such classes", rows=_row_count(int(counts[small].sum())))
        raise Refused(said, remedy=(left, {"small_classes": DROP}) if np.count_nonzero(~small) > 1 else None)
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


def _left_out_in_words(columns: tuple[Column, ...], own: Own) -> list[Said]:
    """Return a sentence about the columns left out."""
    return [Said("Left out: {columns}.", columns=_listed([_left_out(columns[i]) for i in own.left_out], _apart))] if own.left_out else []


def _forms_in_words(columns: list[Column]) -> list[Said]:
    """Return sentences about how cells of these columns were read, at most six and the number of the others."""
    notes = [note for column in columns for note in column.notes]
    return [*notes[:6], Said("And {count} more readings of this kind.", count=len(notes) - 6)] if len(notes) > 6 else notes


def _markers_in_words(columns: list[Column]) -> list[Said]:
    """Return sentences about texts such as `NA`: among numbers they are missing values, among texts they are values."""
    absent = [cells for column in columns if column.numbers is not None for cells in _marked(column)]
    kept = [cells for column in columns if column.numbers is None for cells in _marked(column)]
    words = [Said("Counted as missing: {cells}.", cells=_listed(absent))] if absent else []
    return [*words, Said("Counted as values, because they stand among texts: {cells}.", cells=_listed(kept))] if kept else words


def _marked(column: Column) -> list[Said]:
    return [Said("{text} ({count}) in {column}", text=named(text), count=Figure(count, ","), column=named(column.name)) for text, count in column.markers[:3]]


def _columns_in_words(own: Own, features: list[Column], missing_counts: list[tuple[str, int]]) -> list[Said]:
    """Return sentences about one-hot columns, and about missing values that are filled in."""
    words = []
    categorical = [column for column in features if column.numbers is None]
    if categorical:
        encoded = [Said("{column} ({count} values)", column=named(column.name), count=len(column.texts)) for column in categorical]
        words.append(Said("One-hot encoded: {columns}.", columns=_listed(encoded)))
    if missing_counts:
        filled = _listed([_missing_in(name, count) for name, count in missing_counts])
        words.append(Said("Missing numbers, filled in with the median of the training rows: {counts}.", counts=filled))
    absent = [_missing_in(column.name, int((column.codes < 0).sum())) for column in categorical if (column.codes < 0).any()]
    if absent and own.missing == FILL:
        words.append(Said("Missing categories, made a category of their own: {counts}.", counts=_listed(absent)))
    return words


def _left_out(column: Column) -> Said:
    """Return a column's name, and what speaks against it."""
    name = named(column.name)
    if column.flaw:
        return Said("{column}, which holds numbers and other texts", column=name) if not column.stray else Said("{column}", column=name)
    why = column.useless or column.index
    return Said("{column}, which {why}", column=name, why=why) if why else Said("{column}", column=name)


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

"""New rows for a model: the columns of a sheet as the features that it was trained on, in their order and encoded as they were."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.own import DROP, Own
from core.upload.checks import n_features
from core.upload.columns import Column
from core.upload.refusal import Refused, named
from core.upload.sheet import Sheet
from core.words import Figure, Said

Array = NDArray[Any]

#: cells of new rows at once: they are kept in memory while the page shows them
MAX_CELLS = 500_000


def rows_of(sheet: Sheet, features: tuple[str, ...]) -> Array:
    """Return the features (n, D) of the rows of a sheet, of which every feature is a column of numbers. Other columns are ignored.

    Raise `Refused`, naming the column and the line, for a column that is missing, holds text, or misses a number.
    """
    _check_size(sheet, len(features))
    return np.column_stack([_numbers(sheet, name, gaps=False) for name in features])


def rows_like(sheet: Sheet, trained: Sheet, own: Own) -> Array:
    """Return the features (n, D) of the rows of a sheet, encoded as `encode(trained, own)` encodes those of the sheet that was trained on.

    A missing number is NaN where missing values are filled in. Raise `Refused`, naming the column and the line, for a column that is missing or holds
    another kind of values, for a category that the training rows do not have, and for a missing value that cannot be filled in.
    """
    used = [column for i, column in enumerate(trained.columns) if i != own.target and i not in own.left_out]
    _check_size(sheet, sum(map(n_features, used)))
    return np.column_stack([
        _numbers(sheet, column.name, gaps=own.missing != DROP) if column.numbers is not None else _one_hot(sheet, column) for column in used
    ])  # fmt: skip


def _check_size(sheet: Sheet, width: int) -> None:
    if sheet.n_rows * width > MAX_CELLS:
        said = Said(
            "it has {rows} rows of {features} features, and at most {most} numbers are predicted at once here: take fewer rows, or predict with predict.py",
            rows=Figure(sheet.n_rows, ","), features=width, most=Figure(MAX_CELLS, ","),
        )  # fmt: skip
        raise Refused(said)


def _column(sheet: Sheet, name: str) -> Column:
    """Return a column by its name."""
    found = next((column for column in sheet.columns if column.name == name), None)
    if found is None:
        raise Refused(Said("it has no column {name}, which the model needs: add it, with the name that it had in training", name=named(name)))
    return found


def _numbers(sheet: Sheet, name: str, gaps: bool) -> Array:
    """Return a column of numbers (n,). `gaps`: some may be missing."""
    column = _column(sheet, name)
    if column.numbers is None:
        said = column.flaw or Said("holds text, where the model was trained on numbers: correct it")
        raise Refused(Said("column {name} {flaw}", name=named(name), flaw=said))
    if column.flaw:
        raise Refused(Said("column {name} {flaw}", name=named(name), flaw=column.flaw))
    missing = np.isnan(column.numbers)
    if missing.any() and not gaps:
        raise Refused(Said("column {name} has no number in line {line}: fill it in, or delete the line", name=named(name), line=_line(sheet, missing)))
    return column.numbers


def _one_hot(sheet: Sheet, trained: Column) -> Array:
    """Return a column of categories as one feature for each that the training data have, (n, width)."""
    column, width = _column(sheet, trained.name), n_features(trained)
    texts = column.texts if column.numbers is None else tuple(f"{number:g}" for number in column.numbers)
    codes = column.codes if column.numbers is None else np.where(np.isnan(column.numbers), -1, np.arange(sheet.n_rows))
    position = {text: i for i, text in enumerate(trained.texts)}
    of_texts = np.array([*(position.get(text, len(trained.texts) + 1) for text in texts), len(trained.texts)], int)  # the last one: missing
    places = of_texts[codes]
    unknown = places > len(trained.texts)
    if unknown.any():
        line, text = _line(sheet, unknown), texts[codes[int(np.argmax(unknown))]]
        said = Said(
            "column {name} has {text} in line {line}, which no row of the training data had: the model knows {known}",
            name=named(trained.name), text=named(text), line=line, known=tuple(named(known) for known in trained.texts[:6]),
        )  # fmt: skip
        raise Refused(said)
    if (places >= width).any():
        said = Said("column {name} is empty in line {line}: fill it in, or delete the line", name=named(trained.name), line=_line(sheet, places >= width))
        raise Refused(said)
    return np.eye(width)[places]


def _line(sheet: Sheet, where: Array) -> int:
    """Return the line of the file of the first row for which `where` (n,) holds."""
    return int(sheet.lines[int(np.argmax(where))])

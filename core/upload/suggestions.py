"""What a sheet suggests: target, task, and columns to leave out; and choices adapted to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.datasets.own import READING, TARGETS, Own
from core.tasks import CLASSIFICATION, REGRESSION
from core.upload.columns import Column
from core.upload.kinds import seen
from core.upload.sheet import Sheet
from core.words import Figure, Said

#: the smallest number of rows of a class, one for each split
MIN_OF_CLASS = 3
#: a target with at most this many different whole numbers is taken for classes, if each occurs in `MIN_OF_CLASS` rows on average
_FEW = 10
#: names that a target often has, in lower case
_TARGET_NAMES = frozenset({"target", "label", "class", "y", "outcome"})


def suggested(sheet: Sheet) -> Own:
    """Return the suggested choices for a sheet: target, task, and columns left out.

    The target is the last good column whose name is one of `_TARGET_NAMES`, else the last good column that does not number the rows. Columns are left out
    that teach nothing, that hold numbers and many other texts, and that number the rows, unless no other is left.
    """
    good = [i for i, column in enumerate(sheet.columns) if not column.flaw and not column.useless] or [len(sheet.columns) - 1]
    names = [name.casefold() for name in sheet.names()]
    # a place has an x and a y
    named_target = [i for i in good if names[i] in _TARGET_NAMES and (names[i] != "y" or "x" not in names or i == len(names) - 1)]
    target = (named_target or [i for i in good if not sheet.columns[i].counts()] or good)[-1]
    poor = {i for i, column in enumerate(sheet.columns) if column.useless or (column.flaw and not column.stray)}
    rest = {i for i, column in enumerate(sheet.columns) if column.index is None} - poor - {target}
    left_out = poor | ({i for i, column in enumerate(sheet.columns) if column.index} if rest else set())
    return settled(sheet, aimed(sheet, Own(left_out=tuple(sorted(left_out - {target}))), target))


def aimed(sheet: Sheet, own: Own, target: int) -> Own:
    """Return the choices with another target, and with the task that this target suggests."""
    return settled(sheet, replace(own, target=target, task=inferred(seen(sheet, own)[target])[0]))


def settled(sheet: Sheet, own: Own) -> Own:
    """Return the choices adapted to a sheet.

    Columns that it does not have are dropped, a target of texts makes the task a classification, `targets` becomes the domain of the target's values, and
    digests and reading become those of the sheet.
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
    numbers, categories, absent = (tuple(i for i in columns if i < n) for columns in (own.numbers, own.categories, own.absent))
    return replace(
        own, target=target, task=task, left_out=left_out, targets=targets, header=sheet.header, digest=sheet.digest,
        numbers=numbers, categories=categories, absent=absent, **dict(zip(READING, sheet.reading, strict=True)),
    )  # fmt: skip


def inferred(target: Column) -> tuple[str, Said]:
    """Return the task that a target suggests, and the reason, a clause."""
    if target.numbers is None:
        return CLASSIFICATION, Said("it holds {count} different texts", count=Figure(len(target.texts), ","))
    finite = target.numbers[np.isfinite(target.numbers)]
    values = np.unique(finite)
    whole = bool((values == np.round(values)).all())
    if whole and len(values) <= _FEW and len(finite) >= MIN_OF_CLASS * len(values):
        return CLASSIFICATION, Said("it holds {count} different whole numbers", count=len(values))
    return REGRESSION, Said("it holds {count} different whole numbers" if whole else "it holds {count} different numbers", count=Figure(len(values), ","))

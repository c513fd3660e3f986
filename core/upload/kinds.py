"""The kind of each column: what its cells suggest, and what the person says otherwise (`Own.numbers`, `categories`, `absent`, `left_out`)."""

from __future__ import annotations

from dataclasses import replace

from core.datasets.own import Own
from core.upload.columns import Column, as_categories, as_numbers, without_markers
from core.upload.sheet import Sheet

#: the kinds of a column; text is what a model cannot learn from, because too many cells differ
NUMBER, CATEGORY, TEXT, LEFT_OUT = "number", "category", "text", "left out"


def kind(column: Column) -> str:
    """Return the kind of a column: `NUMBER`, `CATEGORY` or `TEXT`."""
    if column.numbers is not None:
        return NUMBER
    return TEXT if column.useless and len(column.texts) > 1 else CATEGORY


def seen(sheet: Sheet, own: Own) -> tuple[Column, ...]:
    """Return the columns as they are used: with the kinds that the person chose, else with those that their cells suggest."""
    return tuple(_seen(column, i, own) for i, column in enumerate(sheet.columns))


def _seen(column: Column, i: int, own: Own) -> Column:
    if i in own.absent:
        column = without_markers(column)
    return as_numbers(column) if i in own.numbers else as_categories(column) if i in own.categories else column


def chosen(sheet: Sheet, own: Own, i: int, kind_: str) -> Own:
    """Return the choices with another kind of column `i`: `NUMBER`, `CATEGORY` or `LEFT_OUT`. What its cells suggest by themselves is not written down."""

    def without(columns: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(each for each in columns if each != i)

    own = replace(own, numbers=without(own.numbers), categories=without(own.categories), left_out=without(own.left_out))
    if kind_ == LEFT_OUT:
        return replace(own, left_out=tuple(sorted({*own.left_out, i})))
    column = seen(sheet, own)[i]
    if kind(column) == kind_ and not column.flaw:
        return own
    if kind_ == NUMBER:
        return replace(own, numbers=tuple(sorted({*own.numbers, i})))
    return replace(own, categories=tuple(sorted({*own.categories, i})))

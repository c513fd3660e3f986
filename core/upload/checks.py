"""What a table must be before it is encoded: columns that can be learned from, and no more of them, and of cells, than are taken."""

from __future__ import annotations

from core.tasks import REGRESSION
from core.upload.columns import Column
from core.upload.refusal import Refused, named
from core.words import Figure, Said

MAX_FEATURES = 200
#: rows x features
MAX_CELLS = 5_000_000


def check_columns(target: Column, features: list[Column], task: str) -> None:
    """Raise `Refused` for a column with a flaw, for a useless feature, for a target that does not suit the task, and for too many features."""
    for column in features:
        if column.flaw:
            raise Refused(Said("column {column} {flaw}, or leave the column out", column=named(column.name), flaw=column.flaw))
        if column.useless:
            raise Refused(Said("column {column} {useless}: leave it out", column=named(column.name), useless=column.useless))
    name = named(target.name)
    if target.missing().all():
        raise Refused(Said("the target {target} has no values: choose another one", target=name))
    if target.flaw and (task == REGRESSION or target.numbers is not None):
        raise Refused(Said("the target {target} {flaw}, or choose another target", target=name, flaw=target.flaw))
    if task == REGRESSION and target.numbers is None:
        said = Said("the target {target} holds text, which has classes but no values: take a classification, or choose another target", target=name)
        raise Refused(said)
    width = sum(n_features(column) for column in features)
    if width > MAX_FEATURES:
        said = Said(
            "it has {width} columns once categories are one-hot, at most {most} are taken: leave some out, for example of {largest}",
            width=width, most=MAX_FEATURES, largest=_widest(features),
        )  # fmt: skip
        raise Refused(said)


def check_cells(n_rows: int, features: list[Column]) -> None:
    """Raise `Refused` for more cells than are taken, before there is an array of them."""
    if (cells := n_rows * (width := sum(map(n_features, features)))) > MAX_CELLS:
        said = Said(
            "{rows} rows x {width} columns, once categories are one-hot, are {cells} cells, at most {most} are taken: keep fewer rows, or leave columns out, "
            "for example of {largest}",
            rows=Figure(n_rows, ","), width=width, cells=Figure(cells, ","), most=Figure(MAX_CELLS, ","), largest=_widest(features),
        )  # fmt: skip
        raise Refused(said)


def _widest(features: list[Column]) -> tuple[Said, ...]:
    """Return the names of the columns that become most features, with how many."""
    widest = sorted(features, key=n_features)[-3:]
    return tuple(Said("{column} ({width})", column=named(column.name), width=n_features(column)) for column in reversed(widest))


def n_features(column: Column) -> int:
    """Return the number of features that a column becomes."""
    return 1 if column.numbers is not None else len(column.texts) + bool((column.codes < 0).any())

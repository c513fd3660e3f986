"""The table read from an uploaded file: its typed columns, and sentences that say how it was read."""

from __future__ import annotations

from dataclasses import dataclass

from core.upload.columns import Column, columns
from core.upload.decoding import decode
from core.upload.grid import DELIMITERS, cut
from core.upload.refusal import named

_MARKS = {".": "point", ",": "comma"}


@dataclass(frozen=True, eq=False)
class Sheet:
    """The table of an uploaded file.

    `lines`: the line of the file in which each row begins.
    `header`, `digest`: digests of the column names, and of names and cells.
    `words`: sentences that say how the file was read.
    """

    columns: tuple[Column, ...]
    lines: tuple[int, ...]
    header: str
    digest: str
    words: tuple[str, ...]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.lines)

    def names(self) -> tuple[str, ...]:
        """Return the column names."""
        return tuple(column.name for column in self.columns)


def read(raw: bytes) -> Sheet:
    """Return the table of a CSV file, whole. Raises `Refused`, naming the line or the column, for a file that cannot be read whole."""
    decoded = decode(raw)
    grid = cut(decoded.text)
    sheet_columns = columns(grid)
    header, digest = grid.digests()
    size = f"{len(grid.lines):,} rows and {len(sheet_columns)} columns"
    words = [f"{size}, read as {decoded.encoding}, cells parted by {DELIMITERS[grid.delimiter]}, {_decimals(sheet_columns)}."]
    for column in sheet_columns:
        if column.unsure and column.numbers is not None:
            row = next(row for row, cell in enumerate(grid.columns[grid.header.index(column.name)]) if column.unsure in cell)
            words.append(f"In {named(column.name)}, {named(column.unsure)} was read as {column.numbers[row]:.12g}.")
    if grid.blank:
        words.append(f"{grid.blank:,} line{'s' * (grid.blank != 1)} without values left out.")
    if grid.unnamed:
        words.append(f"{grid.unnamed:,} column{'s' * (grid.unnamed != 1)} without name and values left out.")
    return Sheet(sheet_columns, grid.lines, header, digest, tuple(words))


def _decimals(sheet_columns: tuple[Column, ...]) -> str:
    """Return a phrase that names the decimal marks of the numbers; for two marks it names the first column of each."""
    marks = {column.mark: column.name for column in reversed(sheet_columns) if column.mark}
    if len(marks) == 2:
        return f"with a decimal point in {named(marks['.'])} and a decimal comma in {named(marks[','])}"
    return f"with a decimal {_MARKS[next(iter(marks))]}" if marks else "without decimals"

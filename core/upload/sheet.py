"""A file that was read: typed columns, and how it was read, in words."""

from __future__ import annotations

from dataclasses import dataclass

from core.upload.columns import Column, columns
from core.upload.decoding import decode
from core.upload.grid import DELIMITERS, cut
from core.upload.refusal import named

_MARKS = {".": "point", ",": "comma"}


@dataclass(frozen=True, eq=False)
class Sheet:
    """A table as it was brought. `lines` says in which line of the file each row begins; the digests are those of the header and of all cells."""

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
    """Return the table of a CSV file; raise `Refused` that names the line or the column, and the way out. Nothing is read by halves."""
    decoded = decode(raw)
    grid = cut(decoded.text)
    found = columns(grid)
    header, digest = grid.digests()
    size = f"{len(grid.lines):,} rows and {len(found)} columns"
    words = [f"{size}, read as {decoded.encoding}, cells parted by {DELIMITERS[grid.delimiter]}, {_decimals(found)}."]
    for column in found:
        if column.unsure and column.numbers is not None:
            row = next(row for row, cell in enumerate(grid.columns[grid.header.index(column.name)]) if column.unsure in cell)
            words.append(f"In {named(column.name)}, {named(column.unsure)} was read as {column.numbers[row]:.12g}.")
    if grid.blank:
        words.append(f"{grid.blank:,} line{'s' * (grid.blank != 1)} without values left out.")
    if grid.unnamed:
        words.append(f"{grid.unnamed:,} column{'s' * (grid.unnamed != 1)} without name and values left out.")
    return Sheet(found, grid.lines, header, digest, tuple(words))


def _decimals(found: tuple[Column, ...]) -> str:
    """Return which decimal marks the numbers have."""
    marks = {column.mark: column.name for column in reversed(found) if column.mark}
    if len(marks) == 2:
        return f"with a decimal point in {named(marks['.'])} and a decimal comma in {named(marks[','])}"
    return f"with a decimal {_MARKS[next(iter(marks))]}" if marks else "without decimals"

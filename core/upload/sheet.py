"""The table read from an uploaded file: its typed columns, and sentences that say how it was read."""

from __future__ import annotations

from dataclasses import dataclass
from sys import getsizeof

from core.upload.columns import Column, columns
from core.upload.decoding import decode
from core.upload.grid import DELIMITERS, cut
from core.upload.refusal import named
from core.words import Figure, Said


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
    words: tuple[Said, ...]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.lines)

    @property
    def nbytes(self) -> int:
        """Bytes of the columns, about: of numbers and codes, of texts, and of the lines."""
        arrays = sum(column.codes.nbytes + (0 if column.numbers is None else column.numbers.nbytes) for column in self.columns)
        return arrays + sum(getsizeof(text) + 8 for column in self.columns for text in column.texts) + 40 * len(self.lines)

    def names(self) -> tuple[str, ...]:
        """Return the column names."""
        return tuple(column.name for column in self.columns)


def read(raw: bytes) -> Sheet:
    """Return the table of a CSV file, whole. Raises `Refused`, naming the line or the column, for a file that cannot be read whole."""
    decoded = decode(raw)
    grid = cut(decoded.text)
    sheet_columns = columns(grid)
    header, digest = grid.digests()
    read_as = Said(
        "{rows} row and {columns} columns, read as {encoding}, cells parted by {delimiter}, {decimals}."
        if len(grid.lines) == 1
        else "{rows} rows and {columns} columns, read as {encoding}, cells parted by {delimiter}, {decimals}.",
        rows=Figure(len(grid.lines), ","), columns=len(sheet_columns), encoding=decoded.encoding, delimiter=DELIMITERS[grid.delimiter],
        decimals=_decimals(sheet_columns),
    )  # fmt: skip
    words = [read_as]
    for column in sheet_columns:
        if column.unsure and column.numbers is not None:
            row = next(row for row, cell in enumerate(grid.columns[grid.header.index(column.name)]) if column.unsure in cell)
            value = Figure(float(column.numbers[row]), ".12g")
            words.append(Said("In {column}, {cell} was read as {value}.", column=named(column.name), cell=named(column.unsure), value=value))
    if grid.blank:
        count = Figure(grid.blank, ",")
        words.append(Said("{count} line without values left out." if grid.blank == 1 else "{count} lines without values left out.", count=count))
    if grid.unnamed:
        unnamed = Said(
            "{count} column without name and values left out." if grid.unnamed == 1 else "{count} columns without name and values left out.",
            count=grid.unnamed,
        )
        words.append(unnamed)
    return Sheet(sheet_columns, grid.lines, header, digest, tuple(words))


def _decimals(sheet_columns: tuple[Column, ...]) -> Said:
    """Return a phrase that names the decimal marks of the numbers; for two marks it names the first column of each."""
    marks = {column.mark: column.name for column in reversed(sheet_columns) if column.mark}
    if len(marks) == 2:
        return Said("with a decimal point in {points} and a decimal comma in {commas}", points=named(marks["."]), commas=named(marks[","]))
    return Said("without decimals" if not marks else "with a decimal point" if "." in marks else "with a decimal comma")

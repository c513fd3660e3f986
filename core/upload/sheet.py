"""The table read from an uploaded file: its typed columns, and sentences that say how it was read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from sys import getsizeof

from core.datasets.own import GUESS, Own
from core.upload.columns import Column
from core.upload.decoding import decode
from core.upload.delimiters import COLON, NAMES
from core.upload.drafts import columns
from core.upload.grid import Grid, cut
from core.upload.header import ROWS_OF_NAMES, SEPARATOR
from core.upload.records import BLANKS
from core.upload.refusal import named
from core.upload.remarks import totals
from core.words import Figure, Said


@dataclass(frozen=True, eq=False)
class Sheet:
    """The table of an uploaded file.

    `lines`: the line of the file in which each row begins.
    `header`, `digest`: digests of the column names, and of names and cells.
    `words`: sentences that say how the file was read; `guesses`: those of them that say what nothing in the file decides.
    `raw`, `reading`: the file, and the choices with which it was read (`Own.reading`), so that it can be read anew with others.
    `first_row`: which of `FIRST_ROWS` it was taken for.
    """

    columns: tuple[Column, ...]
    lines: tuple[int, ...]
    header: str
    digest: str
    words: tuple[Said, ...]
    guesses: tuple[Said, ...]
    raw: bytes
    reading: tuple[str, ...]
    first_row: str

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.lines)

    @property
    def nbytes(self) -> int:
        """Bytes of the file and of the columns, about: of numbers and codes, of texts, and of the lines."""
        arrays = sum(column.codes.nbytes + (0 if column.numbers is None else column.numbers.nbytes) for column in self.columns)
        return len(self.raw) + arrays + sum(getsizeof(text) + 8 for column in self.columns for text in column.texts) + 40 * len(self.lines)

    def names(self) -> tuple[str, ...]:
        """Return the column names."""
        return tuple(column.name for column in self.columns)


def read(raw: bytes, own: Own | None = None, told: Callable[[float], None] = lambda share: None, least: int = 2) -> Sheet:
    """Return the table of a CSV file, whole, read with the choices of `own`, as far as it makes any; `told` hears which share is done.

    `least`: how many columns it must have: 2 to train on, 1 for rows that a model of one feature predicts.
    Raises `Refused`, naming the line or the column, for a file that cannot be read whole.
    """
    own = own or Own()
    decoded = decode(raw, own.encoding)
    told(0.05)
    grid = cut(decoded.text, own.first_row, own.delimiter, own.above, lambda share: told(0.05 + 0.35 * share), least)
    text_encoding, guess = decoded.encoding, decoded.guess
    del decoded
    sheet_columns = columns(grid, own.decimal, lambda share: told(0.4 + 0.6 * share))
    header, digest = grid.digests()
    read_as = Said(
        "{rows} row and {columns} columns, read as {encoding}, cells parted by {delimiter}, {decimals}."
        if len(grid.lines) == 1
        else "{rows} rows and {columns} columns, read as {encoding}, cells parted by {delimiter}, {decimals}.",
        rows=Figure(len(grid.lines), ","), columns=len(sheet_columns), encoding=text_encoding, delimiter=NAMES[grid.delimiter],
        decimals=_decimals(sheet_columns),
    )  # fmt: skip
    guesses = _guesses(grid, sheet_columns)
    if grid.delimiter in (BLANKS, COLON) and own.delimiter == GUESS:
        guesses.insert(0, Said("The lines were cut at {delimiter}, because nothing else parts their cells.", delimiter=NAMES[grid.delimiter]))
    if last := totals(sheet_columns, grid.lines):
        guesses.append(last)
    if guess:
        guesses.insert(0, Said("The encoding is a guess: if letters look wrong, choose another one."))
    return Sheet(sheet_columns, grid.lines, header, digest, (read_as, *guesses, *grid.words), tuple(guesses), raw, own.reading, grid.first_row)


def _guesses(grid: Grid, sheet_columns: tuple[Column, ...]) -> list[Said]:
    """Return sentences about what the cells leave open: what stands above the table, where its names are, and decimal marks, with an example."""
    guesses = []
    if grid.above:
        guesses.append(Said("The table begins in line {line}: what stands above it was left out.", line=grid.above + 1))
    if grid.first_row == "values":
        guesses.append(Said("The first row was taken for values, so the columns have numbers for names."))
    elif grid.first_row != "names":
        count = ROWS_OF_NAMES[grid.first_row]
        guesses.append(Said("The first {count} rows were taken for names, such as {name}.", count=count, name=named(max(grid.header, key=len))))
    for column in sheet_columns:
        if column.unsure and column.numbers is not None:
            row = next(row for row, cell in enumerate(grid.columns[grid.header.index(column.name)].split(SEPARATOR)) if column.unsure in cell)
            value = Figure(float(column.numbers[row]), ".12g")
            guesses.append(Said("In {column}, {cell} was read as {value}.", column=named(column.name), cell=named(column.unsure), value=value))
    return guesses


def _decimals(sheet_columns: tuple[Column, ...]) -> Said:
    """Return a phrase that names the decimal marks of the numbers; for two marks it names the first column of each."""
    marks = {column.mark: column.name for column in reversed(sheet_columns) if column.mark}
    if len(marks) == 2:
        return Said("with a decimal point in {points} and a decimal comma in {commas}", points=named(marks["."]), commas=named(marks[","]))
    return Said("without decimals" if not marks else "with a decimal point" if "." in marks else "with a decimal comma")

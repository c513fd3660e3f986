"""The cells of an uploaded text: delimiter, quotes and header. A line with more or fewer cells than the header is refused."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from core.upload.refusal import Refused, named
from core.words import Figure, Said

MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_NAME = 100
MAX_CELL = 131_072

#: the characters that may separate cells, with their names
DELIMITERS = {",": Said("commas"), ";": Said("semicolons"), "\t": Said("tabs"), "|": Said("vertical bars")}
#: the name of one of them, but of a comma
_ONE = {";": Said("semicolon"), "\t": Said("tab"), "|": Said("vertical bar")}
#: the number of lines, and of characters, from which the delimiter is guessed
_SAMPLE, _SAMPLE_CHARACTERS = 100, 2**18
#: The csv module says of a cell beyond its own limit no more than of a quotation mark that stays open. No file that is read reaches this one.
csv.field_size_limit(2**24)
#: a first line that tells Excel the delimiter
_SEP = re.compile(r"sep=([,;\t|])(?:\r\n|\r|\n)")
_NUMBER = re.compile(r"[+-]?[\d.,]*\d[\d.,]*(?:[eE][+-]?\d+)?")
_NO_TABLE = (
    (
        re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{\"\d\]-])"),
        Said("it looks like JSON, not like a table: bring a CSV file with a line of column names and lines of values"),
    ),
    (
        re.compile(r"\s*<(?:!doctype|\?xml|html|table)", re.IGNORECASE),
        Said("it looks like a web page or XML, not like a table: bring a CSV file with a line of column names and lines of values"),
    ),
)


@dataclass(frozen=True, eq=False)
class Grid:
    """A table of texts.

    `header`: the names of the columns; `columns`: the cells of each.
    `lines`: the line of the file in which each row begins, counted from 1.
    `unnamed`: the number of columns that were left out because they have no name and no values.
    `blank`: the number of lines that were left out because they have no values.
    """

    header: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    delimiter: str
    unnamed: int
    blank: int

    def digests(self) -> tuple[str, str]:
        """Return a short digest of the header, and one of header and cells. They distinguish tables without revealing their contents."""
        header = hashlib.sha256("\x1f".join(self.header).encode())
        cells = header.copy()
        for column in self.columns:
            cells.update(b"\x1e" + "\x1f".join(column).encode())
        return header.hexdigest()[:10], cells.hexdigest()[:10]


def tidy(text: str) -> str:
    """Return a text as one printable line: each stretch of white space and of characters that cannot be printed becomes one space."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())


def cut(text: str) -> Grid:
    """Return the cells of a text. Raises `Refused`, naming the line or the column, for a text that is no complete table.

    Every line counts towards the limit of rows, also a blank one and one within a cell: what takes time is lines, whatever they hold. Those at the end do
    not count, because they are cut off at once.
    """
    for pattern, said in _NO_TABLE:
        if pattern.match(text):
            raise Refused(said)
    first_line, delimiter = 1, ""
    if sep := _SEP.match(text):
        delimiter, text, first_line = sep[1], text[sep.end() :], 2
    text = text.rstrip("\r\n")
    if text.count("\n") + text.count("\r") - text.count("\r\n") > MAX_ROWS:
        said = Said(
            "it has more than {most} rows, blank lines and lines within cells included: keep a part of them, drawn at random, or every other one",
            most=Figure(MAX_ROWS, ","),
        )
        raise Refused(said)
    delimiter = delimiter or _delimiter(text)
    records = _records(text, delimiter, first_line)
    try:
        header_line, names = next(records)
    except StopIteration:
        raise Refused(Said("it is empty: a table needs a line of column names and lines of values")) from None
    header = _header(header_line, names)
    rows: list[list[str]] = []
    lines, blank = [], 0
    for line, cells in records:
        if not any(cells):
            blank += 1
        elif len(cells) != len(header):
            raise Refused(_ragged(line, len(cells), len(header), delimiter))
        else:
            rows.append(cells)
            lines.append(line)
    if not rows:
        raise Refused(Said("it has column names but no rows: add lines of values below the first line"))
    columns = list(zip(*rows, strict=True))
    named_columns = []
    for i, (name, column) in enumerate(zip(header, columns, strict=True)):
        row_with_value = next((row for row, cell in enumerate(column) if cell), None)
        if not name and row_with_value is not None:
            said = Said(
                "column {column} has no name in line {header}, but a value in line {line}: name it, or delete the column",
                column=i + 1, header=header_line, line=lines[row_with_value],
            )  # fmt: skip
            raise Refused(said)
        if name:
            named_columns.append(i)
    if len(named_columns) < 2:
        raise Refused(_one_column(header[named_columns[0]]))
    return Grid(
        header=tuple(header[i] for i in named_columns), columns=tuple(columns[i] for i in named_columns), lines=tuple(lines), delimiter=delimiter,
        unnamed=len(header) - len(named_columns), blank=blank,
    )  # fmt: skip


def _records(text: str, delimiter: str, first_line: int = 1) -> Iterator[tuple[int, list[str]]]:
    """Yield for each record the line in which it begins, and its cells without surrounding white space. Empty lines are skipped.

    Cells of a record with more than `MAX_COLUMNS` stay as they are: it is refused by their number.
    `first_line`: the number of the text's first line in the file. Raises `Refused` for quotation marks that are wrong, and for a cell that is too long.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        line = reader.line_num + first_line
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Refused(_quotes(line, str(error))) from None
        if cells and (len(cells) > 1 or cells[0].strip()):
            if len(longest := max(cells, key=len)) > MAX_CELL:
                said = Said(
                    "line {line} has a cell of {characters} characters, at most {most} are taken: shorten it, or leave its column out",
                    line=line, characters=Figure(len(longest), ","), most=Figure(MAX_CELL, ","),
                )  # fmt: skip
                raise Refused(said)
            yield line, cells if len(cells) > MAX_COLUMNS else [cell.strip() for cell in cells]


def _quotes(line: int, error: str) -> Said:
    """Return what is said of wrong quotation marks in a record that begins in this line; `error` is that of the csv module."""
    return Said(
        'line {line} has text behind a closing quotation mark: within a quoted cell a quotation mark is written twice, as in "5"" pipe"'
        if "expected after" in error
        else 'line {line} opens a quotation mark that nothing closes: close it, or write a quotation mark within a quoted cell twice, as in "5"" pipe"',
        line=line,
    )


def _delimiter(text: str) -> str:
    """Return the delimiter with which the largest share of the first lines has as many cells as the first line.

    Of delimiters with equal shares it is the one with most cells; a comma if no delimiter separates the first line.
    """
    best_score, best_delimiter = (0.0, 0), ""
    sample = text[:_SAMPLE_CHARACTERS]
    for delimiter in DELIMITERS:
        counts: list[int] = []
        try:
            counts.extend(len(cells) for _, cells in islice(_records(sample, delimiter), _SAMPLE))
        except Refused:
            counts = counts or [1]
        if counts and counts[0] > 1:
            score = (counts.count(counts[0]) / len(counts), counts[0])
            best_score, best_delimiter = max((best_score, best_delimiter), (score, delimiter), key=lambda pair: pair[0])
    return best_delimiter or ","


def _header(line: int, names: list[str]) -> tuple[str, ...]:
    """Return the tidy column names. Raises `Refused` for a name that is too long or occurs twice, for too few or too many names, and for numbers."""
    if len(names) > MAX_COLUMNS:
        count = Figure(len(names), ",")
        raise Refused(Said("it has {count} columns, at most {most} are taken: keep those that matter", count=count, most=MAX_COLUMNS))
    header = tuple(map(tidy, names))
    if len(header) == 1:
        raise Refused(_one_column(header[0]))
    for i, name in enumerate(header):  # first of all, because what a pattern does with a long text takes long
        if len(name) > MAX_NAME:
            long = Said("the name of column {column}, {name}, is longer than {most} characters: shorten it", column=i + 1, name=named(name), most=MAX_NAME)
            raise Refused(long)
    if all(_NUMBER.fullmatch(name) for name in header if name):
        raise Refused(Said("line {line} holds numbers or nothing where the column names should be: put a line of names above the values", line=line))
    for i, name in enumerate(header):
        if name and name in header[:i]:
            twice = Said(
                "columns {first} and {second} have the same name, {name}: rename one of them in line {line}",
                first=header.index(name) + 1, second=i + 1, name=named(name), line=line,
            )  # fmt: skip
            raise Refused(twice)
    return header


def _one_column(name: str) -> Said:
    """Return what is said of a table with a single column."""
    return Said(
        "it has a single column, {name}: a table needs one for the target and at least one more, "
        "and between the cells of a line a comma, a semicolon, a tab or |",
        name=named(name),
    )


def _ragged(line: int, n_cells: int, n_names: int, delimiter: str) -> Said:
    """Return what is said of a line with more or fewer cells than the header has names."""
    if n_cells < n_names:
        return Said(
            "line {line} has {cells} cell, the header has {names}: complete the line, or delete it. A missing value is an empty cell"
            if n_cells == 1
            else "line {line} has {cells} cells, the header has {names}: complete the line, or delete it. A missing value is an empty cell",
            line=line, cells=n_cells, names=n_names,
        )  # fmt: skip
    if delimiter == ",":
        return Said(
            "line {line} has {cells} cells, the header has {names}: put a cell that contains a comma, decimal commas among them, in quotation marks, "
            '"like this", or delete what is too much',
            line=line, cells=n_cells, names=n_names,
        )  # fmt: skip
    return Said(
        'line {line} has {cells} cells, the header has {names}: put a cell that contains a {delimiter} in quotation marks, "like this", '
        "or delete what is too much",
        line=line, cells=n_cells, names=n_names, delimiter=_ONE[delimiter],
    )  # fmt: skip

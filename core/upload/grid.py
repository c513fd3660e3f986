"""From text to cells: delimiter, quotes, header; every line has as many cells as the header, or it is named."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from core.upload.refusal import Refused, named

MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_NAME = 100

#: what may stand between cells, and what it is called
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_SAMPLE = 100
#: a first line by which Excel is told the delimiter
_SEP = re.compile(r"sep=([,;\t|])(?:\r\n|\r|\n)")
_NUMBER = re.compile(r"[+-]?[\d.,]*\d[\d.,]*(?:[eE][+-]?\d+)?")
_NO_TABLE = (
    (re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{\"\d\]-])"), "JSON"),
    (re.compile(r"\s*<(?:!doctype|\?xml|html|table)", re.IGNORECASE), "a web page or XML"),
)


@dataclass(frozen=True, eq=False)
class Grid:
    """A table of texts. `columns` holds for each name of the header its cells; `lines` the line in which each row begins, counted from 1.

    `unnamed` is the number of columns without name and values, `blank` that of lines without values: both are left out.
    """

    header: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    delimiter: str
    unnamed: int
    blank: int

    def digests(self) -> tuple[str, str]:
        """Return a short digest of the header, and one of all cells: they tell tables apart without saying what is in them."""
        header = hashlib.sha256("\x1f".join(self.header).encode())
        cells = header.copy()
        for column in self.columns:
            cells.update(b"\x1e" + "\x1f".join(column).encode())
        return header.hexdigest()[:10], cells.hexdigest()[:10]


def tidy(text: str) -> str:
    """Return a text as one line that can be shown: white space is one space, what cannot be printed a space too."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())


def cut(text: str) -> Grid:
    """Return the cells of a text; raise `Refused` that names the line, or the column, for a table that is not whole."""
    for form, what in _NO_TABLE:
        if form.match(text):
            raise Refused(f"it looks like {what}, not like a table: bring a CSV file with a line of column names and lines of values")
    first = 1
    if sep := _SEP.match(text):
        delimiter, text, first = sep[1], text[sep.end() :], 2
    else:
        delimiter = _delimiter(text)
    records = _records(text, delimiter, first)
    try:
        header_line, names = next(records)
    except StopIteration:
        raise Refused("it is empty: a table needs a line of column names and lines of values") from None
    header = _header(header_line, names)
    rows: list[list[str]] = []
    lines, blank = [], 0
    for line, cells in records:
        if not any(cells):
            blank += 1
        elif len(cells) != len(header):
            raise Refused(_ragged(line, len(cells), len(header), delimiter))
        elif len(rows) == MAX_ROWS:
            raise Refused(f"it has more than {MAX_ROWS:,} rows: keep a part of them, drawn at random, or every other one")
        else:
            rows.append(cells)
            lines.append(line)
    if not rows:
        raise Refused("it has column names but no rows: add lines of values below the first line")
    columns = list(zip(*rows, strict=True))
    kept = []
    for i, (name, column) in enumerate(zip(header, columns, strict=True)):
        value = next((row for row, cell in enumerate(column) if cell), None)
        if not name and value is not None:
            raise Refused(f"column {i + 1} has no name in line {header_line}, but a value in line {lines[value]}: name it, or delete the column")
        if name:
            kept.append(i)
    if len(kept) < 2:
        raise Refused(_one_column(header[kept[0]]))
    return Grid(
        tuple(header[i] for i in kept), tuple(columns[i] for i in kept), tuple(lines), delimiter, len(header) - len(kept), blank
    )  # fmt: skip


def _records(text: str, delimiter: str, first: int = 1) -> Iterator[tuple[int, list[str]]]:
    """Yield the line in which each record begins, and its cells without the white space around them; lines without anything are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        line = reader.line_num + first
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Refused(_quotes(line, str(error))) from None
        if cells and (len(cells) > 1 or cells[0].strip()):
            yield line, [cell.strip() for cell in cells]


def _quotes(line: int, error: str) -> str:
    if "expected after" in error:
        return f'line {line} has text behind a closing quotation mark: within a quoted cell a quotation mark is written twice, as in "5"" pipe"'
    return f'line {line} opens a quotation mark that nothing closes: close it, or write a quotation mark within a quoted cell twice, as in "5"" pipe"'


def _delimiter(text: str) -> str:
    """Return the delimiter by which most of the first lines have as many cells as the first, and of such the one with most cells."""
    best, found = (0.0, 0), ""
    for delimiter in DELIMITERS:
        counts: list[int] = []
        try:
            counts.extend(len(cells) for _, cells in islice(_records(text, delimiter), _SAMPLE))
        except Refused:
            counts = counts or [1]
        if counts and counts[0] > 1:
            best, found = max((best, found), ((counts.count(counts[0]) / len(counts), counts[0]), delimiter), key=lambda pair: pair[0])
    return found or ","


def _header(line: int, names: list[str]) -> tuple[str, ...]:
    """Return the column names; raise `Refused` for one that is too long or stands twice, and for a first line that holds none."""
    header = tuple(map(tidy, names))
    if len(header) == 1:
        raise Refused(_one_column(header[0]))
    if len(header) > MAX_COLUMNS:
        raise Refused(f"it has {len(header):,} columns, at most {MAX_COLUMNS} are taken: keep those that matter")
    if all(_NUMBER.fullmatch(name) for name in header if name):
        raise Refused(f"line {line} holds numbers or nothing where the column names should be: put a line of names above the values")
    for i, name in enumerate(header):
        if len(name) > MAX_NAME:
            raise Refused(f"the name of column {i + 1}, {named(name)}, is longer than {MAX_NAME} characters: shorten it")
        if name and name in header[:i]:
            raise Refused(f"columns {header.index(name) + 1} and {i + 1} have the same name, {named(name)}: rename one of them in line {line}")
    return header


def _one_column(name: str) -> str:
    return (
        f"it has a single column, {named(name)}: a table needs one for the target and at least one more, "
        "and between the cells of a line a comma, a semicolon, a tab or |"
    )


def _ragged(line: int, found: int, wanted: int, delimiter: str) -> str:
    """Return what is wrong with a line of too many or too few cells."""
    cells = f"line {line} has {found} cell{'s' * (found != 1)}, the header has {wanted}"
    if found < wanted:
        return f"{cells}: complete the line, or delete it. A missing value is an empty cell"
    what = "comma, decimal commas among them," if delimiter == "," else DELIMITERS.get(delimiter, "delimiters").removesuffix("s")
    return f'{cells}: put a cell that contains a {what} in quotation marks, "like this", or delete what is too much'

"""The cells of an uploaded text: delimiter, quotes and header. A line with more or fewer cells than the header is refused."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

from core.datasets.own import GUESS
from core.upload.delimiters import guessed, lines_above
from core.upload.header import (
    FIRST,
    MAX_COLUMNS,
    ROWS_OF_NAMES,
    SEPARATOR,
    check_lengths,
    check_names,
    check_width,
    joined_names,
    numbered,
    one_column,
    taken_for,
)
from core.upload.records import BLANKS, LINE, MARKS, records
from core.upload.refusal import Refused
from core.upload.remarks import is_rule, without_remarks
from core.words import Figure, Said

MAX_ROWS = 100_000

#: the name of one of the characters that may separate cells, but of a comma
_ONE = {
    ";": Said("semicolon"), "\t": Said("tab"), "|": Said("vertical bar"), "^": Said("caret"), "~": Said("tilde"), ":": Said("colon"), BLANKS: Said("blank"),
}  # fmt: skip
#: the number of rows whose cells are joined at once: many single cells take five times the memory
_CHUNK = 1_000
#: a first line that tells Excel the delimiter
_SEP = re.compile(rf"(\"?)sep=([{MARKS}])\1[{MARKS}]*(?:\r\n|\r|\n)", re.IGNORECASE)
#: a cell that says to Excel that it is text, as it stands or in quotation marks
_FORMULA = re.compile(rf'(?<![^{MARKS}\r\n])(?:="([^"\r\n]*)"|"=""([^"\r\n]*)""")(?![^{MARKS}\r\n])')
_MARKUP = re.compile(r"\s*<(?:!doctype|\?xml|html|table)", re.IGNORECASE)
_ARFF = re.compile(r"(?:\s*%[^\n]*\n)*\s*@relation\s", re.IGNORECASE)
_LIBSVM = re.compile(r"[+-]?\d+(?:\.\d*)?(?:\s+\d+:[-+.\deE]+)+\s*$", re.MULTILINE)
#: the beginning of a JSON object, of a list of objects or of lists: no name of a column begins so
_JSON = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{])")


@dataclass(frozen=True, eq=False)
class Grid:
    """A table of texts.

    `header`: the names of the columns; `columns`: the cells of each, joined by `SEPARATOR`.
    `lines`: the line of the file in which each row begins, counted from 1.
    `first_row`: which of `FIRST_ROWS` it was taken for. `above`: the number of lines above the table, 0 if there are none but remarks.
    `words`: sentences about what was left out, and what was added.
    """

    header: tuple[str, ...]
    columns: tuple[str, ...]
    lines: tuple[int, ...]
    delimiter: str
    first_row: str = "names"
    above: int = 0
    words: tuple[Said, ...] = ()

    def digests(self) -> tuple[str, str]:
        """Return a short digest of the header, and one of header and cells. They distinguish tables without revealing their contents."""
        header = hashlib.sha256(SEPARATOR.join(self.header).encode())
        cells = header.copy()
        for column in self.columns:
            cells.update(b"\x1e" + column.encode())
        return header.hexdigest()[:10], cells.hexdigest()[:10]


def tidy(text: str) -> str:
    """Return a text as one printable line: each stretch of white space and of characters that cannot be printed becomes one space."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())


def cut(
    text: str, first_row: str = GUESS, delimiter: str = GUESS, above: str = GUESS, told: Callable[[float], None] = lambda share: None, least: int = 2
) -> Grid:  # fmt: skip
    """Return the cells of a text. Raises `Refused`, naming the line or the column, for a text that is no complete table.

    `first_row`, `delimiter` and `above` are those of `Own`; `told` hears which share is done. `least`: how many columns there must be, 2 or 1.
    Every line counts towards the limit of rows, also a blank one and one within a cell: what takes time is lines, whatever they hold. Those at the end do
    not count, because they are cut off at once.
    """
    _refuse_documents(text)
    first_line, stated = 1, ""
    if sep := _SEP.match(text):
        stated, text, first_line = sep[2], text[sep.end() :], 2
    text = text.rstrip("\r\n")
    left_out = 0
    if above != GUESS:
        left_out = max(int(above) - first_line + 1, 0)
        text = _below(text, left_out)
    text, n_remarks = without_remarks(text)
    first_line += left_out + n_remarks
    if (n_lines := text.count("\n") + text.count("\r") - text.count("\r\n")) > MAX_ROWS:
        said = Said(
            "it has more than {most} rows, blank lines and lines within cells included: keep a part of them, drawn at random, or every other one",
            most=Figure(MAX_ROWS, ","),
        )
        raise Refused(said, final=True)
    text, n_formulas = _FORMULA.subn(r'"\1\2"', text) if '="' in text else (text, 0)
    separator = {"tab": "\t", "blanks": BLANKS, GUESS: stated or guessed(text)}.get(delimiter, delimiter)
    if above == GUESS and (left_out := lines_above(text, separator)):
        text = _below(text, left_out)
        first_line += left_out
    lines = records(text, separator, first_line)
    try:
        header_line, names = next(lines)
    except StopIteration:
        raise Refused(Said("it is empty: a table needs a line of column names and lines of values")) from None
    names = list(map(tidy, names)) if len(names) <= MAX_COLUMNS else names
    check_width(names, least)
    check_lengths(names)
    body = _Body(len(names), separator)
    for line, cells in lines:
        body.add(line, cells)
        if not len(body.lines) % _CHUNK:
            told(line / (n_lines + 1))
    grid = _grid(header_line, names, body, _quoted(text), first_row, least)
    return replace(grid, above=first_line - 1 if left_out else 0, words=(*_in_words(n_remarks, body.rule, n_formulas), *grid.words))


def _below(text: str, lines: int) -> str:
    """Return a text without so many of its first lines."""
    end = 0
    for line in islice(LINE.finditer(text), lines):
        end = line.end()
    return text[end:]


def _in_words(remarks: int, rule: int, formulas: int) -> tuple[Said, ...]:
    """Return sentences about lines that were left out, remarks at the head and one of dashes, whose number is `rule`, and about cells that are formulas."""
    said = []
    if remarks:
        said.append(Said("{count} line with a remark left out." if remarks == 1 else "{count} lines with remarks left out.", count=remarks))
    if rule:
        said.append(Said("Line {line}, of dashes, left out.", line=rule))
    if formulas:
        said.append(
            Said(
                'What tells Excel that a cell is text, as in ="01", was left out of {count} cell.'
                if formulas == 1
                else 'What tells Excel that a cell is text, as in ="01", was left out of {count} cells.',
                count=Figure(formulas, ","),
            )
        )
    return tuple(said)


class _Body:
    """The rows below the first, gathered column by column."""

    def __init__(self, width: int, delimiter: str) -> None:
        self.n_names, self.delimiter = width, delimiter
        self.width = 0
        self.lines: list[int] = []
        self.blank, self.rule = 0, 0
        self._rows: list[list[str]] = []
        self._columns: list[list[str]] = []

    def add(self, line: int, cells: list[str]) -> None:
        """Take a row in. Raises `Refused` for another number of cells than names; one more is allowed if each row has it."""
        if not any(cells):
            self.blank += 1
            return
        if not self.lines and not self.rule and is_rule(cells):
            self.rule = line
            return
        if not self.width and len(cells) in (self.n_names, self.n_names + 1):
            self.width = len(cells)
        if len(cells) != self.width:
            raise Refused(self.ragged() if self.width > self.n_names else _ragged(line, len(cells), self.n_names, self.delimiter))
        self._rows.append(cells)
        self.lines.append(line)
        if len(self._rows) == _CHUNK:
            self._join()

    def _join(self) -> None:
        for i, column in enumerate(zip(*self._rows, strict=True)):
            if len(self._columns) == i:
                self._columns.append([])
            self._columns[i].append(SEPARATOR.join(column))
        self._rows = []

    def columns(self) -> list[str]:
        """Return the cells of each column, joined."""
        self._join()
        return [SEPARATOR.join(chunks) for chunks in self._columns]

    def ragged(self) -> Said:
        """Return what is said of rows that have one more cell than there are names."""
        return _ragged(self.lines[0], self.width, self.n_names, self.delimiter)


def _grid(header_line: int, first: list[str], body: _Body, quoted: bool, first_row: str, least: int) -> Grid:
    """Return the grid of the first row and the rows below it. `quoted`: the lines begin with quotation marks."""
    columns = body.columns()
    words = []
    if len(columns) > len(first):
        if not columns[-1].strip(SEPARATOR):
            columns.pop()
            words.append(Said("A delimiter at the end of each line but the first left out."))
        elif _tell_rows_apart(columns[0], quoted):
            first = ["row name", *first]
            words.append(Said("The first line has one name less than the others have cells: the first column was taken for row names, as R writes them."))
        else:
            raise Refused(body.ragged())
    first_row = taken_for(first, columns, first_row) if columns else "names"
    named = ROWS_OF_NAMES[first_row]
    lines, blank = tuple(body.lines), body.blank
    if named > 1:
        cells = [column.split(SEPARATOR, named - 1) for column in columns]
        first = list(map(tidy, joined_names([first, *zip(*(of_column[: named - 1] for of_column in cells), strict=True)])))
        check_lengths(first)
        columns, lines = ([of_column[-1] for of_column in cells], lines[named - 1 :])
    if named:
        header = [FIRST if not first[0] and columns and columns[0].strip(SEPARATOR) else first[0], *first[1:]]
        check_names(header_line, header)
    else:
        header = list(numbered(len(first)))
        columns = [f"{cell}{SEPARATOR}{cells}" if lines else cell for cell, cells in zip(first, columns or [""] * len(first), strict=True)]
        lines = (header_line, *lines)
    if not lines:
        raise Refused(Said("it has column names but no rows: add lines of values below the first line"))
    kept = [i for i, name in enumerate(header) if name]
    for i, name in enumerate(header):
        if not name and columns[i].strip(SEPARATOR):
            row = next(row for row, cell in enumerate(columns[i].split(SEPARATOR)) if cell)
            said = Said(
                "column {column} has no name in line {header}, but a value in line {line}: name it, or delete the column",
                column=i + 1, header=header_line, line=lines[row],
            )  # fmt: skip
            raise Refused(said)
    if len(kept) < least:
        raise Refused(one_column(header[kept[0]]))
    if blank:
        words.append(Said("{count} line without values left out." if blank == 1 else "{count} lines without values left out.", count=Figure(blank, ",")))
    if (unnamed := len(header) - len(kept)) == 1:
        words.append(Said("1 column without name and values left out."))
    elif unnamed:
        words.append(Said("{count} columns without name and values left out.", count=unnamed))
    return Grid(tuple(header[i] for i in kept), tuple(columns[i] for i in kept), lines, body.delimiter, first_row, words=tuple(words))


def _quoted(text: str) -> bool:
    """Return whether the first two lines that are not empty begin with quotation marks."""
    first = [line for line in islice((match[0] for match in LINE.finditer(text)), 20) if line.strip()][:2]
    return len(first) == 2 and all(line.startswith('"') for line in first)


def _tell_rows_apart(cells: str, quoted: bool) -> bool:
    """Return whether the cells of a column are all different, and quoted or no numbers, as row names are."""
    names = cells.split(SEPARATOR)
    return len(set(names)) == len(names) and (quoted or not any(name[:1].isdigit() for name in names)) and all(names)


def _refuse_documents(text: str) -> None:
    """Raise `Refused` for JSON, a web page and XML."""
    if _MARKUP.match(text):
        raise Refused(Said("it looks like a web page or XML, not like a table: bring a CSV file with a line of column names and lines of values"), final=True)
    if _ARFF.match(text):
        raise Refused(Said("it looks like an ARFF file, as Weka writes it: save the table as CSV"), final=True)
    if _LIBSVM.match(text):
        raise Refused(Said("it looks like a LIBSVM file, of pairs of a column and a value: save the table as CSV"), final=True)
    is_json = bool(_JSON.match(text))
    if not is_json and text.lstrip()[:1] == "[":
        with suppress(ValueError, RecursionError):
            is_json = isinstance(json.loads(text), list)
    if is_json:
        raise Refused(Said("it looks like JSON, not like a table: bring a CSV file with a line of column names and lines of values"), final=True)


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

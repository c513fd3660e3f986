"""The records of an uploaded text: its lines cut into cells, as quotation marks and a delimiter say."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator

from core.upload.header import MAX_COLUMNS
from core.upload.refusal import Refused
from core.words import Figure, Said

MAX_CELL = 131_072
#: the delimiter of a file whose cells are parted by runs of blanks and tabs
BLANKS = " "
#: the characters that may separate cells but for blanks, as they stand within the brackets of a pattern
MARKS = r",;\t|^~:"
#: The csv module says of a cell beyond its own limit no more than of a quotation mark that stays open. No file that is read reaches this one.
csv.field_size_limit(2**25)
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def records(text: str, delimiter: str, first_line: int = 1) -> Iterator[tuple[int, list[str]]]:
    """Yield for each record the line in which it begins, and its cells without surrounding white space. Empty lines are skipped.

    Cells of a record with more than `MAX_COLUMNS` stay as they are: it is refused by their number.
    Runs of `BLANKS` part cells as one does. `first_line`: the number of the text's first line in the file.
    Raises `Refused` for quotation marks that are wrong, and for a cell that is too long.
    """
    lines: Iterable[str] = (match[0] for match in LINE.finditer(text))
    if delimiter == BLANKS:  # a blank at the end would make a cell of its own
        lines = (line.replace("\t", " ").rstrip() + "\n" for line in lines)
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
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
            yield line, cells if len(cells) > MAX_COLUMNS + 1 else [cell.strip() for cell in cells]


def _quotes(line: int, error: str) -> Said:
    """Return what is said of wrong quotation marks in a record that begins in this line; `error` is that of the csv module."""
    return Said(
        'line {line} has text behind a closing quotation mark: within a quoted cell a quotation mark is written twice, as in "5"" pipe"'
        if "expected after" in error
        else 'line {line} opens a quotation mark that nothing closes: close it, or write a quotation mark within a quoted cell twice, as in "5"" pipe"',
        line=line,
    )

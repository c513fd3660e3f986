"""What parts the cells of an uploaded text: the guess of it, from the first lines."""

from __future__ import annotations

import re
from itertools import islice

from core.upload import numbers
from core.upload.above import records_above
from core.upload.records import BLANKS, records
from core.upload.refusal import Refused
from core.words import Said

COLON = ":"
#: the characters that may separate cells, with their names
DELIMITERS = {";": Said("semicolons"), "\t": Said("tabs"), "|": Said("vertical bars"), "^": Said("carets"), "~": Said("tildes"), ",": Said("commas")}
#: the same, and those that part cells if nothing else does, because times and texts have them
NAMES = {**DELIMITERS, COLON: Said("colons"), BLANKS: Said("blanks")}
#: the number of lines, and of characters, from which the delimiter is guessed
_SAMPLE, _SAMPLE_CHARACTERS = 100, 2**18
#: a number with blanks between its groups of digits
_GROUPED = re.compile(r"[+-]?\d{1,3}(?: \d{3})+(?:[.,]\d*)?")
#: a number with a decimal comma
_DECIMAL = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")


def guessed(text: str) -> str:
    """Return the delimiter with which the largest share of the first lines has as many cells as the first line; a comma if none separates the first line.

    The first line is that of the names, if something stands above it. A delimiter that leaves another one in the first line's cells and in most others is
    distrusted, if that one cuts as well. On a tie one with which nothing stands above the table comes first, and a comma last, because it stands in numbers
    and names, too. Blanks part cells if nothing else does, or if it leaves numbers side by side in a cell of each line; colons if blanks do not.
    """
    best, best_delimiter, best_records = (False, 0.0, False, False, 0), "", list[list[str]]()
    sample = text[:_SAMPLE_CHARACTERS]
    for delimiter in DELIMITERS:
        above, found = _table(sample, delimiter)
        if found and (width := len(found[0])) > 1:
            share = sum(len(cells) == width for cells in found) / len(found)
            trusted = not any(_leaves(found, other) for other in DELIMITERS if other not in (delimiter, ","))
            if (rank := (trusted, share, not above, delimiter != ",", width)) > best:
                best, best_delimiter, best_records = rank, delimiter, found
    doubled = best_delimiter == "\t" and best[1] < 1  # runs of tabs
    if _at_blanks(sample, best_records, doubled):
        return BLANKS
    return best_delimiter or (COLON if COLON in sample and _of_one_width(_table(sample, COLON)[1]) else ",")


def lines_above(text: str, delimiter: str) -> int:
    """Return the number of lines above the table of a text, whose cells a delimiter parts."""
    found = _sample(text[:_SAMPLE_CHARACTERS], delimiter)
    above = records_above([cells for _, cells in found])
    return found[above][0] - 1 if above else 0


def _table(sample: str, delimiter: str) -> tuple[int, list[list[str]]]:
    """Return how many of the first records stand above the table, and the cells of the others; one empty cell if the first line cannot be cut."""
    cells = [cells for _, cells in _sample(sample, delimiter)]
    above = records_above(cells)
    return above, cells[above:]


def _sample(sample: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the first lines with their numbers, cut into cells; one empty cell if the first line cannot be cut."""
    found: list[tuple[int, list[str]]] = []
    try:
        found.extend(islice(records(sample, delimiter), _SAMPLE))
    except Refused:
        found = found or [(1, [""])]
    return found


def _of_one_width(found: list[list[str]]) -> bool:
    """Return whether all lines have as many cells, and more than one."""
    return len(found) > 1 and len(found[0]) > 1 and all(len(cells) == len(found[0]) for cells in found)


def _leaves(found: list[list[str]], other: str) -> bool:
    """Return whether a split leaves another delimiter in the first line's cells, and in nearly all others equally often."""
    counts = [sum(cell.count(other) for cell in cells) for cells in found]
    return counts[0] > 0 and counts.count(counts[0]) >= 0.9 * len(counts)


def _at_blanks(sample: str, others: list[list[str]], doubled: bool) -> bool:
    """Return whether runs of blanks part the cells. `others`: the cells as the best other delimiter parts them; none if there is no other.

    `doubled`: that is a tab, of which lines have different numbers. Each line then has as many cells; the first one may have one less, as R writes it.
    """
    _, found = _table(sample, BLANKS)
    if len(sample) == _SAMPLE_CHARACTERS and len(found) < _SAMPLE:
        found = found[:-1]  # the sample ends within a line
    widths = {len(cells) for cells in found[1:]}
    if len(widths) != 1 or (width := widths.pop()) < 2 or len(found[0]) not in (width, width - 1):
        return False
    if doubled:
        return len(found[0]) == width
    if not others:
        return True
    decimals = all(_DECIMAL.fullmatch(cell) for cells in found for cell in cells if "," in cell)
    return len(found[0]) == width and (width > len(others[0]) or decimals) and all(any(map(_side_by_side, cells)) for cells in others[1:])


def _side_by_side(cell: str) -> bool:
    """Return whether a cell holds several numbers with blanks between them, some of them missing."""
    known = [part for part in cell.split() if part.casefold() not in numbers.MISSING]
    return len(known) > 1 and not _GROUPED.fullmatch(cell) and all(numbers.taken_apart(part) is not None for part in known)

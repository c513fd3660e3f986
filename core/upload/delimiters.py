"""What parts the cells of an uploaded text: the guess of it, from the first lines."""

from __future__ import annotations

import re
from itertools import islice

from core.upload import numbers
from core.upload.records import BLANKS, records
from core.upload.refusal import Refused
from core.words import Said

#: the characters that may separate cells, with their names
DELIMITERS = {";": Said("semicolons"), "\t": Said("tabs"), "|": Said("vertical bars"), ",": Said("commas")}
#: the same, and blanks
NAMES = {**DELIMITERS, BLANKS: Said("blanks")}
#: the number of lines, and of characters, from which the delimiter is guessed
_SAMPLE, _SAMPLE_CHARACTERS = 100, 2**18
#: a number with blanks between its groups of digits
_GROUPED = re.compile(r"[+-]?\d{1,3}(?: \d{3})+(?:[.,]\d*)?")


def guessed(text: str) -> str:
    """Return the delimiter with which the largest share of the first lines has as many cells as the first line; a comma if none separates the first line.

    A delimiter that leaves another one in the first line's cells and in most others is distrusted, if that one cuts as well. On a tie a comma comes last,
    because it stands in numbers and names, too. Blanks part cells if nothing else does, or if it leaves numbers side by side in a cell of each line.
    """
    best, best_delimiter, best_records = (False, 0.0, False, 0), "", list[list[str]]()
    sample = text[:_SAMPLE_CHARACTERS]
    for delimiter in DELIMITERS:
        found = _sample(sample, delimiter)
        if found and (width := len(found[0])) > 1:
            share = sum(len(cells) == width for cells in found) / len(found)
            trusted = not any(_leaves(found, other) for other in DELIMITERS if other not in (delimiter, ","))
            if (rank := (trusted, share, delimiter != ",", width)) > best:
                best, best_delimiter, best_records = rank, delimiter, found
    doubled = best_delimiter == "\t" and best[1] < 1  # runs of tabs
    return BLANKS if _at_blanks(sample, best_records, doubled) else best_delimiter or ","


def _sample(sample: str, delimiter: str) -> list[list[str]]:
    """Return the cells of the first lines; one empty cell if the first line cannot be cut."""
    found: list[list[str]] = []
    try:
        found.extend(cells for _, cells in islice(records(sample, delimiter), _SAMPLE))
    except Refused:
        found = found or [[""]]
    return found


def _leaves(found: list[list[str]], other: str) -> bool:
    """Return whether a split leaves another delimiter in the first line's cells, and in nearly all others equally often."""
    counts = [sum(cell.count(other) for cell in cells) for cells in found]
    return counts[0] > 0 and counts.count(counts[0]) >= 0.9 * len(counts)


def _at_blanks(sample: str, others: list[list[str]], doubled: bool) -> bool:
    """Return whether runs of blanks part the cells. `others`: the cells as the best other delimiter parts them; none if there is no other.

    `doubled`: that is a tab, of which lines have different numbers. Each line then has as many cells; the first one may have one less, as R writes it.
    """
    found = _sample(sample, BLANKS)
    if len(sample) == _SAMPLE_CHARACTERS and len(found) < _SAMPLE:
        found = found[:-1]  # the sample ends within a line
    widths = {len(cells) for cells in found[1:]}
    if len(widths) != 1 or (width := widths.pop()) < 2 or len(found[0]) not in (width, width - 1):
        return False
    if doubled:
        return len(found[0]) == width
    return not others or (len(found[0]) == width > len(others[0]) and all(any(map(_side_by_side, cells)) for cells in others[1:]))


def _side_by_side(cell: str) -> bool:
    """Return whether a cell holds several numbers with blanks between them, some of them missing."""
    known = [part for part in cell.split() if part.casefold() not in numbers.MISSING]
    return len(known) > 1 and not _GROUPED.fullmatch(cell) and all(numbers.taken_apart(part) is not None for part in known)

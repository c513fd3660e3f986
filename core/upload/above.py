"""What stands above the table of an uploaded text: a title, notes, what a device or a query was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from core.datasets.own import ABOVE
from core.upload.header import SEPARATOR, votes

#: the most records above a table that are guessed
_MOST = len(ABOVE) - 2
#: the smallest share of the records from the names on that are as wide as the table
_SAME = 2 / 3


def records_above(found: Sequence[Sequence[str]]) -> int:
    """Return how many of a text's first records stand above its table; 0 unless what follows them begins with a row of names.

    A table is as wide as most records. What stands above it has fewer cells, or empty ones at its end, as spreadsheets fill it up. Where only one cell is
    missing, as R writes its names, a text above numbers must say that the names are one record further down.
    """
    if not found:
        return 0
    width = Counter(map(len, found)).most_common(1)[0][0]
    filled = list(map(_filled, found))
    full = Counter(filled[i] for i, cells in enumerate(found) if len(cells) == width).most_common(1)[0][0]
    first = next((i for i, cells in enumerate(found) if len(cells) in (width, width - 1) and (filled[i] >= full - 1 or _spans(cells))), 0)
    if len(found[first]) < width and first + 1 < len(found) and filled[first + 1] == width and _are_names(found, first + 1, width, surely=True):
        first += 1
    narrow = all(len(cells) < width - 1 for cells in found[:first])
    return first if 0 < first <= _MOST and _are_names(found, first, width, surely=not narrow) else 0


def _filled(cells: Sequence[str]) -> int:
    """Return the number of cells up to the last one that is not empty."""
    return max((i + 1 for i, cell in enumerate(cells) if cell), default=0)


def _spans(cells: Sequence[str]) -> bool:
    """Return whether names stand above several columns each: there are empty cells between them."""
    return "" in cells[1 : _filled(cells)] and sum(map(bool, cells)) > 1


def _are_names(found: Sequence[Sequence[str]], first: int, width: int, surely: bool) -> bool:
    """Return whether a record holds the names of a table of this width that is made of most records below it."""
    below = [cells for cells in found[first + 1 :] if len(cells) == width]
    if len(found[first]) != width or not below or len(below) < _SAME * len(found[first + 1 :]):
        return False
    in_favour, against = votes(found[first], [SEPARATOR.join(column) for column in zip(*below, strict=True)])
    return in_favour > against if surely else in_favour >= against

"""What a file holds besides its rows: remarks above them, a line of dashes below the names, and a row of totals at the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.upload import numbers
from core.upload.columns import Column
from core.upload.delimiters import guessed
from core.upload.records import BLANKS
from core.upload.refusal import named
from core.words import Said

Array = NDArray[Any]

#: a sum that is told by its value has more rows above it, and differs from theirs by rounding
_FEWEST, _ROUNDED = 3, 1e-3
#: lines at the head that begin with #; a # that a delimiter follows is the name of a column
_HEAD = re.compile(r"(?!#[,;|\t])(?:#[^\r\n]*(?:\r\n|\r|\n))+")
_LINE_END = re.compile(r"\r\n|\r|\n")
#: cells of a line that parts names from values
_DASHES = re.compile(r":?-{3,}:?|:-+:?|-+:|={3,}")
#: texts that name a row of totals or means
_TOTALS = frozenset(
    {"total", "totals", "grand total", "subtotal", "sum", "sums", "all", "average", "mean", "avg", "summe", "gesamt", "gesamtsumme", "insgesamt", "mittelwert",
     "durchschnitt", "somme", "total général", "ensemble", "moyenne", "totale", "totali", "media", "suma", "razem", "średnia", "totaal", "gemiddelde", "totalt",
     "итого", "всего", "среднее", "合计", "总计", "小计", "平均", "合計", "総計", "합계", "총계", "평균", "genel toplam", "toplam"}
)  # fmt: skip


def without_remarks(text: str) -> tuple[str, int]:
    """Return a text without the remarks at its head, and how many lines of them there were.

    A line with as many cells as the first one below is none, but a row or the names. The last remark holds the names if it has as many words behind its #
    as the line below it has cells, and that line holds a number.
    """
    if not (head := _HEAD.match(text)):
        return text, 0
    remarks, rest = _LINE_END.split(head[0])[:-1], text[head.end() :]
    names = remarks[-1].lstrip("# \t")
    delimiter = guessed(f"{names}\n{rest}")
    first = _cells(_LINE_END.split(rest.lstrip("\r\n"), maxsplit=1)[0], delimiter)
    number = any(numbers.taken_apart(numbers.plain(cell.strip())) for cell in first)
    behind = remarks[-1].startswith("# ") or delimiter == BLANKS
    if len(_cells(names, delimiter)) == len(first) > 1 and number and behind and not _alike(remarks[:-1], delimiter, len(first)):
        return f"{names}\n{rest}", len(remarks) - 1
    return (text, 0) if _alike(remarks, delimiter, len(first)) else (rest, len(remarks))


def _cells(line: str, delimiter: str) -> list[str]:
    return line.split() if delimiter == BLANKS else line.split(delimiter)


def _alike(lines: Sequence[str], delimiter: str, width: int) -> bool:
    """Return whether a line has as many cells."""
    return any(len(_cells(line, delimiter)) == width > 1 for line in lines)


def is_rule(cells: Sequence[str]) -> bool:
    """Return whether cells are a line of dashes, as it stands below the names."""
    return any(cells) and all(not cell or _DASHES.fullmatch(cell) for cell in cells)


def totals(columns: Sequence[Column], lines: Sequence[int]) -> Said | None:
    """Return a sentence about a last row that seems to hold totals; None if it does not."""
    for column in columns:
        if column.numbers is None and len(column.codes) > 1 and (code := int(column.codes[-1])) >= 0:
            text = column.texts[code]
            if text.casefold().rstrip(": ") in _TOTALS and (column.codes == code).sum() == 1:
                return Said(
                    "Line {line} may hold totals, and be no row of the data: it has {text} in {column}. If so, delete it in the file.",
                    line=lines[-1], text=named(text), column=named(column.name),
                )  # fmt: skip
    sums = [column for column in columns if column.numbers is not None and _adds_up(column.numbers)]
    unnamed = any(column.numbers is None and (column.codes < 0).nonzero()[0].tolist() == [len(column.codes) - 1] for column in columns)
    if len(sums) > 1 or (sums and unnamed):
        return Said(
            "Line {line} may hold totals, and be no row of the data: in {column} it is the sum of the rows above. If so, delete it in the file.",
            line=lines[-1], column=named(sums[0].name),
        )  # fmt: skip
    return None


def _adds_up(numbers: Array) -> bool:
    """Return whether the last of some numbers (N,) is the sum of those above, but for rounding."""
    return len(numbers) > _FEWEST and numbers[-1] != 0 and bool(np.isclose(np.nansum(numbers[:-1]), numbers[-1], rtol=_ROUNDED, atol=0))

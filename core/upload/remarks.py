"""What a file holds besides its rows: remarks above them, a line of dashes below the names, and a row of totals at the end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.upload import numbers
from core.upload.columns import Column
from core.upload.delimiters import guessed
from core.upload.refusal import named
from core.words import Said

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

    The last of them holds the names if the line below it holds a number, and as many cells.
    """
    if not (head := _HEAD.match(text)):
        return text, 0
    remarks, rest = _LINE_END.split(head[0])[:-1], text[head.end() :]
    names = remarks[-1].lstrip("# \t")
    first = _LINE_END.split(rest.lstrip("\r\n"), maxsplit=1)[0]
    delimiter = guessed(f"{names}\n{rest}")
    parts = [part.split(delimiter) if delimiter != " " else part.split() for part in (names, first.strip())]
    if len(parts[0]) == len(parts[1]) > 1 and any(numbers.taken_apart(numbers.plain(cell.strip())) for cell in parts[1]):
        return f"{names}\n{rest}", len(remarks) - 1
    return rest, len(remarks)


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
    return None

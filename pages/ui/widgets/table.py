"""A small table as HTML, for which the browser loads and draws no grid as for `st.dataframe`. Pure: every text is escaped.

Its style is `charts.theme.TABLE_CSS`, which the front door sends once a page. For many rows, or rows to sort, `st.dataframe` is the better one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import ArrayLike

from core.words import MINUS, THIN

#: matches a number; its group is the point with the decimals, or nothing
_NUMBERS = re.compile(rf"\d[\d{THIN}]*(\.\d+)?(?:e[{MINUS}+]?\d+)?%?")


@dataclass(frozen=True)
class Column:
    """A column: its title and the text of its cells.

    `pictures`: the address of a picture before the text of each cell. `words_of`: words in full of each cell, which show as the help does.
    `doc`: the help, which shows under the pointer, on a touch and when the keyboard gets there. `group`: a title above, shared with the neighbours that
    have the same one. `marks`: of each cell `best`, `tie` with the best, or nothing. `words`: whether the cells stand to the left, as words do; numbers
    stand to the right.
    """

    title: str
    cells: Sequence[str]
    doc: str = ""
    group: str = ""
    marks: Sequence[str] = ()
    words: bool = False
    pictures: Sequence[str] = ()
    words_of: Sequence[str] = ()


def marked(best: Sequence[bool]) -> list[str]:
    """Return the marks of cells of which these are the best; several are ties."""
    mark = "best" if sum(best) == 1 else "tie"
    return [mark if each else "" for each in best]


def marked_best(values: ArrayLike, cells: Sequence[str], better: bool | None) -> list[str]:
    """Return the marks of cells that read as the best of their values does, of which NaN is none.

    `better`: whether more is better; None if neither is. A single value is not the best of anything.
    """
    numbers = np.asarray(values, float)
    if better is None or np.isfinite(numbers).sum() < 2:
        return []
    best = cells[int(np.nanargmax(numbers) if better else np.nanargmin(numbers))]
    return marked([cell == best for cell in cells])


def table(name: str, columns: Sequence[Column], note: str = "", looks: Sequence[str] = ()) -> str:
    """Return the table as HTML. The first column names the rows, and stays in view when the table is wider than its place.

    `name`: what it is a table of, for readers of the screen. `note`: a sentence below it. `looks`: of each row `front`, `hidden` or nothing.
    """
    first, *others = columns
    aligned = [column.cells if column.words else at_the_point(column.cells) for column in others]
    rows = [_row(i, first, others, aligned, looks[i] if looks else "") for i in range(len(first.cells))]
    below = f'<p class="note">{html.escape(note)}</p>' if note else ""
    caption = f"<caption>{html.escape(name)}</caption>"
    return f'<div class="results"><div><table>{caption}<thead>{_head(columns)}</thead><tbody>{"".join(rows)}</tbody></table></div>{below}</div>'


def _head(columns: Sequence[Column]) -> str:
    """Return the row of titles, below a row of groups if there are any."""
    titles = "".join(f'<th scope="col"{_side(column)}>{_title(column)}</th>' for column in columns)
    if not any(column.group for column in columns):
        return f"<tr>{titles}</tr>"
    groups = [(group, len(list(members))) for group, members in groupby(column.group for column in columns)]
    above = "".join(f'<th scope="colgroup" colspan="{count}">{html.escape(group)}</th>' if group else f'<td colspan="{count}"></td>' for group, count in groups)
    return f"<tr>{above}</tr><tr>{titles}</tr>"


def _title(column: Column) -> str:
    title = html.escape(column.title)
    return f'<abbr title="{html.escape(column.doc)}" tabindex="0">{title}</abbr>' if column.doc else title


def at_the_point(cells: Sequence[str]) -> list[str]:
    """Return the text of cells that stand to the right, as HTML in which their numbers stand below each other by their decimal points.

    A number with fewer decimals than another one of the column has room after it. Of a mean with its spread both are aligned.
    """
    found = [_NUMBERS.findall(cell) for cell in cells]
    most = [max((len(numbers[place]) for numbers in found if len(numbers) > place), default=0) for place in range(max(map(len, found), default=0))]

    def padded(cell: str) -> str:
        parts, begin = [], 0
        for place, number in enumerate(_NUMBERS.finditer(cell)):
            missing = most[place] - len(number[1] or "")
            parts.append(html.escape(cell[begin : number.end()]))
            parts.append(f'<i style="width: {missing - 0.5 * (not number[1]):g}ch"></i>' if missing else "")
            begin = number.end()
        return "".join(parts) + html.escape(cell[begin:])

    return [padded(cell) for cell in cells]


def _row(i: int, first: Column, others: Sequence[Column], aligned: Sequence[Sequence[str]], look: str) -> str:
    cells = "".join(_cell(column, i, texts[i]) for column, texts in zip(others, aligned, strict=True))
    return f'<tr{f" class={look}" if look else ""}><th scope="row">{_text(first, i)}</th>{cells}</tr>'


def _text(column: Column, i: int) -> str:
    text = html.escape(column.cells[i])
    if column.words_of:
        text = f'<abbr title="{html.escape(column.words_of[i])}" tabindex="0">{text}</abbr>'
    return f'<img alt="" src="{html.escape(column.pictures[i])}"> {text}' if column.pictures else text


def _cell(column: Column, i: int, aligned: str) -> str:
    """Return a cell. `aligned`: its text as HTML, if its column is one of numbers."""
    text = _text(column, i) if column.words or column.words_of else aligned
    mark = column.marks[i] if column.marks else ""
    if mark:
        text = f"<mark>{text}</mark>" if mark == "best" else f'<mark class="tie" title="a tie with the best">{text}</mark>'
    return f"<td{_side(column)}>{text}</td>"


def _side(column: Column) -> str:
    return ' class="words"' if column.words else ""

"""A query and its nearest rows in each space, as pictures, or as words where rows are no pictures. Pure: from numbers to HTML whose text is escaped."""

from __future__ import annotations

import html
from collections.abc import Sequence

from core.studies.metric_learning.rows import Prepared, Rows
from core.studies.metric_learning.unseen import Space
from pages.ui.charts.pixels import drawn
from pages.ui.charts.theme import Look

#: for `st.html`, before the strips
CSS = """<style>
.near {overflow-x: auto;}
.near table {border-collapse: collapse; font-size: 0.86rem;}
.near td, .near th {padding: 0.25rem 0.55rem; border: 0; text-align: left; white-space: nowrap; vertical-align: middle;}
.near th span {padding-left: 0.3rem; border-left: 4px solid; font-weight: 600;}
.near img {display: block; width: 3rem; height: 3rem; image-rendering: pixelated; border: 1px solid rgba(128, 128, 128, 0.5);}
.near .hit {border-bottom: 3px solid #0B9E73;}
.near .miss {border-bottom: 3px solid rgba(128, 128, 128, 0.35); opacity: 0.85;}
.near small {opacity: 0.8;}
</style>"""


def strips(data: Prepared, found: Sequence[Space], looks: Sequence[Look], query: int, count: int, shape: tuple[int, int] | None, dark: bool) -> str:
    """Return a line for each space: its nearest rows to the query, those of the query's class marked. `shape`: height and width of rows that are pictures."""
    rows = data.unseen
    assert rows is not None
    drawings = None if shape is None else drawn(data.original(rows.X.astype(float)).reshape(-1, *shape), dark)
    lines = [f'<tr><th><span style="border-color: transparent">Query</span></th>{_cell(data, rows, query, query, drawings)}</tr>']
    for space, style in zip(found, looks, strict=True):
        cells = "".join(_cell(data, rows, row, query, drawings) for row in space.nearest(query, count))
        lines.append(f'<tr><th><span style="border-color: {style.color}">{html.escape(style.name)}</span></th>{cells}</tr>')
    return f'<div class="near"><table><caption hidden>The nearest rows of the query in each space</caption>{"".join(lines)}</table></div>'


def _cell(data: Prepared, rows: Rows, row: int, query: int, drawings: Sequence[str] | None) -> str:
    """Return a row as a cell: its picture or its class, and its circumstance or its number in the table."""
    hit = rows.labels[row] == rows.labels[query]
    name = html.escape(data.names[rows.labels[row]])
    if rows.circumstance is None:
        beside = f"row {rows.rows[row] + 1}"
    else:
        shared = bool(row != query and rows.circumstance[row] == rows.circumstance[query])
        beside = f"{'<b>' * shared}circumstance C{rows.circumstance[row] + 1}{'</b>' * shared}"
    picture = "" if drawings is None else f'<img alt="{name}" src="{drawings[row]}">'
    words = f"{'✓ ' if hit and row != query else ''}{name}"
    return f'<td class="{"hit" if hit else "miss"}">{picture}{words}<br><small>{beside}</small></td>'

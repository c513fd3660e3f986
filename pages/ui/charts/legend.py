"""A legend as HTML, for several charts. It wraps at the width of the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from pages.ui.charts.theme import Look, swatch


def legend_html(looks: Sequence[Look], notes: Sequence[str] = ()) -> str:
    """Return the legend: line and label of each look, then the notes, which are HTML."""
    row = '<span style="display:inline-flex;align-items:center;gap:6px;white-space:nowrap">'
    entries = [f'{row}<img alt="" width="32" height="12" src="{swatch(look)}">{escape(look.label)}</span>' for look in looks]
    entries += [f"{row}{note}</span>" for note in notes]
    return f'<div style="display:flex;flex-wrap:wrap;gap:2px 18px;font-size:0.9rem">{"".join(entries)}</div>'

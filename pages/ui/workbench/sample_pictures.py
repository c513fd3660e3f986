"""Rows of data that are pictures, beside each other, with what each run makes of them. Pure: from numbers to HTML whose text is escaped."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from core.inspection.samples import Array, Samples
from core.preparation.split import Data
from core.words import significant
from pages.ui.charts.pixels import drawn
from pages.ui.charts.theme import Look

# For `st.html`, before the pictures. Pixels stay sharp; letters carry the colour of their run as a bar, because text in it would be too pale.
CSS = """<style>
.samples {display: grid; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: 1rem 0.8rem; font-size: 0.82rem; line-height: 1.4;}
.samples figure {margin: 0;}
.samples img {display: block; width: 5.5rem; height: 5.5rem; object-fit: contain; image-rendering: pixelated; border: 1px solid rgba(128, 128, 128, 0.55);}
.samples table {border-collapse: collapse; font-variant-numeric: tabular-nums;}
.samples td {padding: 0 0.4rem 0 0; border: 0; white-space: nowrap;}
.samples td:nth-child(n + 3) {text-align: right; opacity: 0.8;}
.samples td:first-child span {font-weight: 600; padding-left: 0.25rem; border-left: 4px solid;}
.samples .wrong {font-weight: 700;}
@media (max-width: 640px) {
  .samples {grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); gap: 0.9rem 0.6rem; font-size: 0.75rem;}
  .samples td {padding-right: 0.25rem;}
}
</style>"""


def grid(samples: Samples, order: Array, data: Data, shape: tuple[int, int], styles: Sequence[Look], dark: bool) -> str:
    """Return the pictures of the rows `order` as HTML: each with its label and, for each run that has not diverged, prediction, probability and loss."""
    drawings = pictures(data, samples.rows[order], shape, dark)
    figures = [_figure(samples, i, drawing, data, styles) for i, drawing in zip(order, drawings, strict=True)]
    return f'<div class="samples">{"".join(figures)}</div>'


def pictures(data: Data, rows: Array, shape: tuple[int, int], dark: bool) -> list[str]:
    """Return the URI of a PNG for each of the rows, one byte a pixel: the largest value of all is ink, the smallest is the page."""
    return drawn(data.original(data.X[rows].astype(float)).reshape(-1, *shape), dark)


def _figure(samples: Samples, i: int, drawing: str, data: Data, styles: Sequence[Look]) -> str:
    label = html.escape(data.outputs[samples.truth[i]])
    number = data.rows[samples.rows[i]] + 1
    said = f"label <b>{label}</b>" + (", wrong" if samples.damaged[i] else "")
    lines = [_line(samples, run, i, data, style) for run, style in enumerate(styles) if samples.alive[run]]
    return (
        f'<figure><img src="{drawing}" alt="Row {number}, label {label}" title="Row {number}"/>'
        f"<figcaption>{said}<table><tbody>{''.join(lines)}</tbody></table></figcaption></figure>"
    )


def _line(samples: Samples, run: int, i: int, data: Data, style: Look) -> str:
    """Return one run's prediction of a row; a wrong one is crossed."""
    predicted = html.escape(data.outputs[samples.predicted[run, i]])
    shown = f'<td class="wrong">{predicted} ✗</td>' if samples.wrong[run, i] else f"<td>{predicted}</td>"
    letter = f'<td title="{html.escape(style.name)}"><span style="border-color:{style.color}">{style.mark}</span></td>'
    return f"<tr>{letter}{shown}<td>{_percent(samples.probability[run, i])}</td><td>{significant(samples.loss[run, i], 3)}</td></tr>"


def _percent(probability: float) -> str:
    """Return a probability in whole percents, of which none is said to be 100; nothing for a loss without probabilities."""
    if np.isnan(probability):
        return ""
    return "&gt;99%" if probability > 0.99 else f"{probability:.0%}"

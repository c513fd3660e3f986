"""Cards of the columns of a table, as HTML: name, kind, histogram or frequent values, and what is done. Pure: every text is escaped."""

from __future__ import annotations

import html
from collections.abc import Sequence

from core.upload.look import FEATURE, KINDS, LEFT_OUT, TARGET, Glance, shown
from core.words import whole
from pages.ui.charts.theme import RUN_COLORS

#: for `st.html`, before the cards. Bars have the colours of the page's first lines; what is left out is pale.
CSS = f"""<style>
.cards {{display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 0.8rem;}}
.card {{font-size: 0.85rem; line-height: 1.4; font-variant-numeric: tabular-nums;}}
.cards .card {{border: 1px solid rgba(128, 128, 128, 0.35); border-radius: 0.4rem; padding: 0.6rem 0.75rem;}}
.card .head {{display: flex; gap: 0.5rem; align-items: baseline;}}
.card .head b {{font-weight: 600; font-size: 0.95rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;}}
.card .head span {{flex: none; font-size: 0.75rem; padding: 0 0.4rem; border-radius: 0.5rem; border: 1px solid currentColor;}}
.card .kind {{opacity: 0.75; margin-bottom: 0.35rem;}}
.card .bars {{display: flex; align-items: flex-end; gap: 1px; height: 3.4rem; border-bottom: 1px solid rgba(128, 128, 128, 0.6);}}
.card .bars i {{flex: 1; background: {RUN_COLORS[0]}; min-height: 0;}}
.card .ends {{display: flex; justify-content: space-between; gap: 0.6rem; white-space: nowrap;}}
.card .examples {{overflow-wrap: anywhere; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 4; overflow: hidden;}}
.card .value {{display: grid; grid-template-columns: minmax(0, 1.2fr) minmax(0, 1fr) 3.2rem; gap: 0.5rem; align-items: center;}}
.card .value span {{overflow: hidden; text-overflow: ellipsis; white-space: nowrap;}}
.card .value i {{display: block; height: 0.75rem; background: {RUN_COLORS[0]};}}
.card .value b {{font-weight: 400; text-align: right;}}
.card .target i, .card .target .bars i {{background: {RUN_COLORS[1]};}}
.card .rest, .card .done {{opacity: 0.75;}}
.card .done, .card .flaw {{margin-top: 0.35rem;}}
.card .flaw {{font-weight: 600;}}
.card .flaw::before {{content: "⚠ ";}}
.card .left-out {{opacity: 0.55;}}
.st-key-look_cards [data-testid="stButtonGroup"] button {{padding: 0 0.55rem; min-height: 1.8rem;}}
.st-key-look_cards [data-testid="stButtonGroup"] p {{font-size: 0.82rem;}}
.pictures {{display: grid; grid-template-columns: repeat(auto-fill, minmax(3rem, 1fr)); gap: 0.6rem; max-width: 46rem; font-size: 0.85rem;}}
.pictures figure {{margin: 0;}}
.pictures img {{width: 100%; image-rendering: pixelated; border: 1px solid rgba(128, 128, 128, 0.55);}}
</style>"""
#: what a column is for, in words; a feature needs none
_ROLES = {TARGET: "target", LEFT_OUT: "left out"}


def cards(glances: Sequence[Glance]) -> str:
    """Return the cards side by side, as many in a row as fit."""
    return f'<div class="cards">{"".join(map(card, glances))}</div>'


def card(glance: Glance) -> str:
    """Return the card of one column."""
    name = html.escape(glance.name)
    role = "" if glance.role == FEATURE else f"<span>{_ROLES[glance.role]}</span>"
    chart = _values(glance) if glance.values else _histogram(glance) if glance.ends else ""
    flaw = f'<div class="flaw">{html.escape(f"It {glance.flaw}.")}</div>' if glance.flaw else ""
    done = f'<div class="done">{html.escape(" ".join(map(str, glance.done)))}</div>' if glance.done else ""
    css = {TARGET: ' class="target"', LEFT_OUT: ' class="left-out"'}.get(glance.role, "")
    head = f'<div class="head"><b title="{name}">{name}</b>{role}</div><div class="kind">{html.escape(_kind(glance))}</div>'
    return f'<div class="card"><div{css}>{head}{chart}{flaw}{done}</div></div>'


def pictures(classes: Sequence[str], drawings: Sequence[Sequence[str]]) -> str:
    """Return examples of classes that are pictures: of each class its URIs, one below the other, and its name."""
    figures = []
    for name, of_class in zip(classes, drawings, strict=True):
        text = html.escape(name)
        images = "".join(f'<img src="{drawing}" alt="An example of {text}"/>' for drawing in of_class)
        figures.append(f"<figure>{images}<figcaption>{text}</figcaption></figure>")
    return f'<div class="pictures">{"".join(figures)}</div>'


def _kind(glance: Glance) -> str:
    """Return the kind of a column, how many values are different, and how many cells are missing."""
    different = len(glance.values) + glance.others[0]
    parts = [str(KINDS[glance.kind])]
    if glance.values:
        noun = "class" if glance.role == TARGET else "value"
        parts.append(f"{whole(different)} {noun if different == 1 else f'{noun}es' if noun == 'class' else f'{noun}s'}")
    parts.append(f"{whole(glance.missing)} of {whole(glance.rows)} missing" if glance.missing else "none missing")
    return " · ".join(parts)


def _histogram(glance: Glance) -> str:
    assert glance.ends is not None
    low, middle, high = map(shown, glance.ends)
    most = max(glance.counts)
    bars = "".join(f'<i style="height:{_percent(count, most)}%"></i>' for count in glance.counts)
    said = f"Histogram from {low} to {high}, median {middle}"
    ends = f"<span>{low}</span><span>median {middle}</span><span>{high}</span>" if len(glance.counts) > 1 else f"<span>{low} in every row</span>"
    return f'<div class="bars" role="img" aria-label="{said}">{bars}</div><div class="ends">{ends}</div>'


def _values(glance: Glance) -> str:
    most = max(glance.counts)
    if most == 1 and glance.others[0]:
        return f'<div class="examples">For example {html.escape("; ".join(glance.values))}</div>'
    rows = [
        f'<div class="value"><span title="{html.escape(value)}">{html.escape(value) or "(empty)"}</span>'
        f'<span><i style="width:{_percent(count, most)}%"></i></span><b>{whole(count)}</b></div>'
        for value, count in zip(glance.values, glance.counts, strict=True)
    ]
    different, cells = glance.others
    rest = f'<div class="value rest"><span>{whole(different)} more</span><span></span><b>{whole(cells)}</b></div>' if different else ""
    return "".join(rows) + rest


def _percent(count: int, most: int) -> int:
    """Return a count in percent of the largest one; at least 2 for one that is not 0, so that it is seen."""
    return max(2, round(100 * count / most)) if count else 0


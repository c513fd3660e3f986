"""One look for a run and one colour for a class, wherever they are drawn; sizes and contrasts of every chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

# Okabe and Ito's hues, moved apart (smallest OKLab distance 0.11 in normal, protan, deutan and tritan vision) and
# held to a contrast of 3:1 on white and on a dark page (#12161C).
RUN_COLORS = ("#3562FB", "#FF6115", "#00AA6F", "#AA7AC0", "#A34A1B", "#2D6D75")
DASHES: tuple[tuple[int, ...], ...] = ((), (8, 4), (2, 3), (9, 3, 2, 3))
MARKS = "ABCDEFGHIJKL"
# Ten classes moved apart in the same way (0.10) at a contrast of 2:1, as points carry an outline.
CLASS_COLORS = ("#26C3FF", "#BD0000", "#31B787", "#D3B209", "#A425FF", "#E86512", "#0D60B8", "#C070C6", "#8C3E7E", "#797D7A")

# Opposite to the page and like the page: outlines and figures inside a chart.
#: text and background of `.streamlit/config.toml`
INK = {False: "#1B1F24", True: "#ECEFF3"}
PAPER = {False: "#FFFFFF", True: "#12161C"}
GRID = {False: "rgba(38, 39, 48, 0.16)", True: "rgba(250, 250, 250, 0.18)"}
AXIS = {False: "rgba(38, 39, 48, 0.6)", True: "rgba(250, 250, 250, 0.6)"}

# For `st.html`, once on every page that draws charts: without it a tooltip swallows the pointer that moves into it and vanishes.
CHART_CSS = "<style>#vg-tooltip-element {pointer-events: none;} body #vg-tooltip-element table tr td.key {color: inherit;}</style>"


@dataclass(frozen=True)
class Look:
    """How a run is drawn everywhere: its label, the colour and dash of its line, and its letter."""

    label: str
    color: str
    dash: tuple[int, ...]
    mark: str

    @property
    def name(self) -> str:
        """The letter and the label, which no other run of a comparison shares."""
        return f"{self.mark} {self.label}".rstrip()


def look(slot: int, label: str) -> Look:
    """Return the look of the run in `slot`, 0 to 11; no two slots share both colour and dash."""
    if not 0 <= slot < len(MARKS):
        raise ValueError(f"slot must be from 0 to {len(MARKS) - 1}, got {slot}")
    return Look(label, RUN_COLORS[slot % len(RUN_COLORS)], DASHES[slot % len(DASHES)], MARKS[slot])


# Streamlit leaves wide margins; the first chart belongs on the first screen.
PAGE_CSS = """<style>
[data-testid="stHeader"] {height: 2.4rem; min-height: 0; background: transparent;}
[data-testid="stMainBlockContainer"] {padding: 2.4rem 2rem 4rem;}
[data-testid="stSidebarHeader"] {height: 2.6rem; min-height: 0; margin-bottom: 0;}
[data-testid="stSidebarUserContent"] {padding-bottom: 2rem;}
[data-testid="stSidebarUserContent"] [data-testid="stVerticalBlock"] {gap: 0.6rem;}
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"] {gap: 0.7rem;}
@media (max-width: 640px) {[data-testid="stMainBlockContainer"] {padding: 3rem 0.8rem 3rem;}}
</style>"""


def class_colors(k: int) -> tuple[str, ...]:
    """Return the colours of `k` classes; after ten they repeat."""
    return tuple(CLASS_COLORS[i % len(CLASS_COLORS)] for i in range(k))


def config(dark: bool) -> dict[str, Any]:
    """Return the Vega-Lite configuration of every chart: sizes that read from the back row, contrast for the theme.

    Labels and titles have no colour here: shown with `theme=None` they take the page's text colour, also when the reader switches
    the theme, of which the script hears only at its next run.
    """
    return {
        "background": "transparent",
        "font": '"Source Sans", sans-serif',
        "axis": {
            "labelFontSize": 13,
            "titleFontSize": 14,
            "titleFontWeight": 600,
            "gridColor": GRID[dark],
            "domainColor": AXIS[dark],
            "tickColor": AXIS[dark],
            "labelOverlap": "greedy",
            "labelSeparation": 8,
            "labelFlush": False,
            "titlePadding": 6,
        },
        "legend": {"labelFontSize": 13, "titleFontSize": 14, "rowPadding": 3, "columnPadding": 14},
        "title": {"fontSize": 15, "fontWeight": 600, "anchor": "start", "offset": 8},
        # Vega-Lite pastes axis titles unescaped into the expressions of descriptions and default tooltips (the front end's default).
        "mark": {"aria": False, "tooltip": False},
        "text": {"fontSize": 13},
        "view": {"stroke": None},
    }


def swatch(look: Look) -> str:
    """Return a picture of the run's line as the URI of an SVG."""
    dash = f" stroke-dasharray='{','.join(map(str, look.dash))}'" if look.dash else ""
    line = f"<line x1='1' y1='6' x2='31' y2='6' stroke='{look.color}' stroke-width='3.5'{dash}/>"
    return "data:image/svg+xml," + quote(f"<svg xmlns='http://www.w3.org/2000/svg' width='32' height='12'>{line}</svg>")


def chip_css(looks: Sequence[Look], key: str) -> str:
    """Return the style sheet that puts each run's line before its option in the pills inside the container `key`.

    Looks are in the order of the options. `key` is that of the `st.container` around the pills, or of the pills themselves.
    """
    pill = f'.st-key-{key} button[data-variant="pills"]'
    rules = [f'{pill}::before {{content: ""; flex: none; width: 32px; height: 12px; margin-right: 6px; background: no-repeat center;}}']
    rules += [f'{pill}:nth-of-type({i})::before {{background-image: url("{swatch(each)}");}}' for i, each in enumerate(looks, 1)]
    return f"<style>{' '.join(rules)}</style>"

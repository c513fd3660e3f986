"""The looks of runs, the colours of classes, and the sizes and colours that all charts share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from core.words import MINUS, THIN

# Okabe and Ito's hues, moved apart (smallest OKLab distance 0.11 in normal, protan, deutan and tritan vision) and
# held to a contrast of 3:1 on white and on a dark page (#12161C).
RUN_COLORS = ("#3562FB", "#FF6115", "#00AA6F", "#AA7AC0", "#A34A1B", "#2D6D75")
DASHES: tuple[tuple[int, ...], ...] = ((), (8, 4), (2, 3), (9, 3, 2, 3))
MARKS = "ABCDEFGHIJKL"
# Ten classes moved apart in the same way (0.10) at a contrast of 2:1, as points carry an outline.
CLASS_COLORS = ("#26C3FF", "#BD0000", "#31B787", "#D3B209", "#A425FF", "#E86512", "#0D60B8", "#C070C6", "#8C3E7E", "#797D7A")

#: the colours of the text and of the page, by theme, as in `.streamlit/config.toml`
INK = {False: "#1B1F24", True: "#ECEFF3"}
PAPER = {False: "#FFFFFF", True: "#12161C"}
#: the colours of footnotes and of what is chosen, by theme: text with a contrast of at least 4.5, on the sidebar, too
FOOTNOTE = {False: "#5A626B", True: "#A7B0BA"}
CHOSEN = {False: "#005C91", True: "#7CC5EE"}
GRID = {False: "rgba(38, 39, 48, 0.16)", True: "rgba(250, 250, 250, 0.18)"}
AXIS = {False: "rgba(38, 39, 48, 0.6)", True: "rgba(250, 250, 250, 0.6)"}

#: the width in pixels from which a screen is large, as that of a lecture room is
LARGE = 1700

#: for `st.html`, once on every page that draws charts: a pointer that moves into a tooltip must not close it
CHART_CSS = "<style>#vg-tooltip-element {pointer-events: none;} body #vg-tooltip-element table tr td.key {color: inherit;}</style>"


#: for `st.html`, once on every page: the tables of `widgets.table`. A help opens over the rows, as wide as the table's place, so that nothing cuts it off.
#: Streamlit says of its page whether it is light or dark, so what lies under the first column follows the theme without a script run.
TABLE_CSS = f"""<style>
.results {{position: relative; font-size: 0.88rem; line-height: 1.35; font-variant-numeric: tabular-nums;}}
.results > div {{
  overflow-x: auto; border: 1px solid rgba(128, 128, 128, 0.35); border-radius: 0.4rem;
  background: linear-gradient(to left, light-dark({PAPER[False]}, {PAPER[True]}) 40%, transparent) right / 3rem 100% no-repeat local,
    linear-gradient(to left, rgba(128, 128, 128, 0.6), transparent) right / 0.8rem 100% no-repeat scroll;
}}
.results table {{border-collapse: separate; border-spacing: 0; min-width: 100%; margin: 0;}}
.results caption {{position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;}}
.results :is(th, td) {{
  height: 2.2rem; padding: 0 0.55rem; text-align: right; white-space: nowrap; font-weight: 400;
  border: 0; border-bottom: 1px solid rgba(128, 128, 128, 0.25);
}}
.results tbody tr:last-child > * {{border-bottom: 0;}}
.results thead :is(th, td) {{font-weight: 600; background-image: linear-gradient(rgba(128, 128, 128, 0.1) 0 0);}}
.results [scope="colgroup"] {{text-align: left; border-left: 1px solid rgba(128, 128, 128, 0.25);}}
.results td.words {{white-space: normal; min-width: 5rem; max-width: 15rem; line-height: 1.2;}}
.results .words, .results [scope="row"], .results tr > :first-child {{text-align: left;}}
.results tr > :first-child {{position: sticky; left: 0; z-index: 1; background-color: Canvas; background-color: light-dark({PAPER[False]}, {PAPER[True]});}}
.results tr > :first-child:focus-within {{z-index: 3;}}
.results td:has(mark) {{background: #00AA7133;}}
.results td:has(.tie) {{background: none; box-shadow: inset 0 0 0 2px #00AA7180;}}
.results mark {{font-weight: 700; background: none; color: inherit;}}
.results .tie {{font-weight: 400;}}
.results img {{height: 12px; width: 32px; vertical-align: middle; margin: 0 0.2rem 0 0;}}
.results .front > * {{font-weight: 600; background-image: linear-gradient(rgba(0, 114, 178, 0.12) 0 0);}}
.results .hidden > * {{opacity: 0.45;}}
.results abbr {{border: 0; text-decoration: underline dotted; text-underline-offset: 0.25em; cursor: help;}}
.results abbr:focus {{outline: 2px solid; outline-offset: 2px; border-radius: 2px;}}
.results abbr:focus::after {{
  content: attr(title); position: absolute; z-index: 2; top: 2.4rem; left: 0; right: 0; padding: 0.5rem 0.7rem; border-radius: 0.4rem; text-align: left;
  white-space: normal; font-weight: 400; background: {PAPER[True]}; color: {INK[True]}; border: 1px solid rgba(128, 128, 128, 0.6);
}}
.results tr > :first-child abbr:focus::after {{left: 0.5rem; right: auto; white-space: nowrap;}}
.results i {{display: inline-block;}}
.results .note {{margin: 0.6rem 0 0; font-size: 0.875rem;}}
</style>"""


#: for `st.html`, once on every page, in place of columns, each of which is a message: on the workbench the table of results beside the curves, and
#: beside each finding its button, or below it where there is no room
RESULTS_CSS = """<style>
.st-key-results.st-key-results {display: grid; grid-template-columns: minmax(0, 1fr) fit-content(46%); gap: 0.7rem 1.5rem; align-items: start;}
.st-key-results > :nth-child(n + 3) {grid-column: 1 / -1;}
.st-key-first.st-key-first {display: grid; grid-template-columns: minmax(0, 1fr); width: 100%;}
.st-key-first > * {grid-area: 1 / 1;}
.st-key-first > :has(> .st-key-letters) {z-index: 2; width: 4rem; margin-top: calc(2.2rem + 1px);}
.st-key-letters.st-key-letters {gap: 0;}
.st-key-letters > * {height: 2.2rem;}
.st-key-letters button {height: 2.2rem; min-height: 0; padding: 0; border: 0; border-radius: 0; background: none;}
.st-key-letters button:hover {background: rgba(0, 114, 178, 0.12);}
.st-key-results > :nth-child(2) .note {width: 0; min-width: 100%;}
.st-key-said {min-height: 1.9rem;}
.st-key-chips.st-key-chips > *, .st-key-chips [data-testid="stButtonGroup"] {width: 100%;}
.st-key-chips.st-key-chips [role="radiogroup"] {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 0.4rem; width: 100%; max-width: none;
}
.st-key-chips button {width: 100%; min-width: 0; justify-content: flex-start; overflow: hidden;}
.st-key-chips button > *, .st-key-chips button span {min-width: 0; justify-content: flex-start;}
.st-key-chips button p {overflow: hidden; text-overflow: ellipsis; white-space: nowrap;}
.st-key-line.st-key-line {gap: 0.5rem;}
.st-key-line > :has(> [data-testid="stSelectbox"]) {min-width: 10.2rem;}
.st-key-choices > :has(> [data-testid="stSelectbox"]) {min-width: 15rem;}
:is(.st-key-hide, .st-key-pin, .st-key-letters, [class*="st-key-"][class*="remove"]) button [data-testid="stMarkdownContainer"] {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}
.st-key-findings.st-key-findings {display: grid; grid-template-columns: minmax(0, 3.4fr) minmax(0, 1.3fr); align-items: center; gap: 0.7rem 1rem;}
.st-key-findings > :has([data-testid="stMarkdown"]) {grid-column: 1;}
@media (max-width: 1000px) {
  .st-key-results.st-key-results {grid-template-columns: minmax(0, 1fr);}
  .st-key-workbench_heading > :has(> .st-key-actions) {flex: 1 0 calc(100% - 9.5rem); align-items: flex-end;}
  .st-key-workbench_heading > :not(:first-child, :has(> .st-key-actions)) {order: 1;}
  :is(.st-key-workbench_heading > :not(:has(> .st-key-actions)), .st-key-line) button {padding-inline: 0.45rem;}
}
@media (max-width: 640px) {
  .st-key-chips.st-key-chips [role="radiogroup"] {grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr));}
  .st-key-line > :has(> [data-testid="stSelectbox"]) {min-width: 100%;}
  .st-key-picture:has(.st-key-results):not(:has(.fold input:checked)) :has(> .st-key-stage) {position: static;}
  .st-key-lower_half [data-testid="stGrid"] {display: flex; overflow-x: auto; scroll-snap-type: x proximity;}
  .st-key-lower_half [data-testid="stGridCell"] {flex: 0 0 74vw; scroll-snap-align: start;}
  .st-key-below_results > :first-child {flex-basis: 100%;}
  .st-key-findings.st-key-findings {grid-template-columns: minmax(0, 1fr);}
}
</style>"""


#: for `usermeta` of every specification: how it is drawn, and how its numbers are written, as `core.words.written` writes them
EMBED: dict[str, Any] = {
    "renderer": "canvas", "formatLocale": {"decimal": ".", "thousands": THIN, "grouping": [3], "currency": ["", ""], "minus": MINUS},
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """The look of a run in all charts and tables: its label, the colour and dash of its line, and its letter."""

    label: str
    color: str
    dash: tuple[int, ...]
    mark: str

    @property
    def name(self) -> str:
        """The letter and the label. It is unique within a comparison."""
        return f"{self.mark} {self.label}".rstrip()


def look(slot: int, label: str) -> Look:
    """Return the look of the run in `slot`, 0 to 11. No two slots share both colour and dash. Raise ValueError for any other slot."""
    if not 0 <= slot < len(MARKS):
        raise ValueError(f"slot must be from 0 to {len(MARKS) - 1}, got {slot}")
    return Look(label, RUN_COLORS[slot % len(RUN_COLORS)], DASHES[slot % len(DASHES)], MARKS[slot])


#: for `st.html`: narrower margins than Streamlit's, so that the first chart is on the first screen; the header of a page in one form, whose words give
#: way to their icons where there is no room; on a phone a menu of the views, and the picture before its settings, in sight while they are changed
PAGE_CSS = f"""<style>
[data-testid="stHeader"] {{height: 2.4rem; min-height: 0; background: transparent;}}
[data-testid="stMainBlockContainer"] {{padding: 2.4rem 2rem 4rem;}}
[data-testid="stSidebarHeader"] {{height: 2.6rem; min-height: 0; margin-bottom: 0;}}
[data-testid="stSidebarUserContent"] {{padding-bottom: 2rem;}}
[data-testid="stSidebarUserContent"] [data-testid="stVerticalBlock"] {{gap: 0.6rem;}}
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"], .st-key-picture.st-key-picture {{gap: 0.7rem;}}
[data-testid="stSelectbox"] input {{text-overflow: ellipsis;}}
[data-testid="stSelectboxVirtualDropdown"] {{
  width: max-content !important; min-width: var(--trigger-width); max-width: min(max(28rem, var(--trigger-width)), 94vw);
}}
[data-testid="stSelectboxVirtualDropdown"] [role="option"], [data-testid="stSelectboxVirtualDropdown"] [role="option"] > div {{height: auto; min-height: 2rem;}}
[data-testid="stSelectboxVirtualDropdown"] [role="option"] > div {{white-space: normal; line-height: 1.3; padding-block: 0.25rem;}}
[data-testid="stMultiSelect"] [data-tag] > span {{white-space: pre; max-height: 1.5em; overflow: hidden;}}
[data-testid="stCaptionContainer"], .results .note {{color: light-dark({FOOTNOTE[False]}, {FOOTNOTE[True]}); opacity: 1;}}
[data-testid="stButtonGroup"] [data-selected="true"] p, [data-testid="stSliderThumbValue"] p {{color: light-dark({CHOSEN[False]}, {CHOSEN[True]});}}
[class*="_heading"] h1 {{font-size: 1.4rem; line-height: 1.2; padding: 0 0.4rem 0 0;}}
[class*="_heading"] [data-testid="stMarkdownContainer"] {{margin: 0;}}
:has(> .st-key-actions) {{margin-left: auto;}}
:has(> .st-key-views_menu) {{display: none;}}
.st-key-progress.st-key-progress:has([data-testid="stProgress"]) {{
  position: fixed; z-index: 999991; top: 0; right: 3.2rem; width: min(28rem, 100vw - 7.5rem); height: 2.4rem; gap: 0.7rem; flex-wrap: nowrap;
}}
:has(> .st-key-progress [data-testid="stProgress"]) {{position: absolute;}}
.st-key-progress [data-testid="stProgress"] {{gap: 0;}}
.st-key-progress [data-testid="stProgress"] p {{font-size: 0.875rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis;}}
.st-key-progress [data-testid="stButton"] button {{min-height: 0; padding: 0.1rem 0.6rem;}}
.heard {{position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap;}}
.st-key-takeaway p {{font-size: 1.1rem; line-height: 1.35; font-weight: 500;}}
:has(> [data-testid="stHtml"] > .fold) {{display: none;}}
:has(> .st-key-appearance_place) {{position: absolute; width: 1px; height: 1px; overflow: hidden;}}
.st-key-stage, [class*="st-key-grid_"] > * {{min-width: 0;}}
[class*="st-key-grid_"][class] {{display: grid; gap: 0.5rem 1rem; grid-template-columns: repeat(4, minmax(0, 1fr));}}
[class*="st-key-grid_1"][class] {{grid-template-columns: minmax(0, 1fr);}}
[class*="st-key-grid_2"][class] {{grid-template-columns: repeat(2, minmax(0, 1fr));}}
[class*="st-key-grid_3"][class] {{grid-template-columns: repeat(3, minmax(0, 1fr));}}
[class*="st-key-grid_6"][class] {{grid-template-columns: repeat(6, minmax(0, 1fr));}}
@media (min-width: {LARGE}px) {{
  html:root {{font-size: 21px;}}
}}
@media (max-width: 1500px) {{
  [class*="_heading"] > * > [data-testid="stButtonGroup"] button {{padding-inline: 0.6rem;}}
  .st-key-actions button p {{position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;}}
  .st-key-actions button [aria-hidden="true"]:not([data-testid]) {{display: none;}}
}}
@media (max-width: 1000px) {{
  [class*="_heading"] > :has(> [data-testid="stButtonGroup"]) {{display: none;}}
  :has(> .st-key-views_menu) {{display: block; flex: 1 1 10rem;}}
  [data-testid="stMarkdownContainer"] table {{display: block; max-width: 100%; overflow-x: auto;}}
  :is(.st-key-picture, .st-key-panels) [data-testid="stHorizontalBlock"] {{flex-wrap: wrap;}}
  .st-key-picture [data-testid="stColumn"] {{flex: 1 1 14rem; min-width: 14rem;}}
  .st-key-panels [data-testid="stColumn"] {{flex: 1 1 11rem; min-width: 11rem;}}
  [class*="st-key-grid_"][class] {{grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr));}}
}}
@media (max-width: 640px) {{
  [data-testid="stMainBlockContainer"] {{padding: 3rem 0.8rem 3rem;}}
  :has(> .st-key-views_menu) {{order: 1; flex: 1 1 100%;}}
  .st-key-takeaway p {{font-size: 1rem;}}
  .st-key-stage {{max-height: 54vh; overflow-y: auto;}}
  .st-key-panels [data-testid="stHorizontalBlock"] {{flex-wrap: nowrap; overflow-x: auto; scroll-snap-type: x proximity;}}
  .st-key-panels [data-testid="stColumn"] {{flex: 0 0 74vw; min-width: 0; scroll-snap-align: start;}}
  [class*="st-key-grid_"][class] {{display: flex; flex-flow: row nowrap; overflow-x: auto; scroll-snap-type: x proximity;}}
  [class*="st-key-grid_"] > * {{flex: 0 0 74vw; scroll-snap-align: start;}}
  [class*="st-key-grid_1"] > * {{flex: 1 0 100%;}}
  :has(> [data-testid="stHtml"] > .fold) {{display: block;}}
  .fold {{display: inline-flex; gap: 0.5rem; align-items: center; padding: 0.3rem 0;}}
  .fold input {{width: 1.2rem; height: 1.2rem;}}
  .st-key-settings > :first-child {{flex: 1 1 100%; width: 100%; max-width: 100%;}}
  .st-key-picture:not(:has(.fold input:checked)) :is(.st-key-settings > :not(:first-child), .st-key-folded) {{display: none;}}
  .st-key-picture :is(.st-key-drawn, :has(> .st-key-drawn), :has(.st-key-stage)):not(:has(> .st-key-stage)) {{display: contents;}}
  .st-key-dial > :first-child {{flex: 1 1 100%;}}
  [data-testid="stButtonGroup"] [role="radiogroup"] {{flex-wrap: wrap;}}
  :has(> .st-key-dial) {{order: -1;}}
  :has(> .st-key-stage) {{order: -2; position: sticky; top: 2.2rem; z-index: 20; background: light-dark({PAPER[False]}, {PAPER[True]});}}
}}
</style>"""


def class_colors(k: int) -> tuple[str, ...]:
    """Return the colours of `k` classes. They repeat after ten."""
    return tuple(CLASS_COLORS[i % len(CLASS_COLORS)] for i in range(k))


def grown(size: float) -> dict[str, str]:
    """Return a size of a chart as an expression: larger on a large screen, so that it is read from the back of the room."""
    return {"expr": f"windowSize()[0] < {LARGE} ? {size:g} : {1.35 * size:g}"}


def config(dark: bool) -> dict[str, Any]:
    """Return the Vega-Lite configuration of every chart: large sizes, and colours for the theme.

    It gives labels and titles no colour. With `theme=None` they take the page's text colour at once when the reader switches the theme,
    while the script learns of the switch in its next run.
    """
    return {
        "background": "transparent",
        "font": '"Source Sans", sans-serif',
        "axis": {
            "labelFontSize": grown(13),
            "titleFontSize": grown(14),
            "titleFontWeight": 600,
            "gridColor": GRID[dark],
            "domainColor": AXIS[dark],
            "tickColor": AXIS[dark],
            "labelOverlap": "greedy",
            "labelSeparation": 8,
            "labelFlush": False,
            "titlePadding": 6,
        },
        "legend": {"labelFontSize": grown(13), "titleFontSize": grown(14), "rowPadding": 3, "columnPadding": 14},
        "title": {"fontSize": grown(15), "fontWeight": 600, "anchor": "start", "offset": 8},
        # off, because Vega-Lite pastes axis titles unescaped into the expressions of descriptions and default tooltips
        "mark": {"aria": False, "tooltip": False},
        "text": {"fontSize": grown(13)},
        "view": {"stroke": None},
    }


def swatch(look: Look) -> str:
    """Return a data URI of an SVG that shows the run's line."""
    dash = f" stroke-dasharray='{','.join(map(str, look.dash))}'" if look.dash else ""
    line = f"<line x1='1' y1='6' x2='31' y2='6' stroke='{look.color}' stroke-width='3.5'{dash}/>"
    return "data:image/svg+xml," + quote(f"<svg xmlns='http://www.w3.org/2000/svg' width='32' height='12'>{line}</svg>")


def chip_css(looks: Sequence[Look], key: str, pale: Collection[int] = ()) -> str:
    """Return the style sheet that draws each run's line before its option in `st.pills`.

    `looks`: in the order of the options. `key`: that of the pills, or of a container around them. `pale`: the places of options that are.
    """
    pill = f'.st-key-{key} button[data-variant="pills"]'
    rules = [f'{pill}::before {{content: ""; flex: none; width: 32px; height: 12px; margin-right: 6px; background: no-repeat center;}}']
    rules += [f'{pill}:nth-of-type({i})::before {{background-image: url("{swatch(look)}");}}' for i, look in enumerate(looks, 1)]
    rules += [f"{pill}:nth-of-type({i + 1}) {{text-decoration: line-through;}} {pill}:nth-of-type({i + 1})::before {{opacity: 0.4;}}" for i in pale]
    return f"<style>{' '.join(rules)}</style>"

"""Images beside what each run marks of them, as pictures in a table. Pure: from numbers to HTML whose text is escaped."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from core.studies.segmentation.scores import LEVELS
from pages.ui.charts.pixels import drawn
from pages.ui.charts.theme import CLASS_COLORS, INK, PAPER, Look

Array = NDArray[Any]

#: the brightness of a pixel that is black, and of one that is white: noise goes beyond
_SPAN = (-1.0, 2.0)
#: for `st.html`, before the table
CSS = """<style>
.masks {overflow-x: auto;}
.masks table {border-collapse: collapse; font-size: 0.86rem;}
.masks th, .masks td {padding: 0.12rem 0.2rem; border: 0; text-align: left; vertical-align: bottom; font-weight: 400;}
.masks th[colspan] {padding-left: 0.9rem; font-weight: 600; vertical-align: top;}
.masks th[colspan] span {display: block; border-top: 4px solid; padding-top: 0.15rem; max-width: 9.8rem;}
.masks .first {padding-left: 0.9rem;}
.masks img {display: block; width: clamp(3rem, 4.6vw, 5.4rem); aspect-ratio: 1; image-rendering: pixelated; border: 1px solid rgba(128, 128, 128, 0.5);}
.masks .key {display: inline-block; width: 0.85rem; height: 0.85rem; vertical-align: -0.1rem; margin: 0 0.3rem 0 0.9rem;}
.masks .key {border: 1px solid rgba(128, 128, 128, 0.5);}
</style>"""


def colors(dark: bool) -> dict[str, str]:
    """Return the colours of what is right, missed and false. They differ in lightness, too."""
    return {"found": INK[dark], "missed": CLASS_COLORS[0], "false": "#FF5A48" if dark else CLASS_COLORS[1]}


def errors(level: Array, mask: Array, threshold: int, dark: bool) -> tuple[str, str]:
    """Return the picture of what is found, missed and false at a threshold, of levels (H, W) and a mask (H, W); and the same in words."""
    marked, truth = level >= threshold, mask > 0
    kind = np.where(marked & truth, 1, np.where(truth, 2, np.where(marked, 3, 0)))
    palette = [ImageColor.getrgb(color)[:3] for color in (PAPER[dark], *colors(dark).values())]
    words = f"{np.sum(kind == 1)} found, {np.sum(kind == 2)} missed, {np.sum(kind == 3)} false"
    return _png(np.array(palette, np.uint8)[kind]), words


def grid(images: Array, masks: Array, levels: Sequence[Array], looks: Sequence[Look], thresholds: Sequence[int], first: int, dark: bool) -> str:
    """Return a line for each image (N, H, W): the image, its mask, and of each run the probabilities and the errors. `levels`: (N, H, W) of each run.

    `thresholds`: the level from which on each run marks. `first`: the number of the first image.
    """
    shown, truth = drawn(images, dark, _SPAN), drawn(masks, dark, (0, 1))
    predicted = [drawn(level / (LEVELS - 1), dark, (0, 1)) for level in levels]
    names = "".join(f'<th colspan="2" scope="colgroup"><span style="border-color: {look.color}">{html.escape(look.name)}</span></th>' for look in looks)
    heads = "<th>image</th><th>mask</th>" + '<th class="first">p</th><th>errors</th>' * len(looks)
    lines = []
    for place in range(len(images)):
        number = first + place
        cells = [_cell(shown[place], f"image {number}"), _cell(truth[place], f"its mask, {int(masks[place].sum())} pixels")]
        for run, look in enumerate(looks):
            picture, words = errors(levels[run][place], masks[place], thresholds[run], dark)
            cells += [_cell(predicted[run][place], f"probabilities of {look.name}", "first"), _cell(picture, f"{look.name}: {words}")]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    caption = "<caption hidden>Test images, their masks, and what each run marks</caption>"
    return f'<div class="masks" tabindex="0"><table>{caption}<tr><td colspan="2"></td>{names}</tr><tr>{heads}</tr>{"".join(lines)}</table></div>{_legend(dark)}'


def _legend(dark: bool) -> str:
    words = {"found": "found", "missed": "missed", "false": "false: marked, and background"}
    keys = "".join(f'<span class="key" style="background: {color}"></span>{words[name]}' for name, color in colors(dark).items())
    return f'<div class="masks" style="font-size: 0.86rem; padding-top: 0.3rem">Errors:{keys}</div>'


def _cell(picture: str, words: str, kind: str = "") -> str:
    text = html.escape(words)
    return f'<td{" class=" + kind if kind else ""}><img alt="{text}" title="{text}" src="{picture}"></td>'


def _png(picture: Array) -> str:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()

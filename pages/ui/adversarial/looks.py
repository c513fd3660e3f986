"""What the views of the page have in common: the colours of samples, and the width of a dial."""

from __future__ import annotations

from pages.ui.charts.theme import CLASS_COLORS

#: the colours of real and of generated samples
REAL, MADE = CLASS_COLORS[0], CLASS_COLORS[1]
#: pixels of a dial: two stand side by side on a phone
DIAL_WIDTH = 160


def made_color(dark: bool) -> str:
    """Return the colour of generated samples over shading: on the dark page a light red, because the shading of its class is a dark one."""
    return "#FF8A7A" if dark else MADE

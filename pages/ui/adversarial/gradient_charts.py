"""The chart of two bells: real and generated samples along a line."""

from __future__ import annotations

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from core.studies.adversarial.bells import Scene
from pages.ui.adversarial.looks import MADE, REAL
from pages.ui.charts.axes import Axis
from pages.ui.charts.base import NUMBER, Chart, Spec, finish, tip, value_axis


def bells(scene: Scene, *, height: int, dark: bool, beside: int = 0) -> Chart:
    """Return the densities of real and generated samples."""
    frame = pd.DataFrame({"x": scene.x, "real": scene.real, "made": scene.made}).astype(np.float32)
    return {"bells": frame}, _spec((float(scene.x[0]), float(scene.x[-1])), float(scene.real.max()), height=height, dark=dark, beside=beside)


@lru_cache(maxsize=64)
def _spec(span: tuple[float, float], top: float, *, height: int, dark: bool, beside: int) -> Spec:
    """Return the specification of `bells`."""
    base = alt.Chart(alt.NamedData("bells")).encode(x=value_axis("x", Axis("x", domain=span), alt.X))
    y = Axis("density", domain=(0.0, 1.08 * top))
    layers = [
        base.mark_area(color=color, opacity=0.45, line={"color": color, "strokeWidth": 2.5}).encode(
            y=value_axis(name, y), tooltip=[tip("x:Q", "x", NUMBER), tip("real:Q", "real", NUMBER), tip("made:Q", "generated", NUMBER)]
        )
        for name, color in (("real", REAL), ("made", MADE))
    ]  # fmt: skip
    return finish(alt.layer(*layers), height=height, dark=dark, beside=beside, alt_text="The bells of real and of generated samples")

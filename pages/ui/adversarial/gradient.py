"""The generator's gradient: two bells, their distances, and the pull of each loss, exactly and without training."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.studies.adversarial import bells, takeaways
from core.studies.adversarial.views import LOSSES, GradientView
from core.words import Figure, Said
from pages.ui.adversarial import gradient_charts
from pages.ui.adversarial.looks import DIAL_WIDTH, MADE, REAL
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import curves
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import Look, chip_css, look
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, grid, picture, settings, stage, takeaway
from pages.ui.widgets.show import dark, show

SCREEN = ViewScreen(GradientView)
SCREENS = (SCREEN,)
#: the smallest pull that is drawn
_FLOOR = 1e-6
#: pixels beside the charts
_BESIDE = 330
_DISTANCES = (Look("Jensen-Shannon", "#8A8F98", (), ""), Look("Wasserstein distance", "#8A8F98", (8, 4), ""))
HOW_TO_READ = r"""
- **Bells**: real samples are $N(0, s^2)$, generated ones $N(\theta, s^2)$. The generator can move its bell only.
- **Distances**: what the *best critic* measures. Jensen-Shannon saturates at $\log 2$ once the bells hardly overlap; Wasserstein's is θ itself.
- **Pull**: the derivative of the generator's mean loss by θ, with the best critic of that loss held fixed, as in training. Descent moves the bell along it.
- Pulls below a millionth rest on the edge of the chart.
- **Minimax** and **least squares** pull less and less, the farther the bells are apart: the critic is sure, and flat where the samples are.
- **Non-saturating** and **relativistic** pull the harder, the surer the critic. **Wasserstein**, of slopes up to 1, always pulls with 1.
- **Hinge**: its best critic is a step, so its pull is 0 almost everywhere. Real critics are no steps: they have to rise over some distance.
- Everything is computed exactly, from integrals: nothing is trained. Source: Arjovsky and Bottou, arXiv:1701.04862.
"""


@st.fragment
def draw() -> None:
    """Draw the view."""
    view, dials = begin(SCREEN), SCREEN.at()
    said = takeaways.gradient(view)
    takeaway(said)
    with picture():
        with settings():
            for name in ("theta", "width"):
                with st.container(width=DIAL_WIDTH):
                    field(dials, name)
            st.html(chip_css(looks_of(tuple(LOSSES)), "adversarial_losses"))
            with st.container(key="adversarial_losses"):
                field(dials, "losses", labelled=False)
        with stage():
            _charts(view, said)
    st.caption(_in_words(view))
    share.shows(lambda: pulls(view))


def _charts(view: GradientView, said: Said) -> None:
    """Draw the bells, their distances, and the pull of each loss."""
    looks = looks_of(view.losses)
    options: dict[str, Any] = {"height": 280, "dark": dark(), "beside": _BESIDE}
    st.html(legend_html([Look("real samples", REAL, (), ""), Look("generated samples", MADE, (), ""), *_DISTANCES, *looks]))
    with grid(3):
        table = pulls(view)
        columns = {"x": table["theta"], **{name: table[look.label].clip(lower=_FLOOR) for name, look in zip(run_domain(looks), looks, strict=True)}}
        y = Axis("pull on the generator", log=True, domain=(_FLOOR, 100.0))
        show(gradient_charts.bells(bells.scene(view.theta, view.width), **options), "adversarial_bells", "Two bells")
        _distances(view, options)
        pulled = curves(pd.DataFrame(columns), looks, Axis("distance θ"), y, now=view.theta, **options)
        show(pulled, "adversarial_pulls", "The pull of each loss", said)


def looks_of(names: tuple[str, ...]) -> list[Look]:
    """Return the look of each loss, which it keeps while others come and go."""
    return [look(list(LOSSES).index(name), str(LOSSES[name].in_words())) for name in names]


def pulls(view: GradientView) -> pd.DataFrame:
    """Return both distances and the pull of each loss at every distance of the bells."""
    of_bells = bells.distances(view.width)
    columns = {"theta": of_bells.theta, "Jensen-Shannon": of_bells.js, "Wasserstein distance": of_bells.w1}
    return pd.DataFrame(columns | {str(LOSSES[name].in_words()): bells.pull(LOSSES[name], view.width) for name in view.losses})


def _distances(view: GradientView, options: dict[str, Any]) -> None:
    """Draw the two distances of the bells over θ."""
    of_bells = bells.distances(view.width)
    frame = pd.DataFrame({"x": of_bells.theta, "r0": of_bells.js, "r1": of_bells.w1})
    y = Axis("distance of the bells", domain=(0.0, 2.0))
    show(curves(frame, _DISTANCES, Axis("distance θ"), y, now=view.theta, **options), "adversarial_distances", "How far apart they are")


def _in_words(view: GradientView) -> str:
    """Return what the dial's distance comes to."""
    of_bells, place = bells.distances(view.width), bells.place(view.theta)
    pulls = tuple(
        Said("{loss} {pull}", loss=str(LOSSES[name].in_words()), pull=Figure(float(bells.pull(LOSSES[name], view.width)[place]), ".3g"))
        for name in view.losses
    )
    theta, js, w1 = Figure(view.theta, "g"), Figure(float(of_bells.js[place]), ".3g"), Figure(float(of_bells.w1[place]), ".3g")
    if not pulls:
        return str(Said("At θ = {theta}: Jensen-Shannon {js}, Wasserstein {w1}.", theta=theta, js=js, w1=w1))
    return str(Said("At θ = {theta}: Jensen-Shannon {js}, Wasserstein {w1}. Pull: {pulls}.", theta=theta, js=js, w1=w1, pulls=pulls))

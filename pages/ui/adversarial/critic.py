"""Too good a critic: the pull on a generator that stands still, while critics of each loss train against it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from core.studies.adversarial import frozen, pictures
from core.studies.adversarial.exam import MEASURES
from core.studies.adversarial.lanes import DuelResult
from core.studies.adversarial.views import CriticView
from pages.ui.adversarial import duel_charts
from pages.ui.adversarial.looks import DIAL_WIDTH
from pages.ui.charts.axes import Axis
from pages.ui.charts.log_curves import curves
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import Look, chip_css, look
from pages.ui.session.screen import ViewScreen
from pages.ui.training import follow, progress
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, table

SCREEN = ViewScreen(CriticView)
SCREENS = (SCREEN,)
#: the smallest pull that is drawn
_FLOOR = 1e-8
HOW_TO_READ = r"""
- The generator **stands still**: its samples are $N(0, \sigma_G^2)$, inside a ring of eight narrow modes. Only the critics train, each with its own loss.
- **Pull**: median length of the gradient of the generator's loss by its samples, $|\partial L_G / \partial x|$: what a generator would learn from.
- **Right**: the scene before the first of the critics, at the end: blue points are real, red ones generated, arrows where they are pulled.
- **Tells apart**: chance that the critic scores a real sample above a generated one. At 1 the critic is perfect, and the curves part:
- **Minimax** dies out, by powers of ten. **R1** keeps it alive, because it holds the critic flat. **Least squares** fades. **Non-saturating** grows.
- **Hinge**, and **Wasserstein** with a gradient penalty or clipping, go on pulling: the pull is the critic's slope.
- Critics: 2 → 32 → 32 → 1, relu, Adam with η = 0.002. Source: Arjovsky and Bottou, arXiv:1701.04862, figure 2.
"""


def draw() -> None:
    """Draw the view."""
    view, dials = begin(SCREEN), SCREEN.at()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name in ("updates", "spread", "still"):
            with st.container(width=DIAL_WIDTH):
                field(dials, name)
    st.html(chip_css(looks_of(tuple(frozen.CRITICS)), "adversarial_critics"))
    with st.container(key="adversarial_critics"):
        field(dials, "critics", labelled=False)
    if not view.critics:
        st.info("Choose a critic.", icon=":material/arrow_upward:")
        return
    duel = frozen.experiment(view.critics, view.spread, view.still, view.updates)
    follow.follow(duel)
    progress.draw(duel, rerun=True)
    result = follow.view(duel).result
    if result is not None:
        _results(result, looks_of(view.critics))


def looks_of(names: tuple[str, ...]) -> list[Look]:
    """Return the look of each critic, which it keeps while others come and go."""
    return [look(list(frozen.CRITICS).index(name), frozen.CRITICS[name].label) for name in names]


def _results(result: DuelResult, looks: list[Look]) -> None:
    """Draw the pull over the critics' steps, the scene before the first critic, and the table of both ends."""
    span = (0.0, float(result.duel.updates))
    wide, narrow = st.columns([1.6, 1], gap="medium")
    with wide:
        y = Axis("pull on the generator", log=True)
        show(curves(_frame(result, looks), looks, Axis("steps of the critic", domain=span), y, height=320, dark=dark()), "adversarial_critic_pull")
    with narrow:
        first = pictures.shown(result, int(result.updates[-1]))[0][0]
        show(duel_charts.panel(first, replace(looks[0], mark=""), arrows=True, dark=dark()), "adversarial_critic_scene")
    pulls, apart = result.metrics["pull"][:, 0], result.metrics["accuracy"][:, 0]
    numbers = {"at the start": pulls[0], "at the end": pulls[-1], "times": pulls[-1] / pulls[0]}
    columns = [Column("Critic", [name.label for name in looks], words=True)]
    columns += [Column(title, [f"{value:.2g}" for value in values], group="Pull", doc=MEASURES["pull"].doc) for title, values in numbers.items()]
    columns.append(Column("Tells apart", [f"{value:.1%}" for value in apart[-1]], doc=MEASURES["accuracy"].doc))
    st.html(table("The pull of each critic", columns))
    share.shows(lambda: result.history)


def _frame(result: DuelResult, looks: list[Look]) -> pd.DataFrame:
    """Return the pull of every run over the recorded steps."""
    values = result.metrics["pull"][:, 0].clip(_FLOOR)
    return pd.DataFrame({"x": result.updates, **dict(zip(run_domain(looks), values.T, strict=True))})

"""Too good a critic: the pull on a generator that stands still, while critics of each loss train against it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.studies.adversarial import frozen, pictures, takeaways
from core.studies.adversarial.exam import MEASURES
from core.studies.adversarial.lanes import DuelResult
from core.studies.adversarial.views import CriticView
from core.words import significant
from pages.ui.adversarial import duel_charts
from pages.ui.adversarial.looks import DIAL_WIDTH
from pages.ui.charts.axes import Axis
from pages.ui.charts.log_curves import curves
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import Look, chip_css, look
from pages.ui.session.screen import ViewScreen
from pages.ui.training import last
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, grid, picture, settings, stage, takeaway, told_later
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, table

SCREEN = ViewScreen(CriticView)
SCREENS = (SCREEN,)
#: the smallest pull that is drawn
_FLOOR = 1e-8
#: pixels beside the charts
_BESIDE = 340
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
    view, dials, words = begin(SCREEN), SCREEN.at(), told_later()
    with picture():
        with settings():
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
        last.trained(SCREEN, duel, partial(_results, words=words))


def looks_of(names: tuple[str, ...]) -> list[Look]:
    """Return the look of each critic, which it keeps while others come and go."""
    return [look(list(frozen.CRITICS).index(name), frozen.CRITICS[name].label) for name in names]


def _results(result: DuelResult, words: DeltaGenerator) -> None:
    """Draw the pull over the critics' steps, the scene before the first critic, and the table of both ends."""
    looks = [look(_slot(label), label) for label in result.document.labels()]
    pulls, apart = result.metrics["pull"][:, 0], result.metrics["accuracy"][:, 0]
    said = takeaways.critic([style.label for style in looks], pulls, int(result.updates[-1]))
    takeaway(said, words)
    with stage(), grid(2):
        x, y = Axis("steps of the critic", domain=(0.0, float(result.document.updates))), Axis("pull on the generator", log=True)
        chart = curves(_frame(result, looks), looks, x, y, height=320, dark=dark(), beside=_BESIDE)
        show(chart, "adversarial_critic_pull", "The pull, while critics get better", said)
        first = pictures.shown(result, int(result.updates[-1]))[0][0]
        show(duel_charts.panel(first, replace(looks[0], mark=""), arrows=True, dark=dark(), beside=_BESIDE), "adversarial_critic_scene")
    numbers = {"at the start": pulls[0], "at the end": pulls[-1], "times": pulls[-1] / pulls[0]}
    columns = [Column("Critic", [name.label for name in looks], words=True)]
    columns += [Column(title, [significant(value, 3) for value in values], group="Pull", doc=MEASURES["pull"].doc) for title, values in numbers.items()]
    columns.append(Column("Tells apart", [f"{value:.1%}" for value in apart[-1]], doc=MEASURES["accuracy"].doc))
    st.html(table("The pull of each critic", columns))
    share.shows(lambda: result.history)


def _slot(label: str) -> int:
    """Return the place of a critic by its label, which gives it its look."""
    return next(place for place, critic in enumerate(frozen.CRITICS.values()) if critic.label == label)


def _frame(result: DuelResult, looks: list[Look]) -> pd.DataFrame:
    """Return the pull of every run over the recorded steps."""
    values = result.metrics["pull"][:, 0].clip(_FLOOR)
    return pd.DataFrame({"x": result.updates, **dict(zip(run_domain(looks), values.T, strict=True))})

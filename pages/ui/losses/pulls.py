"""Who pulls: each sample in the size of its share of the loss, or of the gradient, one panel a loss."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.losses import LOSSES, Loss
from core.studies.losses import pulls
from core.tasks import CLASSIFICATION, REGRESSION
from pages.ui.charts.base import Axis
from pages.ui.charts.theme import look
from pages.ui.losses import pull_charts
from pages.ui.widgets.dials import dial, loss_dials, short_title, words
from pages.ui.widgets.pieces import option
from pages.ui.widgets.show import dark, show

MOST_PANELS = 4

_RECIPES: dict[str, type[pulls.SceneRecipe]] = {"outliers": pulls.LineWithOutliers, "easy": pulls.TwoClouds}
_FIRST = {"outliers": ("squared_error", "absolute_error", "huber", "tukey"), "easy": ("cross_entropy", "focal", "hinge")}
# Discs at the ends of the line need room.
_AROUND = (pulls.SPAN[0] - 0.6, pulls.SPAN[1] + 0.6)
# Outliers stretch the standard deviation that residuals are measured in: these bounds lie between the noise and the outliers.
_STARTS = {"huber": {"delta": 0.3}, "smooth_l1": {"beta": 0.3}, "cauchy": {"scale": 0.3}, "tukey": {"scale": 1.5}}
_DATA = {"outliers": "line with outliers", "easy": "two classes"}
_SIZES = {"pull": "pull", "loss": "loss"}
_FITS = {"own": "its own fit", "same": "the true line"}
_MARKED = {REGRESSION: "Outliers", CLASSIFICATION: "Easy samples"}
_LABELS = {"distance": "Their distance", "overlap": "Overlap"}
_DATA_DOC = "Outliers are for the losses of a regression, easy and hard samples for those of a classification."
_SIZES_DOC = "Loss: what a sample costs. Pull: how hard it pushes the model's output at that sample, which is the length of the loss's gradient there."
_FITS_DOC = """**Its own fit**: the linear model with the lowest mean of that loss, so each panel has its own line.
**The true line**: all losses judge the one model that the data were drawn from, so they are compared at the same errors."""


@st.fragment
def draw() -> None:
    """Draw the view."""
    with st.container(horizontal=True, gap="medium"):
        data = option("Data", _DATA, "losses_pulls_data", doc=_DATA_DOC)
        sizes = option("Discs show the", _SIZES, "losses_pulls_sizes", doc=_SIZES_DOC)
        first = "own" if data == "outliers" else "same"
        fit = option("Each loss is drawn at", _FITS, f"losses_pulls_fit_{data}", first=first, doc=_FITS_DOC)
    recipe, names = _data_and_losses(data)
    if not names:
        st.info("Choose a loss to see who pulls under it.", icon=":material/arrow_upward:")
        return
    st.caption(_explained(recipe, sizes, fit == "own"))
    for slot, (column, name) in enumerate(zip(st.columns(len(names), gap="medium"), names, strict=True)):
        with column:
            _panel(slot, LOSSES[name], recipe, sizes, fit == "own")


def _data_and_losses(data: str) -> tuple[pulls.SceneRecipe, list[str]]:
    """Draw the choice of losses and the dials of the data, and return both."""
    default = _RECIPES[data]()
    names = pulls.fitting(default)
    chooser, *columns = st.columns([3, *[1.2] * len(default.parameters())], gap="medium")
    with chooser:
        chosen = st.multiselect(
            f"Losses, at most {MOST_PANELS}",
            names,
            [name for name in _FIRST[data] if name in names],
            format_func=short_title,
            key=f"losses_pulls_{data}_losses",
            max_selections=MOST_PANELS,
            help=f"Those of a {default.task} whose value can be shared out among single samples.",
            wrap=True,
            persist_state="session",
        )
    values = {}
    for column, (name, parameter) in zip(columns, default.parameters().items(), strict=True):
        with column:
            values[name] = dial(parameter, getattr(default, name), _LABELS.get(name) or words(name, parameter), f"losses_pulls_{data}_{name}")
    return _RECIPES[data](**values), chosen


def _explained(recipe: pulls.SceneRecipe, sizes: str, own: bool) -> str:
    """Return what the drawing means, and what to look for."""
    marked = pulls.scene(recipe).marked
    share = f"A disc's area is the sample's share of the {sizes}; all panels share out the same area."
    if recipe.task == REGRESSION:
        words = f"{share} Blue pulls the line up, red pulls it down. Diamonds: the {marked.sum()} outliers among {len(marked)} samples."
        balance = " At a loss's own fit the pulls up and down are equal, but for rows on the line itself." if own and sizes == "pull" else ""
        return words + (" Dashed: the true line." if own else "") + balance
    words = f"{share} Colours are the classes. Dots: the {marked.sum()} easy ones of {len(marked)} samples, which the true model gets right with a probability "
    words += f"of at least {pulls.EASY:.0%}; diamonds: the others."
    return words + (" Dashed: the true boundary. A loss that ignores easy samples ends less sure of itself, and then fewer are easy for it." if own else "")


def _panel(slot: int, loss: type[Loss], recipe: pulls.SceneRecipe, sizes: str, own: bool) -> None:
    """Draw the panel of one loss; its dials are drawn last and read first."""
    panel, below = st.container(), st.container()
    with below:
        item = loss_dials(loss.kind, "losses_pulls", _STARTS.get(loss.kind, {}))
    scene, sample_pulls = pulls.scene(recipe), pulls.pull(item, recipe, own)
    share = sample_pulls.pull_share if sizes == "pull" else sample_pulls.loss_share
    columns = {"x": scene.X[:, 0], "share": share, "marked": scene.marked, "loss": sample_pulls.loss, "pull": sample_pulls.pull}
    points = pd.DataFrame({"number": range(1, len(share) + 1), **columns})
    if recipe.task == REGRESSION:
        heights = sample_pulls.scores[:, 0] * scene.scale + scene.shift
        points = points.assign(y=scene.y, fit=heights, error=heights - scene.y, side=scene.y < heights)
        across, up = Axis("x", domain=_AROUND), Axis("", domain=pulls.HEIGHTS)
    else:
        points = points.assign(y=scene.X[:, 1], side=scene.y, marked=~scene.marked)
        across, up = Axis("feature 1", domain=pulls.BOX), Axis("feature 2", domain=pulls.BOX)
    line, truth = (pulls.line_ends(recipe, params) for params in (sample_pulls.params, scene.truth))
    with panel:
        style, residuals = look(slot, short_title(loss.kind)), recipe.task == REGRESSION
        show(pull_charts.pull_panel(points, line, truth, style, across, up, residuals=residuals, dark=dark()), f"losses_pull_{slot}")
        st.markdown(_in_words(loss, recipe, sizes, share))
        note = _note(loss, recipe, own)
        if note:
            st.caption(note)


def _in_words(loss: type[Loss], recipe: pulls.SceneRecipe, sizes: str, share: Any) -> str:
    """Return the one number of a panel."""
    marked = pulls.scene(recipe).marked
    if not share.any():
        why = "its gradient is 0 everywhere, so there is nothing to follow" if not loss.informative else "no sample is wrong enough"
        return f"**Nothing {'pulls' if sizes == 'pull' else 'costs'}**: {why}."
    return f"{_MARKED[recipe.task]} hold **{share[marked].sum():.0%}**"


def _note(loss: type[Loss], recipe: pulls.SceneRecipe, own: bool) -> str:
    """Return what must be said of a loss's own fit."""
    if not own:
        return ""
    if not loss.informative:
        return "It cannot be fitted by its gradient: drawn at the least-squares fit."
    origin = pulls.start_of(loss, recipe.task)
    return f"Not convex: the fit starts from that of {short_title(origin).lower()}." if origin else ""

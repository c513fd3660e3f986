"""Outliers, who pulls: each sample in the size of its share of the loss, or of the gradient, one panel a loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from core.losses import LOSSES, Loss, short_title
from core.studies.losses import pulls, takeaways, views
from core.studies.losses.views import Pulls
from core.tasks import REGRESSION
from pages.ui.charts.axes import Axis
from pages.ui.charts.theme import look
from pages.ui.losses import pull_charts
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field, fields, several
from pages.ui.widgets.pieces import begin, folded_settings, picture, stage, takeaway
from pages.ui.widgets.show import dark, show

SCREEN = ViewScreen(Pulls)
SCREENS = (SCREEN,)


def HOW_TO_READ() -> list[str]:
    """Return what explains the data and the discs on the screen."""
    return [
        _explained(SCREEN.current()),
        "**A click** on a point of the line chooses it, the next click moves it there; a click on an empty place adds one. Every loss answers at once.",
        "**The sentence** under a panel says which share of all is theirs: the area of their discs beside that of all.",
    ]



# Discs at the ends of the line need room.
_AROUND = (pulls.SPAN[0] - 0.6, pulls.SPAN[1] + 0.6)
_AREAS = {
    "pull": "A disc's area is the sample's share of the pull; all panels share out the same area.",
    "loss": "A disc's area is the sample's share of the loss; all panels share out the same area.",
}
_MARKED = {views.OUTLIERS: "Outliers", views.EASY: "Easy samples"}


@st.fragment
def draw() -> None:
    """Draw the view."""
    view, dials = begin(SCREEN), SCREEN.at()
    share.shows(lambda: _table(view))
    if view.shown:
        takeaway(takeaways.who_pulls(view))
    with picture():
        with st.container(horizontal=True, gap="medium"):
            for name in ("data", "sizes", f"{view.data}_fit"):
                field(dials, name)
        with folded_settings():
            _data_and_losses(view)
        if view.data == views.OUTLIERS:
            _by_hand(view)
        with stage(), st.container(key="panels"):
            for i, column in enumerate(st.columns(len(view.shown), gap="medium") if view.shown else []):
                with column:
                    _panel(i, view)
    if not view.shown:
        st.info("Choose a loss to see who pulls under it.", icon=":material/arrow_upward:")
        return
    st.caption(_explained(view))


def _data_and_losses(view: Pulls) -> None:
    """Draw the choice of losses and the dials of the data."""
    names, losses = [name for name in view.recipe.parameters() if name != "placed"], f"{view.data}_losses"
    chooser, *columns = st.columns([3, *[1.2] * len(names)], gap="medium")
    with chooser:
        several(
            SCREEN.at(losses), list(views.offered_pulls(view.data)), views.kinds_of, lambda shown, kinds: views.of_kinds(shown, kinds, views.between),
            label=f"Losses, at most {views.MOST_PANELS}", titles=lambda kind: LOSSES[kind].found_by(), most=views.MOST_PANELS,
            doc=view.parameters()[losses].doc,
        )  # fmt: skip
    for column, name in zip(columns, names, strict=True):
        with column:
            field(SCREEN.at(view.data), name)


def _by_hand(view: Pulls) -> None:
    """Draw what a click does, and the buttons that take the chosen point away and all that was placed by hand."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="losses_pulls_hand"):
        said = f"Point {view.chosen} is chosen: click where it shall be." if view.chosen else "Click a point to move it, or an empty place to add one."
        st.markdown(said, width="content")
        st.button("Remove it", icon=":material/delete:", on_click=_without, disabled=not view.chosen, key="losses_pulls_remove")
        st.button("As at first", icon=":material/undo:", on_click=_as_at_first, disabled=not view.outliers.placed, key="losses_pulls_reset")


def _change(made: Callable[[Pulls], Pulls]) -> None:
    """Put a changed view on the screen, or say why it cannot be."""
    try:
        SCREEN.update(made(SCREEN.current()))
    except ValueError as error:
        SCREEN.complain(f"Not changed: {error}.")


def _without() -> None:
    _change(Pulls.without_chosen)


def _as_at_first() -> None:
    SCREEN.update(replace(SCREEN.current(), outliers=replace(SCREEN.current().outliers, placed=()), chosen=0))


def _clicked(key: str) -> None:
    """Move, add or choose a point, as the click in the chart `key` says."""
    clicks: list[dict[str, Any]] = st.session_state[key].selection[pull_charts.PICK]
    if clicks:
        click = clicks[-1]
        _change(lambda view: view.clicked(int(click.get("number") or 0), click["x"], click["y"]))


def _explained(view: Pulls) -> str:
    """Return what the drawing means, and what to look for."""
    marked, areas = pulls.scene(view.recipe).marked, _AREAS[view.sizes]
    if view.data == views.OUTLIERS:
        words = f"{areas} Blue pulls the line up, red pulls it down. Diamonds: the {marked.sum()} outliers among {len(marked)} samples."
        balance = " At a loss's own fit the pulls up and down are equal, but for rows on the line itself." if view.own and view.sizes == "pull" else ""
        return words + (" Dashed: the true line." if view.own else "") + balance
    words = f"{areas} Colours are the classes. Dots: the {marked.sum()} easy ones of {len(marked)} samples, which the true model gets right with a probability "
    words += f"of at least {pulls.EASY:.0%}; diamonds: the others."
    dashed = " Dashed: the true boundary. A loss that ignores easy samples ends less sure of itself, and then fewer are easy for it."
    return words + (dashed if view.own else "")


def _panel(i: int, view: Pulls) -> None:
    """Draw the panel of one loss, and its dials."""
    shown, scene = view.shown[i], pulls.scene(view.recipe)
    sample_pulls, loss = pulls.pull(shown.loss, view.recipe, view.own), type(shown.loss)
    share_of = _shares(sample_pulls, view)
    columns = {"x": scene.X[:, 0], "share": share_of, "marked": scene.marked, "loss": sample_pulls.loss, "pull": sample_pulls.pull}
    residuals = view.recipe.task == REGRESSION
    points = pd.DataFrame({"number": view.outliers.numbers() if residuals else range(1, len(share_of) + 1), **columns})
    if residuals:
        heights = sample_pulls.scores[:, 0] * scene.scale + scene.shift
        points = points.assign(y=scene.y, fit=heights, error=heights - scene.y, side=scene.y < heights, chosen=points["number"] == view.chosen)
        across, up = Axis("x", domain=_AROUND), Axis("", domain=pulls.HEIGHTS)
    else:
        points = points.assign(y=scene.X[:, 1], side=scene.y, marked=~scene.marked)
        across, up = Axis("feature 1", domain=pulls.BOX), Axis("feature 2", domain=pulls.BOX)
    line, truth = (pulls.line_ends(view.recipe, params) for params in (sample_pulls.params, scene.truth))
    style = look(shown.slot, short_title(loss.kind))
    chart = pull_charts.pull_panel(points, line, truth, style, across, up, residuals=residuals, now=_token(view), dark=dark())
    key, said = f"losses_pull_click_{i}", takeaways.who_pulls(view)
    clicks: dict[str, Any] = {"key": key, "on_select": partial(_clicked, key), "selection_mode": [pull_charts.PICK]} if residuals else {}
    show(chart, f"losses_pull_{i}", said=said, **clicks)
    st.markdown(_in_words(loss, view, share_of))
    note = _note(loss, view)
    if note:
        st.caption(note)
    fields(SCREEN.at(f"{view.data}_losses", i, "loss"))


def _token(view: Pulls) -> str:
    """Return a text that differs whenever a click means something else."""
    return f"{view.chosen} {' '.join(f'{each.number}:{each.x:g}:{each.y:g}' for each in view.outliers.placed)}"


def _shares(sample_pulls: pulls.Pull, view: Pulls) -> Any:
    """Return the share of each sample: of the pull, or of the loss."""
    return sample_pulls.pull_share if view.sizes == "pull" else sample_pulls.loss_share


def _table(view: Pulls) -> pd.DataFrame:
    """Return the samples as a table, with the share of each under each loss."""
    scene = pulls.scene(view.recipe)
    samples = pd.DataFrame({"sample": view.outliers.numbers() if view.data == views.OUTLIERS else range(1, len(scene.y) + 1)})
    if view.data == views.OUTLIERS:
        samples = samples.assign(x=scene.X[:, 0], y=scene.y, outlier=scene.marked)
    else:
        samples = samples.assign(**{"feature 1": scene.X[:, 0], "feature 2": scene.X[:, 1], "class": scene.y, "easy": scene.marked})
    for shown in view.shown:
        sample_pulls, title = pulls.pull(shown.loss, view.recipe, view.own), short_title(shown.loss.kind)
        samples[f"{title}: loss"], samples[f"{title}: pull"] = sample_pulls.loss, sample_pulls.pull
        samples[f"{title}: share of the loss"], samples[f"{title}: share of the pull"] = sample_pulls.loss_share, sample_pulls.pull_share
    return samples


def _in_words(loss: type[Loss], view: Pulls, share_of: Any) -> str:
    """Return the one number of a panel."""
    marked = pulls.scene(view.recipe).marked
    if not share_of.any():
        why = "its gradient is 0 everywhere, so there is nothing to follow" if not loss.informative else "no sample is wrong enough"
        return f"**Nothing {'pulls' if view.sizes == 'pull' else 'costs'}**: {why}."
    return f"{_MARKED[view.data]} have **{share_of[marked].sum():.0%}** of the {view.sizes}"


def _note(loss: type[Loss], view: Pulls) -> str:
    """Return what must be said of a loss's own fit."""
    if not view.own:
        return ""
    if not loss.informative:
        return "It cannot be fitted by its gradient: drawn at the least-squares fit."
    origin = pulls.start_of(loss, view.recipe.task)
    return f"Not convex: the fit starts from that of {short_title(origin).lower()}." if origin else ""

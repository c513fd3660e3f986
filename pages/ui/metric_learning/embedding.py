"""The embedding: a scatter for each loss under one slider of updates, and what is measured of each, as curves and as a table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.stories import told_by
from core.studies.metric_learning.lanes import EmbeddingResult
from core.studies.metric_learning.scores import MEASURES
from core.studies.metric_learning.stories import STORIES
from core.studies.metric_learning.training import named
from core.studies.metric_learning.views import EmbeddingView
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import curves
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import Look
from pages.ui.metric_learning import editor
from pages.ui.metric_learning.charts import reach_of, scatter
from pages.ui.metric_learning.tables import measures_table
from pages.ui.session.lineup import LineupViewScreen
from pages.ui.session.state import EMBEDDING
from pages.ui.training import follow, progress
from pages.ui.widgets import chips, share, story
from pages.ui.widgets.controls import field, nearest, offered
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.text import show_message

SCREEN = LineupViewScreen(EmbeddingView, EMBEDDING)
SCREENS = (EMBEDDING, SCREEN)
HOW_TO_READ = r"""
- Each **point** is a row that no run was trained on, where its network puts it; colours and numbers are classes. Plane, circle and sphere are in the sidebar.
- All runs share data, network, initial weights and batches: P classes with M rows each. An **epoch** is as many updates as see as many rows as train.
- Losses of angles (NT-Xent, supervised contrastive, CosFace, ArcFace) look at directions only, so their points are shown at length 1 in the plane, too.
- **Recall@1**: the nearest other row is of the same class. **MAP@R**: so are the R nearest, R the number of other rows of the class.
  **Silhouette**: how much nearer the own class is than the next. **Alignment**: how close a class is. **Uniformity**: how evenly all are spread.
- **Cross-entropy** is the yardstick: what the layer below a usual classifier does without being asked for distances.
"""


def draw() -> None:
    """Draw the view."""
    embedding, folded_out = EMBEDDING.open(), SCREEN.at("folded_out")
    SCREEN.open()
    editor.draw_settings(embedding, folded_out)
    with st.container(horizontal=True, vertical_alignment="center"):
        chips.draw_add(EMBEDDING, "run", "embedding_add")
        story.menu(STORIES, EMBEDDING, "embedding_story", "Embeddings that each ask one question, and answer it.")
    with st.container():  # it is there without a message too, so that the panels keep their position
        show_message(EMBEDDING, SCREEN)
        if told := told_by(STORIES, embedding):
            story.line(told)
    editor.draw(embedding, folded_out)
    follow.follow(embedding)
    progress.draw(embedding, rerun=True)
    result = follow.view(embedding).result
    if result is not None:
        _results(result, chips.looks(EMBEDDING, embedding))


@st.fragment
def _results(result: EmbeddingResult, looks: Sequence[Look]) -> None:
    """Draw scatters, table and curves; the slider draws these alone again."""
    view = SCREEN.open()
    updates, places = [int(update) for update in result.updates], [*result.data.places]
    slider, rows = st.columns([3, 1.2], gap="medium", vertical_alignment="bottom")
    with slider:
        update = offered(
            SCREEN.at("update"), updates, "Update", otherwise=updates[-1] if view.update < 0 else nearest(updates, view.update),
            titles=lambda each: f"{each} · epoch {each / result.updates_per_epoch:.3g}",
        )  # fmt: skip
    with rows:
        place = offered(SCREEN.at("place"), places, "Rows", titles=EmbeddingView.parameters()["place"].shown, shape="segments")  # type: ignore[attr-defined]
    draw_scatters(result, looks, update, place)
    st.html(measures_table(result, looks, update, place))
    _curves(result, looks, view, update, place)
    share.shows(lambda: result.history)


def draw_scatters(result: EmbeddingResult, looks: Sequence[Look], update: int, place: str) -> None:
    """Draw the scatter of each run, at most four in a row."""
    labels = result.data.places[place].labels
    in_row = 3 if len(looks) in (3, 5, 6) else 4 if len(looks) == 4 else 2
    for first in range(0, len(looks), in_row):
        for column, run in zip(st.columns(in_row, gap="small"), range(first, min(first + in_row, len(looks))), strict=False):
            with column:
                points = result.points(run, update, place)
                reach = reach_of(result.tracks[run].points[place])
                with editor.apart(result.embedding.dataset):
                    chart = scatter(points, labels, result.data.names, looks[run], reach=reach, height=270, dark=dark())
                show(chart, f"metric_learning_scatter_{run}")


def _curves(result: EmbeddingResult, looks: Sequence[Look], view: EmbeddingView, update: int, place: str) -> None:
    """Draw two measures over the updates."""
    st.html(legend_html(looks))
    for column, side in zip(st.columns(2, gap="medium"), ("left", "right"), strict=True):
        name = getattr(view, side)
        with column:
            field(SCREEN.at(), side, labelled=False, shape="menu")
            values = result.metrics[name if name in ("loss", "active") else named(name, place)][:, 0]
            frame = pd.DataFrame({"x": result.updates, **dict(zip(run_domain(looks), values.T, strict=True))})
            x, y = Axis("update", domain=(0.0, float(result.embedding.updates))), Axis(MEASURES[name].title, log=name in ("loss", "spread"))
            show(curves(frame, looks, x, y, now=float(update), height=240, dark=dark()), f"metric_learning_curve_{side}")
            st.caption(MEASURES[name].doc)

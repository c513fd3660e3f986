"""The embedding: a scatter for each loss under one slider of updates, and what is measured of each, as curves and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.export import embedding_script
from core.stories import told_by
from core.studies.metric_learning import takeaways
from core.studies.metric_learning.embedding import SPHERE
from core.studies.metric_learning.lanes import EmbeddingResult
from core.studies.metric_learning.scores import MEASURES, named
from core.studies.metric_learning.stories import STORIES
from core.studies.metric_learning.views import EmbeddingView
from core.words import Said
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import over_updates
from pages.ui.charts.theme import Look
from pages.ui.metric_learning import editor
from pages.ui.metric_learning.charts import DIALS_CSS, reach_of, scatter
from pages.ui.metric_learning.tables import measures_table
from pages.ui.session.lineup import LineupViewScreen
from pages.ui.session.screen import ViewScreen
from pages.ui.session.state import EMBEDDING
from pages.ui.training import last
from pages.ui.widgets import chips, play, share, story
from pages.ui.widgets.controls import field, offered
from pages.ui.widgets.pieces import dial, folded_settings, grid, picture, stage, takeaway, told_later
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.text import show_message

SCREEN = LineupViewScreen(EmbeddingView, EMBEDDING)
SCREENS = (EMBEDDING, SCREEN)
#: pixels beside the scatters, and beside the curves
_BESIDE, _BESIDE_CURVES = 370, 300
HOW_TO_READ = r"""
- Each **point** is a row that no run was trained on, where its network puts it; colours and numbers are classes. Plane, circle and sphere are in the sidebar.
- **Drag a sphere** to turn it; its dials do the same. What is pale is on its far side.
- All runs share data, network, initial weights and batches: P classes with M rows each. An **epoch** is as many updates as see as many rows as train.
- Losses of angles (NT-Xent, supervised contrastive, CosFace, ArcFace) look at directions only, so their points are shown at length 1 in the plane, too.
- **Recall@1**: the nearest other row is of the same class. **MAP@R**: so are the R nearest, R the number of other rows of the class.
  **Silhouette**: how much nearer the own class is than the next. **Alignment**: how close a class is. **Uniformity**: how evenly all are spread.
- **Cross-entropy** is the yardstick: what the layer below a usual classifier does without being asked for distances.
"""


def draw() -> None:
    """Draw the view."""
    embedding, folded_out, words = EMBEDDING.open(), SCREEN.at("folded_out"), told_later()
    SCREEN.open()
    editor.draw_settings(embedding, folded_out)
    with st.container():  # it is there without a message too, so that the panels keep their position
        show_message(EMBEDDING, SCREEN)
    with picture():
        with folded_settings():
            with st.container(horizontal=True, vertical_alignment="center"):
                chips.draw_add(EMBEDDING, "run", "embedding_add")
                story.menu(STORIES, EMBEDDING, "embedding_story", "Embeddings that each ask one question, and answer it.", _begin)
                chips.draw(EMBEDDING, chips.looks(EMBEDDING, embedding), "Runs", "embeddings", "selected_embedding")
            editor.draw(folded_out)
        last.trained(SCREEN, embedding, partial(_results, words=words), chips.looks(EMBEDDING, embedding), played=True, keeps=not embedding.dataset.brought)


def _begin() -> None:
    """Show the picture before the first update, of the rows that a story asks about: classes held out, if it has any."""
    play.before_start(SCREEN)
    SCREEN.at("place").put("unseen" if EMBEDDING.current().held_out else "test")


def draw_files() -> None:
    """Draw the download of the selected run as a PyTorch script, for Share."""
    doc = "The selected run, trained from its first seed; it needs numpy, scikit-learn and torch alone."
    share.script(lambda: embedding_script(EMBEDDING.current(), EMBEDDING.selected()), "lossbench_embedding.py", doc)


def _results(result: EmbeddingResult, looks: Sequence[Look], words: DeltaGenerator) -> None:
    """Draw scatters, table and curves."""
    view, updates = SCREEN.open(), [int(update) for update in result.updates]
    places = [*result.data.places]
    with dial():
        update = update_dial(SCREEN, result)
        play.button(SCREEN, updates)
        with st.container(width="content"):
            titles = EmbeddingView.parameters()["place"].shown  # type: ignore[attr-defined]
            place = offered(SCREEN.at("place"), places, "Rows", titles=titles, shape="segments")
    recall = result.metrics[named("recall", place)][result.place(update), 0]
    said = takeaways.embedding([look.name for look in looks], recall, update, held_out=place == "unseen")
    told = told_by(STORIES, result.document)
    asks = told is not None and update < updates[-1]
    said = story.due(told, said, ended=not asks)
    takeaway(said, words)
    with stage():
        draw_scatters(result, looks, update, place, said, _BESIDE)
    st.html(measures_table(result, looks, update, place))
    _curves(result, looks, view, (update, update if asks else updates[-1]), place)
    share.shows(lambda: result.history)


def update_dial(screen: ViewScreen[Any], result: EmbeddingResult) -> int:
    """Draw the dial of the recorded updates, and return the one that is shown."""
    updates = [int(update) for update in result.updates]
    otherwise = play.shown(screen, updates)
    with st.container():
        chosen: int = offered(
            screen.at("update"), updates, "Update", otherwise=otherwise, titles=lambda each: f"{each} · epoch {each / result.updates_per_epoch:.3g}"
        )
    return chosen


def draw_scatters(result: EmbeddingResult, looks: Sequence[Look], update: int, place: str, said: Said, beside: int) -> None:
    """Draw the scatter of each run, at most four in a row."""
    labels = result.data.places[place].labels
    in_row = 3 if len(looks) in (3, 5, 6) else 4 if len(looks) == 4 else 2
    options: dict[str, Any] = {"height": 270, "dark": dark(), "beside": beside, "rows": -(-len(looks) // in_row)}
    if result.document.space == SPHERE:
        st.html(DIALS_CSS)
    with grid(in_row, "scatters"):
        for run, style in enumerate(looks):
            reach = reach_of(result.tracks[run].kept[place])
            with editor.apart(result.document.dataset):
                chart = scatter(result.points(run, update, place), labels, result.data.names, style, reach=reach, **options)
            show(chart, f"metric_learning_scatter_{run}", said=said if run == 0 else None)


def _curves(result: EmbeddingResult, looks: Sequence[Look], view: EmbeddingView, at: tuple[int, int], place: str) -> None:
    """Draw two measures over the updates. `at`: the update shown, and up to which curves are drawn, because a story does not show what is to come."""
    st.html(legend_html(looks))
    with grid(2):
        for side in ("left", "right"):
            _curve(result, looks, view, at, place, side)


def _curve(result: EmbeddingResult, looks: Sequence[Look], view: EmbeddingView, at: tuple[int, int], place: str, side: str) -> None:
    """Draw the measure that was chosen for one side."""
    name = getattr(view, side)
    with st.container(gap="small"):
        field(SCREEN.at(), side, labelled=False, shape="menu")
        values = result.metrics[name if name in ("loss", "active") else named(name, place)][:, 0]
        y, shown = Axis(MEASURES[name].title, log=name in ("loss", "spread")), {"last": result.document.updates, "at": at[0], "until": at[1]}
        show(over_updates(result.updates, values, looks, y, **shown, height=240, dark=dark(), beside=_BESIDE_CURVES), f"metric_learning_curve_{side}")
        st.caption(MEASURES[name].doc)

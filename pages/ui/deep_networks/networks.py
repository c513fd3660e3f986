"""Deep networks: up to six side by side, what is measured of each layer under a slider of updates, loss and accuracy beside it, and the cure to try."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.export import networks_script
from core.stories import told_by
from core.studies.deep_networks import verdict
from core.studies.deep_networks.lanes import NetworksResult
from core.studies.deep_networks.measures import LAYERS, MEASURES
from core.studies.deep_networks.stories import STORIES
from core.studies.deep_networks.views import DeepNetworksView
from core.words import Figure, Said, significant
from pages.ui.charts.legend import legend_html
from pages.ui.charts.theme import Look
from pages.ui.deep_networks import charts, editor
from pages.ui.session.lineup import LineupViewScreen
from pages.ui.session.state import NETWORKS
from pages.ui.training import follow, last, progress
from pages.ui.widgets import chips, play, share, story, views
from pages.ui.widgets.controls import field, offered
from pages.ui.widgets.pieces import dial, folded_settings, grid, picture, stage, takeaway, told_later
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, table
from pages.ui.widgets.text import plain, show_message

SCREEN = LineupViewScreen(DeepNetworksView, NETWORKS)
SCREENS = (NETWORKS, SCREEN)
#: pixels beside the charts on the screen
_BESIDE = 480
HOW_TO_READ = r"""
- **Gradient norm by layer**: how long the gradient by a layer's weights is, from the first hidden layer (1) to that of the scores (one beyond the depth).
  It is measured on the first 256 training rows, before clipping, at the update of the slider. Update 0 is the start.
- **× a layer**: what arrives at layer 1, by what arrives at the last hidden layer, as a factor for each layer between. **Vanishes**: less than a thirtieth
  arrives. **Explodes**: more than thirty times as much. **Large**: a layer's gradient is longer than 5.
- **Spread**: standard deviation of what a layer says. **Rows apart**: the share of that variance which lies between rows; near 0 all rows look alike to the
  next layer, and no gradient can tell them apart. **Dead or saturated**: units with a slope below a tenth of the steepest on 95 % of the rows.
- All runs share data, width, batches and seed; runs of equal shape and initialisation begin with equal weights. The layer of the scores begins as Glorot's.
- **Batch norm** is judged with the statistics of all training rows, computed anew at each record (arXiv:2105.07576), not with running averages: so what is
  shown follows from the weights and the data alone. With a norm the bias stands behind it.
- **Residuals**: each layer but the first adds its units, times the scale, to those below it.
- Sources: Glorot and Bengio, AISTATS 2010; He et al., arXiv:1502.01852 and 1512.03385; Ioffe and Szegedy, arXiv:1502.03167.
"""


def draw_files() -> None:
    """Draw the download of the selected run as a PyTorch script, for Share."""
    selected, needs = NETWORKS.selected(), "numpy, scikit-learn and torch"
    share.script(lambda: networks_script(NETWORKS.current(), selected), "The selected run", "lossbench_networks.py", needs)


def draw() -> None:
    """Draw the page."""
    networks = NETWORKS.open()
    SCREEN.open()
    views.header("Deep networks", "deep_networks", SCREENS, HOW_TO_READ, files=draw_files)
    words = told_later()
    editor.draw_settings(networks)
    with st.container():  # it is there without a message too, so that the charts keep their position
        show_message(NETWORKS, SCREEN)
    with picture():
        with folded_settings():
            with st.container(horizontal=True, vertical_alignment="center"):
                chips.draw_add(NETWORKS, "run", "networks_add")
                chips.draw_remove(NETWORKS, "run", "networks_remove")
                editor.draw_more(SCREEN.at("folded_out"))
                doc = "Networks that each ask one question, and answer it."
                story.menu(STORIES, NETWORKS, "networks_story", doc, lambda: play.before_start(SCREEN))
            editor.draw(networks)
        follow.follow(networks)
        progress.draw(networks, rerun=True)
        result = follow.view(networks).result
        shown = None if result is None else (result, chips.looks(NETWORKS, networks))
        last.draw(SCREEN, shown, lambda drawn: _played(*drawn, words), keeps=not networks.dataset.brought)


def _played(result: NetworksResult, looks: Sequence[Look], words: DeltaGenerator) -> None:
    """Draw the results at one update after the other while they are played; the slider draws these alone again."""
    play.draw(SCREEN, [int(update) for update in result.updates], lambda: _results(result, looks, words))


def _results(result: NetworksResult, looks: Sequence[Look], words: DeltaGenerator) -> None:
    """Draw what is seen of the selected run, pictures and the table."""
    view, updates = SCREEN.open(), [int(update) for update in result.updates]
    with dial():
        with st.container():
            update = offered(SCREEN.at("update"), updates, "Update", otherwise=play.shown(SCREEN, updates), titles=str)
        play.button(SCREEN, updates)
    told = told_by(STORIES, result.document)
    asks = told is not None and update < updates[-1]
    said = verdict.takeaway(result, update)
    takeaway(story.due(told, said, ended=not asks), words)
    with st.container(horizontal=True, vertical_alignment="center", key="cure"):  # it is there without words too, so that the charts keep their position
        if not asks:
            _draw_cure(result, looks, update)
    with stage():
        st.html(legend_html(looks))
        _draw_pictures(result, looks, view, (update, update if asks else updates[-1]), said)
    st.html(_table(result, looks, update))
    for column, side in zip(st.columns(4, gap="small"), ("left", "right", "left_curve", "right_curve"), strict=True):
        with column:
            field(SCREEN.at(), side, shape="menu")
            st.caption((LAYERS if side in ("left", "right") else MEASURES)[getattr(view, side)].doc)
    share.shows(lambda: result.history)


def _draw_cure(result: NetworksResult, looks: Sequence[Look], update: int) -> None:
    """Draw what is seen of the selected run, and the button that adds its cure."""
    run = min(NETWORKS.selected(), len(looks) - 1)  # the last picture may be of fewer runs
    seen = verdict.verdict(result, run, update)
    cure = verdict.cure(result.document.runs[run], seen)
    with st.container(width="stretch"):
        st.markdown(plain(seen.sentence))
    if cure is not None and st.button(
        f"Try {cure.change}", icon=":material/healing:", key="networks_cure_add", on_click=NETWORKS.append, args=(cure.run,), type="primary",
        disabled=len(NETWORKS.slots()) == NETWORKS.most, help=f"{cure.reason} It is added as one more run.",
    ):
        st.rerun()  # of the whole page: the networks are another document


def _draw_pictures(result: NetworksResult, looks: Sequence[Look], view: DeepNetworksView, at: tuple[int, int], said: Said) -> None:
    """Draw what is measured of layers, and of the runs over the updates. `at`: the update shown, and up to which curves go, because a story asks first."""
    with grid(2):
        for side in ("left", "right"):
            name = getattr(view, side)
            show(charts.layers(result, name, at[0], looks, beside=_BESIDE, dark=dark()), f"deep_networks_{side}", f"{LAYERS[name].title} by layer", said)
        for side in ("left_curve", "right_curve"):
            name = getattr(view, side)
            show(charts.of_runs(result, name, at, looks, beside=_BESIDE, dark=dark()), f"deep_networks_{side}", MEASURES[name].title)


def _table(result: NetworksResult, looks: Sequence[Look], update: int) -> str:
    """Return what is seen and measured of each run at an update, as HTML."""
    at, runs = result.place(update), range(len(looks))
    seen = [verdict.verdict(result, run, update) for run in runs]
    first, last = ([float(result.layers(run, "gradient", update)[place]) for run in runs] for place in (0, -2))
    columns = [
        Column("Run", [look.name for look in looks], words=True),
        Column("Gradient", [each.kind if each.diverged_at < 0 else f"{each.kind}, diverged in {each.diverged_at}" for each in seen], words=True),
        Column("× a layer", [significant(each.factor, 2) for each in seen], "What arrives at layer 1 by what arrives at the last one, for each layer between."),
        Column("Layer 1", [_number(value) for value in first], LAYERS["gradient"].doc, group="Gradient norm"),
        Column("Last hidden", [_number(value) for value in last], LAYERS["gradient"].doc, group="Gradient norm"),
    ]
    for name, spec in (("loss", ".3g"), ("accuracy", ".1%")):
        values = [Figure(value, spec) for value in result.metrics[name][at, 0].tolist()]
        columns.append(Column(MEASURES[name].title, [str(each) if each.value == each.value else "–" for each in values], MEASURES[name].doc))
    return table(f"The networks after update {update}", columns)


def _number(value: float) -> str:
    return "–" if value != value else significant(value, 2)

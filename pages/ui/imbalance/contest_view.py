"""The contest of remedies: its dials, curves, and at one threshold the conclusions, confusion matrices and scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from core.experiment import Experiment
from core.statistics import Ranking
from core.studies.imbalance import takeaways
from core.studies.imbalance.contest import CONTESTANTS, MOVED, Board, Contest, unsuited, verdict
from core.studies.imbalance.resampled import rankings
from core.studies.imbalance.thresholds import SCORES, Judged
from core.studies.imbalance.views import Imbalance
from core.training.results import Result
from core.words import Said
from pages.ui.charts import frames, panels
from pages.ui.charts.legend import legend_html
from pages.ui.charts.theme import Look, look
from pages.ui.imbalance import threshold_charts
from pages.ui.session import link
from pages.ui.session.own_table import OwnViewScreen
from pages.ui.training import follow, last
from pages.ui.training.collect import collect
from pages.ui.widgets import look_view, share, views
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, dial, folded_settings, grid, picture, stage, takeaway, told_later
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, table
from pages.ui.widgets.text import plain

Array = NDArray[Any]

#: the parameter of links from before there was `v`, and what reads it
OLD = "i"
SCREEN = OwnViewScreen(Imbalance, old=(OLD, lambda text: Imbalance(contest=link.read(text, Contest))))
SCREENS = (SCREEN,)
#: the dials of a contest, and the width of each: all stand in one line
_WIDTHS = {"data": 140, "ratio": 140, "weights": 145, "gamma": 90, "rule": 165, "splits": 90}
#: the key of what is shown in the session's state
_SHOWN = "imbalance_shown"
#: with fewer rare test rows than this, a single one changes recall by more than 5 %
_FEW_ROWS = 20

#: pixels of the slider of the threshold
_SLIDER = 330
HOW_TO_READ = """
- **Precision and recall**: each threshold is a point of a model's curve. **Recall**: of the rare rows, the share that is found.
  **Precision**: of the rows that are called rare, the share that is. Up and right is better. Dots: the threshold of the slider; diamond: the moved
  threshold, on the curve of the plain model. Dashed: calling rows rare at random, whose precision is the share of the rare class.
- **ROC**: recall against **false alarms**: of the other class, the share that is called rare. Up and left is better; dashed is guessing.
  The curve does not depend on how rare the class is, so it looks good even where most alarms are false: compare it with the one on the left.
- **Calibration**: rows in ten bins by the probability of the rare class that a model says; upwards, the share of them that is rare.
  On the dashed line probabilities are what they say; below it the model says too much. The **calibration error** is the distance from that line, averaged
  over the rows. A point is the larger, the more rows its bin holds; small ones scatter. Upright line: the threshold; rows to its right are called rare.
- Curves, matrices and scores are those of the **test rows**, which no model and no rule has seen; the validation rows served to choose the moved
  threshold. Both are as imbalanced as the training rows. Only training rows are drawn again or left out by over- and undersampling. The models are those of
  the last epoch, from the same initial weights and the same batches.
"""


@dataclass(frozen=True)
class Shown:
    """The models of a contest that was trained to its end, judged, on each of its splits."""

    experiments: tuple[Experiment, ...]
    splits: tuple[Judged, ...]


def draw() -> None:
    """Draw the page."""
    contest = SCREEN.open().contest
    views.header("Imbalance", "imbalance", SCREENS, HOW_TO_READ, opened=lambda: _in_workbench(contest))
    begin(SCREEN)
    words = told_later()
    with picture():
        with folded_settings(), st.container(horizontal=True, vertical_alignment="bottom", key="imbalance_dials"):
            for name in contest.active():
                with st.container(width=_WIDTHS[name]):
                    field(SCREEN.at("contest"), name, shape="menu")
        experiments = _experiments(contest)
        if experiments:
            results = collect(*experiments, whole=True)
            if results is not None:
                _keep(experiments, results)
        else:
            st.session_state.pop(_SHOWN, None)  # nothing is kept of data that are forgotten
        shown: Shown | None = st.session_state.get(_SHOWN)
        pale = bool(experiments) and follow.running()
        with st.container(key="drawn"):
            st.html(last.PALE if pale else last.FRESH)
            if shown is not None:
                _judgement(shown.splits, contest.rule, words)


def _in_workbench(contest: Contest) -> Experiment | None:
    """Return the trainings of the first split; None as long as own data are not judged."""
    if not contest.dataset.brought:
        return contest.experiments()[0]
    shown: Shown | None = st.session_state.get(_SHOWN)
    return None if shown is None else shown.experiments[0]


def _experiments(contest: Contest) -> tuple[Experiment, ...]:
    """Return the experiments of a contest; none as long as the person's own data are missing, or do not suit it. Draw what is needed of these."""
    if not contest.dataset.brought:
        return contest.experiments()
    table = look_view.of_study(SCREEN.at("contest", "own"), SCREEN.at(), unsuited)
    return () if table is None else contest.experiments(len(table.X))


def _keep(experiments: tuple[Experiment, ...], results: Sequence[Result]) -> None:
    """Judge the models of the experiments, unless the session has done so, and keep the judgement."""
    shown: Shown | None = st.session_state.get(_SHOWN)
    if shown is None or shown.experiments != experiments:
        st.session_state[_SHOWN] = Shown(experiments, tuple(map(Judged.of, results)))


def looks() -> tuple[Look, ...]:
    """Return the look of each contestant with a model: of the runs, and of the plain model at a moved threshold."""
    return tuple(look(slot, label) for slot, label in enumerate(map(str, list(CONTESTANTS.values())[: MOVED + 1])))


@st.fragment
def _judgement(splits: tuple[Judged, ...], rule: str, words: DeltaGenerator) -> None:
    """Draw the slider of the threshold and all that depends on it. It is a fragment: the slider redraws it alone."""
    styles, threshold = looks(), SCREEN.open().threshold
    board = Board.at(splits, threshold, rule)
    said = takeaways.contest(board)
    takeaway(said, words)
    with dial():
        with st.container(width=_SLIDER):
            field(SCREEN.at(), "threshold")
        moved = f'<span style="color:{styles[MOVED].color}">◆</span>{styles[MOVED].name}'
        st.html(legend_html([replace(style, label=style.name) for style in styles[:MOVED]], [moved]))
    with stage():
        _charts(splits[0], board, threshold, styles, said)
    st.markdown("\n".join(f"- {sentence}" for sentence in verdict(board, plain(splits[0].other))))
    st.caption(_caveats(splits))
    _matrices(board, styles)
    _table(board, splits, styles)
    share.shows(lambda: _values(board))


def _caveats(splits: Sequence[Judged]) -> str:
    """Return the sentences on the rows that are judged, and on the uncertainty from few rare rows."""
    rare = int(splits[0].truth.sum())
    judged = splits[0]
    words = [f"Rare: class “{plain(judged.rare)}”, {rare} of {len(judged.truth)} test rows, as imbalanced as the training rows."]
    words.append("The moved threshold was chosen on validation rows.")
    if len(splits) > 1:
        words.append(f"Sentences and table: mean over {len(splits)} splits. Curves and matrices: the first split.")
    if rare < _FEW_ROWS:
        words.append(f"Only {rare} rare test row{'s' * (rare > 1)} a split: one of them moves recall by {1 / rare:.0%}.")
    return " ".join(words)


def _charts(judged: Judged, board: Board, threshold: float, styles: Sequence[Look], said: Said) -> None:
    """Draw the three curves of every model, on the first split."""
    recall, precision, other_recall = (board.values[name][0, : MOVED + 1] for name in ("recall", "precision", "recall_other"))
    calls_rare = board.confusion[0, : MOVED + 1, :, 1].sum(axis=1) > 0  # precision is undefined for a contestant that calls no row rare
    precision_curves, roc_curves, reliability = zip(*judged.curves, strict=True)
    dots, false_alarms = np.column_stack([recall, np.where(calls_rare, precision, np.nan)]), np.column_stack([1 - other_recall, recall])
    with grid(3):
        chart = threshold_charts.precision_recall(precision_curves, dots, judged.prevalence, styles, dark=dark())
        show(chart, "imbalance_precision_recall", "Precision and recall", said)
        show(threshold_charts.roc(roc_curves, false_alarms, styles, dark=dark()), "imbalance_roc", "ROC")
        show(threshold_charts.calibration(reliability, threshold, styles, dark=dark()), "imbalance_calibration", "Calibration")


def _matrices(board: Board, styles: Sequence[Look]) -> None:
    """Draw a confusion matrix for each contestant with a model."""
    with grid(6):
        for style, counts in zip(styles, board.confusion[0], strict=False):
            with st.container(gap=None):
                st.html(f'<b style="border-top:3.5px solid {style.color};font-size:0.9rem;white-space:nowrap">{style.name}</b>')
                show(panels.confusion(frames.confusion(counts), ("other", "rare"), height=120, dark=dark(), square=True), f"imbalance_confusion_{style.mark}")


def _table(board: Board, splits: tuple[Judged, ...], styles: Sequence[Look]) -> None:
    """Draw the table of the scores of every contestant."""
    text, best = scores_table(board, rankings(board, splits))
    names = [*(style.name for style in styles), f"– {CONTESTANTS['always_other']}"]
    docs = dict(zip(text.columns, ("From which probability on a row is called rare.", *(metric.doc for metric in SCORES.values())), strict=True))
    columns = [Column("Remedy", names, "What is done about the rare class.", words=True)]
    columns += [Column(name, list(text[name]), doc, marks=list(best[name])) for name, doc in docs.items()]
    rows = len(splits[0].truth)
    reason = (
        Said("what the {splits} splits cannot tell from it, of rows that are partly the same", splits=len(splits)) if len(board.thresholds) > 1
        else Said("what the {rows} test rows cannot tell from it", rows=rows)
    )  # fmt: skip
    note = Said("Marked: the best of a column. Outlined: ties, {reason}. All terms are explained in the heads of the columns.", reason=reason)
    st.html(table("The scores of every remedy", columns, str(note)))


def _values(board: Board) -> pd.DataFrame:
    """Return the threshold and the scores of every contestant, one row for each split."""
    values = {"threshold": board.thresholds} | board.values
    splits, contestants = board.thresholds.shape
    names = {"remedy": [str(title) for title in CONTESTANTS.values()] * splits, "split": np.repeat(np.arange(splits), contestants)}
    return pd.DataFrame(names | {name: each.ravel() for name, each in values.items()})


def scores_table(board: Board, told: Mapping[str, Ranking]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table of threshold and scores as text (mean ± standard deviation over the splits), and a frame of the same shape of its marks.

    `told`: what can be told of the contestants, by score.
    """
    titles = {name: f"{metric.title} {'↑' if metric.higher_is_better else '↓'}" for name, metric in SCORES.items()}
    text = {}
    for title, values in {"Threshold": board.thresholds, **{titles[name]: board.values[name] for name in SCORES}}.items():
        mean, spread = frames.mean_and_spread(values[None])
        text[title] = [_number(m, s) for m, s in zip(mean[0], spread[0], strict=True)]
    table = pd.DataFrame(text)
    return table, frames.marks(table, {titles[name]: frames.alike(each, text[titles[name]]) for name, each in told.items()})


def _number(mean: float, spread: float) -> str:
    """Return a share with its spread, or with three decimals if there is no spread."""
    return frames.value_text(mean, spread) if spread > 1e-9 or not np.isfinite(mean) else f"{mean:.3f}"

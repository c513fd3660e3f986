"""The losses: what up to five of them mark of the same images under one slider of updates, as pictures, as a table, and as curves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.stories import told_by
from core.studies.segmentation import scores, takeaways
from core.studies.segmentation.lanes import SegmentationResult
from core.studies.segmentation.scores import LEVELS, MEASURES
from core.studies.segmentation.stories import STORIES
from core.studies.segmentation.views import SHOWN, LossesView
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import curves, over_updates
from pages.ui.charts.theme import Look
from pages.ui.segmentation import editor, pictures
from pages.ui.segmentation.tables import measures_table
from pages.ui.session.lineup import LineupViewScreen
from pages.ui.session.state import SEGMENTATION
from pages.ui.training import last
from pages.ui.widgets import chips, play, share, story
from pages.ui.widgets.controls import field, offered
from pages.ui.widgets.pieces import dial, folded_settings, grid, picture, stage, takeaway, told_later
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.text import show_message

SCREEN = LineupViewScreen(LossesView, SEGMENTATION)
SCREENS = (SEGMENTATION, SCREEN)
#: pixels beside the curves
_BESIDE = 300
HOW_TO_READ = r"""
- One small network scores each pixel from the **patch** around it; **p** is the sigmoid of the score. All runs share images, start and batches of images.
- **Errors**, at the threshold: dark pixels are found, light blue ones missed, red ones false. The images are of the test: no run has trained on them.
- **Dice** $= 2TP / (2TP + FP + FN)$ and **IoU** $= TP / (TP + FP + FN)$ over all test pixels. **At ½** and at the **best threshold** of the training
  images are two columns: a loss may order the pixels well, and put the threshold elsewhere.
- **Average precision** asks for the order of the pixels alone. **False pixels** are counted on images in which nothing is.
- **Summed over the whole batch** (under More) takes all images of a batch as one, as segmentation-models-pytorch does. Such a loss has no value for an image,
  so it is a choice of this page and not of the catalogue; for cross-entropy and focal it changes nothing.
- **The output's bias** is where every pixel begins: $\sigma(-3.5) = 0.03$ is near the share of the foreground. Source of that start: arXiv:1708.02002.
- **Elsewhere**: MONAI sums over each image, as here, with δ = 1e-5. segmentation-models-pytorch sums over the batch; the `smooth` of its Dice is half of our
  δ, 0 at first, and its Tversky loss is raised to γ, our focal one to 1/γ. Focal has no α in either, which is α = 0.5 times 2.
- Sources: V-Net, arXiv:1606.04797; Tversky loss, arXiv:1706.05721; focal Tversky, arXiv:1810.07842.
"""


def draw() -> None:
    """Draw the view."""
    segmentation, folded_out, words = SEGMENTATION.open(), SCREEN.at("folded_out"), told_later()
    SCREEN.open()
    editor.draw_settings(segmentation, folded_out)
    with st.container():  # it is there without a message too, so that the pictures keep their position
        show_message(SEGMENTATION, SCREEN)
    with picture():
        with folded_settings():
            with st.container(horizontal=True, vertical_alignment="center"):
                editor.draw_chips(segmentation)
                chips.draw_add(SEGMENTATION, "run", "segmentation_add")
                doc = "Segmentations that each ask one question, and answer it."
                story.menu(STORIES, SEGMENTATION, "segmentation_story", doc, lambda: play.before_start(SCREEN))
            editor.draw(segmentation, folded_out)
        last.trained(SCREEN, segmentation, partial(_results, words=words), chips.looks(SEGMENTATION, segmentation), played=True)


def _results(result: SegmentationResult, looks: Sequence[Look], words: DeltaGenerator) -> None:
    """Draw pictures, table and curves."""
    view, dials, updates = SCREEN.open(), SCREEN.at(), [int(update) for update in result.updates]
    with dial():
        with st.container():
            update = offered(SCREEN.at("update"), updates, "Update", otherwise=play.shown(SCREEN, updates))
        play.button(SCREEN, updates)
        for name, width in (("threshold", 220), ("images", 150)):
            with st.container(width=width):
                field(dials, name)
        field(dials, "own")
    said, told = takeaways.losses(result, update), told_by(STORIES, result.document)
    asks = told is not None and update < updates[-1]
    takeaway(story.due(told, said, ended=not asks), words)
    thresholds = thresholds_of(result, view, update)
    with stage():
        _pictures(result, looks, view, update, thresholds)
    st.html(measures_table(result, looks, update, thresholds))
    _curves(result, looks, view, (update, update if asks else updates[-1]))
    share.shows(lambda: result.history)


def thresholds_of(result: SegmentationResult, view: LossesView, update: int) -> list[int]:
    """Return the level from which on each run marks: that of the dial, or each run's best one on training images; the dial's for one that has diverged."""
    dialled = round(view.threshold * LEVELS)
    best = result.metrics["threshold"][result.place(update), 0]
    return [round(float(each) * LEVELS) if view.own and np.isfinite(each) else dialled for each in best]


def _pictures(result: SegmentationResult, looks: Sequence[Look], view: LossesView, update: int, thresholds: Sequence[int]) -> None:
    """Draw some test images, and what each run marks of them."""
    test, shape = result.data.test, result.document.scene.shape
    first = min(view.images, len(test.images) - SHOWN)
    chosen = slice(first, first + SHOWN)
    marked = [result.levels(run, update, chosen).reshape(-1, *shape) for run in range(len(looks))]
    st.html(pictures.CSS + pictures.grid(test.images[chosen], test.masks[chosen].reshape(-1, *shape), marked, looks, thresholds, first, dark()))


def _curves(result: SegmentationResult, looks: Sequence[Look], view: LossesView, at: tuple[int, int]) -> None:
    """Draw a measure over the updates, and Dice over the threshold. `at`: the update shown, and up to which curves are drawn, because a story asks first."""
    st.html(legend_html(looks))
    measure = MEASURES[view.measure]
    with grid(2):
        with st.container(gap="small"):
            field(SCREEN.at(), "measure", labelled=False, shape="menu")
            y, values = Axis(measure.title, log=view.measure == "loss"), result.metrics[view.measure][:, 0]
            shown = {"last": result.document.updates, "at": at[0], "until": at[1]}
            show(over_updates(result.updates, values, looks, y, **shown, height=240, dark=dark(), beside=_BESIDE), "segmentation_curve_measure")
            st.caption(measure.doc)
        with st.container(gap="small"):
            x, y = Axis("threshold", domain=(0.0, 1.0)), Axis("Dice", domain=(0.0, 1.0))
            now = None if view.own else view.threshold
            chart = curves(over_threshold(result, at[0]), looks, x, y, rings=own_thresholds(result, at[0]), now=now, height=290, dark=dark(), beside=_BESIDE)
            show(chart, "segmentation_curve_threshold", "Dice on test images, over the threshold")
            st.caption("A ring: the best threshold of the training images. It is ready to use if it lies at ½; a flat curve leaves the choice free.")


def own_thresholds(result: SegmentationResult, update: int) -> list[tuple[int, float, float]]:
    """Return run, best threshold of the training images, and Dice on test images there, of each run that has not diverged."""
    thresholds, dice = (result.metrics[name][result.place(update), 0] for name in ("threshold", "best_dice"))
    return [(run, float(thresholds[run]), float(dice[run])) for run in range(len(dice)) if np.isfinite(dice[run])]


def over_threshold(result: SegmentationResult, update: int) -> pd.DataFrame:
    """Return Dice on test images at each threshold but 0, a column for each run."""
    found, foreground = result.counts(update), float(result.data.test.masks.sum())
    dice = scores.dice(found[:, 0], found[:, 1], foreground)[:, 1:]
    lost = np.isnan(result.metrics["dice"][result.place(update), 0])
    return pd.DataFrame({"x": np.arange(1, LEVELS) / LEVELS, **{f"r{run}": np.where(lost[run], np.nan, each) for run, each in enumerate(dice)}})

"""The losses: what up to five of them mark of the same images under one slider of updates, as pictures, as a table, and as curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.stories import told_by
from core.studies.segmentation import scores, takeaways
from core.studies.segmentation.lanes import SegmentationResult
from core.studies.segmentation.scores import LEVELS, MEASURES
from core.studies.segmentation.stories import STORIES
from core.studies.segmentation.views import SHOWN, LossesView
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import curves
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import Look
from pages.ui.segmentation import editor, pictures
from pages.ui.segmentation.tables import measures_table
from pages.ui.session.lineup import LineupViewScreen
from pages.ui.session.state import SEGMENTATION
from pages.ui.training import follow, progress
from pages.ui.widgets import chips, share, story
from pages.ui.widgets.controls import field, nearest, offered
from pages.ui.widgets.pieces import takeaway
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.text import show_message

SCREEN = LineupViewScreen(LossesView, SEGMENTATION)
SCREENS = (SEGMENTATION, SCREEN)
HOW_TO_READ = r"""
- One small network scores each pixel from the **patch** around it; **p** is the sigmoid of the score. All runs share images, start and batches of images.
- **Errors**, at the threshold: dark pixels are found, light blue ones missed, red ones false. The images are of the test: no run has trained on them.
- **Dice** $= 2TP / (2TP + FP + FN)$ and **IoU** $= TP / (TP + FP + FN)$ over all test pixels. **At ½** and at the **best threshold** of the training
  images are two columns: a loss may order the pixels well, and put the threshold elsewhere.
- **Average precision** asks for the order of the pixels alone. **False pixels** are counted on images in which nothing is.
- **Summed over the whole batch** (under More) takes all images of a batch as one, as segmentation-models-pytorch does. Such a loss has no value for an image,
  so it is a choice of this page and not of the catalogue; for cross-entropy and focal it changes nothing.
- **The output's bias** is where every pixel begins: $\sigma(-3.5) = 0.03$ is near the share of the foreground. Source of that start: arXiv:1708.02002.
- Sources: V-Net, arXiv:1606.04797; Tversky loss, arXiv:1706.05721; focal Tversky, arXiv:1810.07842.
"""


def draw() -> None:
    """Draw the view."""
    segmentation, folded_out = SEGMENTATION.open(), SCREEN.at("folded_out")
    SCREEN.open()
    head = st.container()
    editor.draw_settings(segmentation, folded_out)
    with st.container(horizontal=True, vertical_alignment="center"):
        chips.draw_add(SEGMENTATION, "run", "segmentation_add")
        story.menu(STORIES, SEGMENTATION, "segmentation_story", "Segmentations that each ask one question, and answer it.")
    with st.container():  # it is there without a message too, so that the pictures keep their position
        show_message(SEGMENTATION, SCREEN)
        if told := told_by(STORIES, segmentation):
            story.line(told)
    editor.draw(segmentation, folded_out)
    follow.follow(segmentation)
    progress.draw(segmentation, rerun=True)
    result = follow.view(segmentation).result
    if result is not None:
        with head:
            takeaway(takeaways.losses(result))
        _results(result, chips.looks(SEGMENTATION, segmentation))


@st.fragment
def _results(result: SegmentationResult, looks: Sequence[Look]) -> None:
    """Draw pictures, table and curves; the dials draw these alone again."""
    view, dials = SCREEN.open(), SCREEN.at()
    updates = [int(update) for update in result.updates]
    slider, threshold, images, own = st.columns([2, 1.5, 1.1, 1.1], gap="medium", vertical_alignment="bottom")
    with slider:
        update = offered(SCREEN.at("update"), updates, "Update", otherwise=updates[-1] if view.update < 0 else nearest(updates, view.update))
    with threshold:
        field(dials, "threshold")
    with images:
        field(dials, "images")
    with own:
        field(dials, "own")
    levels = thresholds_of(result, view, update)
    _pictures(result, looks, view, update, levels)
    st.html(measures_table(result, looks, update, levels))
    _curves(result, looks, view, update)
    share.shows(lambda: result.history)


def thresholds_of(result: SegmentationResult, view: LossesView, update: int) -> list[int]:
    """Return the level from which on each run marks: that of the dial, or each run's best one on training images; the dial's for one that has diverged."""
    dialled = round(view.threshold * LEVELS)
    best = result.metrics["threshold"][result.place(update), 0]
    return [round(float(each) * LEVELS) if view.own and np.isfinite(each) else dialled for each in best]


def _pictures(result: SegmentationResult, looks: Sequence[Look], view: LossesView, update: int, thresholds: Sequence[int]) -> None:
    """Draw some test images, and what each run marks of them."""
    test, shape = result.data.test, result.segmentation.scene.shape
    first = min(view.images, len(test.images) - SHOWN)
    chosen = slice(first, first + SHOWN)
    marked = [result.levels(run, update, chosen).reshape(-1, *shape) for run in range(len(looks))]
    st.html(pictures.CSS + pictures.grid(test.images[chosen], test.masks[chosen].reshape(-1, *shape), marked, looks, thresholds, first, dark()))


def _curves(result: SegmentationResult, looks: Sequence[Look], view: LossesView, update: int) -> None:
    """Draw a measure over the updates, and Dice over the threshold."""
    st.html(legend_html(looks))
    over_updates, over_thresholds = st.columns(2, gap="medium")
    measure = MEASURES[view.measure]
    with over_updates:
        field(SCREEN.at(), "measure", labelled=False, shape="menu")
        frame = pd.DataFrame({"x": result.updates, **dict(zip(run_domain(looks), result.metrics[view.measure][:, 0].T, strict=True))})
        x, y = Axis("update", domain=(0.0, float(result.segmentation.updates))), Axis(measure.title, log=view.measure == "loss")
        show(curves(frame, looks, x, y, now=float(update), height=240, dark=dark()), "segmentation_curve_measure")
        st.caption(measure.doc)
    with over_thresholds:
        chart = curves(
            over_threshold(result, update), looks, Axis("threshold", domain=(0.0, 1.0)), Axis("Dice", domain=(0.0, 1.0)), now=view.threshold, height=290,
            dark=dark(),
        )  # fmt: skip
        show(chart, "segmentation_curve_threshold", "Dice on test images, over the threshold")
        st.caption("A ready threshold is a curve whose top lies at ½. A flat one leaves the choice free.")


def over_threshold(result: SegmentationResult, update: int) -> pd.DataFrame:
    """Return Dice on test images at each threshold but 0, a column for each run."""
    found, foreground = result.counts(update), float(result.data.test.masks.sum())
    dice = scores.dice(found[:, 0], found[:, 1], foreground)[:, 1:]
    lost = np.isnan(result.metrics["dice"][result.place(update), 0])
    return pd.DataFrame({"x": np.arange(1, LEVELS) / LEVELS, **{f"r{run}": np.where(lost[run], np.nan, each) for run, each in enumerate(dice)}})

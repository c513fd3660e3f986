"""The view "Batch size": batch, mini-batch and stochastic descent on a straight line."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from core.stories import told_by
from core.studies.descent import takeaways
from core.studies.descent.line_descent import BATCHES, MOST_UPDATES, PUBLISHED, PUBLISHED_START, STORIES, LineDescent, Path, frames, published
from core.studies.descent.views import LineView
from core.words import Said, significant, whole
from pages.ui.charts.axes import Axis, notes
from pages.ui.charts.legend import legend_html
from pages.ui.charts.theme import Look, look
from pages.ui.descent import line_charts
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import controls, share, story
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, dial, folded_settings, picture, stage, takeaway
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, table

SCREEN = ViewScreen(LineView)
SCREENS = (SCREEN,)
REASONS = {
    "samples": "all samples seen",
    "updates": "number of updates",
    "limit": f"{whole(MOST_UPDATES)} updates, the most this page computes",
    "loss": "MSE below the threshold",
    "gradient": "gradient below the threshold",
    "diverged": "diverged",
}

HOW_TO_READ = f"""
- **Left**: the data and the line of each path; dashed: least squares, the best line there is.
- **Middle**: the same lines as points, bias across and slope up. Rings: equal MSE, exact ellipses; **+** is least squares.
- **Right**: MSE over *all* rows, also for paths that see few at a time. Dashed: the lowest.
- **Play** or drag the slider: all three move together. The pointer reads a path.
- **A batch** is the rows of one update, drawn without repetition in an order that is shuffled in each epoch, the same for all paths.
- **Cost**: an update takes as many row gradients as its batch has rows, so equal samples seen is equal arithmetic. Seconds are not shown:
  at this size they measure Python, not the method. On real hardware a batch of 1 wastes what works in parallel.
- At a constant rate small batches do not settle: their gradient is not 0 at the minimum. A smaller rate makes the cloud smaller.
- Dots: single updates, where there are few. A cross: off the map, at its edge. At most {whole(MOST_UPDATES)} updates a path are computed.
"""


@st.fragment
def draw() -> None:
    """Draw the view."""
    view = begin(SCREEN)
    descent = view.descent
    told = told_by(STORIES.values(), descent)
    drawn = frames(descent, line_charts.FRAMES)
    looks = [_look(batch, descent.surface.rows) for batch in descent.batches]
    paths = {batch: path for batch, (path, _) in drawn.items()}
    share.shows(lambda: paths_table(paths, looks))
    said = takeaways.line(descent, paths)
    if told is None:
        takeaway(said)
    else:
        story.tell(told.question, f"{told.verdict} {said}")
    with picture():
        with dial():
            _presets(descent)
        with folded_settings():
            _options(descent)
        with stage():
            st.html(line_charts.PLAYER_CSS + legend_html(looks))
            opens_at, words = view.step or (None if told is None else 0), said if told is None else Said("The question is: {question}", question=told.question)
            show(line_charts.line_chart(descent, drawn, looks, opens_at=opens_at, dark=dark()), "descent_line_chart", said=words)
    st.html(_ends(paths, looks))
    lowest = line_charts.loss_domain(descent)[0]
    resting = [style.label for style, path in zip(looks, paths.values(), strict=True) if (path.losses < lowest).any()]
    for said in notes(Axis("MSE", log=True, floor=lowest), resting, []):
        st.caption(str(said))
    _notes(descent, paths)


def _presets(descent: LineDescent) -> None:
    """Draw the presets, the data and the stop criteria."""
    item, folded_out = SCREEN.at("descent"), SCREEN.at("folded_out")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="descent_line_presets"):
        for name, each in STORIES.items():
            st.button(
                each.title, key=f"descent_line_preset_{name}", type="primary" if each.document == descent else "secondary", help=each.verdict,
                on_click=item.put, args=(each.document,),
            )  # fmt: skip
        data = controls.folded(folded_out, "data", st.popover, "Data, start")
        if data is not None:
            with data:
                _data()
        stop = controls.folded(folded_out, "stop", st.popover, "Stop when")
        if stop is not None:
            with stop:
                _stops(descent)


def _options(descent: LineDescent) -> None:
    """Draw the dials."""
    item = SCREEN.at("descent")
    rate, rule, epochs, batches = st.columns([1.3, 1.1, 1.1, 1.9], gap="medium")
    parameters = LineDescent.parameters()
    with rate:
        field(item, "learning_rate")
    with rule:
        controls.kinds(item.at("optimizer"), parameters["optimizer"], "Optimizer")
    with epochs:
        field(item, "epochs")
    with batches:
        controls.several(
            item.at("batches"), list(BATCHES), list, lambda _, chosen: tuple(chosen) or (0,), label=parameters["batches"].label,
            titles=lambda batch: f"{batch}" if batch else "all rows", most=4, placeholder="Choose at least one", doc=parameters["batches"].doc,
        )  # fmt: skip
    if descent.optimizer.parameters():
        with st.container(horizontal=True, gap="medium"):
            for name in descent.optimizer.parameters():
                with st.container(width=250):
                    field(item.at("optimizer"), name)


def _data() -> None:
    """Draw the dials of the data and of the start."""
    surface = SCREEN.at("descent", "surface")
    for name, label in (("rows", "Rows"), ("noise", "Noise σ"), ("seed", "Sample and order of the rows")):
        field(surface, name, label)
    field(SCREEN.at("descent"), "start", "Start: bias, slope")


def _stops(descent: LineDescent) -> None:
    """Draw the stop criteria."""
    for name in ("max_updates", "stop_loss", "stop_gradient"):
        field(SCREEN.at("descent"), name)
    st.caption("Judged after each update, over all rows. A path also ends when all samples are seen, or when it diverges.")
    st.caption(f"No line gets below an MSE of {descent.lowest:.4f} on these data.")


def _look(batch: int, rows: int) -> Look:
    """Return the look of a batch size. It does not depend on the other sizes."""
    name = "Batch" if not batch or batch >= rows else "Stochastic" if batch == 1 else "Mini-batch"
    size = min(batch or rows, rows)
    return look(BATCHES.index(batch), f"{name}, {size} row{'s' * (size > 1)} an update")


def _ends(paths: Mapping[int, Path], looks: list[Look]) -> str:
    """Return a table of the paths as HTML: updates, samples seen, last point, last MSE, and why the path ended."""
    ends = {
        "Updates": [whole(path.updates) for path in paths.values()], "Samples seen": [whole(int(path.samples[-1])) for path in paths.values()],
        "Bias": [significant(path.points[-1][0]) for path in paths.values()], "Slope": [significant(path.points[-1][1]) for path in paths.values()],
        "MSE": [significant(path.losses[-1]) for path in paths.values()],
    }  # fmt: skip
    columns = [Column("Path", [style.label for style in looks], words=True), *(Column(title, cells) for title, cells in ends.items())]
    return table("Where the paths end", [*columns, Column("Stopped by", [REASONS[path.reason] for path in paths.values()], words=True)])


def paths_table(paths: Mapping[int, Path], looks: list[Look]) -> pd.DataFrame:
    """Return a row for each path and update: its name, the update, the samples seen, bias, slope, and the MSE over all rows."""
    parts = [
        pd.DataFrame({
            "path": style.label, "update": np.arange(path.updates + 1), "samples seen": path.samples,
            "bias": path.points[:, 0], "slope": path.points[:, 1], "MSE": path.losses,
        })
        for style, path in zip(looks, paths.values(), strict=True)
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _notes(descent: LineDescent, paths: Mapping[int, Path]) -> None:
    """Draw the comparison with the published numbers if this is that example, and the largest stable rate of plain descent."""
    if descent == published():
        here = (*paths[0].points[-1].tolist(), float(paths[0].losses[-2]))
        apart = max(abs(one - other) for one, other in zip(here, PUBLISHED, strict=True))
        st.caption(
            f"Published: bias {PUBLISHED[0]:.9f}, slope {PUBLISHED[1]:.9f}, MSE {PUBLISHED[2]:.9f} before the last update. Here: bias {here[0]:.9f}, "
            f"slope {here[1]:.9f}, MSE {here[2]:.9f}; the largest difference is {apart:.0e}. Data: `np.random.seed(0)`, x uniform in (−1, 1), y = 2 + 3x + "
            f"normal noise of 0.5; start ({PUBLISHED_START[0]:.4f}, {PUBLISHED_START[1]:.4f}).".replace("-0", "−0").replace("e-", "e−")
        )
    if descent.optimizer.kind == "sgd":
        st.caption(
            f"On all rows plain descent converges below the rate 2/L = {descent.largest_rate:.4g}, L being the largest curvature of the bowl. Single rows have "
            "a curvature of their own, 2 (1 + x²), so small batches can become unstable at a smaller rate."
        )

"""The view "Line fit": batch, mini-batch and stochastic descent on a straight line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import streamlit as st

from core.optimizers import OPTIMIZERS
from core.parameters import Parameter
from core.studies.descent.line_descent import MOST_UPDATES, PRESETS, PUBLISHED, PUBLISHED_START, LineDescent, Path, frames, published
from core.studies.descent.surfaces.fits import LineMSE
from pages.ui.charts.legend import legend_html
from pages.ui.charts.theme import Look, look
from pages.ui.descent import line_charts
from pages.ui.session.screen import with_field
from pages.ui.widgets import controls
from pages.ui.widgets.dials import words
from pages.ui.widgets.pieces import how_to_read, markdown_table
from pages.ui.widgets.show import dark, show

KEY = "descent_line"
#: the batch sizes on offer. The position of a size is the slot of its look. 0 means all rows.
BATCHES = (0, 10, 1, 50, 20, 5, 2)
MOST_PATHS = 4
RATES = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.5, 2.0)
EPOCHS = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000)
GRADIENTS = (0.0, 1e-4, 1e-3, 1e-2, 0.05, 0.1, 0.5)
UPDATES = (0, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


REASONS = {
    "samples": "all samples seen",
    "updates": "number of updates",
    "limit": f"{MOST_UPDATES:,} updates, the most this page computes",
    "loss": "MSE below the threshold",
    "gradient": "gradient below the threshold",
    "diverged": ":red[diverged]",
}

HELP = f"""
- **Left**: the data and the line of each path; dashed: least squares, the best line there is.
- **Middle**: the same lines as points, bias across and slope up. Rings: equal MSE, exact ellipses; **+** is least squares.
- **Right**: MSE over *all* rows, also for paths that see few at a time. Dashed: the lowest.
- **Play** or drag the slider: all three move together. The pointer reads a path.
- **A batch** is the rows of one update, drawn without repetition in an order that is shuffled in each epoch, the same for all paths.
- **Cost**: an update takes as many row gradients as its batch has rows, so equal samples seen is equal arithmetic. Seconds are not shown:
  at this size they measure Python, not the method. On real hardware a batch of 1 wastes what works in parallel.
- At a constant rate small batches do not settle: their gradient is not 0 at the minimum. A smaller rate makes the cloud smaller.
- Dots: single updates, where there are few. A cross: off the map, at its edge. At most {MOST_UPDATES:,} updates a path are computed.
"""


@st.fragment
def draw() -> None:
    """Draw the view."""
    descent = _current()
    _options(descent)
    drawn = frames(descent, line_charts.FRAMES)
    looks = [_look(batch, descent.surface.rows) for batch in descent.batches]
    st.html(line_charts.PLAYER_CSS + legend_html(looks))
    show(line_charts.line_chart(descent, drawn, looks, dark=dark()), "descent_line_chart")
    paths = {batch: path for batch, (path, _) in drawn.items()}
    st.markdown(_ends(paths, looks))
    _notes(descent, paths)


def _current() -> LineDescent:
    """Return the descent that is on the screen."""
    descent: LineDescent = st.session_state.setdefault(KEY, LineDescent())
    return descent


def _assign(key: str, *path: str | int, made: Callable[[Any], Any] = lambda value: value) -> Callable[[], None]:
    """Return a callback that sets the field at `path` to `made(value of the widget key)`."""

    def assign() -> None:
        with suppress(LookupError):  # two changes can arrive together, and the first may have replaced the optimizer that the second sets a field of
            st.session_state[KEY] = with_field(_current(), path, made(st.session_state[key]))

    return assign


def _load(descent: LineDescent) -> None:
    st.session_state[KEY] = descent


def _options(descent: LineDescent) -> None:
    """Draw the presets and the dials."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="descent_line_presets"):
        for title, (story, preset) in PRESETS.items():
            key = f"descent_line_preset_{title.replace(' ', '_').lower()}"
            st.button(title, key=key, type="primary" if preset == descent else "secondary", help=story, on_click=_load, args=(preset,))
        with st.popover("Data, start"):
            _data(descent)
        with st.popover("Stop when"):
            _stops(descent)
        how_to_read(HELP, icon=None)
    rate, rule, epochs, batches = st.columns([1.3, 1.1, 1.1, 1.9], gap="medium")
    with rate:
        _stop_dial(descent, "learning_rate", "Learning rate η", RATES)
    with rule:
        key = "descent_line_optimizer"
        controls.draw_kinds(OPTIMIZERS, descent.optimizer, "Optimizer", key=key, assign=_assign(key, "optimizer", made=lambda kind: OPTIMIZERS[kind]()))
    with epochs:
        _stop_dial(descent, "epochs", "Epochs", EPOCHS)
    with batches:
        key = "descent_line_batches"
        with controls.showing(key, list(descent.batches)) as with_default:
            st.multiselect(
                "Batch sizes", BATCHES, list(descent.batches) if with_default else None, max_selections=MOST_PATHS, key=key,
                help=LineDescent.parameters()["batches"].doc, format_func=lambda batch: f"{batch}" if batch else "all rows", placeholder="Choose at least one",
                on_change=_assign(key, "batches", made=lambda chosen: tuple(chosen) or (0,)),
            )  # fmt: skip
    if descent.optimizer.parameters():
        with st.container(horizontal=True, gap="medium"):
            for name, parameter in descent.optimizer.parameters().items():
                with st.container(width=250):
                    _of_rule(descent, name, parameter)


def _of_rule(descent: LineDescent, name: str, parameter: Parameter) -> None:
    """Draw the dial of one parameter of the optimizer."""
    key, value = f"descent_line_{descent.optimizer.kind}_{name}", getattr(descent.optimizer, name)
    controls.draw_parameter(parameter, value, words(name, parameter), key=key, assign=_assign(key, "optimizer", name), doc=parameter.doc)


def _stop_dial(descent: LineDescent, name: str, label: str, stops: tuple[float, ...], zero: str = "0") -> None:
    """Draw a dial over the stops and the field's present value. `zero` is the label of 0."""
    key, value, doc = f"descent_line_{name}", getattr(descent, name), LineDescent.parameters()[name].doc
    controls.draw_stops(
        sorted({*stops, value}), value, label, key=key, assign=_assign(key, name), doc=doc, format_func=lambda stop: f"{stop:g}" if stop else zero
    )


def _data(descent: LineDescent) -> None:
    """Draw the dials of the data and of the start."""
    fields = LineMSE.parameters()
    for name, label in (("rows", "Rows"), ("noise", "Noise σ"), ("seed", "Sample and order of the rows")):
        key, value, doc = f"descent_line_data_{name}", getattr(descent.surface, name), fields[name].doc
        controls.draw_parameter(fields[name], value, label, key=key, assign=_assign(key, "surface", name), doc=doc)
    for axis, label in enumerate(("Start: bias", "Start: slope")):
        key, value = f"descent_line_start_{axis}", descent.start[axis]
        with controls.showing(key, value) as with_default:
            st.number_input(label, -50.0, 50.0, value if with_default else 0.0, 0.5, "%.4g", key=key, on_change=_assign(key, "start", axis))


def _stops(descent: LineDescent) -> None:
    """Draw the stop criteria."""
    _stop_dial(descent, "max_updates", "Updates at most", UPDATES, "no limit")
    key = "descent_line_stop_loss"
    with controls.showing(key, descent.stop_loss) as with_default:
        st.slider(
            "MSE below", 0.0, 2.0, descent.stop_loss if with_default else None, step=0.01, key=key, on_change=_assign(key, "stop_loss"),
            help=f"0: never. No line gets below {descent.lowest:.4f} on these data.",
        )  # fmt: skip
    _stop_dial(descent, "stop_gradient", "Length of the gradient below", GRADIENTS, "never")
    st.caption("Judged after each update, over all rows. A path also ends when all samples are seen, or when it diverges.")


def _look(batch: int, rows: int) -> Look:
    """Return the look of a batch size. It does not depend on the other sizes."""
    name = "Batch" if not batch or batch >= rows else "Stochastic" if batch == 1 else "Mini-batch"
    size = min(batch or rows, rows)
    return look(BATCHES.index(batch), f"{name}, {size} row{'s' * (size > 1)} an update")


def _ends(paths: Mapping[int, Path], looks: list[Look]) -> str:
    """Return a Markdown table of the paths: updates, samples seen, last point, last MSE, and why the path ended."""
    rows = []
    for style, path in zip(looks, paths.values(), strict=True):
        ends = [f"{value:.6f}".replace("-", "\u2212") for value in (*path.points[-1], path.losses[-1])]
        rows.append([style.label, f"{path.updates:,}", f"{path.samples[-1]:,}", *ends, REASONS[path.reason]])
    return markdown_table(["Path", "Updates", "Samples seen", "Bias", "Slope", "MSE", "Stopped by"], rows, "lrrrrrl")


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

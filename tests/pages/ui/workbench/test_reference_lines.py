"""The lines of L-BFGS in the loss curves: where they stand, and how the workbench speaks of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets import DATASETS
from core.experiment import Experiment
from core.models import MODELS
from core.penalties import PENALTIES
from core.training.reference import solve
from pages.ui.charts import run_charts
from pages.ui.charts.axes import Axis
from pages.ui.session import state
from tests import vega
from tests.by_hand import begun
from tests.pages.ui.charts.test_charts import long, looks, wide
from tests.small import run, small
from tests.views import change, unfold


@pytest.mark.parametrize("log", [False, True])
def test_a_line_for_each_reference(log: bool) -> None:
    for chart in (
        run_charts.curves(wide(3), looks(), Axis("epochs"), Axis("loss", log=log)),
        run_charts.curves_by_run(long(3), looks(), Axis("s"), Axis("loss", log=log)),
    ):
        data, spec = run_charts.with_references(chart, looks(), [(0, 0.05), (2, 0.2)], Axis("loss", log=log), dark=False)
        assert list(data["references"]["run"]) == ["r0", "r2"]
        np.testing.assert_allclose(data["references"]["y"], [0.05, 0.2], rtol=1e-6)
        assert set(data["references"]["text"]) == {"L-BFGS"}
        vega.check(spec)
        assert "references" not in str(chart[1]), "the shared specification is left as it was"


def test_a_reference_far_below_does_not_flatten_a_logarithmic_axis() -> None:
    chart = run_charts.curves(wide(3), looks(), Axis("epochs"), Axis("loss", log=True))
    frame = run_charts.with_references(chart, looks(), [(0, 1e-9), (1, -0.5)], Axis("loss", log=True), dark=False)[0]["references"]
    lowest = wide(3).drop(columns="x").min(axis=None)
    np.testing.assert_allclose(frame["y"], lowest / 3, rtol=1e-5)
    assert list(frame["text"]) == ["L-BFGS, below: 1e-09", "L-BFGS, below: -0.5"]


@pytest.mark.parametrize("references", [[], [(0, float("nan"))]])
def test_nothing_is_drawn_without_a_number(references: list[tuple[int, float]]) -> None:
    chart = run_charts.curves(wide(3), looks(), Axis("epochs"), Axis("loss"))
    assert run_charts.with_references(chart, looks(), references, Axis("loss", log=False), dark=False) is chart


def test_a_job_solves_each_run_once_and_again_when_it_is_lost() -> None:
    job, executor = begun(small(run(), run(optimizer="adam", learning_rate=0.01)))
    executor.waiting.clear()
    executor.sent = 0
    alone = job.document.experiment.alone(0)
    first = job.analyse(0, solve, alone, 0)
    assert job.analyse(0, solve, alone, 0) is first
    assert executor.sent == 1
    executor.step(RuntimeError("worker killed"))
    again = job.analyse(0, solve, alone, 0)
    assert again is not first
    assert executor.sent == 2


def test_the_workbench_draws_and_explains_them(open_page: Callable[..., AppTest]) -> None:
    """Two optimizers of one objective share a line; hinge and L1 have none, and the page says so."""
    runs = (run(), run(optimizer="adam"), run("hinge"), run(penalty=PENALTIES["l1"]()), run("brier"))
    app = open_page(Experiment(dataset=DATASETS["blobs"](), model=MODELS["linear"](), runs=runs, epochs=2))
    change(unfold(app, state.WORKBENCH_VIEW, "axes"), "workbench.lbfgs", True)
    assert not app.exception
    words = " ".join(caption.value for caption in app.caption)
    assert "Dotted, A, B: L-BFGS on the training rows" in words
    assert "Dotted, E: L-BFGS" in words
    assert "None for C, D: it needs a smooth loss and penalty." in words
    assert "references" in app.get("vega_lite_chart")[0].proto.spec

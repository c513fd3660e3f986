"""What the workbench opens with, what it says of it, and what is seen of the runs: one in front, hidden ones, a baseline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.experiment import default_experiment, digits_experiment
from core.inspection.resampled import resampled
from core.inspection.views import ANY
from core.preparation.corruption import Corruption
from pages.ui.charts import frames
from pages.ui.session import state
from pages.ui.training import follow
from tests.pages.test_workbench import Open, carried, result_of, shown
from tests.small import run, small
from tests.tables import results, tables
from tests.views import change, unfold


def test_the_default_page_opens_with_a_trained_comparison(open_page: Open) -> None:
    app = open_page()
    assert shown(app) == default_experiment()
    assert list(results(app)["Status"]) == ["finished"] * 3
    result = result_of(app)
    expected = frames.table(result, "accuracy")
    assert results(app)[expected.columns].equals(expected)
    samples = {what: np.array([resampled(result.alone(run), *what) for run in range(3)]) for what in frames.sampled(result, "accuracy")}
    marks = frames.marks(expected, frames.rankings(result, "accuracy", samples))
    first, rest = tables(app)
    assert pd.concat([rest.marks[["Status"]], first.marks.iloc[:, 2:], rest.marks.iloc[:, 3:]], axis=1).equals(marks)
    assert list(marks["Accuracy ↑"]) == ["", "", "best"], "the rows and the seeds can tell them apart"
    assert "400 validation rows and 3 seeds can tell runs apart from a difference of about 0.0" in "".join(each.proto.body for each in app.get("html"))
    assert any("C Symmetric cross-entropy is best in Accuracy: 0.9" in each.value.replace("\\", "") for each in app.markdown), "the takeaway"
    assert all([*first.docs.values(), *rest.docs.values()])
    assert "".join(each.proto.body for each in app.get("html")).count('<abbr title="finished" tabindex="0">✓</abbr>') == 3, "an icon, with words"
    assert len(app.get("vega_lite_chart")) == 6
    assert carried(app) == shown(app)
    app.button(key="digits").click().run()
    assert shown(app) == digits_experiment()


def test_four_optimizers_on_digits_cannot_be_told_apart(open_page: Open) -> None:
    app = open_page(digits_experiment())
    assert (tables(app)[0].marks["Accuracy ↑"] == "tie").sum() >= 2
    assert "359 validation rows can tell runs apart from a difference of about 0.0" in "".join(each.proto.body for each in app.get("html"))
    assert any("Accuracy cannot tell the runs apart" in each.value or "cannot be told apart" in each.value for each in app.markdown)
    assert len(app.get("vega_lite_chart")) == 7


def test_a_run_in_front_a_hidden_one_and_a_baseline_go_with_their_run(open_page: Open) -> None:
    app = open_page(small(run(), run(learning_rate=0.03), run(learning_rate=0.3), seeds=2))
    charts = len(app.get("vega_lite_chart"))
    chips = next(group for group in app.get("button_group") if group.key == "selected_run")

    def seen() -> tuple[int, tuple[int, ...], int]:
        view = app.session_state[state.WORKBENCH_VIEW.key]
        return view.forward, view.hidden, view.baseline

    chips.set_value(1).run()
    assert (seen(), app.session_state.bench.selected) == ((1, (), ANY), 1)
    app.button(key="pin").click().run()
    values = result_of(app).at(result_of(app).best_epoch, "accuracy")
    differences = tables(app)[1].text["Accuracy against B"]
    assert differences[1] == "baseline"
    assert differences[2] == frames.against(result_of(app), "accuracy", 1)[2]
    (low, _), mean = differences[2].replace("−", "-").split(" ± "), (values[:, 2] - values[:, 1]).mean()
    assert abs(float(low) - mean) < 0.06
    app.button(key="hide").click().run()
    assert seen() == (ANY, (1,), 1), "what is hidden is not in front"
    assert len(app.get("vega_lite_chart")) == charts - 1, "it has no panel"
    app.button(key="remove").click().run()
    assert seen() == (ANY, (), ANY), "what was said of a run goes with it"
    assert not app.exception


def test_smoothing_keeps_the_measured_curve(open_page: Open) -> None:
    app = unfold(open_page(small(run(), run(learning_rate=0.03))), state.WORKBENCH_VIEW, "axes")
    change(app, "workbench.smoothing", 0.5)
    assert not app.exception
    assert app.session_state[state.WORKBENCH_VIEW.key] == replace(app.session_state[state.WORKBENCH_VIEW.key], smoothing=0.5)
    frame = frames.curves(result_of(app), "loss", "epochs", "both", 0.5)
    plain = frames.curves(result_of(app), "loss", "epochs", "both")
    assert frame["r0_raw"].equals(plain["r0"].rename("r0_raw"))
    assert not frame["r0"].equals(plain["r0"])


def test_ones_own_data_begin_undamaged(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the dashboard opens with has wrong labels."""
    monkeypatch.setattr(follow, "GRACE_SECONDS", 0)  # it is about what is on the screen, not about the training
    app = open_page()
    assert shown(app).corruption.wrong_labels > 0
    app.selectbox(key="dataset.kind").select("own").run()
    assert shown(app).dataset.brought
    assert shown(app).corruption == Corruption()
    assert any("The damage to the data is off" in warning.value for warning in app.warning)

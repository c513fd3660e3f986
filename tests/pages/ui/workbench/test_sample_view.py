"""The view of single rows: orders, sentences that are computed, the table and its file, pictures for data that are pictures."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.datasets import DATASETS
from core.inspection import samples
from core.inspection.views import ANY, LAST
from core.preparation.corruption import Corruption
from core.training import train
from core.words import whole
from pages.ui.charts import frames
from pages.ui.charts.theme import look
from pages.ui.workbench import sample_frames, sample_pictures, sample_view
from tests.small import CURVE, run, small
from tests.views import change, checked

HOSTILE = "=1+1 <b>*x*"
RUNS = (run("cross_entropy", "adam", 0.01), run("hinge", "adam", 0.01), run("squared_error", learning_rate=1e6))
RESULTS = {
    "digits": train(small(*RUNS[:2], dataset=DATASETS["digits"](), corruption=Corruption(wrong_labels=0.1), seeds=1, batch_size=32)),
    "blobs": train(small(replace(RUNS[0], label=HOSTILE), *RUNS[1:])),
    "numbers": train(small(run("huber", label=HOSTILE), run("quantile"), dataset=CURVE, corruption=Corruption(outliers=0.2))),
    "one": train(small(run("squared_error", learning_rate=1e6))),
}
STYLES = tuple(look(i, label) for i, label in enumerate("abc"))


def view(name: str, epoch: int = LAST) -> AppTest:
    """Return the part of the workbench at one epoch, with its samples shown."""

    def script(name: str, epoch: int) -> None:
        import streamlit as st

        from core.inspection.views import Workbench
        from pages.ui.session import state
        from pages.ui.workbench import epoch_view
        from tests.pages.ui.workbench.test_sample_view import RESULTS

        if "opened" not in st.session_state:
            st.session_state.opened = True
            state.WORKBENCH.load(RESULTS[name].experiment)
            state.WORKBENCH_VIEW.load(Workbench(panels="samples", epoch=epoch))
        epoch_view.draw(RESULTS[name])

    app = AppTest.from_function(script, default_timeout=60, args=(name, epoch))
    return checked(app.run())


def shown(app: AppTest) -> pd.DataFrame:
    frame: pd.DataFrame = app.dataframe[0].value
    return frame


def words(app: AppTest) -> str:
    return " ".join(each.value for each in (*app.markdown, *app.caption))


def test_the_training_rows_come_first_and_the_epoch_moves_the_table() -> None:
    app = view("digits")
    found = samples.samples_at(RESULTS["digits"], 3, "train")
    order = samples.hardest(found, [0, 1])
    frame = shown(app)
    np.testing.assert_array_equal(frame["", "Row"], RESULTS["digits"].data.rows[order] + 1)
    np.testing.assert_allclose(frame[next(group for group, _ in frame.columns if group.startswith("A ")), "loss"], found.loss[0, order], rtol=1e-6)
    assert [name for group, name in frame.columns if group.startswith("B ")] == ["predicted", "lead", "loss", "pull"]
    app.select_slider(key="workbench.epoch").set_value(0).run()
    assert not shown(checked(app)).equals(frame)
    change(app, "workbench.sample_rows", "validation")
    assert len(shown(app)) == 359


def test_how_many_of_the_first_are_damaged_is_counted() -> None:
    app = view("digits")
    found = samples.samples_at(RESULTS["digits"], 3, "train")
    for slot, runs in ((ANY, [0, 1]), (0, [0]), (1, [1])):
        change(app, "workbench.hardest_under", slot)
        count = found.damaged[samples.hardest(found, runs)[:18]].sum()
        assert f"Wrong labels: **{count} of the first 18** rows, 108 of all {whole(1079)}." in words(checked(app))
    change(app, "workbench.sample_rows", "validation")
    assert "Wrong labels" not in words(app)


def test_shares_of_the_pull_are_those_of_the_first_rows() -> None:
    app = view("digits")
    found = samples.samples_at(RESULTS["digits"], 3, "train")
    first = samples.hardest(found, [0, 1])[:18]
    said = [f"**{mark}** {found.pull[i, first].sum() / found.pull[i].sum():.0%}" for i, mark in enumerate("AB")]
    assert f"hold this much of a run's pull: {', '.join(said)}." in words(app)


def test_orders_of_classes() -> None:
    app = view("blobs", 0)
    found = samples.samples_at(RESULTS["blobs"], 0, "train")
    change(app, "workbench.order", "surely_wrong")
    change(app, "workbench.wrong_under", 1)
    assert list(shown(checked(app))["", "Row"]) == list(RESULTS["blobs"].data.rows[samples.surely_wrong(found, 1)] + 1)
    change(app, "workbench.order", "disputed")
    assert "agree on every row" in app.info[0].value, "all runs start from the same weights"
    app.select_slider(key="workbench.epoch").set_value(1).run()
    later = samples.samples_at(RESULTS["blobs"], 1, "train")
    rows = samples.disputed(later, 0, 1)
    assert f"In dispute: {len(rows)} of 36 rows." in words(checked(app))
    assert list(shown(app)["", "Row"]) == list(RESULTS["blobs"].data.rows[rows] + 1)


def test_a_diverged_run_is_left_out_and_said() -> None:
    app = view("blobs")
    assert "diverged by this epoch: C" in words(app)
    assert {group[:1] for group, _ in shown(app).columns} == {"", "A", "B", "f"}
    alone = view("one")
    assert "diverged by this epoch: A" in words(alone)
    assert not alone.dataframe


def test_numbers_have_errors_and_an_output_to_choose() -> None:
    app = view("numbers")
    change(app, "workbench.output", 1)
    found = samples.samples_at(RESULTS["numbers"], 3, "train", 1)
    order = samples.hardest(found, [0, 1])
    name = f"A {HOSTILE}"
    np.testing.assert_allclose(shown(checked(app))[name, "error"], found.error[0, order], rtol=1e-5)
    assert f"Outliers: **{found.damaged[order[:18]].sum()} of the first 18** rows" in words(app)
    change(app, "workbench.order", "disputed")
    assert "In dispute" not in words(app), "two curves differ everywhere"


def test_at_most_so_many_rows_and_features_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_view, "_MOST_ROWS", 5)
    monkeypatch.setattr(sample_view, "_MOST_FEATURES", 1)
    app = view("blobs")
    assert len(shown(app)) == 5
    assert [name for group, name in shown(app).columns if group == "features"] == ["x1"]
    assert "The first 5 of 36 rows. 1 of the 2 features are shown." in words(app)


def test_the_file_has_all_rows_and_features_and_no_formula() -> None:
    result = RESULTS["blobs"]
    found = samples.samples_at(result, 3, "train")
    frame = sample_frames.table(result, found, samples.hardest(found, [0]), tuple(replace(each, label=HOSTILE, mark="=") for each in STYLES), 0, 2)
    read = pd.read_csv(io.BytesIO(frames.csv(sample_frames.flat(frame))))
    assert len(read) == 36
    assert read.columns[0] == "Row"
    assert not [name for name in read.columns if name.startswith("=")]
    rows = result.data.rows[found.rows[samples.hardest(found, [0])]]
    np.testing.assert_allclose(read[["x1 [features]", "x2 [features]"]], result.experiment.dataset.load().X[rows], rtol=1e-5)


# Pictures


def test_only_data_that_are_pictures_have_pictures() -> None:
    drawn = [each.proto.body for each in view("digits").get("html") if "<img" in each.proto.body]
    assert len(drawn) == 1
    assert drawn[0].count("<figure>") == 18
    assert len(drawn[0]) < 20_000
    assert not [each for each in view("blobs").get("html") if "<img" in each.proto.body]


@pytest.mark.parametrize("dark", [False, True])
def test_a_picture_is_the_row_of_the_table(dark: bool) -> None:
    data = RESULTS["digits"].data
    drawn = sample_pictures.pictures(data, np.arange(40), (8, 8), dark)
    pixels = RESULTS["digits"].experiment.dataset.load().X[data.rows[:40]]
    for uri, expected in zip(drawn, pixels, strict=True):
        picture = np.asarray(Image.open(io.BytesIO(b64decode(uri.partition(",")[2]))), float).ravel() / 255
        np.testing.assert_allclose(picture if dark else 1 - picture, expected / 16, atol=0.5 / 255 + 1e-5)


def test_a_caption_says_label_prediction_and_loss_and_escapes_names() -> None:
    result = RESULTS["digits"]
    names = tuple(f"<i>{name}" for name in result.data.outputs)
    found = samples.samples_at(result, 3, "train")
    row = int(samples.surely_wrong(found, 0)[0])
    page = sample_pictures.grid(found, np.array([row]), replace(result.data, outputs=names), (8, 8), STYLES[:2], False)
    assert "<i>" not in page
    text = re.sub(r"<[^>]+>", " ", page)
    assert f"label  &lt;i&gt;{found.truth[row]}" in text
    assert f"&lt;i&gt;{found.predicted[0, row]} ✗" in text
    assert f"{found.loss[0, row]:.3g}" in text
    assert (", wrong" in text) == found.damaged[row]


def test_a_probability_is_never_rounded_to_certainty() -> None:
    result = RESULTS["digits"]
    found = samples.samples_at(result, 3, "train")
    sure = replace(found, probability=np.full_like(found.probability, 0.996))
    page = sample_pictures.grid(sure, np.array([0]), result.data, (8, 8), STYLES[:2], False)
    assert "&gt;99%" in page
    assert "100%" not in page

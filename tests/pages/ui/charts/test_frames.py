"""From results to what is drawn and downloaded: means and spreads over seeds, digits, marks of the best, safe CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import precision_recall_fscore_support

from core.class_weights import CLASS_WEIGHTS
from core.inspection.pictures import confusion_at, predicted_classes
from core.inspection.resampled import DECISIONS, resampled
from core.statistics import SAMPLES, ranking
from core.training import train
from core.training.metrics import SPLIT_METRICS
from core.training.results import Result
from core.words import THIN
from pages.ui.charts import frames
from tests.items import in_one
from tests.small import BLOBS, CURVE, run, small

THREE = (run(learning_rate=0.1), run(learning_rate=1e6, loss="squared_error"), run(optimizer="adam", learning_rate=0.01))
MIXED = train(small(*THREE, seeds=3))
ALIKE = train(small(run("huber"), run("huber", "adam", 0.01), run("huber", learning_rate=0.01), dataset=CURVE))
SINGLE = train(small(*THREE, seeds=1))
every_result = pytest.mark.parametrize("result", [MIXED, ALIKE, SINGLE], ids=["mixed", "alike", "one seed"])


def with_values(result: Result, name: str, values: Any) -> Result:
    """Return the result with a metric of runs (R,) that is the same in all epochs, splits and seeds."""
    return replace(result, metrics=result.metrics | {name: np.broadcast_to(np.asarray(values, float), result.metrics[name].shape).copy()})


# Means and spreads


@pytest.mark.parametrize("seeds", [1, 2, 5])
def test_mean_and_spread_are_numpys_over_the_finite_seeds(seeds: int) -> None:
    rng = np.random.default_rng(seeds)
    values = rng.normal(100, 1, (7, seeds, 4))
    mean, spread = frames.mean_and_spread(values)
    np.testing.assert_allclose(mean, values.mean(axis=1), rtol=1e-13)
    np.testing.assert_allclose(spread, values.std(axis=1, ddof=1) if seeds > 1 else np.full((7, 4), np.nan), rtol=1e-12)
    values[rng.uniform(size=values.shape) < 0.4] = np.nan
    values[rng.uniform(size=values.shape) < 0.1] = np.inf
    values[0, :, 0] = np.nan
    mean, spread = frames.mean_and_spread(values)
    for e, r in np.ndindex(7, 4):
        finite = values[e, :, r][np.isfinite(values[e, :, r])]
        np.testing.assert_allclose(mean[e, r], finite.mean() if finite.size else np.nan, rtol=1e-13)
        if finite.size:
            np.testing.assert_allclose(spread[e, r], finite.std(ddof=1) if finite.size > 1 else np.nan, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("mean", "spread", "text"),
    [
        (0.123456, None, "0.1235"),
        (54321.5, None, "54\u202f320"),
        (-987654321.0, None, "−987\u202f700\u202f000"),
        (3.2e10, None, "3.2e+10"),
        (54321.5, 234.5, "54\u202f322 ± 234"),
        (3.2e10, 4.56e8, "3.2e+10 ± 460\u202f000\u202f000"),
        (123456.0, None, "123\u202f500"),
        (20.0, None, "20"),
        (0.0, None, "0"),
        (0.0, 0.0, "0"),
        (0.9, 0.0, "0.9000"),
        (0.961, None, "0.9610"),
        (1234.5, None, "1234"),
        (np.nan, None, "–"),
        (np.inf, 0.1, "–"),
        (0.5, np.nan, "0.5000"),
        (0.123456, 0.0123, "0.123 ± 0.012"),
        (0.123456, 0.0987, "0.12 ± 0.10"),
        (0.12, 0.00456, "0.120 ± 0.005"),
        (0.9637, 0.0035, "0.9637 ± 0.0035"),
        (1.1098, 0.13, "1.11 ± 0.13"),
        (1234.5678, 2.5, "1234.6 ± 2.5"),
        (1234.5678, 123.4, "1235 ± 123"),
        (-0.5, 0.25, "−0.50 ± 0.25"),
    ],
)
def test_digits_are_those_that_the_spread_supports(mean: float, spread: float | None, text: str) -> None:
    assert frames.value_text(mean, spread) == text


@pytest.mark.parametrize("exponent", range(-7, 6))
def test_spread_is_never_rounded_away(exponent: int) -> None:
    """At least one digit of it is shown, and as many decimals of the mean."""
    for digits in (1.0, 1.49, 9.4, 9.99):
        mean, spread = frames.value_text(0.123456789, digits * 10.0**exponent).replace(THIN, "").split(" ± ")
        assert float(spread) > 0
        np.testing.assert_allclose(float(spread), digits * 10.0**exponent, rtol=0.5)
        assert len(mean.partition(".")[2]) == len(spread.partition(".")[2])


# Curves


@every_result
@pytest.mark.parametrize("shown", ["validation", "training", "both"])
@pytest.mark.parametrize("x", ["epochs", "updates"])
def test_curves_hold_a_mean_and_a_band_for_each_run(result: Result, x: str, shown: str) -> None:
    frame = frames.curves(result, "loss", x, shown)
    several = result.experiment.seeds > 1
    expected = ["x"]
    for i in range(len(result.experiment.runs)):
        expected += [f"r{i}", *([f"r{i}_low", f"r{i}_high", f"r{i}_seeds"] if several else []), *([f"r{i}_train"] if shown == "both" else []), f"r{i}_end"]
    assert list(frame.columns) == expected
    np.testing.assert_allclose(frame["x"], result.epochs * (1 if x == "epochs" else 5 if result is not ALIKE else 4))
    assert frame["x"].iloc[-1] == frames.x_max(result, x)
    mean, spread = frames.mean_and_spread(result.values("loss", "train" if shown == "training" else "validation"))
    for i in range(len(result.experiment.runs)):
        np.testing.assert_array_equal(frame[f"r{i}"], mean[:, i])
        if several:
            np.testing.assert_array_equal(frame[f"r{i}_low"], mean[:, i] - spread[:, i])
            np.testing.assert_array_equal(frame[f"r{i}_high"], mean[:, i] + spread[:, i])
            split = "train" if shown == "training" else "validation"
            np.testing.assert_array_equal(frame[f"r{i}_seeds"], np.isfinite(result.values("loss", split)[..., i]).sum(axis=1))
        if shown == "both":
            np.testing.assert_array_equal(frame[f"r{i}_train"], frames.mean_and_spread(result.values("loss", "train"))[0][:, i])


@every_result
def test_end_is_marked_where_a_run_diverged_with_all_its_seeds(result: Result) -> None:
    frame = frames.curves(result, "loss", "epochs", "validation")
    for i in range(len(result.experiment.runs)):
        marked = frame[f"r{i}_end"].dropna()
        if (result.diverged_at[:, i] >= 0).all():
            last = int(result.diverged_at[:, i].max()) - 1
            assert list(marked.index) == [last]
            assert marked[last] == frame[f"r{i}"][last]
        else:
            assert marked.empty
    assert (MIXED.diverged_at[:, 1] >= 0).all()


def test_run_that_goes_on_with_one_seed_has_no_end() -> None:
    result = replace(MIXED, diverged_at=np.array([[-1, 1, 3], [2, 1, -1], [2, 1, 3]]))
    frame = frames.curves(result, "loss", "epochs", "validation")
    assert [frame[f"r{i}_end"].notna().any() for i in range(3)] == [False, True, False]


@every_result
@pytest.mark.parametrize("shown", ["validation", "training", "both"])
def test_long_frames_have_a_row_for_each_run_and_epoch(result: Result, shown: str) -> None:
    metric = "mse" if result is ALIKE else "accuracy"
    by_seconds, paths = frames.curves_by_seconds(result, "loss", shown), frames.paths(result, metric, "validation")
    assert list(by_seconds.columns) == ["run", "epoch", "x", "value", "seeds", *(["train"] if shown == "both" else []), "end"]
    assert list(paths.columns) == ["run", "epoch", "loss", "metric", "seeds", "end"]
    R, E = len(result.experiment.runs), len(result.epochs)
    for frame in (by_seconds, paths):
        assert list(frame["run"]) == [f"r{i}" for i in range(R) for _ in range(E)]
        assert list(frame["epoch"]) == list(result.epochs) * R
    for i in range(R):
        mine = paths[paths["run"] == f"r{i}"]
        np.testing.assert_array_equal(mine["loss"], frames.mean_and_spread(result.values("loss"))[0][:, i])
        np.testing.assert_array_equal(mine["metric"], frames.mean_and_spread(result.values(metric))[0][:, i])
        timed = by_seconds[by_seconds["run"] == f"r{i}"]
        np.testing.assert_array_equal(timed["x"], frames.mean_and_spread(result.values("seconds"))[0][:, i])
        np.testing.assert_array_equal(timed["value"], frames.mean_and_spread(result.values("loss", "train" if shown == "training" else "validation"))[0][:, i])


# Seeds that leave


def test_a_mean_ends_where_its_first_seed_leaves() -> None:
    """Of seeds that stop at epochs 1 and 3, a mean of both has two values; `departures` says from where to where one goes on alone."""
    values = np.arange(4.0)[:, None, None, None] + np.zeros((4, 3, 2, 1))
    values[2:, :, 0], values[3:, :, 1] = np.nan, np.nan
    result = replace(train(small(seeds=2)), metrics={"loss": values})
    frame = frames.curves(result, "loss", "epochs", "both")
    assert frame["r0_seeds"].tolist() == [2, 2, 1, 0]
    assert frame["r0_low"].isna().tolist() == [False, False, True, True], "a spread needs two seeds"
    ended = frames.of_all_seeds(frame)
    for name in ("r0", "r0_train", "r0_low"):
        assert ended[name].isna().tolist() == [False, False, True, True]
    said = "Pale, up to the ring: the mean of the seeds that went on when the first of 2 had stopped or diverged. A after epoch 1 (at last 1)."
    assert str(frames.departures(result, ["A"])) == said
    assert frames.departures(SINGLE, "ABC") is None
    assert frames.departures(ALIKE, "ABC") is None


# The table


def samples_of(result: Result, metric: str) -> dict[tuple[str, str], Any]:
    runs = range(len(result.experiment.runs))
    return {what: np.array([resampled(result.alone(run), *what) for run in runs]) for what in frames.sampled(result, metric)}


def quiet(result: Result, metric: str, spread: float = 1e-9) -> dict[tuple[str, str], Any]:
    """Return samples of runs that scatter by `spread`, each by itself."""
    rng = np.random.default_rng(0)
    return {what: spread * rng.normal(size=(len(result.experiment.runs), SAMPLES)) for what in frames.sampled(result, metric)}


@in_one("result,metric", [(r, name) for r in (MIXED, ALIKE, SINGLE) for name in SPLIT_METRICS[r.data.task] if name != "loss"])
def test_table_ranks_by_what_rows_and_seeds_can_tell(result: Result, metric: str) -> None:
    text, samples = frames.table(result, metric), samples_of(result, metric)
    found = frames.rankings(result, metric, samples)
    marks = frames.marks(text, found)
    assert list(text.columns) == list(marks.columns)
    assert len(text) == len(marks) == len(result.experiment.runs)
    described = result.described[metric]
    arrow = "↑" if described.higher_is_better else "↓"
    name = f"{described.title} {arrow}"
    assert next(iter(found)) == name, "the first ranking is that of the metric"
    values = result.at(result.best_epoch, metric)
    grain = 1 / np.diff(result.data.ends)[0] if metric in DECISIONS else 0
    told = frames.alike(ranking(values, bool(described.higher_is_better), samples[(metric, "best")], grain=grain), list(text[name]))
    assert list(marks[name]) == ["best" if best else "tie" if tied else "" for best, tied in zip(told.marked, told.tied, strict=True)]
    assert set(marks["Status"]) == set(marks[f"Test {arrow}"]) == {""}, "nothing is chosen on the test rows"
    assert list(text["Status"]) == [str(frames.run_status(result, i)) for i in range(len(result.experiment.runs))]


@pytest.mark.parametrize(("metric", "values", "marked"), [
    ("accuracy", [0.5, 0.7, 0.6], ["", "best", ""]),
    ("accuracy", [0.7, 0.7, 0.6], ["tie", "tie", ""]),
    ("accuracy", [0.5, np.nan, 0.6], ["", "", "best"]),
    ("accuracy", [0.5, np.nan, np.nan], ["", "", ""]),
    ("log_loss", [0.5, 0.7, 0.6], ["best", "", ""]),
    ("log_loss", [0.5, 0.500001, 0.6], ["tie", "tie", ""]),
])  # fmt: skip
def test_best_by_hand(metric: str, values: list[float], marked: list[str]) -> None:
    result = with_values(SINGLE, metric, values)
    text = frames.table(result, metric)
    assert list(frames.marks(text, frames.rankings(result, metric, quiet(result, metric))).iloc[:, 1]) == marked
    assert [cell == "–" for cell in text.iloc[:, 1]] == list(np.isnan(values))
    loud = frames.marks(text, frames.rankings(result, metric, quiet(result, metric, 10.0))).iloc[:, 1]
    assert list(loud) == ([""] * 3 if np.isfinite(values).sum() < 2 else ["" if np.isnan(value) else "tie" for value in values])


def test_own_losses_have_a_best_only_where_they_are_comparable() -> None:
    """The same loss with the same parameters and class weights. The last loss of a run that diverged is none."""
    for result, comparable in ((MIXED, False), (ALIKE, True)):
        metric = "accuracy" if result is MIXED else "mse"
        found = frames.rankings(result, metric, samples_of(result, metric))
        assert ({"Best loss ↓", "Last loss ↓"} <= set(found)) == comparable
    weighted = train(small(run(), run(class_weights=CLASS_WEIGHTS["manual"](values=(2.0,))), dataset=BLOBS))
    assert list(frames.rankings(weighted, "accuracy", samples_of(weighted, "accuracy"))) == ["Accuracy ↑"]
    lost = replace(ALIKE, diverged_at=np.array([[-1, -1, 2], [-1, -1, -1]]))
    assert not np.isfinite(frames.rankings(lost, "mse", samples_of(lost, "mse"))["Last loss ↓"].told[2])


def test_a_comparison_says_what_its_rows_can_tell() -> None:
    """And a run alone, how well they know its metric."""
    for result, start in ((MIXED, "12 validation rows and 3 seeds can tell runs apart from a difference of about "), (SINGLE, "12 validation rows can tell ")):
        samples = samples_of(result, "accuracy")
        told = frames.rankings(result, "accuracy", samples)["Accuracy ↑"]
        words = list(map(str, frames.told_in_words(result, "accuracy", told, samples[("accuracy", "best")])))
        assert words[0] == "Marked: the best; outlined: ties."
        assert words[1].startswith(start)
        assert words[1].endswith(f"{told.least:.2g} in Accuracy on.")
    alone = with_values(SINGLE.alone(0), "accuracy", [0.75])
    samples = samples_of(alone, "accuracy")
    (said,) = frames.told_in_words(alone, "accuracy", frames.rankings(alone, "accuracy", samples)["Accuracy ↑"], samples[("accuracy", "best")])
    assert str(said) == "Accuracy on 12 validation rows: from 0.468 to 0.911 with 95 % confidence."


def test_table_is_at_the_best_epoch_of_each_seed() -> None:
    text = frames.table(MIXED, "accuracy")
    runs = MIXED.runs.groupby("run")
    for i, (_, replicas) in enumerate(runs):
        expected = {
            "Accuracy ↑": replicas["validation_accuracy"], "Test ↑": replicas["test_accuracy"], "Best loss ↓": replicas["validation_loss"],
            "Last loss ↓": replicas["last_validation_loss"], "Epochs to best": replicas["best_epoch"], "Seconds to best": replicas["seconds_to_best"],
        }  # fmt: skip
        for name, values in expected.items():
            assert text[name][i] == frames.value_text(values.mean(), values.std()), name


def test_status_of_a_run_over_its_seeds() -> None:
    result = replace(MIXED, diverged_at=np.array([[-1, 2, -1], [-1, 1, 3], [-1, 2, 2]]))
    assert str(frames.run_status(result, 0)) == "finished"
    assert str(frames.run_status(result, 1)) == "3 of 3 seeds diverged, first at epoch 1"
    assert str(frames.run_status(result, 2)) == "2 of 3 seeds diverged, first at epoch 2"
    assert str(frames.run_status(SINGLE, 1)) == f"diverged at epoch {SINGLE.diverged_at[0, 1]}"


# Classes


@pytest.mark.parametrize("split", ["train", "validation"])
def test_confusions_and_scores_of_classes(split: str) -> None:
    truth, predicted = SINGLE.data.truth[SINGLE.data.split(split)], predicted_classes(SINGLE, 3, split)
    scores = frames.class_scores(SINGLE, 3, split, ["A", "B", "C"])
    assert list(scores.index) == list(SINGLE.data.outputs)
    for r, frame in enumerate(map(frames.confusion, confusion_at(SINGLE, 3, split))):
        assert list(frame.columns) == ["true", "predicted", "count", "share"]
        for row in frame.itertuples():
            counted = np.sum((truth == row.true) & (predicted[r] == row.predicted))
            assert row.count == counted
            np.testing.assert_allclose(row.share, counted / np.sum(truth == row.true))
        expected = precision_recall_fscore_support(truth, predicted[r], labels=range(3), zero_division=0)
        for title, values in zip(("Precision", "Recall", "F1"), expected, strict=False):
            np.testing.assert_allclose(scores[(title, "ABC"[r])], values, rtol=1e-12)


# CSV


@in_one("start", ["=", "+", "-", "@", "\t", "\r"])
@in_one("dtype", ["object", "string", "category"])
def test_csv_neutralises_formulae(start: str, dtype: str) -> None:
    """In text only: a negative number stays one, and a line break inside a cell starts no new row."""
    cell = start + "cmd|' /C calc'!A0"
    frame = pd.DataFrame({"Run": pd.Series([cell, "plain", f" {start}1"], dtype=dtype), "value": [-1.5, 2.0, np.nan], "count": [1, -2, 3]})
    before = frame.copy()
    text = frames.csv(frame).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows == [["Run", "value", "count"], ["'" + cell, "-1.5", "1"], ["plain", "2.0", "-2"], [f" {start}1", "", "3"]]
    pd.testing.assert_frame_equal(frame, before)


def test_csv_neutralises_names_of_columns() -> None:
    """They may hold labels of runs."""
    header = frames.csv(pd.DataFrame({"=1+1": [1], "plain": [2]})).decode("utf-8-sig").splitlines()[0]
    assert header == "'=1+1,plain"


def test_csv_is_read_as_unicode_by_spreadsheets() -> None:
    data = frames.csv(pd.DataFrame({"η ↑": ["é, \"x\"\n2"]}))
    assert data.startswith(b"\xef\xbb\xbf")
    pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(data)), pd.DataFrame({"η ↑": ["é, \"x\"\n2"]}))


def test_csv_of_a_history_reads_back() -> None:
    back = pd.read_csv(io.BytesIO(frames.csv(MIXED.history)))
    pd.testing.assert_frame_equal(back, MIXED.history.astype({"split": "str", "metric": "str"}), check_dtype=False)

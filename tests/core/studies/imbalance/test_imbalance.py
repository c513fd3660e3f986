"""Remedies for a rare class: the contest, thresholds and scores against scikit-learn, and that what is said of them is true."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from core.losses import LOSSES
from core.parameters.labels import differences
from core.preparation.split import SPLITS
from core.studies.imbalance import thresholds
from core.studies.imbalance.contest import ALWAYS, CONTESTANTS, DATA, MOVED, PLAIN, REMEDIES, WEIGHT_TITLES, WEIGHTED, WEIGHTS, Board, Contest, verdict
from core.studies.imbalance.thresholds import BALANCED_ACCURACY, F1, RULES, SCORES, SHARE, Judged
from core.training import start, train
from core.words import significant

Array = thresholds.Array

DEFAULT = Contest()


@cache
def judged(contest: Contest) -> tuple[Judged, ...]:
    """Return what the models of a contest say, trained once for all tests."""
    return tuple(Judged.of(train(experiment)) for experiment in contest.experiments())


def made(seed: int = 0, rare: int = 30, rows: int = 200) -> Judged:
    """Return models that know a little, one of them with many equal probabilities, of rows drawn at random."""
    rng = np.random.default_rng(seed)
    truth = {split: rng.permutation(np.arange(rows) < rare).astype(int) for split in ("validation", "test")}
    said = {split: 1 / (1 + np.exp(2 - 2 * y - rng.normal(size=(len(REMEDIES), rows)))) for split, y in truth.items()}
    said = {split: np.vstack([p[:-1], p[-1:].round(1)]) for split, p in said.items()}
    return Judged("rare", "other", rare / rows, said["validation"], truth["validation"], said["test"], truth["test"])


# The contest


def test_a_contest_is_carried_by_json_and_refuses_what_is_not_offered() -> None:
    contest = Contest(data="xor", ratio=50, weights="effective 0.99", gamma=1.5, rule=F1, splits=3)
    assert Contest.from_json(contest.to_json()) == contest
    for bad in ({"data": "iris"}, {"ratio": 0}, {"weights": "manual"}, {"rule": "luck"}, {"splits": 6}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            replace(contest, **bad)


def test_links_of_old_open_and_each_key_has_a_title() -> None:
    old = '{"version":1,"data":"moons","ratio":20,"weights":"effective 0.9","gamma":2.0,"rule":"share of rare rows","splits":1}'
    assert Contest.from_json(old) == Contest(weights="effective 0.9", rule=SHARE)
    assert list(WEIGHT_TITLES) == list(WEIGHTS)
    assert [str(title) for title in WEIGHT_TITLES.values()] == ["balanced", "effective 0.9", "effective 0.99", "effective 0.999"]


def test_runs_differ_in_the_remedy_alone_and_splits_in_their_rows_alone() -> None:
    contest = Contest(gamma=3.0, weights="effective 0.9", splits=2)
    first, second = contest.experiments()
    assert replace(second, split_seed=first.split_seed) == first
    assert first.labels() == tuple(map(str, REMEDIES.values()))
    assert set(differences(first.runs)) <= {"loss", "class_weights", "resampling", "label"}
    plain, weighted, focal, over, under = (replace(run, label="") for run in first.runs)
    assert weighted == replace(plain, class_weights=WEIGHTS["effective 0.9"])
    assert focal == replace(plain, loss=LOSSES["focal"](gamma=3.0))
    assert (over, under) == (replace(plain, resampling="oversample"), replace(plain, resampling="undersample"))


@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize("ratio", [5, 20])
def test_every_split_is_as_imbalanced_as_asked_for(kind: str, ratio: int) -> None:
    data = start(Contest(data=kind, ratio=ratio).experiments()[0]).data
    rare = thresholds.rare_class(data)
    assert len(data.outputs) == 2
    for split in SPLITS:
        counts = np.bincount(data.truth[data.split(split)])
        assert counts[rare] == pytest.approx(counts[1 - rare] / ratio, abs=0.5)


def test_the_rare_class_is_named_whichever_number_it_has() -> None:
    assert (judged(DEFAULT)[0].rare, judged(DEFAULT)[0].other) == ("1", "0")
    assert (judged(Contest(data="xor"))[0].rare, judged(Contest(data="breast_cancer"))[0].rare) == ("0", "malignant")


def test_what_is_judged_are_the_probabilities_of_the_rare_class() -> None:
    result = train(Contest(data="xor").experiments()[0])
    of_result = Judged.of(result)
    rows = result.data.split("test")
    assert (of_result.truth == (result.data.truth[rows] == 0)).all()
    assert of_result.share == pytest.approx((result.data.truth[: result.data.n_train] == 0).mean())
    accuracy = Board.at([of_result], 0.5, SHARE).values["accuracy"][0, : len(REMEDIES)]
    np.testing.assert_allclose(accuracy, result.values("accuracy", "test")[-1, 0])
    np.testing.assert_allclose(
        [metrics.log_loss(of_result.truth, said) for said in of_result.test], result.values("log_loss", "test")[-1, 0], rtol=1e-5
    )


# Numbers


def by_sklearn(truth: Array, said: Array, threshold: float) -> dict[str, float]:
    called = (said >= threshold).astype(int)
    none: dict[str, Any] = {"zero_division": 0}
    return {
        "accuracy": metrics.accuracy_score(truth, called),
        "recall": metrics.recall_score(truth, called, **none),
        "precision": metrics.precision_score(truth, called, **none),
        "f1": metrics.f1_score(truth, called, **none),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, called),
        "mcc": metrics.matthews_corrcoef(truth, called),
        "brier": metrics.brier_score_loss(truth, said),
        "recall_other": metrics.recall_score(truth, called, pos_label=0, **none),
        "f1_other": metrics.f1_score(truth, called, pos_label=0, **none),
        "average_precision": metrics.average_precision_score(truth, said),
        "roc_auc": metrics.roc_auc_score(truth, said),
    }


@pytest.mark.parametrize("threshold", [0.0, 0.1, 0.3, 0.5, 0.9, 1.0])
def test_scores_equal_those_of_scikit_learn(threshold: float) -> None:
    """At 0 every row is called rare, at 1 none is."""
    splits = [made(0), made(1, rare=1)]
    board = Board.at(splits, threshold, F1)
    assert set(board.values) == set(SCORES)
    for i, split in enumerate(splits):
        for c in range(ALWAYS):
            said, own = (split.test[PLAIN], split.best_threshold(PLAIN, F1)) if c == MOVED else (split.test[c], threshold)
            assert board.thresholds[i, c] == own
            assert (board.confusion[i, c] == metrics.confusion_matrix(split.truth, said >= own)).all()
            for name, value in by_sklearn(split.truth, said, own).items():
                assert board.values[name][i, c] == pytest.approx(value, abs=1e-12), name


def test_who_calls_no_row_rare_is_right_as_often_as_the_other_class_is_there() -> None:
    board = Board.at([made(rare=10)], 0.5, SHARE)
    nobody = {name: values[0, ALWAYS] for name, values in board.values.items()}
    assert (nobody["accuracy"], nobody["recall"], nobody["balanced_accuracy"], nobody["mcc"]) == (0.95, 0, 0.5, 0)
    assert np.isnan([board.thresholds[0, ALWAYS], *(nobody[name] for name in ("brier", "ece", "roc_auc", "average_precision"))]).all()


def test_curves_are_those_that_the_areas_are_of() -> None:
    split = made()
    for said, (ranked, against_alarms, reliability) in zip(split.test, split.curves, strict=True):
        steps = np.diff(ranked.x, prepend=0) @ ranked.y  # each precision holds back to the recall before it, as the chart's steps do
        assert steps == pytest.approx(metrics.average_precision_score(split.truth, said))
        assert np.trapezoid(against_alarms.y, against_alarms.x) == pytest.approx(metrics.roc_auc_score(split.truth, said))
        assert reliability.count.sum() == len(split.truth)
        for curve in (ranked, against_alarms):
            assert (np.diff(curve.threshold) < 0).all()
        middle = len(ranked.x) // 2
        found = by_sklearn(split.truth, said, ranked.threshold[middle])
        assert (ranked.x[middle], ranked.y[middle]) == pytest.approx((found["recall"], found["precision"]))


@pytest.mark.parametrize(("rule", "score"), [(F1, metrics.f1_score), (BALANCED_ACCURACY, metrics.balanced_accuracy_score)])
def test_no_threshold_is_better_on_the_validation_rows(rule: str, score: Callable[[Array, Array], float]) -> None:
    for seed in range(3):
        split = made(seed, rare=10, rows=60)
        for run in (0, len(REMEDIES) - 1):  # the last has many equal probabilities
            said = split.validation[run]
            threshold = split.best_threshold(run, rule)
            values = [score(split.validation_truth, said >= other) for other in (*np.unique(said), 1.1)]
            assert score(split.validation_truth, said >= threshold) == pytest.approx(max(values))
            assert not np.isin(threshold, said), "between two probabilities that occur"


def test_a_threshold_is_chosen_without_the_test_rows() -> None:
    split = made()
    for rule in RULES:
        assert replace(split, test=1 - split.test, truth=1 - split.truth).best_threshold(PLAIN, rule) == split.best_threshold(PLAIN, rule)
    assert split.best_threshold(PLAIN, SHARE) == 0.15


def test_balanced_weights_are_the_plain_probabilities_at_the_share() -> None:
    """Elkan's theorem: true probabilities p, reweighted to even classes, pass 1/2 where p passes the share of rare rows."""
    p, share = np.linspace(0.001, 0.999, 999), 0.04
    odds = p / (1 - p) * (1 - share) / share
    assert ((odds / (1 + odds) >= 0.5) == (p >= share)).all()


# What the page says


def test_reweighting_buys_recall_and_costs_calibration_and_accuracy_misleads() -> None:
    """The claim of the page at its default, in each of three splits: each remedy of the weights finds more, says wrong probabilities, and is less accurate.

    With 60 rare rows the gain in recall scatters from split to split by about 0.15, so how large it is, is asked of the mean.
    """
    board = Board.at(judged(Contest(splits=3)), 0.5, DEFAULT.rule)
    recall, error, brier, accuracy = (board.values[name] for name in ("recall", "ece", "brier", "accuracy"))
    for remedy in ("class_weights", "oversampling", "undersampling"):
        c = list(CONTESTANTS).index(remedy)
        assert (recall[:, c] > recall[:, PLAIN]).all()
        assert recall[:, c].mean() > recall[:, PLAIN].mean() + 0.15
        assert (error[:, c] > error[:, PLAIN] + 0.04).all()
        assert (brier[:, c] > 1.5 * brier[:, PLAIN]).all()
        assert (accuracy[:, c] < accuracy[:, PLAIN]).all()
    focal = list(CONTESTANTS).index("focal")
    assert (error[:, focal] > error[:, PLAIN] + 0.03).all()
    assert recall[:, focal].mean() < recall[:, PLAIN].mean() + 0.1, "it looks for hard rows, not for rare ones"
    assert (recall[:, MOVED] > recall[:, PLAIN]).all()
    assert recall[:, MOVED].mean() > recall[:, PLAIN].mean() + 0.15
    assert (error[:, MOVED] == error[:, PLAIN]).all()
    assert np.ptp(board.values["roc_auc"][:, :ALWAYS], axis=1).max() < 0.05, "all rank the rows about alike"


def test_even_classes_need_no_remedy() -> None:
    """Weights of 1, and rows drawn as they are: the same training to the bit."""
    (split,) = judged(Contest(ratio=1))
    for remedy in ("class_weights", "oversampling", "undersampling"):
        assert (split.test[list(REMEDIES).index(remedy)] == split.test[PLAIN]).all()


def percents(text: str) -> list[str]:
    return re.findall(r"[\d.]+%", text)


@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("contest", [DEFAULT, Contest(ratio=1), Contest(data="circles", ratio=100), Contest(data="breast_cancer", ratio=100)], ids=str)
def test_the_verdict_is_true(contest: Contest, threshold: float) -> None:
    """Every number and every winner, computed once more by scikit-learn."""
    (split,) = judged(contest)
    own = [*[threshold] * len(REMEDIES), split.best_threshold(PLAIN, contest.rule)]
    said = [*split.test, split.test[PLAIN]]
    found = [by_sklearn(split.truth, each, at) for each, at in zip(said, own, strict=True)]
    found.append(by_sklearn(split.truth, np.zeros(len(split.truth)), 0.5))
    names = dict(zip(map(str, CONTESTANTS.values()), found, strict=True))
    weights, moved, winners = map(str, verdict(Board.at([split], threshold, contest.rule), split.other))
    assert percents(weights) == [f"{found[run][score]:.0%}" for score in ("recall", "precision") for run in (WEIGHTED, PLAIN)]
    errors = [f"{thresholds.reliability(split.test[run], split.truth).error:.3f}" for run in (WEIGHTED, PLAIN)]
    assert re.findall(r"off by ([\d.]+) on average \(plain: ([\d.]+)\)", weights) == [tuple(errors)]
    assert moved.startswith(f"**A threshold of about {significant(own[MOVED], 1)}**")
    assert percents(moved) == [f"{found[MOVED][score]:.0%}" for score in ("recall", "precision")]
    if contest.ratio == 1:
        assert "no remedy wins" in winners
        return
    rare = split.truth.sum()
    by_accuracy, by_balanced = winners.split(" **Balanced")
    for text, score, row in ((by_accuracy, "accuracy", 1 / len(split.truth)), (by_balanced, "balanced_accuracy", 0.5 / rare)):
        top = max(each[score] for each in found)
        level = {name for name, each in names.items() if each[score] >= top - row * (1 + 1e-6)}
        if score == "accuracy" and "always the other class" in level:
            assert "sees nothing clearly better than always answering" in text
        elif len(level) == 1:
            assert f"puts {level.pop()} first ({top:.1%})" in text
        else:
            assert set(re.split(r", | and ", text.split("cannot tell ")[1].split(" apart")[0])) == level


def test_accuracy_may_see_nothing_better_than_finding_nothing() -> None:
    sentence = str(verdict(Board.at([made(rare=10)], 1.0, SHARE), "other")[-1])
    assert sentence.startswith("**Accuracy** sees nothing clearly better than always answering “other” (95.0%), which finds none.")


def test_what_lies_within_two_paired_errors_over_splits_is_level() -> None:
    """One split always names a first; what four splits of the same contest name first depends on the split, and is said to be level."""
    splits = [made(seed, rare=40, rows=400) for seed in range(4)]
    firsts = [int(np.argmax(Board.at([split], 0.3, F1).values["balanced_accuracy"][0])) for split in splits]
    level = Board.at(splits, 0.3, F1).level("balanced_accuracy")
    assert len(set(firsts)) > 1
    assert set(firsts) <= set(level), (firsts, level)
    assert ALWAYS not in level
    assert "cannot tell" in str(verdict(Board.at(splits, 0.3, F1), "other")[-1])


def test_a_single_rare_row_is_judged() -> None:
    (split,) = judged(Contest(data="breast_cancer", ratio=100))
    assert split.truth.sum() == 1
    board = Board.at([split], 0.5, F1)
    assert all(np.isfinite(values[0, :ALWAYS]).all() for values in board.values.values())


@pytest.mark.parametrize("kind", DATA)
def test_every_contest_trains_to_its_end(kind: str) -> None:
    """At the ends of the dials; warnings are errors here."""
    for contest in (Contest(data=kind, ratio=100, gamma=5.0, weights="effective 0.999"), Contest(data=kind, ratio=1, gamma=0.0)):
        experiment = replace(contest.experiments()[0], epochs=2)
        assert list(train(experiment).runs.status) == ["finished"] * len(REMEDIES)


def test_focal_without_its_power_is_the_plain_run() -> None:
    (split,) = judged(Contest(gamma=0.0))
    np.testing.assert_allclose(split.test[list(REMEDIES).index("focal")], split.test[PLAIN], atol=1e-3)
    assert list(CONTESTANTS)[: len(REMEDIES)] == list(REMEDIES)

"""What is compared with what, and what is recommended: every registered loss, and every combination of answers."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from core.datasets import DATASETS
from core.experiment import Experiment, fits, workbench_losses
from core.losses import LOSSES
from core.parameters import Choice
from core.parameters.labels import differences
from core.preparation.split import SPLITS
from core.studies.losses import advice, comparisons
from core.studies.losses.advice import ASKED, Needs, recommend
from core.studies.losses.advice_rules import RULES, Rule
from core.studies.losses.comparisons import BESIDE, SHOWN_ON, STAGES, USUAL
from core.tasks import CLASSIFICATION, LOG, REGRESSION
from core.training import start, train
from tests.items import by_kind, in_one

QUESTIONS = {name: question for name, question in Needs.parameters().items() if isinstance(question, Choice)}
EVERY_NEED = [Needs(**dict(zip(QUESTIONS, answers, strict=True))) for answers in itertools.product(*(question.options for question in QUESTIONS.values()))]
#: what is asked: answers to the other task's questions do not matter
NEEDS = list({tuple(needs.answers().items()): needs for needs in reversed(EVERY_NEED)}.values())
every_need = by_kind("needs", NEEDS, lambda needs: needs.task)
every_rule = by_kind("task,rule", [(task, rule) for task, rules in RULES.items() for rule in rules], lambda pair: pair[0])


def trains(experiment: Experiment) -> None:
    """A few epochs go well; warnings are errors here."""
    assert Experiment.from_json(experiment.to_json()) == experiment
    runs = train(replace(experiment, epochs=2)).runs
    assert list(runs.status) == ["finished"] * len(experiment.runs)


# Comparisons

#: the kinds of the losses that the workbench has data for
TRAINED = [cls.kind for cls in workbench_losses()]


@pytest.mark.parametrize("kind", TRAINED)
def test_every_loss_has_a_comparison_that_trains(kind: str) -> None:
    loss = LOSSES[kind]()
    experiment = comparisons.comparison(loss)
    assert experiment.runs[0].loss == loss
    assert 2 <= len(experiment.runs) <= 4
    assert len(set(experiment.labels())) == len(experiment.runs)
    assert set(differences(experiment.runs)) <= {"loss", "class_weights"}
    trains(experiment)


@in_one("kind", TRAINED)
def test_a_comparison_holds_also_away_from_the_defaults(kind: str) -> None:
    """The card shows defaults, but any item may ask."""
    for name, parameter in LOSSES[kind].parameters().items():
        if hasattr(parameter, "high") and not name.endswith("weight"):
            loss = replace(LOSSES[kind](), **{name: parameter.high})
            assert len(set(comparisons.comparison(loss).runs)) >= 2


def test_comparisons_are_of_registered_losses() -> None:
    assert set(BESIDE) | set(SHOWN_ON) <= set(LOSSES)


@pytest.mark.parametrize("stage", [*SHOWN_ON.values(), *itertools.chain(*STAGES.values())], ids=lambda stage: stage.dataset.kind)
def test_a_stage_says_what_is_there(stage: comparisons.Stage) -> None:
    assert type(stage.dataset) is DATASETS[stage.dataset.kind]
    if stage is comparisons.UNEVEN:
        experiment = comparisons.on_stage([comparisons.take("cross_entropy")], stage)
        data = start(experiment).data
        assert "One row of class 1 for 20 rows of class 0" in str(stage.note)
        for split in SPLITS:
            frequent, rare = np.bincount(data.truth[data.split(split)])
            assert frequent == 20 * rare


def test_a_contender_is_named_with_its_weights() -> None:
    named = [str(comparisons.take("cross_entropy", weights=weights).title) for weights in ("none", "balanced", "effective_number")]
    assert named == ["Cross-entropy", "Cross-entropy, balanced class weights", "Cross-entropy, class weights: Effective number"]


def test_data_are_found_or_missed_in_words() -> None:
    assert comparisons.stage_for([LOSSES["gamma"](), LOSSES["poisson"]()]).dataset.kind == "costs"
    with pytest.raises(LookupError, match="no data for huber, hinge together"):
        comparisons.stage_for([LOSSES["huber"](), LOSSES["hinge"]()])


def test_the_usual_companions_fit_their_task() -> None:
    for task, contenders in USUAL.items():
        assert all(task in each.loss.tasks for each in contenders)


# Recommendations


@every_need
def test_every_combination_of_answers_is_answered(needs: Needs) -> None:
    recommended = recommend(needs)
    assert 2 <= len(recommended) <= advice.MOST
    assert len({each.take for each in recommended}) == len(recommended)
    answers = needs.answers()
    for each in recommended:
        loss = each.take.loss
        assert needs.task in loss.tasks
        assert loss.informative
        assert set(each.because) <= set(answers.items())
        assert str(each.reason).endswith(".")
        assert str(each.caveat).endswith(".")
        if needs.task == CLASSIFICATION and needs.probabilities == "needed":
            assert loss.probabilistic
        if each.take.class_weights.kind != "none":
            assert answers["classes"] == "uneven"


@every_need
def test_literature(needs: Needs) -> None:
    """What the rules must not forget, whatever order they are in."""
    takes = [each.take for each in recommend(needs)]
    kinds, first = [each.loss.kind for each in takes], takes[0]
    if needs.task == REGRESSION:
        if needs.targets == "counts":
            assert first.loss.link == LOG or first.loss.robust
        if needs.costs == "unequal":
            assert "quantile" in kinds[:2]
        elif needs.outliers != "none" and needs.targets == "any":
            assert all(each.loss.robust for each in takes)
        if needs.outliers != "none":
            assert "squared_error" not in kinds
        assert "tukey" not in kinds or needs.outliers != "none"
        return
    if needs.probabilities == "needed":
        assert {"cross_entropy", "brier"} <= set(kinds)
        assert first.class_weights.kind == "none", "weights cost calibration"
    elif needs.classes == "uneven":
        assert first.class_weights.kind == "balanced"
    if needs.labels == "none":
        assert "generalised_cross_entropy" not in kinds
    else:
        assert not {"focal", "hinge", "squared_hinge", "exponential"} & set(kinds), "they follow wrong labels"
        assert first.loss.kind in {"generalised_cross_entropy", "symmetric_cross_entropy", "brier"}, "they lose little by a wrong label"


@every_need
def test_recommended_losses_open_together(needs: Needs) -> None:
    experiment = advice.comparison(needs)
    takes = [each.take for each in recommend(needs)]
    baseline = comparisons.USUAL[needs.task][0]
    assert [comparisons.Contender(run.loss, run.class_weights) for run in experiment.runs] == [*takes, *([] if baseline in takes else [baseline])]
    assert all(fits(run.loss, experiment.dataset) for run in experiment.runs)
    assert set(differences(experiment.runs)) <= {"loss", "class_weights"}
    trouble = needs.outliers if needs.task == REGRESSION else needs.labels
    assert experiment.corruption.share(needs.task) == {"none": 0, "some": 0.1, "many": 0.3}[trouble]
    assert ("outliers" in str(advice.stage(needs).note)) == (needs.task == REGRESSION and needs.outliers != "none")
    assert ("wrong" in str(advice.stage(needs).note)) == (needs.task == CLASSIFICATION and needs.labels != "none")


@pytest.mark.parametrize("outliers", ["some", "many"])
def test_advice_against_outliers_holds_on_its_own_stage(outliers: str) -> None:
    """Every recommended loss ends nearer to the clean validation rows than squared error, which is in the comparison."""
    result = train(advice.comparison(Needs(outliers=outliers)))
    errors = dict(zip(result.experiment.labels(), result.values("mae")[-1, 0], strict=True))
    plain = errors.pop("Squared error")
    assert max(errors.values()) < 0.95 * plain, errors


def test_advice_against_wrong_labels_holds_on_its_own_stage() -> None:
    """With three labels in ten wrong, the first three recommended are more accurate on the clean rows than plain cross-entropy, which comes last."""
    result = train(replace(advice.comparison(Needs(CLASSIFICATION, labels="many")), seeds=4))
    accuracy = result.values("accuracy")[-1].mean(axis=0)
    assert (accuracy[:3] > accuracy[-1] + 0.02).all(), accuracy


def test_advice_for_uneven_classes_holds_on_its_own_stage() -> None:
    """What comes first where probabilities are not needed finds more of the rare class than plain cross-entropy; where they are, its probabilities are better.

    Accuracy says the contrary of the first, which is why it is not to be judged by.
    """
    result = train(replace(advice.comparison(Needs(CLASSIFICATION, classes="uneven")), seeds=3))
    last = {name: dict(zip(result.experiment.labels(), result.values(name)[-1].mean(axis=0), strict=True)) for name in ("balanced_accuracy", "accuracy")}
    assert last["balanced_accuracy"]["Cross-entropy · Balanced"] > last["balanced_accuracy"]["Cross-entropy"] + 0.05, last
    assert last["accuracy"]["Cross-entropy · Balanced"] < last["accuracy"]["Cross-entropy"] - 0.02, last
    needed = train(replace(advice.comparison(Needs(CLASSIFICATION, classes="uneven", probabilities="needed")), seeds=3))
    log_loss = dict(zip(needed.experiment.labels(), needed.values("log_loss")[-1].mean(axis=0), strict=True))
    assert log_loss["Cross-entropy"] < 0.6 * log_loss["Cross-entropy · Balanced"], log_loss


def test_advice_for_uneven_classes_with_wrong_labels_holds_on_its_own_stage() -> None:
    """With one label in ten wrong, the first two recommended, which are weighted, are more accurate on clean and even rows than plain cross-entropy."""
    experiment = advice.comparison(Needs(CLASSIFICATION, classes="uneven", labels="some"))
    assert not experiment.corruption.everywhere
    assert "clean" in str(advice.stage(Needs(CLASSIFICATION, classes="uneven", labels="some")).note)
    accuracy = train(replace(experiment, seeds=3)).values("accuracy")[-1].mean(axis=0)
    assert (accuracy[:2] > accuracy[-1] + 0.03).all(), accuracy


@by_kind("experiment", dict.fromkeys(map(advice.comparison, NEEDS)), lambda experiment: experiment.dataset.kind)
def test_recommended_losses_train(experiment: Experiment) -> None:
    trains(experiment)


def test_answers_to_the_other_tasks_questions_do_not_matter() -> None:
    plain = {task: recommend(Needs(task)) for task in (REGRESSION, CLASSIFICATION)}
    assert recommend(Needs(REGRESSION, classes="uneven", labels="many", probabilities="needed")) == plain[REGRESSION]
    assert recommend(Needs(CLASSIFICATION, targets="counts", outliers="many", costs="unequal")) == plain[CLASSIFICATION]


@every_rule
def test_a_rule_names_what_there_is(task: str, rule: Rule) -> None:
    assert task in rule.take.loss.tasks
    for question, answers in rule.when.items():
        assert question in ASKED[task]
        assert set(answers) <= set(QUESTIONS[question].options)


@every_rule
def test_no_rule_is_idle(task: str, rule: Rule) -> None:
    """A rule that is never reached says nothing."""
    assert any(each.take == rule.take and each.reason == rule.reason and each.caveat == rule.caveat for needs in NEEDS for each in recommend(needs))


def test_every_question_makes_a_difference() -> None:
    for name, question in QUESTIONS.items():
        base = next(needs for needs in map(Needs, ASKED) if name in needs.active())
        assert len({recommend(replace(base, **{name: answer})) for answer in question.options}) == len(question.options), name


def test_an_unknown_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="outliers must be one of none, some, many, got 'few'"):
        Needs(outliers="few")

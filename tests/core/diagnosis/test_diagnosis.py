"""The rules of the diagnosis on constructed records: what shows, what does not quite, and what is said beside what."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from core.datasets import DATASETS
from core.diagnosis import MOST, RULES, Finding, Rates, Reference, diagnose
from core.diagnosis.fit_rules import Overfits
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.penalties import PENALTIES
from core.schedules import SCHEDULES
from core.tasks import CLASSIFICATION
from core.training import train
from core.training.results import Result
from core.words import Said
from tests.small import run, small

EPOCHS = 21
FALLING = np.linspace(1, 0.2, EPOCHS)
#: falls to a fifth, most of it at once, and stays there
SETTLED = 0.2 + 0.8 * np.exp(-2.0 * np.arange(EPOCHS))
#: well-trained models on enough rows, so that what is said is of the records that are made for them
BASES = {
    experiment: train(experiment)
    for experiment in (
        small(run(optimizer="adam", learning_rate=0.01), dataset=DATASETS["blobs"](rows=600, spread=2.0), epochs=20, seeds=1, batch_size=32),
        small(run("squared_error", "adam", 0.01), dataset=DATASETS["make_regression"](rows=600, columns=3, informative=2), epochs=20, seeds=1, batch_size=32),
    )
}

REFERENCES = [Reference(result.data) for result in BASES.values()]
for known in REFERENCES:
    known.chosen, known.leak, known.left_out, known.unit  # noqa: B018  (made once for all tests)


def told(result: Result, skill: float) -> Reference:
    """Return a reference that has this skill on the validation rows of a result."""
    reference = Reference(result.data)
    reference.__dict__.update(next(known for known in REFERENCES if known.data is result.data).__dict__)
    unknown = [np.full_like(wrong, (1 - skill) / reference.unit) for wrong in reference.chosen[1:]]
    reference.__dict__["chosen"] = (Said("A forest of trees"), *unknown)
    return reference


def findings(result: Result, knows: float | None = None, rates: Rates | None = None) -> tuple[Finding, ...]:
    """Return what is said of a result, where the reference has a skill; without one it has that of the run."""
    if knows is None:
        knows = float(result.metrics["r2" if "r2" in result.metrics else "accuracy"][-1, 1, 0, 0])
    return diagnose(result, 0, rates, told(result, knows))


def made(
    training: Sequence[Any], validation: Sequence[Any] | None = None, *, task: str = CLASSIFICATION, skill: float | tuple[float, float] = 0.95, seeds: int = 1,
    stopped: int = -1, diverged: Sequence[int] = (-1,), epochs: int = EPOCHS - 1, change: dict[str, Any] | None = None,
) -> Result:  # fmt: skip
    """Return a result of one run with these losses, (E,) or (E, S), and a score by split that does not change: accuracy, or R² of a regression."""
    base = next(result for result in BASES.values() if result.data.task == task)
    losses = [np.array(values, float).reshape(len(training), -1) * np.ones(seeds) for values in (training, training if validation is None else validation)]
    shape = losses[0].shape
    scores = skill if isinstance(skill, tuple) else (skill, skill)
    metrics = {name: np.full((len(training), 3, shape[1], 1), np.nan) for name in base.metrics}
    for i, values in enumerate((*losses, losses[1])):
        metrics["loss"][:, i, :, 0] = values
        for name in set(metrics) - {"loss"}:
            metrics[name][:, i] = scores[min(i, 1)]
    run_metrics = {name: np.ones((len(training), shape[1], 1)) for name in base.run_metrics}
    run_metrics["gradient_norm"][0] = run_metrics["update_norm"][0] = np.nan
    experiment = replace(base.experiment, epochs=epochs, seeds=shape[1], runs=(replace(base.experiment.runs[0], **(change or {})),))
    return replace(
        base, experiment=experiment, epochs=np.arange(len(training)), metrics=metrics, run_metrics=run_metrics,
        diverged_at=np.array(diverged).reshape(-1, 1) * np.ones((shape[1], 1), int), stopped_at=np.full((shape[1], 1), stopped),
    )  # fmt: skip


def kinds(result: Result, knows: float | None = None) -> list[str]:
    """Return what is said of it, without the calibration, which is that of the model in the base."""
    return [finding.kind for finding in findings(result, knows) if finding.kind != "miscalibrated"]


def sentence(result: Result, kind: str, knows: float | None = None) -> str:
    return next(str(finding.sentence) for finding in findings(result, knows) if finding.kind == kind)


def oscillating(size: float, level: float = 0.4) -> np.ndarray:
    return np.concatenate([[1.0], level + size / 2 * (-1.0) ** np.arange(EPOCHS - 1)])


def test_a_good_run_is_not_remarked_on() -> None:
    assert kinds(made(SETTLED)) == []


POOR = [1.0, *[0.95] * (EPOCHS - 1)]


@pytest.mark.parametrize(
    ("kind", "result", "knows", "shows"),
    [
        ("overfits", made(FALLING, [1.0, 0.9, *np.linspace(0.5, 0.5 * 1.3, EPOCHS - 2)]), None, True),
        ("overfits", made(FALLING, [1.0, 0.9, *[0.5] * (EPOCHS - 6), *[0.5 * 1.16] * 4]), None, True),
        ("overfits", made(FALLING, [1.0, 0.9, *[0.5] * (EPOCHS - 6), *[0.5 * 1.14] * 4]), None, False),
        # the minimum is that of the first epochs, from which there is nothing to go back to
        ("overfits", made(FALLING, [1.0, *np.linspace(0.5, 0.5 * 1.3, EPOCHS - 1)]), None, False),
        # the training loss rises as well, or has hardly fallen since
        ("overfits", made([1.0, 0.9, *np.linspace(0.2, 0.3, EPOCHS - 2)], [1.0, 0.9, *np.linspace(0.5, 0.7, EPOCHS - 2)]), None, False),
        ("overfits", made([1.0, 0.9, *np.linspace(0.2, 0.19, EPOCHS - 2)], [1.0, 0.9, *np.linspace(0.5, 0.7, EPOCHS - 2)]), None, False),
        # no gap: validation rows that happen to be a little harder
        ("overfits", made(FALLING + 0.4, [1.0, 0.9, *np.linspace(0.6, 0.75, EPOCHS - 2)]), None, False),
        # the minimum was a moment ago
        ("overfits", made(FALLING, [*np.linspace(1, 0.5, EPOCHS - 2), 0.8, 0.8]), None, False),
        # the best weights are kept
        ("overfits", made(FALLING, [1.0, 0.9, *np.linspace(0.5, 0.7, EPOCHS - 2)], change={"patience": 30}), None, False),
        # by heart: no rise, and a gap between what is known of the rows
        ("overfits", made(np.geomspace(1, 1e-3, EPOCHS), [1.0, *[0.5] * (EPOCHS - 1)], skill=(1.0, 0.9)), None, True),
        ("overfits", made(np.geomspace(1, 1e-3, EPOCHS), [1.0, *[0.5] * (EPOCHS - 1)], skill=(1.0, 0.98)), None, False),
        ("oscillates", made(oscillating(0.1), skill=0.6), 0.9, True),
        ("oscillates", made(oscillating(0.065), skill=0.6), 0.9, True),
        ("oscillates", made(oscillating(0.055), skill=0.6), 0.9, False),
        ("oscillates", made(FALLING, skill=0.6), 0.9, False),
        # it knows what others know of the rows
        ("oscillates", made(oscillating(0.1)), None, False),
        # by much of its level, yet of a level that is nothing against the start
        ("oscillates", made(oscillating(0.009, 0.01), skill=0.6), 0.9, False),
        ("underfits", made(POOR, skill=0.45), 0.9, True),
        ("underfits", made(POOR, skill=0.45), 0.2, False),
        ("underfits", made(POOR, task="regression", skill=0.5), 0.9, True),
        ("underfits", made(POOR, task="regression", skill=0.5), 0.52, False),
        # what is known of the training rows is not too little
        ("underfits", made(POOR, task="regression", skill=(0.99, 0.5)), 0.9, False),
        # what is known of the training rows alone is learned by heart
        ("too_fast", made(FALLING, skill=(0.99, 0.6), change={"learning_rate": 1.0}), 0.95, False),
        ("too_fast", made(FALLING, skill=0.95, change={"learning_rate": 1.0}), 0.95, False),
        ("too_slow", made(np.linspace(1, 0.9, EPOCHS)), None, True),
        ("too_slow", made(np.linspace(1, 0.76, EPOCHS)), None, True),
        ("too_slow", made(np.linspace(1, 0.74, EPOCHS)), None, False),
        # little, because it is at its end
        ("too_slow", made(0.9 + 0.1 * np.exp(-1.0 * np.arange(EPOCHS))), None, False),
        ("too_slow", made([1.0, *[0.95, 0.96] * 10]), None, False),
        ("still_improving", made(FALLING), None, True),
        ("still_improving", made([1.0, *np.geomspace(0.5, 0.5 * 0.89 ** (19 / 4), EPOCHS - 1)]), None, True),
        ("still_improving", made([1.0, *np.geomspace(0.5, 0.5 * 0.91 ** (19 / 4), EPOCHS - 1)]), None, False),
        # less is enough where others know more
        ("still_improving", made([1.0, *np.geomspace(0.5, 0.5 * 0.95 ** (19 / 4), EPOCHS - 1)], skill=0.9), 0.93, True),
        ("still_improving", made([1.0, *np.geomspace(0.5, 0.5 * 0.97 ** (19 / 4), EPOCHS - 1)], skill=0.9), 0.93, False),
        ("still_improving", made(FALLING, stopped=EPOCHS - 1, change={"patience": 3}), None, False),
        ("still_improving", made(FALLING, epochs=200), None, False),
        ("still_improving", made(SETTLED), None, False),
        # it falls by less than it goes up and down
        ("still_improving", made(FALLING, np.where(np.arange(EPOCHS) == EPOCHS - 1, 0.2, 0.6 + 0.3 * (-1.0) ** np.arange(EPOCHS))), None, False),
        ("clipped", made(np.linspace(1, 0.9, EPOCHS), change={"clip_norm": 0.3, "optimizer": OPTIMIZERS["sgd"]()}), None, True),
        ("clipped", made(np.linspace(1, 0.9, EPOCHS), change={"clip_norm": 0.6, "optimizer": OPTIMIZERS["sgd"]()}), None, False),
        ("clipped", made(SETTLED, change={"clip_norm": 0.3, "optimizer": OPTIMIZERS["sgd"]()}), None, False),
        ("few_epochs", made(FALLING[:3], epochs=2), None, True),
        ("few_epochs", made(FALLING[:5], epochs=4), None, False),
        ("held_back", made(POOR, skill=0.45, change={"dropout": 0.5}), 0.9, True),
        ("held_back", made(POOR, skill=0.45, change={"dropout": 0.1}), 0.9, False),
        ("held_back", made(POOR, skill=0.45, change={"dropout": 0.5}), 0.2, False),
        ("held_back", made(POOR, skill=(0.95, 0.45), change={"dropout": 0.5}), 0.9, False),
    ],
)  # fmt: skip
def test_a_rule_says_what_shows(kind: str, result: Result, knows: float | None, shows: bool) -> None:
    assert (kind in kinds(result, knows)) == shows


def test_early_stopping_is_proposed_where_it_pays() -> None:
    for rise, late, pays in ((1.4, 8, True), (1.2, 8, False), (1.4, 3, False)):
        losses = np.concatenate([np.linspace(1, 0.5, late), np.full(EPOCHS - late, 0.5 * rise)])
        (found,) = (finding for finding in findings(made(FALLING, losses)) if finding.kind == Overfits.kind)
        assert (found.change is not None) == pays


def test_the_sentence_has_the_numbers() -> None:
    risen = made(FALLING, [1.0, 0.9, *np.linspace(0.5, 0.65, EPOCHS - 2)])
    assert sentence(risen, "overfits") == (
        "Overfits since epoch 2: the validation loss has risen by 27% (0.5 to 0.637), while the training loss fell (0.92 to 0.26). "
        "Early stopping keeps the best weights."
    )
    assert "fallen by only 10% of what it was" in sentence(made(np.linspace(1, 0.9, EPOCHS)), "too_slow")
    assert "R² is 0.30 on the training rows, 0.30 on the validation rows. A forest of trees finds R² 0.90" in sentence(
        made([1.0] * EPOCHS, task="regression", skill=0.3), "underfits", 0.9
    )


@pytest.mark.parametrize(("falling", "said"), [(3, ""), (2, " (2 of 3 seeds)"), (1, None)])
def test_most_seeds_decide(falling: int, said: str | None) -> None:
    losses = np.stack([FALLING] * falling + [SETTLED] * (3 - falling), axis=1)
    result = made(losses)
    if said is None:
        assert kinds(result) == []
    else:
        assert sentence(result, "still_improving").startswith(f"Still improving at the last epoch{said}: ")


# Divergence


def lost(*at: int, **others: Any) -> Result:
    """Return a result of seeds that diverged at these epochs."""
    losses = np.full((EPOCHS, len(at)), 1.0)
    for seed, epoch in enumerate(at):
        losses[epoch if epoch >= 0 else EPOCHS :, seed] = np.nan
    return made(losses, diverged=at, change={"learning_rate": 0.1}, **others)


def test_one_lost_seed_is_said_alone() -> None:
    found = findings(lost(-1, 4, 2), 0.9)
    assert [finding.kind for finding in found] == ["diverged"]
    assert str(found[0].sentence) == "Diverged at epoch 2 (2 of 3 seeds): η 0.1 is too large. Try a smaller one."
    assert found[0].change is not None
    assert found[0].change.run.learning_rate == 0.01


@pytest.mark.parametrize(
    ("rates", "said", "rate", "clip"),
    [
        (Rates((0.05, 0.02, 0.01), 20, 0.02, 0.01), "Of 3 smaller ones the largest that does not diverge, up to epoch 20, is 0.02. With η 0.01", 0.01, 0),
        (Rates((0.05, 0.02), 20, 0.05, 0.05), "up to epoch 20, is 0.05.", 0.05, 0),
        (Rates((0.05, 0.02), 20, None, None), "So are 2 smaller ones, down to 0.02: something else is wrong.", 0.1, 1),
        (Rates((0.05, 0.02), 3, 0.05, 0.05), "Try a smaller one.", 0.01, 0),
        (Rates((0.05,), 20, 0.05, 0.05), "The smaller 0.05 does not diverge, up to epoch 20.", 0.05, 0),
        (Rates((0.05,), 20, None, None), "So is 0.05: something else is wrong.", 0.1, 1),
    ],
    ids=["found", "the largest is the best", "none", "given up before the epoch in question", "one tried, found", "one tried, none"],
)
def test_what_the_search_found_is_said(rates: Rates, said: str, rate: float, clip: float) -> None:
    (finding,) = findings(lost(4), 0.9, rates)
    assert said in str(finding.sentence)
    assert finding.change is not None
    assert (finding.change.run.learning_rate, finding.change.run.clip_norm) == (rate, clip)


# Together


def test_at_most_three_things_are_said_and_none_that_another_explains() -> None:
    rank = {rule.kind: i for i, rule in enumerate(RULES)}
    assert len(rank) == len(RULES)
    for rule in RULES:
        assert rule.hides <= set(rank)
        assert all(rank[hidden] > rank[rule.kind] for hidden in rule.hides), f"{rule.kind} comes too late to hide"
    curves = (FALLING, SETTLED, oscillating(0.2), np.linspace(1, 0.9, EPOCHS), [1.0] * EPOCHS)
    for losses, skill in product(curves, (0.3, 0.9)):
        said = [finding.kind for finding in findings(made(losses, skill=skill), 0.95)]
        assert len(said) <= MOST
        assert said == sorted(said, key=rank.__getitem__)
        assert not {hidden for kind in said for hidden in RULES[rank[kind]].hides} & set(said)


def test_what_sessions_share_holds_no_finished_sentence() -> None:
    for losses in (FALLING, SETTLED, oscillating(0.2), np.linspace(1, 0.9, EPOCHS), [1.0] * EPOCHS, lost(-1, 4)):
        result = losses if isinstance(losses, Result) else made(losses, skill=0.3)
        for finding in findings(result, 0.95):
            said = [finding.sentence, *([] if finding.change is None else [finding.change.words])]
            assert all(isinstance(each, Said) for each in said)
            assert len({finding, pickle.loads(pickle.dumps(finding))}) == 1


def test_little_is_said_of_few_records() -> None:
    for count in (1, 2, 3):
        assert kinds(made(np.linspace(1, 0.2, count), epochs=200)) == []


def test_what_holds_a_run_back_is_taken_away_first() -> None:
    weak = {"penalty": PENALTIES["l2"](), "max_norm": 1.0}
    for change, words in (({"dropout": 0.5}, "no dropout"), ({"max_norm": 1.0}, "no max-norm"), ({**weak, "penalty": PENALTIES["none"]()}, "no max-norm")):
        found = next(finding for finding in findings(made(POOR, skill=0.3, change=change), 0.9) if finding.kind == "held_back")
        assert found.change is not None
        assert str(found.change.words) == words


@pytest.mark.parametrize(
    ("losses", "rate", "words"), [(POOR, 0.01, "64 units"), (POOR, 1e-4, "η 0.001"), (FALLING, 1e-3, "64 units")], ids=["few units", "small rate", "both"]
)
def test_the_cure_of_an_underfit_is_that_of_its_cause(losses: Any, rate: float, words: str) -> None:
    """The model of the base has five units, and the usual rate of Adam is 0.001."""
    found = next(finding for finding in findings(made(losses, skill=0.3, change={"learning_rate": rate}), 0.9) if finding.kind == "underfits")
    assert found.change is not None
    assert str(found.change.words) == words


def test_a_falling_rate_is_not_made_larger() -> None:
    for schedule, larger in (("constant", True), ("cosine", False)):
        found = findings(made(FALLING, change={"schedule": SCHEDULES[schedule](), "learning_rate": 1e-4}))[0]
        assert (found.change is not None) == larger


def test_a_loss_without_a_gradient_is_said_alone() -> None:
    experiment = small(run("zero_one"), run("zero_one", penalty=PENALTIES["l2"]()), model=MODELS["linear"](), seeds=1)
    result = train(experiment)
    (still,), (shrinks,) = diagnose(result, 0), diagnose(result, 1)
    assert still.kind == shrinks.kind == "zero_gradient"
    assert "penalty or decay" not in str(still.sentence)
    assert "penalty or decay" in str(shrinks.sentence)

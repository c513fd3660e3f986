"""The rules of the diagnosis on constructed records: what shows, what does not quite, and what is said beside what."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from core.diagnosis import MOST, RULES, Rates, diagnose
from core.models import MODELS
from core.penalties import PENALTIES
from core.schedules import SCHEDULES
from core.tasks import CLASSIFICATION
from core.training import train
from core.training.results import Result
from core.words import Said
from tests.small import CURVE, run, small

EPOCHS = 21
FALLING = np.linspace(1, 0.2, EPOCHS)
#: falls to a fifth, most of it at once, and stays there
SETTLED = 0.2 + 0.8 * np.exp(-2.0 * np.arange(EPOCHS))
BASES = {experiment: train(experiment) for experiment in (small(run(), epochs=1, seeds=1), small(run("squared_error"), dataset=CURVE, epochs=1, seeds=1))}


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


def kinds(result: Result) -> list[str]:
    """Return what is said of it, without the calibration, which is that of the model in the base."""
    return [finding.kind for finding in diagnose(result, 0) if finding.kind != "miscalibrated"]


def sentence(result: Result, kind: str) -> str:
    return next(str(finding.sentence) for finding in diagnose(result, 0) if finding.kind == kind)


def oscillating(size: float, level: float = 0.4) -> np.ndarray:
    return np.concatenate([[1.0], level + size / 2 * (-1.0) ** np.arange(EPOCHS - 1)])


def test_a_good_run_is_not_remarked_on() -> None:
    assert kinds(made(SETTLED)) == []


@pytest.mark.parametrize(
    ("kind", "result", "shows"),
    [
        ("overfits", made(FALLING, [1.0, *np.linspace(0.5, 0.5 * 1.2, EPOCHS - 1)]), True),
        ("overfits", made(FALLING, [1.0, *[0.5] * (EPOCHS - 5), *[0.5 * 1.052] * 4]), True),
        ("overfits", made(FALLING, [1.0, *[0.5] * (EPOCHS - 5), *[0.5 * 1.048] * 4]), False),
        # the training loss rises as well
        ("overfits", made([1.0, *np.linspace(0.2, 0.3, EPOCHS - 1)], [1.0, *np.linspace(0.5, 0.6, EPOCHS - 1)]), False),
        # no gap: validation rows that happen to be a little harder
        ("overfits", made(FALLING + 0.4, [1.0, *np.linspace(0.6, 0.7, EPOCHS - 1)]), False),
        # the minimum was a moment ago
        ("overfits", made(FALLING, [*np.linspace(1, 0.5, EPOCHS - 2), 0.7, 0.7]), False),
        # the best weights are kept
        ("overfits", made(FALLING, [1.0, *np.linspace(0.5, 0.6, EPOCHS - 1)], change={"patience": 30}), False),
        # by heart: no rise, and a gap between what is known of the rows
        ("overfits", made(np.geomspace(1, 1e-3, EPOCHS), [1.0, *[0.5] * (EPOCHS - 1)], skill=(1.0, 0.9)), True),
        ("overfits", made(np.geomspace(1, 1e-3, EPOCHS), [1.0, *[0.5] * (EPOCHS - 1)], skill=(1.0, 0.98)), False),
        ("oscillates", made(oscillating(0.1)), True),
        ("oscillates", made(oscillating(0.065)), True),
        ("oscillates", made(oscillating(0.055)), False),
        ("oscillates", made(FALLING), False),
        # by much of its level, yet of a level that is nothing against the start
        ("oscillates", made(oscillating(0.009, 0.01)), False),
        ("plateau", made([1.0, *[0.6] * (EPOCHS - 1)], skill=0.75), True),
        ("plateau", made([1.0, *[0.6] * (EPOCHS - 1)], skill=0.99), False),
        ("plateau", made([1.0, *[0.05] * (EPOCHS - 1)], skill=0.75), False),
        ("plateau", made([1.0, *np.linspace(0.6, 0.5, EPOCHS - 1)], skill=0.75), False),
        ("plateau", made([*np.linspace(1, 0.6, EPOCHS - 4), *[0.6] * 4], skill=0.75), False),
        ("underfits", made([1.0, *[0.95] * (EPOCHS - 1)], skill=0.45), True),
        ("underfits", made([1.0, *[0.95] * (EPOCHS - 1)], skill=0.95), False),
        ("underfits", made(FALLING, skill=0.45), False),
        ("underfits", made([1.0, *[0.95] * (EPOCHS - 1)], task="regression", skill=0.49), True),
        ("underfits", made([1.0, *[0.95] * (EPOCHS - 1)], task="regression", skill=0.51), False),
        # outliers among the training rows cannot be known, and validation rows are
        ("underfits", made([1.0, *[0.95] * (EPOCHS - 1)], task="regression", skill=(0.1, 0.9)), False),
        ("too_slow", made(np.linspace(1, 0.9, EPOCHS)), True),
        ("too_slow", made(np.linspace(1, 0.76, EPOCHS)), True),
        ("too_slow", made(np.linspace(1, 0.74, EPOCHS)), False),
        # little, because it is at its end
        ("too_slow", made(0.9 + 0.1 * np.exp(-1.0 * np.arange(EPOCHS))), False),
        ("too_slow", made([1.0, *[0.95, 0.96] * 10]), False),
        ("still_improving", made(FALLING), True),
        ("still_improving", made([1.0, *np.geomspace(0.5, 0.5 * 0.94 ** (19 / 4), EPOCHS - 1)]), True),
        ("still_improving", made([1.0, *np.geomspace(0.5, 0.5 * 0.96 ** (19 / 4), EPOCHS - 1)]), False),
        ("still_improving", made(FALLING, stopped=EPOCHS - 1, change={"patience": 3}), False),
        ("still_improving", made(FALLING, epochs=200), False),
        ("still_improving", made(SETTLED), False),
    ],
)  # fmt: skip
def test_a_rule_says_what_shows(kind: str, result: Result, shows: bool) -> None:
    assert (kind in kinds(result)) == shows


def test_the_sentence_has_the_numbers() -> None:
    risen = made(FALLING, [1.0, 0.9, *np.linspace(0.5, 0.6, EPOCHS - 2)])
    assert sentence(risen, "overfits") == (
        "Overfits since epoch 2: the validation loss has risen by 18% (0.5 to 0.592), while the training loss fell (0.92 to 0.26). "
        "Early stopping keeps the best weights."
    )
    assert "fallen by only 10% of what it was" in sentence(made(np.linspace(1, 0.9, EPOCHS)), "too_slow")
    assert "since epoch 1: the training loss stays at 60%" in sentence(made([1.0, *[0.6] * (EPOCHS - 1)], skill=0.75), "plateau")
    assert "R² is 0.30 on the training rows, 0.30 on the validation rows" in sentence(made([1.0] * EPOCHS, task="regression", skill=0.3), "underfits")


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
    return made(losses, diverged=at, **others)


def test_one_lost_seed_is_said_alone() -> None:
    found = diagnose(lost(-1, 4, 2), 0)
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
    (finding,) = diagnose(lost(4), 0, rates)
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
        said = [finding.kind for finding in diagnose(made(losses, skill=skill), 0)]
        assert len(said) <= MOST
        assert said == sorted(said, key=rank.__getitem__)
        assert not {hidden for kind in said for hidden in RULES[rank[kind]].hides} & set(said)


def test_what_sessions_share_holds_no_finished_sentence() -> None:
    for losses in (FALLING, SETTLED, oscillating(0.2), np.linspace(1, 0.9, EPOCHS), [1.0] * EPOCHS, lost(-1, 4)):
        result = losses if isinstance(losses, Result) else made(losses, skill=0.3)
        for finding in diagnose(result, 0):
            said = [finding.sentence, *([] if finding.change is None else [finding.change.words])]
            assert all(isinstance(each, Said) for each in said)
            assert len({finding, pickle.loads(pickle.dumps(finding))}) == 1


def test_little_is_said_of_few_records() -> None:
    for count in (1, 2, 3):
        assert kinds(made(np.linspace(1, 0.2, count), epochs=200)) == []


def test_what_holds_a_run_back_is_taken_away_first() -> None:
    poor = [1.0, *[0.95] * (EPOCHS - 1)]
    for change, words in (({"penalty": PENALTIES["l2"]()}, "no penalty"), ({"dropout": 0.5}, "no dropout"), ({"max_norm": 1.0}, "no max-norm")):
        found = next(finding for finding in diagnose(made(poor, skill=0.3, change=change), 0) if finding.kind == "underfits")
        assert found.change is not None
        assert str(found.change.words) == words
    (found,) = (finding for finding in diagnose(made(poor, skill=0.3), 0) if finding.kind == "underfits")
    assert found.change is None
    assert "larger model" in str(found.sentence)


def test_a_falling_rate_is_not_made_larger() -> None:
    for schedule, larger in (("constant", True), ("cosine", False)):
        found = diagnose(made(FALLING, change={"schedule": SCHEDULES[schedule]()}), 0)[0]
        assert (found.change is not None) == larger


def test_a_loss_without_a_gradient_is_said_alone() -> None:
    experiment = small(run("zero_one"), run("zero_one", penalty=PENALTIES["l2"]()), model=MODELS["linear"](), seeds=1)
    result = train(experiment)
    (still,), (shrinks,) = diagnose(result, 0), diagnose(result, 1)
    assert still.kind == shrinks.kind == "zero_gradient"
    assert "penalty or decay" not in str(still.sentence)
    assert "penalty or decay" in str(shrinks.sentence)

"""The patients of the trial: sane experiments, and such that were made ill in a known way, both certified on test rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.class_weights import CLASS_WEIGHTS
from core.datasets import DATASETS, Table
from core.experiment import Experiment, Run
from core.losses import LOSSES
from core.optimizers import OPTIMIZERS
from core.penalties import PENALTIES
from core.tasks import CLASSIFICATION, IDENTITY
from core.training.slices import prepared
from tests.trial.bases import KINDS, base, grid, network
from tests.trial.judge import SPLITS, Clinic, Outcome, compared, other_learners

#: Seeds of the two crowds. The rules were tuned on the first ones; of the last only the totals were looked at.
TUNED, FRESH = (17, 18, 101), (4711,)
#: how much better the healthy twin must be for an experiment to count as ill: in skill, or in the ratio of the losses
ILL_SKILL, ILL_RATIO = 0.05, 0.75
#: an experiment is sane if nothing in its grid is better by so much
SANE_SKILL, SANE_RATIO = 0.03, 0.9


@dataclass(frozen=True, eq=False)
class Patient:
    """An experiment of one run. `illness`: what was done to it, "" for a sane one. `twin`: the outcome without the illness. `tables`: own data by split."""

    name: str
    experiment: Experiment
    illness: str = ""
    twin: Outcome | None = None
    tables: tuple[Table, ...] | None = None


#: For each illness the kinds of findings that name it. A finding of another kind names it too if what it proposes clearly helps on the test rows.
NAMED_BY = {
    "rate too small": {"too_slow", "still_improving", "few_epochs"},
    "rate too large": {"diverged", "oscillates", "exploding_gradient", "dead_units", "too_fast"},
    "wrong loss": {"poor_loss", "zero_gradient"},
    "outliers": {"outliers"},
    "label noise": {"wrong_labels"},
    "feature noise": {"shifted"},
    "too few rows": {"overfits", "few_rows"},
    "too small a model": {"underfits", "collapsed"},
    "too large a model": {"overfits"},
    "deep sigmoid": {"vanishing_gradient", "too_slow", "collapsed"},
    "rare class": {"collapsed", "rare_class"},
    "heavy penalty": {"held_back", "collapsed"},
    "heavy dropout": {"held_back", "collapsed"},
    "tight max-norm": {"held_back", "collapsed"},
    "clipping": {"clipped", "too_slow"},
    "one or two epochs": {"few_epochs", "still_improving", "too_slow"},
    "a feature that leaks": {"leak"},
    "a feature that first varies in test": {"first_varies"},
}


def _corrupted(**ranges: tuple[float, float]) -> Callable[[Experiment, np.random.Generator], Experiment]:
    """Return the change that damages the training rows, by amounts from these ranges."""

    def change(experiment: Experiment, rng: np.random.Generator) -> Experiment:
        values = {name: round(float(rng.uniform(*pair)), 3) for name, pair in ranges.items()}
        return replace(experiment, corruption=replace(experiment.corruption, **values))

    return change


def _run(experiment: Experiment, **values: Any) -> Experiment:
    return replace(experiment, runs=(replace(experiment.runs[0], **values),))


def _few_rows(experiment: Experiment, rng: np.random.Generator) -> Experiment:
    rows = len(experiment.dataset.load().X)
    training = rows * (1 - experiment.validation_share - experiment.test_share)
    return replace(experiment, corruption=replace(experiment.corruption, training_share=min(1.0, max(0.02, round(float(rng.uniform(12, 30)) / training, 3)))))


def _too_large(experiment: Experiment, rng: np.random.Generator) -> Experiment:
    few = _few_rows(experiment, rng)
    rows = replace(few.corruption, training_share=min(1.0, 3 * few.corruption.training_share))
    return replace(few, model=network((128, 128)), epochs=5 * experiment.epochs, corruption=rows)


def _outliers(experiment: Experiment, rng: np.random.Generator) -> Experiment | None:
    if experiment.runs[0].loss.kind != "squared_error":
        return None
    return _corrupted(outliers=(0.08, 0.3), outlier_size=(4, 10))(experiment, rng)


def _wrong_loss(experiment: Experiment, rng: np.random.Generator) -> Experiment:
    classes = experiment.dataset.task == CLASSIFICATION
    kinds = ("zero_one", "absolute_error_on_probabilities", "tversky") if classes else ("tukey", "cauchy")
    kind = kinds[rng.integers(len(kinds))]
    scales = {"tukey": 0.05, "cauchy": 0.02}
    return _run(experiment, loss=LOSSES[kind].from_dict({"scale": scales[kind]} if kind in scales else {}))


def _too_small(experiment: Experiment, rng: np.random.Generator) -> Experiment | None:
    if not experiment.model.widths:
        return None
    return replace(experiment, model=network(((), (1,), (2,))[rng.integers(3)]))


def _rare(experiment: Experiment, rng: np.random.Generator) -> Experiment | None:
    if experiment.dataset.task != CLASSIFICATION or experiment.dataset.kind in ("iris", "wine", "spirals"):
        return None
    return replace(experiment, corruption=replace(experiment.corruption, rarest=round(float(rng.uniform(0.02, 0.08)), 3), everywhere=True))


def _penalised(experiment: Experiment, rng: np.random.Generator) -> Experiment:
    kind = ("l2", "l1")[rng.integers(2)]
    return _run(experiment, penalty=PENALTIES[kind].from_dict({"strength": round(float(rng.uniform(0.3, 3)), 2)}))


def _classes(change: Callable[[Experiment, np.random.Generator], Experiment | None]) -> Callable[[Experiment, np.random.Generator], Experiment | None]:
    """Return the change for classifications alone."""
    return lambda experiment, rng: change(experiment, rng) if experiment.dataset.task == CLASSIFICATION else None


def _hidden(change: Callable[[Experiment, np.random.Generator], Experiment | None]) -> Callable[[Experiment, np.random.Generator], Experiment | None]:
    """Return the change for models with hidden layers alone."""
    return lambda experiment, rng: change(experiment, rng) if experiment.model.widths else None


ILL: dict[str, Callable[[Experiment, np.random.Generator], Experiment | None]] = {
    "wrong loss": _wrong_loss,
    "outliers": _outliers,
    "label noise": _classes(_corrupted(wrong_labels=(0.2, 0.4))),
    "feature noise": _corrupted(feature_noise=(1.0, 3.0)),
    "too few rows": _few_rows,
    "too small a model": _too_small,
    "too large a model": _too_large,
    "deep sigmoid": _hidden(lambda experiment, rng: replace(experiment, model=network((16,) * int(rng.integers(3, 5)), "sigmoid"))),
    "rare class": _rare,
    "heavy penalty": _penalised,
    "heavy dropout": _hidden(lambda experiment, rng: _run(experiment, dropout=round(float(rng.uniform(0.75, 0.9)), 2))),
    "tight max-norm": lambda experiment, rng: _run(experiment, max_norm=round(float(rng.uniform(0.02, 0.2)), 3)),
    "clipping": lambda experiment, rng: _run(experiment, clip_norm=0.001, optimizer=OPTIMIZERS["momentum"](), learning_rate=0.03),
    "one or two epochs": lambda experiment, rng: replace(experiment, epochs=int(rng.integers(1, 3))),
}


def crowd(clinic: Clinic, seed: int, sane: int, ill: int, kinds: tuple[str, ...] = ()) -> Iterator[Patient]:
    """Yield at most `sane` sane and `ill` sick patients of each kind of experiment, drawn from a seed.

    They are certified on test rows. The grid of an experiment is trained; sane are the runs than which no other of the grid, no support vector machine and
    no forest is clearly better, and whose last weights are as good as those of the epoch with the lowest validation loss. Sick are the altered
    ones whose twin without the alteration is clearly better.
    """
    seen: dict[str, int] = dict.fromkeys(NAMED_BY, 0)
    for number, kind in enumerate(KINDS):
        if kinds and kind.dataset not in kinds:
            continue
        rng = np.random.default_rng([seed, number])
        plain = base(kind, rng)
        tried = grid(plain)
        outcomes = clinic.outcomes(tried)
        own = [i for i, experiment in enumerate(tried) if experiment.runs[0].model is None]
        best = max(own, key=lambda i: float(np.mean(outcomes[i].skill)) - 0.05 * float(np.log(outcomes[i].loss).mean()))
        others = [Outcome(skill, np.full(len(skill), np.nan), ()) for skill in other_learners(outcomes[0].results)]
        well = [i for i in own if _sane(outcomes[i], [*(outcomes[j] for j in range(len(tried)) if j != i), *others])]
        for i in rng.permutation(well)[:sane]:
            yield Patient(f"{kind.dataset}: {_named(tried[i].runs[0])}", tried[i])
        yield from _sick(clinic, kind.dataset, tried, outcomes, own, best, ill, rng, seen)


def ill_on(patient: Patient, outcome: Outcome) -> tuple[bool, ...]:
    """Return for each split whether its test rows show the illness: the twin is better there, too, by as much as it must be on average. A leak they hide."""
    if patient.twin is None:
        return (False,) * len(outcome.skill)
    if patient.illness == "a feature that leaks":
        return (True,) * len(outcome.skill)
    more, times = patient.twin.skill - outcome.skill, patient.twin.loss / outcome.loss
    return tuple(bool(ill) for ill in (more >= ILL_SKILL) | (times <= ILL_RATIO))


def _sane(one: Outcome, others: list[Outcome]) -> bool:
    """Return whether an outcome learned something and is not clearly beaten: by another one, or by its own best epoch."""
    if any(result.diverged_at[0, 0] >= 0 for result in one.results) or np.mean(one.skill) < 0.2:
        return False
    return not risen(one, SANE_RATIO) and all(compared(other, one, SANE_SKILL, SANE_RATIO) <= 0 for other in others)


def risen(one: Outcome, ratio: float) -> bool:
    """Return whether on the test rows the own loss at the epoch of the lowest validation loss is below that at the end, on all splits and by a ratio."""
    logs = np.array([np.log(loss_on_test(result, best=True)) - np.log(loss_on_test(result)) for result in one.results])
    return bool((logs < 0).all() and logs.mean() <= np.log(ratio))


def loss_on_test(result: Any, best: bool = False) -> float:
    """Return the own loss of the only run on the test rows, at the end or at the epoch of the lowest validation loss; at least 1e-9."""
    return max(1e-9, float(result.at(result.best_epoch if best else result.last, "loss", "test")[0, 0]))


def _named(run: Run) -> str:
    return f"{run.optimizer.kind} {run.learning_rate:g}"


def _sick(
    clinic: Clinic, name: str, tried: list[Experiment], outcomes: list[Outcome], own: list[int], best: int, most: int, rng: np.random.Generator,
    seen: dict[str, int],
) -> Iterator[Patient]:  # fmt: skip
    """Yield at most `most` sick patients, of as many illnesses: those first that were `seen` least, which counts them."""
    healthy = tried[best]
    candidates: list[tuple[str, Experiment, Outcome, tuple[Table, ...] | None]] = []
    for illness, wrong in (("rate too small", -1), ("rate too large", 1)):
        optimizer = tried[own[rng.integers(len(own))]].runs[0].optimizer.kind
        of_optimizer = [i for i in own if tried[i].runs[0].optimizer.kind == optimizer]
        tuned = max(of_optimizer, key=lambda i: float(np.mean(outcomes[i].skill)) - 0.05 * float(np.log(outcomes[i].loss).mean()))
        off = [i for i in of_optimizer if wrong * (i - tuned) > 0 and compared(outcomes[tuned], outcomes[i], ILL_SKILL, ILL_RATIO) > 0]
        for i in rng.permutation(off)[:1]:
            candidates.append((illness, tried[i], outcomes[tuned], None))
    for illness, change in ILL.items():
        altered = change(healthy, rng)
        if altered is not None and altered != healthy:
            twin = outcomes[best]
            if illness == "rare class":
                (twin,) = clinic.outcomes([_run(altered, class_weights=CLASS_WEIGHTS["balanced"]())])
            if illness == "clipping":
                (twin,) = clinic.outcomes([_run(altered, clip_norm=0.0)])
            if illness == "too large a model":  # the same rows: that more of them are better says nothing of the model
                (twin,) = clinic.outcomes([replace(altered, model=healthy.model, epochs=healthy.epochs)])
            candidates.append((illness, altered, twin, None))
    for illness, tables in (("a feature that leaks", _leaking), ("a feature that first varies in test", _first_varying)):
        if healthy.runs[0].loss.link == IDENTITY:
            owned = replace(healthy, dataset=DATASETS["own"].from_dict({"task": healthy.dataset.task}))
            candidates.append((illness, owned, outcomes[best], tables(healthy, rng)))
    count = 0
    for k in sorted(rng.permutation(len(candidates)), key=lambda k: seen[candidates[k][0]]):
        illness, experiment, twin, tables_of = candidates[k]
        (ill,) = clinic.outcomes([experiment], tables_of)
        certain = illness == "a feature that leaks" or compared(twin, ill, ILL_SKILL, ILL_RATIO) > 0
        if certain and count < most:
            count += 1
            seen[illness] += 1
            yield Patient(f"{name}: {illness}, {_named(experiment.runs[0])}", experiment, illness, twin, tables_of)


def _leaking(experiment: Experiment, rng: np.random.Generator) -> tuple[Table, ...]:
    """Return the table with one feature more that tells the target, the same for all splits."""
    table = experiment.dataset.load()
    target = table.y if table.y.ndim == 1 else table.y[:, 0]
    column = target + rng.normal(0, 0.02 * target.std(), len(target))
    return (_with(table, column, "status"),) * SPLITS


def _first_varying(experiment: Experiment, rng: np.random.Generator) -> tuple[Table, ...]:
    """Return for each split the table with one feature more, which is 0 in the training and validation rows and varies in the test rows."""
    table, tables = experiment.dataset.load(), []
    for split in range(SPLITS):
        data = prepared(replace(experiment, split_seed=split))
        column = np.zeros(len(table.X))
        test = data.rows[data.split("test")]
        column[test] = rng.normal(0, 10, len(test))
        tables.append(_with(table, column, "sensor"))
    return tuple(tables)


def _with(table: Table, column: np.ndarray, name: str) -> Table:
    return replace(table, X=np.column_stack([table.X, column]), features=(*table.features, name))

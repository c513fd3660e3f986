"""The trial: what the diagnosis says of each patient, judged on test rows, and the figures of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from core.diagnosis import Evidence, Finding, Reference, diagnose, stable_rates
from core.diagnosis.data_rules import FewRows, LuckySplit
from core.diagnosis.hidden_rules import LossGap
from core.diagnosis.reference import errors, skill
from core.training.results import Result
from tests.trial.judge import Clinic, Outcome, compared
from tests.trial.patients import NAMED_BY, SANE_SKILL, Patient, ill_on, loss_on_test

#: a cure that is judged
HELPS, NOTHING, HURTS = "helps", "nothing", "hurts"
VERDICTS = {1: HELPS, 0: NOTHING, -1: HURTS}


@dataclass(frozen=True, eq=False)
class Word:
    """A finding on one split of a patient. `names`: whether it names the illness; `true`: whether its claim holds on test rows; `cure`: "" without one."""

    patient: Patient
    split: int
    finding: Finding
    names: bool
    true: bool
    cure: str


@dataclass(frozen=True, eq=False)
class Examined:
    """A patient and all that is said of it, by split. `ill`: whether the test rows of a split show the illness."""

    patient: Patient
    words: tuple[tuple[Word, ...], ...]
    ill: tuple[bool, ...]

    @property
    def sick(self) -> list[tuple[Word, ...]]:
        """What is said of the runs that are ill."""
        return [said for said, ill in zip(self.words, self.ill, strict=True) if ill]

    @property
    def found(self) -> list[bool]:
        """Whether the illness is named, by run that is ill."""
        return [any(word.names for word in said) for said in self.sick]


def examined(clinic: Clinic, patient: Patient) -> Examined:
    """Return what is said of a patient on each split, with the judge's verdict on every word."""
    (ill,) = clinic.outcomes([patient.experiment], patient.tables)
    said = []
    for result in ill.results:
        lost = bool((result.diverged_at >= 0).any())
        rates = stable_rates(result.experiment, 0, result.data, most_seconds=60) if lost else None
        said.append(diagnose(result, 0, rates, clinic.reference(result.data)))
    changes = {finding.change.run for findings in said for finding in findings if finding.change is not None}
    tried = [replace(patient.experiment, runs=(run,)) for run in sorted(changes, key=repr)]
    cured = {new.runs[0]: compared(outcome, ill) for new, outcome in zip(tried, clinic.outcomes(tried, patient.tables), strict=True)}
    more_rows = any(finding.kind == FewRows.kind for findings in said for finding in findings) and _helped_by_rows(clinic, patient, ill)
    words = []
    for split, findings in enumerate(said):
        of_split = []
        for finding in findings:
            verdict = cured[finding.change.run] if finding.change is not None else None
            names = finding.kind in NAMED_BY.get(patient.illness, ()) or (bool(patient.illness) and verdict == 1)
            true = names or verdict == 1 or holds(finding, ill) or (finding.kind == FewRows.kind and more_rows)
            of_split.append(Word(patient, split, finding, names, true, "" if verdict is None else VERDICTS[verdict]))
        words.append(tuple(of_split))
    return Examined(patient, tuple(words), ill_on(patient, ill))


def _helped_by_rows(clinic: Clinic, patient: Patient, ill: Outcome) -> bool:
    """Return whether an experiment that trains on a part of its rows is clearly better with all of them."""
    all_rows = replace(patient.experiment, corruption=replace(patient.experiment.corruption, training_share=1.0))
    return compared(clinic.outcomes([all_rows], patient.tables)[0], ill) == 1


def holds(finding: Finding, ill: Outcome) -> bool:
    """Return whether what a finding claims is so on the test rows of most splits, whatever helps against it."""
    if finding.kind == LuckySplit.kind:  # it is chance if other splits do not show it
        return sum(LuckySplit().finding(Evidence(result, 0, None, Reference(result.data))) is not None for result in ill.results) == 1
    claim = CLAIMS.get(finding.kind)
    return claim is not None and 2 * sum(claim(result) for result in ill.results) > len(ill.results)


def _overfits(result: Result) -> bool:
    """The test loss was lower at the epoch of the lowest validation loss; or the model knows its training rows much better than the test rows."""
    return loss_on_test(result, best=True) < loss_on_test(result) or _skill(result, "train") - _skill(result, "test") >= 0.08


def _skill(result: Result, split: str) -> float:
    return float(Evidence(result, 0, None, Reference(result.data)).skill(split)[0])


def _known_by_others(result: Result) -> bool:
    """The learner that knows more of the validation rows also knows more of the test rows, by the skill that would make a run no sane one."""
    data, reference = result.data, Reference(result.data)
    title, rows = reference.best[0], data.split("test")
    if str(title) == "A forest of trees":
        predicted = reference._trees.predict(data.X[rows])
    else:
        learner = reference._line() if str(title) == "A linear model" else reference._machine()
        predicted = reference._fit_and_predict(learner, reference.training, rows)
    return skill(data, rows, errors(data, rows, predicted, squared=True)) - _skill(result, "test") >= SANE_SKILL


def _still_improving(result: Result) -> bool:
    """The test loss fell by at least 2 % in the last fifth of the epochs."""
    losses = result.values("loss", "test")[:, 0, 0]
    end = int(result.last[0, 0])
    return bool(losses[end] < 0.98 * losses[max(0, end - max(3, len(losses) // 5))])


def _miscalibrated(result: Result) -> bool:
    """Confidence and accuracy differ by at least 0.03 on the test rows, in the direction that the validation rows show."""
    differences = []
    for split in ("validation", "test"):
        probabilities = result.experiment.runs[0].loss.probabilities(Evidence(result, 0, None, Reference(result.data)).scores(split))
        assert probabilities is not None
        differences.append(probabilities.max(axis=-1).mean() - (probabilities.argmax(axis=-1) == result.data.truth[result.data.split(split)]).mean())
    return bool(differences[0] * differences[1] > 0 and abs(differences[1]) >= 0.03)


def _parted(result: Result) -> bool:
    """The test loss is many times the training loss, too."""
    return bool(loss_on_test(result) >= LossGap.TIMES * result.at(result.last, "loss", "train")[0, 0])


def _poor(result: Result) -> bool:
    """The skill on the test rows is below a half."""
    return _skill(result, "test") < 0.5


def _exploded(result: Result) -> bool:
    """The test loss, too, is above what it was before the training."""
    losses = result.values("loss", "test")[:, 0, 0]
    return bool(losses[int(result.last[0, 0])] > losses[0])


def _certain(result: Result) -> bool:
    """The records are the claim."""
    return True


#: the claims of findings that can be checked without a cure
CLAIMS = {
    "overfits": _overfits, "still_improving": _still_improving, "miscalibrated": _miscalibrated, "diverged": _certain, "zero_gradient": _certain,
    "underfits": _known_by_others, "collapsed": _poor, "exploded_loss": _exploded, "thin_class": _certain, "loss_gap": _parted,
}  # fmt: skip


@dataclass
class Figures:
    """The figures of a trial."""

    cases: list[Examined] = field(default_factory=list)

    @cached_property
    def words(self) -> list[Word]:
        return [word for case in self.cases for said in case.words for word in said]

    @cached_property
    def sick(self) -> list[Examined]:
        return [case for case in self.cases if case.patient.illness]

    @cached_property
    def sane(self) -> list[Examined]:
        return [case for case in self.cases if not case.patient.illness]

    @property
    def false(self) -> tuple[int, int]:
        """False findings, of all findings."""
        return sum(not word.true for word in self.words), len(self.words)

    @property
    def alarms(self) -> tuple[int, int]:
        """Sane runs on which something is said that does not hold on test rows, of all sane runs."""
        of_runs = [any(not word.true for word in said) for case in self.sane for said in case.words]
        return sum(of_runs), len(of_runs)

    @property
    def remarks(self) -> tuple[int, int]:
        """Sane runs on which anything is said, true or not."""
        of_runs = [bool(said) for case in self.sane for said in case.words]
        return sum(of_runs), len(of_runs)

    @property
    def missed(self) -> tuple[int, int]:
        """Sick runs whose illness is not named, of all sick runs. A run is sick if its own test rows show it, not only those of the other splits."""
        of_runs = [not found for case in self.sick for found in case.found]
        return sum(of_runs), len(of_runs)

    def cures(self, verdict: str) -> tuple[int, int]:
        """Cures with a verdict, of all cures."""
        cures = [word.cure for word in self.words if word.cure]
        return cures.count(verdict), len(cures)

    def shares(self) -> dict[str, tuple[int, int]]:
        """The parts and wholes of the shares that have a goal."""
        return {"false": self.false, "alarms": self.alarms, "missed": self.missed, HURTS: self.cures(HURTS), NOTHING: self.cures(NOTHING)}

    def table(self) -> str:
        """Return the figures as tables in Markdown: in all, by illness, and by kind of finding."""
        lines = [f"{len(self.sick)} sick and {len(self.sane)} sane experiments, three splits each.", "", "| | | share |", "| --- | --: | --: |"]
        for title, (part, whole) in (
            ("false findings", self.false), ("alarms on sane runs", self.alarms), ("sane runs with any remark", self.remarks), ("missed", self.missed),
            ("cures that help", self.cures(HELPS)), ("cures that do nothing", self.cures(NOTHING)), ("cures that hurt", self.cures(HURTS)),
        ):  # fmt: skip
            lines.append(f"| {title} | {part} of {whole} | {part / max(whole, 1):.1%} |")
        lines += ["", "| illness | runs | named | only a side remark | no word |", "| --- | --: | --: | --: | --: |"]
        for illness in sorted({case.patient.illness for case in self.sick}):
            said = [words for case in self.sick if case.patient.illness == illness for words in case.sick]
            named, none = sum(any(word.names for word in words) for words in said), sum(not words for words in said)
            lines.append(f"| {illness} | {len(said)} | {named} | {len(said) - named - none} | {none} |")
        lines += ["", "| finding | said | true | false | on sane runs, true | on sane runs, false | cure helps | does nothing | hurts |"]
        lines += ["| --- |" + " --: |" * 8]
        for kind in sorted({word.finding.kind for word in self.words}):
            words = [word for word in self.words if word.finding.kind == kind]
            true = sum(word.true for word in words)
            sane = [word for word in words if not word.patient.illness]
            cures = Counter(word.cure for word in words)
            cells = (len(words), true, len(words) - true, sum(w.true for w in sane), sum(not w.true for w in sane), cures[HELPS], cures[NOTHING], cures[HURTS])
            lines.append(f"| {kind} | " + " | ".join(map(str, cells)) + " |")
        return "\n".join(lines)

    def details(self) -> Iterable[str]:
        """Yield a line for each false finding, each missed illness and each cure that does not help."""
        for case in self.cases:
            patient = case.patient
            of_splits = zip(case.words, case.ill, strict=True)
            said = "; ".join((",".join(f"{w.finding.kind}{'' if w.true else '!'}" for w in words) or "-") + " (well)" * (not ill) for words, ill in of_splits)
            if not patient.illness and any(word for words in case.words for word in words if not word.true):
                yield f"ALARM {patient.name} [{said}]"
            if patient.illness and not all(case.found):
                yield f"MISSED {patient.name} [{said}]"
            of_cures = [w for of in case.words for w in of if w.finding.change and w.cure != HELPS]
            for kind, cure, words in sorted({(w.finding.kind, w.cure, str(w.finding.change.words)) for w in of_cures if w.finding.change}):
                yield f"{cure.upper()} {patient.name}: {kind} -> {words}"
            if patient.illness:
                for kind in sorted({w.finding.kind for of in case.words for w in of if not w.true}):
                    yield f"FALSE {patient.name}: {kind}"


"""The diagnosis of a run: findings in plain words, each with the numbers that show it and a change to try."""

from core.diagnosis.changes import Change, Shared
from core.diagnosis.class_rules import Collapsed, Miscalibrated, RareClass
from core.diagnosis.data_rules import FewRows, FirstVaries, Leak, LuckySplit, Outliers, Shifted, WrongLabels
from core.diagnosis.descent_rules import Clipped, Diverged, FewEpochs, Oscillates, StillImproving, TooFast, TooSlow
from core.diagnosis.evidence import Evidence
from core.diagnosis.fit_rules import Exploded, HeldBack, Overfits, Underfits
from core.diagnosis.gradient_rules import DeadUnits, Exploding, Vanishing, ZeroGradient
from core.diagnosis.hidden_rules import LossGap, ThinClass
from core.diagnosis.loss_rules import PoorLoss
from core.diagnosis.rates import Rates, stable_rates
from core.diagnosis.reference import Reference, learned
from core.diagnosis.rule import Finding, Rule
from core.training.results import Result

__all__ = ["MOST", "RULES", "Change", "Evidence", "Finding", "Rates", "Reference", "Rule", "Shared", "diagnose", "learned", "stable_rates"]

#: the largest number of findings of a run
MOST = 3
#: all rules, the most important first
RULES: tuple[Rule, ...] = (
    ZeroGradient(), Diverged(), FirstVaries(), Leak(), Outliers(), Shifted(), WrongLabels(), HeldBack(), Clipped(), FewEpochs(), FewRows(), DeadUnits(),
    Exploding(), Oscillates(), Vanishing(), PoorLoss(), TooSlow(), Collapsed(), RareClass(), Underfits(), TooFast(), Overfits(), Exploded(), StillImproving(),
    Miscalibrated(), LossGap(), ThinClass(), LuckySplit(),
)  # fmt: skip


def diagnose(result: Result, run: int, rates: Rates | None = None, reference: Reference | None = None) -> tuple[Finding, ...]:
    """Return at most `MOST` findings of run `run`, the most important first.

    A finding hides those of later rules that it explains; a finding of a rule with `alone` hides all of them.
    `rates` is the result of `stable_rates` for a run that diverged, None without one. `reference` is that of the result's data, made here if it is None.
    """
    evidence, findings, hidden = Evidence(result, run, rates, reference or Reference(result.data)), list[Finding](), set[str]()
    for rule in RULES:
        if rule.kind not in hidden and (finding := rule.finding(evidence)):
            findings.append(finding)
            hidden |= rule.hides
            if rule.alone:
                break
    return tuple(findings[:MOST])

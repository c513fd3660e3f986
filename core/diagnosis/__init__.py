"""The diagnosis of a run: findings in plain words, each with the numbers that show it and a change to try."""

from core.diagnosis.descent_rules import Diverged, Oscillates, Plateau, PoorLoss, StillImproving, TooSlow
from core.diagnosis.evidence import Change, Evidence, Finding, Rule
from core.diagnosis.fit_rules import Collapsed, Miscalibrated, Overfits, Underfits
from core.diagnosis.gradient_rules import DeadUnits, Exploding, Vanishing, ZeroGradient
from core.diagnosis.rates import Rates, stable_rates
from core.training.results import Result

__all__ = ["MOST", "RULES", "Change", "Evidence", "Finding", "Rates", "Rule", "diagnose", "stable_rates"]

#: the largest number of findings of a run
MOST = 3
#: all rules, the most important first
RULES: tuple[Rule, ...] = (
    ZeroGradient(), Diverged(), DeadUnits(), Exploding(), Oscillates(), Vanishing(), TooSlow(), PoorLoss(), Collapsed(), Overfits(), Underfits(), Plateau(),
    StillImproving(), Miscalibrated(),
)  # fmt: skip


def diagnose(result: Result, run: int, rates: Rates | None = None) -> tuple[Finding, ...]:
    """Return at most `MOST` findings of run `run`, the most important first.

    A finding hides those of later rules that it explains; a finding of a rule with `alone` hides all of them.
    `rates` is the result of `stable_rates` for a run that diverged, None without one.
    """
    evidence, findings, hidden = Evidence(result, run, rates), list[Finding](), set[str]()
    for rule in RULES:
        if rule.kind not in hidden and (finding := rule.finding(evidence)):
            findings.append(finding)
            hidden |= rule.hides
            if rule.alone:
                break
    return tuple(findings[:MOST])

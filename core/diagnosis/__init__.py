"""What can be said of a run in plain words, with the numbers that show it and a change to try."""

from core.diagnosis.descent_rules import DeadUnits, Diverged, Exploding, Oscillates, Plateau, PoorLoss, StillImproving, TooSlow, Vanishing, ZeroGradient
from core.diagnosis.evidence import Change, Evidence, Finding, Rule
from core.diagnosis.fit_rules import Collapsed, Miscalibrated, Overfits, Underfits
from core.diagnosis.rates import Rates, stable_rates
from core.training.results import Result

__all__ = ["MOST", "RULES", "Change", "Evidence", "Finding", "Rates", "Rule", "diagnose", "stable_rates"]

#: at most so many things are said of a run
MOST = 3
#: the most important first
RULES: tuple[Rule, ...] = (
    ZeroGradient(), Diverged(), DeadUnits(), Exploding(), Oscillates(), Vanishing(), TooSlow(), PoorLoss(), Collapsed(), Overfits(), Underfits(), Plateau(),
    StillImproving(), Miscalibrated(),
)  # fmt: skip


def diagnose(result: Result, run: int, rates: Rates | None = None) -> tuple[Finding, ...]:
    """Return what is to be said of run `run`, the most important first; nothing if nothing is remarkable.

    A failure is said alone. `rates` is what `stable_rates` found for a run that diverged.
    """
    seen, found, hidden = Evidence(result, run, rates), list[Finding](), set[str]()
    for rule in RULES:
        if rule.kind not in hidden and (finding := rule.finding(seen)):
            found.append(finding)
            hidden |= rule.hides
            if rule.alone:
                break
    return tuple(found[:MOST])

"""The rule about losses that hold a run at a poor minimum, or let it grow more certain than is true."""

from __future__ import annotations

from dataclasses import replace

from core.diagnosis.changes import Change
from core.diagnosis.evidence import Evidence
from core.diagnosis.rule import Finding, Rule
from core.losses import LOSSES
from core.tasks import CLASSIFICATION, REGRESSION
from core.words import Figure, Said

#: a training loss that has fallen by less than this share of its first value has hardly fallen
HARDLY = 0.1


class PoorLoss(Rule):
    """The loss is not convex, so it is flat far from its minimum or has several minima, and the run ends at a poor one.

    The training loss hardly falls while the skill is low; or the reference does better; or the scores are too large on the training rows, too: where a
    confident mistake costs little, they may grow beyond what is true (of proper scores: Gneiting and Raftery, JASA 102, 2007).
    """

    kind = "poor_loss"
    hides = frozenset({"too_slow", "collapsed", "underfits", "too_fast", "miscalibrated", "still_improving"})
    #: the skill must be below this; with a higher skill the loss hardly falls because it began near its minimum
    SKILL = 0.5
    #: the convex loss to try, by task; Huber is also robust
    INSTEAD = {REGRESSION: "huber", CLASSIFICATION: "cross_entropy"}

    def finding(self, evidence: Evidence) -> Finding | None:
        loss, instead = evidence.run.loss, LOSSES[self.INSTEAD[evidence.result.data.task]]()
        stays = (evidence.fall < HARDLY) & (evidence.skill("validation") < self.SKILL)
        poor = stays | evidence.behind(0.1, 3.0) | evidence.below(0.1, 3.0) | evidence.dull
        certain = loss.bounded and evidence.size > 0
        if loss.convex or not len(evidence.rises) or not (evidence.holds(poor) or certain):
            return None
        title = Said(loss.title)
        why = Said("{loss} is bounded, so what is far off hardly pulls.", loss=title)
        if not loss.bounded:
            why = Said("{loss} is not convex, so it can hold the model far from its minimum.", loss=title)
        change = Change(Said(instead.title), replace(evidence.run, loss=instead))
        if evidence.holds(stays):
            what = Said(
                "{stays}: {share} in {epochs} epochs", stays=evidence.in_seeds(Said("The loss does not fall"), stays),
                share=evidence.percent(evidence.fall, stays), epochs=evidence.epoch(evidence.last, stays),
            )  # fmt: skip
            return self.report(Said("{what}. {why}", what=what, why=why), change)
        if evidence.holds(poor):
            return self.report(
                Said(
                    "{poor}: {fit}. {other} finds {skill}. {why}",
                    poor=evidence.in_seeds(Said("The loss falls to a poor minimum"), poor), fit=evidence.fit_in_words(poor),
                    other=evidence.reference.best[0], skill=evidence.reference_in_words(), why=why,
                ),
                change,
            )  # fmt: skip
        sharpness = evidence.sharpness
        return self.report(
            Said(
                "{certain}: scores divided by {divisor} would have a log loss of {after} on the validation rows instead of {before}, and a lower one on the "
                "training rows, too. Under {loss} a confident mistake costs little.",
                certain=evidence.of_seed_0(Said("Too certain")), divisor=Figure(sharpness.divisor, ".2g"), after=Figure(sharpness.after, ".3g"),
                before=Figure(sharpness.before, ".3g"), loss=title,
            ),
            change,
        )  # fmt: skip

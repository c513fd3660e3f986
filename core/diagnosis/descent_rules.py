"""Rules about the course of the training: whether and how the loss falls, and how large the gradient is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.diagnosis.evidence import Change, Evidence, Finding, Rule, alternations, faster, looser, percent, slower, with_rate
from core.losses import LOSSES
from core.optimizers import OPTIMIZERS
from core.schedules import SCHEDULES
from core.tasks import CLASSIFICATION, REGRESSION

#: a training loss that has fallen by less than this share of its first value has hardly fallen
HARDLY = 0.1


class Diverged(Rule):
    """At least one seed diverged: its loss or gradient was no longer a number, or its loss passed 10⁶ times its first value. The engine froze it."""

    kind, severity, alone = "diverged", "failure", True

    def finding(self, evidence: Evidence) -> Finding | None:
        diverged_at = evidence.result.diverged_at[:, evidence.index]
        shows = diverged_at >= 0
        if not shows.any():
            return None
        rate, rates = evidence.run.learning_rate, evidence.rates
        sentence = f"Diverged at epoch {diverged_at[shows].min()}{evidence.seeds(shows)}: η {rate:g} is too large."
        if rates is None or rates.through < diverged_at.max():
            return self.report(f"{sentence} Try a smaller one.", with_rate(evidence.run, rate / 10))
        if rates.stable is None or rates.best is None:
            clipped = None if evidence.run.clip_norm else Change("clipping at 1", replace(evidence.run, clip_norm=1.0))
            return self.report(f"{sentence} So are {len(rates.tried)} smaller ones, down to {rates.tried[-1]:g}: something else is wrong.", clipped)
        best = "" if rates.best == rates.stable else f" With η {rates.best:g} the validation loss ends lowest."
        return self.report(
            f"{sentence} Of {len(rates.tried)} smaller ones the largest that does not diverge, up to epoch {rates.through}, is {rates.stable:g}.{best}",
            Change(f"η {rates.best:g}", replace(evidence.run, learning_rate=rates.best)),
        )


class ZeroGradient(Rule):
    """The gradient of the loss is 0 wherever it exists, so it gives no direction."""

    kind, severity, alone = "zero gradient", "failure", True

    def finding(self, evidence: Evidence) -> Finding | None:
        if evidence.run.loss.informative:
            return None
        moved = np.nansum(evidence.values("update_norm")) > 0
        moves = " What moves is the work of its penalty or decay." if moved else ""
        instead = LOSSES["cross_entropy"]()  # only losses of a classification have a zero gradient
        return self.report(
            f"Stands still: the gradient of {evidence.run.loss.title} is 0 wherever it exists, so no step is better than another.{moves}",
            Change(instead.title, replace(evidence.run, loss=instead)),
        )


class DeadUnits(Rule):
    """Many ReLU units of a layer are 0 for every training row. Their gradient is 0, so they stay at 0.

    Sources: Glorot, Bordes and Bengio, AISTATS 2011; He et al., arXiv:1502.01852.
    """

    kind = "dead units"
    hides = frozenset({"vanishing gradient", "too slow", "poor loss", "collapsed", "underfits", "plateau", "still improving"})
    #: the smallest share of a layer's units; a He-initialised network begins with a far smaller one
    SHARE = 1 / 3

    def finding(self, evidence: Evidence) -> Finding | None:
        if evidence.result.experiment.model.nonlinearity != "relu":
            return None
        layers = evidence.silent_units()
        layer = max(range(len(layers)), key=lambda i: layers[i][0] / layers[i][1])
        dead, units = layers[layer]
        if dead < self.SHARE * units:
            return None
        loosened = looser(evidence.run, evidence.result.experiment.model.widths)
        constant = " The model gives every row the same answer." if dead == units else ""
        return self.report(
            f"{dead} of the {units} units of hidden layer {layer + 1} are dead{evidence.of_seed}: 0 for every training row, so no gradient reaches them. "
            f"{'A strong penalty' if loosened else 'Too large a step'} can do that.{constant}",
            loosened or slower(evidence.run, 10),
        )


class Exploding(Rule):
    """The gradient grew to many times its norm before the first update, and the loss grew too. Source: Pascanu, Mikolov and Bengio, ICML 2013."""

    kind = "exploding gradient"
    hides = frozenset({"oscillates", "still improving"})
    #: the largest norm must be above this many times the norm before the first update
    FACTOR = 10.0
    #: and the training loss must have been above this many times its first value; a large gradient does no harm while the loss falls
    WORSE = 1.5

    def finding(self, evidence: Evidence) -> Finding | None:
        norms = evidence.values("gradient_norm")[1:]
        if not len(norms) or evidence.run.clip_norm:
            return None
        first, peak = float(np.linalg.norm(evidence.first_gradient)), np.nanmax(norms, axis=0)
        worse = np.nanmax(evidence.training, axis=0) > self.WORSE * np.abs(evidence.training[0])
        shows = (peak > self.FACTOR * first) & worse
        if not first or not evidence.holds(shows):
            return None
        limit, rate, epoch = float(f"{first:.1g}"), evidence.run.learning_rate, evidence.epoch(1 + np.nanargmax(norms, axis=0), shows)
        clipped = Change(f"clipping at {limit:g}", replace(evidence.run, clip_norm=limit))
        return self.report(
            f"The gradient explodes{evidence.seeds(shows)}: its norm is {evidence.typical(peak, shows):.3g} in epoch {epoch}, "
            f"after {first:.2g} before the first update.",
            # a rate this far above the suggested one is the cause; clipping does not help optimizers that rescale their steps
            slower(evidence.run, 10) if rate > 10 * evidence.run.optimizer.learning_rate else clipped,
        )


class Oscillates(Rule):
    """In the second half of the epochs the training loss rises about as often as it falls, by a large share of its level: the steps are too large."""

    kind = "oscillates"
    hides = frozenset({"poor loss", "underfits", "plateau", "still improving", "overfits"})
    #: the smallest share of neighbouring epochs between which the loss changes its direction; for random changes it would be a half
    TURNS = 0.4
    #: the smallest median change from epoch to epoch: as a share of the loss's level, and as a share of its first value
    OF_LEVEL, OF_FIRST = 0.15, 0.01
    #: the smallest number of changes in the second half
    LEAST = 6

    def finding(self, evidence: Evidence) -> Finding | None:
        half = len(evidence.rises) // 2
        rises, losses = evidence.rises[half:], evidence.training[half:]
        if len(rises) < self.LEAST:
            return None
        of_first = np.median(np.abs(rises), axis=0)
        of_level = np.median(np.abs(np.diff(losses, axis=0)), axis=0) / np.maximum(np.abs(np.median(losses, axis=0)), np.finfo(float).tiny)
        turns = np.array([alternations(rises[:, seed]) for seed in range(rises.shape[1])])
        shows = (turns >= self.TURNS) & (of_level >= self.OF_LEVEL) & (of_first >= self.OF_FIRST)
        if not evidence.holds(shows):
            return None
        return self.report(
            f"Oscillates{evidence.seeds(shows)}: in the second half the training loss changes by {evidence.typical(of_level, shows):.0%} of its level "
            f"from epoch to epoch, and turns in {evidence.typical(turns, shows):.0%} of them. Smaller steps or larger batches calm it.",
            slower(evidence.run, 3),
        )


class Vanishing(Rule):
    """The first layer's gradient is a small fraction of the last layer's, so the first layer hardly learns. Source: Glorot and Bengio, AISTATS 2010."""

    kind = "vanishing gradient"
    hides = frozenset({"too slow", "poor loss", "collapsed", "underfits", "plateau"})
    #: the first layer's gradient must be below this many times the last layer's
    RATIO = 0.05
    #: and the lowest training loss must be above this share of the first
    LEFT = 0.5

    def finding(self, evidence: Evidence) -> Finding | None:
        widths = evidence.result.experiment.model.widths
        shows = evidence.fall < 1 - self.LEFT
        if len(widths) < 2 or not evidence.holds(shows):
            return None
        layers = evidence.layer_gradients()
        if not layers[0] < self.RATIO * layers[-1]:
            return None
        adam = OPTIMIZERS["adam"]
        adaptive = "adam" in evidence.run.optimizer.kind
        return self.report(
            f"The gradient vanishes on its way back{evidence.of_seed}: at the start it is {layers[-1]:.2g} a weight in the last layer and {layers[0]:.2g} "
            f"in the first. Fewer layers or ReLU units carry it further{'' if adaptive else ', and Adam scales the steps of each weight by themselves'}.",
            None if adaptive else Change("Adam", replace(evidence.run, optimizer=adam(), learning_rate=adam.learning_rate)),
        )


class TooSlow(Rule):
    """The training loss falls evenly but by little in all: the run needs many times as many steps, or larger ones."""

    kind = "too slow"
    hides = frozenset({"poor loss", "collapsed", "underfits", "plateau", "miscalibrated", "still improving"})
    #: the loss has fallen by less than this share of its first value
    LITTLE = 0.25
    #: the smallest share of the epochs in which the loss falls; for random changes it would be a half
    STEADY = 0.8
    #: the smallest ratio of the recent fall to that of a straight line; it is small for a curve that has settled
    EVEN = 0.5

    def finding(self, evidence: Evidence) -> Finding | None:
        if not len(evidence.rises):
            return None
        steady = (evidence.rises < 0).sum(axis=0) >= self.STEADY * evidence.last
        recent_share = np.minimum(evidence.recent / np.maximum(evidence.last, 1), 1)
        even = evidence.fallen(evidence.training) >= self.EVEN * recent_share * evidence.fall * np.abs(evidence.training[0])
        shows = (evidence.fall < self.LITTLE) & (evidence.fall > 0) & steady & even & ~evidence.stopped
        if not evidence.holds(shows):
            return None
        return self.report(
            f"Learns too slowly{evidence.seeds(shows)}: in {evidence.epoch(evidence.last, shows)} epochs the training loss has fallen by only "
            f"{percent(evidence.typical(evidence.fall, shows))} of what it was, and it falls in nearly each of them. "
            f"η {evidence.run.learning_rate:g} is too small a step.",
            faster(evidence.run, 10 if evidence.run.learning_rate < evidence.run.optimizer.learning_rate else 3),
        )


class PoorLoss(Rule):
    """The training loss hardly falls, the skill is low, and the loss is not convex: it is flat far from its minimum, or has several minima."""

    kind = "poor loss"
    hides = frozenset({"collapsed", "underfits", "plateau", "miscalibrated"})
    #: the skill must be below this; with a higher skill the loss hardly falls because it began near its minimum
    SKILL = 0.5
    #: the convex loss to try, by task; Huber is also robust
    INSTEAD = {REGRESSION: "huber", CLASSIFICATION: "cross_entropy"}

    def finding(self, evidence: Evidence) -> Finding | None:
        loss, instead = evidence.run.loss, LOSSES[self.INSTEAD[evidence.result.data.task]]()
        shows = (evidence.fall < HARDLY) & (evidence.skill("validation") < self.SKILL)
        if loss.convex or not len(evidence.rises) or not evidence.holds(shows):
            return None
        flat = "is bounded, so what is far off hardly pulls" if loss.bounded else "is not convex, so it can hold the model far from its minimum"
        return self.report(
            f"The loss does not fall{evidence.seeds(shows)}: {percent(evidence.typical(evidence.fall, shows))} in "
            f"{evidence.epoch(evidence.last, shows)} epochs. {loss.title} {flat}.",
            Change(instead.title, replace(evidence.run, loss=instead)),
        )


class Plateau(Rule):
    """The training loss fell and then stayed at a level far above 0, while the fit is poor."""

    kind, severity = "plateau", "note"
    #: on a plateau the loss stays within a band of this width, as a share of its first value
    STILL = 0.005
    #: the lowest loss must be above this share of the first; a lower level counts as the end of the training, not as a plateau
    HIGH = 0.1
    #: the skill must be below this; with a higher skill the loss stays where it is because the rest is noise
    SKILL = 0.8

    def finding(self, evidence: Evidence) -> Finding | None:
        since = self._since(evidence)  # (S,)
        shows = (evidence.last - since >= max(5, evidence.recent)) & (evidence.fall >= HARDLY) & (evidence.fall < 1 - self.HIGH) & ~evidence.stopped
        shows &= np.maximum(evidence.skill("train"), evidence.skill("validation")) < self.SKILL
        if not evidence.holds(shows):
            return None
        level = np.abs(evidence.at(evidence.last, "loss", "train") / evidence.training[0])
        loosened = looser(evidence.run, evidence.result.experiment.model.widths)
        constant = evidence.run.schedule.kind == "constant"
        falling_rate = Change("a cosine schedule", replace(evidence.run, schedule=SCHEDULES["cosine"]())) if constant else None
        rate_advice = "A falling rate settles what only jitters; if it stays, the model has no more to give."
        advice = "What regularizes it may hold it there." if loosened else rate_advice
        return self.report(
            f"On a plateau since epoch {evidence.epoch(since, shows)}{evidence.seeds(shows)}: the training loss stays at {evidence.typical(level, shows):.0%} "
            f"of what it was. {advice}",
            loosened or falling_rate,
        )

    def _since(self, evidence: Evidence) -> np.ndarray:
        """Return the first position (S,) from which the training loss stays within the band of `STILL` to the last record."""
        since = []
        for seed, end in enumerate(evidence.last):
            from_the_end = evidence.training[: end + 1, seed][::-1]
            band = np.maximum.accumulate(from_the_end) - np.minimum.accumulate(from_the_end)
            since.append(end + 1 - (band <= self.STILL * abs(evidence.training[0, seed])).sum())
        return np.array(since)


class StillImproving(Rule):
    """The validation loss is lowest at the end and still falls: the training was too short, or its steps were too small."""

    kind, severity = "still improving", "note"
    hides = frozenset({"miscalibrated"})
    #: the smallest fall of the validation loss over the recent records, as a share of the value before them
    LEAST = 0.05
    #: larger steps are advised only if every gradient's norm was below this many times that of the first one
    CALM = 3.0

    def finding(self, evidence: Evidence) -> Finding | None:
        if not evidence.result.complete or len(evidence.result.epochs) < 5:
            return None
        fallen = evidence.improved(evidence.validation)
        shows = (evidence.best >= evidence.last - 1) & (fallen >= self.LEAST) & ~evidence.stopped
        if not evidence.holds(shows):
            return None
        run, peak = evidence.run, np.nanmax(evidence.values("gradient_norm"))
        calm = peak < self.CALM * np.linalg.norm(evidence.first_gradient)
        larger = faster(run, 3) if run.learning_rate <= run.optimizer.learning_rate and run.schedule.kind == "constant" and calm else None
        return self.report(
            f"Still improving at the last epoch{evidence.seeds(shows)}: the validation loss fell by {evidence.typical(fallen, shows):.0%} "
            f"in the last {evidence.recent} epochs. Train longer{', or take larger steps' if larger else ''}.",
            larger,
        )

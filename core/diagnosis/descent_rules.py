"""Rules about the course of the training: whether and how the loss falls."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.diagnosis.changes import Change, clipped, faster, looser, slower, with_rate
from core.diagnosis.evidence import Evidence
from core.diagnosis.rates import Rates
from core.diagnosis.records import alternations
from core.diagnosis.rule import Finding, Rule
from core.words import Figure, Said


class Diverged(Rule):
    """At least one seed diverged: its loss or gradient was no longer a number, or its loss passed 10⁶ times its first value. The engine froze it."""

    kind, severity, alone = "diverged", "failure", True

    def finding(self, evidence: Evidence) -> Finding | None:
        diverged_at = evidence.result.diverged_at[:, evidence.index]
        shows = diverged_at >= 0
        if not shows.any():
            return None
        rates, diverged = evidence.rates, evidence.in_seeds(Said("Diverged at epoch {epoch}", epoch=int(diverged_at[shows].min())), shows)
        rate = Figure(evidence.run.learning_rate, "g")
        if rates is None or rates.through < diverged_at.max():
            sentence = Said("{diverged}: η {rate} is too large. Try a smaller one.", diverged=diverged, rate=rate)
            return self.report(sentence, with_rate(evidence.run, evidence.run.learning_rate / 10))
        if rates.stable is None or rates.best is None:
            return self.report(self._hopeless(diverged, rate, rates), None if evidence.run.clip_norm else clipped(evidence.run, 1.0))
        return self.report(self._stable(diverged, rate, rates, Figure(rates.stable, "g"), Figure(rates.best, "g")), with_rate(evidence.run, rates.best))

    def _hopeless(self, diverged: Said, rate: Figure, rates: Rates) -> Said:
        """Return the sentence on a run that diverges at every smaller rate."""
        last = Figure(rates.tried[-1], "g")
        if len(rates.tried) == 1:
            return Said("{diverged}: η {rate} is too large. So is {last}: something else is wrong.", diverged=diverged, rate=rate, last=last)
        return Said(
            "{diverged}: η {rate} is too large. So are {count} smaller ones, down to {last}: something else is wrong.",
            diverged=diverged, rate=rate, count=len(rates.tried), last=last,
        )  # fmt: skip

    def _stable(self, diverged: Said, rate: Figure, rates: Rates, stable: Figure, best: Figure) -> Said:
        """Return the sentence on the largest rate that does not diverge, and on the best one if it is another."""
        count, through = len(rates.tried), rates.through
        if count == 1:
            return Said(
                "{diverged}: η {rate} is too large. The smaller {stable} does not diverge, up to epoch {through}.",
                diverged=diverged, rate=rate, stable=stable, through=through,
            )  # fmt: skip
        if best == stable:
            return Said(
                "{diverged}: η {rate} is too large. Of {count} smaller ones the largest that does not diverge, up to epoch {through}, is {stable}.",
                diverged=diverged, rate=rate, count=count, through=through, stable=stable,
            )  # fmt: skip
        return Said(
            "{diverged}: η {rate} is too large. Of {count} smaller ones the largest that does not diverge, up to epoch {through}, is {stable}. "
            "With η {best} the validation loss ends lowest.",
            diverged=diverged, rate=rate, count=count, through=through, stable=stable, best=best,
        )  # fmt: skip


class Oscillates(Rule):
    """In the second half of the epochs the training loss rises about as often as it falls, by a large share of its level, and the reference does better."""

    kind = "oscillates"
    hides = frozenset({"poor_loss", "underfits", "too_fast", "still_improving", "overfits"})
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
        shows = (turns >= self.TURNS) & (of_level >= self.OF_LEVEL) & (of_first >= self.OF_FIRST) & evidence.below(0.1, 3.0)
        if not evidence.holds(shows):
            return None
        return self.report(
            Said(
                "{oscillates}: in the second half the training loss changes by {share} of its level from epoch to epoch, and turns in {turns} of them. "
                "Smaller steps or larger batches calm it.",
                oscillates=evidence.in_seeds(Said("Oscillates"), shows), share=evidence.percent(of_level, shows),
                turns=evidence.percent(turns, shows),
            ),
            slower(evidence.run, 3),
        )  # fmt: skip


class Clipped(Rule):
    """The clipping shortens nearly every gradient to a fraction, and the reference does better, or the loss still falls."""

    kind = "clipped"
    hides = frozenset({"too_slow", "few_epochs", "poor_loss", "collapsed", "underfits", "too_fast", "still_improving", "vanishing_gradient", "miscalibrated"})
    #: optimizers whose steps shrink with the gradient; the others rescale it
    OPTIMIZERS = ("sgd", "momentum", "nesterov", "heavy_ball")
    #: the gradient is longer than this many times the limit in this share of the epochs
    TIMES, SHARE = 2.0, 0.8
    #: the recent fall of the training loss, as a share of what it was
    FALLING = 0.02

    def finding(self, evidence: Evidence) -> Finding | None:
        run, norms = evidence.run, evidence.values("gradient_norm")[1:]
        if not run.clip_norm or not len(norms) or run.optimizer.kind not in self.OPTIMIZERS:
            return None
        held = (norms > self.TIMES * run.clip_norm).mean(axis=0)
        shows = (held >= self.SHARE) & (evidence.poor() | (evidence.improved(evidence.training) >= self.FALLING))
        if not evidence.holds(shows):
            return None
        return self.report(
            Said(
                "{held}: it shortens the gradients of {share} of the epochs, which are {norm} long on average, to {limit}. The steps are that much smaller.",
                held=evidence.in_seeds(Said("Clipping holds the steps"), shows), share=evidence.percent(held, shows),
                norm=evidence.figure(np.nanmean(norms, axis=0), shows), limit=Figure(run.clip_norm, "g"),
            ),
            Change(Said("no clipping"), replace(run, clip_norm=0.0)),
        )  # fmt: skip


class FewEpochs(Rule):
    """The training ended after one to three epochs, and its loss was falling."""

    kind, severity = "few_epochs", "note"
    hides = frozenset({"dead_units", "too_slow", "poor_loss", "collapsed", "rare_class", "underfits", "too_fast", "still_improving", "miscalibrated"})
    #: the largest number of epochs; the smallest fall of the training loss in the last one, as a share of what it was
    MOST, LEAST = 3, 0.02

    def finding(self, evidence: Evidence) -> Finding | None:
        if not evidence.result.complete or evidence.result.experiment.epochs > self.MOST or len(evidence.training) < 2:
            return None
        fallen = 1 - evidence.training[-1] / np.maximum(np.abs(evidence.training[-2]), np.finfo(float).tiny)
        shows = (fallen >= self.LEAST) | evidence.behind()
        if not evidence.holds(shows):
            return None
        epochs = evidence.result.experiment.epochs
        few = Said("A single epoch") if epochs == 1 else Said("Only {count} epochs", count=epochs)
        return self.report(
            Said(
                "{few}: in the last one the training loss changed by {share}. Train longer before anything else is judged.",
                few=evidence.in_seeds(few, shows),
                share=evidence.percent(-fallen, shows),
            )
        )  # fmt: skip


class TooFast(Rule):
    """The rate is far above the usual one of its optimizer, and the reference knows more, or the scores have grown far too large."""

    kind = "too_fast"
    hides = frozenset({"overfits", "exploded_loss", "still_improving", "miscalibrated"})
    #: the rate is above this many times the suggested one
    TIMES = 30.0

    def finding(self, evidence: Evidence) -> Finding | None:
        run = evidence.run
        times = run.learning_rate / run.optimizer.learning_rate
        if times < self.TIMES or looser(run, evidence.model.widths) is not None:
            return None
        shows = evidence.below() | (evidence.log_loss_ahead > 0)
        rate, usually = Figure(run.learning_rate, "g"), Figure(times, ".0f")
        if evidence.holds(shows):
            return self.report(
                Said(
                    "{fast}: η {rate} is {times} times what usually suits {optimizer}, and {other} does better on the validation rows: {skill}.",
                    fast=evidence.in_seeds(Said("Steps too large"), shows), rate=rate, times=usually, optimizer=Said(run.optimizer.title),
                    other=evidence.reference.best[0], skill=evidence.reference_in_words(),
                ),
                slower(run, 3),
            )  # fmt: skip
        if not evidence.sharpness.far:
            return None
        sharpness = evidence.sharpness
        return self.report(
            Said(
                "{fast}: η {rate} is {times} times what usually suits {optimizer}, and the scores have grown far too large. Divided by {divisor} they have a "
                "log loss of {after} on the validation rows instead of {before}.",
                fast=evidence.of_seed_0(Said("Steps too large")), rate=rate, times=usually, optimizer=Said(run.optimizer.title),
                divisor=Figure(sharpness.divisor, ".2g"), after=Figure(sharpness.after, ".3g"), before=Figure(sharpness.before, ".3g"),
            ),
            slower(run, 3),
        )  # fmt: skip


class TooSlow(Rule):
    """The training loss falls evenly but by little in all: the run needs many times as many steps, or larger ones."""

    kind = "too_slow"
    hides = frozenset({"collapsed", "underfits", "too_fast", "miscalibrated", "still_improving"})
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
            Said(
                "{slow}: in {epochs} epochs the training loss has fallen by only {share} of what it was, and it falls in nearly each of them. "
                "η {rate} is too small a step.",
                slow=evidence.in_seeds(Said("Learns too slowly"), shows), epochs=evidence.epoch(evidence.last, shows),
                share=evidence.percent(evidence.fall, shows), rate=Figure(evidence.run.learning_rate, "g"),
            ),
            faster(evidence.run, 10 if evidence.run.learning_rate < evidence.run.optimizer.learning_rate else 3),
        )  # fmt: skip


class StillImproving(Rule):
    """The validation loss is lowest at the end and still falls: the training was too short, or its steps were too small."""

    kind, severity = "still_improving", "note"
    hides = frozenset({"miscalibrated"})
    #: the smallest fall of both losses over the recent records, as a share of the value before them: where the reference knows more, where it knows more by a
    #: standard error, and where it does not
    LEAST, LITTLE, MUCH = 0.1, 0.04, 0.2
    #: the smallest fall of the validation loss in standard errors, row by row and from epoch to epoch
    ERRORS = 2.0
    #: larger steps are advised only if every gradient's norm was below this many times that of the first one
    CALM = 3.0

    def finding(self, evidence: Evidence) -> Finding | None:
        if not evidence.result.complete or len(evidence.result.epochs) < 5:
            return None
        fallen, trained = evidence.improved(evidence.validation), evidence.improved(evidence.training)
        much = (fallen >= self.LEAST) & (trained >= self.LEAST)
        much &= (evidence.lead > 0) | (fallen >= self.MUCH)
        little = (fallen >= self.LITTLE) & (trained >= self.LITTLE) & (evidence.lead > evidence.doubt)
        shows = (evidence.best >= evidence.last - 1) & (much | little) & ~evidence.stopped
        if not evidence.holds(shows):
            return None
        error = np.hypot(evidence.change_error(np.maximum(evidence.last - evidence.recent, 0)), evidence.noise(evidence.validation))
        shows &= evidence.fallen(evidence.validation) >= self.ERRORS * error
        if not evidence.holds(shows):
            return None
        run, peak = evidence.run, np.nanmax(evidence.values("gradient_norm"))
        calm = peak < self.CALM * np.linalg.norm(evidence.first_gradient)
        ahead, doubt = evidence.lead_on_all
        gains = (evidence.lead > 0) & ((fallen >= self.MUCH) | (ahead > self.ERRORS * doubt))  # a run that knows all that others know has little to gain
        slow = run.learning_rate <= run.optimizer.learning_rate and run.schedule.kind == "constant"
        larger = with_rate(run, 3 * run.learning_rate) if slow and calm and evidence.holds(shows & gains) else None
        return self.report(
            Said(
                "{improving}: the validation loss fell by {share} in the last {epochs} epochs. Train longer, or take larger steps."
                if larger
                else "{improving}: the validation loss fell by {share} in the last {epochs} epochs. Train longer.",
                improving=evidence.in_seeds(Said("Still improving at the last epoch"), shows), share=evidence.percent(fallen, shows),
                epochs=evidence.recent,
            ),
            larger,
        )  # fmt: skip

"""Rules on how the training goes: whether the loss falls, how, and what the gradient says of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.diagnosis.evidence import Change, Evidence, Finding, Rule, alternations, faster, looser, percent, slower, with_rate
from core.losses import LOSSES
from core.optimizers import OPTIMIZERS
from core.schedules import SCHEDULES
from core.tasks import CLASSIFICATION, REGRESSION

#: a training loss that has not lost this share of its first value has hardly fallen
HARDLY = 0.1


class Diverged(Rule):
    """The engine froze a seed: its loss or gradient was no longer a number, or its loss passed 10⁶ times that of the start. One seed is enough."""

    kind, severity, alone = "diverged", "failure", True

    def finding(self, seen: Evidence) -> Finding | None:
        lost = seen.result.diverged_at[:, seen.index]
        shows = lost >= 0
        if not shows.any():
            return None
        rate, rates = seen.run.learning_rate, seen.rates
        sentence = f"Diverged at epoch {lost[shows].min()}{seen.seeds(shows)}: η {rate:g} is too large."
        if rates is None or rates.through < lost.max():
            return self.found(f"{sentence} Try a smaller one.", with_rate(seen.run, rate / 10))
        if rates.stable is None or rates.best is None:
            clipped = None if seen.run.clip_norm else Change("clipping at 1", replace(seen.run, clip_norm=1.0))
            return self.found(f"{sentence} So are {len(rates.tried)} smaller ones, down to {rates.tried[-1]:g}: something else is wrong.", clipped)
        best = "" if rates.best == rates.stable else f" With η {rates.best:g} the validation loss ends lowest."
        return self.found(
            f"{sentence} Of {len(rates.tried)} smaller ones the largest that does not diverge, up to epoch {rates.through}, is {rates.stable:g}.{best}",
            Change(f"η {rates.best:g}", replace(seen.run, learning_rate=rates.best)),
        )


class ZeroGradient(Rule):
    """A loss whose gradient is 0 wherever it exists gives no direction."""

    kind, severity, alone = "zero gradient", "failure", True

    def finding(self, seen: Evidence) -> Finding | None:
        if seen.run.loss.informative:
            return None
        moved = np.nansum(seen.values("update_norm")) > 0
        moves = " What moves is the work of its penalty or decay." if moved else ""
        instead = LOSSES["cross_entropy"]()  # losses without a gradient are of classes
        return self.found(
            f"Stands still: the gradient of {seen.run.loss.title} is 0 wherever it exists, so no step is better than another.{moves}",
            Change(instead.title, replace(seen.run, loss=instead)),
        )


class DeadUnits(Rule):
    """ReLU units that are 0 for every training row have no gradient and never come back.

    A third of a layer is far more than a He-initialised network begins with. Sources: Glorot, Bordes and Bengio, AISTATS 2011; He et al., arXiv:1502.01852.
    """

    kind = "dead units"
    hides = frozenset({"vanishing gradient", "too slow", "poor loss", "collapsed", "underfits", "plateau", "still improving"})
    SHARE = 1 / 3

    def finding(self, seen: Evidence) -> Finding | None:
        if seen.result.experiment.model.nonlinearity != "relu":
            return None
        layers = seen.silent_units()
        layer = max(range(len(layers)), key=lambda i: layers[i][0] / layers[i][1])
        dead, units = layers[layer]
        if dead < self.SHARE * units:
            return None
        loose = looser(seen.run, seen.result.experiment.model.widths)
        nothing = " The model gives every row the same answer." if dead == units else ""
        return self.found(
            f"{dead} of the {units} units of hidden layer {layer + 1} are dead{seen.of_seed}: 0 for every training row, so no gradient reaches them. "
            f"{'A strong penalty' if loose else 'Too large a step'} can do that.{nothing}",
            loose or slower(seen.run, 10),
        )


class Exploding(Rule):
    """The gradient is many times what it was before the first update. Source: Pascanu, Mikolov and Bengio, ICML 2013, who clip its norm."""

    kind = "exploding gradient"
    hides = frozenset({"oscillates", "still improving"})
    FACTOR = 10.0
    #: ... and the training loss was above so many times its first value: where it fell all the same, no harm was done
    WORSE = 1.5

    def finding(self, seen: Evidence) -> Finding | None:
        norms = seen.values("gradient_norm")[1:]
        if not len(norms) or seen.run.clip_norm:
            return None
        first, peak = float(np.linalg.norm(seen.first_gradient)), np.nanmax(norms, axis=0)
        worse = np.nanmax(seen.training, axis=0) > self.WORSE * np.abs(seen.training[0])
        shows = (peak > self.FACTOR * first) & worse
        if not first or not seen.holds(shows):
            return None
        limit, rate, epoch = float(f"{first:.1g}"), seen.run.learning_rate, seen.epoch(1 + np.nanargmax(norms, axis=0), shows)
        clipped = Change(f"clipping at {limit:g}", replace(seen.run, clip_norm=limit))
        return self.found(
            f"The gradient explodes{seen.seeds(shows)}: its norm is {seen.typical(peak, shows):.3g} in epoch {epoch}, "
            f"after {first:.2g} before the first update.",
            slower(seen.run, 10) if rate > 10 * seen.run.optimizer.learning_rate else clipped,  # what rescales its steps is not helped by clipping
        )


class Oscillates(Rule):
    """The training loss goes up about as often as down, by much of its own size: steps overshoot the valley."""

    kind = "oscillates"
    hides = frozenset({"poor loss", "underfits", "plateau", "still improving", "overfits"})
    #: of the epochs after the first few, the share in which the loss turns; a fair coin turns in half of them
    TURNS = 0.4
    #: how much it moves in an epoch: as a share of its level, and of its first value
    OF_LEVEL, OF_FIRST = 0.15, 0.01
    LEAST = 6

    def finding(self, seen: Evidence) -> Finding | None:
        half = len(seen.steps) // 2
        steps, level = seen.steps[half:], seen.training[half:]
        if len(steps) < self.LEAST:
            return None
        size = np.median(np.abs(steps), axis=0)
        of_level = np.median(np.abs(np.diff(level, axis=0)), axis=0) / np.maximum(np.abs(np.median(level, axis=0)), np.finfo(float).tiny)
        turns = np.array([alternations(steps[:, seed]) for seed in range(steps.shape[1])])
        shows = (turns >= self.TURNS) & (of_level >= self.OF_LEVEL) & (size >= self.OF_FIRST)
        if not seen.holds(shows):
            return None
        return self.found(
            f"Oscillates{seen.seeds(shows)}: in the second half the training loss changes by {seen.typical(of_level, shows):.0%} of its level "
            f"from epoch to epoch, and turns in {seen.typical(turns, shows):.0%} of them. Smaller steps or larger batches calm it.",
            slower(seen.run, 3),
        )


class Vanishing(Rule):
    """The first layer's gradient is a small fraction of the last layer's, so it hardly learns. Source: Glorot and Bengio, AISTATS 2010."""

    kind = "vanishing gradient"
    hides = frozenset({"too slow", "poor loss", "collapsed", "underfits", "plateau"})
    RATIO = 0.05
    #: ... and the loss has kept this share of its first value
    LEFT = 0.5

    def finding(self, seen: Evidence) -> Finding | None:
        widths = seen.result.experiment.model.widths
        shows = seen.fall < 1 - self.LEFT
        if len(widths) < 2 or not seen.holds(shows):
            return None
        layers = seen.layer_gradients()
        if not layers[0] < self.RATIO * layers[-1]:
            return None
        adam = OPTIMIZERS["adam"]
        adaptive = "adam" in seen.run.optimizer.kind
        return self.found(
            f"The gradient vanishes on its way back{seen.of_seed}: at the start it is {layers[-1]:.2g} a weight in the last layer and {layers[0]:.2g} "
            f"in the first. Fewer layers or ReLU units carry it further{'' if adaptive else ', and Adam scales the steps of each weight by themselves'}.",
            None if adaptive else Change("Adam", replace(seen.run, optimizer=adam(), learning_rate=adam.learning_rate)),
        )


class TooSlow(Rule):
    """The training loss falls evenly and by little: it would need many times the steps, or larger ones."""

    kind = "too slow"
    hides = frozenset({"poor loss", "collapsed", "underfits", "plateau", "miscalibrated", "still improving"})
    LITTLE = 0.25
    #: share of the epochs in which the loss falls; of noise, half
    STEADY = 0.8
    #: what it fell lately, in parts of what an even fall would be: a curve that has come to its end falls less
    EVEN = 0.5

    def finding(self, seen: Evidence) -> Finding | None:
        if not len(seen.steps):
            return None
        steady = (seen.steps < 0).sum(axis=0) >= self.STEADY * seen.last
        even = seen.fallen(seen.training) >= self.EVEN * np.minimum(seen.recent / np.maximum(seen.last, 1), 1) * seen.fall * np.abs(seen.training[0])
        shows = (seen.fall < self.LITTLE) & (seen.fall > 0) & steady & even & ~seen.stopped
        if not seen.holds(shows):
            return None
        return self.found(
            f"Learns too slowly{seen.seeds(shows)}: in {seen.epoch(seen.last, shows)} epochs the training loss has fallen by only "
            f"{percent(seen.typical(seen.fall, shows))} of what it was, and it falls in nearly each of them. η {seen.run.learning_rate:g} is too small a step.",
            faster(seen.run, 10 if seen.run.learning_rate < seen.run.optimizer.learning_rate else 3),
        )


class PoorLoss(Rule):
    """The training loss hardly falls and little is known, and the loss is one that is flat far from its minimum, or has several."""

    kind = "poor loss"
    hides = frozenset({"collapsed", "underfits", "plateau", "miscalibrated"})
    #: of what can be known; a loss that begins near its minimum does not fall either
    SKILL = 0.5
    #: convex, and for a regression as robust as it gets
    INSTEAD = {REGRESSION: "huber", CLASSIFICATION: "cross_entropy"}

    def finding(self, seen: Evidence) -> Finding | None:
        loss, instead = seen.run.loss, LOSSES[self.INSTEAD[seen.result.data.task]]()
        shows = (seen.fall < HARDLY) & (seen.skill("validation") < self.SKILL)
        if loss.convex or not len(seen.steps) or not seen.holds(shows):
            return None
        flat = "is bounded, so what is far off hardly pulls" if loss.bounded else "is not convex, so it can hold the model far from its minimum"
        return self.found(
            f"The loss does not fall{seen.seeds(shows)}: {percent(seen.typical(seen.fall, shows))} in {seen.epoch(seen.last, shows)} epochs. "
            f"{loss.title} {flat}.",
            Change(instead.title, replace(seen.run, loss=instead)),
        )


class Plateau(Rule):
    """The training loss fell, then stands still at a level that is far from 0, and the fit is no good one."""

    kind, severity = "plateau", "note"
    #: it stands still where it changes by less than this share of its first value in all
    STILL = 0.005
    #: a level below this share of the first value is an end, no plateau
    HIGH = 0.1
    #: of what can be known; above it the plateau is where the noise begins
    SKILL = 0.8

    def finding(self, seen: Evidence) -> Finding | None:
        since = self._since(seen)
        shows = (seen.last - since >= max(5, seen.recent)) & (seen.fall >= HARDLY) & (seen.fall < 1 - self.HIGH) & ~seen.stopped
        shows &= np.maximum(seen.skill("train"), seen.skill("validation")) < self.SKILL
        if not seen.holds(shows):
            return None
        level = np.abs(seen.at(seen.last, "loss", "train") / seen.training[0])
        loose = looser(seen.run, seen.result.experiment.model.widths)
        falling = Change("a cosine schedule", replace(seen.run, schedule=SCHEDULES["cosine"]())) if seen.run.schedule.kind == "constant" else None
        advice = "What regularizes it may hold it there." if loose else "A falling rate settles what only jitters; if it stays, the model has no more to give."
        return self.found(
            f"On a plateau since epoch {seen.epoch(since, shows)}{seen.seeds(shows)}: the training loss stays at {seen.typical(level, shows):.0%} "
            f"of what it was. {advice}",
            loose or falling,
        )

    def _since(self, seen: Evidence) -> np.ndarray:
        """Return the position (S,) from which on the training loss stays within a narrow band up to the end."""
        since = []
        for seed, end in enumerate(seen.last):
            losses = seen.training[: end + 1, seed][::-1]
            band = np.maximum.accumulate(losses) - np.minimum.accumulate(losses)
            since.append(end + 1 - (band <= self.STILL * abs(seen.training[0, seed])).sum())
        return np.array(since)


class StillImproving(Rule):
    """The validation loss is lowest at the end, and falling: the training was too short, or its steps too small."""

    kind, severity = "still improving", "note"
    hides = frozenset({"miscalibrated"})
    #: by so much of its level it has fallen in the last fifth of the epochs
    LEAST = 0.05
    #: larger steps are advised up to a few times the suggested rate, and only where no gradient was so many times the first one
    CALM = 3.0

    def finding(self, seen: Evidence) -> Finding | None:
        if not seen.result.complete or len(seen.result.epochs) < 5:
            return None
        fallen = seen.improved(seen.validation)
        shows = (seen.best >= seen.last - 1) & (fallen >= self.LEAST) & ~seen.stopped
        if not seen.holds(shows):
            return None
        run, peak = seen.run, np.nanmax(seen.values("gradient_norm"))
        room = run.learning_rate <= run.optimizer.learning_rate and run.schedule.kind == "constant" and peak < self.CALM * np.linalg.norm(seen.first_gradient)
        larger = faster(run, 3) if room else None
        return self.found(
            f"Still improving at the last epoch{seen.seeds(shows)}: the validation loss fell by {seen.typical(fallen, shows):.0%} "
            f"in the last {seen.recent} epochs. Train longer{', or take larger steps' if larger else ''}.",
            larger,
        )

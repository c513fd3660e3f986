"""Rules about the gradient: whether there is one, how large it is, and how far it reaches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.diagnosis.changes import Change, clipped, looser, slower, straighter, usual
from core.diagnosis.evidence import Evidence
from core.diagnosis.rule import Finding, Rule
from core.losses import LOSSES
from core.words import Figure, Said


class ZeroGradient(Rule):
    """The gradient of the loss is 0 wherever it exists, so it gives no direction."""

    kind, severity, alone = "zero_gradient", "failure", True

    def finding(self, evidence: Evidence) -> Finding | None:
        if evidence.run.loss.informative:
            return None
        moved = np.nansum(evidence.values("update_norm")) > 0
        instead = LOSSES["cross_entropy"]()  # only losses of a classification have a zero gradient
        return self.report(
            Said(
                "Stands still: the gradient of {loss} is 0 wherever it exists, so no step is better than another. "
                "What moves is the work of its penalty or decay."
                if moved
                else "Stands still: the gradient of {loss} is 0 wherever it exists, so no step is better than another.",
                loss=Said(evidence.run.loss.title),
            ),
            Change(Said(instead.title), replace(evidence.run, loss=instead)),
        )


class DeadUnits(Rule):
    """Many ReLU units of a layer are 0 for every training row, and the reference does better. Their gradient is 0, so they stay at 0.

    Sources: Glorot, Bordes and Bengio, AISTATS 2011; He et al., arXiv:1502.01852.
    """

    kind = "dead_units"
    hides = frozenset({"vanishing_gradient", "too_slow", "poor_loss", "collapsed", "underfits", "too_fast", "still_improving"})
    #: the smallest share of a layer's units; a He-initialised network begins with a far smaller one
    SHARE = 1 / 3
    #: a layer of fewer units is small, whether they are dead or not
    UNITS = 8

    def finding(self, evidence: Evidence) -> Finding | None:
        if evidence.model.nonlinearity != "relu" or not evidence.holds(evidence.below(0.1, 3.0)):
            return None
        layers = evidence.silent_units()
        layer = max(range(len(layers)), key=lambda i: layers[i][0] / layers[i][1])
        dead, units = layers[layer]
        if dead < self.SHARE * units or units < self.UNITS:
            return None
        loosened = looser(evidence.run, evidence.model.widths)
        what = Said("{dead} of the {units} units of hidden layer {layer} are dead", dead=dead, units=units, layer=layer + 1)
        sentence = Said(
            ("{what}: 0 for every training row, so no gradient reaches them. A strong penalty can do that. The model gives every row the same answer."
             if dead == units else "{what}: 0 for every training row, so no gradient reaches them. A strong penalty can do that.")
            if loosened else
            ("{what}: 0 for every training row, so no gradient reaches them. Too large a step can do that. The model gives every row the same answer."
             if dead == units else "{what}: 0 for every training row, so no gradient reaches them. Too large a step can do that."),
            what=evidence.of_seed_0(what),
        )  # fmt: skip
        return self.report(sentence, loosened or slower(evidence.run, 3))


class Exploding(Rule):
    """The gradient grew to many times its norm before the first update, the loss grew too, and the reference does better.

    Source: Pascanu, Mikolov and Bengio, ICML 2013.
    """

    kind = "exploding_gradient"
    hides = frozenset({"oscillates", "still_improving", "underfits", "too_fast"})
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
        shows = (peak > self.FACTOR * first) & worse & evidence.below()
        if not first or not evidence.holds(shows):
            return None
        rate, epoch = evidence.run.learning_rate, evidence.epoch(1 + np.nanargmax(norms, axis=0), shows)
        return self.report(
            Said(
                "{explodes}: its norm is {peak} in epoch {epoch}, after {first} before the first update.",
                explodes=evidence.in_seeds(Said("The gradient explodes"), shows), peak=evidence.figure(peak, shows), epoch=epoch,
                first=Figure(first, ".2g"),
            ),
            # a rate this far above the suggested one is the cause; clipping does not help optimizers that rescale their steps
            usual(evidence.run) if rate > 10 * evidence.run.optimizer.learning_rate else clipped(evidence.run, float(f"{first:.1g}")),
        )  # fmt: skip


class Vanishing(Rule):
    """The first layer's gradient is a small fraction of the last layer's, so the first layer hardly learns. Source: Glorot and Bengio, AISTATS 2010."""

    kind = "vanishing_gradient"
    hides = frozenset({"too_slow", "poor_loss", "collapsed", "underfits", "too_fast"})
    #: the first layer's gradient must be below this many times the last layer's
    RATIO = 0.05
    #: and the lowest training loss must be above this share of the first
    LEFT = 0.5

    def finding(self, evidence: Evidence) -> Finding | None:
        widths = evidence.model.widths
        shows = evidence.fall < 1 - self.LEFT
        if len(widths) < 2 or not evidence.holds(shows):
            return None
        layers = evidence.layer_gradients()
        if not layers[0] < self.RATIO * layers[-1]:
            return None
        return self.report(
            Said(
                "{vanishes}: at the start it is {last} a weight in the last layer and {first} in the first. Fewer layers or ReLU units carry it further.",
                vanishes=evidence.of_seed_0(Said("The gradient vanishes on its way back")), last=Figure(float(layers[-1]), ".2g"),
                first=Figure(float(layers[0]), ".2g"),
            ),
            None if evidence.model.nonlinearity == "relu" else straighter(evidence.run, evidence.model),
        )  # fmt: skip

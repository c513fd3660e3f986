"""What is seen of a network's gradient, in a sentence, and which cure to try."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.deep_networks.activations import Sigmoid, Tanh
from core.studies.deep_networks.lanes import NetworksResult
from core.studies.deep_networks.networks import Network
from core.studies.deep_networks.norms import BatchNorm
from core.studies.deep_networks.starts import Glorot, He
from core.words import Figure, Said

Array = NDArray[Any]

#: what is seen
HEALTHY, VANISHES, EXPLODES, LARGE, ALIKE = "healthy", "vanishes", "explodes", "large", "alike"
#: what arrives at the first hidden layer, by what arrives at the last one: below or above this it has vanished or exploded
VANISHED, EXPLODED = 1 / 30, 30.0
#: a gradient by the weights of one layer that is longer than this is large: a step of a usual rate then goes farther than a layer's weights are long
TOO_LARGE = 5.0
#: rows are alike if a smaller share of a layer's variance lies between them
TOO_ALIKE = 1e-3
#: residual branches up to this scale are a small start
SMALL_BRANCH = 0.3


@dataclass(frozen=True)
class Verdict:
    """What is seen: its kind, how the signal changes from a layer to the one below, and the sentence on it.

    `layer`: from which hidden layer on; 0 if nothing is wrong. `diverged_at`: the update in which the run diverged before what is shown, or -1.
    """

    kind: str
    factor: float
    layer: int
    diverged_at: int
    sentence: Said


def verdict(result: NetworksResult, run: int, update: int) -> Verdict:
    """Return what is seen of a run of the first seed after a recorded update; of one that has diverged, what was seen at its last finite record."""
    name, track = result.document.labels()[run], result.tracks[run]
    diverged_at = int(track.diverged_at[0]) if 0 <= track.diverged_at[0] <= update else -1
    finite = np.isfinite(track.kept["gradient"][: result.place(update) + 1, 0]).all(axis=-1)
    at = int(np.flatnonzero(finite)[-1]) if finite.any() else 0
    gradient, signal, apart = (track.kept[each][at, 0] for each in ("gradient", "signal", "apart"))
    return _of(name, gradient, signal, apart, diverged_at)


def _of(name: str, gradient: Array, signal: Array, apart: Array, diverged_at: int) -> Verdict:
    depth, hidden = len(signal), gradient[:-1]
    with np.errstate(all="ignore"):
        ratio = float(signal[0] / signal[-1]) if signal[-1] > 0 else 0.0
    factor = ratio ** (1 / (depth - 1))
    a_layer, first, last = Figure(factor, ".2f" if factor >= 0.1 else ".1g"), Figure(float(hidden[0]), ".2g"), Figure(float(hidden[-1]), ".2g")
    if ratio < VANISHED:
        layer = int(np.flatnonzero(signal < signal[-1] / 10)[-1]) + 1 if (signal < signal[-1] / 10).any() else depth
        sentence = Said(
            "The gradient of {name} vanishes: × {factor} in each layer on its way back, below a tenth of its size from layer {layer} down. "
            "Layer 1 gets {first}.",
            name=name, factor=a_layer, layer=layer, first=first,
        )  # fmt: skip
        return _with_end(Verdict(VANISHES, factor, layer, diverged_at, sentence))
    if ratio > EXPLODED:
        layer = int(np.flatnonzero(signal > 10 * signal[-1])[-1]) + 1
        sentence = Said(
            "The gradient of {name} explodes: × {factor} in each layer on its way back, above ten times its size from layer {layer} down. "
            "Layer 1 gets {first}.",
            name=name, factor=a_layer, layer=layer, first=first,
        )  # fmt: skip
        return _with_end(Verdict(EXPLODES, factor, layer, diverged_at, sentence))
    if hidden.max() > TOO_LARGE:
        layer, high = int(np.flatnonzero(hidden > TOO_LARGE)[-1]) + 1, Figure(float(hidden.max()), ".2g")
        sentence = Said(
            "The gradient of {name} is large from layer {layer} down, up to {high}: a step throws the weights about, though each layer multiplies by {factor}.",
            name=name, layer=layer, high=high, factor=a_layer,
        )  # fmt: skip
        return _with_end(Verdict(LARGE, factor, layer, diverged_at, sentence))
    if apart[-1] < TOO_ALIKE:
        layer, share = int(np.flatnonzero(apart < TOO_ALIKE)[0]) + 1, Figure(float(apart[-1]), ".1g")
        sentence = Said(
            "The gradient of {name} arrives, but from layer {layer} on all rows say the same: at layer {depth} a share of {share} of the variance lies between "
            "them.", name=name, layer=layer, depth=depth, share=share,
        )  # fmt: skip
        return _with_end(Verdict(ALIKE, factor, layer, diverged_at, sentence))
    sentence = Said(
        "The gradient of {name} arrives: × {factor} in each layer on its way back, {first} at layer 1 and {last} at layer {depth}.",
        name=name, factor=a_layer, first=first, last=last, depth=depth,
    )  # fmt: skip
    return _with_end(Verdict(HEALTHY, factor, 0, diverged_at, sentence))


def _with_end(seen: Verdict) -> Verdict:
    """Return what is seen, with the update in which the run diverged, if it did."""
    if seen.diverged_at < 0:
        return seen
    return replace(seen, sentence=Said("{seen} It diverges in update {update}.", seen=seen.sentence, update=seen.diverged_at))


def takeaway(result: NetworksResult, update: int) -> Said:
    """Return in which runs the gradient vanishes, explodes or arrives after a recorded update."""
    runs: dict[str, list[Said]] = {kind: [] for kind in (VANISHES, EXPLODES, LARGE, ALIKE, HEALTHY)}
    for run, name in enumerate(result.document.labels()):
        seen = verdict(result, run, update)
        diverged = Said("{name} (diverged in update {update})", name=name, update=seen.diverged_at)
        runs[seen.kind].append(Said("{name}", name=name) if seen.diverged_at < 0 else diverged)
    kinds = [_in(kind, tuple(of_kind)) for kind, of_kind in runs.items() if of_kind]
    said = reduce(lambda before, more: Said("{before}; {more}", before=before, more=more), kinds)
    return Said("After update {update} the gradient {said}.", update=update, said=said)


def _in(kind: str, runs: tuple[Said, ...]) -> Said:
    """Return what the gradient does in these runs, which are of one kind."""
    if kind == VANISHES:
        return Said("vanishes in {runs}", runs=runs)
    if kind == EXPLODES:
        return Said("explodes in {runs}", runs=runs)
    if kind == LARGE:
        return Said("is large in {runs}", runs=runs)
    if kind == ALIKE:
        return Said("meets rows that have become alike in {runs}", runs=runs)
    return Said("arrives in {runs}", runs=runs)


@dataclass(frozen=True)
class Cure:
    """A changed run, what changes in it, and why."""

    run: Network
    change: Said
    reason: Said


def cure(run: Network, seen: Verdict) -> Cure | None:
    """Return what to try against what is seen of a run; None if nothing is wrong, or nothing more is known."""
    if seen.kind == HEALTHY:
        return None if seen.diverged_at < 0 else _slower(run)
    straight = isinstance(run.activation, Sigmoid | Tanh)
    proper = Glorot() if straight else He()
    if run.residual is not None and run.residual > SMALL_BRANCH and seen.kind in (EXPLODES, LARGE):
        changed = replace(run, residual=0.1, start=proper if run.start.kind == "scale" else run.start, label="")
        return Cure(changed, Said("a small start of the branches, 0.1"), Said("What the branches add grows with every layer, so each has to begin small."))
    if isinstance(run.activation, Sigmoid):
        if run.norm.kind == "batch":
            return _begun(run, proper)
        changed = replace(run, norm=BatchNorm(), start=proper, label="")
        reason = Said("A sigmoid's slope is at most a quarter; a norm over the rows scales the sums up again, and keeps rows apart.")
        return Cure(changed, Said("batch norm"), reason)
    if run.start.kind == "scale" or (run.start.kind != proper.kind and run.norm.kind == "none"):
        return _begun(run, proper)
    if run.norm.kind != "batch":
        reason = Said("It keeps the size of each unit, and rows apart, whatever the layers below do.")
        return Cure(replace(run, norm=BatchNorm(), label=""), Said("batch norm"), reason)
    return _slower(run) if seen.diverged_at >= 0 else None


def _begun(run: Network, proper: Glorot | He) -> Cure | None:
    """Return the run with the initialisation that keeps the size of what passes its activation; None if it has it."""
    if run.start.kind == proper.kind:
        return None
    named = Said("Glorot's initialisation") if isinstance(proper, Glorot) else Said("He's initialisation")
    return Cure(replace(run, start=proper, label=""), named, Said("Its scale follows the width, so that each layer passes on what it gets at the same size."))


def _slower(run: Network) -> Cure:
    """Return the run with a tenth of its learning rate."""
    rate = float(f"{run.learning_rate / 10:.3g}")
    reason = Said("The layers pass their gradients on; the steps are too large.")
    return Cure(replace(run, learning_rate=rate, label=""), Said("a tenth of the learning rate"), reason)

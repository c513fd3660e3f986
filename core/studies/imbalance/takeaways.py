"""The sentence that a contest of remedies comes to, computed from its board."""

from __future__ import annotations

from core.studies.imbalance.contest import CONTESTANTS, MOVED, PLAIN, Board
from core.words import Figure, Said


def contest(board: Board) -> Said:
    """Return which remedy finds most of the rare class, and what that costs in precision, beside the plain model at the threshold of the dial."""
    recall, precision = board.mean("recall"), board.mean("precision")
    titles = list(CONTESTANTS.values())
    best = max(range(MOVED + 1), key=lambda place: (float(recall[place]), float(precision[place])))
    plain, rare = Figure(float(recall[PLAIN]), ".0%"), Figure(float(precision[PLAIN]), ".0%")
    if recall[best] <= recall[PLAIN]:
        return Said("No remedy finds more of the rare class than the plain model, {recall}; of what it calls rare {rare} is.", recall=plain, rare=rare)
    return Said(
        "Most of the rare class is found with {remedy}: {most} instead of {recall} by the plain model; of what they call rare {of_best} is, instead of {rare}.",
        remedy=titles[best], most=Figure(float(recall[best]), ".0%"), recall=plain, of_best=Figure(float(precision[best]), ".0%"), rare=rare,
    )  # fmt: skip

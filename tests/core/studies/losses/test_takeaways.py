"""What the views of losses come to, against what they show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.losses import LOSSES
from core.studies.losses import advice, error_parts, pulls, takeaways, views
from core.studies.losses.advice import Needs
from core.studies.losses.loss_curves import MARGIN, PROBABILITY, RESIDUAL
from core.studies.losses.softmax_steps import softmax_steps
from core.studies.losses.views import Curves, Properties, Pulls


def test_a_sure_mistake_is_pushed_hard_by_cross_entropy_and_hardly_by_squared_error_on_probabilities() -> None:
    """Of a margin m: cross-entropy's derivative is p − 1, that of 2 (1 − p)² is −4 p (1 − p)², with p = 1 / (1 + exp(−m))."""
    shown = Curves(picture="classification").shown
    assert [each.loss.kind for each in shown] == ["cross_entropy", "brier"]
    p = 1 / (1 + np.exp(-takeaways.READ_AT[MARGIN]))
    (first, strong), (second, weak) = takeaways.forces([(each.loss, 1.0) for each in shown], MARGIN)
    assert (first.kind, second.kind) == ("cross_entropy", "brier")
    assert strong == pytest.approx(1 - p)
    assert weak == pytest.approx(4 * p * (1 - p) ** 2)
    assert strong > 5 * weak
    assert str(takeaways.curves([(first, 1.0), (second, 1.0)], MARGIN)).startswith("A sure mistake, at a margin of −3, is pushed by Cross-entropy with 0.953")


def test_an_outlier_is_pulled_by_the_square_and_ignored_by_tukey() -> None:
    drawn = [(LOSSES[kind](), 1.0) for kind in ("tukey", "squared_error", "absolute_error")]
    assert [round(size, 9) for _, size in takeaways.forces(drawn, RESIDUAL)] == [10.0, 1.0, 0.0]
    assert str(takeaways.curves(drawn[1:], RESIDUAL)) == "An error of 5 is pulled back by Squared error with 10, Absolute error with 1."
    assert takeaways.forces([(LOSSES["hinge"](), 3.0)], MARGIN)[0][1] == pytest.approx(3.0)
    assert "the probability 0.05" in str(takeaways.curves([(LOSSES["cross_entropy"](), 1.0)], PROBABILITY))


@pytest.mark.parametrize("view", [Pulls(), Pulls(sizes="loss"), Pulls(data="easy"), Pulls(outliers_losses=views.of_kinds((), ("huber",)))])
def test_who_pulls_names_the_largest_and_the_smallest_share(view: Pulls) -> None:
    marked, held = pulls.scene(view.recipe).marked, {}
    for shown in view.shown:
        pull = pulls.pull(shown.loss, view.recipe, view.own)
        held[shown.loss.kind] = (pull.pull_share if view.sizes == "pull" else pull.loss_share)[marked].sum()
    said = str(takeaways.who_pulls(view))
    assert f"{max(held.values()):.0%} of the {view.sizes}" in said
    assert f"{min(held.values()):.0%}" in said
    assert str(int(marked.sum())) in said


@pytest.mark.parametrize("line", [error_parts.least_squares(), error_parts.flat(), (-1.0, 8.0)])
def test_a_line_is_held_against_the_flat_one(line: tuple[float, float]) -> None:
    parts = error_parts.parts(LOSSES["absolute_error"](), *line)
    said = str(takeaways.errors(parts))
    assert f"{parts.mse:.3g} with this line" in said
    assert ("explains" in said) == (parts.mse <= parts.variance)


def test_descent_raises_the_true_class() -> None:
    said = str(takeaways.softmax(softmax_steps((2.0, 1.0, -1.0), 0), "ABC", 0))
    assert said == "The true class A gets the probability 0.705, the loss is 0.349, and descent raises the score of A and lowers that of B, C."
    even = softmax_steps((0.0, 0.0, 0.0), 0, label_smoothing=1.0)
    assert "leaves the scores as they are" in str(takeaways.softmax(even, "ABC", 0))


def test_the_table_and_the_advice() -> None:
    view = Properties(must=("robust",))
    assert str(takeaways.properties(view)) == f"{len(view.kinds())} of {len(LOSSES)} losses are in the table."
    for task in ("regression", "classification"):
        recommended = advice.recommend(replace(Needs(), task=task))
        assert str(takeaways.chooser(recommended)) == f"Take {recommended[0].take.title} first: {recommended[0].reason}"

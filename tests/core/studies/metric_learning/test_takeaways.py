"""What the views of embeddings come to, against the numbers that they show."""

from __future__ import annotations

import numpy as np

from core.studies.metric_learning import takeaways
from core.studies.metric_learning.triplet_scene import ANCHOR, NEGATIVE, POSITIVE, Scene
from core.studies.metric_learning.unseen import RAW, Space
from core.studies.metric_learning.views import TripletView
from core.words import Figure, Said


def scene(negative: tuple[float, float]) -> Scene:
    view = TripletView()
    return Scene({ANCHOR: view.anchor, POSITIVE: view.positive, NEGATIVE: negative}, view.margin, view.temperature)


def test_the_run_that_finds_most_is_named_with_its_share() -> None:
    recall = np.array([0.7, 0.91, np.nan])
    said = "After update 60 the nearest row is of the same class for 91% of the rows under B, and for 70% under A."
    assert str(takeaways.embedding(["A", "B", "C"], recall, 60)) == said
    assert "held out" in str(takeaways.embedding(["A", "B", "C"], recall, 60, held_out=True))
    assert str(takeaways.embedding(["A", "B"], np.array([0.901, 0.902]), 60)).endswith("for 90% of the rows, under every run.")
    assert str(takeaways.embedding(["A"], np.array([np.nan]), 60)) == "Every run has diverged."


def test_a_loss_at_the_margin_is_no_better_than_that_of_one_point() -> None:
    """If all rows are one point, every distance is 0, and a triplet costs the margin exactly."""
    one_point = Scene({ANCHOR: (0.0, 0.0), POSITIVE: (0.0, 0.0), NEGATIVE: (0.0, 0.0)}, 0.3, 0.5)
    assert np.isclose(one_point.cost("triplet"), 0.3)
    said = str(takeaways.mining(["A", "B"], np.array([0.8, 0.3]), np.array([0.1, 0.31]), 0.3, 300))
    assert said == "Recall@1 after update 300: A 80%, B 30%; at the margin or above, no better than one point for all rows, is the loss of B."
    assert str(takeaways.mining(["A"], np.array([0.8]), np.array([0.1]), 0.3, 300)).endswith("no loss is stuck at the margin.")


def test_people_are_found_in_the_best_space_and_in_raw_features() -> None:
    def space(name: str, recall: float) -> Space:
        return Space(name, np.zeros((2, 2)), np.zeros((2, 2)), (recall, 0.0), None)

    said = takeaways.people([space(RAW, 0.2), space("a", 0.7), space("b", 0.9)], 8, Said("the same person"))
    assert str(said) == "Of classes never trained on, the nearest row is of the same person for 20% in raw features, and for 90% under b."
    assert str(takeaways.people([space(RAW, 0.2)], 8, Said("the same person"))).startswith("In raw features")
    assert "hold out two or more" in str(takeaways.people([space(RAW, 1.0), space("a", 1.0)], 1, Said("the same person")))


def test_costs_are_said_and_the_losses_that_leave_the_points_alone() -> None:
    near, far = scene((0.6, -0.6)), scene((1.9, -1.9))
    assert str(takeaways.triplet(near, ["triplet", "nt_xent"])).endswith("every loss pulls.")
    assert f"Triplet {Figure(near.cost('triplet'), '.3g')}" in str(takeaways.triplet(near, ["triplet", "nt_xent"]))
    assert far.cost("triplet") == 0
    assert str(takeaways.triplet(far, ["triplet", "nt_xent"])).endswith("nothing is pulled under Triplet.")
    assert "No loss" in str(takeaways.triplet(near, []))

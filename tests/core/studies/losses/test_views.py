"""The documents of the Losses page's views: what goes through a link, what is refused, and what else changes when something does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.catalogue import PROPERTIES
from core.losses import LOSSES, Loss
from core.parameters import Choice, Interval, Number, Sequence
from core.studies.losses import error_parts, pulls, views
from core.studies.losses.advice import Needs
from core.studies.losses.loss_curves import MARGIN, PROBABILITY, RESIDUAL, curves, drawable, on_axis
from core.studies.losses.pulls import LineWithOutliers, Placed, TwoClouds
from core.studies.losses.softmax_steps import fused_float32, naive_float32, softmax_steps
from core.studies.losses.views import SURROGATES, Chooser, Curves, Errors, Properties, Pulls, Shown, Softmax, of_kinds
from core.tasks import CLASSIFICATION, REGRESSION
from core.views import View
from tests.items import by_kind

HUBER = LOSSES["huber"](delta=2.5)
FOCAL = LOSSES["focal"](gamma=1.5)


@pytest.mark.parametrize(
    "view",
    [
        Curves(
            CLASSIFICATION, PROBABILITY, True, (Shown(HUBER, 3),), (Shown(FOCAL, 5), Shown(LOSSES["hinge"](), 0)), (Shown(LOSSES["exponential"](), 4),)
        ),
        Softmax(-3.4, 0.5, 2.2, "c", 5.0, 0.35, 60),
        Pulls("easy", "loss", "same", "own", LineWithOutliers(7, 3.5, (Placed(3, 1.5, -2.0),)), TwoClouds(0.25), (Shown(HUBER, 1),), (Shown(FOCAL, 2),), 3),
        Errors(-0.75, 8.25, True, LOSSES["quantile"](quantile=0.8)),
        Properties(REGRESSION, ("convex", "robust"), "huber", "hub"),
        Chooser(Needs(CLASSIFICATION, "counts", "many", "unequal", "uneven", "some", "needed")),
    ],
    ids=lambda view: view.kind,
)  # fmt: skip
def test_what_is_not_the_default_goes_through_json(view: View) -> None:
    default = type(view)()
    assert all(getattr(view, name) != getattr(default, name) for name in view.parameters()), "a field has its default, so its way is not tested"
    assert type(view).from_json(view.to_json()) == view


# Losses beside each other


def test_a_loss_keeps_colour_and_hyperparameters_when_others_come_and_go() -> None:
    shown = of_kinds((), ("squared_error", "huber", "tukey"))
    assert [each.slot for each in shown] == [0, 1, 2]
    turned = (shown[0], replace(shown[1], loss=HUBER), shown[2])
    fewer = of_kinds(turned, ("huber", "tukey"))
    assert fewer == turned[1:]
    more = of_kinds(fewer, ("log_cosh", "huber", "tukey", "cauchy"))
    assert more == (Shown(LOSSES["log_cosh"](), 0), turned[1], turned[2], Shown(LOSSES["cauchy"](), 3))


def test_a_new_loss_of_the_outliers_has_its_bound_between_noise_and_outliers() -> None:
    for name, loss in (("delta", views.between("huber")), ("beta", views.between("smooth_l1")), ("scale", views.between("tukey"))):
        assert getattr(loss, name) < getattr(LOSSES[loss.kind](), name)
    assert views.between("squared_error") == LOSSES["squared_error"]()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"regression": (Shown(HUBER, 0), Shown(LOSSES["huber"](), 1))}, "Huber is there twice"),
        ({"regression": (Shown(HUBER, 1), Shown(LOSSES["tukey"](), 1))}, "two losses have the same colour"),
        ({"regression": (Shown(LOSSES["hinge"](), 1),)}, "Hinge cannot be drawn there"),
        ({"surrogates": (Shown(LOSSES["focal"](), 1),)}, "Focal cannot be drawn there"),
        ({"surrogates": (Shown(LOSSES["poly1"](epsilon=0.5), 1),)}, "a surrogate is drawn with its default hyperparameters"),
        ({"classification": tuple(Shown(LOSSES["hinge"](), 0) for _ in range(7))}, "list of 0 to 6 items, got 7"),
        ({"axis": RESIDUAL}, "axis must be one of margin, probability"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_curves_that_cannot_be_drawn_are_refused_in_words(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(Curves(), **changes)


def test_pulls_are_of_losses_that_fit_the_data() -> None:
    with pytest.raises(ValueError, match="Poisson cannot be drawn there"):
        Pulls(outliers_losses=(Shown(LOSSES["poisson"](), 0),))
    with pytest.raises(ValueError, match="Huber cannot be drawn there"):
        Pulls(easy_losses=(Shown(HUBER, 0),))
    with pytest.raises(ValueError, match="list of 0 to 4 items, got 5"):
        Pulls(easy_losses=of_kinds((), views.offered_pulls(views.EASY)[:5]))


def test_hyperparameters_out_of_all_reach_are_refused_in_words() -> None:
    assert Shown(LOSSES["huber"](delta=1000), 0).loss == LOSSES["huber"](delta=1000)
    for delta in (1001, 1e300, 9e-4):
        with pytest.raises(ValueError, match=r"delta of huber must be between 0.001 and 1000 in size, got"):
            Shown(LOSSES["huber"](delta=delta), 0)
        with pytest.raises(ValueError, match=r"delta of huber must be between 0.001 and 1000 in size, got"):
            Errors(loss=LOSSES["huber"](delta=delta))


def test_the_first_pictures_are_those_of_the_books() -> None:
    view = Curves()
    assert view.over == RESIDUAL
    assert replace(view, picture=CLASSIFICATION).over == MARGIN
    assert replace(view, picture=CLASSIFICATION, axis=PROBABILITY).over == PROBABILITY
    surrogates = replace(view, picture=SURROGATES, axis=PROBABILITY)
    assert surrogates.over == MARGIN
    assert surrogates.shown[0].loss.kind == "zero_one"
    assert {each.loss.kind for each in surrogates.shown[1:]} == {"cross_entropy", "hinge", "squared_hinge", "exponential", "modified_huber"}
    assert [each.loss.kind for each in replace(view, picture=CLASSIFICATION).shown] == ["cross_entropy", "brier"]


def extremes() -> list[Loss]:
    """Return each loss that a link may carry with each of its hyperparameters at both ends of what it may be."""
    found: dict[Loss, None] = {}
    for item in filter(drawable, LOSSES.values()):
        for name, parameter in item.parameters().items():
            if isinstance(parameter, Number):
                reach, hard = 100 * max(abs(parameter.low), abs(parameter.high)), parameter.hard
                ends = (-reach, parameter.low / 100, reach, hard.low, hard.high, np.nextafter(hard.low, np.inf), np.nextafter(hard.high, -np.inf))
                for value in ends:
                    try:
                        found[Shown(item(**{name: float(value)}), 0).loss] = None
                    except ValueError:
                        continue
    return list(found)


@by_kind("loss", extremes())
def test_whatever_a_link_carries_can_be_drawn(loss: Loss) -> None:
    """Warnings are errors here."""
    for axis in [RESIDUAL] * (REGRESSION in loss.tasks) + [MARGIN, PROBABILITY] * (CLASSIFICATION in loss.tasks):
        if on_axis(loss, axis):
            (curve,) = curves([loss], axis)
            assert np.isfinite(curve.value).any()
    for recipe in (LineWithOutliers(20, 100.0), TwoClouds(1e-300), TwoClouds(float(np.nextafter(0.5, 0)))):
        if loss.kind in pulls.fitting(type(recipe)()):
            for own in (True, False):
                sample_pulls = pulls.pull(loss, recipe, own)
                assert np.isfinite(sample_pulls.pull_share).all()
                assert np.isfinite(sample_pulls.loss_share).all()
    if error_parts.fits(type(loss)):
        for slope, intercept in ((100.0, 1000.0), (-100.0, -1000.0)):
            assert np.isfinite(error_parts.parts(loss, slope, intercept).losses).all()


# Softmax


def ends(name: str) -> tuple[float, float]:
    parameter = Softmax.parameters()[name]
    assert isinstance(parameter, Number)
    return parameter.hard.low, parameter.hard.high


def test_steps_are_finite_at_the_ends_of_what_a_link_may_carry() -> None:
    for low, high in (ends("score_a"), ends("score_a")[::-1]):
        for temperature in ends("temperature"):
            for smoothing in ends("smoothing"):
                view = Softmax(low, high, low, "b", temperature, smoothing)
                steps = softmax_steps(view.scores, view.true_index, view.temperature, view.smoothing)
                assert np.isfinite(steps.total)
                assert steps.total == pytest.approx(steps.negative_log_likelihood, abs=1e-9)
    size = ends("extreme")[1]
    assert len(naive_float32((size, 0.0, -size), 2)) == len(fused_float32((size, 0.0, -size), 2))


def test_scores_and_true_class_are_those_of_the_steps() -> None:
    view = Softmax(1.0, 2.0, 3.0, "c")
    assert view.scores == (1.0, 2.0, 3.0)
    assert view.scores[view.true_index] == 3.0


# Errors, properties, answers


def test_a_line_that_a_button_sets_is_on_the_dials_grid() -> None:
    view = Errors(squares=True).along(error_parts.least_squares())
    assert (view.slope, view.intercept) == tuple(round(value, 2) for value in error_parts.least_squares())
    assert view.squares


def test_the_loss_of_an_error_fits() -> None:
    with pytest.raises(ValueError, match="loss cannot be poisson; it can be squared_error"):
        Errors(loss=LOSSES["poisson"]())


def test_the_card_is_of_a_loss_in_the_table() -> None:
    view = Properties(loss="huber")
    assert view.kinds() == list(LOSSES)
    assert view.card() == "huber"
    assert replace(view, task=CLASSIFICATION).card() == next(kind for kind, loss in LOSSES.items() if CLASSIFICATION in loss.tasks)
    assert replace(view, must=("convex", "bounded")).card() is None, "only a constant is both"
    assert all(LOSSES[kind]().robust for kind in replace(view, must=("robust",)).kinds())


def test_a_card_that_is_asked_for_is_shown() -> None:
    view = Properties(REGRESSION, ("robust",), "tukey")
    assert view.with_card("huber") == replace(view, loss="huber")
    assert view.with_card("hinge") == Properties(loss="hinge")


def test_properties_to_choose_are_called_as_everywhere() -> None:
    must = Properties.parameters()["must"]
    assert isinstance(must, Sequence)
    assert isinstance(must.item, Choice)
    names = {each.attribute: each.words.capitalize() for each in PROPERTIES}
    assert {option: must.item.shown(option) for option in must.item.options} == {option: names[option] for option in must.item.options}


def test_only_the_questions_of_the_task_are_asked() -> None:
    assert Needs(CLASSIFICATION, outliers="many").answers() == {"task": CLASSIFICATION, "classes": "even", "labels": "none", "probabilities": "not_needed"}
    assert Needs(REGRESSION, outliers="many").active() == ("task", "targets", "outliers", "costs")


def test_numbers_of_a_link_are_bounded() -> None:
    """Whatever the number: a slider and a chart must bear it."""
    for view in (Softmax, Errors, LineWithOutliers, TwoClouds):
        for name, parameter in view.parameters().items():
            if isinstance(parameter, Number):
                assert Interval(-1e4, 1e4).covers(parameter.hard), name

"""The documents of the Regularization page: they survive JSON, refuse what no view can show, and whatever they may carry can be trained."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.experiment import Experiment
from core.parameters import Number
from core.studies.regularization import capacity, sweep
from core.studies.regularization.remedies import EPOCHS, Remedies
from core.studies.regularization.views import Balls, Decay, Fit, RemediesView, Strength
from core.training import start
from core.views import VIEWS, View

CHANGED = (
    Strength(data="digits", l1_ratio=0.3, made_strength=0.2, diabetes_strength=0.01, digits_strength=0.05),
    RemediesView(
        trained=Remedies(training_share=0.5, wrong_labels=0.1, l2=0.02, dropout=0.3, patience=9, label_smoothing=0.2, max_norm=2.0),
        layer=1, epoch=3, folded_out=("remedies",),
    ),
    Balls(budget=80, correlation=-0.5, second=-0.2, l1_ratio=0.7),
    Fit(data="digits", rows=300, noise=0.5, training_share=0.5, wrong_labels=0.2),
    Decay(strength=0.03, updates=200),
)  # fmt: skip


@pytest.mark.parametrize("view", CHANGED, ids=lambda view: view.kind)
def test_every_field_survives_json(view: View) -> None:
    default = type(view)()
    assert all(getattr(view, name) != getattr(default, name) for name in view.parameters())
    assert VIEWS[view.kind].from_json(view.to_json()) == view


def test_every_view_of_the_page_is_changed_here() -> None:
    assert {view.kind for view in CHANGED} == {kind for kind in VIEWS if kind.startswith("regularization.")}


@pytest.mark.parametrize(
    ("kind", "values", "reason"),
    [
        (Strength, {"data": "iris"}, "data must be one of made, diabetes, digits"),
        (Strength, {"l1_ratio": 0.0}, r"l1_ratio must be a number in \[0.01, 0.99\]"),
        (Strength, {"made_strength": 1e9}, r"made_strength must be a number in \[0, 10\]"),
        (RemediesView, {"epoch": EPOCHS + 1}, rf"epoch must be a whole number in \[0, {EPOCHS}\]"),
        (RemediesView, {"layer": 2}, r"layer must be a whole number in \[0, 1\]"),
        (RemediesView, {"folded_out": ("rest",)}, r"folded_out\[0\] must be one of remedies"),
        (Remedies, {"dropout": 1.0}, r"dropout must be a number in \[0, 0.95\]"),
        (Remedies, {"training_share": 0.0}, r"training_share must be a number in \[0.05, 1\]"),
        (Fit, {"rows": 10**6}, r"rows must be a whole number in \[10, 500\]"),
        (Fit, {"data": "A curve"}, "data must be one of curve, digits"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_the_reason(kind: type[View], values: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        kind(**values)


def test_a_strength_on_offer_is_one_that_is_trained() -> None:
    for name, problem in sweep.PROBLEMS.items():
        parameter = Strength.parameters()[f"{name}_strength"]
        assert isinstance(parameter, Number)
        assert parameter.stops == problem.strengths()
        assert all(stop in parameter.hard for stop in parameter.stops)
        assert getattr(Strength(), f"{name}_strength") not in parameter.stops, "its default is no strength: the best one"


def test_only_the_fields_of_the_present_data_have_an_effect() -> None:
    assert Fit().active() == ("data", "rows", "noise")
    assert Fit(data="digits").active() == ("data", "training_share", "wrong_labels")


def test_a_remedy_is_explained_as_its_parameter_is_everywhere() -> None:
    runs = {run.label: run for run in Remedies(patience=7, max_norm=3.0).runs()}
    assert Remedies.parameters()["patience"].doc == runs["early stopping"].parameters()["patience"].doc
    assert Remedies.parameters()["l2"].doc == runs["L2"].penalty.parameters()["strength"].doc
    assert (runs["early stopping"].patience, runs["max-norm"].max_norm) == (7, 3.0)


def at_an_end(kind: type[Remedies] | type[Fit], end: str) -> dict[str, float]:
    """Return every number at one end of what a link may carry."""
    return {name: getattr(parameter.hard, end) for name, parameter in kind.parameters().items() if isinstance(parameter, Number)}


@pytest.mark.parametrize("end", ["low", "high"])
def test_the_ends_of_what_a_link_may_carry_can_be_trained(end: str) -> None:
    fit = Fit(**at_an_end(Fit, end))  # type: ignore[arg-type]
    experiments: Sequence[Experiment] = (
        *Remedies(**at_an_end(Remedies, end)).experiments(),  # type: ignore[arg-type]
        *capacity.on_a_curve(fit.rows, fit.noise), *capacity.on_digits(fit.training_share, fit.wrong_labels),
    )  # fmt: skip
    for experiment in experiments:
        data = start(experiment).data
        assert data.n_train >= len(data.outputs)
        assert len(data.truth[data.split("validation")]) >= 5

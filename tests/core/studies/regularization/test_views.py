"""The documents of the Regularization page: they survive JSON, refuse what no view can show, and whatever they may carry can be trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.datasets.own import Own
from core.experiment import Experiment
from core.parameters import Number
from core.preparation.corruption import Corruption
from core.studies.regularization import capacity, sweep
from core.studies.regularization.remedies import EPOCHS, SPLITS, Remedies
from core.studies.regularization.views import Balls, Decay, Fit, RemediesView, Strength
from core.training import start
from core.views import VIEWS, View

CHANGED = (
    Strength(
        data="digits", l1_ratio=0.3, made_strength=0.2, diabetes_strength=0.01, digits_strength=0.05, own_strength=0.3, own=Own(target=2),
        folded_out=("look",), first_column=12,
    ),
    RemediesView(
        trained=Remedies(
            data="own", own=Own(target=3), own_share=0.5, training_share=0.5, wrong_labels=0.1, l2=0.02, dropout=0.3, patience=9, label_smoothing=0.2,
            max_norm=2.0,
        ),
        layer=1, epoch=3, folded_out=("remedies", "look"), first_column=12,
    ),
    Balls(budget=80, correlation=-0.5, second=-0.2, l1_ratio=0.7),
    Fit(
        data="digits", rows=300, noise=0.1, training_share=0.5, wrong_labels=0.2, own_share=0.5, own=Own(target=2), folded_out=("look",), first_column=12,
    ),
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
        (Strength, {"data": "iris"}, "data must be one of made, diabetes, digits, own"),
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
    assert Fit(data="own").active() == ("data", "own_share")


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


def test_remedies_on_own_data_have_no_wrong_labels_and_more_rows_where_there_are_more() -> None:
    own = Remedies(data="own", own=Own(target=2), wrong_labels=0.3)
    assert {experiment.dataset for experiment in own.experiments()} == {Own(target=2)}
    assert [experiment.corruption for experiment in own.experiments()] == [Corruption(training_share=share) for share in SPLITS * (0.25, 0.25, 1.0)]
    assert len(replace(own, own_share=1.0).experiments()) == 2 * SPLITS, "there are no more rows"
    assert {*Remedies().of_data()} ^ {*own.of_data()} == {"training_share", "wrong_labels", "own_share"}
    assert [experiment.batch_size for rows in (20, 300, 100_000) for experiment in own.experiments(rows)[:1]] == [1, 6, 32]
    assert Remedies().experiments()[0].batch_size == 32


def test_remedies_for_numbers_smooth_no_labels() -> None:
    numbers = Remedies(data="own", own=Own(task="regression"))
    labels = [run.label for run in numbers.runs()]
    assert labels == [run.label for run in Remedies().runs() if run.label != "label smoothing"]
    assert {run.loss.kind for experiment in numbers.experiments() for run in experiment.runs} == {"squared_error"}
    assert {*Remedies().of_remedies()} - {*numbers.of_remedies()} == {"label_smoothing"}


def test_models_of_growing_size_see_the_same_rows_of_own_data() -> None:
    own = Own(task="regression", target=2)
    experiments = capacity.on_own(own, 0.5, 400)
    assert [experiment.model for experiment in experiments] == [*capacity.ON_DIGITS.values()]
    assert {experiment.batch_size for experiment in experiments} == {30}
    assert {experiment.runs[0].loss.kind for experiment in experiments} == {"squared_error"}
    assert {(experiment.dataset, experiment.corruption.training_share) for experiment in experiments} == {(own, 0.5)}
    assert [capacity.on_own(Own(), 0.25, rows)[0].batch_size for rows in (20, 100_000)] == [1, 32]

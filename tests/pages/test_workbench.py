"""The workbench without a browser: every data set with every loss that fits it, the controls, and bad input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.datasets import DATASETS
from core.experiment import MAX_RUNS, MAX_STACK, Experiment, Run, default_experiment, digits_experiment, fitting_losses, workbench_losses
from core.inspection import pictures
from core.losses import LOSSES
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.training.results import Result
from pages.ui.charts import frames
from pages.ui.session import link, state
from pages.ui.session.address import EXPERIMENT
from pages.ui.training import follow
from pages.ui.widgets import share
from pages.ui.workbench import epoch_view
from tests.small import run, small
from tests.tables import results, tables
from tests.views import change, unfold

Open = Callable[..., AppTest]

LINK = link.encode(digits_experiment())
#: what is on the screen is looked at, not what comes of the training
BRIEF = replace(digits_experiment(), epochs=2)


class AttrDict(dict[str, Any]):
    """A session's state without a session."""

    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__  # type: ignore[assignment]


def runs_of(dataset: Any, first: int = 0, most: int = MAX_RUNS) -> tuple[Run, ...]:
    """Return runs of the losses that fit, as many as there may be, from the `first` on."""
    return tuple(Run(loss=loss(), optimizer=OPTIMIZERS["adam"](), learning_rate=1e-2) for loss in fitting_losses(dataset)[first : first + most])


def shown(app: AppTest) -> Experiment:
    assert not app.exception, app.exception[0].value
    experiment: Experiment = app.session_state.bench.document
    return experiment


def carried(app: AppTest) -> Experiment:
    """Return the experiment that the address carries."""
    value = app.query_params[EXPERIMENT]
    return link.read(value if isinstance(value, str) else value[0], Experiment)


def result_of(app: AppTest) -> Result:
    """Return the records of the training that a session follows."""
    result = app.session_state.followed.jobs[0].result()
    assert result is not None
    return replace(result, experiment=shown(app))


#: data set, number of the first loss that fits it, and of losses at most: a few for each data set, all for three of them; the rest is for the proof
EVERY_DATA_SET = [(kind, 3 * i % len(fitting_losses(DATASETS[kind])), 4) for i, kind in enumerate(kind for kind, cls in DATASETS.items() if not cls.brought)]
EVERY_PAIR = [(kind, first, MAX_RUNS) for kind, *_ in EVERY_DATA_SET for first in range(0, len(fitting_losses(DATASETS[kind])), MAX_RUNS)]
EVERY_LOSS = [pair for pair in EVERY_PAIR if pair[0] in ("blobs", "costs", "line")]
PROOF = [pytest.param(*pair, marks=pytest.mark.proof) for pair in EVERY_PAIR if pair not in EVERY_LOSS]


def test_every_loss_and_every_data_set_is_among_these() -> None:
    tried = [run for kind, first, most in EVERY_LOSS for run in runs_of(DATASETS[kind](), first, most)]
    assert {type(run.loss) for run in tried} == set(workbench_losses())


@pytest.mark.parametrize("first", range(0, len(OPTIMIZERS), MAX_RUNS))
def test_every_optimizer_trains(first: int, open_page: Open) -> None:
    kinds = list(OPTIMIZERS.values())[first : first + MAX_RUNS]
    runs = tuple(Run(loss=LOSSES["cross_entropy"](), optimizer=kind(), learning_rate=kind.learning_rate) for kind in kinds)
    app = open_page(Experiment(dataset=DATASETS["blobs"](), model=MODELS["mlp"](hidden=(8,)), runs=runs, epochs=2))
    assert list(results(app)["Status"]) == ["finished"] * len(runs)
    assert not app.exception


@pytest.mark.parametrize(("kind", "first", "most"), EVERY_DATA_SET + EVERY_LOSS + PROOF)
def test_every_data_set_trains_with_losses_that_fit_it(kind: str, first: int, most: int, open_page: Open) -> None:
    dataset = DATASETS[kind]()
    runs = runs_of(dataset, first, most)
    app = open_page(Experiment(dataset=dataset, model=MODELS["mlp"](hidden=(8,)), runs=runs, epochs=2))
    assert shown(app).dataset == dataset
    assert list(results(app)["Status"]) == ["finished"] * len(runs)
    # loss curves, metric over epochs, metric against loss, and one panel a run
    assert len(app.get("vega_lite_chart")) == 3 + len(runs)
    assert not app.warning
    assert not app.error


@pytest.mark.parametrize("kind", ["moons", "sine", "diabetes"])
@pytest.mark.parametrize("model", MODELS)
def test_every_model_trains(kind: str, model: str, open_page: Open) -> None:
    dataset = DATASETS[kind]()
    app = open_page(Experiment(dataset=dataset, model=MODELS[model](), runs=runs_of(dataset)[:2], epochs=2, seeds=2))
    assert list(results(app)["Status"]) == ["finished"] * 2
    assert "±" in results(app)["Best loss ↓"][0]


def test_changing_a_loss_trains_again_and_moves_the_link(open_page: Open) -> None:
    app = open_page(BRIEF)
    before = results(app)
    app.selectbox(key="runs.0.loss.kind").select("hinge").run()
    assert shown(app).runs[0].loss == LOSSES["hinge"]()
    assert shown(app).runs[1:] == digits_experiment().runs[1:]
    assert carried(app) == shown(app)
    assert results(app)["Best loss ↓"][0] != before["Best loss ↓"][0]
    assert list(results(app)["Best loss ↓"][1:]) == list(before["Best loss ↓"][1:])
    assert any("minimise different losses" in caption.value for caption in app.caption)


def test_an_optimizer_brings_its_suggested_rate_unless_another_was_chosen(open_page: Open) -> None:
    app = open_page(BRIEF)
    app.selectbox(key="runs.0.optimizer.kind").select("adam").run()
    assert shown(app).runs[0].learning_rate == OPTIMIZERS["adam"].learning_rate
    app.select_slider(key="runs.0.learning_rate").set_value(0.05).run()
    app.selectbox(key="runs.0.optimizer.kind").select("sgd").run()
    assert shown(app).runs[0].learning_rate == 0.05


def test_another_data_set_keeps_what_fits(open_page: Open) -> None:
    app = open_page(BRIEF)
    app.selectbox(key="dataset.kind").select("sine").run()
    assert {run.loss.kind for run in shown(app).runs} == {"squared_error"}
    assert [run.optimizer for run in shown(app).runs] == [run.optimizer for run in digits_experiment().runs]
    app.selectbox(key="dataset.kind").select("moons").run()
    assert shown(app).dataset == DATASETS["moons"]()
    assert not app.warning
    app.slider(key="dataset.noise").set_value(0.5).run()
    assert shown(app).dataset == DATASETS["moons"](noise=0.5)


def test_runs_are_added_removed_and_filled(open_page: Open) -> None:
    app = open_page(BRIEF)
    slots = app.session_state.bench.slots

    def press(label: str) -> None:
        next(button for button in app.button if button.label == label).click().run()

    press("Add run")
    assert len(shown(app).runs) == 5
    app.button(key="remove").click().run()
    assert app.session_state.bench.slots == slots
    assert shown(app).runs == digits_experiment().runs
    unfold(app, state.WORKBENCH_VIEW, "fill")
    press("Compare these losses")
    assert state.WORKBENCH_VIEW.key in app.session_state
    assert not [button for button in app.button if button.label == "Compare these losses"], "it closes when it has filled"
    unfold(app, state.WORKBENCH_VIEW, "fill")
    assert [run.loss.kind for run in shown(app).runs] == [loss.kind for loss in fitting_losses(DATASETS["digits"])][:MAX_RUNS]
    press("Compare these optimizers, each at its suggested rate")
    unfold(app, state.WORKBENCH_VIEW, "fill")
    assert [run.optimizer.kind for run in shown(app).runs] == list(OPTIMIZERS)[:MAX_RUNS]
    press(next(button.label for button in app.button if button.label.startswith("A ladder of learning rates")))
    assert len({run.learning_rate for run in shown(app).runs}) == len(shown(app).runs) == 7
    unfold(app, state.WORKBENCH_VIEW, "fill")
    press("Batch sizes, 1 to all rows")
    assert [run.batch_size for run in shown(app).runs] == [1, 8, 32, 128, 0]
    unfold(app, state.WORKBENCH_VIEW, "fill")
    press("Models, from linear to two hidden layers")
    assert len({run.model for run in shown(app).runs}) == len(shown(app).runs) == 4
    assert not app.exception


def test_runs_with_batches_and_models_of_their_own_are_drawn_in_every_way(open_page: Open) -> None:
    """The axis by updates says that they differ, and each panel has its own model."""
    own = (run(), run(batch_size=0), run(model=MODELS["linear"]()), run(model=MODELS["mlp"](hidden=(9, 3)), batch_size=12))
    app = open_page(small(*own, seeds=1))
    assert "Blobs · 3 models · 3 epochs · 3 batch sizes · 1 seed" in app.caption[0].value
    assert any("The runs differ in: model, batch size." in caption.value for caption in app.caption)
    unfold(app, state.WORKBENCH_VIEW, "axes")
    for against in ("updates", "seconds", "epochs"):
        change(app, "workbench.against", against)
        assert not app.exception
    for panels in ("boundaries", "confusion", "per_class", "samples", "weights"):
        change(app, "workbench.panels", panels)
        assert not app.exception
    unfold(app, state.WORKBENCH_VIEW, "more")
    app.selectbox(key="runs.0.model.kind").select("linear").run()
    assert shown(app).runs[0].model == MODELS["linear"]()
    app.selectbox(key="runs.0.model.kind").select("").run()
    assert shown(app).runs[0].model is None
    app.select_slider(key="runs.0.batch_size").set_value(64).run()
    assert shown(app).runs[0].batch_size == 64
    assert not app.exception


def test_the_axes_stay_as_they_were_chosen_when_they_are_folded_away(open_page: Open) -> None:
    app = unfold(open_page(BRIEF), state.WORKBENCH_VIEW, "axes")
    change(app, "workbench.lbfgs", True)
    change(app, "workbench.rows", "training")
    app.session_state["workbench.folded_out.axes"] = False
    app.session_state[state.WORKBENCH_VIEW.key] = replace(app.session_state[state.WORKBENCH_VIEW.key], folded_out=())
    app.run()
    assert not [group for group in app.button_group if group.key == "workbench.rows"]
    assert any("L-BFGS" in caption.value for caption in app.caption)
    assert app.session_state[state.WORKBENCH_VIEW.key].rows == "training"


def test_the_styles_of_the_other_runs_stay_when_one_is_removed(open_page: Open) -> None:
    app = open_page(BRIEF)
    app.button(key="remove").click().run()
    assert app.session_state.bench.slots == (1, 2, 3)
    assert list(results(app)["Run"]) == ["B", "C", "D"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("junk", "another version"), ("1junk", "damaged"), (LINK[:-9], "missing"), ("0" + LINK[1:], "another version")],
    ids=["junk", "damaged", "cut", "version"],
)
def test_a_bad_link_opens_the_default_and_says_why(text: str, said: str, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "GRACE_SECONDS", 0)  # it is about what is on the screen, not about the training
    app = open_page(text=text)
    assert shown(app) == default_experiment()
    assert said in app.warning[0].value
    app.run()
    assert app.warning, "the message stays until something is changed"
    app.select_slider(key="epochs").set_value(10).run()
    assert not app.warning


@pytest.mark.parametrize("count", [MAX_RUNS + 1, MAX_STACK])
def test_a_link_with_more_runs_than_there_are_styles_opens_the_default_and_says_so(count: int, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep is one experiment of up to 64 runs; the workbench shows 12 beside each other."""
    monkeypatch.setattr(follow, "GRACE_SECONDS", 0)  # it is about what is on the screen, not about the training
    sweep = replace(default_experiment(), runs=default_experiment().runs[:1] * count)
    app = open_page(sweep)
    assert shown(app) == default_experiment()
    assert f"it has {count} runs, and at most {MAX_RUNS} are shown beside each other" in app.warning[0].value
    assert carried(app) == default_experiment()


@pytest.mark.parametrize("count", [MAX_RUNS, MAX_RUNS + 1, MAX_STACK])
def test_a_file_with_more_runs_than_there_are_styles_is_refused(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on the screen stays, and the message says why."""
    sweep = replace(default_experiment(), runs=default_experiment().runs[:1] * count)
    content = sweep.to_json().encode()
    session: Any = AttrDict({"upload": SimpleNamespace(size=len(content), getvalue=lambda: content)})
    monkeypatch.setattr(st, "session_state", session)
    state.WORKBENCH.load(default_experiment())
    share._open(state.WORKBENCH)
    opens = count <= MAX_RUNS
    assert session.bench.document == (sweep if opens else default_experiment())
    expected = "" if opens else f"The file could not be opened: it has {count} runs, and at most {MAX_RUNS} are shown beside each other."
    assert session.upload_error == expected


def test_a_refused_value_is_said_and_changes_nothing(open_page: Open) -> None:
    app = open_page(BRIEF)
    app.text_input(key="model.hidden").set_value("64, many").run()
    assert "numbers" in app.warning[0].value
    app.text_input(key="model.hidden").set_value("0").run()
    assert "[1, 1024]" in app.warning[0].value.replace("\\", "")
    assert shown(app) == BRIEF


def test_an_experiment_that_cannot_be_trained_says_why(open_page: Open) -> None:
    experiment = digits_experiment()
    app = open_page(replace(experiment, model=MODELS["mlp"](hidden=(1024, 1024)), seeds=10, epochs=1))
    assert "take fewer runs or seeds, or a smaller model" in app.error[0].value
    app.slider(key="seeds").set_value(1).run()
    assert not app.exception


def test_a_diverged_run_is_marked_and_the_others_are_shown(open_page: Open) -> None:
    experiment = digits_experiment()
    lost = replace(experiment.runs[0], loss=LOSSES["squared_error"](), learning_rate=1e3)
    app = open_page(replace(experiment, runs=(lost, experiment.runs[3]), epochs=3))
    statuses = list(results(app)["Status"])
    assert statuses[0].startswith("diverged at epoch")
    assert statuses[1] == "finished"
    assert any("diverged at epoch" in warning.value for warning in app.warning)


def test_a_label_is_shown_as_it_is(open_page: Open) -> None:
    hostile = "**b** [x](javascript:1) $y$ <b> :red[z]"
    experiment = digits_experiment()
    app = open_page(replace(experiment, runs=(replace(experiment.runs[0], label=hostile), experiment.runs[1])))
    chips = next(group for group in app.get("button_group") if group.key == "selected_run")
    assert r"\*\*b\*\*" in chips.proto.options[0].content
    assert r"\[x\]\(javascript\:1\)" in chips.proto.options[0].content


@pytest.mark.parametrize("kind", ["confusion", "per_class"])
def test_other_views_of_an_epoch(kind: str, open_page: Open) -> None:
    app = open_page(BRIEF)
    panels = next(group for group in app.get("button_group") if group.label == "Show")
    panels.set_value(kind).run()
    shown(app)
    if kind == "confusion":
        assert len(app.get("vega_lite_chart")) == 7
    else:
        table = tables(app)[2]
        assert [group for group, _ in table.groups] == ["", "Precision", "Recall", "F1"]
        expected = frames.class_scores(result_of(app), BRIEF.epochs, "validation", list(table.text["Precision"]))
        assert table.text.drop(columns=("", "Class")).equals(expected.map("{:.3f}".format).reset_index(drop=True))
        assert list(table.text[("", "Class")]) == list(expected.index)


def test_the_plane_and_the_pictures_of_a_run_are_made_once_for_all_who_have_it(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """In whatever comparison, and also by another session: only the picture of a new run is made."""
    made: dict[str, int] = {"plane": 0, "plane_shares": 0}

    def counting(name: str) -> Callable[..., Any]:
        make = getattr(pictures, name)
        return lambda *arguments: made.update({name: made[name] + 1}) or make(*arguments)

    for name in made:
        monkeypatch.setattr(epoch_view.pictures, name, counting(name))
    both = small(run(), run(learning_rate=0.2), seeds=1)
    open_page(both)
    assert made == {"plane": 1, "plane_shares": 2}
    open_page(replace(both, runs=(*both.runs, run(learning_rate=0.3))))
    assert made == {"plane": 1, "plane_shares": 3}

"""The experiment as a value: its JSON, what it refuses, the labels of its runs, and how it moves to other data."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.class_weights import CLASS_WEIGHTS
from core.datasets import DATASETS
from core.experiment import MAX_STACK, Experiment, Run, fit_to, fits, fitting_losses
from core.losses import LOSSES
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.parameters import Registry
from core.parameters.labels import differences, parts
from core.penalties import PENALTIES
from core.preparation.resampling import NONE
from core.schedules import SCHEDULES
from core.studies.descent.race import Racer
from core.tasks import CLASSIFICATION, SEGMENTATION
from core.words import Figure, Said, places
from tests.items import in_one
from tests.reference.make_optimizers import settings as positions
from tests.small import BLOBS, CURVE, mixtures, run, small

MIXED = [small(*runs, dataset=dataset) for task, dataset in ((CLASSIFICATION, BLOBS), ("regression", CURVE)) for runs in mixtures(task)]
VALID = MIXED[0].to_json()
fuzzed = settings(max_examples=200, deadline=None, derandomize=True)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(["adam", "kind", "moons", 10**400, -0.0, 1e-320])
any_json = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=8)


def refused_or_whole(text: str) -> None:
    """Assert that the text is an experiment that survives its own JSON, or is refused by `ValueError` with a short message."""
    try:
        experiment = Experiment.from_json(text)
    except ValueError as error:
        message = str(error)
    else:
        message = "whole"
        assert Experiment.from_json(experiment.to_json()) == experiment
    assert 0 < len(message) < 1000


#: sums are described by their parts, losses of pixels without that word
OTHERWISE = {
    "sum_regression": "Squared error + Absolute error", "sum_classification": "Cross-entropy + Brier", "sum_segmentation": "Cross-entropy + Dice",
    "pixel_cross_entropy": "Cross-entropy", "pixel_focal": "Focal", "pixel_dice": "Dice", "pixel_tversky": "Tversky", "pixel_focal_tversky": "Focal Tversky",
}  # fmt: skip


# JSON


@in_one("dataset", DATASETS)
def test_json_round_trip(dataset: str) -> None:
    """Of every loss that fits the data; one that does not is refused."""
    item = DATASETS[dataset]()
    for kind, loss in LOSSES.items():
        if item.task not in loss.tasks:
            with pytest.raises(ValueError, match=f"loss {kind} is for .*; data set {dataset} is a {item.task}"):
                small(run(kind), dataset=item)
        elif not fits(loss, DATASETS[dataset]):
            with pytest.raises(ValueError, match=f"loss {kind} is for targets in .*; those of data set {dataset} are in "):
                small(run(kind), dataset=item)
        else:
            experiment = small(*(Run(loss=loss(**values), optimizer=OPTIMIZERS["sgd"]()) for values in positions(loss)), dataset=item)
            assert Experiment.from_json(experiment.to_json()) == experiment


@pytest.mark.parametrize("experiment", MIXED, ids=lambda experiment: experiment.dataset.kind)
def test_json_of_anything_is_one_line_and_says_everything(experiment: Experiment) -> None:
    text = experiment.to_json()
    assert "\n" not in text
    assert json.loads(text) == {"version": 1, **experiment.to_dict()}
    again = Experiment.from_json(text)
    assert again == experiment
    assert hash(again) == hash(experiment)
    assert again.to_json() == text


@pytest.mark.parametrize("registry", [LOSSES, OPTIMIZERS, PENALTIES, SCHEDULES, MODELS, CLASS_WEIGHTS, DATASETS], ids=lambda registry: registry.noun)
def test_every_setting_of_every_item_survives_within_an_experiment(registry: Registry[Any]) -> None:
    fields = {"loss": LOSSES, "optimizer": OPTIMIZERS, "penalty": PENALTIES, "schedule": SCHEDULES, "class_weights": CLASS_WEIGHTS}
    of_run = [name for name, choices in fields.items() if choices is registry]
    for cls in registry.values():
        for values in positions(cls):
            item = cls(**values)
            task = getattr(item, "task", CLASSIFICATION) if registry is not LOSSES else next(iter(item.tasks))
            if task == SEGMENTATION:
                continue  # of no data set of the workbench
            experiment = small(run("squared_error"), dataset=BLOBS if task == CLASSIFICATION else DATASETS["costs"]())
            if of_run:
                experiment = replace(experiment, runs=(replace(experiment.runs[0], **{of_run[0]: item}),))
            else:
                experiment = replace(experiment, **{"model" if registry is MODELS else "dataset": item})
            assert Experiment.from_json(experiment.to_json()) == experiment


def test_what_is_absent_takes_its_default() -> None:
    text = '{"version":1,"dataset":{"kind":"moons"},"model":{"kind":"linear"},"runs":[{"loss":{"kind":"hinge"},"optimizer":{"kind":"adam"}}]}'
    assert Experiment.from_json(text) == Experiment(DATASETS["moons"](), MODELS["linear"](), (Run(LOSSES["hinge"](), OPTIMIZERS["adam"]()),))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 2}, "version must be 1, got 2"),
        ({"version": None}, "version must be 1"),
        ({"dataset": {"kind": "mnist"}}, "unknown data set 'mnist'; known: "),
        ({"dataset": {}}, "unknown data set None"),
        ({"model": "mlp"}, "model must be an object"),
        ({"runs": []}, "runs must be a list of 1 to 64 items"),
        ({"runs": [json.loads(VALID)["runs"][0]] * (MAX_STACK + 1)}, "runs must be a list of 1 to 64 items"),
        ({"runs": {"0": {}}}, "runs must be a list"),
        ({"runs": [{}]}, "Run needs loss, optimizer"),
        ({"runs": [7]}, r"runs\[0\] must be an object, got 7"),
        ({"epochs": 0}, r"epochs must be a whole number in \[1, 2000\], got 0"),
        ({"epochs": 1.5}, "epochs must be a whole number"),
        ({"epochs": "20"}, "epochs must be a whole number"),
        ({"epochs": True}, "epochs must be a whole number"),
        ({"batch_size": -1}, "batch_size must be"),
        ({"seeds": 11}, r"seeds must be a whole number in \[1, 10\], got 11"),
        ({"validation_share": 0.6, "test_share": 0.4}, "validation_share \\+ test_share must be below 1, got 0.6 \\+ 0.4"),
        ({"dtype": "float16"}, "dtype must be one of float32, float64, got 'float16'"),
        ({"colour": "red"}, "Experiment has no parameter 'colour'; it has dataset, model"),
        ({"kind": "x"}, "Experiment has no parameter 'kind'"),
    ],
)
def test_refusal_says_what_is_wrong(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Experiment.from_json(json.dumps(json.loads(VALID) | changes))


NO_EXPERIMENTS = ["", "null", "[]", "7", '"x"', "{", "{}", VALID[:-1], VALID + "x", "NaN", '{"version":NaN}', "\x00", "\ud800", "9" * 5000, "[" * 10**5]


@pytest.mark.parametrize("text", NO_EXPERIMENTS, ids=range(len(NO_EXPERIMENTS)))
def test_text_that_is_no_experiment_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Experiment.from_json(text)


@pytest.mark.parametrize("around", ['"epochs":%s', '"version":%s', '"model":{"kind":"mlp","hidden":%s}', '"runs":[{"loss":{"kind":"huber","delta":%s}}]'])
@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_deep_nesting_is_refused(around: str, brackets: str) -> None:
    """At every depth: the parser, the checks and their messages have limits of their own."""
    opening, closing = ("[", "]") if brackets == "[]" else ('{"a":', "}")
    for depth in [1, 10, *range(800, 1010), 5000]:
        with pytest.raises(ValueError):
            Experiment.from_json('{"version":1,' + around % (opening * depth + "1" + closing * depth) + "}")


@fuzzed
@given(st.text() | st.text(alphabet='{}[]":,0123456789.eE-+truefalsn '))
def test_any_text_is_refused_or_whole(text: str) -> None:
    refused_or_whole(text)


@fuzzed
@given(any_json)
def test_any_json_is_refused_or_whole(value: Any) -> None:
    refused_or_whole(json.dumps(value))


@fuzzed
@given(st.integers(0, len(VALID) - 1), st.integers(0, 40), st.text(max_size=3))
def test_damaged_text_is_refused_or_whole(start: int, length: int, between: str) -> None:
    refused_or_whole(VALID[:start] + between + VALID[start + length :])


@fuzzed
@given(st.data(), any_json)
def test_any_value_anywhere_is_refused_or_whole(data: st.DataObject, value: Any) -> None:
    """Somewhere in an experiment another value, a value more, or one fewer."""
    root = node = copy.deepcopy(json.loads(VALID))
    while True:
        key = data.draw(st.sampled_from(sorted(node)) if isinstance(node, dict) else st.integers(0, len(node) - 1))
        if not isinstance(node[key], dict | list) or not node[key] or data.draw(st.booleans()):
            break
        node = node[key]
    match data.draw(st.sampled_from(["replace", "remove", "add"])):
        case "replace":
            node[key] = value
        case "remove":
            del node[key]
        case _:
            node.update({data.draw(st.text(max_size=8)): value}) if isinstance(node, dict) else node.append(value)
    refused_or_whole(json.dumps(root))


# Labels


def labels(*runs: Run) -> tuple[str, ...]:
    return small(*runs).labels()


def test_label_says_what_differs() -> None:
    assert labels(run(), run(optimizer="adam")) == ("SGD", "Adam")
    assert labels(run(learning_rate=0.1), run(learning_rate=1e-3)) == ("η 0.1", "η 0.001")
    assert labels(run(), run("hinge")) == ("Cross-entropy", "Hinge")
    assert labels(run(), run(clip_norm=2.5)) == ("no clipping", "clip 2.5")
    assert labels(run(), run(penalty=PENALTIES["l2"](strength=0.1))) == ("no penalty", "L2 λ 0.1")
    assert labels(run(), run(class_weights=CLASS_WEIGHTS["balanced"]())) == ("unweighted", "Balanced")
    assert labels(run(), run(schedule=SCHEDULES["cosine"]())) == ("constant rate", "Cosine")
    assert labels(run(optimizer="adam"), replace(run(), optimizer=OPTIMIZERS["adam"](beta1=0.5))) == ("Adam", "Adam β1 0.5")
    assert labels(run(), run("hinge", penalty=PENALTIES["l2"](strength=0.1))) == ("Cross-entropy", "Hinge · L2 λ 0.1"), "nothing goes without saying"
    assert labels(run(), run("hinge", "adam", 0.2)) == ("Cross-entropy · SGD · η 0.1", "Hinge · Adam · η 0.2")


def test_a_change_of_one_run_renames_no_other() -> None:
    """What most of the runs share goes without saying, once there are three."""
    three = [run("hinge"), run("focal"), run()]
    before = labels(*three)
    assert before == ("Hinge", "Focal", "Cross-entropy")
    assert labels(replace(three[0], learning_rate=0.5), *three[1:]) == ("Hinge · η 0.5", *before[1:])
    assert labels(replace(three[0], dropout=0.5), *three[1:])[1:] == before[1:]
    dropped = [replace(each, dropout=0.5) for each in three]
    assert labels(dropped[0], dropped[1], three[2]) == ("Hinge", "Focal", "Cross-entropy · no dropout")


def test_label_of_what_does_not_differ() -> None:
    assert labels(run()) == ("Cross-entropy · SGD",)
    assert labels(run(), run()) == ("Cross-entropy · SGD",) * 2
    assert labels(run(label="mine"), run()) == ("mine", "Cross-entropy · SGD")
    assert labels(run(label="mine"), run(optimizer="adam")) == ("mine", "Adam")


def test_the_parts_of_a_label_are_data() -> None:
    mine, hinge = parts((run(label="{mine} · yours"), run("hinge", learning_rate=0.2)))
    assert mine == (Said("{label}", label="{mine} · yours"),)
    assert hinge == (Said("{value}", value=Said("Hinge")), Said("η {value}", value=Figure(0.2, "g")))


@pytest.mark.parametrize("registry", [LOSSES, OPTIMIZERS, PENALTIES, SCHEDULES, MODELS, CLASS_WEIGHTS, DATASETS], ids=lambda registry: registry.noun)
def test_templates_of_labels_have_a_place_for_the_value(registry: Registry[Any]) -> None:
    for cls in (*registry.values(), Run, Racer):
        assert all(places(parameter.brief) == {"value"} and not places(parameter.off) for parameter in cls.parameters().values())


@pytest.mark.parametrize("experiment", MIXED, ids=lambda experiment: experiment.dataset.kind)
def test_different_runs_have_different_labels(experiment: Experiment) -> None:
    made = experiment.labels()
    assert len(set(made)) == len(made) == len(set(experiment.runs))
    for label in made:
        assert label
        assert "\\" not in label
        assert "{" not in label


@pytest.mark.parametrize("registry", [LOSSES, OPTIMIZERS, PENALTIES, SCHEDULES, MODELS, CLASS_WEIGHTS, DATASETS], ids=lambda registry: registry.noun)
def test_description_tells_settings_apart(registry: Registry[Any]) -> None:
    for cls in registry.values():
        items = {cls(**values) for values in positions(cls)}
        assert len({str(item.in_words()) for item in items}) == len(items)
        assert str(cls().in_words()) == OTHERWISE.get(cls.kind, cls.title.split(" (")[0])


def test_differences_are_in_order_of_declaration() -> None:
    assert differences([run()]) == differences([run(), run()]) == ()
    assert differences([run("hinge", "adam", clip_norm=1.0), run(), run(label="x")]) == ("loss", "optimizer", "clip_norm", "label")


@pytest.mark.parametrize("label", ["x" * 61, "two\nlines", "tab\t", "\u202e", 7, None])
def test_label_is_one_short_line(label: Any) -> None:
    with pytest.raises(ValueError, match="label must be one line of at most 60 characters"):
        run(label=label)


# Other data


@pytest.mark.parametrize("experiment", MIXED, ids=lambda experiment: experiment.dataset.kind)
def test_fit_to_keeps_what_fits(experiment: Experiment) -> None:
    for item in (dataset() for dataset in DATASETS.values()):
        fitted = fit_to(experiment, item)
        assert fitted.dataset == item
        assert replace(fitted, dataset=experiment.dataset, runs=experiment.runs) == experiment
        for before, after in zip(experiment.runs, fitted.runs, strict=True):
            assert replace(after, loss=before.loss, class_weights=before.class_weights, resampling=before.resampling) == before
            assert after.resampling == (before.resampling if item.task == CLASSIFICATION else NONE)
            if type(before.loss) in fitting_losses(item):
                assert after.loss == before.loss
            else:
                assert type(after.loss) in fitting_losses(item)
            keeps = item.task == CLASSIFICATION and before.class_weights.kind != "manual"
            assert after.class_weights == (before.class_weights if keeps else CLASS_WEIGHTS["none"]())


def test_fitting_losses_are_all_those_of_the_task_and_the_domain() -> None:
    for dataset in DATASETS.values():
        inside = [y for y in (-1.0, 0.0, 1.0) if y in dataset.target_domain]
        of_task = {cls for cls in LOSSES.values() if dataset.task in cls.tasks}
        assert set(fitting_losses(dataset)) == {cls for cls in of_task if all(y in cls.target_domain for y in inside)}

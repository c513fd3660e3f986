"""What else items are called: people type what their textbook, library or language says, and find the item first."""

from __future__ import annotations

import pytest

from core.losses import LOSSES
from core.optimizers import OPTIMIZERS
from core.parameters import Registry
from core.parameters.declared import with_aliases
from core.penalties import PENALTIES
from core.schedules import SCHEDULES
from core.studies.adversarial import ADVERSARIAL_LOSSES, CRITIC_PENALTIES
from core.studies.deep_networks import ACTIVATIONS, NORMS, STARTS
from core.studies.metric_learning import EMBEDDING_LOSSES
from core.studies.reinforcement import METHODS, POLICY_LOSSES, RULES, VALUE_LOSSES
from core.tasks import CLASSIFICATION, REGRESSION
from core.training.metrics import SPLIT_METRICS

TYPED = {
    "losses": (
        LOSSES,
        {
            "MSE": "squared_error", "L2 loss": "squared_error", "均方误差": "squared_error", "MAE": "absolute_error", "L1 loss": "absolute_error",
            "pinball": "quantile", "bisquare": "tukey", "log loss": "cross_entropy", "softmax loss": "cross_entropy", "交叉熵": "cross_entropy",
            "BCE": "binary_cross_entropy", "KLD": "kl_divergence", "SVM": "hinge", "0-1": "zero_one", "focal loss": "focal", "SVR": "epsilon_insensitive",
        },
    ),
    "optimizers": (
        OPTIMIZERS,
        {
            "gradient descent": "sgd", "heavy ball": "momentum", "动量": "momentum", "NAG": "nesterov", "Adam with weight decay": "adamw",
            "signSGD": "sign_descent",
        },
    ),
    "penalties": (PENALTIES, {"ridge": "l2", "weight decay": "l2", "lasso": "l1"}),
    "schedules": (SCHEDULES, {"cosine annealing": "cosine", "SGDR": "cosine_restarts", "OneCycleLR": "one_cycle"}),
}  # fmt: skip


@pytest.mark.parametrize("name", TYPED)
def test_what_people_type_finds_the_item_first(name: str) -> None:
    """A menu offers the entries that contain what was typed, in their order."""
    registry, typed = TYPED[name]
    found = {text: next((kind for kind, item in registry.items() if text.casefold() in item.listed().casefold()), None) for text in typed}
    assert found == typed
    for text, kind in typed.items():
        assert text.casefold() in registry[kind].found_by().casefold()


@pytest.mark.parametrize(
    ("task", "typed"),
    [
        (CLASSIFICATION, {"ACC": "accuracy", "sensitivity": "recall", "召回率": "recall", "F-score": "f1", "cross-entropy": "log_loss"}),
        (REGRESSION, {"mean squared error": "rmse", "L2": "mse", "均方误差": "mse", "L1": "mae", "r2": "r2"}),
    ],
)  # fmt: skip
def test_what_people_type_finds_a_metric(task: str, typed: dict[str, str]) -> None:
    metrics = {name: metric for name, metric in SPLIT_METRICS[task].items() if name != "loss"}
    assert {text: next(name for name, metric in metrics.items() if text.casefold() in metric.listed().casefold()) for text in typed} == typed


@pytest.mark.parametrize(
    "registry",
    [
        LOSSES, OPTIMIZERS, PENALTIES, SCHEDULES, ADVERSARIAL_LOSSES, CRITIC_PENALTIES, EMBEDDING_LOSSES, VALUE_LOSSES, POLICY_LOSSES, METHODS, RULES,
        ACTIVATIONS, STARTS, NORMS,
    ],
    ids=lambda registry: registry.noun,
)  # fmt: skip
def test_each_entry_of_a_menu_is_its_own(registry: Registry) -> None:  # type: ignore[type-arg]
    for entries in ([item.listed() for item in registry.values()], [item.known_as() for item in registry.values()]):
        assert len(set(entries)) == len(entries)
    for item in registry.values():
        assert item.listed().startswith(item.title.split(" (")[0])
        assert item.found_by().splitlines()[0] == item.known_as()
        assert len({alias.casefold() for alias in (item.title, *item.aliases)}) == 1 + len(item.aliases)
        assert item.aliases == vars(item).get("aliases", ()), f"{item.title} is called like its parent"


@pytest.mark.parametrize(
    ("title", "aliases", "listed"),
    [
        ("Huber", (), "Huber"), ("Squared error", ("MSE", "L2 loss"), "Squared error (MSE, L2 loss)"),
        ("Hinge (one-vs-rest)", ("SVM",), "Hinge (one-vs-rest; SVM)"), ("Quantile (pinball)", (), "Quantile (pinball)"),
    ],
)  # fmt: skip
def test_other_names_stand_in_brackets(title: str, aliases: tuple[str, ...], listed: str) -> None:
    assert with_aliases(title, aliases) == listed

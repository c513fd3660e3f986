"""The views Properties and Which loss? without a browser: the table, the card and its address, the advice, and what each opens."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.catalogue import PROPERTIES
from core.losses import LOSSES
from core.studies.losses import advice, comparisons
from core.studies.losses.advice import Needs
from core.studies.losses.views import Chooser, Properties
from core.tasks import CLASSIFICATION, REGRESSION
from pages.ui.losses import chooser, properties
from pages.ui.session import link
from pages.ui.training import follow
from tests.tables import results
from tests.views import by_address, change, checked
from tests.views import carried as carried_of

Open = Callable[..., AppTest]


@pytest.fixture
def open_view(root: Path, in_threads: None) -> Open:
    """Return a function that opens the page at one of its views, as the first thing that a session does."""
    return lambda view, **parameters: checked(by_address(root, "losses", view=view, **parameters).run())


def carried(app: AppTest) -> Properties:
    state: Properties = carried_of(app, properties.SCREEN)
    return state


def rows(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["Loss"])


def names(task: str = "") -> list[str]:
    return [loss.known_as() for loss in LOSSES.values() if not task or task in loss.tasks]


def text(app: AppTest) -> str:
    return "\n".join(element.value.replace("\\", "") for element in (*app.markdown, *app.caption))


# Properties


def test_the_table_holds_every_loss_and_the_first_ones_card(open_view: Open) -> None:
    app = open_view("properties")
    assert rows(app) == names()
    assert carried(app) == Properties()
    assert "##### Squared error" in text(app)


def test_every_loss_has_a_card(open_view: Open) -> None:
    app = open_view("properties")
    for kind, cls in LOSSES.items():
        app.session_state[properties.SCREEN.key] = Properties(loss=kind)
        shown, loss = text(checked(app.run())), cls()
        assert carried(app).loss == kind
        for part in (f"##### {loss.title}", loss.summary, loss.use, loss.avoid, loss.reference):
            assert part in shown, kind
        assert [element.value.strip("$\n ") for element in app.latex] == [loss.formula, loss.gradient_formula]
        assert [element.value for element in app.code] == [code for code in (loss.in_pytorch(), loss.in_sklearn()) if code is not None]
        for name in loss.active():
            assert loss.parameters()[name].doc in shown, kind
        for each in PROPERTIES:
            assert (f"check: {each.words}]" in shown) == getattr(loss, each.attribute), kind


def test_an_old_link_opens_one_card(open_view: Open) -> None:
    app = open_view("properties", loss="tukey")
    assert carried(app) == Properties(loss="tukey")
    assert "loss" not in app.query_params
    assert f"##### {LOSSES['tukey'].title}" in text(app)


def test_an_old_link_to_a_loss_that_there_is_not_opens_the_first(root: Path, in_threads: None) -> None:
    app = by_address(root, "losses", view="properties", loss="`**nonsense").run()
    assert not app.exception
    assert "The link could not be opened" in app.warning[0].value.replace("\\", "")
    assert carried(app) == Properties()


def test_a_link_opens_filters_and_card(open_view: Open) -> None:
    app = open_view("properties", v=link.encode(Properties(REGRESSION, ("robust",), "tukey")))
    assert rows(app) == [loss.known_as() for loss in LOSSES.values() if REGRESSION in loss.tasks and loss().robust]
    assert f"##### {LOSSES['tukey'].title}" in text(app)
    default = json.loads(app.dataframe[0].proto.selection_default)
    assert default["selection"]["rows"] == [rows(app).index(LOSSES["tukey"].known_as())]
    assert list(app.session_state["shown"][0]()["Loss"]) == rows(app)


def test_the_card_stays_when_filters_change_and_comes_back(open_view: Open) -> None:
    app = open_view("properties", v=link.encode(Properties(loss="huber")))
    app = change(app, "losses.properties.task", REGRESSION)
    assert carried(app) == Properties(REGRESSION, loss="huber")
    assert "##### Huber" in text(app)
    app = change(app, "losses.properties.task", CLASSIFICATION)
    assert rows(app) == names(CLASSIFICATION)
    first = next(loss for loss in LOSSES.values() if CLASSIFICATION in loss.tasks)
    assert f"##### {first.title}".replace("\\", "") in text(app)
    app = change(app, "losses.properties.task", "all")
    assert "##### Huber" in text(app)


def test_pills_ask_for_properties(open_view: Open) -> None:
    app = change(open_view("properties"), "losses.properties.must", ["convex", "robust"])
    held = [loss() for loss in LOSSES.values()]
    assert rows(app) == [name for name, loss in zip(names(), held, strict=True) if loss.convex and loss.robust]
    app = change(app, "losses.properties.must", ["convex", "bounded"])
    assert "No loss has this name and all of these" in app.info[0].value, "only a constant is both"
    assert app.session_state["shown"][0]().empty
    assert carried(app).must == ("convex", "bounded")


def test_marks_are_those_of_the_losses() -> None:
    frame = properties.table(list(LOSSES))
    for i, cls in enumerate(LOSSES.values()):
        loss, row = cls(), frame.iloc[i]
        assert [bool(row[each.title]) for each in PROPERTIES] == [getattr(loss, each.attribute) for each in PROPERTIES]
        assert (row["PyTorch"] != "") == (loss.in_pytorch() is not None)
        assert (row["PyTorch"] == "✓") == ("torch.nn.functional" in (loss.in_pytorch() or ""))
        assert (row["sklearn"] != "") == (loss.in_sklearn() is not None)


@pytest.mark.parametrize("kind", ["huber", "poisson", "focal"])
def test_a_card_opens_its_comparison(kind: str, open_view: Open) -> None:
    app = open_view("properties", loss=kind)
    checked(app.button(key="losses_open").click().run())
    assert app.session_state.bench.document == comparisons.comparison(LOSSES[kind]())
    assert set(results(app)["Status"]) == {"finished"}


# Which loss?


def answer(app: AppTest, **answers: str) -> AppTest:
    for name, value in answers.items():
        change(app, f"losses.chooser.needs.{name}", value)
    return app


@pytest.mark.parametrize(
    "answers",
    [
        {"task": REGRESSION},
        {"task": REGRESSION, "targets": "counts", "outliers": "some", "costs": "unequal"},
        {"task": CLASSIFICATION},
        {"task": CLASSIFICATION, "classes": "uneven", "labels": "many", "probabilities": "needed"},
    ],
    ids=str,
)
def test_the_advice_is_that_of_the_rules(answers: dict[str, str], open_view: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    app, needs = answer(open_view("chooser"), **answers), Needs(**answers)
    shown, recommended = text(app), advice.recommend(needs)
    assert [app.button(key=f"losses_card_{i}").label.replace("\\", "") for i in range(1, len(recommended) + 1)] == [
        f"**{i}. {each.take.title}**" for i, each in enumerate(recommended, 1)
    ]
    for each in recommended:
        assert str(each.reason) in shown
        assert str(each.caveat) in shown
    stage = advice.stage(needs)
    assert str(stage.note) in shown
    monkeypatch.setattr(follow, "GRACE_SECONDS", 0)  # it is about what is opened, not about its training
    checked(app.button(key="losses_open").click().run())
    assert app.session_state.bench.document == advice.comparison(needs)


def test_answers_are_kept_for_when_their_task_comes_back(open_view: Open) -> None:
    app = answer(open_view("chooser"), outliers="many", task=CLASSIFICATION)
    assert "losses.chooser.needs.outliers" not in {each.key for each in app.segmented_control}
    answer(app, task=REGRESSION)
    assert app.segmented_control(key="losses.chooser.needs.outliers").value == "many"
    assert carried_of(app, chooser.SCREEN) == Chooser(Needs(outliers="many"))
    assert "Outliers: many" in text(app)


def test_a_link_opens_with_its_answers(open_view: Open) -> None:
    needs = Needs(CLASSIFICATION, classes="uneven", probabilities="needed")
    app = open_view("chooser", v=link.encode(Chooser(needs)))
    assert app.segmented_control(key="losses.chooser.needs.classes").value == "uneven"
    frame = app.session_state["shown"][0]()
    assert list(frame["loss"]) == [each.take.title for each in advice.recommend(needs)]
    assert "Probabilities: needed" in set(" · ".join(frame["because"]).split(" · "))


def test_a_recommendation_leads_to_its_card(open_view: Open) -> None:
    app = checked(open_view("chooser").button(key="losses_card_2").click().run())
    assert app.query_params["view"] in ("properties", ["properties"])
    assert carried(app) == Properties(loss="huber")
    assert "##### Huber" in text(app)


def test_filters_that_leave_a_recommended_loss_out_are_taken_away(open_view: Open) -> None:
    app = open_view("properties", v=link.encode(Properties(CLASSIFICATION, ("convex",))))
    app = change(app, "losses_view", "chooser")
    app = checked(app.button(key="losses_card_2").click().run())
    assert carried(app) == Properties(loss="huber")
    assert app.segmented_control(key="losses.properties.task").value == "all"
    assert rows(app) == names()


def test_the_table_is_searched_by_any_name(open_view: Open) -> None:
    app = open_view("properties", v=link.encode(Properties(name="mse")))
    assert rows(app)[0] == "Squared error (MSE)"
    assert len(rows(app)) < 5
    app = checked(app.text_input(key="losses.properties.name").set_value("交叉熵").run())
    assert rows(app)[0].startswith("Cross-entropy")
    app = checked(app.text_input(key="losses.properties.name").set_value("no such loss").run())
    assert "take something away" in app.info[0].value

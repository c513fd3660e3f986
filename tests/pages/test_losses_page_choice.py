"""The views Properties and Which loss? without a browser: the table, the card and its address, the advice, and what each opens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.catalogue import PROPERTIES
from core.losses import LOSSES
from core.studies.losses import advice, comparisons
from core.studies.losses.advice import Needs
from core.tasks import CLASSIFICATION, REGRESSION
from pages.ui.losses import properties
from pages.ui.training import follow

Open = Callable[..., AppTest]


@pytest.fixture
def open_view(root: Path, in_threads: None) -> Open:
    """Return a function that opens the page at one of its views, as the first thing that a session does."""
    def open_(view: str, **parameters: str) -> AppTest:
        app = AppTest.from_file(str(root / "streamlit_app.py"), default_timeout=90)
        app.switch_page("pages/losses.py")
        app.query_params["view"] = view
        for name, value in parameters.items():
            app.query_params[name] = value
        return fine(app.run())

    return open_


def fine(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].value
    assert not app.error
    assert not app.warning
    return app


def carried(app: AppTest) -> str:
    value = app.query_params[properties.PARAMETER]
    return value if isinstance(value, str) else value[0]


def rows(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["Loss"])


def names(task: str = "") -> list[str]:
    return [loss.title.split(" (")[0] for loss in LOSSES.values() if not task or task in loss.tasks]


def text(app: AppTest) -> str:
    return "\n".join(element.value.replace("\\", "") for element in (*app.markdown, *app.caption))


# Properties


def test_the_table_holds_every_loss_and_the_first_ones_card(open_view: Open) -> None:
    app = open_view("properties")
    assert rows(app) == names()
    assert carried(app) == next(iter(LOSSES))
    assert "##### Squared error" in text(app)


def test_every_loss_has_a_card(open_view: Open) -> None:
    app = open_view("properties")
    for kind, cls in LOSSES.items():
        app.session_state[properties.CHOSEN] = kind
        shown, loss = text(fine(app.run())), cls()
        assert carried(app) == kind
        for part in (f"##### {loss.title}", loss.summary, loss.use, loss.avoid, loss.reference):
            assert part in shown, kind
        assert [element.value.strip("$\n ") for element in app.latex] == [loss.formula, loss.gradient_formula]
        assert [element.value for element in app.code] == [code for code in (loss.in_pytorch(), loss.in_sklearn()) if code is not None]
        for name in loss.active():
            assert loss.parameters()[name].doc in shown, kind
        for each in PROPERTIES:
            assert (f"check: {each.words}]" in shown) == getattr(loss, each.attribute), kind


def test_a_link_opens_one_card(open_view: Open) -> None:
    app = open_view("properties", loss="tukey")
    assert carried(app) == "tukey"
    assert f"##### {LOSSES['tukey'].title}" in text(app)


def test_a_link_to_a_loss_that_there_is_not_opens_the_first(open_view: Open) -> None:
    assert carried(open_view("properties", loss="`**nonsense")) == next(iter(LOSSES))


def test_the_card_stays_when_filters_change_and_comes_back(open_view: Open) -> None:
    app = open_view("properties", loss="huber")
    fine(app.segmented_control(key="losses_properties_task").set_value(REGRESSION).run())
    assert carried(app) == "huber"
    fine(app.segmented_control(key="losses_properties_task").set_value(CLASSIFICATION).run())
    assert rows(app) == names(CLASSIFICATION)
    assert carried(app) == next(kind for kind, loss in LOSSES.items() if CLASSIFICATION in loss.tasks)
    fine(app.segmented_control(key="losses_properties_task").set_value("all").run())
    assert carried(app) == "huber"


def test_pills_ask_for_properties(open_view: Open) -> None:
    app = open_view("properties")
    fine(app.pills(key="losses_properties_must").set_value(["convex", "robust"]).run())
    held = [loss() for loss in LOSSES.values()]
    assert rows(app) == [name for name, loss in zip(names(), held, strict=True) if loss.convex and loss.robust]
    fine(app.pills(key="losses_properties_must").set_value(["convex", "bounded"]).run())
    assert "No loss has all of these" in app.info[0].value, "only a constant is both"


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
    fine(app.button(key="losses_open").click().run())
    assert app.session_state.bench.document == comparisons.comparison(LOSSES[kind]())
    assert set(app.dataframe[0].value["Status"]) == {"finished"}


# Which loss?


def answer(app: AppTest, **answers: str) -> AppTest:
    for name, value in answers.items():
        fine(app.segmented_control(key=f"losses_need_{name}").set_value(value).run())
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
    fine(app.button(key="losses_compare").click().run())
    assert app.session_state.bench.document == advice.comparison(needs)


def test_answers_are_kept_for_when_their_task_comes_back(open_view: Open) -> None:
    app = answer(open_view("chooser"), outliers="many", task=CLASSIFICATION)
    assert "losses_need_outliers" not in {each.key for each in app.segmented_control}
    answer(app, task=REGRESSION)
    assert app.segmented_control(key="losses_need_outliers").value == "many"


def test_a_recommendation_leads_to_its_card(open_view: Open) -> None:
    app = open_view("chooser")
    fine(app.button(key="losses_card_2").click().run())
    assert app.query_params["view"] in ("properties", ["properties"])
    assert carried(app) == "huber"
    assert "##### Huber" in text(app)

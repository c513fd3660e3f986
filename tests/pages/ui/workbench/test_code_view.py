"""The popover "Code" of a run: its scripts as the dials stand, its model, new rows, and nothing while it is folded away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.datasets import DATASETS
from core.experiment import Experiment
from core.export import pytorch_script, sklearn_script
from core.inspection import views
from pages.ui.session import state
from pages.ui.workbench import code_view
from tests.pages.test_own_data_page import ASKING, WAGES, pasted, press
from tests.small import LINEAR, run, small
from tests.views import by_address, change, checked, unfold

Open = Callable[..., AppTest]

EXPERIMENT = small(run(), run(learning_rate=0.2, label="second"), seeds=1, dtype="float32")
REGRESSION = small(run("huber"), seeds=1, dataset=DATASETS["diabetes"](), model=LINEAR)


def shown(app: AppTest) -> Experiment:
    experiment: Experiment = checked(app).session_state.bench.document
    return experiment


def opened(open_page: Open, experiment: Experiment = EXPERIMENT, code: str = views.PYTORCH) -> AppTest:
    """Return the workbench with the popover open."""
    app = open_page(experiment)
    app.session_state[state.WORKBENCH_VIEW.key] = replace(app.session_state[state.WORKBENCH_VIEW.key], code=code)
    return unfold(app, state.WORKBENCH_VIEW, "code")


def script(app: AppTest) -> str:
    """Return the code that is shown; Streamlit leaves out the last line break."""
    return f"{app.code[0].value}\n"


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.get("download_button")]


def test_nothing_is_made_while_it_is_folded_away(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pytorch_script", "sklearn_script", "notebook", "bundle", "model_bundle", "prediction_frame"):
        monkeypatch.setattr(code_view, name, None)
    app = checked(open_page(EXPERIMENT))
    assert not app.code
    assert labels(app) == ["Table", "History"]


def test_the_script_is_that_of_the_selected_run_as_the_dials_stand(open_page: Open) -> None:
    app = opened(open_page)
    assert script(app) == pytorch_script(EXPERIMENT, EXPERIMENT.runs[0])
    assert app.code[0].language == "python"
    changed = change(app, "epochs", 5)
    assert script(changed) == pytorch_script(shown(changed), shown(changed).runs[0]) != pytorch_script(EXPERIMENT, EXPERIMENT.runs[0])
    second = change(changed, "selected_run", 1)
    assert script(second) == pytorch_script(shown(second), shown(second).runs[1])
    assert "LEARNING_RATE = 0.2\n" in script(second)


def test_what_is_chosen_is_in_the_address(open_page: Open) -> None:
    app = opened(open_page)
    app = change(app, next(str(group.key) for group in app.get("button_group") if str(group.key).endswith("code")), views.NOTEBOOK)
    text = app.query_params[state.WORKBENCH_VIEW.parameter]
    carried = state.WORKBENCH_VIEW.read(text if isinstance(text, str) else text[0])
    assert (carried.code, carried.folded_out) == (views.NOTEBOOK, ("code",))
    assert "Notebook" in labels(app)


def test_scikit_learn_has_the_minimum_of_a_linear_model_and_says_why_not_of_others(open_page: Open) -> None:
    app = opened(open_page, replace(EXPERIMENT, model=LINEAR), views.SKLEARN)
    assert script(app) == sklearn_script(shown(app), shown(app).runs[0])
    network = opened(open_page, code=views.SKLEARN)
    assert not network.code
    assert "a network has many minima" in network.info[0].value.replace("\\", "")


def test_the_model_and_its_predictions_are_of_the_chosen_epoch(open_page: Open) -> None:
    app = opened(open_page, code=views.MODEL)
    assert {"Model", "Predictions"} <= {*labels(app)}
    assert any("after epoch 3" in caption.value for caption in app.caption)
    app.session_state[state.WORKBENCH_VIEW.key] = replace(app.session_state[state.WORKBENCH_VIEW.key], epoch=1)
    assert any("after epoch 1," in caption.value for caption in checked(app.run()).caption)


def test_new_rows_are_predicted_by_the_selected_run(open_page: Open) -> None:
    app = opened(open_page, code=views.MODEL)
    app.file_uploader(key="new_rows_file").upload("new.csv", b"x2,x1\n1,2\n3,4\n", "text/csv").run()
    checked(app)
    assert "Predicted rows" in labels(app)
    predictions = [each for each in app.get("html") if "<caption>Predictions</caption>" in each.proto.body]
    assert "2 rows of new.csv" in predictions[0].proto.body
    second = change(app, "selected_run", 1)
    assert [each.proto.body for each in second.get("html") if "<caption>Predictions</caption>" in each.proto.body] != [predictions[0].proto.body]


def test_a_file_that_does_not_suit_is_refused_by_column(open_page: Open) -> None:
    app = opened(open_page, code=views.MODEL)
    app.file_uploader(key="new_rows_file").upload("new.csv", b"x1,y\n1,2\n", "text/csv").run()
    assert "it has no column 'x2', which the model needs" in app.error[0].value.replace("\\", "").replace("\u2060", "")
    assert "Predicted rows" not in labels(app)


def test_numbers_are_predicted_in_their_own_units(open_page: Open) -> None:
    app = opened(open_page, REGRESSION, views.MODEL)
    table = REGRESSION.dataset.load()
    row = ",".join(map(str, table.X[0]))
    app.file_uploader(key="new_rows_file").upload("new.csv", f"{','.join(table.features)}\n{row}\n".encode(), "text/csv").run()
    assert any("prediction disease progression" in each.proto.body for each in checked(app).get("html"))


def test_a_model_of_one_feature_scores_a_file_of_one_column(open_page: Open) -> None:
    app = opened(open_page, small(run("huber"), seeds=1, dataset=DATASETS["sine"](), model=LINEAR), views.MODEL)
    app.file_uploader(key="new_rows_file").upload("new.csv", b"x\n0.5\n0.25\n", "text/csv").run()
    assert any("2 rows of new.csv" in each.proto.body for each in checked(app).get("html"))


def test_a_diverged_run_has_no_model(open_page: Open) -> None:
    lost = small(run("squared_error", learning_rate=1e6), seeds=1, model=LINEAR)
    app = opened(open_page, lost, views.MODEL)
    assert "had diverged by epoch" in app.info[0].value
    assert "Model" not in labels(app)


def test_share_has_the_selected_run_as_code(open_page: Open) -> None:
    app = open_page(EXPERIMENT)
    app.session_state["share"] = True
    assert {"PyTorch", "Notebook"} <= {*labels(checked(app.run()))}


def test_share_has_the_race_as_code(root: object, in_threads: None) -> None:
    app = by_address(root, "optimizers")  # type: ignore[arg-type]
    app.run()
    app.session_state["share"] = True
    assert "PyTorch" in labels(checked(app.run()))


def test_own_data_are_taken_home_as_a_zip_and_forgotten_with_their_new_rows(open_page: Open) -> None:
    app = unfold(pasted(open_page(ASKING), WAGES), state.WORKBENCH_VIEW, "code")
    assert "np.load(TABLE)" in script(app)
    assert "Script, notebook and rows" in labels(app)
    app.session_state[state.WORKBENCH_VIEW.key] = replace(app.session_state[state.WORKBENCH_VIEW.key], code=views.MODEL)
    app = app.run()
    app.file_uploader(key="new_rows_file").upload("new.csv", b"age;city\n30;Rome\n;Rome\n", "text/csv").run()
    assert not app.error
    assert "Predicted rows" in labels(app)
    app.file_uploader(key="new_rows_file").upload("new.csv", b"age;city\n30;Paris\n", "text/csv").run()
    assert "which no row of the training data had" in app.error[0].value
    app.file_uploader(key="new_rows_file").upload("new.csv", b"age;city\n30;Oslo\n", "text/csv").run()
    assert app.session_state["new_rows"].lines == (2,)
    press(app, "Other data")
    assert "new_rows" not in app.session_state

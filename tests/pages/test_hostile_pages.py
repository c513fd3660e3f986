"""The pages under hostile links, files, labels and faults: the default or a plain message, never a traceback, and the others go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets import DATASETS
from core.experiment import MAX_RUNS, default_experiment
from core.losses import LOSSES
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.parameters import Declared, Number
from core.penalties import PENALTIES
from core.schedules import SCHEDULES
from core.studies.descent.race import default_race
from core.studies.descent.surfaces import SURFACES
from core.training.lanes import Comparison
from pages.ui.server import jobs
from pages.ui.server.executors import Workplace
from pages.ui.server.training import Status
from pages.ui.session import link, state
from pages.ui.session.address import EXPERIMENT
from pages.ui.training import follow
from pages.ui.widgets.text import plain
from tests import hostile
from tests.small import run, small
from tests.tables import results

Open = Callable[..., AppTest]

QUICK = small(run(), run("hinge"), dtype="float32")
HINGE = LOSSES["hinge"]
#: a few of each kind of damage: all are read in `test_hostile_links.py`
LINKS, RACES, FILES = (dict(list(found.items())[::step]) for found, step in ((hostile.links(), 70), (hostile.race_links(), 8), (hostile.files(), 50)))


def extremes(item: Declared) -> list[Any]:
    """Return the item with every number at the lowest, and at the highest, value that is valid at all."""
    found: list[Any] = []
    for end in ("low", "high"):
        changed = item
        for name, parameter in item.parameters().items():
            if isinstance(parameter, Number):
                low, high = max(parameter.hard.low, -1e300), min(parameter.hard.high, 1e300)
                value: float = low if end == "low" else high
                if value not in parameter.hard:
                    value = low + 1e-300 if end == "low" else np.nextafter(high, low)
                with suppress(ValueError):  # some rule of two parameters together
                    changed = replace(changed, **{name: value})
        found.append(changed)
    return found


@cache
def every_extreme() -> list[Declared]:
    """Return the extremes of everything that is registered."""
    registries = (LOSSES, OPTIMIZERS, SCHEDULES, PENALTIES, SURFACES, DATASETS, MODELS)
    return [each for registry in registries for kind in registry.values() for each in extremes(kind())]


def test_surfaces_are_finite_at_the_ends_of_their_parameters() -> None:
    """Declaring one computes nothing, so its map, minima and starts are asked for here."""
    for surface in [item for kind in SURFACES.values() for item in extremes(kind())]:
        points = np.array([*surface.starts, *surface.minima])
        with np.errstate(over="ignore"):
            assert np.isfinite(np.array(surface.domain)).all(), surface
            assert np.isfinite(points).all(), surface
            assert not np.isnan(surface.value(points)).any(), surface
            assert not np.isnan(surface.gradient(points)).any(), surface


def calm(app: AppTest) -> AppTest:
    """Assert that no traceback is on the page."""
    assert not app.exception, app.exception[0].value
    return app


def statuses(app: AppTest) -> list[str]:
    return list(results(calm(app))["Status"])


def said(app: AppTest) -> str:
    return " ".join(each.value for each in (*app.warning, *app.error)).replace("\\", "").replace("\u2060", "")


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


# Links and files


def test_a_hostile_link_opens_the_default_with_a_message(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "GRACE_SECONDS", 0)  # it is about what is on the screen, not about the training
    good = link.encode(default_experiment())
    for name, text in LINKS.items():
        app = calm(open_page(text=text))
        assert app.session_state.bench.document == default_experiment(), name
        assert "The link could not be opened: " in said(app), name
        assert app.query_params[EXPERIMENT] in (good, [good]), "the address is mended"


def test_a_hostile_link_of_a_race_opens_the_default_with_a_message(root: Path) -> None:
    for name, text in RACES.items():
        app = AppTest.from_file(str(root / "pages/descent.py"), default_timeout=60)
        app.query_params[state.RACE.parameter] = text
        calm(app.run())
        assert app.session_state.race.document == default_race(), name
        assert "The link could not be opened: " in said(app), name


def test_a_hostile_file_changes_nothing_and_says_why(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "GRACE_SECONDS", 0)
    app = open_page(QUICK)
    app.session_state["share"] = True
    app.run()
    contents = [text.encode("utf-8", "surrogatepass") for text in FILES.values()]
    contents += [b"\xff\xfe\x00", b"PK\x03\x04", QUICK.to_json().encode("utf-16"), b" " * 64_001, hostile.packed(QUICK.to_json()).encode()]
    for content in contents:
        app.file_uploader(key="upload").upload("<img src=x onerror=alert(1)>.json", content, "application/json").run()
        assert calm(app).session_state.bench.document == QUICK
        assert "The file could not be opened: " in said(app), content[:80]
    app.file_uploader(key="upload").upload("fine.json", default_experiment().to_json().encode(), "application/json").run()
    assert calm(app).session_state.bench.document == default_experiment()


def test_an_experiment_that_fits_no_link_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address could not be opened again."""
    monkeypatch.setattr(link, "LONGEST", len(hostile.GOOD) - 1)
    with pytest.raises(ValueError, match="it says more than fits into a link"):
        state.WORKBENCH.checked(default_experiment())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset": DATASETS["blobs"](rows=20_000), "model": MODELS["mlp"](hidden=(1024,) * 4)}, "take fewer runs or seeds, or a smaller model"),
        ({"dataset": DATASETS["blobs"](rows=20_000), "epochs": 2000, "batch_size": 1}, "take fewer epochs or rows"),
        ({"epochs": 2000, "seeds": 10, "model": MODELS["mlp"](hidden=(256, 256))}, "times the work that one comparison may ask for"),
    ],
    ids=["parameters", "updates", "work"],
)
def test_a_valid_link_that_asks_for_too_much_is_refused_at_once(changes: dict[str, Any], message: str, open_page: Open) -> None:
    experiment = replace(default_experiment(), **changes)
    app = calm(open_page(experiment))
    assert app.session_state.bench.document == experiment
    assert message in said(app)


def test_every_dial_can_show_what_a_link_may_say() -> None:
    """Values far beyond what a slider offers."""

    def script() -> None:
        from pages.ui.session.screen import Screen
        from pages.ui.widgets import controls
        from tests.pages.test_hostile_pages import every_extreme

        for i, item in enumerate(every_extreme()):
            screen = Screen(f"item {i}", type(item), "x", lambda: item, (str(i),))  # noqa: B023  not called
            screen.load(item)
            controls.fields(screen.at())
        assert i > 200

    calm(AppTest.from_function(script, default_timeout=60).run())


@pytest.mark.parametrize("end", [0, 1], ids=["lowest", "highest"])
def test_a_valid_link_of_extremes_opens(end: int, open_page: Open, root: Path) -> None:
    experiment = default_experiment()
    with_ends = replace(experiment, runs=(extremes(experiment.runs[0])[end], experiment.runs[1]), split_seed=(0, 2**32 - 1)[end], epochs=1)
    assert calm(open_page(with_ends)).session_state.bench.document == with_ends
    race = replace(default_race(), racers=(extremes(default_race().racers[0])[end],), steps=10, noise=(0.0, 1e3)[end], start=(1e6, -1e6))
    app = AppTest.from_file(str(root / "pages/descent.py"), default_timeout=60)
    app.query_params[state.RACE.parameter] = link.encode(race)
    assert calm(app.run()).session_state.race.document == race


# Labels


@pytest.mark.parametrize("first", range(0, len(hostile.TEXTS), MAX_RUNS))
def test_hostile_labels_are_text(first: int, open_page: Open) -> None:
    labels = hostile.TEXTS[first : first + MAX_RUNS]
    app = calm(open_page(small(*[run(label=label) for label in labels], seeds=1, dtype="float32")))
    chips = next(group for group in app.get("button_group") if group.key == "selected_run")
    assert [option.content for option in chips.proto.options] == [plain(f"{mark} {label}") for mark, label in zip("ABCDEFGHIJKL", labels, strict=False)]
    assert statuses(app) == ["finished"] * len(labels)
    for block in (*app.markdown, *app.caption, *app.warning, *app.error):
        for label in labels:
            assert label not in block.value
    panels = next(group for group in app.get("button_group") if group.label == "Show")
    calm(panels.set_value("per class").run())


# Faults


def test_rates_of_a_million(open_page: Open) -> None:
    """Every optimizer diverges or not, and the page is whole."""
    kinds = list(OPTIMIZERS.values())[:MAX_RUNS]
    app = open_page(small(*[run("squared_error", kind.kind, 1e6) for kind in kinds], dataset=DATASETS["line"](), seeds=1, dtype="float32"))
    assert any(status.startswith("diverged") for status in statuses(app))
    assert len(app.get("vega_lite_chart")) >= 3


@pytest.mark.parametrize("where", ["element", "slope"])
def test_a_loss_that_becomes_nan_ends_its_own_run_only(where: str, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, sound = count(), getattr(HINGE, where)
    monkeypatch.setattr(HINGE, where, lambda self, scores, targets: sound(self, scores, targets) * (1 if next(calls) < 2 else np.nan))
    app = open_page(replace(QUICK, split_seed=["element", "slope"].index(where) + 90))  # asked for by no other test: drawings are kept by what they are of
    first, second = statuses(app)
    assert first == "finished"
    assert "diverged" in second
    assert "diverged" in said(app)


class Gone(Executor):
    """An executor that takes nothing any more."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        raise RuntimeError("cannot schedule new futures after shutdown")


def test_an_executor_that_is_gone_is_said_and_tried_again(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    executors: list[Executor] = [Gone()]
    monkeypatch.setattr(jobs, "workplace", lambda: Workplace(lambda: executors[-1], lambda: 1))
    app = calm(open_page(QUICK))
    assert "training was lost 4 times (RuntimeError): try again" in said(app)
    with ThreadPoolExecutor(1) as thread:
        executors.append(thread)
        press(app, "Try again")
        assert statuses(app) == ["finished"] * 2
        assert not app.error


def test_a_result_that_was_dropped_while_it_is_looked_at_comes_back(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = open_page(QUICK)
    before = results(mine)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "KEPT_BYTES", 0)
        open_page(replace(QUICK, split_seed=1))
    shared = jobs.shared_jobs().job(Comparison(QUICK.unlabelled()))
    assert shared.result() is None, "dropped, or another job in its place"
    after = results(calm(mine.run()))
    columns = [name for name in before.columns if "Seconds" not in name]
    assert after[columns].equals(before[columns])


def test_two_tabs_of_one_person_are_two_sessions(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """They share the training, and neither the screen nor Cancel."""
    monkeypatch.setattr(follow, "GRACE_SECONDS", 0.2)
    long = replace(QUICK, epochs=2000, dataset=DATASETS["blobs"](rows=2000), batch_size=1, seeds=1)
    one, other = open_page(long), open_page(long)
    assert one.session_state.followed.jobs[0]._trainings == other.session_state.followed.jobs[0]._trainings
    press(one, "Cancel")
    assert [button.label for button in one.button if button.label in ("Cancel", "Continue")] == ["Continue"]
    other.run()
    assert [button.label for button in other.button if button.label in ("Cancel", "Continue")] == ["Cancel"]
    other.selectbox(key="dataset.kind").select("moons").run()
    assert calm(one.run()).session_state.bench.document == long
    press(other, "Cancel")
    deadline = time.monotonic() + 120
    while one.session_state.followed.jobs[0].status is Status.RUNNING:
        assert time.monotonic() < deadline, "nobody waits for it, and it goes on"

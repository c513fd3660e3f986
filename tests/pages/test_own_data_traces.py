"""What a session's own data leave behind: nothing in what all sessions share, and nothing that grows."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import _lru_cache_wrapper
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from core.experiment import default_experiment, digits_experiment
from core.inspection import views
from core.models import MODELS
from core.training.lanes import Comparison
from pages.ui.server import jobs
from pages.ui.session import link
from pages.ui.session.address import EXPERIMENT
from pages.ui.workbench import replay
from tests.pages.test_own_data_page import ASKING, Open, open_page, pasted, quiet

__all__ = ["open_page"]

MARKER = "Zanzibar"
NUMBER = 4711.25
#: a class, two columns and a number that occur nowhere else
CLASSES = f"{MARKER}_x,{MARKER}_z,{MARKER}_y\n" + "".join(f"{NUMBER + i % 7},{i * i % 11},{MARKER}{'ab'[i % 2]}\n" for i in range(30))
NUMBERS = f"{MARKER}_x,{MARKER}_z,{MARKER}_y\n" + "".join(f"{NUMBER + i % 7},{i * i % 11},{NUMBER + i % 5 + 0.5}\n" for i in range(30))
ONE = f"{MARKER}_x,{MARKER}_y\n" + "".join(f"{NUMBER + i % 7},{NUMBER + i % 5 + 0.5}\n" for i in range(30))


def texts(item: object, seen: set[int]) -> Iterator[str]:
    """Yield the texts in what a cache holds: in containers, in what they contain, and in fields of dataclasses."""
    if id(item) in seen or isinstance(item, type):
        return
    seen.add(id(item))
    if isinstance(item, str):
        yield item
    elif isinstance(item, dict):
        for pair in item.items():
            for part in pair:
                yield from texts(part, seen)
    elif isinstance(item, list | tuple | set | frozenset):
        for part in item:
            yield from texts(part, seen)
    elif is_dataclass(item):
        for field in fields(item):
            yield from texts(getattr(item, field.name, None), seen)
    elif type(item).__name__ in ("_lru_list_elem", "_HashedSeq"):
        for part in gc.get_referents(item):
            yield from texts(part, seen)


def traces() -> set[str]:
    """Return the shared caches that hold a text of the data."""
    found = set()
    gc.unfreeze()  # what the start of a server has frozen would not be listed
    for cache in [item for item in gc.get_objects() if isinstance(item, _lru_cache_wrapper)]:
        if cache.cache_info().currsize and any(MARKER in text for held in gc.get_referents(cache) for text in texts(held, set())):
            found.add(f"{cache.__module__}.{cache.__qualname__}")
    if MARKER in str(jobs.shared_jobs()._shared.trainings):
        found.add("trainings")
    return found


def test_a_trace_is_found() -> None:
    from pages.ui.charts.panels import confusion_spec

    confusion_spec((MARKER, "b"), 300, 0, False)
    assert traces() == {"pages.ui.charts.panels.confusion_spec"}
    for cache in [item for item in gc.get_objects() if isinstance(item, _lru_cache_wrapper) and item.__name__ == "confusion_spec"]:
        cache.cache_clear()
    assert traces() == set()


@pytest.mark.parametrize(
    ("text", "panels"),
    [
        (CLASSES, (views.BOUNDARIES, views.CONFUSION, views.PER_CLASS, views.SAMPLES, views.WEIGHTS)),
        (NUMBERS, (views.PREDICTIONS, views.SAMPLES, views.WEIGHTS)),
        (ONE, (views.FIT,)),
    ],
    ids=["classes", "numbers", "one feature"],
)
def test_nothing_of_own_data_is_in_a_cache_that_sessions_share(text: str, panels: tuple[str, ...], open_page: Open) -> None:
    replay._play.clear()
    app = pasted(open_page(), text)
    for panel in panels:
        key = next(group.key for group in app.button_group if group.key and group.key.endswith(".panels"))
        app = quiet(app.button_group(key=key).set_value(panel).run())
        assert MARKER in str(app.session_state.own_specifications) or panel != panels[0]
    assert traces() == set()
    app = quiet(next(button for button in app.button if button.label == "Other data").click().run())
    assert not app.session_state.own_specifications


class Forged(Selectbox[Any]):
    """A menu of a browser that sends what it likes."""

    sent = ""

    @property
    def _widget_state(self) -> WidgetState:
        return WidgetState(id=self.id, string_value=self.sent)


def forged(app: AppTest, key: str, sent: str) -> AppTest:
    menu = app.selectbox(key=key)
    menu.__class__, menu.sent = Forged, sent  # type: ignore[attr-defined]
    return quiet(app.run())


@pytest.mark.parametrize("sent", ["nope", "[]", "__class__"])
def test_a_forged_kind_is_the_present_one(sent: str, open_page: Open) -> None:
    experiment = default_experiment()
    app = open_page(replace(experiment, epochs=2))
    before = app.session_state.bench.document
    for key in ("dataset.kind", "model.kind", "runs.0.loss.kind"):
        if any(menu.key == key for menu in app.selectbox):
            app = forged(app, key, sent)
            assert app.session_state.bench.document == before
            assert app.selectbox(key=key).value == {"dataset.kind": before.dataset, "model.kind": before.model}.get(key, before.runs[0].loss).kind


@pytest.mark.parametrize("sent", ["nope", "[]"])
def test_a_forged_target_is_the_present_one(sent: str, open_page: Open) -> None:
    app = pasted(open_page(), CLASSES)
    before = app.session_state.bench.document
    app = forged(app, "own_target", sent)
    assert app.session_state.bench.document == before
    assert app.selectbox(key="own_target").value == 2


def test_refused_links_are_forgotten(open_page: Open) -> None:
    """Each is of other lanes, which would stay for ever, because nothing ever trains that makes room."""
    too_large = replace(ASKING, dataset=digits_experiment().dataset, model=MODELS["mlp"](hidden=(512, 512)), epochs=500, seeds=10)
    app, shared = open_page(), jobs.shared_jobs()
    before = {*shared._shared.trainings}
    for seed in range(3):
        document = replace(too_large, split_seed=seed)
        app = AppTest.from_file(app._script_path, default_timeout=90)
        app.query_params[EXPERIMENT] = link.encode(document)
        quiet(app.run())
        assert app.session_state.followed.jobs[0].document == Comparison(app.session_state.followed.jobs[0].document.experiment)
        assert app.session_state.followed.jobs[0].error is not None
    assert {*shared._shared.trainings} <= before

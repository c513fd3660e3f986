"""What every test may use: the root of the repository."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test

from core.experiment import Experiment
from pages.ui.server import jobs
from pages.ui.session import link
from pages.ui.session.address import EXPERIMENT
from pages.ui.training import follow
from tests.shared_server import SharedServer

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """Let the process that hands tests out to workers hold what the workers share."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SharedServer())


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the root of the repository."""
    return ROOT


@pytest.fixture(scope="session", autouse=True)
def components_are_sought_once() -> Iterator[None]:
    """Each AppTest reads the metadata of every installed package, in search of components; the packages stay the same while tests run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def every_page_comes_through_the_front_door() -> Iterator[None]:
    """An AppTest takes `pages/` for Streamlit's older kind of app, and would run a page's file alone; a server ends that in its lifespan."""
    made = PagesManager.__init__

    def made_for_navigation(self: PagesManager, *arguments: Any, **options: Any) -> None:
        made(self, *arguments, **options)
        PagesManager.uses_pages_directory = False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PagesManager, "__init__", made_for_navigation)
        yield


@pytest.fixture(scope="session", autouse=True)
def streamlits_folder_is_removed() -> Iterator[None]:
    """AppTest leaves its folder of scripts to the end of the interpreter, where Python warns of it."""
    yield
    app_test.TMP_DIR.cleanup()


@pytest.fixture
def in_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pages train by a thread, on jobs of this test alone, and wait for it. Nothing trains on afterwards, at the cost of the tests that follow."""
    monkeypatch.setenv("LOSSBENCH_WORKERS", "0")
    monkeypatch.setattr(follow, "GRACE_SECONDS", 60)
    jobs.shared_jobs.clear()
    yield
    known = jobs.shared_jobs()
    with known.lock:
        for training in [*known._trainings]:
            for session in [*training._watchers]:
                training.leave(session)
    jobs.shared_jobs.clear()


@pytest.fixture
def open_page(root: Path, in_threads: None) -> Callable[..., AppTest]:
    """Return a function that opens the workbench with an experiment or a link, trained."""

    def open_(experiment: Experiment | None = None, *, text: str | None = None) -> AppTest:
        app = AppTest.from_file(str(root / "streamlit_app.py"), default_timeout=90)
        if experiment is not None or text is not None:
            app.query_params[EXPERIMENT] = link.encode(experiment) if experiment is not None else text
        return app.run()

    return open_

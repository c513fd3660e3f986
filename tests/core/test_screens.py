"""The documents of all views: each field is carried by a link, and what is no state of the view is refused."""

from __future__ import annotations

import importlib
import pkgutil
import time

import pytest

import core.studies
from core.screens import VIEWS
from core.views import View
from core.words import THIN
from pages.ui.session import link
from tests import hostile
from tests.changed import changed
from tests.items import in_one, named

SECONDS = 0.05


def test_every_study_with_views_is_known() -> None:
    """A module `views` that nobody imports would leave its views without an address."""
    modules = [module.name for module in pkgutil.walk_packages(core.studies.__path__, "core.studies.") if module.name.endswith(".views")]
    assert {cls.__module__ for cls in VIEWS.values()} == {"core.inspection.views", *modules}
    assert all(importlib.import_module(module).__doc__ for module in modules)


@in_one("kind,view", VIEWS.items())
def test_a_link_carries_every_field(kind: str, view: type[View]) -> None:
    default = view()
    for name in view.parameters():
        with named(name):
            other = changed(default, name)
            assert getattr(other, name) != getattr(default, name)
            assert link.read(link.encode(other), view) == other
    assert link.read(link.encode(default), view) == default
    assert len(link.encode(changed(default))) < link.LONGEST


@in_one("kind,view", VIEWS.items())
def test_a_hostile_link_of_a_view_is_refused_soon(kind: str, view: type[View]) -> None:
    for name, text in hostile.view_links(view).items():
        with named(name):
            seconds = []
            for _ in range(2):  # a collection of garbage may fall into one of them
                begun = time.process_time()
                with pytest.raises(ValueError) as error:
                    link.read(text, view)
                seconds.append(time.process_time() - begun)
            assert min(seconds) < SECONDS
            assert type(error.value) is ValueError
            assert str(error.value).replace(THIN, " ").isprintable()
            assert 0 < len(str(error.value)) < 1000


@in_one("kind,view", VIEWS.items())
def test_every_field_is_explained(kind: str, view: type[View]) -> None:
    for name, parameter in view.parameters().items():
        with named(name):
            assert parameter.doc.endswith((".", "!", "?"))

"""Hostile links and files: the default opens with a message, soon, and nothing large is made on the way."""

from __future__ import annotations

import base64
import json
import re
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiment import Experiment
from core.parameters import Document
from core.studies.descent.race import Race
from core.words import THIN
from pages.ui.session import link
from tests import hostile
from tests.items import named

SECONDS, BYTES = 0.05, 4_000_000
LINKS, RACES, FILES = hostile.links(), hostile.race_links(), hostile.files()
#: what belongs to the language that this is written in, and says nothing to a person
OF_PYTHON = re.compile(r"Traceback|object at 0x|<class|codec|sys\.|Error\b|NoneType|__init__|argument")
FIELDS: list[tuple[type[Document], str]] = [(Experiment, name) for name in hostile.EXPERIMENT] + [(Race, name) for name in hostile.RACE]
fuzzed = settings(max_examples=300, deadline=None, derandomize=True)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(SCALARS, lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=8), each, max_size=4), max_leaves=20)


def test_there_are_enough_of_them() -> None:
    assert len(set(LINKS.values())) >= 200
    assert len(RACES) >= 15


def refused(read: Callable[[], Document]) -> str:
    """Assert that what is read is refused within the time and memory that there is, and return the message."""
    seconds = []
    for _ in range(2):  # the first reading warms up, and a collection of garbage may fall into one of them
        begun = time.process_time()
        with pytest.raises(ValueError) as error:
            read()
        seconds.append(time.process_time() - begun)
    assert min(seconds) < SECONDS
    message = str(error.value)
    assert type(error.value) is ValueError
    assert 0 < len(message) < 1000
    assert message.replace(THIN, " ").isprintable(), "no line breaks, control characters or halves of characters reach the page"
    assert not OF_PYTHON.search(message)
    return message


def peak(read: Callable[[], Document]) -> int:
    """Return the bytes that a refused reading takes at most."""
    tracemalloc.start()
    try:
        with pytest.raises(ValueError):
            read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_hostile_link_is_refused_soon() -> None:
    for name, text in LINKS.items():
        with named(name):
            refused(lambda text=text: link.read(text, Experiment))


def test_a_hostile_link_of_a_race_is_refused_soon() -> None:
    for name, text in RACES.items():
        with named(name):
            refused(lambda text=text: link.read(text, Race))


def test_no_hostile_link_takes_much_memory() -> None:
    taken = {name: peak(lambda text=text: link.read(text, Experiment)) for name, text in LINKS.items()}
    assert max(taken.values()) < BYTES, max(taken, key=taken.__getitem__)


@fuzzed
@given(field=st.sampled_from(FIELDS), content=JSON)
def test_any_json_in_the_place_of_any_field(field: tuple[type[Document], str], content: Any) -> None:
    """It is refused, or what is read is written and read again as the same."""
    kind, name = field
    text = json.dumps((hostile.EXPERIMENT if kind is Experiment else hostile.RACE) | {name: content})
    try:
        document = link.read(hostile.packed(text), kind)
    except ValueError as error:
        assert type(error) is ValueError  # noqa: PT017
        assert str(error).replace(THIN, " ").isprintable()  # noqa: PT017
    else:
        assert link.read(link.encode(document), kind) == document


@fuzzed
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes(content: bytes, whole: bool) -> None:
    """Compressed, and as they are."""
    text = hostile.packed(content) if whole else "1" + base64.urlsafe_b64encode(content).decode()
    with pytest.raises(ValueError) as error:
        link.read(text, Experiment)
    assert type(error.value) is ValueError

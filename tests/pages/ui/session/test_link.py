"""The share link: any experiment survives it, and a hostile or damaged one is refused with a message, never with another error."""

from __future__ import annotations

import base64
import json
import string
import zlib
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.datasets import DATASETS
from core.experiment import MAX_RUNS, Experiment, digits_experiment
from pages.ui.session import link
from tests.items import in_one
from tests.small import TASKS, mixtures, run, small

EXPERIMENTS = [digits_experiment(), *(small(*runs, dataset=TASKS[task]) for task in TASKS for runs in mixtures(task))]
GOOD = link.encode(digits_experiment())
fuzzed = settings(max_examples=400, deadline=None, derandomize=True)


def packed(content: bytes | str, version: str = "1") -> str:
    """Return a link to anything."""
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return version + base64.urlsafe_b64encode(zlib.compress(raw, 9)).decode().rstrip("=")


def refused(text: str) -> str:
    """Assert that the link is refused, and return the message: one short sentence."""
    with pytest.raises(ValueError) as error:
        link.read(text, Experiment)
    assert type(error.value) is ValueError
    assert 0 < len(str(error.value)) < 1000
    return str(error.value)


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: f"{experiment.dataset.kind}-{len(experiment.runs)}")
def test_round_trip(experiment: Experiment) -> None:
    text = link.encode(experiment)
    assert link.read(text, Experiment) == experiment
    assert set(text) <= set(string.ascii_letters + string.digits + "-_"), "an address bar would rewrite anything else"
    assert text == link.encode(link.read(text, Experiment))


def test_round_trip_of_labels_in_any_script() -> None:
    experiment = small(run(label="η ↑ 学習率 <b>&</b> '\"%20"), run(label="🙂" * 60))
    assert link.read(link.encode(experiment), Experiment) == experiment


def test_largest_experiment_still_fits() -> None:
    """As many runs as there may be, with long labels and all seeds."""
    runs = [replace(one, label=f"{i:02}" + "näïve-ľabeľ " * 4) for i, one in enumerate(run for stack in mixtures("classification") for run in stack)][:MAX_RUNS]
    experiment = small(*runs, seeds=10, epochs=2000, split_seed=4294967295)
    assert len(experiment.runs) == MAX_RUNS
    assert link.read(link.encode(experiment), Experiment) == experiment


def test_default_link_is_short_enough_to_send() -> None:
    assert len(GOOD) < 1000


def test_padding_does_not_matter() -> None:
    """Some programs put it back, some cut it off."""
    body = GOOD[1:]
    assert link.read(GOOD + "=" * (-len(body) % 4), Experiment) == digits_experiment()


def test_truncated() -> None:
    """Wherever it is cut, in the middle of a byte as well, the same is said."""
    for end in range(1, len(GOOD)):
        assert "a part of it is missing" in refused(GOOD[:end]), end


@pytest.mark.parametrize("text", ["", "0", "2", "x", "0" + GOOD[1:], "2" + GOOD[1:], " " + GOOD, "<" + GOOD, "\u0661" + GOOD[1:]], ids=range(9))
def test_other_version(text: str) -> None:
    assert "another version" in refused(text)


@pytest.mark.parametrize(
    "text", ["1", "1=", "1====", "1A", "1AAAA", "1" + "é" * 8, "1\x00", "1\n", "1\ud800", "1<script>alert(1)</script>", "1" + GOOD, GOOD + "!", GOOD + "%"]
)
def test_damaged(text: str) -> None:
    assert "damaged" in refused(text) or "missing" in refused(text)


def test_standard_base64_is_not_url_safe_base64() -> None:
    """`+` arrives as a space in an address."""
    refused("1" + base64.b64encode(zlib.compress(b"\xff\xfe\xfb" * 10)).decode())
    refused(GOOD[:20] + " " + GOOD[20:])


@pytest.mark.parametrize("size", [16_001, 100_000, 5_000_000])
def test_too_long(size: int) -> None:
    assert "longer than 16\u202f000 characters" in refused("1" + "A" * (size - 1))


@pytest.mark.parametrize("byte", [b" ", b"[", b'{"a":', b"\x00"])
def test_decompression_bomb(byte: bytes) -> None:
    """Four megabytes in a few thousand characters: never unpacked beyond 64,000."""
    text = packed(byte * 4_000_000)
    assert len(text) <= 16_000 or len(byte) > 1
    refused(text)


def test_bomb_around_a_valid_experiment() -> None:
    padded = digits_experiment().to_json() + " " * 1_000_000
    assert "too large" in refused(packed(padded))
    assert link.read(packed(digits_experiment().to_json() + " " * 1000), Experiment) == digits_experiment()


def test_something_after_the_end_is_refused() -> None:
    """A second stream, or junk, behind a whole one: the link is not what was shared."""
    body = zlib.compress(digits_experiment().to_json().encode())
    for tail in (b"x", zlib.compress(b"{}"), b"\x00" * 50):
        refused("1" + base64.urlsafe_b64encode(body + tail).decode().rstrip("="))


@pytest.mark.parametrize(
    "json_text", ["", "null", "[]", "{}", "7", '"<script>"', "NaN", "{", '{"version":1}', '{"version":9}', '{"version":1,"runs":[{}]}', "9" * 5000, "\ud800"]
)
def test_junk_that_is_well_packed(json_text: str) -> None:
    refused(packed(json_text))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1"])
def test_other_encodings(encoding: str) -> None:
    refused(packed('{"version":1,"dataset":{"kind":"mööns"}}'.encode(encoding)))


@in_one("depth", [10, 500, 900, 960, 990, 1000, 5000, 30_000])
@in_one("brackets", ["[]", '{"a":}'])
def test_nested(depth: int, brackets: str) -> None:
    nested = brackets[:-1] * depth + brackets[-1] * depth
    refused(packed(nested.replace(":}", ":1}")))
    refused(packed(json.dumps({"version": 1})[:-1] + ',"runs":' + nested.replace(":}", ":1}") + "}"))


def test_values_of_the_engine_are_checked() -> None:
    """Whoever writes links by hand gets what the engine says of them."""
    values = json.loads(digits_experiment().to_json())
    assert "epochs must be a whole number in [1, 2000], got 1000000000" in refused(packed(json.dumps(values | {"epochs": 10**9})))
    assert "rows must be a whole number" in refused(packed(json.dumps(values | {"dataset": {"kind": "moons", "rows": 10**9}})))
    assert "loss cross_entropy is for" in refused(packed(json.dumps(values | {"dataset": {"kind": "diabetes"}})))
    assert DATASETS["moons"]() == link.read(packed(json.dumps(values | {"dataset": {"kind": "moons"}})), Experiment).dataset


@fuzzed
@given(st.text(max_size=200), st.booleans())
@example("eNoBAAD__wAAAAE", True)
def test_any_text(text: str, versioned: bool) -> None:
    try:
        experiment = link.read("1" * versioned + text, Experiment)
    except ValueError as error:
        assert type(error) is ValueError  # noqa: PT017
    else:
        assert link.read(link.encode(experiment), Experiment) == experiment


@fuzzed
@given(st.integers(0, len(GOOD) - 1), st.sampled_from(string.ascii_letters + string.digits + "-_ =é\x00"))
def test_any_character_changed(position: int, character: str) -> None:
    """The checksum of zlib finds it, or the version does; a bit that the text does not use may change."""
    changed = GOOD[:position] + character + GOOD[position + 1 :]
    try:
        experiment = link.read(changed, Experiment)
    except ValueError as error:
        assert type(error) is ValueError  # noqa: PT017
    else:
        assert experiment == digits_experiment()

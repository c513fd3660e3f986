"""What every study's lanes must keep: a run is the same in any company, in slices of any size, and under any label."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.studies import STUDIES, Studied, same


@pytest.fixture(params=STUDIES)
def study(request: pytest.FixtureRequest) -> Studied:
    """Return each study."""
    return STUDIES[request.param]


def slices(lanes: Sequence[Any], data: Any, sizes: Sequence[int]) -> list[Any]:
    """Return what lanes of one company recorded that train together in slices of these sizes, which are the whole training."""
    tracks: list[Any] = [None] * len(lanes)
    states = None
    for size in sizes:
        done = type(lanes[0]).advance(lanes, states, data, 0, max_updates=size)
        states = [state for state, _ in done]
        tracks = [new if old is None else old.followed_by(new) for old, (_, new) in zip(tracks, done, strict=True)]
    assert states is not None
    assert all(lane.done(state) for lane, state in zip(lanes, states, strict=True))
    return tracks


@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=pytest.mark.proof)])
def test_a_run_is_the_same_to_the_bit_in_any_company_and_in_any_slices(study: Studied, dtype: str) -> None:
    document = study.lanes(study.document(seeds=2, dtype=dtype))
    whole, rest = document.trained(), document.asked.updates - 11
    for lane, track in zip(document.lanes, whole.tracks, strict=True):
        same(slices([lane], whole.data, (1, 10, rest))[0], track, str(lane.asked.runs[0]))
    company = [place for place, lane in enumerate(document.lanes) if lane.company() == document.lanes[0].company()]
    for place, track in zip(company, slices([document.lanes[place] for place in company], whole.data, (rest, 4, 7)), strict=True):
        same(track, whole.tracks[place], str(document.asked.runs[place]))


def test_an_advance_changes_nothing(study: Studied) -> None:
    document = study.lanes(study.document(seeds=2))
    data, lanes = document.prepared(), document.lanes[:3]
    states = [state for state, _ in type(lanes[0]).advance(lanes, None, data, 0, max_updates=3)]
    before = copy.deepcopy(states)
    type(lanes[0]).advance(lanes, states, data, 0, max_updates=5)
    same(states, before)


def test_lanes_of_one_company_share_all_but_the_run(study: Studied) -> None:
    asked = study.document()
    lanes, others = study.lanes(asked).lanes, study.lanes(replace(asked, seed=1)).lanes
    assert len({lane.key() for lane in lanes}) == len(lanes) == len(asked.runs)
    depths = {getattr(run, "depth", None) for run in asked.runs}
    assert len({lane.company() for lane in lanes}) == len(depths)
    assert {lane.company() for lane in lanes}.isdisjoint(lane.company() for lane in others)


def test_a_label_changes_no_lane(study: Studied) -> None:
    asked = study.document().unlabelled()
    labelled = replace(asked, runs=tuple(replace(run, label="mine") for run in asked.runs))
    assert study.lanes(labelled).lanes == study.lanes(asked).lanes
    assert labelled.labels() == ("mine",) * len(asked.runs)
    assert labelled.unlabelled() == asked


def test_documents_come_back_from_json(study: Studied) -> None:
    for asked in (study.document(), study.small()):
        assert type(asked).from_json(asked.to_json()) == asked


@pytest.mark.parametrize("updates", [1, 7, 40, 600])
def test_records_are_denser_at_the_start_and_end_with_the_last_update(study: Studied, updates: int) -> None:
    asked = study.small(updates=updates)
    recorded, steps = asked.recorded, np.diff(asked.recorded)
    assert (recorded[0], recorded[-1]) == (0, updates)
    assert len(recorded) <= asked.RECORDS + 1
    assert (np.diff(steps) >= -1).all(), "but for rounding"
    assert steps[0] < steps[-1] or updates < 600 or asked.EARLY == 1

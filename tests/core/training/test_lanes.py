"""Lanes: what one run records, taken out of a stack and put into others, is what the run alone records."""

from __future__ import annotations

import pickle
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest

from core.experiment import Experiment
from core.models import MODELS
from core.training import start, train
from core.training.lanes import MOST_LANES, Comparison, Lane
from core.training.results import Track
from core.training.slices import prepared
from core.training.state import StackState
from tests.by_hand import same
from tests.small import MLP, TASKS, mixtures, run, small


def trained(lanes: tuple[Lane, ...], data: Any, rng: np.random.Generator, most: int = 10) -> list[Track]:
    """Return what the lanes record when stacks of changing members, of which some rest, train slices of changing sizes."""
    states: list[StackState | None] = [None] * len(lanes)
    tracks: list[Track | None] = [None] * len(lanes)
    while going := [i for i, lane in enumerate(lanes) if states[i] is None or not lane.done(states[i])]:
        first = going[int(rng.integers(len(going)))]
        where = None if states[first] is None else lanes[first].position(states[first])
        equal = [i for i in going if (None if states[i] is None else lanes[i].position(states[i])) == where]
        members = sorted({first, *rng.choice(equal, min(len(equal), int(rng.integers(1, most))), replace=False).tolist()})
        begun = None if where is None else [states[i] for i in members]
        sent = pickle.loads(pickle.dumps(([lanes[i] for i in members], begun)))
        parts = Lane.advance(*sent, data, 0.0, max_updates=int(rng.integers(1, 9)))  # type: ignore[arg-type]
        for i, (state, track) in zip(members, parts, strict=True):
            states[i], before = state, tracks[i]
            tracks[i] = track if before is None else before.followed_by(track)
    return [track for track in tracks if track is not None]


def stacks() -> list[Any]:
    """Return stacks of all losses, optimizers, penalties, schedules and limits, with early stopping and rates that diverge."""
    found = []
    for task, dataset in TASKS.items():
        for runs in islice(mixtures(task), 3):
            mixed = [replace(each, patience=i % 3, learning_rate=1e6 if i == 4 else each.learning_rate) for i, each in enumerate(runs[:12])]
            found.append(pytest.param(small(*mixed, dataset=dataset, dtype="float32", epochs=4), id=f"{task}-{len(found)}"))
    return found


@pytest.mark.parametrize("experiment", stacks())
def test_lanes_record_the_same_whatever_trains_beside_them(experiment: Experiment) -> None:
    whole, comparison, data = train(experiment), Comparison(experiment), prepared(experiment)
    assert len({lane.company() for lane in comparison.lanes}) == 1
    same(comparison.joined(data, trained(comparison.lanes, data, np.random.default_rng(1))), whole)
    for index in (0, len(experiment.runs) - 1):
        same(train(experiment.alone(index)), whole.alone(index))


def test_a_run_with_a_model_and_a_batch_size_of_its_own_is_that_run_of_another_experiment() -> None:
    wide = MODELS["mlp"](hidden=(7, 3))
    mixed = small(run(), run(model=wide), run(batch_size=12), run(model=MODELS["linear"](), batch_size=0))
    whole = train(mixed)
    assert [len(indices) for indices in mixed.stacks()] == [1, 1, 1, 1]
    for index, others in enumerate(({}, {"model": wide}, {"batch_size": 12}, {"model": MODELS["linear"](), "batch_size": 0})):
        same(whole.alone(index), train(small(run(), **others)))
    np.testing.assert_array_equal(whole.values("updates")[-1, 0], [15, 15, 9, 3])
    assert len(set(mixed.labels())) == 4


def test_equal_models_start_from_equal_weights_and_a_first_seed_moves_all() -> None:
    mixed = train(small(run(), run(batch_size=12), run(model=MLP), seeds=1))
    for index in (1, 2):
        np.testing.assert_array_equal(mixed.params(0, index), mixed.params(0, 0))
    np.testing.assert_array_equal(mixed.values("loss")[:, :, 2], mixed.values("loss")[:, :, 0])
    both, second = train(small(seeds=2)), train(small(seeds=1, first_seed=1))
    np.testing.assert_array_equal(both.values("loss")[:, 1], second.values("loss")[:, 0])
    assert list(second.runs["seed"]) == [1]
    assert set(second.history["seed"]) == {1}


def test_lanes_of_other_settings_keep_other_company_and_labels_keep_none() -> None:
    one = Comparison(small(run(), run(label="mine"), run(learning_rate=0.2), run(batch_size=4)))
    first, labelled, faster, smaller = one.lanes
    assert first.key() == labelled.key() != faster.key()
    assert first.company() == faster.company() != smaller.company()
    as_shared = Comparison(small(run(), batch_size=4)).lanes[0]
    assert smaller.key() == as_shared.key()


def test_a_stack_has_room_for_the_runs_of_the_largest_and_for_its_parameters() -> None:
    data = prepared(small())
    assert Comparison(small()).lanes[0].share(data) == pytest.approx(1 / MOST_LANES)
    wide = Comparison(small(model=MODELS["mlp"](hidden=(1000, 1000)), seeds=2)).lanes[0]
    assert 0.5 < wide.share(data) < 1.01


def test_runs_of_several_stacks_are_refused_by_start() -> None:
    with pytest.raises(ValueError, match="no single stack: `train` trains them"):
        start(small(run(), run(batch_size=4)))


def test_a_slice_ends_with_its_time_and_has_an_update_at_least() -> None:
    experiment = small(run(), epochs=500)
    lanes, data = Comparison(experiment).lanes, prepared(experiment)
    ((state, track),) = Lane.advance(lanes, None, data, 0.0)
    assert lanes[0].position(state) == (0, 1)
    assert list(track.epochs) == [0]
    ((longer, _),) = Lane.advance(lanes, [state], data, 0.05)
    assert 1 < lanes[0].updates(longer, data)[0] < lanes[0].updates(longer, data)[1]

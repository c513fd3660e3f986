"""What an experiment may ask for: refused before anything is trained, with the limit and the way to come under it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.datasets import DATASETS
from core.experiment import MAX_STACK
from core.models import MODELS
from core.training import start
from core.training.lanes import Comparison
from core.training.limits import MAX_STACKED_PARAMS, MAX_WORK, check_size, snapshots
from core.training.plan import SNAPSHOTS, snapshot_epochs
from core.training.slices import prepared
from tests.small import LINEAR, run, small

WIDE = MODELS["mlp"](hidden=(1024, 1024))


def test_too_many_parameters_at_once() -> None:
    experiment = small(run(), model=WIDE)
    check_size(experiment, 100, MAX_STACKED_PARAMS // 2)
    with pytest.raises(ValueError, match=r"2 seeds x 1 runs x 2.000.001 parameters are 4.000.002; at most 4.000.000 .*: take fewer runs"):
        check_size(experiment, 100, MAX_STACKED_PARAMS // 2 + 1)


def test_work_is_counted_in_rows_of_parameters() -> None:
    """Whatever the size of a batch, as long as it is not tiny."""
    experiment = small(run(), seeds=1, epochs=100, batch_size=100)
    most = MAX_WORK // (100 * 10_000)
    for batch_size in (100, 1000, 0):
        asked = replace(experiment, batch_size=batch_size)
        check_size(asked, 10_000, most)
        with pytest.raises(ValueError, match="times the work .*: take fewer epochs or rows, fewer runs or seeds, or a smaller model"):
            check_size(asked, 10_000, most + 1)


def test_tiny_batches_are_work_too() -> None:
    experiment = small(run(), seeds=1, epochs=500, batch_size=1)
    check_size(experiment, 10_000, 5)
    with pytest.raises(ValueError, match=r"in batches of 1 are 1.1 times .*: take fewer epochs or rows, or larger batches"):
        check_size(replace(experiment, epochs=550), 10_000, 5)


def test_start_refuses_before_it_evaluates_anything() -> None:
    experiment = small(run(), dataset=DATASETS["blobs"](rows=20_000), model=WIDE, epochs=2000, seeds=1)
    with pytest.raises(ValueError, match="times the work"):
        start(experiment)


def test_the_units_of_a_batch_are_bounded_too() -> None:
    """40 replicas of a wide network of few parameters took 9 GB for one update at full batch; lighter ones are fine."""
    heavy = small(
        *(run("squared_error", learning_rate=0.1 * (i + 1)) for i in range(4)), dataset=DATASETS["make_regression"](rows=20_000, columns=1, informative=1),
        model=MODELS["mlp"](hidden=(1024,)), batch_size=0, seeds=10, epochs=1, dtype="float32",
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"10 seeds x 4 runs x 12.000 rows of a batch x 1.026 inputs, hidden units and outputs are 9.8 times .*smaller batch"):
        prepared(heavy)
    for lighter in (replace(heavy, batch_size=1000), replace(heavy, seeds=1), replace(heavy, model=MODELS["mlp"](hidden=(64,)))):
        assert prepared(lighter).n_train == 12_000
    apart = replace(heavy, seeds=2, runs=(heavy.runs[0], replace(heavy.runs[1], batch_size=6000)))
    assert prepared(apart).n_train == 12_000, "they are no single stack"
    assert sum(lane.share(prepared(lighter)) for lane in Comparison(replace(heavy, seeds=1)).lanes) == pytest.approx(0.985, abs=0.01)


def test_a_sweep_of_all_steps_is_no_large_work() -> None:
    state = start(small(*[run(learning_rate=0.01 * (i + 1)) for i in range(MAX_STACK)], model=LINEAR, epochs=1000, batch_size=0))
    assert state.params.shape[1] == MAX_STACK


def test_fewer_snapshots_of_large_models() -> None:
    """Of digits and the default network all are kept; of larger ones a few, of the largest two, which are both ends."""
    assert snapshots("float32", 4810, SNAPSHOTS) == SNAPSHOTS
    few = snapshots("float32", 500_000, SNAPSHOTS)
    assert few * 500_000 * 4 <= 8_000_000 < (few + 1) * 500_000 * 4
    assert snapshots("float64", 500_000, SNAPSHOTS) == few // 2 == snapshots("float32", MAX_STACKED_PARAMS, SNAPSHOTS)
    for most in (2, few):
        kept = snapshot_epochs(100, most)
        assert (kept[0], kept[-1]) == (0, 100)
        assert len(kept) <= most + 1

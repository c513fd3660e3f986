"""Duels equal the same loop in PyTorch; a run is the same in any company, in slices of any size, and through JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from core.models import MLP
from core.optimizers import OPTIMIZERS
from core.studies.adversarial.clouds import CLOUDS, OwnPoints
from core.studies.adversarial.duel import Duel, contest, default_duel
from core.studies.adversarial.exam import exam
from core.studies.adversarial.lanes import DuelDocument, part, play, together
from core.studies.adversarial.losses import ADVERSARIAL_LOSSES
from core.studies.adversarial.penalties import CRITIC_PENALTIES
from core.studies.adversarial.play import advance, start
from tests.changed import changed
from tests.reference.make_adversarial import PATH, STEPS, duels
from tests.studies import same
from tests.studies import small_duel as small

CASES = json.loads(PATH.read_text())["duels"]
DUELS = [Duel.from_json(json.dumps(case["duel"])) for case in CASES]
AGAIN = "run tests/reference/make_adversarial.py"


@pytest.mark.parametrize("case", range(len(CASES)))
def test_duels_equal_those_in_pytorch(case: int) -> None:
    duel = DUELS[case]
    state, data = start(duel), exam(duel)
    for step in STEPS:
        state, _ = advance(duel, state, step - state.update, data)
        for run in range(len(duel.runs)):
            for seed in range(duel.seeds):
                generator, critic = CASES[case]["params"][run][seed][str(step)]
                said = f"seed {seed} of {duel.runs[run]} after {step} updates"
                np.testing.assert_allclose(state.generator.params[seed, run], generator, rtol=1e-8, atol=1e-10, err_msg=said)
                np.testing.assert_allclose(state.critic.params[seed, run], critic, rtol=1e-8, atol=1e-10, err_msg=said)


def test_what_the_recorded_duels_cover() -> None:
    assert tuple(duels()) == tuple(DUELS), AGAIN
    runs = [run for duel in DUELS for run in duel.runs]
    assert {run.loss.kind for run in runs} == {*ADVERSARIAL_LOSSES}
    assert {run.penalty.kind for run in runs} == {*CRITIC_PENALTIES}
    assert {duel.critic_steps for duel in DUELS} == {1, 2, 3}
    assert {getattr(duel.critic, "activation", "") for duel in DUELS} == {"relu", "tanh", "sigmoid"}
    assert any(duel.still for duel in DUELS)


def test_a_stack_is_taken_apart_and_put_together() -> None:
    duel = small(seeds=2)
    state, _ = advance(duel, start(duel), 5, exam(duel))
    parts = [part(duel, state, run) for run in range(len(duel.runs))]
    same(together(duel, parts), state)
    alone = part(duel, state, 3, seeds=1)
    assert alone.critic.params.shape[:2] == (1, 1)
    assert alone.nbytes == sum(part_.nbytes for part_ in parts) / len(parts) / 2


def test_a_replica_that_is_no_longer_finite_is_frozen_alone() -> None:
    rule = OPTIMIZERS["sgd"]()
    wild = replace(contest("wasserstein"), critic_rate=1e3, generator_rate=1e3, critic_optimizer=rule, generator_optimizer=rule)
    calm = contest("minimax")
    duel = small(wild, calm, updates=60)
    result, alone = play(duel), play(small(calm, updates=60))
    at, never = (int(track.diverged_at[0]) for track in result.tracks)
    assert at > 0
    assert never == -1
    values = result.metrics["sliced"][:, 0, 0]
    np.testing.assert_array_equal(np.isnan(values), result.updates >= at)
    assert np.isfinite(result.tracks[0].states[-1].critic.params).all()
    np.testing.assert_array_equal(result.metrics["sliced"][:, 0, 1], alone.metrics["sliced"][:, 0, 0])


def test_seeds_differ_and_each_is_as_if_alone() -> None:
    both, second = play(small(seeds=2, seed=3)), play(small(seed=4))
    assert (both.metrics["sliced"][-1, 0] != both.metrics["sliced"][-1, 1]).all()
    np.testing.assert_array_equal(both.metrics["sliced"][:, 1], second.metrics["sliced"][:, 0])


def test_a_still_generator_stands_still_and_only_the_critic_learns() -> None:
    result = play(small(still=0.3, latent=5))
    for name in ("covered", "quality", "sliced"):
        assert len(np.unique(result.metrics[name])) == 1
    assert (result.metrics["critic_loss"][0] != result.metrics["critic_loss"][-1]).all()


def test_all_runs_of_a_duel_begin_alike() -> None:
    result = play(small())
    assert len(np.unique(result.metrics["sliced"][0])) == 1
    assert len(np.unique(result.metrics["sliced"][-1])) == len(result.document.runs)


def test_json_carries_every_field() -> None:
    duel = default_duel()
    assert Duel.from_json(duel.to_json()) == duel
    for name in Duel.parameters():
        other = changed(duel, name)
        assert getattr(other, name) != getattr(duel, name)
        assert Duel.from_json(other.to_json()) == other


def test_more_work_than_a_comparison_may_ask_for_is_refused_in_words() -> None:
    wide = MLP(hidden=(1024, 1024))
    for settings, said in (
        ({"updates": 20_000, "batch": 512, "runs": default_duel().runs[:2]}, "times the work that one comparison may ask for: take fewer updates"),
        ({"critic": wide}, "the two networks have .* parameters, and at most 50\u202f000 are trained: take smaller networks"),
        ({"seeds": 16, "batch": 1024}, "6 duels x 16 seeds of these networks and batches are more than is trained at once: take fewer duels"),
        ({"critic_steps": 20, "batch": 1024, "runs": default_duel().runs[:1]}, "1 seeds x 21 steps x 1024 points are more than an update may draw"),
    ):
        duel = replace(default_duel(), **settings)
        for begin in (DuelDocument(duel).prepared, lambda duel=duel: start(duel)):
            with pytest.raises(ValueError, match=said):
                begin()
    with pytest.raises(ValueError, match="points must be pairs of x and y, got 3 numbers"):
        OwnPoints(points=(1.0, 2.0, 3.0))


def test_labels_say_what_differs() -> None:
    assert default_duel().labels() == ("Minimax", "Non-saturating", "Least squares", "Hinge", "WGAN-GP", "Relativistic · R1")


def test_the_history_is_tidy() -> None:
    result = play(small(seeds=2))
    history = result.history
    assert len(history) == len(result.updates) * 2 * len(result.document.runs) * len(result.metrics)
    row = history[(history["run"] == "Hinge") & (history["seed"] == 1) & (history["update"] == 40) & (history["metric"] == "sliced")]
    assert row["value"].item() == result.metrics["sliced"][-1, 1, 3]


@pytest.mark.parametrize("kind", CLOUDS)
def test_every_cloud_is_imitated_with_finite_numbers(kind: str) -> None:
    result = play(small(data=CLOUDS[kind]()))
    assert all(np.isfinite(values).all() for values in result.metrics.values())

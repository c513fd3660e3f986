"""The sentences of the stories hold on five seeds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.studies.adversarial import frozen
from core.studies.adversarial.duel import default_duel
from core.studies.adversarial.exam import exam
from core.studies.adversarial.lanes import DuelResult, play
from core.studies.adversarial.play import advance, start
from core.studies.adversarial.players import Players
from core.studies.adversarial.stories import STORIES
from core.studies.adversarial.views import CriticView

SEEDS = 5
OF = {story.title: story for story in STORIES}


def played(title: str) -> DuelResult:
    return play(replace(OF[title].document, seeds=SEEDS))


@pytest.mark.proof
def test_saturation() -> None:
    metrics = played("Saturation").metrics
    pull, distance = metrics["pull"][-1].T, metrics["sliced"][-1].T
    assert (pull[0] < 1 / 50).all()
    assert (pull[1] > 100 * pull[0]).all()
    assert (distance[0] > 0.7).all()
    assert (distance[2] < distance[:2].min(axis=0)).all()


@pytest.mark.proof
def test_mode_collapse() -> None:
    covered = played("Mode collapse").metrics["covered"]
    assert ((covered[-1, :, 0] == 5) | (covered[-1, :, 0] == 6)).all()
    assert (covered[-1, :, 1] == 8).all()


@pytest.mark.proof
def test_hopping() -> None:
    """Samples by eighth of the ring, from update 250 on."""
    duel = replace(OF["Hopping"].document, seeds=SEEDS)
    data, players = exam(duel), Players(duel)
    _, records = advance(duel, start(duel), duel.updates, data)
    shares = np.stack([sectors(players.made(record.state.generator.params, data.noise[None, None])[0]) for record in records])[5:]
    crowd, fullest = np.sort(shares, axis=-1)[..., -2:].sum(axis=-1).mean(axis=0), shares.argmax(axis=-1)
    moves = (np.diff(fullest, axis=0) != 0).mean(axis=0)
    assert (crowd[:, 0] > 0.5).all(), "most samples are in two of eight"
    assert (moves[:, 0] > 0.8).all(), "and somewhere else at nearly each record"
    assert (crowd[:, 1] < crowd[:, 0]).all()
    assert (moves[:, 1] < 0.5).all()
    slow, fast = duel.runs
    assert fast.critic_rate == pytest.approx(20 * slow.critic_rate)


def sectors(points: np.ndarray) -> np.ndarray:
    """Return the share of points (..., N, 2) in each eighth of the plane around a mode, (..., 8)."""
    eighth = np.floor((np.arctan2(points[..., 1], points[..., 0]) / (2 * np.pi) + 1 / 16) % 1 * 8)
    return np.stack([(eighth == place).mean(axis=-1) for place in range(8)], axis=-1)


@pytest.mark.proof
def test_penalties_that_cure() -> None:
    metrics = played("Penalties that cure").metrics
    alone, *cured = metrics["covered"][-1].T
    assert (alone < 8).sum() == 4
    assert (np.array(cured) == 8).all()
    distance = metrics["sliced"][-1].mean(axis=0)
    assert (distance[1:] < distance[0]).all()


def test_the_loss_says_nothing_about_quality() -> None:
    result = played("The loss says nothing about quality")
    early = int(np.flatnonzero(result.updates == 150)[0])
    loss, distance = (result.metrics[name][:, :, 0] for name in ("generator_loss", "sliced"))
    assert (loss[-1] > loss[early]).all()
    assert (distance[-1] < 2 / 3 * distance[early]).all()


def test_the_number_of_seeds_is_said_where_something_is_claimed() -> None:
    for story in STORIES[1:]:
        assert f"of {SEEDS} seeds" in story.verdict or f"{SEEDS} of {SEEDS}" in story.verdict
    assert len({story.title for story in STORIES}) == len({story.document for story in STORIES}) == len(STORIES)


@pytest.mark.proof
def test_the_numbers_that_were_measured_before() -> None:
    """The prototype's figures of the ring, in means over 15 seeds. Least squares ends nearer than there, 0.37 to 0.45; the others differ by chance alone."""
    metrics = play(replace(default_duel(), seeds=15)).metrics
    found = {name: metrics[name][-1].mean(axis=0) for name in ("covered", "quality", "sliced")}
    np.testing.assert_allclose(found["covered"], [7.3, 7.1, 5.5, 7.3, 7.9, 7.9], atol=0.4)
    np.testing.assert_allclose(found["quality"], [0.71, 0.77, 0.74, 0.74, 0.63, 0.65], atol=0.04)
    others = [0, 1, 3, 4, 5]
    np.testing.assert_allclose(found["sliced"][others], [0.18, 0.26, 0.18, 0.136, 0.136], atol=0.03)
    assert 0.3 < found["sliced"][2] < 0.45
    every = (metrics["covered"][-1] == 8).sum(axis=0)
    assert (every[[4, 5]] > 10).all(), "a held slope covers all eight modes most often"
    assert every[2] == 0


@pytest.mark.proof
def test_a_critic_that_is_too_good() -> None:
    """What the view says of each loss, of all critics that it offers.

    Against the prototype: minimax ends at 2e-5 in place of 2.4e-4, and clipping at 2 in place of 0.23, with a limit and an Adam of its own there.
    """
    view = CriticView()
    duel = replace(frozen.experiment(tuple(frozen.CRITICS), view.spread, view.still, view.updates), seeds=SEEDS)
    metrics = play(duel).metrics
    assert (metrics["accuracy"][-1] > 0.99).all()
    factor = dict(zip(frozen.CRITICS, (metrics["pull"][-1] / metrics["pull"][0]).T, strict=True))
    pull = dict(zip(frozen.CRITICS, metrics["pull"][-1].T, strict=True))
    assert (pull["minimax"] < 1e-3).all()
    assert (pull["minimax_r1"] > 0.1).all()
    assert (factor["least_squares"] < 0.5).all()
    assert (pull["non_saturating"] > 2).all()
    for name in ("hinge", "wgan_gp", "wgan_clipping", "relativistic"):
        assert (pull[name] > 1).all()
    measured_before = {"minimax_r1": 0.32, "non_saturating": 5.0, "least_squares": 0.26, "hinge": 1.7, "wgan_gp": 1.8}
    for name, expected in measured_before.items():
        assert 0.7 < float(np.median(pull[name])) / expected < 1.4

"""Each story of the descent page, held to its numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.stories import Story
from core.studies.descent.race import Course, Race, run
from core.studies.descent.stories import STORIES


def named(title: str) -> Story[Race]:
    return next(story for story in STORIES if story.title.startswith(title))


def told(title: str) -> tuple[Story[Race], Course]:
    story = named(title)
    return story, run(story.document)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_a_story_is_one_sentence_about_a_race_that_a_link_can_carry(story: Story[Race]) -> None:
    assert story.verdict.endswith(".")
    assert story.verdict.count(". ") == 0
    assert len(story.verdict) < 220
    assert Race.from_json(story.document.to_json()) == story.document
    (left, right), (bottom, top) = story.document.surface.domain
    for x, y in (racer.start or story.document.start for racer in story.document.racers):
        assert left <= x <= right
        assert bottom <= y <= top
    assert len(set(story.document.labels())) == len(story.document.racers)


def test_no_two_storys_are_alike() -> None:
    assert len({story.title for story in STORIES}) == len({story.document for story in STORIES}) == len(STORIES)


def test_in_a_ravine_plain_descent_bounces_and_momentum_is_50_times_closer() -> None:
    story, course = told("Ravine: momentum")
    assert story.document.steps == 40
    plain, momentum = course.points[:, 0], course.points[:, 1]
    assert (np.sign(plain[1:, 1]) == -np.sign(plain[:-1, 1])).all()  # from wall to wall in every step
    assert course.distances[-1, 0] > 50 * course.distances[-1, 1]
    assert np.abs(momentum[-1]).max() < 0.05
    for rate in np.geomspace(0.5, 0.999, 12):  # and no rate that keeps the bounces from growing would have done it
        other = run(replace(story.document, racers=(replace(story.document.racers[0], learning_rate=float(rate)),)))
        assert other.distances[-1, 0] > 30 * course.distances[-1, 1]


def test_at_a_saddle_plain_descent_stays_and_the_others_leave() -> None:
    _, course = told("Saddle")
    away = np.abs(course.points[..., 1])
    assert away[60, 0] < 0.5
    assert away[30, 1] > 1
    assert away[15, 2] > 1
    assert away[30, 0] < 0.05


def test_adagrad_follows_a_rare_gradient() -> None:
    story, course = told("Sparse")
    assert story.document.surface.every == 10  # type: ignore[attr-defined]
    (plain_x, plain_y), (x, y) = np.abs(course.points[-1])
    assert max(plain_x, x) < 1e-3
    assert 6 * y < plain_y < 10 * y


def test_clipping_keeps_descent_at_the_foot_of_the_cliff() -> None:
    story, course = told("Cliff")
    jumps = np.diff(course.points[..., 0], axis=0)
    (left, _), _ = story.document.surface.domain
    assert (jumps[:, 0] < -0.5 * (0 - left)).sum() == 4
    assert np.abs(jumps[:, 1]).max() <= 0.4 * 0.5 + 1e-12
    assert course.points[..., 0].min() >= left  # thrown back, but not off the map
    assert np.abs(course.points[:, 1, 0]).max() < 0.26
    assert 5 * course.losses[20:, 1].max() < course.losses[20:, 0].max()


def test_adam_ends_at_the_worst_point_and_amsgrad_at_the_best() -> None:
    story, course = told("Adam fails")
    adam, amsgrad = course.points[-30:, :, 0].T
    assert adam.min() > 0.9
    assert amsgrad.max() < -0.9
    (left, right), _ = story.document.surface.domain
    assert (left, right) == (-1, 1)


def test_the_same_number_as_l2_and_as_decay_leads_elsewhere() -> None:
    story, course = told("L2")
    surface, (_, coupled, decoupled) = story.document.surface, course.points[-1]
    assert story.document.racers[1].l2 == story.document.racers[2].optimizer.weight_decay == 0.3  # type: ignore[attr-defined]

    def penalised(point: np.ndarray) -> float:
        return float(np.linalg.norm(surface.gradient(point) + 0.3 * point))

    assert course.distances[-1, 0] < 1e-2
    assert penalised(coupled) < 1e-3
    assert penalised(decoupled) > 0.1
    assert np.linalg.norm(coupled - decoupled) > 1
    _, coupled_later, decoupled_later = run(replace(story.document, steps=2 * story.document.steps)).points[-1]
    assert np.linalg.norm(coupled_later - coupled) < 1e-3
    assert np.linalg.norm(coupled - decoupled_later) > 1  # it drifts on slowly while v forgets the first gradients, away from the other


def test_four_starts_near_each_other_end_in_four_minima() -> None:
    story, course = told("Four starts")
    minima = np.array(story.document.surface.minima)
    found = {int(np.linalg.norm(minima - point, axis=1).argmin()) for point in course.points[-1]}
    assert len(found) == len(story.document.racers) == 4
    assert course.distances[-1].max() < 1e-6
    starts = course.points[0]
    assert np.linalg.norm(starts[:, None] - starts, axis=-1).max() < 3


def test_only_one_of_four_starts_ends_in_the_deepest_hollow() -> None:
    _, course = told("Good minimum")
    assert course.slopes[-1].max() < 1e-6
    above = np.sort(course.losses[-1] - course.losses[-1].min())
    assert above.round().astype(int).tolist() == [0, 14, 14, 28]
    assert (course.distances[-1] < 1e-6).sum() == 1


def test_rates_that_are_too_small_good_and_too_large() -> None:
    story, course = told("Rate")
    small, good, large = course.losses.T / course.losses[0, 0]
    assert [racer.learning_rate for racer in story.document.racers] == [0.05, 1.5, 2.1]
    curvature = np.linalg.eigvalsh(story.document.surface.hessian())[-1]
    assert 2 / curvature == pytest.approx(2)
    assert course.distances[40, 0] > 0.5 * course.distances[0, 0]
    assert good[40] < 1e-3 < small[40]
    steps = np.linalg.norm(np.diff(course.points[:, 2], axis=0), axis=-1)
    assert (np.diff(steps[5:]) > 0).all()
    assert large[40] > 100


def test_under_noise_a_falling_rate_is_quick_and_settles() -> None:
    story, _ = told("Noise")
    courses = [run(replace(story.document, seed=seed)) for seed in range(10)]
    first = np.array([(course.losses < 0.3).argmax(axis=0) for course in courses])
    assert first[:, [0, 2]].max() <= 10
    assert first[:, 1].min() >= 40
    ends = np.array([course.losses[-40:].mean(axis=0) for course in courses])
    assert (ends[:, 0] > 5 * ends[:, 1:].max(axis=1)).all()  # of every seed, the one that is shown too

"""What is trained: the figures of the textbook, the cliff, and lanes that record the same alone, together and in slices of any size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.studies.reinforcement import METHODS, RULES, VALUE_LOSSES, Actor, Climb, Estimator, Learner, Prediction, Quest, learn
from core.studies.reinforcement.climb import actors
from core.studies.reinforcement.control import MOST_STEPS
from core.studies.reinforcement.lanes import StudyDocument, StudyLane
from core.studies.reinforcement.methods import Episodes
from core.studies.reinforcement.prediction import RATES
from core.studies.reinforcement.worlds import ARROWS, CLIFF, EMPTY, START, WALL, Grid, greedy_path, maze

SMALL: tuple[Any, ...] = (
    Prediction(
        runs=(
            Estimator(METHODS["n_step"](n=2)), Estimator(METHODS["true_online"]()), Estimator(METHODS["n_step"](n=4), VALUE_LOSSES["huber_td"]()),
            Estimator(METHODS["n_step"](n=9)), Estimator(METHODS["n_step"](), VALUE_LOSSES["residual"]()), Estimator(METHODS["td_lambda"](decay=0.5)),
            Estimator(METHODS["monte_carlo"]()),
        ),
        episodes=3, seeds=3, noise="skewed", rates=(0.1, 0.7),
    ),
    Quest(runs=tuple(Learner(RULES[kind](), epsilon=epsilon) for kind, epsilon in zip(RULES, (0.1, 0.3, 0.0), strict=True)), episodes=20, seeds=2),
    Climb(runs=actors(), updates=5, seeds=3, batch=4),
)  # fmt: skip


@pytest.mark.parametrize("document", SMALL, ids=lambda document: document.noun)
def test_a_run_records_the_same_alone_together_and_in_slices(document: Any) -> None:
    whole = learn(document)
    asked = StudyDocument(document)
    data = asked.prepared()
    for size in (1, 700) if isinstance(document, Quest) else (1, 2):
        states: Any = None
        while states is None or not all(lane.done(state) for lane, state in zip(asked.lanes, states, strict=True)):
            slices = StudyLane.advance(asked.lanes, states, data, 60, max_updates=size if size > 1 or not isinstance(document, Quest) else 97)
            states = [state for state, _ in slices]
        for run, (_, records) in enumerate(slices):
            for name, array in records.arrays.items():
                np.testing.assert_array_equal(array, whole.arrays[name][:, run], err_msg=name)
    for run, lane in enumerate(asked.lanes):
        alone = learn(lane.asked)
        for name, array in alone.arrays.items():
            np.testing.assert_array_equal(array[:, 0], whole.arrays[name][:, run], err_msg=f"run {run} alone: {name}")
    assert whole.progress == 1
    assert len({lane.key() for lane in asked.lanes}) == len(asked.lanes)
    assert len({lane.company() for lane in asked.lanes}) == 1


@pytest.mark.parametrize("document", SMALL, ids=lambda document: document.noun)
def test_documents_round_trip_and_seeds_count(document: Any) -> None:
    assert type(document).from_json(document.to_json()) == document
    assert len({*document.labels()}) == len(document.runs)
    other = learn(replace(document, seed=1, runs=document.runs[:1]))
    first = learn(replace(document, runs=document.runs[:1]))
    name = next(iter(first.arrays))
    np.testing.assert_array_equal(other.arrays[name][:-1], first.arrays[name][1:])


@pytest.mark.parametrize(("document", "most"), [(SMALL[0], {"seeds": 200, "episodes": 1000, "rates": RATES}), (SMALL[1], {"seeds": 50, "episodes": 2000}), (
    Climb(runs=actors()), {"seeds": 100, "updates": 2000, "batch": 200})], ids=lambda each: getattr(each, "noun", ""))  # fmt: skip
def test_more_work_than_a_minute_is_refused(document: Any, most: dict[str, Any]) -> None:
    large = replace(document, runs=document.runs * (12 // len(document.runs)), **most)
    with pytest.raises(ValueError, match="times the work that one comparison may ask for: take fewer"):
        StudyDocument(large).prepared()


# the walk


def textbook(*methods: Any, seeds: int = 100) -> Any:
    """Return the mean error of the first ten episodes, (S, R, A), as in the figures 7.2 and 12.3."""
    rates = tuple(np.arange(1, 11) / 10)
    result = learn(Prediction(runs=tuple(Estimator(method) for method in methods), seeds=seeds, rates=rates))
    return result.arrays["error"][:, :, 1:].mean(axis=2)


def test_the_figure_of_n_step_td() -> None:
    """Best rates and errors over 100 seeds, as the notes have them from the textbook's figure 7.2."""
    wanted = {1: (0.8, 0.343), 2: (0.6, 0.272), 4: (0.4, 0.259), 8: (0.2, 0.273), 16: (0.1, 0.316), 512: (0.1, 0.550)}
    error = textbook(*(METHODS["n_step"](n=n) for n in wanted)).mean(axis=0)
    for (rate, rms), curve in zip(wanted.values(), error, strict=True):
        assert (curve.argmin() + 1) / 10 == pytest.approx(rate)
        assert curve.min() == pytest.approx(rms, abs=0.01)


def test_the_figure_of_td_lambda() -> None:
    error = textbook(METHODS["td_lambda"](decay=0.8), METHODS["true_online"](decay=0.8), seeds=50).mean(axis=0)
    assert error[0].argmin() == 2
    assert error[0].min() == pytest.approx(0.253, abs=0.012)
    assert error[1].argmin() == 3
    assert error[1].min() == pytest.approx(0.243, abs=0.012)
    assert error[1].min() < error[0].min()


def test_five_states_after_a_hundred_episodes() -> None:
    result = learn(Prediction(
        runs=(Estimator(METHODS["n_step"]()), Estimator(METHODS["monte_carlo"]())), states=5, ends="zero", episodes=100, seeds=50, rates=(0.02, 0.05),
    ))  # fmt: skip
    error = result.arrays["error"][:, :, -1].mean(axis=0)
    assert error[0, 1] == pytest.approx(0.034, abs=0.005)
    assert error[1, 0] == pytest.approx(0.083, abs=0.008)


def test_methods_agree_at_their_ends() -> None:
    """λ = 0 and n = 1 are TD(0), an n beyond every episode is Monte Carlo."""
    runs = (METHODS["n_step"](n=1), METHODS["td_lambda"](decay=0.0), METHODS["true_online"](decay=0.0), METHODS["n_step"](n=100000), METHODS["monte_carlo"]())
    error = learn(Prediction(runs=tuple(Estimator(run) for run in runs), seeds=2, episodes=5)).arrays["error"]
    np.testing.assert_allclose(error[:, 1], error[:, 0], rtol=1e-12)
    np.testing.assert_allclose(error[:, 2], error[:, 0], rtol=1e-12)
    np.testing.assert_array_equal(error[:, 3], error[:, 4])


WAY, ENDS_WITH = (2, 3, 2, 1, 2, 3, 4), 0.7
BEGUN = np.array([0.3, -0.2, 0.5, 0.1, -0.4])


def walked(method: Any, rate: float) -> Any:
    """Return the values (5,) after one walk of a method, from `BEGUN`."""
    v = np.append(BEGUN, 0.0)[None, :, None, None]
    sums = np.array([[0.0] * len(WAY) + [ENDS_WITH]])
    return method.learned(v, Episodes(np.array([[*WAY, 5]]), sums, np.array([len(WAY)])), VALUE_LOSSES["td"](), np.array([rate]))[0, :5, 0, 0]


@pytest.mark.parametrize("decay", [0.0, 0.6, 0.95])
def test_true_online_td_is_the_online_return_of_many_steps(decay: float) -> None:
    """SB, section 12.3: at each horizon all updates so far are made anew, towards mixtures of n-step returns that end there."""
    rate, steps = 0.4, len(WAY)
    after = [BEGUN]  # the values at each horizon

    def towards(t: int, end: int) -> float:
        """Return the sum of the rewards from t on to `end`, and of the prediction there, as it was when that step was reached."""
        return ENDS_WITH if end == steps else float(after[end - 1][WAY[end]])

    for horizon in range(1, steps + 1):
        v = BEGUN.copy()
        for t in range(horizon):
            mixture = (1 - decay) * sum(decay ** (n - 1) * towards(t, t + n) for n in range(1, horizon - t)) + decay ** (horizon - t - 1) * towards(t, horizon)
            v[WAY[t]] += rate * (mixture - v[WAY[t]])
        after.append(v)
    np.testing.assert_allclose(walked(METHODS["true_online"](decay=decay), rate), after[-1], rtol=1e-12)


@pytest.mark.parametrize("decay", [0.0, 0.6, 1.0])
def test_td_lambda_moves_every_state_by_its_trace(decay: float) -> None:
    """SB, section 12.2: an error moves a state by λ to the power of how many steps ago, for each of its visits."""
    v, rate = BEGUN.copy(), 0.4
    for t, state in enumerate(WAY):
        error = (ENDS_WITH if t + 1 == len(WAY) else v[WAY[t + 1]]) - v[state]
        for k in range(t + 1):
            v[WAY[k]] += rate * error * decay ** (t - k)
    np.testing.assert_allclose(walked(METHODS["td_lambda"](decay=decay), rate), v, rtol=1e-12)


def test_what_cannot_be_combined_is_refused() -> None:
    with pytest.raises(ValueError, match="true online TD.* is defined by the squared error|True online TD.* is defined by the squared error"):
        Estimator(METHODS["true_online"](), VALUE_LOSSES["huber_td"]())
    with pytest.raises(ValueError, match="take n-step TD"):
        Estimator(METHODS["td_lambda"](), VALUE_LOSSES["residual"]())
    with pytest.raises(ValueError, match="odd number"):
        Prediction(runs=(Estimator(),), states=6)


def test_values_that_overflow_are_gaps() -> None:
    result = learn(Prediction(runs=(Estimator(METHODS["td_lambda"](decay=1.0)),), seeds=2, episodes=60, rates=(0.01, 2.0)))
    error = result.arrays["error"]
    assert np.isfinite(error[..., 0]).all()
    assert not np.isfinite(error[:, 0, -1, 1]).any() or error[:, 0, -1, 1].min() > 1e3
    wild = learn(Prediction(runs=(Estimator(METHODS["td_lambda"](decay=1.0)),), states=51, seeds=2, episodes=30, rates=(1.0,))).arrays
    assert np.isnan(wild["error"][:, 0, -1]).all()
    assert np.nanmax(np.abs(wild["values"])) < 1e30, "a chart takes numbers of single precision"


# the cliff


@pytest.fixture(scope="module")
def cliff() -> Any:
    return learn(Quest(runs=tuple(Learner(RULES[kind]()) for kind in RULES), seeds=10))


def test_the_cliff(cliff: Any) -> None:
    """Returns over the last 250 of 500 episodes near the notes', and greedy paths: along the edge, and far from it."""
    returns = cliff.arrays["returns"][:, :, -250:].mean(axis=2)
    np.testing.assert_allclose(returns.mean(axis=0), [-49.4, -27.9, -20.8], atol=2.5)
    assert (returns[:, 0] < returns[:, 1]).all()
    assert (returns[:, 1] < returns[:, 2]).all()
    paths = [[greedy_path(cliff.data, cliff.arrays["values"][seed, run, -1]) for seed in range(10)] for run in range(3)]
    assert {total for _, _, total in paths[0]} == {-13.0}
    assert {total for _, _, total in paths[2]} == {-15.0}
    arrived = [total for _, arrives, total in paths[1] if arrives]
    assert sorted(arrived)[len(arrived) // 2] == -17.0
    assert min(arrived) >= -19


def test_optimal_values_are_the_steps_to_the_goal(cliff: Any) -> None:
    """Q-learning's values along its path are the exact ones: one less for each step."""
    cells, _, _ = greedy_path(cliff.data, cliff.arrays["values"][0, 0, -1])
    best = cliff.arrays["values"][0, 0, -1][cells[:-1]].max(axis=1)
    np.testing.assert_allclose(best, np.arange(-13, 0), atol=0.05)
    np.testing.assert_array_equal(cliff.data.steps_to_goal[cells], np.arange(13, -1, -1))


def test_an_episode_that_does_not_end_is_broken_off() -> None:
    """A walk by chance through 144 cells: the record says which episodes did not arrive."""
    far = Grid(rows=12, columns=12, start=0, goal=143, cliff=())
    arrays = learn(Quest(runs=(Learner(RULES["sarsa"](), epsilon=1.0),), world=far, episodes=8, seeds=2)).arrays
    assert arrays["ends"].any()
    assert not arrays["ends"].all()
    assert (arrays["returns"][~arrays["ends"]] == -MOST_STEPS).all()


# worlds


def test_the_cliffs_tables() -> None:
    world = maze(Grid())
    assert world.shape == (4, 12)
    assert world.steps_to_goal[world.start] == 13
    right = ARROWS.index("→")
    assert world.after[world.start, right] == world.start
    assert world.rewards[world.start, right] == -100
    assert world.after[0, ARROWS.index("↑")] == 0
    assert world.rewards[0, ARROWS.index("↑")] == -1
    assert len(world.stands) == 48 - 10 - 1


def test_a_world_is_edited_by_cells() -> None:
    grid = Grid(rows=3, columns=3, start=0, goal=26, cliff=())
    walled = grid.made(13, WALL).made(1, CLIFF)
    assert walled.walls == (13,)
    assert walled.cliff == (1,)
    assert walled.made(13, WALL).walls == ()
    assert walled.made(13, CLIFF).cliff == (1, 13)
    assert walled.made(13, CLIFF).walls == ()
    assert walled.made(1, EMPTY).cliff == ()
    assert walled.made(1, START).start == 1
    assert walled.made(1, START).cliff == ()
    assert (grid.made(26, START).start, grid.made(26, START).goal) == (26, 0)
    assert grid.made(0, WALL) == grid.made(0, CLIFF) == grid, "start and goal stay what they are"
    assert maze(walled).is_wall[4]
    assert maze(walled).after[[3, 5, 7], [1, 3, 0]].tolist() == [3, 5, 7], "a step against a wall stays"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"walls": (1, 12)}, "no way leads from the start to the goal: take a wall or a cliff cell away"),
        ({"rows": 2}, "the goal lies outside of the world"),
        ({"goal": 0}, "start and goal are one cell"),
    ],
)
def test_a_world_without_a_way_is_refused(changed: dict[str, Any], said: str) -> None:
    grid = replace(Grid(rows=3, columns=3, start=0, goal=26, cliff=()), **changed)
    with pytest.raises(ValueError, match=said):
        StudyDocument(Quest(runs=(Learner(RULES["sarsa"]()),), world=grid)).prepared()
    with pytest.raises(ValueError, match=said):
        StudyDocument(Climb(runs=(Actor(),), world=grid)).prepared()


def test_a_greedy_path_that_goes_round_ends() -> None:
    world = maze(Grid(rows=2, columns=2, start=0, goal=13, cliff=()))
    q = np.zeros((4, 4))
    q[0, 1], q[1, 3] = 1.0, 1.0
    assert greedy_path(world, q) == ([0, 1, 0], False, float("-inf"))
    q[1, 3] = 0.0
    assert greedy_path(world, q) == ([0, 1], False, float("-inf")), "nothing was learned there"

"""Every optimizer: its first step, its trajectory in PyTorch, its special cases, and what a stack of runs asks of it."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from core.optimizers import OPTIMIZERS, Optimizer
from core.optimizers.slots import MOMENTA
from core.training.stack import groups
from tests.items import by_kind, in_one
from tests.reference.make_optimizers import PATH, START, UNDECAYED, expression, gradient, settings

CASES = json.loads(PATH.read_text())
ITEMS = [cls(**values) for cls in OPTIMIZERS.values() for values in settings(cls)]
RNG = np.random.default_rng(0)
PARAMS, GRADS = RNG.normal(size=(2, 20, 3, 4))
every_item = by_kind("item", ITEMS)
every_kind = pytest.mark.parametrize("kind", OPTIMIZERS)
DECOUPLED = [kind for kind, cls in OPTIMIZERS.items() if "weight_decay" in cls.parameters()]


def run(item: Optimizer, params: Any, grads: Any, lr: Any = None) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return parameters and state after one update for each of `grads`; writing to any argument is an error."""
    lr = item.learning_rate if lr is None else lr
    state = item.init(params)
    for step, grad in enumerate(grads, start=1):
        for array in (params, grad, *state.values()):
            array.flags.writeable = False
        params, state = item.update(grad, state, params, step, lr)
    return params, state


def descend(item: Optimizer, slope: Any, params: np.ndarray, looked_at: list[int]) -> list[np.ndarray]:
    """Return the points after so many updates along `slope(point)` at the suggested learning rate."""
    state, found = item.init(params), []
    for step in range(1, looked_at[-1] + 1):
        params, state = item.update(slope(params), state, params, step, item.learning_rate)
        if step in looked_at:
            found.append(params)
    return found


def nadam_first(o: Any, g: Any) -> Any:
    mu, mu_next = (o.beta1 * (1 - 0.5 * 0.96 ** (t * o.momentum_decay)) for t in (1, 2))
    return (mu_next * (1 - o.beta1) / (1 - mu * mu_next) + 1) * g / (abs(g) + o.eps)


#: the first step of a parameter at p, divided by -lr: at the start every running mean holds the first gradient g alone
FIRST_STEP = {
    "sgd": lambda o, g, p: g,
    "momentum": lambda o, g, p: g,
    "nesterov": lambda o, g, p: (1 + o.momentum) * g,
    "adagrad": lambda o, g, p: g / (abs(g) + o.eps),
    "adadelta": lambda o, g, p: (o.eps / ((1 - o.rho) * g**2 + o.eps)) ** 0.5 * g,
    "rmsprop": lambda o, g, p: g / ((1 - o.alpha) ** 0.5 * abs(g) + o.eps),
    "rmsprop_momentum": lambda o, g, p: g / (((1 - o.alpha) * (o.alpha if o.centered else 1)) ** 0.5 * abs(g) + o.eps),
    "adam": lambda o, g, p: g / (abs(g) + o.eps),
    "adamw": lambda o, g, p: g / (abs(g) + o.eps) + o.weight_decay * p,
    "amsgrad": lambda o, g, p: g / (abs(g) + o.eps) + o.weight_decay * p,
    "adamax": lambda o, g, p: g / (abs(g) + o.eps),
    "nadam": lambda o, g, p: nadam_first(o, g) + o.weight_decay * p,
    "radam": lambda o, g, p: g + o.weight_decay * p,
    "adabelief": lambda o, g, p: g / ((o.beta1**2 * g**2 + o.eps / (1 - o.beta2)) ** 0.5 + o.eps) + o.weight_decay * p,
    "yogi": lambda o, g, p: (1 - o.beta1) * g / ((1 - o.beta2) ** 0.5 * abs(g) + o.eps),
    "sign_descent": lambda o, g, p: np.sign(g),
    "lion": lambda o, g, p: np.sign(g) + o.weight_decay * p,
    "rprop": lambda o, g, p: np.sign(g),
    "sgdw": lambda o, g, p: g + o.weight_decay * p,
    "asgd": lambda o, g, p: g + o.lambd * p,
}


@every_item
def test_first_step_by_hand(item: Optimizer) -> None:
    params, grads = np.array([2.0, -1.0, 0.5]), np.array([3.0, -0.01, 1e-4])
    moved, _ = run(item, params, [grads], lr=0.125)
    np.testing.assert_allclose((params - moved) / 0.125, FIRST_STEP[item.kind](item, grads, params), rtol=1e-12, atol=1e-14)


def test_every_pytorch_optimizer_is_recorded() -> None:
    """A rule that PyTorch does not have is compared with its paper's equations, in tests/core/optimizers/test_optimizer_papers.py."""
    recorded = {(case["kind"], case["pytorch"]) for case in CASES}
    expected = {(kind, expression(cls, {}, cls.learning_rate)) for kind, cls in OPTIMIZERS.items() if cls.pytorch is not None}
    expected |= {(kind, template.format(lr=OPTIMIZERS[kind].learning_rate)) for kind, template in UNDECAYED.items()}
    assert expected <= recorded, "run tests/reference/make_optimizers.py"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["pytorch"])
def test_trajectory_equals_pytorch(case: dict[str, Any]) -> None:
    cls = OPTIMIZERS[case["kind"]]
    undecayed = UNDECAYED.get(case["kind"], "").format(lr=case["lr"]) if not case["settings"] else ""
    assert case["pytorch"] in (expression(cls, case["settings"], case["lr"]), undecayed)
    item = cls(**case["settings"])
    params, state = np.array(START), item.init(np.array(START))
    for step in range(1, 101):
        params, state = item.update(gradient(params, step), state, params, step, case["lr"])
        for name, value in {"trajectory": params, "average": state.get("average")}.items():
            if str(step) in case.get(name, {}):
                np.testing.assert_allclose(value, case[name][str(step)], rtol=1e-9, err_msg=f"{name} at {step}")
    assert ("average" in case) == ("average" in state)


@every_item
def test_without_gradient_nothing_moves_but_by_decay(item: Optimizer) -> None:
    """Decoupled decay multiplies by 1 - lr λ at each update and knows nothing of the gradient; ASGD's lr falls meanwhile."""
    moved, _ = run(item, PARAMS[0], np.zeros_like(GRADS), lr=0.01)
    shrunk = (1 - 0.01 * getattr(item, "weight_decay", 0)) ** len(GRADS)
    if item.kind == "asgd":
        shrunk = np.prod([1 - item.lambd * 0.01 / (1 + item.lambd * 0.01 * t) ** item.alpha for t in range(len(GRADS))])
    np.testing.assert_allclose(moved, PARAMS[0] * shrunk, rtol=1e-14 if shrunk != 1 else 0)


@pytest.mark.parametrize(
    ("kind", "values", "same_as"),
    [
        ("momentum", {"momentum": 0}, "sgd"),
        ("nesterov", {"momentum": 0}, "sgd"),
        ("adamw", {"weight_decay": 0}, "adam"),
        ("sgdw", {"weight_decay": 0}, "momentum"),
        ("sgdw", {"weight_decay": 0, "momentum": 0}, "sgd"),
        ("asgd", {"lambd": 0}, "sgd"),
        ("rmsprop_momentum", {"momentum": 0}, "rmsprop"),
        ("lion", {"beta1": 0, "beta2": 0}, "sign_descent"),
        ("radam", {"beta1": 0, "beta2": 0.6}, "sgd"),  # too few squares to ever adapt
    ],
)
def test_special_case(kind: str, values: dict[str, float], same_as: str) -> None:
    expected, _ = run(OPTIMIZERS[same_as](), PARAMS[0], GRADS, lr=0.05)
    moved, _ = run(OPTIMIZERS[kind](**values), PARAMS[0], GRADS, lr=0.05)
    np.testing.assert_allclose(moved, expected, rtol=1e-14)
    different, _ = run(OPTIMIZERS[kind](), PARAMS[0], GRADS, lr=0.05)
    assert not np.allclose(different, expected)


@pytest.mark.parametrize("kind", DECOUPLED)
def test_decoupled_decay_takes_a_share_of_the_parameters_and_is_not_seen_by_the_state(kind: str) -> None:
    """At any update, whatever the rule: θ loses lr λ θ more. The decay may differ from parameter to parameter."""
    decay = np.array([0.5, 0.0, 0.02, 0.1])
    plain, decayed = OPTIMIZERS[kind](weight_decay=0), copy.copy(OPTIMIZERS[kind]())
    object.__setattr__(decayed, "weight_decay", decay)
    _, state = run(plain, PARAMS[0], GRADS)
    (without, state_without), (with_decay, state_with) = (item.update(GRADS[0], state, PARAMS[0], len(GRADS) + 1, 0.05) for item in (plain, decayed))
    np.testing.assert_allclose(with_decay, without - 0.05 * decay * PARAMS[0], rtol=1e-12)
    for name in state:
        np.testing.assert_array_equal(state_with[name], state_without[name])


def test_decoupled_decay_is_coupled_l2_for_plain_descent_only() -> None:
    decay, lr = 0.1, 0.05

    def coupled(kind: str, **values: float) -> np.ndarray:
        item, params = OPTIMIZERS[kind](**values), PARAMS[0]
        state = item.init(params)
        for step, grads in enumerate(GRADS, start=1):
            params, state = item.update(grads + decay * params, state, params, step, lr)
        return params

    without_momentum, _ = run(OPTIMIZERS["sgdw"](momentum=0, weight_decay=decay), PARAMS[0], GRADS, lr)
    np.testing.assert_allclose(without_momentum, coupled("sgd"), rtol=1e-11)
    for kind, other in (("adamw", "adam"), ("sgdw", "momentum")):
        decoupled, _ = run(OPTIMIZERS[kind](weight_decay=decay), PARAMS[0], GRADS, lr)
        assert np.abs(decoupled - coupled(other)).max() > 1e-2


def test_average_of_asgd_is_the_mean_of_the_parameters_from_t0_on() -> None:
    item = OPTIMIZERS["asgd"](t0=5)
    trajectory = [run(item, PARAMS[0], GRADS[:n])[0] for n in range(1, len(GRADS) + 1)]
    # update t has the weight 1 / max(1, t - 1 - t0): the first that is not the last point itself is t0 + 3
    np.testing.assert_allclose(run(item, PARAMS[0], GRADS)[1]["average"], np.mean(trajectory[6:], axis=0), rtol=1e-12)
    np.testing.assert_array_equal(run(item, PARAMS[0], GRADS)[0], run(OPTIMIZERS["asgd"](), PARAMS[0], GRADS)[0])


def test_learning_rate_of_rprop_is_its_first_step_size_alone() -> None:
    item = OPTIMIZERS["rprop"]()
    params, state = item.update(GRADS[0], item.init(PARAMS[0]), PARAMS[0], 1, 0.05)
    np.testing.assert_array_equal(state["step_size"], 0.05)
    one, other = (item.update(GRADS[1], state, params, 2, lr)[0] for lr in (0.05, 10.0))
    np.testing.assert_array_equal(one, other)


def test_mean_square_of_yogi_moves_by_the_square_of_the_gradient() -> None:
    item = OPTIMIZERS["yogi"](beta2=0.9)
    _, before = run(item, PARAMS[0], GRADS[:9])
    _, after = run(item, PARAMS[0], GRADS[:10])
    change = after["v"] - before["v"]
    np.testing.assert_allclose(np.abs(change), 0.1 * GRADS[9] ** 2, rtol=1e-10, atol=1e-16)
    np.testing.assert_array_equal(change > 0, before["v"] < GRADS[9] ** 2)
    assert 0 < (change > 0).mean() < 1


@pytest.mark.parametrize("beta2", [0.9, 0.99, 0.999, 0.9999])
def test_radam_adapts_from_the_update_at_which_rho_passes_five(beta2: float) -> None:
    """Until then it does not depend on the size of squares: twice the gradients are twice the step."""
    item = OPTIMIZERS["radam"](beta2=beta2)
    rho_inf = 2 / (1 - beta2) - 1
    adapts = [rho_inf - 2 * t * beta2**t / (1 - beta2**t) > 5 for t in range(1, 11)]
    paths = [[PARAMS[0], *(run(item, PARAMS[0], scale * GRADS[:n], lr=0.1)[0] for n in range(1, 11))] for scale in (1, 2)]
    steps = np.diff(paths, axis=1)
    assert [not np.allclose(2 * one, two, rtol=1e-6) for one, two in zip(*steps, strict=True)] == adapts
    assert adapts.index(True) == 5


def test_maximum_of_amsgrad_never_falls() -> None:
    item = OPTIMIZERS["amsgrad"](beta2=0.5)
    grads = [scale * GRADS[0] for scale in (1, 5, 0, 0, 2, 0, 0.1, 0, 7, 0)]
    states = [run(item, PARAMS[0], grads[:n])[1] for n in range(1, len(grads) + 1)]
    assert (np.diff([state["v_max"] for state in states], axis=0) >= 0).all()
    assert (np.diff([state["v"] for state in states], axis=0) < 0).any()


@pytest.mark.parametrize("beta2", [0.9, 0.999, 0.9999])
def test_radam_is_rectified_in_double_precision_also_in_single(beta2: float) -> None:
    """rho is a difference of 20 000 and nearly 20 000, of which single precision would keep nothing."""
    beta2 = float(np.float32(beta2))
    column = groups([OPTIMIZERS["radam"](beta2=beta2)], 1, np.float32)[0].item
    for n in range(1, len(GRADS) + 1):
        moved, _ = run(column, np.zeros((1, 4), np.float32), GRADS[:n, 0, :1].astype(np.float32), lr=0.1)
        np.testing.assert_allclose(moved, run(OPTIMIZERS["radam"](beta2=beta2), np.zeros((1, 4)), GRADS[:n, 0, :1], lr=0.1)[0], rtol=2e-5)


def test_variance_of_centred_rmsprop_does_not_fall_below_0() -> None:
    """Of equal gradients it is 0, and rounding may lie on either side of it."""
    item = OPTIMIZERS["rmsprop_momentum"](alpha=0.5, eps=1e-3, centered=True)
    moved, state = run(item, PARAMS[0], GRADS[:1].repeat(100, axis=0))
    assert (state["mean_square"] < state["mean"] ** 2).any()
    assert np.isfinite(moved).all()


def both(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the values (2,) of two functions of p (2, 2), a point of each, and their slopes (2, 2).

    The parabola (p1² + 10 p2²) / 2, and Rosenbrock's function, divided by 100 so that the steepest curvature is about 13.
    """
    (a, b), (x, y) = p.tolist()  # numbers: numpy's price for two of them is an array's
    valley = y - x * x
    return np.array([(a * a + 10 * b * b) / 2, (1 - x) ** 2 / 100 + valley**2]), np.array([[a, 10 * b], [(x - 1) / 50 - 4 * x * valley, 2 * valley]])


@every_kind
def test_default_improves_a_parabola_and_rosenbrock(kind: str) -> None:
    """At the suggested learning rate, 3000 updates leave at most a thousandth of the parabola's first value, and 10 000 updates 3% of Rosenbrock's.

    That is as on the valley's floor at x = 0.15. AMSGrad, which never forgets the first slopes, leaves 13%.
    """
    item, start = OPTIMIZERS[kind](), np.array([[1.0, 1.0], [-1.2, 1.0]])
    early, end = descend(item, lambda p: both(p)[1], start, [3000, 10_000])
    assert both(early)[0][0] <= 1e-3 * both(start)[0][0], "the parabola"
    assert both(end)[0][1] <= (0.13 if kind == "amsgrad" else 0.03) * both(start)[0][1], "Rosenbrock"


@every_item
def test_state_is_named_and_shaped_as_declared(item: Optimizer) -> None:
    state = item.init(PARAMS[0])
    assert set(state) == {slot.name for slot in item.slots}
    for slot in set(item.slots) - {MOMENTA}:  # a product begins at 1, and is one number for all parameters
        assert state[slot.name].shape == PARAMS[0].shape
        assert not state[slot.name].any()
    _, later = run(item, PARAMS[0], GRADS)
    assert {name: array.shape for name, array in later.items()} == {name: array.shape for name, array in state.items()}
    assert all(array.shape[:-1] == PARAMS[0].shape[:-1] for array in state.values())


@every_item
def test_any_leading_shape(item: Optimizer) -> None:
    together, _ = run(item, PARAMS[0], GRADS)
    for row in range(3):
        alone, _ = run(item, PARAMS[0, row], GRADS[:, row])
        np.testing.assert_array_equal(together[row], alone)
    deeper, _ = run(item, PARAMS[:6].reshape(2, 3, 3, 4), GRADS[:18].reshape(3, 2, 3, 3, 4))
    assert deeper.shape == (2, 3, 3, 4)


@every_kind
@in_one("dtype,rtol", [(np.float64, 1e-12), (np.float32, 2e-4)])
def test_stack_equals_each_alone(kind: str, dtype: Any, rtol: float) -> None:
    """Hyperparameters and learning rates are columns (R, 1). In single precision, which must stay single, 1 - 0.9999 has few digits.

    Yogi's step, without correction, shows them as they are: it is compared step by distance, not by where it ends, which may be near 0.
    """
    items = [OPTIMIZERS[kind](**values) for values in settings(OPTIMIZERS[kind], draws=3)]
    for group in groups(items, 1, dtype):
        alone = [items[i] for i in np.arange(len(items))[group.index]]
        rates = np.geomspace(0.001, 0.01, len(alone))[:, None].astype(dtype)
        params = np.resize(PARAMS, (len(alone), 4)).astype(dtype)
        grads = np.resize(GRADS, (20, len(alone), 4)).astype(dtype)
        together, state = run(group.item, params, grads, rates)
        assert {array.dtype for array in (together, *state.values())} == {np.dtype(dtype)}
        for r, item in enumerate(alone):
            expected, _ = run(item, params[r], grads[:, r], rates[r])
            origin = params[r] if kind == "yogi" else 0
            np.testing.assert_allclose(together[r] - origin, expected - origin, rtol)


@every_item
def test_single_precision_stays_single(item: Optimizer) -> None:
    moved, state = run(item, PARAMS[0].astype(np.float32), GRADS.astype(np.float32))
    assert {array.dtype for array in (moved, *state.values())} == {np.dtype(np.float32)}
    np.testing.assert_allclose(moved, run(item, PARAMS[0], GRADS)[0], atol=2e-5, rtol=2e-5)


@every_item
def test_resumed_state_continues_identically(item: Optimizer) -> None:
    params, state = PARAMS[0], item.init(PARAMS[0])
    for step, grads in enumerate(GRADS, start=1):
        params, state = item.update(grads, copy.deepcopy(state), params.copy(), step, item.learning_rate)
    np.testing.assert_array_equal(params, run(item, PARAMS[0], GRADS)[0])


@every_item
def test_non_finite_gradient_stays_in_its_row(item: Optimizer) -> None:
    for bad in (np.nan, np.inf):
        broken = GRADS.copy()
        broken[:, 0, 1] = bad
        with np.errstate(invalid="ignore"):
            moved, _ = run(item, PARAMS[0], broken)
        np.testing.assert_array_equal(moved[1:], run(item, PARAMS[0], GRADS)[0][1:], err_msg=str(bad))


@in_one("kind", OPTIMIZERS)
def test_rule_is_immutable(kind: str) -> None:
    item = OPTIMIZERS[kind]()
    with pytest.raises(dataclasses.FrozenInstanceError):
        item.learning_rate = 1.0  # type: ignore[misc]

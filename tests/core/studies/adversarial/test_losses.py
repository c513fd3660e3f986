"""Losses, penalties and the double backward equal PyTorch's autograd and differences."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from core.models import MLP, MODELS, Model
from core.studies.adversarial.losses import ADVERSARIAL_LOSSES, AdversarialLoss
from core.studies.adversarial.penalties import CRITIC_PENALTIES, NOWHERE, Clipping, GradientPenalty
from tests.items import in_one
from tests.reference.make_adversarial import MODELS_OF_CRITICS, PATH, A, B, losses, rows

CASES: dict[str, list[dict[str, Any]]] = json.loads(PATH.read_text())
AGAIN = "run tests/reference/make_adversarial.py"


def item(registry: Any, values: dict[str, Any]) -> Any:
    values = dict(values)
    return registry[values.pop("kind")].from_dict(values)


@in_one("case", CASES["losses"])
def test_losses_equal_pytorchs_autograd(case: dict[str, Any]) -> None:
    loss: AdversarialLoss = item(ADVERSARIAL_LOSSES, case["loss"])
    assert list(loss.in_pytorch()) == case["pytorch"], AGAIN
    a, b = np.array(A), np.array(B)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        mine = {
            "critic": (loss.critic_value(a, b), *loss.critic_gradient(a, b)),
            "generator": (loss.generator_value(a, b), *loss.generator_gradient(a, b)),
        }
    for player, values in mine.items():
        for value, expected in zip(values, case[player], strict=True):
            assert value.shape == a.shape
            np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-300, err_msg=player)


def test_every_loss_and_choice_is_recorded() -> None:
    assert [case["loss"] for case in CASES["losses"]] == [loss.to_dict() for loss in losses()], AGAIN
    assert {case["loss"]["kind"] for case in CASES["losses"]} == {*ADVERSARIAL_LOSSES}


@in_one("loss", losses())
def test_gradients_are_differences(loss: AdversarialLoss) -> None:
    rng = np.random.default_rng(0)
    a, b, eps = rng.normal(0, 2, 40), rng.normal(0, 2, 40), 1e-6
    for value, gradient in ((loss.critic_value, loss.critic_gradient), (loss.generator_value, loss.generator_gradient)):
        da, db = gradient(a, b)
        np.testing.assert_allclose(da, (value(a + eps, b) - value(a - eps, b)) / (2 * eps), atol=1e-8)
        np.testing.assert_allclose(db, (value(a, b + eps) - value(a, b - eps)) / (2 * eps), atol=1e-8)
    assert loss.paired == bool(np.abs(loss.generator_gradient(a, b)[0]).any())


@in_one("loss", losses())
def test_a_generator_is_pulled_to_higher_scores_and_a_critic_parts_the_two(loss: AdversarialLoss) -> None:
    a, b = np.linspace(-0.9, 0.9, 7), np.linspace(0.8, -0.8, 7)
    da, db = loss.critic_gradient(a, b)
    assert (da < 0).all()
    assert (loss.generator_gradient(a, b)[1] < 0).all()
    if loss.to_dict() != {"kind": "least_squares", "codes": "01"}:  # which draws scores of generated samples to 0, from both sides
        assert (db > 0).all()


@in_one("loss", losses())
def test_precision_and_scores_beyond_all_bounds(loss: AdversarialLoss) -> None:
    for dtype in (np.float32, np.float64):
        a, b = np.array([1e6, -1e6], dtype), np.array([-1e6, 1e6], dtype)
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            results = (loss.critic_value(a, b), *loss.critic_gradient(a, b), loss.generator_value(a, b), *loss.generator_gradient(a, b))
        assert all(np.isfinite(result).all() and result.dtype == dtype for result in results)


@in_one("loss", losses())
def test_scores_of_any_kind_are_taken_and_two_shapes_refused(loss: AdversarialLoss) -> None:
    a, b = np.array([[1.0, -2.0, 3.0]]), np.array([[0.0, 1.0, -1.0]])
    for name in ("critic_value", "critic_gradient", "generator_value", "generator_gradient"):
        method = getattr(loss, name)
        wanted = method(a, b)
        for found in (method(a.astype(int), b.astype(int)), method(a.tolist(), b.tolist())):
            np.testing.assert_array_equal(found, wanted)
        assert np.shape(method(1.0, 0.5)) in ((), (2,))
        for other in (b[0], b[:, :2], b.T):
            with pytest.raises(ValueError, match=r"one shape, got \(1, 3\) and"):
                method(a, other)


def test_a_hinge_at_its_kink_has_the_subgradient_0() -> None:
    da, db = ADVERSARIAL_LOSSES["hinge"]().critic_gradient(np.ones(1), -np.ones(1))
    assert (da[0], db[0]) == (0, 0)


# Penalties


@in_one("case", CASES["penalties"])
def test_double_backward_equals_pytorchs(case: dict[str, Any]) -> None:
    model, penalty = item(MODELS, case["model"]), item(CRITIC_PENALTIES, case["penalty"])
    params, points = rows(model)
    _, inputs = model.forward(params, points)
    slopes, of_layers = model.input_gradient(params, inputs, np.ones((len(points), 1)))
    assert penalty.value(slopes).mean() == pytest.approx(case["value"], rel=1e-9)
    gradient = model.penalty_backward(params, inputs, of_layers, penalty.gradient(slopes) / len(points))
    np.testing.assert_allclose(gradient, case["gradient"], rtol=1e-9, atol=1e-13)


def test_the_recorded_critics_have_every_activation_and_several_depths() -> None:
    recorded = {json.dumps(case["model"]) for case in CASES["penalties"]}
    assert recorded == {json.dumps(model.to_dict()) for model in MODELS_OF_CRITICS}, AGAIN
    assert {case["penalty"]["kind"] for case in CASES["penalties"]} == {kind for kind, cls in CRITIC_PENALTIES.items() if cls.place != NOWHERE}


@in_one("model", MODELS_OF_CRITICS)
def test_gradients_by_inputs_and_double_backward_are_differences(model: Model) -> None:
    """In a stack, with other gradients by the scores than ones."""
    rng = np.random.default_rng(1)
    params, points, dscores = rng.normal(0, 0.7, (2, 3, model.n_params(2, 1))), rng.normal(0, 1.5, (2, 3, 5, 2)), rng.normal(size=(2, 3, 5, 1))
    direction, eps = rng.normal(size=points.shape), 1e-6

    def slopes(of: np.ndarray) -> np.ndarray:
        return model.input_gradient(of, model.forward(of, points)[1], dscores)[0]

    for axis in range(2):
        step = eps * np.eye(2)[axis]
        difference = (model.forward(params, points + step)[0] - model.forward(params, points - step)[0]) / (2 * eps)
        np.testing.assert_allclose(slopes(params)[..., axis], (difference * dscores)[..., 0], atol=1e-7)
    inputs = model.forward(params, points)[1]
    mine = model.penalty_backward(params, inputs, model.input_gradient(params, inputs, dscores)[1], direction)
    for place in range(params.shape[-1]):
        step = eps * np.eye(params.shape[-1])[place]
        difference = (direction * (slopes(params + step) - slopes(params - step))).sum(axis=(-2, -1)) / (2 * eps)
        np.testing.assert_allclose(mine[..., place], difference, atol=2e-6)


def test_strengths_of_a_stack_are_columns() -> None:
    slopes = np.random.default_rng(0).normal(size=(2, 3, 4, 2))
    for cls in (kinds for kinds in CRITIC_PENALTIES.values() if kinds.place != NOWHERE):
        items = [cls(strength=strength) for strength in (0.1, 1.0, 5.0)]
        stacked = cls(strength=1.0)
        object.__setattr__(stacked, "strength", np.array([0.1, 1.0, 5.0])[:, None, None])
        for run, alone in enumerate(items):
            np.testing.assert_array_equal(stacked.value(slopes)[:, run], alone.value(slopes[:, run]))
            np.testing.assert_array_equal(stacked.gradient(slopes)[:, run], alone.gradient(slopes[:, run]))


def test_a_flat_critic_has_no_direction() -> None:
    assert (GradientPenalty().gradient(np.zeros((3, 2))) == 0).all()
    np.testing.assert_allclose(GradientPenalty(strength=2.0).value(np.zeros((3, 2))), 2.0)


def test_clipping_cuts_all_parameters() -> None:
    params = np.array([[-3.0, 0.1, 0.4]])
    np.testing.assert_array_equal(Clipping(limit=0.25).limited(params), [[-0.25, 0.1, 0.25]])
    for kind, cls in CRITIC_PENALTIES.items():
        assert (cls().limited(params) == params).all() == (kind != "clipping")


def test_dscores_of_a_network_are_not_changed() -> None:
    model = MLP(hidden=(4,))
    params, points = rows(model)
    dscores = np.ones((len(points), 1))
    model.input_gradient(params, model.forward(params, points)[1], dscores)
    assert (dscores == 1).all()

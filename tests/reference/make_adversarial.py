"""Write adversarial.json: losses, penalties and whole duels by PyTorch's autograd, which `core.studies.adversarial` has to follow.

Run from the root of the repository, in the environment of the tests with PyTorch added: `python -m tests.reference.make_adversarial`.
The loop of a duel shares with the engine where it begins, the random numbers of each update, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.models import MLP, Linear, Model
from core.optimizers import OPTIMIZERS
from core.studies.adversarial.clouds import CLOUDS
from core.studies.adversarial.duel import Contest, Duel, contest
from core.studies.adversarial.losses import ADVERSARIAL_LOSSES, AdversarialLoss
from core.studies.adversarial.penalties import BETWEEN, CRITIC_PENALTIES, NOWHERE, CriticPenalty
from core.studies.adversarial.players import Players
from tests.reference.make_optimizers import expression
from tests.reference.torch_training import flat, network

PATH = Path(__file__).with_name("adversarial.json")
UPDATES = 50
#: the updates after which parameters are kept
STEPS = (1, 10, UPDATES)
#: raw scores, also where a sigmoid is 0 or 1 in double precision; none at a kink of the hinge
A = (0.3, -0.7, 2.1, -3.0, 40.0, -800.0, 0.999)
B = (-0.2, 1.7, -2.2, 0.4, -35.0, 900.0, -1.001)
MODELS_OF_CRITICS: tuple[Model, ...] = (
    Linear(), *(MLP(hidden=hidden, activation=activation) for activation in ("relu", "tanh", "sigmoid") for hidden in ((5,), (6, 4), (5, 4, 3)))
)  # fmt: skip


def losses() -> list[AdversarialLoss]:
    """Return every loss, with all of its choices."""
    return [*(cls() for cls in ADVERSARIAL_LOSSES.values()), ADVERSARIAL_LOSSES["least_squares"](codes="pm1")]


def penalties() -> list[CriticPenalty]:
    """Return every penalty of the slope, with strengths of their own."""
    return [cls(strength=strength) for cls in CRITIC_PENALTIES.values() if cls.place != NOWHERE for strength in (0.3, 2.0)]


def expressed(loss: AdversarialLoss, a: Any, b: Any) -> tuple[Any, Any]:
    """Return what critic and generator minimise, per sample, by the loss's expressions in PyTorch."""
    import torch

    values = [eval(text, {"F": torch.nn.functional, "a": a, "b": b}) for text in loss.in_pytorch()]
    return values[0], values[1]


def penalty_of(penalty: CriticPenalty, net: Any, points: Any) -> Any:
    """Return the mean of a penalty of the slopes of a critic at these points."""
    import torch

    points = points.detach().requires_grad_(True)
    (slopes,) = torch.autograd.grad(net(points).sum(), points, create_graph=True)
    return eval(penalty.pytorch.format(strength=getattr(penalty, "strength", 0)), {"g": slopes})


def loss_cases() -> Iterator[dict[str, Any]]:
    """Yield values and gradients of each loss."""
    import torch

    for loss in losses():
        case: dict[str, Any] = {"loss": loss.to_dict(), "pytorch": loss.in_pytorch()}
        for player, name in enumerate(("critic", "generator")):
            a, b = (torch.tensor(scores, dtype=torch.float64, requires_grad=True) for scores in (A, B))
            value = expressed(loss, a, b)[player]
            da, db = torch.autograd.grad(value.sum(), (a, b), allow_unused=True)
            case[name] = [value.tolist(), [0.0] * len(A) if da is None else da.tolist(), db.tolist()]
        yield case


def rows(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """Return parameters of a critic, biases that are not 0 among them, and the points at which its slope is penalised."""
    rng = np.random.default_rng(3)
    return rng.normal(0, 0.7, model.n_params(2, 1)), rng.normal(0, 1.5, (6, 2))


def penalty_cases() -> Iterator[dict[str, Any]]:
    """Yield value and double backward of each penalty, for critics of each activation and several depths."""
    import torch

    for model in MODELS_OF_CRITICS:
        params, points = rows(model)
        for penalty in penalties():
            net = network(model, 2, 1, params).double()
            value = penalty_of(penalty, net, torch.tensor(points))
            of_net = torch.autograd.grad(value, list(net.parameters()), allow_unused=True)
            with torch.no_grad():
                for parameter, gradient in zip(net.parameters(), of_net, strict=True):
                    parameter.copy_(torch.zeros_like(parameter) if gradient is None else gradient)
            yield {"model": model.to_dict(), "penalty": penalty.to_dict(), "value": value.item(), "gradient": flat(net, torch.zeros(0))}


def duels() -> tuple[Duel, ...]:
    """Return the duels that are recorded: every loss and penalty, several optimizers, depths, activations and numbers of critic steps."""
    plain = [contest(kind) for kind in ADVERSARIAL_LOSSES if kind != "wasserstein"]
    ones = [
        *plain, contest("least_squares", codes="pm1"), contest("wasserstein", "clipping", strength=0.2, beta1=0.0),
        contest("wasserstein", "gradient_penalty", strength=0.3, beta1=0.0), contest("relativistic", "r1", strength=0.1), contest("hinge", "r1", strength=1.0),
    ]  # fmt: skip
    others = [
        replace(contest(kind, penalty), critic_optimizer=OPTIMIZERS[one](), generator_optimizer=OPTIMIZERS[other]())
        for kind, penalty, one, other in (
            ("minimax", "r1", "sgd", "rmsprop"), ("non_saturating", "gradient_penalty", "rmsprop", "momentum"), ("hinge", "clipping", "adam", "sgd"),
            ("least_squares", "none", "momentum", "adamw"), ("relativistic", "gradient_penalty", "adamw", "adam"),
        )
    ]  # fmt: skip
    shared: dict[str, Any] = {"updates": UPDATES, "batch": 16, "dtype": "float64"}
    return (
        Duel(runs=tuple(ones), generator=MLP(hidden=(8, 8)), critic=MLP(hidden=(8, 8)), seeds=2, **shared),
        Duel(
            runs=tuple(others), data=CLOUDS["two_moons"](), generator=MLP(hidden=(7,), activation="tanh"), critic=MLP(hidden=(6, 5, 4), activation="tanh"),
            critic_steps=3, latent=3, seed=5, **shared,
        ),
        Duel(
            runs=(*others[:2], ones[5]), data=CLOUDS["wave"](), generator=Linear(), critic=MLP(hidden=(9,), activation="sigmoid"), critic_steps=2, latent=2,
            **shared,
        ),
        Duel(runs=tuple(ones[:1]), critic=MLP(hidden=(8,)), still=0.3, **shared),
    )  # fmt: skip


def trained(duel: Duel, index: int, seed: int) -> dict[str, list[list[float]]]:
    """Return the parameters of generator and critic of one run and seed after each of `STEPS` updates of the same loop in PyTorch."""
    import torch

    run: Contest = duel.runs[index]
    alone = replace(duel, runs=(run,), seed=duel.seed_numbers[seed], seeds=1)
    players = Players(alone)
    generator_start, critic_start = players.start()
    generator = None if duel.still else network(duel.generator, duel.latent, 2, generator_start.params[0, 0]).double()
    critic = network(duel.critic, 2, 1, critic_start.params[0, 0]).double()

    def rule(net: Any, optimizer: Any, lr: float) -> Any:
        values = {name: getattr(optimizer, name) for name in optimizer.parameters()}
        return eval(expression(type(optimizer), values, lr), {"torch": torch, "params": list(net.parameters())})

    of_critic = rule(critic, run.critic_optimizer, run.critic_rate)
    of_generator = None if generator is None else rule(generator, run.generator_optimizer, run.generator_rate)
    kept: dict[str, list[list[float]]] = {}
    for update in range(UPDATES):
        draws = players.draws(update)
        real, noise = torch.tensor(draws.real[0, 0]), torch.tensor(draws.noise[0, 0])
        for k in range(duel.critic_steps):
            made = duel.still * noise[k] if generator is None else generator(noise[k]).detach()
            cost = expressed(run.loss, critic(real[k])[:, 0], critic(made)[:, 0])[0].mean()
            if run.penalty.place != NOWHERE:
                share = torch.tensor(draws.between[0, 0, k])
                cost = cost + penalty_of(run.penalty, critic, share * real[k] + (1 - share) * made if run.penalty.place == BETWEEN else real[k])
            of_critic.zero_grad()
            cost.backward()
            of_critic.step()
            if run.penalty.kind == "clipping":
                with torch.no_grad():
                    for parameter in critic.parameters():
                        parameter.clamp_(-run.penalty.limit, run.penalty.limit)  # type: ignore[attr-defined]
        if generator is not None:
            cost = expressed(run.loss, critic(real[-1])[:, 0], critic(generator(noise[-1]))[:, 0])[1].mean()
            of_generator.zero_grad()
            cost.backward()
            of_generator.step()
        if update + 1 in STEPS:
            kept[str(update + 1)] = [[] if generator is None else flat(generator, torch.zeros(0)), flat(critic, torch.zeros(0))]
    return kept


def main() -> None:
    """Write the file."""
    import torch

    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    found = {
        "losses": [*loss_cases()],
        "penalties": [*penalty_cases()],
        "duels": [
            {"duel": json.loads(duel.to_json()), "params": [[trained(duel, run, seed) for seed in range(duel.seeds)] for run in range(len(duel.runs))]}
            for duel in duels()
        ],
    }
    lines = [f'"{name}": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]" for name, cases in found.items()]
    PATH.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()

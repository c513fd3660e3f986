"""Write runs.json: whole trainings by PyTorch, step by step, which the engine of `core.training` has to follow.

Run from the root of the repository, in the environment of the tests with PyTorch added: `python -m tests.reference.make_runs`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.class_weights import CLASS_WEIGHTS
from core.datasets import DATASETS, Dataset
from core.experiment import Experiment, Run, fitting_losses
from core.losses import Loss, WeightedSum
from core.models import MODELS, Model
from core.optimizers import OPTIMIZERS
from core.parameters import Declared
from core.penalties import PENALTIES
from core.preparation.resampling import NONE, RESAMPLINGS
from core.schedules import SCHEDULES
from core.tasks import CLASSIFICATION, IDENTITY, LOG
from core.training import start
from core.training.state import TrainingState
from tests.reference.make_losses import short
from tests.reference.make_optimizers import settings, write
from tests.reference.torch_training import LEARNED, flat, training

PATH = Path(__file__).with_name("runs.json")
UPDATES = 50
#: the updates after which parameters are kept
STEPS = (1, 10, UPDATES)
#: ... which stay below this: gradients of a unit that is further in saturation are rounding, of which Rprop takes the sign
LARGEST = 15
#: rules that PyTorch has for a whole batch, or a constant rate, alone
FULL_BATCH, CONSTANT_RATE = "rprop", "asgd"


def mlp(activation: str, *hidden: int) -> Model:
    """Return a network."""
    return MODELS["mlp"](hidden=hidden, activation=activation)


def small_table(**others: Any) -> Dataset:
    """Return 30 training rows of two outputs."""
    return DATASETS["make_regression"](rows=50, columns=3, informative=2, outputs=2, **others)


#: data, model, batch size (0: full), links of the losses, and what else is not at its default. 36 rows in batches of 8 or 30 rows in batches of 7
#: are five updates an epoch, the last of which has 4 rows or 2. The classes of wine and of xor are not equally frequent.
BOARDS: list[tuple[Dataset, Model, int, tuple[str, ...], dict[str, Any]]] = [
    (DATASETS["wine"](), MODELS["linear"](), 8, (IDENTITY,), {"validation_share": 0.4, "test_share": 0.4}),
    (DATASETS["blobs"](rows=60, spread=4.0), MODELS["linear"](), 0, (IDENTITY,), {"seeds": 2}),
    (DATASETS["xor"](rows=60, seed=1), mlp("tanh", 4), 0, (IDENTITY,), {}),
    (DATASETS["blobs"](rows=60, spread=4.0, seed=1), mlp("relu", 5), 8, (IDENTITY,), {"split_seed": 1}),
    (DATASETS["xor"](rows=60, seed=1), mlp("sigmoid", 4, 3), 8, (IDENTITY,), {}),
    (small_table(), MODELS["linear"](), 7, (IDENTITY,), {"seeds": 2}),
    (small_table(seed=1), mlp("tanh", 4, 3), 0, (IDENTITY,), {}),
    (small_table(seed=2), mlp("relu", 5), 7, (IDENTITY,), {"split_seed": 1}),
    (DATASETS["sine"](rows=60), mlp("sigmoid", 6), 0, (IDENTITY,), {"seeds": 2}),
    (DATASETS["counts"](rows=60), MODELS["linear"](), 8, (LOG,), {"seeds": 2}),
    (DATASETS["costs"](rows=60), mlp("tanh", 4), 8, (LOG, IDENTITY), {}),
    (DATASETS["costs"](rows=60, seed=1), mlp("relu", 4), 0, (LOG,), {}),
]
RUNS_PER_BOARD = 12
#: with lengths that PyTorch's schedulers have, which count whole updates
SCHEDULE_SETTINGS: dict[str, list[dict[str, Any]]] = {
    "constant": [{}],
    "step": [{"drops": 4, "drop": 0.5}, {"drops": 1}],
    "exponential": [{"final": 0.05}],
    "cosine": [{}, {"final": 0.1}],
    "cosine_restarts": [{"cycles": 2, "growth": 4}, {"cycles": 5, "growth": 1, "final": 0.2}],
    "polynomial": [{}, {"power": 2.0}],
    "inverse_time": [{}],
    "warmup_cosine": [{"warmup": 0.2}],
    "one_cycle": [{}, {"warmup": 0.5, "div_factor": 10.0, "final_div_factor": 100.0, "annealing": "linear"}],
    "random": [{}],
}


def has_twin(loss: type[Loss]) -> bool:
    """Return whether a loss can be written in PyTorch."""
    return loss().in_pytorch() is not None or loss.kind == LEARNED


# The design: what is mixed with what


def deck(rng: np.random.Generator, cards: list[Any]) -> Iterator[Any]:
    """Yield the cards in a new random order each time that they have all been dealt, so that each comes up about equally often."""
    while True:
        for i in rng.permutation(len(cards)):
            yield cards[i]


def experiments() -> Iterator[Experiment]:
    """Yield an experiment a board, whose runs are dealt from decks of everything that PyTorch has."""
    rng = np.random.default_rng(32)

    def both(cls: type[Declared]) -> list[Any]:
        """Return an item at its defaults, and one at a random position of each slider, if it has any."""
        of_cls = list(settings(cls))
        return [cls(**of_cls[0]), cls(**of_cls[-1])]

    losses: dict[tuple[type[Loss], ...], Iterator[Loss]] = {}
    optimizers = deck(rng, [item for cls in OPTIMIZERS.values() if cls.pytorch for item in both(cls)])
    schedules = deck(rng, [SCHEDULES[kind](**values) for kind, rows in SCHEDULE_SETTINGS.items() for values in rows])
    strengths = [{"strength": 0.01}, {"strength": 0.1}]
    penalties = deck(rng, [cls(**values) for kind, cls in PENALTIES.items() for values in ([{}] if kind == "none" else strengths)])
    by_hand, effective = CLASS_WEIGHTS["manual"](values=(2.0, 0.5)), CLASS_WEIGHTS["effective_number"](beta=0.9)
    weightings = deck(rng, [CLASS_WEIGHTS["none"](), CLASS_WEIGHTS["balanced"](), by_hand, effective])
    resamplings, dropouts, limits = deck(rng, list(RESAMPLINGS)), deck(rng, [0.0, 0.0, 0.3, 0.6]), deck(rng, [0.0, 0.0, 0.5, 1.5])
    clips, haste = deck(rng, [0.0, 0.1, 1.0]), deck(rng, [0.5, 1.0, 4.0])
    for dataset, model, batch_size, links, others in BOARDS:
        fitting = tuple(cls for cls in fitting_losses(dataset) if cls.link in links and has_twin(cls))
        hand = losses.setdefault(fitting, deck(rng, [item for cls in fitting for item in both(cls)]))
        runs = []
        while len(runs) < RUNS_PER_BOARD:
            optimizer = next(o for o in optimizers if not (batch_size and o.kind == FULL_BATCH))
            loss = next(hand)
            steep = sum(weight for weight, _ in loss.parts()) if isinstance(loss, WeightedSum) else 1.0
            runs.append(
                Run(
                    loss=loss, optimizer=optimizer, learning_rate=optimizer.learning_rate * next(haste) / steep, penalty=next(penalties), clip_norm=next(clips),
                    schedule=SCHEDULES["constant"]() if optimizer.kind == CONSTANT_RATE else next(schedules),
                    class_weights=next(weightings) if dataset.task == CLASSIFICATION else CLASS_WEIGHTS["none"](),
                    resampling=next(resamplings) if dataset.task == CLASSIFICATION else NONE, dropout=next(dropouts), max_norm=next(limits),
                )
            )  # fmt: skip
        epochs = UPDATES // 5 if batch_size else UPDATES
        yield Experiment(dataset=dataset, model=model, runs=tuple(runs), batch_size=batch_size, epochs=epochs, dtype="float64", **others)


def train(experiment: Experiment, state: TrainingState, index: int, seed: int) -> dict[str, Any]:
    """Return the parameters of a run after each of `STEPS` updates by PyTorch."""
    visited = {}
    for update, now in enumerate(training(experiment, state, index, seed)):
        if update in STEPS:
            visited[str(update)] = flat(now.net, now.learned)
    assert update == UPDATES, f"{update} updates"
    assert np.abs(visited[str(UPDATES)]).max() < LARGEST, f"{experiment.runs[index]} diverges"
    return {step: short(np.array(values)) for step, values in visited.items()}


def main() -> None:
    """Write the file."""
    cases = []
    for experiment in experiments():
        state = start(experiment)
        params = [[train(experiment, state, i, seed) for seed in range(experiment.seeds)] for i in range(len(experiment.runs))]
        cases.append({"experiment": json.loads(experiment.to_json()), "losses": [run.loss.in_pytorch() for run in experiment.runs], "params": params})
    write(PATH, cases)


if __name__ == "__main__":
    main()

"""The stories of the Descent page: races that each show one thing, with a sentence on it.

tests/core/studies/descent/test_stories.py checks the numbers of every sentence.
"""

from __future__ import annotations

from core.optimizers import OPTIMIZERS
from core.schedules import SCHEDULES
from core.stories import Story
from core.studies.descent.race import Race, Racer, default_race
from core.studies.descent.surfaces import SURFACES, Surface


def _racer(kind: str, rate: float, *, clip_norm: float = 0.0, l2: float = 0.0, start: tuple[float, ...] = (), schedule: str = "", **own: float) -> Racer:
    """Return a racer. `own`: parameters of its optimizer."""
    return Racer(
        optimizer=OPTIMIZERS[kind](**own), learning_rate=rate, schedule=SCHEDULES[schedule or "constant"](), clip_norm=clip_norm, l2=l2, start=start
    )


def _surface(kind: str, **own: float) -> Surface:
    return SURFACES[kind](**own)


STORIES: tuple[Story[Race], ...] = (
    Story(
        "Ravine: each at its best rate",
        "A ravine, 50 times as steep across as along, and each optimizer at its best rate for it: who is at the lowest point first?",
        "At its best rate on a grid, plain descent needs 115 updates to stay within a hundredth of the way, Adam 74, momentum 66, and Nesterov’s 61: "
        "a memory of past gradients nearly halves the way.",
        default_race(),
    ),
    Story(
        "Ravine: momentum",
        "A ravine, 50 times as steep across as along: who is nearer to the lowest point after 40 steps, A without or B with momentum?",
        "Plain descent bounces between the walls and creeps along the floor; with momentum the bounces cancel, the way along adds up, "
        "and after 40 steps it is 50 times closer.",
        Race(
            surface=_surface("ravine", condition=50.0), start=(-7.0, 2.0), steps=40,
            racers=(_racer("sgd", 0.95), _racer("momentum", 0.6, momentum=0.75)),
        ),
    ),
    Story(
        "Saddle: who gets away",
        "All start on the ridge of a saddle, a hair beside its middle: who finds the way down first?",
        "On the ridge the way out is almost flat: plain descent is still at the saddle after 60 steps, momentum has left it by step 30, Adam by step 15.",
        Race(
            surface=_surface("saddle"), start=(-2.5, 0.001), steps=60,
            racers=(_racer("sgd", 0.1), _racer("momentum", 0.1), _racer("adam", 0.1)),
        ),
    ),
    Story(
        "Sparse gradient: Adagrad",
        "y shows itself in each tenth step only: who gets along in y, at the same rate?",
        "y is seen in each tenth step only, and faintly: at the same rate plain descent crawls along it, "
        "while Adagrad gives y a rate of its own and ends 6 times closer.",
        Race(surface=_surface("sparse"), start=(-2.5, 2.5), steps=100, racers=(_racer("sgd", 0.8), _racer("adagrad", 0.8))),
    ),
    Story(
        "Cliff: clipping",
        "A flat plateau ends at a cliff: what does one step into the wall do, with and without clipping?",
        "Each step into the wall throws plain descent back by half of the plateau, 4 times in 80 steps; with its gradient clipped to 0.5 it stays at the foot.",
        Race(
            surface=_surface("cliff"), start=(-0.25, 1.8), steps=80,
            racers=(_racer("sgd", 0.4), _racer("sgd", 0.4, clip_norm=0.5)),
        ),
    ),
    Story(
        "Adam fails, AMSGrad does not",
        "A large gradient comes rarely, and it alone points to the best place: does Adam remember it?",
        "Adam forgets the rare large gradient too fast and ends at the worst point of the map, x = 1; AMSGrad remembers its size and goes to the best, x = -1.",
        Race(
            surface=_surface("reddi"), start=(0.0, 0.8), steps=300,
            racers=(_racer("adam", 0.05, beta1=0.0, beta2=0.1), _racer("amsgrad", 0.05, beta1=0.0, beta2=0.1)),
        ),
    ),
    Story(
        "L2 or weight decay in Adam",
        "The same λ as L2 in the gradient, and as weight decay beside it: do B and C end in the same place?",
        "The same λ = 0.3 twice: as L2, part of the gradient, it leads Adam to the minimum of loss plus penalty; "
        "decoupled, as in AdamW, it is not rescaled, and after 300 steps C is nearer to the minimum of the loss alone.",
        Race(
            surface=_surface("logistic"), start=(-0.5, -1.0), steps=300,
            racers=(_racer("adam", 0.1), _racer("adam", 0.1, l2=0.3), _racer("adamw", 0.1, weight_decay=0.3)),
        ),
    ),
    Story(
        "Four starts, four minima",
        "One rule, one rate, four starts next to each other: do they end in the same minimum?",
        "One rule and one rate from four starts less than 3 apart: each ends in another minimum, since descent finds the one whose basin it starts in.",
        Race(
            surface=_surface("himmelblau"), start=(0.5, 1.0), steps=100,
            racers=tuple(_racer("sgd", 0.01, start=start) for start in ((0.5, 1.0), (-0.5, 1.0), (-0.5, -1.0), (0.5, -1.5))),
        ),
    ),
    Story(
        "Good minimum or bad",
        "Four hollows, and one is the deepest: which of four starts ends there?",
        "Four hollows, one of them the deepest: of four starts only one ends there, and the others settle 14 and 28 above it for good.",
        Race(
            surface=_surface("styblinski_tang"), start=(0.5, 0.8), steps=100,
            racers=tuple(_racer("sgd", 0.01, start=start) for start in ((0.5, 0.8), (-0.5, -0.3), (0.3, -4.0), (-1.0, 3.0))),
        ),
    ),
    Story(
        "Rate: too small, good, too large",
        "One rule at the rates 0.05, 1.5 and 2.1: which of them arrives?",
        "At 0.05 descent is down the wall after 40 steps but hardly along the valley, at 1.5 it is there, and at 2.1, beyond 2/L = 2, each step overshoots.",
        Race(surface=_surface("quadratic"), start=(-2.4, 1.6), steps=40, racers=tuple(_racer("sgd", rate) for rate in (0.05, 1.5, 2.1))),
    ),
    Story(
        "Noise: why rates fall",
        "The gradients are noisy: which is best at the end, a large rate, a small one, or one that falls?",
        "With noisy gradients a large rate is quick and never settles, a small one settles and is slow; one that falls is as quick, and settles late.",
        Race(
            surface=_surface("quadratic", condition=5.0), start=(-2.4, 1.6), steps=400, noise=1.0,
            racers=(_racer("sgd", 0.5), _racer("sgd", 0.02), _racer("sgd", 0.5, schedule="exponential")),
        ),
    ),
)  # fmt: skip
"""The stories, in the order of a lesson."""

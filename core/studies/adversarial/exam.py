"""What is measured of a duel: which modes are covered, how good the samples are, how far they are from the data, and how well the critic tells them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.adversarial.clouds import GOOD, Cloud
from core.studies.adversarial.duel import MEASURED, Duel
from core.studies.adversarial.players import Players, noise_width

Array = NDArray[Any]

#: directions that samples are projected on
DIRECTIONS = 32
#: a part is covered when it gets at least this share of the samples that it would get from the data
_COVERED = 0.25
_EXAM = 4


@dataclass(frozen=True, eq=False)
class Exam:
    """What every run of a duel is measured with: noise (N, L), real points (N, 2), and these projected on each direction, sorted (N, directions)."""

    noise: Array
    real: Array
    projected: Array

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return self.noise.nbytes + self.real.nbytes + self.projected.nbytes


@dataclass(frozen=True)
class Measure:
    """A measure of a run: its title with the direction in which it is better, and its meaning."""

    title: str
    doc: str


MEASURES = {
    "covered": Measure("Parts covered (higher is better)", "Modes, or eighths of a curve, that get at least a quarter of their share in samples within 3σ."),
    "quality": Measure("Quality (higher is better)", "Share of the generated samples that lie within 3σ of what the data scatter about."),
    "sliced": Measure(
        "Sliced Wasserstein distance (lower is better)", "The mean over 32 directions of how far samples must be moved along it to become the data."
    ),
    "accuracy": Measure("Critic tells apart (½: it cannot)", "Chance that the critic scores a real sample above a generated one."),
    "critic_loss": Measure("Critic's loss", "What the critic minimises, without its penalty. Losses of different kinds have different scales."),
    "generator_loss": Measure("Generator's loss", "What the generator minimises. It says little of the samples, because the critic changes with them."),
    "pull": Measure("Pull on the generator", "Median length of the gradient of the generator's loss by a generated sample."),
}  # fmt: skip


def exam(duel: Duel) -> Exam:
    """Return what the runs of a duel are measured with. It depends on data, noise and precision alone."""
    rng = np.random.default_rng([_EXAM])
    noise, real = rng.standard_normal((MEASURED, noise_width(duel))), duel.data.draw(rng, (MEASURED,))
    return Exam(noise.astype(duel.dtype), real.astype(duel.dtype), projected(real))


def measured(players: Players, generator: Array, critic: Array, exam: Exam) -> dict[str, Array]:
    """Return each of `MEASURES`, (S, R), of parameters (S, R, P)."""
    points, _ = players.made(generator, exam.noise[None, None])
    a, b = (players.duel.critic.forward(critic, np.broadcast_to(x, points.shape))[0][..., 0] for x in (exam.real, points))
    pulls = players.pulls(critic, points, exam.real)
    covered, quality = coverage(players.duel.data, points)
    critic_loss, generator_loss = players.losses_at(a, b)
    return {
        "covered": covered, "quality": quality, "sliced": sliced_distance(points, exam.projected),
        "accuracy": (a > b).mean(axis=-1) + (a == b).mean(axis=-1) / 2, "critic_loss": critic_loss, "generator_loss": generator_loss,
        "pull": np.median(np.sqrt(np.vecdot(pulls, pulls)), axis=-1),
    }  # fmt: skip


def directions() -> Array:
    """Return unit vectors (2, directions), evenly over a half turn."""
    angle = np.pi * (np.arange(DIRECTIONS) + 0.5) / DIRECTIONS
    return np.stack([np.cos(angle), np.sin(angle)])


def projected(points: Array) -> Array:
    """Return points (..., N, 2) projected on each direction and sorted, (..., directions, N)."""
    return np.sort(directions().astype(points.dtype).T @ points.mT, axis=-1)


def sliced_distance(points: Array, others: Array) -> Array:
    """Return the sliced Wasserstein distance of points (..., N, 2) from as many others, which are `projected` already.

    It is the mean over directions of the mean distance between the sorted projections, the one-dimensional W₁. Source: Rabin et al., SSVM 2011.
    """
    distance: Array = np.abs(projected(points) - others).mean(axis=(-2, -1))
    return distance


def coverage(cloud: Cloud, points: Array) -> tuple[Array, Array]:
    """Return how many parts of a cloud are covered, and the share of good points, each (...), of points (..., N, 2)."""
    skeleton, parts = cloud.skeleton().astype(points.dtype), cloud.parts()
    squares = np.square(points).sum(axis=-1)[..., None] - 2 * (points @ skeleton.T) + np.square(skeleton).sum(axis=-1)
    nearest = squares.argmin(axis=-1)
    good = np.square(points - skeleton[nearest]).sum(axis=-1) <= np.square(GOOD * cloud.spread)
    count = parts.max() + 1
    shares = np.stack([(good & (parts[nearest] == part)).mean(axis=-1) for part in range(count)], axis=-1)
    return (shares >= _COVERED / count).sum(axis=-1), good.mean(axis=-1)

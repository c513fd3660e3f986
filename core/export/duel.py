"""A duel of a generator and a critic as a PyTorch script."""

from __future__ import annotations

import re

from core.export import networks, recorded, rules
from core.export.losses import plain
from core.export.parts import Part, script, text
from core.studies.adversarial.clouds import Cloud
from core.studies.adversarial.duel import Contest, Duel
from core.studies.adversarial.penalties import BETWEEN, NOWHERE

#: the lines that draw points of a cloud without their noise, by kind, and the constants that they name
_CLOUDS: dict[str, tuple[str, ...]] = {
    "ring": (
        "angles = 2 * np.pi * np.arange(MODES) / MODES",
        "modes = RADIUS * np.column_stack([np.cos(angles), np.sin(angles)])",
        "points = modes[rng.integers(len(modes), size=shape)]",
    ),
    "two_moons": (
        "share = rng.random(shape)",
        "lower, angle = share >= 0.5, 2 * np.pi * share",
        "x = np.where(lower, 1 + np.cos(angle), np.cos(angle)) - 0.5",
        "y = np.where(lower, 0.5 + np.sin(angle), np.sin(angle)) - 0.25",
        "points = 1.5 * np.stack([x, y], axis=-1)",
    ),
    "wave": (
        "share = rng.random(shape)",
        "points = np.stack([4 * share - 2, np.sin(2 * np.pi * WAVES * share)], axis=-1)",
    ),
    "own_points": (
        "modes = np.reshape(POINTS, (-1, 2))",
        "points = modes[rng.integers(len(modes), size=shape)]",
    ),
}  # fmt: skip


_STILL = Part("Generator", 'def generator(noise):\n    """Return normal points about the origin; it learns nothing."""\n    return STILL * noise')


def duel_script(duel: Duel, index: int = 0) -> str:
    """Return run `index` of a duel as a PyTorch script that plays it from its first seed, and prints what is measured.

    With `--json` the last line that it prints is one JSON list: for the start and each recorded update its "update", "critic_loss", "generator_loss",
    "accuracy" and "sliced", as `core.studies.adversarial.exam` has them; what is not finite is null. A duel that diverges ends there.
    """
    run, models = duel.runs[index], [duel.critic] if duel.still else [duel.generator, duel.critic]
    made = rules.optimizers([(run.critic_optimizer, True), *([] if duel.still else [(run.generator_optimizer, True)])])
    making = [
        expression.replace("(parameters,", f"({player}.parameters(),").replace("LEARNING_RATE", f"{player.upper()}_RATE")
        for player, (expression, _) in zip(("critic", "generator"), made, strict=False)
    ]
    rule_parts = dict.fromkeys(part for _, part in made if part)
    parts = [
        Part("", imports=("import torch",), constants=_constants(duel, run)), _data(duel), _draws(duel, run), networks.maker(models),
        *([_STILL] if duel.still else []), *_losses(run), *rule_parts, _measure(duel, run), _training(duel, run, *making), recorded.show(), _picture(),
    ]  # fmt: skip
    return script(_doc(duel, run), parts, recorded.ENDING)


def _doc(duel: Duel, run: Contest) -> str:
    penalty = "" if run.penalty.kind == "none" else f" and the critic's penalty {run.penalty.title}"
    lines = [
        f"{duel.data.title}: a duel of Lossbench in PyTorch.", "",
        f"{'A critic trains against a generator that stands still' if duel.still else 'A generator plays against a critic'}, "
        f"with the loss {run.loss.title}{penalty}.",
        "It needs numpy and torch; matplotlib draws the points where it is installed.",
        "It prints what is measured on 1024 samples as a table; with --json its last line is the same as JSON.",
        *recorded.precision(duel.dtype, "A duel that swings enlarges roundings, so that two programs part after some hundred updates."),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _constants(duel: Duel, run: Contest) -> tuple[str, ...]:
    lines = [f"SEED = {duel.seed}  # rules the initial weights, the real points and the noise"]
    cloud = duel.data
    lines += [f"{name.upper()} = {getattr(cloud, name)!r}" for name in cloud.parameters() if name != "spread"]
    lines.append(f"SPREAD = {cloud.spread!r}  # of the points around {'their modes' if cloud.part == 'modes' else 'the curve'}")
    if duel.still:
        lines.append(f"STILL = {duel.still!r}  # standard deviation of the points of the generator, which does not learn")
    else:
        lines.append(f"LATENT = {duel.latent}  # numbers of noise that a point is made of")
        lines += [f"GENERATOR = {duel.generator.widths!r}  # hidden units"] * bool(duel.generator.widths)
    lines += [f"CRITIC = {duel.critic.widths!r}  # hidden units"] * bool(duel.critic.widths)
    lines += [f"UPDATES = {duel.updates}", f"CRITIC_STEPS = {duel.critic_steps}  # of an update", f"BATCH = {duel.batch}  # real points, and as many others"]
    lines += [f"CRITIC_RATE = {run.critic_rate!r}", *([] if duel.still else [f"GENERATOR_RATE = {run.generator_rate!r}"])]
    lines += [f"{name.upper()} = {getattr(run.penalty, name)!r}  # of the penalty" for name in run.penalty.parameters()]
    return (*lines, f"RECORDS = {duel.RECORDS}  # after the start, evenly", f"DTYPE = torch.{duel.dtype}", "", "torch.set_default_dtype(DTYPE)")


def _data(duel: Duel) -> Part:
    """Return the part with `real_points`."""
    cloud: Cloud = duel.data
    if cloud.kind not in _CLOUDS:
        raise ValueError(f"write down the point cloud {cloud.kind} in core/export/duel.py")
    code = text(
        '''
        def real_points(rng, shape):
            """Return random points of the data, `shape` + (2,)."""
            <lines>
            return points + SPREAD * rng.standard_normal(points.shape)
        ''',
        lines="\n".join(_CLOUDS[cloud.kind]),
    )
    return Part("Data", code, ("import numpy as np",))


def _draws(duel: Duel, run: Contest) -> Part:
    """Return the part with `draws`."""
    between = run.penalty.place == BETWEEN
    names = ["real", "noise"] + ["share"] * between
    code = text(
        '''
        def draws():
            """Yield <what> of each update."""
            for update in range(UPDATES):  # 32 are drawn at once, as in the dashboard
                block, place = divmod(update, 32)
                if place == 0:
                    real = real_points(np.random.default_rng([SEED, 1, block]), (32, CRITIC_STEPS, BATCH))
                    noise = np.random.default_rng([SEED, 2, block]).standard_normal((32, CRITIC_STEPS + 1, BATCH, <width>))
                    <between>
                yield [torch.tensor(drawn[place], dtype=DTYPE) for drawn in (<names>)]
        ''',
        what="real points, noise, and the shares that mix real and generated points" if between else "real points and noise",
        width="2" if duel.still else "LATENT", names=", ".join(names),
        between="share = np.random.default_rng([SEED, 3, block]).random((32, CRITIC_STEPS, BATCH, 1))" if between else "",
    )  # fmt: skip
    return Part("Draws", code, ("import numpy as np", "import torch"))


def _losses(run: Contest) -> list[Part]:
    """Return the parts with the losses of both players, and the critic's penalty."""
    expressions = map(plain, run.loss.in_pytorch())
    of_critic, of_generator = (each if re.fullmatch(r"[\w.]+\([^()]*\)", each) else f"({each})" for each in expressions)
    code = text(
        '''
        def critic_loss(a, b):
            """Return what the critic minimises: <title>. `a`: its scores of real points, `b`: of generated ones."""
            return <critic>.mean()


        def generator_loss(<arguments>):
            """Return what the generator minimises."""
            return <generator>.mean()
        ''',
        title=run.loss.title, critic=of_critic, generator=of_generator, arguments=_arguments(run),
    )  # fmt: skip
    imports = ("from torch.nn import functional as F",) if "F." in code else ()
    made = [Part("Losses", code, imports)]
    if run.penalty.place != NOWHERE:
        place = "points between real and generated ones" if run.penalty.place == BETWEEN else "real points"
        code = text(
            '''
            def penalty(critic, points):
                """Return the penalty of the critic's slope g at <place>: <title>."""
                points = points.detach().requires_grad_()
                (g,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
                return <expression>
            ''',
            place=place, title=run.penalty.title, expression=plain(run.penalty.pytorch.format(strength="STRENGTH")),
        )  # fmt: skip
        made.append(Part("Penalty", code))
    return made


def _arguments(run: Contest) -> str:
    """Return the arguments of the generator's loss."""
    return "a, b" if run.loss.paired else "b"


def _measure(duel: Duel, run: Contest) -> Part:
    """Return the part with `measure`."""
    code = text(
        '''
        def samples():
            """Return the noise and the real points that all is measured on."""
            rng = np.random.default_rng([4])
            drawn = rng.standard_normal((1024, <width>)), real_points(rng, (1024,))
            return [torch.tensor(each, dtype=DTYPE) for each in drawn]


        @torch.no_grad()
        def measure(generator, critic):
            """Return both losses, how well the critic tells points apart (0.5: it cannot), and how far samples are from the data."""
            noise, real = samples()
            made = generator(noise)
            a, b = critic(real)[:, 0], critic(made)[:, 0]
            # Sliced Wasserstein distance: how far samples must be moved along a direction to become the data, a mean over 32.
            angles = np.pi * (np.arange(32) + 0.5) / 32
            directions = torch.tensor(np.stack([np.cos(angles), np.sin(angles)]), dtype=DTYPE)
            along_real, along_made = ((points @ directions).sort(dim=0).values for points in (real, made))
            return {
                "critic_loss": critic_loss(a, b).item(),
                "generator_loss": generator_loss(<arguments>).item(),
                "accuracy": ((a > b).to(DTYPE) + (a == b).to(DTYPE) / 2).mean().item(),
                "sliced": (along_made - along_real).abs().mean().item(),
            }
        ''',
        width="2" if duel.still else "LATENT", arguments=_arguments(run),
    )  # fmt: skip
    return Part("Measures", code, ("import numpy as np",))


def _training(duel: Duel, run: Contest, of_critic: str, of_generator: str = "") -> Part:
    """Return the part with `train`."""
    models = [duel.critic] if duel.still else [duel.generator, duel.critic]
    between, penalised = run.penalty.place == BETWEEN, run.penalty.place != NOWHERE
    points = "share[k] * real[k] + (1 - share[k]) * made" if between else "real[k]"
    real_score = "critic(real[-1])[:, 0], " if run.loss.paired else ""
    step = [
        f"loss = generator_loss({real_score}critic(generator(noise[-1]))[:, 0])",
        "generator_optimizer.zero_grad()", "loss.backward()", "generator_optimizer.step()",
    ]  # fmt: skip
    made = f"generator = {networks.made(duel.generator, models, 'LATENT', 'GENERATOR', '2')}"
    code = text(
        '''
        def train():
            """Return the measures by update, and both players, until the training ends."""
            rng = np.random.default_rng([SEED, 0])
            <generator>
            critic = <critic>
            critic_optimizer = <of_critic>
            <of_generator>
            records = {0: measure(generator, critic)}
            recorded = {round(place * UPDATES / RECORDS) for place in range(RECORDS + 1)}
            for update, (<names>) in enumerate(draws(), 1):
                for k in range(CRITIC_STEPS):
                    made = generator(noise[k])<detached>
                    loss = critic_loss(critic(real[k])[:, 0], critic(made)[:, 0])
                    <penalty>
                    critic_optimizer.zero_grad()
                    loss.backward()
                    critic_optimizer.step()
                    <limit>
                <step>
                if not all(p.isfinite().all() for p in <parameters>):  # diverged
                    records[update] = dict.fromkeys(records[0], math.nan)
                    break
                if update in recorded:
                    records[update] = measure(generator, critic)
            return records, generator, critic
        ''',
        generator="" if duel.still else made,
        critic=networks.made(duel.critic, models, "2", "CRITIC", "1"), of_critic=of_critic,
        of_generator="" if duel.still else f"generator_optimizer = {of_generator}",
        names=", ".join(["real", "noise"] + ["share"] * between), detached="" if duel.still else ".detach()",
        penalty=f"loss = loss + penalty(critic, {points})" if penalised else "",
        limit="with torch.no_grad():\n    for p in critic.parameters():\n        p.clamp_(-LIMIT, LIMIT)" if run.penalty.kind == "clipping" else "",
        step="" if duel.still else "\n".join(step),
        parameters="critic.parameters()" if duel.still else "[*generator.parameters(), *critic.parameters()]",
    )  # fmt: skip
    return Part("Training", code, ("import math",))


def _picture() -> Part:
    """Return the part with `picture`."""
    code = text(
        '''
        def picture(generator, _):
            """Draw real and generated points where matplotlib is installed."""
            try:
                import matplotlib.pyplot as plt
            except ImportError:
                return
            noise, real = samples()
            for points, name in ((real, "real"), (generator(noise).detach(), "generated")):
                plt.scatter(points[:, 0], points[:, 1], s=4, label=name)
            plt.axis("equal")
            plt.legend()
            plt.savefig("duel.png")
            print("The points are in duel.png.")
        '''
    )
    return Part("Picture", code)

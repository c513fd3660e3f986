"""A race of optimizers on a surface as a PyTorch script."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.export import rules, surfaces
from core.export.parts import Part, script, text
from core.studies.descent.race import FAR, Race, Racer


def race_script(race: Race) -> str:
    """Return a race as a PyTorch script in double precision, which prints where each racer ends.

    With `--json` the last line that it prints is one JSON list: for each racer its "optimizer", and its "points" and "losses" from the start on, until it
    stops. Raise ValueError for a surface that comes from a training.
    """
    surface = surfaces.part(race.surface)
    making, rule_parts, factors = [], list[Part](), list[Part]()
    made = rules.optimizers([(racer.optimizer, racer.schedule.kind == "constant") for racer in race.racers])
    for number, (racer, (expression, rule)) in enumerate(zip(race.racers, made, strict=True), 1):
        if rule is not None and rule not in rule_parts:
            rule_parts.append(rule)
        factor = rules.schedule(racer.schedule, "STEPS")
        if factor is not None:
            factors.append(replace(factor, code=factor.code.replace("def factor(", f"def factor_{number}(", 1)))
        making.append(_racer(race, racer, number, expression.replace("LEARNING_RATE", repr(racer.learning_rate))))
    settings = (f"START = {race.start!r}", f"STEPS = {race.steps}", *_stops(race))
    if race.noise:
        settings += (f"NOISE = {race.noise!r}  # on each part of the gradient, the same for all racers", f"NOISE_SEED = {race.seed}")
    parts = [
        Part("", imports=("import json", "import math", "import sys", "import torch"), constants=settings), surface,
        Part("", constants=("", "torch.set_default_dtype(torch.float64)")), *factors, *rule_parts, _loop(race, making),
    ]  # fmt: skip
    doc = f"{race.surface.title}: a race of Lossbench in PyTorch.\n\nIt needs numpy and torch. With --json its last line is the paths as JSON.\n"
    return script(doc, parts, _ENDING)


def _scheduled(race: Race) -> bool:
    """Return whether the rate of any racer changes."""
    return any(racer.schedule.kind != "constant" for racer in race.racers)


def _stops(race: Race) -> tuple[str, ...]:
    """Return the constants of what stops a racer."""
    (left, right), (bottom, top) = race.surface.domain
    lines = [f"FAR = {FAR * max(right - left, top - bottom)!r}  # a racer with a coordinate beyond it has diverged"]
    if race.surface.minima and race.stop_loss:
        lowest = float(race.surface.value(np.array(race.surface.minima)).min())
        lines += [f"LOWEST = {lowest!r}  # the loss of the minimum", f"STOP_LOSS = {race.stop_loss!r}  # above the minimum"]
    if race.stop_gradient:
        lines.append(f"STOP_GRADIENT = {race.stop_gradient!r}")
    return tuple(lines)


def _racer(race: Race, racer: Racer, number: int, expression: str) -> str:
    """Return the call that runs a racer."""
    arguments = [f"lambda parameters: {expression}"]
    arguments += [repr(racer.learning_rate)] if _scheduled(race) else []
    arguments += [f"factor=factor_{number}"] if racer.schedule.kind != "constant" else []
    arguments += [f"clip_norm={racer.clip_norm!r}"] if racer.clip_norm else []
    arguments += [f"l2={racer.l2!r}"] if racer.l2 else []
    arguments += [f"start={racer.start!r}"] if racer.start else []
    return f'"{number} {racer.optimizer.short_title}": run({", ".join(arguments)}),'


def _loop(race: Race, making: list[str]) -> Part:
    """Return the part with the descent of one racer, and the race of all."""
    (left, right), (bottom, top) = race.surface.domain
    scheduled = _scheduled(race)
    clipped, decayed = any(racer.clip_norm for racer in race.racers), any(racer.l2 for racer in race.racers)
    own_start = any(racer.start for racer in race.racers)
    signature = "make_optimizer" + ", rate, factor=None" * scheduled + ", clip_norm=math.inf" * clipped + ", l2=0.0" * decayed + ", start=START" * own_start
    stops = []
    if race.surface.minima and race.stop_loss:
        stops.append("losses[-1] - LOWEST < STOP_LOSS")
    if race.stop_gradient:
        stops.append("torch.autograd.grad(loss_at(point), point)[0].norm() < STOP_GRADIENT")
    seen = "seen_at(point, step)" if surfaces.sees_another(race.surface) else "loss_at(point)"
    clamp = [f"point.copy_(point.clamp(torch.tensor([{left!r}, {bottom!r}]), torch.tensor([{right!r}, {top!r}])))"] if race.surface.bounded else []
    gradient = [f"gradient = torch.autograd.grad({seen}, point)[0]"]
    gradient += ["gradient = gradient + noise[step - 1]"] * bool(race.noise)
    gradient += ["gradient = gradient + l2 * point.detach()"] * decayed
    gradient += ["gradient = gradient * (clip_norm / gradient.norm().clamp(min=1e-300)).clamp(max=1)"] * clipped
    code = text(
        '''
        def run(<signature>):
            """Return the points and losses of one racer, from its start until it stops."""
            point = torch.tensor(<start>, requires_grad=True)
            <first>
            optimizer = make_optimizer([point])
            <noise>
            points, losses = [point.tolist()], [loss_at(point).item()]
            for <step> in range(1, STEPS + 1):
                <stops>
                <gradient>
                point.grad = gradient
                <rate>
                optimizer.step()
                <kept>
                loss = loss_at(point).item()
                if not (point.detach().abs().max() <= FAR and math.isfinite(loss)):  # diverged
                    break
                points.append(point.tolist())
                losses.append(loss)
            return points, losses


        def race():
            """Return points and losses of each racer, by its name."""
            return {
                <racers>
            }
        ''',
        signature=signature, start="start" if own_start else "START", gradient="\n".join(gradient),
        first="with torch.no_grad():\n    " + clamp[0] if clamp else "", kept="with torch.no_grad():\n    " + clamp[0] if clamp else "",
        noise="noise = NOISE * torch.tensor(np.random.default_rng(NOISE_SEED).normal(size=(STEPS, 2)))" if race.noise else "",
        stops=f"if {' or '.join(stops)}:\n    break" if stops else "",
        rate='for group in optimizer.param_groups:\n    group["lr"] = rate * (factor((step - 1) / STEPS) if factor else 1)' if scheduled else "",
        racers="\n".join(making), step="step" if scheduled or race.noise or surfaces.sees_another(race.surface) else "_",
    )  # fmt: skip
    return Part("Race", code, ("import numpy as np",) if race.noise else ())


_ENDING = text(
    """
    def main():
        paths = race()
        if "--json" in sys.argv:
            rows = [{"optimizer": name, "points": points, "losses": losses} for name, (points, losses) in paths.items()]
            print(json.dumps(rows))
        else:
            for name, (points, losses) in paths.items():
                x, y = points[-1]
                print(f"{name:>20}: loss {losses[-1]:.6g} at ({x:.6g}, {y:.6g}) after {len(losses) - 1} updates")


    if __name__ == "__main__":
        main()
    """
)


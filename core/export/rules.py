"""The schedule and the optimizer of a run as text: PyTorch's where it has them, else the formula or the rule written out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.export.parts import Part, text
from core.optimizers import Optimizer
from core.schedules import Schedule


def schedule(item: Schedule, length: str = "EPOCHS") -> Part | None:
    """Return the part that defines `factor(progress)`; None for a constant rate. `length`: the constant that random factors are drawn for."""
    if item.kind == "constant":
        return None
    d = {name: repr(getattr(item, name)) for name in item.parameters()}
    imports: tuple[str, ...] = ("import math",)
    defaults: tuple[str, ...]
    match item.kind:
        case "step":  # 1e-12 as in `core.schedules`
            defaults, lines = ("drops", "drop"), ["return drop ** math.floor(progress * (drops + 1) + 1e-12)"]
        case "exponential":
            defaults, imports, lines = ("final",), (), ["return final**progress"]
        case "cosine":
            defaults, lines = ("final",), ["return final + (1 - final) * (1 + math.cos(math.pi * progress)) / 2"]
        case "cosine_restarts":
            imports = ("import math", "import numpy as np")
            defaults, lines = ("cycles", "growth", "final"), [
                "lengths = float(growth) ** np.arange(cycles) / sum(float(growth) ** i for i in range(cycles))",
                "starts = np.cumsum(lengths) - lengths",
                'cycle = np.searchsorted(starts, progress + 1e-12, side="right") - 1',
                "return final + (1 - final) * (1 + math.cos(math.pi * (progress - starts[cycle]) / lengths[cycle])) / 2",
            ]  # fmt: skip
        case "polynomial":
            defaults, imports, lines = ("power",), (), ["return (1 - progress) ** power"]
        case "inverse_time":
            defaults, imports, lines = ("decay",), (), ["return 1 / (1 + decay * progress)"]
        case "warmup_cosine":
            defaults, lines = ("warmup",), [
                "if progress < warmup:",
                "    return 0.01 + 0.99 * progress / warmup",
                "return (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup))) / 2",
            ]  # fmt: skip
        case "one_cycle":
            linear = d["annealing"] == "'linear'"
            defaults, imports = ("warmup", "div_factor", "final_div_factor"), () if linear else ("import math",)
            shape = (lambda x: x) if linear else (lambda x: f"(1 - math.cos(math.pi * {x})) / 2")
            lines = [
                "first, last = 1 / div_factor, 1 / div_factor / final_div_factor",
                "if progress < warmup:",
                f"    return first + (1 - first) * {shape('progress / warmup')}",
                "fallen = (progress - warmup) / (1 - warmup)",
                f"return 1 - (1 - last) * {shape('fallen')}",
            ]
        case "random":
            imports = ("import math", "import numpy as np")
            defaults, lines = ("low", "high", "seed"), [
                f"u = np.random.default_rng([seed, 0x5EED]).random({length})[min(int(progress * {length} + 1e-9), {length} - 1)]",
                "return math.exp((1 - u) * math.log(low) + u * math.log(high))",
            ]  # fmt: skip
        case other:
            raise ValueError(f"write down the schedule {other} in core/export/rules.py")
    code = text(
        '''
        def factor(progress, <defaults>):
            """Return what the learning rate is multiplied by. `progress`: updates done over all updates, from 0."""
            <lines>
        ''',
        defaults=", ".join(f"{name}={d[name]}" for name in defaults), lines="\n".join(lines),
    )  # fmt: skip
    return Part("Schedule", code, imports)


def optimizer(item: Optimizer, constant_rate: bool) -> tuple[str, Part | None]:
    """Return the expression that makes the optimizer of `parameters` at `LEARNING_RATE`, and the part with its class where PyTorch has not this rule."""
    rule = _rule(item, constant_rate)
    d = {name: repr(getattr(item, name)) for name in item.parameters()}
    if rule is None:
        if item.pytorch is None:
            raise ValueError(f"write down the optimizer {item.kind} in core/export/rules.py")
        if item.kind == "nesterov" and d["momentum"] == "0.0":  # PyTorch refuses it; it is gradient descent
            return "torch.optim.SGD(parameters, lr=LEARNING_RATE)", None
        return item.pytorch.replace("(params,", "(parameters,").format(lr="LEARNING_RATE", **d), None
    name, doc, first, lines = rule
    decays = "weight_decay" in d
    code = text(
        '''
        class <name>(torch.optim.Optimizer):
            """<doc>"""

            def __init__(self, parameters, lr<signature>):
                super().__init__(parameters, {"lr": lr<defaults>})

            @torch.no_grad()
            def step(self):
                """Update all parameters."""
                <first>
                for group in self.param_groups:
                    lr<decay> = group["lr"]<group>
                    for p in group["params"]:
                        <lines>
        ''',
        name=name, doc=doc, signature=f", weight_decay={d['weight_decay']}" if decays else "", defaults=', "weight_decay": weight_decay' if decays else "",
        first=first, decay=", decay" if decays else "", group=', group["weight_decay"]' if decays else "", lines="\n".join(lines),
    )  # fmt: skip
    return f"{name}(parameters, lr=LEARNING_RATE)", Part("Optimizer", code, ("import torch",))


def optimizers(items: Sequence[tuple[Optimizer, bool]]) -> list[tuple[str, Part | None]]:
    """Return `optimizer` of several, each with whether its rate is constant. A rule that has other settings the second time gets a class of its own."""
    found: list[tuple[str, Part | None]] = []
    codes: dict[str, list[str]] = {}
    for expression, part in (optimizer(*item) for item in items):
        if part is not None:
            name = expression.partition("(")[0]
            of_name = codes.setdefault(name, [])
            if part.code not in of_name:
                of_name.append(part.code)
            own = f"{name}{of_name.index(part.code) + 1}" if part.code != of_name[0] else name
            expression, part = (expression.replace(f"{name}(", f"{own}(", 1), replace(part, code=part.code.replace(f"class {name}(", f"class {own}(", 1)))
        found.append((expression, part))
    return found


def _rule(item: Optimizer, constant_rate: bool) -> tuple[str, str, str, list[str]] | None:
    """Return class name, docstring, hyperparameters and the update of one parameter p, for a rule that PyTorch has not, or not quite."""
    d = {name: repr(getattr(item, name)) for name in item.parameters()}
    state, mean = "state, g = self.state[p], p.grad", 'm = state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * g'
    counted = 't = state["t"] = state.get("t", 0) + 1'
    match item.kind:
        case "sgdw":
            return "SGDW", "Momentum with decoupled weight decay, which PyTorch has not: arXiv:1711.05101, algorithm 1.", f"momentum = {d['momentum']}", [
                state, 'v = state["v"] = momentum * state.get("v", 0) + g', "p.copy_(p * (1 - lr * decay) - lr * v)",
            ]  # fmt: skip
        case "asgd" if not constant_rate:
            return "ASGD", "PyTorch's ASGD without the average; there a new rate is felt one update late.", f"lambd, alpha = {d['lambd']}, {d['alpha']}", [
                state, counted, "eta = lr / (1 + lambd * lr * (t - 1)) ** alpha", "p.copy_((1 - lambd * eta) * p - eta * g)",
            ]  # fmt: skip
        case "sign_descent":
            return "SignDescent", "Steps along the signs of the gradient, signSGD: arXiv:1802.04434, algorithm 1.", "", ["p.sub_(lr * torch.sign(p.grad))"]
        case "lion":
            return "Lion", "Lion, which PyTorch has not: arXiv:2302.06675, algorithm 2.", f"beta1, beta2 = {d['beta1']}, {d['beta2']}", [
                state, 'm = state.get("m", 0)', "direction = torch.sign(beta1 * m + (1 - beta1) * g)", 'state["m"] = beta2 * m + (1 - beta2) * g',
                "p.copy_(p * (1 - lr * decay) - lr * direction)",
            ]  # fmt: skip
        case "adabelief":
            first = f"beta1, beta2, eps = {d['beta1']}, {d['beta2']}, {d['eps']}"
            return "AdaBelief", "AdaBelief, which PyTorch has not: arXiv:2010.07468, algorithm 2.", first, [
                state, counted, mean, 's = state["s"] = beta2 * state.get("s", 0) + (1 - beta2) * (g - m) ** 2 + eps',
                "root = torch.sqrt(s / (1 - beta2**t)) + eps", "p.copy_(p * (1 - lr * decay) - lr / (1 - beta1**t) * m / root)",
            ]  # fmt: skip
        case "yogi":
            first = f"beta1, beta2, eps = {d['beta1']}, {d['beta2']}, {d['eps']}"
            return "Yogi", "Yogi, which PyTorch has not: NeurIPS 2018, algorithm 2; nothing is corrected for the start at 0.", first, [
                state, mean, 'v = state.get("v", torch.zeros_like(p))', 'v = state["v"] = v - (1 - beta2) * torch.sign(v - g * g) * g * g',
                "p.sub_(lr * m / (torch.sqrt(v) + eps))",
            ]  # fmt: skip
        case "rmsprop_momentum" if getattr(item, "centered", False):
            first = f"alpha, eps, momentum = {d['alpha']}, {d['eps']}, {d['momentum']}"
            return "CenteredRMSprop", "PyTorch's centred RMSprop, whose variance rounding may take below 0; here it stays at 0.", first, [
                state, 'square = state["square"] = alpha * state.get("square", 0) + (1 - alpha) * g * g',
                'mean = state["mean"] = alpha * state.get("mean", 0) + (1 - alpha) * g',
                "spread = (square - mean * mean).clamp(min=0)",
                'v = state["v"] = momentum * state.get("v", 0) + g / (torch.sqrt(spread) + eps)', "p.sub_(lr * v)",
            ]  # fmt: skip
        case _:
            return None

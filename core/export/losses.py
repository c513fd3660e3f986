"""The loss of a run as text: a function of scores and targets that returns the loss of each row, or a module for one that learns."""

from __future__ import annotations

import re

from core.export.parts import Part, text
from core.losses import Loss, WeightedSum

#: what an expression of `Loss.pytorch` has more than once, or what reads better by a name: the name, and the expression
_NAMED = (
    ("p", "torch.softmax(scores, -1)"),
    ("log_p", "torch.log_softmax(scores, -1)"),
    ("p_true", "(p * targets).sum(-1)"),
    ("p_others", "(p * (1 - targets)).sum(-1)"),
    ("missed", "((1 - p) * targets).sum(-1)"),
    ("margins", "(2 * targets - 1) * scores"),
    ("wrong", "(1 - 2 * targets) * scores"),
    ("of_class", "{alpha} * targets + (1 - {alpha}) * (1 - targets)"),
    ("cost", "torch.nn.functional.binary_cross_entropy_with_logits(scores, targets, reduction='none')"),
    ("smoothed", "targets * (1 - {label_smoothing}) + {label_smoothing} / targets.shape[-1]"),
    ("s", "scores.clamp(-30, 30)"),
    ("b", "max(2 - {alpha}, 1e-7)"),
    ("shape", "{alpha} or 1e-30"),
    ("x", "(scores - targets) / {scale}"),
)
#: expressions that rounding or overflow spoils at extreme scores, and what has the same value there as well
_STABLE = {
    "torch.log1p(torch.exp((1 - 2 * targets) * scores))": "torch.nn.functional.binary_cross_entropy_with_logits(scores, targets, reduction='none')",
    "1 - (torch.softmax(scores, -1) * targets).sum(-1) ** {r}": "-torch.expm1({r} * (torch.log_softmax(scores, -1) * targets).sum(-1))",
    "1 - (torch.softmax(scores, -1) * targets).sum(-1))": "(torch.softmax(scores, -1) * (1 - targets)).sum(-1))",
}
#: expressions longer than this are taken apart; what is shorter than this stays in them
_LONG, _SHORT = 100, 15


def part(loss: Loss) -> Part:
    """Return the part that defines `loss_of(scores, targets)`, or the module `AdaptiveRobust`. Raise ValueError for a loss that cannot be written."""
    if loss.learned:
        return _learned(loss)
    if isinstance(loss, WeightedSum):
        return _sum(loss)
    code, constants = _function(loss, "loss_of", "")
    return Part("Loss", code, ("import torch",), tuple(constants))


def _sum(loss: WeightedSum) -> Part:
    names = ("first", "second", "third")
    codes, constants, lines, used = [], [], [], []
    for name, (weight, term) in zip(names, loss.parts(), strict=False):
        code, of_term = _function(term, f"{name}_loss", f"{name.upper()}_")
        codes.append(code)
        constants += [f"{name.upper()}_WEIGHT = {weight!r}", *of_term]
        lines.append(f"{name} = {name.upper()}_WEIGHT * {name}_loss(scores, targets)")
        used.append(name)
    whole = text(
        '''
        def loss_of(scores, targets):
            """Return the weighted sum of the losses of each row (n,)."""
            <lines>
            return <sum>
        ''',
        lines="\n".join(lines), sum=" + ".join(used),
    )  # fmt: skip
    return Part("Loss", "\n\n\n".join([*codes, whole]), ("import torch",), tuple(constants))


def _function(loss: Loss, name: str, prefix: str) -> tuple[str, list[str]]:
    """Return a function of scores and targets (n, K), and the constants that it names, which begin with `prefix`."""
    if loss.pytorch is None:
        raise ValueError(f"write down the loss {loss.kind} in core/export/losses.py: PyTorch has no expression for it")
    named = {parameter: f"{prefix}{parameter.upper()}" for parameter in loss.parameters()}
    constants = [f"{constant} = {getattr(loss, parameter)!r}" for parameter, constant in named.items()]
    template, long = loss.pytorch, len(loss.pytorch) > _LONG
    for fragile, stable in _STABLE.items():
        template = template.replace(fragile, stable)
    lines = []
    for place, what in _NAMED:
        if template.count(what) > 1 or (what in template and long and len(what) > _SHORT):
            template = re.sub(rf"(?<!\w)\({re.escape(what)}\)", place, template).replace(what, place)
            lines.append(plain(f"{place} = {what}".format(**named)))
    expression = plain(template.format(**named))
    if not loss.informative:
        lines.append("# Its gradient is 0 everywhere; the last term gives it one.")
        expression += " + 0 * scores.sum(-1)"
    code = text(
        '''
        def <name>(scores, targets):
            """Return the loss of each row (n,): <title>."""
            <lines>
            return <expression>
        ''',
        name=name, title=loss.title, lines="\n".join(lines), expression=expression,
    )  # fmt: skip
    return code, constants


def plain(code: str) -> str:
    """Return an expression with double quotes, and with powers as formatters write them."""
    code = re.sub(r"\b([\w.]+) \*\* ([\w.]+)\b", r"\1**\2", code.replace("'", '"'))
    return re.sub(r"^-(\w+\*\*\w+)", r"-(\1)", code)


def _learned(loss: Loss) -> Part:
    """Return the module of the loss whose shape and scale are learned."""
    if loss.kind != "adaptive_robust":
        raise ValueError(f"write down the loss {loss.kind} in core/export/losses.py: PyTorch has no expression for it")
    code = text(
        '''
        class AdaptiveRobust(torch.nn.Module):
            """The negative log-likelihood of Barron's distribution, whose shape and scale are learned: arXiv:1701.03077."""

            def __init__(self):
                super().__init__()
                self.shape = torch.nn.Parameter(torch.tensor(math.log(ALPHA / (2 - ALPHA))))
                self.log_scale = torch.nn.Parameter(torch.tensor(math.log(SCALE)))
                u = torch.arange(-61, 64) / 16  # points of the integral below, which crowd at 0
                self.x = torch.exp(torch.pi / 2 * torch.sinh(u))
                self.dx = torch.pi / 16 * torch.cosh(u) * self.x

            def rho(self, x, alpha):
                """Return the general robust loss of residuals in units of the scale."""
                b = (2 - alpha).clamp(min=1e-7)
                return b * torch.expm1(alpha / 2 * torch.log1p(x.square() / b)) / alpha

            def forward(self, scores, targets):
                """Return the loss of each row (n,)."""
                alpha, scale = 2 * torch.sigmoid(self.shape), torch.exp(self.log_scale.clamp(-12, 12)).clamp(1e-5, 1e5)
                integral = (self.dx * torch.exp(-self.rho(self.x, alpha))).sum()
                return (self.rho((scores - targets) / scale, alpha) + torch.log(scale) + torch.log(integral)).mean(-1)
        '''
    )
    at_start = [f"{name.upper()} = {getattr(loss, name)!r}  # at the start; it is learned" for name in loss.learned]
    return Part("Loss", code, ("import math", "import torch"), tuple(at_start))

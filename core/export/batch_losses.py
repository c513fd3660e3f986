"""The losses of embeddings as text: a function of a batch, or a module for one that learns something for each class."""

from __future__ import annotations

from core.export.parts import Part, text
from core.studies.metric_learning.base import EmbeddingLoss

_F = "from torch.nn import functional as F"
#: the lines of `loss_of(e, labels)` by kind, of embeddings e (B, E), and of the mining of triplets
_LINES: dict[str, tuple[str, ...]] = {
    "contrastive": (
        "same = labels[:, None] == labels",
        "together, short = squares(e)[same], torch.relu(MARGIN - distances(e)[~same])",
        "return (together.sum() + short.square().sum()) / (2 * len(e) * (len(e) - 1))",
    ),
    "nt_xent": (
        "e = F.normalize(e)",
        "s = e @ e.T / TEMPERATURE",
        "same = labels[:, None] == labels",
        "positive = same & ~torch.eye(len(s), dtype=torch.bool)",
        "others = torch.logsumexp(s.masked_fill(same, -math.inf), dim=1, keepdim=True)",
        "return (torch.logaddexp(s, others) - s)[positive].mean()",
    ),
    "supervised_contrastive": (
        "e = F.normalize(e)",
        "s = e @ e.T / TEMPERATURE",
        "itself = torch.eye(len(s), dtype=torch.bool)",
        "positive = (labels[:, None] == labels) & ~itself",
        "others = torch.logsumexp(s.masked_fill(itself, -math.inf), dim=1, keepdim=True)",
        "return (((others - s) * positive).sum(dim=1) / positive.sum(dim=1)).mean()",
    ),
    "semi_hard": (
        "a, p = (same & ~torch.eye(len(e), dtype=torch.bool)).nonzero(as_tuple=True)",
        "beyond = ~same[a] & (d[a] > d[a, p][:, None])",
        "nearest = d[a].masked_fill(~beyond, math.inf).argmin(dim=1)",
        "farthest = d[a].masked_fill(same[a], -math.inf).argmax(dim=1)",
        "n = torch.where(beyond.any(dim=1), nearest, farthest)",
    ),
    "hard": (
        "a = torch.arange(len(e))",
        "p = d.masked_fill(~same | torch.eye(len(e), dtype=torch.bool), -math.inf).argmax(dim=1)",
        "n = d.masked_fill(same, math.inf).argmin(dim=1)",
    ),
    "random": ("a, p, n = triplets.T",),
}
#: docstring of the module, what it learns besides the vectors of the classes, and the lines of its `forward`, by kind
_MODULES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "cross_entropy": (
        "Cross-entropy of a linear layer over the embedding.", ("self.biases = torch.nn.Parameter(torch.zeros(n_classes))",),
        ("return F.cross_entropy(F.linear(e, self.vectors, self.biases), labels)",),
    ),
    "center": (
        "Cross-entropy of a linear layer over the embedding, and the squared distance from a centre that each class learns.",
        ("self.biases = torch.nn.Parameter(torch.zeros(n_classes))", "self.centres = torch.nn.Parameter(torch.zeros(n_classes, DIMENSIONS))"),
        (
            "away = (e - self.centres[labels]).square().sum(dim=1)",
            "return F.cross_entropy(F.linear(e, self.vectors, self.biases), labels) + WEIGHT / 2 * away.mean()",
        ),
    ),
    "cosface": (
        "Cross-entropy of scaled cosines with a vector of each class; a margin is taken off that with the row's own.", (),
        (
            "cosines = F.linear(F.normalize(e), F.normalize(self.vectors))",
            "return F.cross_entropy(SCALE * (cosines - MARGIN * F.one_hot(labels, len(self.vectors))), labels)",
        ),
    ),
    "arcface": (
        "Cross-entropy of scaled cosines with a vector of each class; a margin is added to the angle with the row's own.", (),
        (
            "cosines = F.linear(F.normalize(e), F.normalize(self.vectors))",
            "sines = (1 - cosines.square()).clamp(min=1e-12).sqrt()  # a root has no slope at 0",
            "wider = cosines * math.cos(MARGIN) - sines * math.sin(MARGIN)",
            "# Beyond an angle of pi - MARGIN it is another line, so that it goes on falling.",
            "wider = torch.where(cosines > -math.cos(MARGIN), wider, cosines - MARGIN * math.sin(MARGIN))",
            "own = F.one_hot(labels, len(self.vectors)).bool()",
            "return F.cross_entropy(SCALE * torch.where(own, wider, cosines), labels)",
        ),
    ),
}  # fmt: skip
_SQUARES = '''
    def squares(e):
        """Return the squared distances of all pairs of rows."""
        return (e[:, None] - e).square().sum(dim=-1)
    '''
_DISTANCES = '''
    def distances(e):
        """Return the distances of all pairs of rows. Equal rows do not pull at each other: a root has no slope at 0."""
        return squares(e).clamp(min=torch.finfo(DTYPE).tiny).sqrt()
    '''


def part(loss: EmbeddingLoss) -> Part:
    """Return the part that defines `loss_of(e, labels)`, or the module `Loss(n_classes)` of a loss that learns. Random triplets are a further argument."""
    constants = tuple(f"{name.upper()} = {getattr(loss, name)!r}" for name in loss.parameters() if name not in ("mining", "distance", "average"))
    if loss.kind in _MODULES:
        code = _module(loss)
    elif loss.kind in _LINES or loss.kind == "triplet":
        lines = _triplet(loss) if loss.kind == "triplet" else _LINES[loss.kind]
        body = "\n".join(lines)
        code = text(
            '''
            def loss_of(e, labels<triplets>):
                """Return the loss of a batch of embeddings (B, E): <title>."""
                <lines>
            ''',
            triplets=", triplets" if loss.needs_triplets() else "", title=loss.title, lines=body,
        )  # fmt: skip
        helpers = [text(_SQUARES)] * ("squares(" in body or "distances(" in body) + [text(_DISTANCES)] * ("distances(" in body)
        code = "\n\n\n".join([*helpers, code])
    else:
        raise ValueError(f"write down the embedding loss {loss.kind} in core/export/batch_losses.py")
    imports = ["import torch", *([_F] if "F." in code else []), *(["import math"] if "math." in code else [])]
    return Part("Loss", code, tuple(imports), constants)


def _triplet(loss: EmbeddingLoss) -> list[str]:
    """Return the lines of the triplet loss with its choices."""
    mining, distance, average = (getattr(loss, name) for name in ("mining", "distance", "average"))
    mean = "excess.sum() / (excess > 0).sum().clamp(min=1)" if average == "active" else "excess.mean()"
    return [
        f"d = {'squares' if distance == 'squared' else 'distances'}(e)", *([] if mining == "random" else ["same = labels[:, None] == labels"]), *_LINES[mining],
        "excess = torch.relu(d[a, p] - d[a, n] + MARGIN)", f"return {mean}{'  # of those above 0' if average == 'active' else ''}",
    ]  # fmt: skip


def _module(loss: EmbeddingLoss) -> str:
    doc, learned, lines = _MODULES[loss.kind]
    return text(
        '''
        class Loss(torch.nn.Module):
            """<doc>"""

            def __init__(self, n_classes):
                super().__init__()
                start = np.random.default_rng([SEED, 1]).uniform(-1, 1, (n_classes, DIMENSIONS))
                self.vectors = torch.nn.Parameter(torch.tensor(start * np.sqrt(6 / (n_classes + DIMENSIONS)), dtype=DTYPE))
                <learned>

            def forward(self, e, labels):
                """Return the loss of a batch of embeddings (B, E)."""
                <lines>
        ''',
        doc=doc, learned="\n".join(learned), lines="\n".join(lines),
    )  # fmt: skip

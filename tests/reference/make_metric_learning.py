"""Write metric_learning.json: losses of batches and whole trainings by PyTorch, which `core.studies.metric_learning` has to follow.

Run from the root of the repository, in the environment of the tests with PyTorch added: `python -m tests.reference.make_metric_learning`.
The values are made of PyTorch's own functions where it has them. Triplets are mined by loops over single rows. The loop of a training shares with the engine
where it begins, the rows of each batch, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.datasets import DATASETS
from core.models import MLP, Linear
from core.optimizers import OPTIMIZERS
from core.studies.metric_learning import EMBEDDING_LOSSES, EmbeddingLoss, HeadLoss
from core.studies.metric_learning.embedding import CIRCLE, PLANE, SPHERE, Embedding, Metric
from core.studies.metric_learning.learner import Learner
from core.studies.metric_learning.rows import prepared
from tests.reference.make_optimizers import expression
from tests.reference.torch_training import flat, network

PATH = Path(__file__).with_name("metric_learning.json")
UPDATES = 50
#: the updates after which parameters are kept
STEPS = (1, 10, UPDATES)
#: classes of uneven sizes, one of them with a single row
LABELS = (0, 0, 0, 1, 1, 2, 2, 2, 2, 3)


def losses() -> list[EmbeddingLoss]:
    """Return every loss, with all of its choices and several of its numbers."""
    triplets = [
        EMBEDDING_LOSSES["triplet"](mining=mining, distance=distance, average=average, margin=margin)
        for mining in ("semi_hard", "hard", "random") for distance, average, margin in (("plain", "active", 0.7), ("squared", "all", 1.3))
    ]  # fmt: skip
    others = [
        EMBEDDING_LOSSES[kind](**numbers)
        for kind, numbers in (
            ("contrastive", {"margin": 1.7}), ("nt_xent", {"temperature": 0.1}), ("supervised_contrastive", {"temperature": 0.5}),
            ("cosface", {"margin": 0.35, "scale": 8.0}), ("arcface", {"margin": 0.8, "scale": 8.0}), ("center", {"weight": 0.7}),
        )
    ]  # fmt: skip
    return [*(cls() for cls in EMBEDDING_LOSSES.values()), *others, *triplets]


def example(loss: EmbeddingLoss) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Return embeddings, labels, and the further arguments of a loss."""
    rng = np.random.default_rng(7)
    embeddings, labels = rng.normal(0, 0.8, (len(LABELS), 3)), np.array(LABELS)
    if isinstance(loss, HeadLoss):
        return embeddings, labels, [rng.normal(0, 0.7, (4, loss.width(3)))]
    if loss.needs_triplets():
        return embeddings, labels, [np.array([(0, 1, 3), (2, 0, 9), (4, 3, 5), (5, 8, 0), (8, 7, 4), (5, 6, 9), (5, 6, 9)])]
    return embeddings, labels, []


def mined(loss: Any, d: Any, labels: list[int], given: Any) -> list[tuple[int, int, int]]:
    """Return the triplets of a batch, one after the other."""
    rows, found = range(len(labels)), []
    if loss.mining == "random":
        return [(int(a), int(p), int(n)) for a, p, n in given]
    for a in rows:
        positives = [i for i in rows if i != a and labels[i] == labels[a]]
        negatives = [i for i in rows if labels[i] != labels[a]]
        if not positives or not negatives:
            continue
        if loss.mining == "hard":
            found.append((a, max(positives, key=lambda i: d[a][i]), min(negatives, key=lambda i: d[a][i])))
            continue
        for p in positives:
            beyond = [i for i in negatives if d[a][i] > d[a][p]]
            found.append((a, p, min(beyond, key=lambda i: d[a][i]) if beyond else max(negatives, key=lambda i: d[a][i])))
    return found


def value(loss: Any, e: Any, labels: Any, further: Any) -> Any:
    """Return the value of a loss in PyTorch."""
    import torch
    from torch.nn import functional as F

    rows = range(len(labels))
    match loss.kind:
        case "contrastive":
            i, j = torch.triu_indices(len(rows), len(rows), 1)
            sign = torch.where(labels[i] == labels[j], 1.0, -1.0)
            return (F.hinge_embedding_loss(F.pairwise_distance(e[i], e[j], eps=0.0), sign, margin=loss.margin, reduction="none") ** 2 / 2).mean()
        case "triplet":
            d = torch.cdist(e, e).tolist()
            a, p, n = torch.tensor(mined(loss, d, labels.tolist(), further)).T
            if loss.distance == "squared":
                cost = F.relu(((e[a] - e[p]) ** 2).sum(1) - ((e[a] - e[n]) ** 2).sum(1) + loss.margin)
            else:
                cost = F.triplet_margin_loss(e[a], e[p], e[n], margin=loss.margin, eps=0.0, reduction="none")
            return cost.mean() if loss.average == "all" or not (cost > 0).any() else cost[cost > 0].mean()
        case "nt_xent" | "supervised_contrastive":
            return cosines(loss, e, labels)
    size, W = e.shape[1], further
    if loss.kind in ("cross_entropy", "center"):
        total = F.cross_entropy(F.linear(e, W[:, :size], W[:, size]), labels)
        return total if loss.kind == "cross_entropy" else total + loss.weight / 2 * ((e - W[labels, size + 1 :]) ** 2).sum(1).mean()
    cosine = F.linear(F.normalize(e), F.normalize(W))
    own = F.one_hot(labels, len(W)).bool()
    if loss.kind == "cosface":
        return F.cross_entropy(loss.scale * (cosine - loss.margin * own), labels)
    angle = torch.acos(cosine)
    beyond = cosine - loss.margin * np.sin(loss.margin)
    return F.cross_entropy(loss.scale * torch.where(own, torch.where(angle < np.pi - loss.margin, torch.cos(angle + loss.margin), beyond), cosine), labels)


def cosines(loss: Any, e: Any, labels: Any) -> Any:
    """Return the value of NT-Xent or of the supervised contrastive loss, anchor by anchor."""
    import torch
    from torch.nn import functional as F

    rows, terms = range(len(labels)), []
    s = [[(1 - F.cosine_embedding_loss(e[i : i + 1], e[j : j + 1], torch.ones(1))) / loss.temperature for j in rows] for i in rows]
    for i in rows:
        positives = [j for j in rows if j != i and labels[j] == labels[i]]
        negatives = [j for j in rows if labels[j] != labels[i]]
        if loss.kind == "nt_xent":
            terms += [-F.log_softmax(torch.stack([s[i][p], *(s[i][n] for n in negatives)]), dim=0)[0] for p in positives]
        elif positives:
            others = torch.logsumexp(torch.stack([s[i][j] for j in rows if j != i]), dim=0)
            terms.append(torch.stack([others - s[i][p] for p in positives]).mean())
    return torch.stack(terms).mean()


def loss_cases() -> Iterator[dict[str, Any]]:
    """Yield value and gradients of each loss."""
    import torch

    for loss in losses():
        embeddings, labels, further = example(loss)
        e = torch.tensor(embeddings, requires_grad=True)
        learned = torch.tensor(further[0], requires_grad=loss.learns) if further else None
        total = value(loss, e, torch.tensor(labels), learned)
        gradients = torch.autograd.grad(total, [e, learned] if loss.learns else [e])
        yield {"loss": loss.to_dict(), "value": total.item(), "gradients": [gradient.tolist() for gradient in gradients]}


def embeddings() -> tuple[Embedding, ...]:
    """Return the trainings that are recorded: every loss and space, several optimizers, depths and activations, with and without classes held out."""
    rules = ("adam", "sgd", "momentum", "rmsprop", "adamw")
    every = losses()
    shared: dict[str, Any] = {"updates": UPDATES, "dtype": "float64"}

    def runs(of: list[EmbeddingLoss]) -> tuple[Metric, ...]:
        return tuple(Metric(loss=loss, optimizer=OPTIMIZERS[rules[i % len(rules)]](), learning_rate=(1e-2, 3e-3)[i % 2]) for i, loss in enumerate(of))

    return (
        Embedding(runs=runs(every[:8]), dataset=DATASETS["wine"](), model=MLP(hidden=(6,)), classes=3, per_class=4, seeds=2, **shared),
        Embedding(
            runs=runs(every[8:16]), dataset=DATASETS["blobs"](rows=200, classes=6, spread=3.0), held_out=(1, 4), space=SPHERE,
            model=MLP(hidden=(7, 5), activation="tanh"), classes=3, per_class=4, seed=3, **shared,
        ),
        Embedding(
            runs=runs(every[16:] + every[:6]), dataset=DATASETS["iris"](), space=CIRCLE, model=MLP(hidden=(5,), activation="sigmoid"), per_class=3, **shared,
        ),
        Embedding(runs=runs(every[::4]), dataset=DATASETS["iris"](), space=PLANE, model=Linear(), per_class=3, **shared),
    )  # fmt: skip


def trained(embedding: Embedding, index: int, seed: int) -> dict[str, list[float]]:
    """Return the parameters of one run and seed after each of `STEPS` updates of the same training in PyTorch: the network's, then what is learned."""
    from dataclasses import replace

    import torch
    from torch.nn import functional as F

    run = embedding.runs[index]
    alone = replace(embedding, runs=(run,), seed=embedding.seed_numbers[seed], seeds=1)
    data = prepared(alone)
    learner = Learner(alone, data)
    start = learner.start()[0, 0]
    net = network(embedding.model, data.train.X.shape[1], embedding.dimensions, start[: learner.n_network]).double()
    learned = torch.zeros(0, requires_grad=True)
    if isinstance(run.loss, HeadLoss):
        learned = torch.tensor(learner.learned(start, run.loss), requires_grad=True)
    values = {name: getattr(run.optimizer, name) for name in run.optimizer.parameters()}
    params = [*net.parameters(), *([learned] if run.loss.learns else [])]
    rule = eval(expression(type(run.optimizer), values, run.learning_rate), {"torch": torch, "params": params})
    kept: dict[str, list[float]] = {}
    for update in range(UPDATES):
        batch = learner.batch(update)
        e = net(torch.tensor(batch.X[0, 0]))
        if embedding.space != PLANE:
            e = F.normalize(e)
        further = learned if run.loss.learns else None if batch.triplets is None else batch.triplets[0, 0]
        cost = value(run.loss, e, torch.tensor(batch.labels[0, 0]), further)
        rule.zero_grad()
        cost.backward()
        rule.step()
        if update + 1 in STEPS:
            kept[str(update + 1)] = flat(net, learned.reshape(-1))
    return kept


def main() -> None:
    """Write the file."""
    import torch

    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    found = {
        "losses": [*loss_cases()],
        "trainings": [
            {"embedding": json.loads(each.to_json()), "params": [[trained(each, run, seed) for seed in range(each.seeds)] for run in range(len(each.runs))]}
            for each in embeddings()
        ],
    }
    lines = [f'"{name}": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]" for name, cases in found.items()]
    PATH.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()

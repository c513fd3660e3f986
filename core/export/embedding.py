"""A run of an embedding as a PyTorch script."""

from __future__ import annotations

from core.export import batch_losses, networks, recorded, rules
from core.export.parts import Part, listed, script, text
from core.export.sources import source
from core.studies.metric_learning.embedding import PLANE, SPHERE, Embedding, Metric
from core.words import Said


def embedding_script(embedding: Embedding, index: int = 0) -> str:
    """Return run `index` of an embedding as a PyTorch script that trains it from its first seed, and prints what is measured.

    With `--json` the last line that it prints is one JSON list: for the start and each recorded update its "update", "loss", "recall" and "spread", as
    `core.studies.metric_learning.scores` has them, and "unseen_recall" and "unseen_spread" of the classes held out; what is not finite is null.
    Raise ValueError for somebody's own data.
    """
    if embedding.dataset.brought:
        raise ValueError(Said("a script of an embedding has no rows of your own: choose other data, or take a run of the workbench with your rows"))
    run = embedding.runs[index]
    making, rule = rules.optimizer(run.optimizer, True)
    loss = batch_losses.part(run.loss)
    parts = [
        Part("", imports=("import torch",), constants=_constants(embedding, run)), *_rows(embedding), networks.maker([embedding.model]), _embed(embedding),
        loss, *([rule] if rule else []), *_batches(run), _measure(embedding, run), _training(embedding, run, making), recorded.show(), _picture(embedding),
    ]  # fmt: skip
    constants = (*loss.constants, f"DTYPE = torch.{embedding.dtype}", "", "torch.set_default_dtype(DTYPE)")
    return script(_doc(embedding, run), [parts[0], Part("", constants=constants), *parts[1:]], recorded.ENDING)


def _doc(embedding: Embedding, run: Metric) -> str:
    lines = [
        f"{embedding.dataset.short_title}, {embedding.model.short_title}: an embedding of Lossbench in PyTorch.", "",
        f"It minimises the loss {run.loss.short_title} by {run.optimizer.short_title}.",
        "It needs numpy, scikit-learn and torch; matplotlib draws the points where it is installed.",
        "It prints what is measured of rows that were not trained on as a table; with --json its last line is the same as JSON.",
        *recorded.precision(embedding.dtype, "Mined triplets and collapses enlarge roundings."),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _constants(embedding: Embedding, run: Metric) -> tuple[str, ...]:
    held_out = [f"HELD_OUT = {embedding.held_out!r}  # classes whose rows are never trained on"] * bool(embedding.held_out)
    hidden = [f"HIDDEN = {embedding.model.widths!r}"] * bool(embedding.model.widths)
    return (
        f"SEED = {embedding.seed}  # rules the initial weights and the batches", *held_out, *hidden,
        f"DIMENSIONS = {embedding.dimensions}  # of an embedding", f"CLASSES, PER_CLASS = {embedding.classes}, {embedding.per_class}  # of a batch",
        f"UPDATES = {embedding.updates}", f"LEARNING_RATE = {run.learning_rate!r}",
    )  # fmt: skip


def _rows(embedding: Embedding) -> list[Part]:
    """Return the parts with `load_rows` and `prepare`."""
    found, held_out = source(embedding.dataset, None, in_notebook=False), bool(embedding.held_out)
    rows = text(
        '''
        def load_rows():
            """Return features X (N, D) and the class y (N,) of each row."""
            <lines>
        ''',
        lines="\n".join(found.lines),
    )
    prepare = text(
        '''
        def thinned(rows):
            """Return at most 360 of the rows, evenly through them."""
            return rows[np.linspace(0, len(rows) - 1, min(len(rows), 360)).round().astype(int)]


        def prepare():
            """Return features and classes of <places>, scaled by the training rows."""
            X, y = load_rows()
            <seen>
            n = round(0.2 * len(seen))
            rest, first = train_test_split(seen, test_size=n, random_state=0, stratify=y[seen])
            train, second = train_test_split(rest, test_size=n, random_state=0, stratify=y[rest])
            rows = {"train": train, "test": thinned(np.concatenate([second, first]))}
            <unseen>
            X = torch.tensor(StandardScaler().fit(X[train]).transform(X), dtype=DTYPE)
            return {name: (X[of_place], y[of_place]) for name, of_place in rows.items()}
        ''',
        places=listed(["training rows", "test rows", *["rows of the classes held out"] * held_out]),
        seen="seen = np.flatnonzero(~np.isin(y, HELD_OUT))" if held_out else "seen = np.arange(len(y))",
        unseen='rows["unseen"] = thinned(np.flatnonzero(np.isin(y, HELD_OUT)))' if held_out else "",
    )  # fmt: skip
    imports = ("from sklearn.model_selection import train_test_split", "from sklearn.preprocessing import StandardScaler")
    return [Part("Rows", rows, ("import numpy as np", *found.imports), found.constants), Part("Splits", prepare, imports)]


def _embed(embedding: Embedding) -> Part:
    """Return the part with `embed`."""
    plane = embedding.space == PLANE
    code = text(
        '''
        def embed(network, X):
            """Return the embeddings (n, DIMENSIONS) of rows<where>."""
            return <outputs>
        ''',
        where="" if plane else ", at length 1", outputs="network(X)" if plane else "F.normalize(network(X))",
    )  # fmt: skip
    return Part("Embedding", code, () if plane else ("from torch.nn import functional as F",))


def _batches(run: Metric) -> list[Part]:
    """Return the parts with the rows of each batch, and random triplets if the loss takes some."""
    random = run.loss.needs_triplets()
    drawn = text(
        '''
        def drawn(rng, count, labels):
            """Return the rows (count, B) of some batches, class by class. A class with too few rows gives some of them again."""
            of_classes = [np.flatnonzero(labels == label) for label in np.unique(labels)]
            chosen = rng.random((count, len(of_classes))).argsort(axis=1)[:, :CLASSES]
            rows = np.empty((*chosen.shape, PER_CLASS), int)
            for number, of_class in enumerate(of_classes):
                order = rng.random((count, len(of_class))).argsort(axis=1)[:, np.arange(PER_CLASS) % len(of_class)]
                batch, place = np.nonzero(chosen == number)
                rows[batch, place] = of_class[order[batch]]
            return rows.reshape(count, -1)
        '''
    )
    triplets = text(
        '''
        def random_triplets(rng, labels):
            """Return anchor, positive and negative (T, 3): one triplet for each positive pair of a batch, its negative by chance."""
            same = labels[:, None] == labels
            a, p = np.nonzero(same & ~np.eye(len(labels), dtype=bool))
            negatives = np.argsort(same, axis=1, kind="stable")  # of each row, before the rows of its own class
            n = negatives[a, (rng.random(len(a)) * (~same).sum(axis=1)[a]).astype(int)]
            return np.column_stack([a, p, n])
        '''
    )
    whole = text(
        '''
        def batches(labels, seed, block, count):
            """Return the rows of some batches<with_triplets>. A block of batches is drawn at once, as in the dashboard."""
            rows = drawn(np.random.default_rng([seed, 2, block]), count, labels)
            <result>
        ''',
        with_triplets=", and the triplets of each" if random else "",
        result="rng = np.random.default_rng([seed, 3, block])\nreturn [(each, random_triplets(rng, labels[each])) for each in rows]" if random
        else "return [(each,) for each in rows]",
    )  # fmt: skip
    return [Part("Batches", "\n\n\n".join([drawn, *([triplets] if random else []), whole]), ("import numpy as np",))]


def _measure(embedding: Embedding, run: Metric) -> Part:
    """Return the part with `batch_loss` and `measure`."""
    places = ["test", *["unseen"] * bool(embedding.held_out)]
    shown = "F.normalize(embed(network, X))" if run.loss.directions and embedding.space == PLANE else "embed(network, X)"
    lines = []
    for place in places:
        prefix = "" if place == "test" else f"{place}_"
        lines += [f'"{prefix}recall": recall(shown["{place}"], data["{place}"][1]),', f'"{prefix}spread": spread(shown["{place}"]),']
    code = text(
        '''
        def recall(e, labels):
            """Return the share of the rows whose nearest other row is of their class. A row without another one of its class asks nothing."""
            labels = torch.tensor(labels)
            asking = (labels[:, None] == labels).sum(dim=1) > 1
            nearest = torch.cdist(e, e).fill_diagonal_(math.inf).argmin(dim=1)
            return (labels[nearest] == labels)[asking].to(DTYPE).mean().item()


        def spread(e):
            """Return the root of the mean squared distance from the mean of all rows: 0 where all have collapsed into a point."""
            return (e - e.mean(dim=0)).square().sum(dim=1).mean().sqrt().item()


        @torch.no_grad()
        def measure(network, batch_loss, data):
            """Return the mean loss of four batches of training rows, which are the same after every update, and what is measured of other rows."""
            losses = [batch_loss(*batch).item() for batch in batches(data["train"][1], 0, 2**31, 4)]
            shown = {name: <shown> for name, (X, _) in data.items() if name != "train"}
            return {
                "loss": sum(losses) / len(losses),
                <lines>
            }
        ''',
        shown=shown, lines="\n".join(lines),
    )  # fmt: skip
    return Part("Measures", code, ("import math", *(["from torch.nn import functional as F"] if "F." in code else [])))


def _training(embedding: Embedding, run: Metric, making: str) -> Part:
    """Return the part with `train`."""
    random, learns = run.loss.needs_triplets(), run.loss.learns
    parameters = "[*network.parameters(), *loss_of.parameters()]" if learns else "network.parameters()"
    code = text(
        '''
        def train():
            """Return the measures by update, the network, and the data, until the training ends."""
            data = prepare()
            X, y = data["train"]
            labels = torch.tensor(np.unique(y, return_inverse=True)[1])
            rng = np.random.default_rng([SEED, 0])
            network = <network>
            <loss>
            optimizer = <making>

            def batch_loss(rows<argument>):
                return loss_of(embed(network, X[rows]), labels[rows]<triplets>)

            records = {0: measure(network, batch_loss, data)}
            recorded = {round((place / 20) ** 1.5 * UPDATES) for place in range(20 + 1)}  # the first updates change most
            for update in range(1, UPDATES + 1):
                block, place = divmod(update - 1, 32)
                if place == 0:
                    drawn_batches = batches(y, SEED, block, 32)
                loss = batch_loss(*drawn_batches[place])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                if not all(p.isfinite().all() for p in <parameters>):  # diverged
                    records[update] = dict.fromkeys(records[0], math.nan)
                    break
                if update in recorded:
                    records[update] = measure(network, batch_loss, data)
            return records, network, data
        ''',
        network=networks.made(embedding.model, [embedding.model], "X.shape[1]", "HIDDEN", "DIMENSIONS"),
        loss="loss_of = Loss(len(np.unique(y)))" if learns else "",
        making=making.replace("(parameters,", f"({parameters},"), parameters=parameters, argument=", triplets" if random else "",
        triplets=", torch.tensor(triplets)" if random else "",
    )  # fmt: skip
    return Part("Training", code)


def _picture(embedding: Embedding) -> Part:
    """Return the part with `picture`."""
    axes = 'plt.figure().add_subplot(projection="3d")' if embedding.space == SPHERE else "plt.figure().add_subplot()"
    code = text(
        '''
        @torch.no_grad()
        def picture(network, data):
            """Draw the embeddings of test rows, coloured by their class, where matplotlib is installed."""
            try:
                import matplotlib.pyplot as plt
            except ImportError:
                return
            X, y = data["test"]
            axes = <axes>
            axes.scatter(*embed(network, X).T, c=y, s=8, cmap="tab10")
            axes.set_aspect("equal")
            plt.savefig("embedding.png")
            print("The points are in embedding.png.")
        ''',
        axes=axes,
    )
    return Part("Picture", code)

"""A run of deep networks as a PyTorch script."""

from __future__ import annotations

from core.experiment import Experiment, Run
from core.export import data, recorded, rules
from core.export.parts import Part, script, text
from core.losses import LOSSES
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.studies.deep_networks.networks import PROBED, Network, Networks
from core.words import Said

_F = "from torch.nn import functional as F"
#: what is done to a sum z
_ACTIVATIONS = {
    "sigmoid": "torch.sigmoid(z)", "tanh": "torch.tanh(z)", "relu": "torch.relu(z)", "leaky_relu": "F.leaky_relu(z, SLOPE)", "gelu": "F.gelu(z)",
}  # fmt: skip
#: the lines that return the weights of a layer
_STARTS: dict[str, tuple[str, ...]] = {
    "scale": ("return SCALE * rng.standard_normal((fan_in, fan_out))",),
    "glorot": ("return rng.uniform(-1, 1, (fan_in, fan_out)) * np.sqrt(6 / (fan_in + fan_out))",),
    "he": ("return rng.uniform(-1, 1, (fan_in, fan_out)) * np.sqrt(6 / fan_in)",),
    "orthogonal": (
        "q, r = np.linalg.qr(rng.standard_normal((max(fan_in, fan_out), min(fan_in, fan_out))))",
        "q *= np.sign(np.diag(r))  # without it rotations are not drawn evenly",
        "return GAIN * (q if fan_in >= fan_out else q.T)",
    ),
}
_NORMS = {"none": "", "batch": "BatchNorm()", "layer": "torch.nn.LayerNorm(WIDTH)"}
_BATCH_NORM = Part(
    "Batch norm",
    text(
        '''
        class BatchNorm(torch.nn.Module):
            """Each unit standardised over the rows of the batch. In evaluation the statistics are those of the rows that it was trained on last."""

            def __init__(self):
                super().__init__()
                self.weight, self.bias = torch.nn.Parameter(torch.ones(WIDTH)), torch.nn.Parameter(torch.zeros(WIDTH))

            def forward(self, z):
                """Return z with mean 0 and variance 1, then scaled and moved."""
                if self.training:
                    self.mean, self.variance = z.mean(dim=0), z.var(dim=0, correction=0)
                return (z - self.mean) / torch.sqrt(self.variance + 1e-5) * self.weight + self.bias
        '''
    ),
)


def networks_script(networks: Networks, index: int = 0) -> str:
    """Return run `index` of deep networks as a PyTorch script that trains it from its first seed, and prints what is measured.

    With `--json` the last line that it prints is one JSON list: for the start and each recorded update its "update", "loss", "accuracy", "train_accuracy" and
    "test_loss", as `core.studies.deep_networks.measures` has them, and the gradient's length at the first and the last hidden layer; what is not finite is
    null. Raise ValueError for somebody's own data.
    """
    if networks.dataset.brought:
        raise ValueError(Said("a script of deep networks has no rows of your own: choose other data, or take a run of the workbench with your rows"))
    run = networks.runs[index]
    plain = Run(loss=LOSSES["cross_entropy"](), optimizer=OPTIMIZERS["sgd"]())
    alone = Experiment(dataset=networks.dataset, model=MODELS["linear"](), runs=(plain,), dtype=networks.dtype)
    making, rule = rules.optimizer(run.optimizer, True)
    precision = (f"DTYPE = torch.{networks.dtype}", "", "torch.set_default_dtype(DTYPE)")
    parts = [
        Part("", imports=("import torch",), constants=_constants(networks, run)), *data.parts(alone, plain, None, torch=True, in_notebook=False),
        Part("", constants=precision), *_network(run), *([rule] if rule else []), _batches(), _measure(), _training(run, making), recorded.show(), _picture(),
    ]  # fmt: skip
    return script(_doc(networks, run), parts, recorded.ENDING)


def _doc(networks: Networks, run: Network) -> str:
    lines = [
        f"{networks.dataset.short_title}, {run.depth} layers: a deep network of Lossbench in PyTorch.", "",
        f"It minimises the cross-entropy by {run.optimizer.short_title}.",
        "It needs numpy, scikit-learn and torch; matplotlib draws the gradient of each layer where it is installed.",
        "It prints what is measured as a table; with --json its last line is the same as JSON.",
        *recorded.precision(networks.dtype, "A network that explodes enlarges roundings."),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _constants(networks: Networks, run: Network) -> tuple[str, ...]:
    lines = [f"SEED = {networks.seed}  # rules the initial weights and the order of the rows"]
    lines.append(f"DEPTH, WIDTH = {run.depth}, {networks.width}  # hidden layers, and units of each")
    lines += [f"RESIDUAL = {run.residual!r}  # what a layer adds to the units below it is multiplied by it"] * (run.residual is not None)
    named = {"scale": "SCALE", "orthogonal": "GAIN", "leaky_relu": "SLOPE"}
    of = {run.start.kind: getattr(run.start, "scale", getattr(run.start, "gain", None)), run.activation.kind: getattr(run.activation, "negative", None)}
    lines += [f"{named[kind]} = {value!r}" for kind, value in of.items() if kind in named]
    lines += [f"UPDATES = {networks.updates}", f"BATCH = {networks.batch}", f"LEARNING_RATE = {run.learning_rate!r}"]
    return (*lines, *[f"CLIP_NORM = {run.clip_norm!r}"] * bool(run.clip_norm))


def _network(run: Network) -> list[Part]:
    """Return the parts with the network."""
    for kind, texts in ((run.activation.kind, _ACTIVATIONS), (run.start.kind, _STARTS), (run.norm.kind, _NORMS)):
        if kind not in texts:
            raise ValueError(f"write down {kind} of deep networks in core/export/deep_networks.py")
    normed, others = run.norm.kind != "none", run.start.kind != "glorot"
    glorot = text(
        '''
        def glorot(rng, fan_in, fan_out):
            """Return weights (fan_in, fan_out), uniform with Glorot's variance."""
            <lines>
        ''',
        lines="\n".join(_STARTS["glorot"]),
    )
    drawn = text(
        '''
        def drawn(rng, fan_in, fan_out):
            """Return the weights (fan_in, fan_out) of a hidden layer: <title>."""
            <lines>
        ''',
        title=run.start.title, lines="\n".join(_STARTS[run.start.kind]),
    )  # fmt: skip
    whole = text(
        '''
        def linear(weights, bias=True):
            """Return a layer with these weights (fan_in, fan_out), and biases 0."""
            layer = torch.nn.Linear(*weights.shape, bias=bias)
            with torch.no_grad():
                layer.weight.copy_(torch.tensor(weights.T))
                if bias:
                    layer.bias.zero_()
            return layer


        class Network(torch.nn.Module):
            """DEPTH hidden layers of WIDTH units, and one of the scores, which begins as Glorot's."""

            def __init__(self, n_features, n_classes):
                super().__init__()
                # Drawn by numpy, so that they are the dashboard's; PyTorch's own start is another one.
                rng = np.random.default_rng([SEED, 0])
                fans = pairwise([n_features, *[WIDTH] * DEPTH])
                self.hidden = torch.nn.ModuleList(linear(<drawn>(rng, *fan)<bias>) for fan in fans)
                self.scores = linear(glorot(rng, WIDTH, n_classes))
                <norms>

            def forward(self, X):
                """Return the scores (n, K) of rows (n, D)."""
                h = X
                for i, layer in enumerate(self.hidden):
                    z = <sums>
                    h = <units>
                return self.scores(h)
        ''',
        drawn="drawn" if others else "glorot", bias=", bias=False" if normed else "",
        norms=f"self.norms = torch.nn.ModuleList({_NORMS[run.norm.kind]} for _ in range(DEPTH))" if normed else "",
        sums="self.norms[i](layer(h))" if normed else "layer(h)",
        units=_ACTIVATIONS[run.activation.kind] if run.residual is None
        else f"h + RESIDUAL * {_ACTIVATIONS[run.activation.kind]} if i else {_ACTIVATIONS[run.activation.kind]}",
    )  # fmt: skip
    if not normed and run.residual is None:
        whole = whole.replace("for i, layer in enumerate(self.hidden):", "for layer in self.hidden:")
    code = "\n\n\n".join([glorot, *([drawn] if others else []), whole])
    imports = ("from itertools import pairwise", "import numpy as np", *([_F] if "F." in code else []))
    return [*([_BATCH_NORM] if run.norm.kind == "batch" else []), Part("Network", code, imports)]


def _batches() -> Part:
    code = text(
        '''
        def batches(n):
            """Yield the rows of each update. Each epoch has an order of its own, and leaves the rows out that fill no batch."""
            size = min(BATCH, n)
            for update in range(UPDATES):
                epoch, place = divmod(update, n // size)
                if place == 0:
                    order = np.random.default_rng([SEED, 1, epoch]).permutation(n)
                yield order[place * size : (place + 1) * size]
        '''
    )
    return Part("Batches", code)


def _measure() -> Part:
    code = text(
        '''
        def gradients(model, data):
            """Return the length of the gradient by the weights of each hidden layer, on <probed> training rows."""
            X, targets = (rows[:<probed>] for rows in data["train"])
            weights = [layer.weight for layer in model.hidden]
            return [g.norm().item() for g in torch.autograd.grad(F.cross_entropy(model(X), targets), weights)]


        def measure(model, data):
            """Return loss and accuracy of training and test rows, and the gradients of the first and the last hidden layer."""
            of_layers, measures = gradients(model, data), {}
            with torch.no_grad():
                for name in ("train", "test"):  # a batch norm takes the statistics of the training rows for the test rows, too
                    model.train(name == "train")
                    X, targets = data[name]
                    scores = model(X)
                    right = (scores.argmax(dim=1) == targets.argmax(dim=1)).to(DTYPE)
                    measures[name] = F.cross_entropy(scores, targets).item(), right.mean().item()
            model.train()
            (loss, train_accuracy), (test_loss, accuracy) = measures.values()
            return {
                "loss": loss,
                "accuracy": accuracy,
                "train_accuracy": train_accuracy,
                "test_loss": test_loss,
                "first_gradient": of_layers[0],
                "last_gradient": of_layers[-1],
            }
        ''',
        probed=PROBED,
    )
    return Part("Measures", code, (_F,))


def _training(run: Network, making: str) -> Part:
    code = text(
        '''
        def train():
            """Return the measures by update, the network, and the data, until the training ends."""
            data = prepare()
            X, targets = data["train"]
            model = Network(X.shape[1], targets.shape[1])
            optimizer = <making>
            records = {0: measure(model, data)}
            recorded = {round((place / <records>) ** <early> * UPDATES) for place in range(<records> + 1)}  # the first updates change most
            for update, rows in enumerate(batches(len(X)), 1):
                loss = F.cross_entropy(model(X[rows]), targets[rows])
                optimizer.zero_grad()
                loss.backward()
                <clip>
                optimizer.step()
                if not all(p.isfinite().all() for p in model.parameters()):  # diverged
                    records[update] = dict.fromkeys(records[0], math.nan)
                    break
                if update in recorded:
                    records[update] = measure(model, data)
            return records, model, data
        ''',
        making=making.replace("(parameters,", "(model.parameters(),"), records=Networks.RECORDS, early=Networks.EARLY,
        clip="torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)" if run.clip_norm else "",
    )  # fmt: skip
    return Part("Training", code)


def _picture() -> Part:
    code = text(
        '''
        def picture(model, data):
            """Draw the gradient of each hidden layer at the end, where matplotlib is installed."""
            try:
                import matplotlib.pyplot as plt
            except ImportError:
                return
            plt.semilogy(range(1, DEPTH + 1), gradients(model, data), marker="o")
            plt.xlabel("hidden layer")
            plt.ylabel("gradient norm")
            plt.savefig("gradients.png")
            print("The gradients are in gradients.png.")
        '''
    )
    return Part("Picture", code)

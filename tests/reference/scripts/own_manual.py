"""Your own data, Linear: a run of Lossbench in PyTorch.

It minimises the loss Hinge by ASGD.
It needs numpy, scikit-learn and torch; matplotlib draws the curve where it is installed.
It prints the loss of each epoch as a table; with --json its last line is the same as JSON.
The rows are in table.npz, which is in the same download.
The losses are those of the dashboard to nine digits: split, weights and batches are drawn as there.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.utils import resample

SEED = 0  # rules the initial weights and the order of the rows
TABLE = Path(__file__).with_name("table.npz")
SPLIT_SEED = 0  # rules which rows train
VALIDATION_SHARE, TEST_SHARE = 0.2, 0.2
CLASS_WEIGHTS = (1.0, 3.0)
EPOCHS = 20
BATCH_SIZE = 4
LEARNING_RATE = 0.1
DTYPE = torch.float64
SPLITS = ("train", "validation", "test")

torch.set_default_dtype(DTYPE)


def load_rows():
    """Return features X (N, D), the class y (N,) of each row and sample weights (N,)."""
    with np.load(TABLE) as table:
        return table["X"].astype(float), table["y"], table["sample_weights"]


def split_rows(y):
    """Return the numbers of the training, validation and test rows; every class is split alike."""
    n_validation, n_test = round(len(y) * VALIDATION_SHARE), round(len(y) * TEST_SHARE)
    rest, test = train_test_split(np.arange(len(y)), test_size=n_test, random_state=SPLIT_SEED, stratify=y)
    train, validation = train_test_split(rest, test_size=n_validation, random_state=SPLIT_SEED, stratify=y[rest])
    return {"train": train, "validation": validation, "test": test}


def row_weights(y, train, n_classes, sample_weights):
    """Return how much each row (N,) counts in the loss."""
    # A row that is drawn k times counts k times, so that batches stay those of other runs.
    draws = np.ones(len(y))
    by_class = [train[y[train] == c] for c in np.unique(y[train])]
    size = min(map(len, by_class))
    for of_class in by_class:
        draws[of_class] = 0
        draws[resample(of_class, n_samples=size, replace=False, random_state=SPLIT_SEED)] = 1
    of_class = np.ones(n_classes)  # classes beyond the list have weight 1
    of_class[: len(CLASS_WEIGHTS)] = CLASS_WEIGHTS
    return sample_weights * draws * of_class[y]


def prepare():
    """Return features (n, D), one-hot targets (n, K) and weights (n,) of each split, scaled by the training rows."""
    X, y, sample_weights = load_rows()
    rows = split_rows(y)
    n_classes = y.max() + 1
    # Missing numbers become the median of the training rows.
    imputer = SimpleImputer(strategy="median", keep_empty_features=True).fit(X[rows["train"]])
    X = imputer.transform(X)
    scaler = StandardScaler().fit(X[rows["train"]])
    targets = np.eye(n_classes)[y]
    arrays = scaler.transform(X), targets, row_weights(y, rows["train"], n_classes, sample_weights)
    return {name: [torch.tensor(array[of_split], dtype=DTYPE) for array in arrays] for name, of_split in rows.items()}


def make_model(n_features, n_outputs):
    """Return a linear model: weights uniform about 0 with Glorot's variance; biases 0."""
    # Drawn by numpy, so that they are the dashboard's; PyTorch's own start is another one.
    bound = np.sqrt(6 / (n_features + n_outputs))
    weights = bound * np.random.default_rng([SEED, 0]).uniform(-1, 1, (n_features, n_outputs))
    model = torch.nn.Linear(n_features, n_outputs)
    with torch.no_grad():
        model.weight.copy_(torch.tensor(weights.T))
        model.bias.zero_()
    return model


def loss_of(scores, targets):
    """Return the loss of each row (n,): Hinge (one-vs-rest)."""
    return torch.relu(1 - (2 * targets - 1) * scores).mean(-1)


def factor(progress, drops=2, drop=0.1):
    """Return what the learning rate is multiplied by. `progress`: updates done over all updates, from 0."""
    return drop ** math.floor(progress * (drops + 1) + 1e-12)


class ASGD(torch.optim.Optimizer):
    """PyTorch's ASGD without the average; there a new rate is felt one update late."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self):
        """Update all parameters."""
        lambd, alpha = 0.0001, 0.75
        for group in self.param_groups:
            lr = group["lr"]
            for p in group["params"]:
                state, g = self.state[p], p.grad
                t = state["t"] = state.get("t", 0) + 1
                eta = lr / (1 + lambd * lr * (t - 1)) ** alpha
                p.copy_((1 - lambd * eta) * p - eta * g)


def mean_loss(scores, targets, weights):
    """Return the weighted mean of the rows' losses."""
    # PyTorch, too, divides by the sum of the weights of the rows that are present.
    # In a batch these may all be 0.
    return (weights * loss_of(scores, targets)).sum() / (weights.sum() or 1)


@torch.no_grad()
def evaluate(model, data):
    """Return the loss of each split."""
    return {name: float(mean_loss(model(X), *others)) for name, (X, *others) in data.items()}


def batches(n, epoch):
    """Return the rows of each batch of an epoch. Their order is drawn anew from the seed and the epoch."""
    order = np.random.default_rng([SEED, 1, epoch]).permutation(n)
    return np.split(order, range(BATCH_SIZE, n, BATCH_SIZE))


def train(data):
    """Return the model, and the losses before the first update and after each epoch, until the training ends."""
    X, targets, weights = data["train"]
    model = make_model(X.shape[1], targets.shape[1])
    optimizer = ASGD(model.parameters(), lr=LEARNING_RATE)
    step, steps = 0, EPOCHS * math.ceil(len(X) / BATCH_SIZE)
    curve = [evaluate(model, data)]
    for epoch in range(EPOCHS):
        for rows in batches(len(X), epoch):
            # The rate changes with every update; PyTorch's schedulers are mostly used once an epoch.
            rate = LEARNING_RATE * factor(step / steps)
            for group in optimizer.param_groups:
                group["lr"] = rate
            step += 1
            objective = mean_loss(model(X[rows]), targets[rows], weights[rows])
            optimizer.zero_grad()
            objective.backward()
            optimizer.step()
        curve.append(evaluate(model, data))
        if not curve[-1]["train"] <= 1e6 * max(curve[0]["train"], 1e-6):  # diverged
            curve[-1] = dict.fromkeys(SPLITS, math.nan)
            break
    return model, curve


def show(curve):
    """Print the loss of each epoch, and draw it where matplotlib is installed."""
    print("epoch" + "".join(f"{name:>14}" for name in SPLITS))
    for epoch, losses in enumerate(curve):
        print(f"{epoch:5d}" + "".join(f"{losses[name]:14.6g}" for name in SPLITS))
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        return
    for name in SPLITS:
        plt.plot([losses[name] for losses in curve], label=name)
    plt.xlabel("epoch")
    plt.ylabel("loss")
    plt.legend()
    plt.savefig("loss.png")
    print("The curve is in loss.png.")


def main():
    _, curve = train(prepare())
    if "--json" in sys.argv:
        finite = [{name: loss if math.isfinite(loss) else None for name, loss in losses.items()} for losses in curve]
        print(json.dumps({name: [losses[name] for losses in finite] for name in SPLITS}))
    else:
        show(curve)


if __name__ == "__main__":
    main()

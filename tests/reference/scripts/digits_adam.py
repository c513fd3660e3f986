"""Digits, Neural network: a run of Lossbench in PyTorch.

It minimises the loss Cross-entropy by Adam.
It needs numpy, scikit-learn and torch; matplotlib draws the curve where it is installed.
It prints the loss of each epoch as a table; with --json its last line is the same as JSON.
Split, weights and batches are drawn as in the dashboard. Training is in single precision there and here, and
each library rounds in its own way: expect six equal digits at first, and fewer with every epoch.
With float64 in both, nine digits are equal.
"""

import json
import math
import sys
from itertools import pairwise

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SEED = 0  # rules the initial weights and the order of the rows
SPLIT_SEED = 0  # rules which rows train
VALIDATION_SHARE, TEST_SHARE = 0.2, 0.2
HIDDEN = (64,)
EPOCHS = 20
BATCH_SIZE = 32
LEARNING_RATE = 0.001
LABEL_SMOOTHING = 0.0
DTYPE = torch.float32
SPLITS = ("train", "validation", "test")

torch.set_default_dtype(DTYPE)


def load_rows():
    """Return features X (N, D) and the class y (N,) of each row."""
    return load_digits(return_X_y=True)


def split_rows(y):
    """Return the numbers of the training, validation and test rows; every class is split alike."""
    n_validation, n_test = round(len(y) * VALIDATION_SHARE), round(len(y) * TEST_SHARE)
    rest, test = train_test_split(np.arange(len(y)), test_size=n_test, random_state=SPLIT_SEED, stratify=y)
    train, validation = train_test_split(rest, test_size=n_validation, random_state=SPLIT_SEED, stratify=y[rest])
    return {"train": train, "validation": validation, "test": test}


def prepare():
    """Return features (n, D) and one-hot targets (n, K) of each split, scaled by the training rows."""
    X, y = load_rows()
    rows = split_rows(y)
    n_classes = y.max() + 1
    scaler = StandardScaler().fit(X[rows["train"]])
    targets = np.eye(n_classes)[y]
    arrays = scaler.transform(X), targets
    return {name: [torch.tensor(array[of_split], dtype=DTYPE) for array in arrays] for name, of_split in rows.items()}


def make_model(n_features, n_outputs):
    """Return the network: weights uniform about 0 with He's variance before a relu, else Glorot's; biases 0."""
    # Drawn by numpy, so that they are the dashboard's; PyTorch's own start is another one.
    rng = np.random.default_rng([SEED, 0])
    modules = []
    for fan_in, fan_out in pairwise((n_features, *HIDDEN, n_outputs)):
        layer = torch.nn.Linear(fan_in, fan_out)
        last = len(modules) == 2 * len(HIDDEN)
        variance = 2 / (fan_in + fan_out) if last else 2 / fan_in
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(rng.uniform(-1, 1, (fan_in, fan_out)).T * np.sqrt(3 * variance)))
            layer.bias.zero_()
        modules += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*modules[:-1])


def loss_of(scores, targets):
    """Return the loss of each row (n,): Cross-entropy."""
    return torch.nn.functional.cross_entropy(
        scores, targets.argmax(-1), label_smoothing=LABEL_SMOOTHING, reduction="none"
    )


def mean_loss(scores, targets):
    """Return the mean of the rows' losses."""
    return loss_of(scores, targets).mean()


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
    X, targets = data["train"]
    model = make_model(X.shape[1], targets.shape[1])
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.999), eps=1e-08)
    curve = [evaluate(model, data)]
    for epoch in range(EPOCHS):
        for rows in batches(len(X), epoch):
            objective = mean_loss(model(X[rows]), targets[rows])
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

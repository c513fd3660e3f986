"""Diabetes, Linear: a run of Lossbench in PyTorch.

It minimises the loss Huber by SGD.
It needs numpy, scikit-learn and torch; matplotlib draws the curve where it is installed.
It prints the loss of each epoch as a table; with --json its last line is the same as JSON.
The losses are those of the dashboard to nine digits: split, weights and batches are drawn as there.
"""

import json
import math
import sys

import numpy as np
import torch
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SEED = 3  # rules the initial weights
SPLIT_SEED = 5  # rules which rows train
VALIDATION_SHARE, TEST_SHARE = 0.2, 0.2
EPOCHS = 50
LEARNING_RATE = 0.1
DELTA = 1.0
STRENGTH = 0.01  # of the penalty on the weights; biases have none
DTYPE = torch.float64
SPLITS = ("train", "validation", "test")

torch.set_default_dtype(DTYPE)


def load_rows():
    """Return features X (N, D) and targets y (N, K)."""
    X, y = load_diabetes(scaled=False, return_X_y=True)
    return X, y.reshape(len(y), -1).astype(float)


def split_rows(y):
    """Return the numbers of the training, validation and test rows."""
    n_validation, n_test = round(len(y) * VALIDATION_SHARE), round(len(y) * TEST_SHARE)
    rest, test = train_test_split(np.arange(len(y)), test_size=n_test, random_state=SPLIT_SEED)
    train, validation = train_test_split(rest, test_size=n_validation, random_state=SPLIT_SEED)
    return {"train": train, "validation": validation, "test": test}


def prepare():
    """Return features (n, D) and targets (n, K) of each split, scaled by the training rows."""
    X, y = load_rows()
    rows = split_rows(y)
    scaler = StandardScaler().fit(X[rows["train"]])
    targets = StandardScaler().fit(y[rows["train"]]).transform(y)
    arrays = scaler.transform(X), targets
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
    """Return the loss of each row (n,): Huber."""
    return torch.nn.functional.huber_loss(scores, targets, delta=DELTA, reduction="none").mean(-1)


def mean_loss(scores, targets):
    """Return the mean of the rows' losses, without the penalty."""
    return loss_of(scores, targets).mean()


@torch.no_grad()
def evaluate(model, data):
    """Return the loss of each split."""
    return {name: float(mean_loss(model(X), *others)) for name, (X, *others) in data.items()}


def train(data):
    """Return the model, and the losses before the first update and after each epoch, until the training ends."""
    X, targets = data["train"]
    model = make_model(X.shape[1], targets.shape[1])
    weight_matrices = [p for p in model.parameters() if p.ndim == 2]  # without the biases
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    curve = [evaluate(model, data)]
    for _ in range(EPOCHS):
        objective = mean_loss(model(X), targets)
        objective = objective + STRENGTH / 2 * sum(w.square().sum() for w in weight_matrices)
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

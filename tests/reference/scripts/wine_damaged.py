"""Wine, Neural network: a run of Lossbench in PyTorch.

It minimises the loss Focal by AdamW.
It needs numpy, scikit-learn and torch; matplotlib draws the curve where it is installed.
It prints the loss of each epoch as a table; with --json its last line is the same as JSON.
The losses are those of the dashboard to nine digits: split, weights and batches are drawn as there.
"""

import json
import math
import sys
from itertools import pairwise

import numpy as np
import torch
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.utils import resample

SEED = 0  # rules the initial weights and the order of the rows
SPLIT_SEED = 0  # rules which rows train, and their damage
VALIDATION_SHARE, TEST_SHARE = 0.2, 0.2
RAREST = 0.4  # rows of the rarest class for each row of the most frequent one
TRAINING_SHARE = 0.8  # of the training rows that are kept
FEATURE_NOISE = 0.3
WRONG_LABELS = 0.2  # share of the rows that get another class
HIDDEN = (8,)
EPOCHS = 20
BATCH_SIZE = 16
LEARNING_RATE = 0.01
GAMMA = 2.0
STRENGTH = 0.001  # of the penalty on the weights; biases have none
L1_RATIO = 0.5
DTYPE = torch.float64
SPLITS = ("train", "validation", "test")

torch.set_default_dtype(DTYPE)


def load_rows():
    """Return features X (N, D) and the class y (N,) of each row."""
    return load_wine(return_X_y=True)


def split_rows(y):
    """Return the numbers of the training, validation and test rows; every class is split alike."""
    n_validation, n_test = round(len(y) * VALIDATION_SHARE), round(len(y) * TEST_SHARE)
    rest, test = train_test_split(np.arange(len(y)), test_size=n_test, random_state=SPLIT_SEED, stratify=y)
    train, validation = train_test_split(rest, test_size=n_validation, random_state=SPLIT_SEED, stratify=y[rest])
    return {"train": train, "validation": validation, "test": test}


def leave_out(rows, y):
    """Return the numbers of the rows of each split without those that are left out."""
    counts = np.bincount(y[rows["train"]])
    rare = max(np.flatnonzero(counts), key=lambda c: (-counts[c], c))
    place = np.random.default_rng([SPLIT_SEED, 3]).permutation(len(y))
    of_class = rows["train"][y[rows["train"]] == rare]
    kept = max(1, round(RAREST * np.bincount(y[rows["train"]]).max()))
    rows["train"] = np.setdiff1d(rows["train"], of_class[np.argsort(place[of_class])][kept:], assume_unique=True)
    train = rows["train"]
    place = np.random.default_rng([SPLIT_SEED, 4]).permutation(len(y))
    for of_class in [train[y[train] == c] for c in np.unique(y[train])]:
        kept = max(1, round(TRAINING_SHARE * len(of_class)))
        train = np.setdiff1d(train, of_class[np.argsort(place[of_class])][kept:], assume_unique=True)
    rows["train"] = train
    return rows


def add_noise(X, rows):
    """Return the features with normal noise, in units of each feature's spread in the training rows."""
    spread = FEATURE_NOISE * X[rows["train"]].std(axis=0)
    noise = spread * np.random.default_rng([SPLIT_SEED, 5]).standard_normal(X.shape)
    noisy = X.astype(float)
    noisy[rows["train"]] += noise[rows["train"]]
    return noisy


def damage(y, rows):
    """Return the targets, some of them wrong."""
    place = np.random.default_rng([SPLIT_SEED, 2]).permutation(len(y))
    other = (y + np.random.default_rng([SPLIT_SEED, 6]).integers(1, y.max() + 1, len(y))) % (y.max() + 1)
    damaged = y.copy()
    wrong = rows["train"][np.argsort(place[rows["train"]])][: round(WRONG_LABELS * len(rows["train"]))]
    damaged[wrong] = other[wrong]
    return damaged


def row_weights(y, train, n_classes):
    """Return how much each row (N,) counts in the loss."""
    # A row that is drawn k times counts k times, so that batches stay those of other runs.
    draws = np.ones(len(y))
    by_class = [train[y[train] == c] for c in np.unique(y[train])]
    size = max(map(len, by_class))
    for of_class in by_class:
        missing = size - len(of_class)
        if missing:
            np.add.at(draws, resample(of_class, n_samples=missing, random_state=SPLIT_SEED), 1)
    counts = np.bincount(y[train], draws[train], n_classes)
    # A class without training rows has weight 0.
    of_class = np.divide(counts.sum(), n_classes * counts, out=np.zeros(n_classes), where=counts > 0)
    return draws * of_class[y]


def prepare():
    """Return features (n, D), one-hot targets (n, K) and weights (n,) of each split, scaled by the training rows."""
    X, y = load_rows()
    rows = leave_out(split_rows(y), y)
    n_classes = y.max() + 1
    X = add_noise(X, rows)
    y = damage(y, rows)
    scaler = StandardScaler().fit(X[rows["train"]])
    targets = np.eye(n_classes)[y]
    arrays = scaler.transform(X), targets, row_weights(y, rows["train"], n_classes)
    return {name: [torch.tensor(array[of_split], dtype=DTYPE) for array in arrays] for name, of_split in rows.items()}


def make_model(n_features, n_outputs):
    """Return the network: weights uniform about 0 with Glorot's variance; biases 0."""
    # Drawn by numpy, so that they are the dashboard's; PyTorch's own start is another one.
    rng = np.random.default_rng([SEED, 0])
    modules = []
    for fan_in, fan_out in pairwise((n_features, *HIDDEN, n_outputs)):
        layer = torch.nn.Linear(fan_in, fan_out)
        variance = 2 / (fan_in + fan_out)
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(rng.uniform(-1, 1, (fan_in, fan_out)).T * np.sqrt(3 * variance)))
            layer.bias.zero_()
        modules += [layer, torch.nn.Tanh()]
    return torch.nn.Sequential(*modules[:-1])


def loss_of(scores, targets):
    """Return the loss of each row (n,): Focal."""
    p = torch.softmax(scores, -1)
    log_p = torch.log_softmax(scores, -1)
    p_others = (p * (1 - targets)).sum(-1)
    return -(p_others**GAMMA) * (log_p * targets).sum(-1)


def factor(progress, final=0.0):
    """Return what the learning rate is multiplied by. `progress`: updates done over all updates, from 0."""
    return final + (1 - final) * (1 + math.cos(math.pi * progress)) / 2


def mean_loss(scores, targets, weights):
    """Return the weighted mean of the rows' losses, without the penalty."""
    # PyTorch, too, divides by the sum of the weights of the rows that are present.
    # In a batch these may all be 0.
    return (weights * loss_of(scores, targets)).sum() / (weights.sum() or 1)


@torch.no_grad()
def evaluate(model, data):
    """Return the loss of each split."""
    return {name: float(mean_loss(model(X), *others)) for name, (X, *others) in data.items()}


def batches(n, epoch):
    """Return the rows of each batch of an epoch. Their order is drawn anew from the seed and the epoch."""
    if n <= BATCH_SIZE:
        return [np.arange(n)]
    order = np.random.default_rng([SEED, 1, epoch]).permutation(n)
    return np.split(order, range(BATCH_SIZE, n, BATCH_SIZE))


def train(data):
    """Return the model, and the losses before the first update and after each epoch, until the training ends."""
    X, targets, weights = data["train"]
    model = make_model(X.shape[1], targets.shape[1])
    weight_matrices = [p for p in model.parameters() if p.ndim == 2]  # without the biases
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.01
    )
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
            l1 = sum(w.abs().sum() for w in weight_matrices)
            l2 = sum(w.square().sum() for w in weight_matrices)
            objective = objective + STRENGTH * (L1_RATIO * l1 + (1 - L1_RATIO) / 2 * l2)
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

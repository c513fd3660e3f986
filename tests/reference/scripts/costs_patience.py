"""Costs, Neural network: a run of Lossbench in PyTorch.

It minimises the loss Gamma by RMSprop.
It needs numpy, scikit-learn and torch; matplotlib draws the curve where it is installed.
It prints the loss of each epoch as a table; with --json its last line is the same as JSON.
The losses are those of the dashboard to nine digits: split, weights and batches are drawn as there.
"""

import copy
import json
import math
import sys
from itertools import pairwise

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SEED = 0  # rules the initial weights and the order of the rows
SPLIT_SEED = 0  # rules which rows train
VALIDATION_SHARE, TEST_SHARE = 0.2, 0.2
HIDDEN = (6, 4)
EPOCHS = 30
BATCH_SIZE = 20
LEARNING_RATE = 0.01
CLIP_NORM = 1.0
PATIENCE = 3
DTYPE = torch.float64
SPLITS = ("train", "validation", "test")

torch.set_default_dtype(DTYPE)


def load_rows():
    """Return features X (N, D) and targets y (N, K)."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 300)
    y = np.exp(1.0 + 2.0 * x) * rng.gamma(1 / 0.5, 0.5, 300)
    return x[:, None], y[:, None]


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
    # The scores are logarithms of targets in units of the training mean.
    mean = y[rows["train"]].mean(axis=0)
    targets = y / np.where(mean > 0, mean, 1)
    arrays = scaler.transform(X), targets
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
        modules += [layer, torch.nn.Sigmoid()]
    return torch.nn.Sequential(*modules[:-1])


def loss_of(scores, targets):
    """Return the loss of each row (n,): Gamma."""
    s = scores.clamp(-30, 30)
    return (s + targets * torch.exp(-s)).mean(-1)


def factor(progress, warmup=0.1):
    """Return what the learning rate is multiplied by. `progress`: updates done over all updates, from 0."""
    if progress < warmup:
        return 0.01 + 0.99 * progress / warmup
    return (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup))) / 2


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
    parameters = list(model.parameters())
    optimizer = torch.optim.RMSprop(parameters, lr=LEARNING_RATE, alpha=0.99, eps=1e-08)
    step, steps = 0, EPOCHS * math.ceil(len(X) / BATCH_SIZE)
    curve = [evaluate(model, data)]
    best_loss, best_epoch, best_weights = curve[0]["validation"], 0, copy.deepcopy(model.state_dict())
    for epoch in range(EPOCHS):
        for rows in batches(len(X), epoch):
            # The rate changes with every update; PyTorch's schedulers are mostly used once an epoch.
            rate = LEARNING_RATE * factor(step / steps)
            for group in optimizer.param_groups:
                group["lr"] = rate
            step += 1
            objective = mean_loss(model(X[rows]), targets[rows])
            optimizer.zero_grad()
            objective.backward()
            torch.nn.utils.clip_grad_norm_(parameters, CLIP_NORM)
            optimizer.step()
        curve.append(evaluate(model, data))
        if not curve[-1]["train"] <= 1e6 * max(curve[0]["train"], 1e-6):  # diverged
            curve[-1] = dict.fromkeys(SPLITS, math.nan)
            break
        if curve[-1]["validation"] < best_loss:
            best_loss, best_epoch = curve[-1]["validation"], epoch + 1
            best_weights = copy.deepcopy(model.state_dict())
        if epoch + 1 - best_epoch >= PATIENCE:
            break
    model.load_state_dict(best_weights)  # those of the lowest validation loss
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

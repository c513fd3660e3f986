"""Spirals, Neural network: a run of Lossbench in PyTorch.

It minimises the loss Weighted sum by Lion.
It needs numpy, scikit-learn and torch; matplotlib draws the curve where it is installed.
It prints the loss of each epoch as a table; with --json its last line is the same as JSON.
Split, weights and batches are drawn as in the dashboard. Training is in single precision there and here, and
each library rounds in its own way: expect six equal digits at first, and fewer with every epoch.
This rule steps by signs, which rounding may turn around: its curves may soon part.
"""

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
HIDDEN = (16, 8)
EPOCHS = 20
BATCH_SIZE = 32
LEARNING_RATE = 0.001
FIRST_WEIGHT = 1.0
FIRST_LABEL_SMOOTHING = 0.0
SECOND_WEIGHT = 0.5
SECOND_SMOOTH = 0.0
THIRD_WEIGHT = 1.0
STRENGTH = 0.001  # of the penalty on the weights; biases have none
DTYPE = torch.float32
SPLITS = ("train", "validation", "test")

torch.set_default_dtype(DTYPE)


def load_rows():
    """Return features X (N, D) and the class y (N,) of each row."""
    rng = np.random.default_rng(0)
    y = np.arange(300) % 3
    radius = rng.uniform(0.05, 1, 300)
    angle = 2 * np.pi * (1.25 * radius + y / 3)
    X = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return X + rng.normal(0, 0.03, X.shape), y


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


def first_loss(scores, targets):
    """Return the loss of each row (n,): Cross-entropy."""
    return torch.nn.functional.cross_entropy(
        scores, targets.argmax(-1), label_smoothing=FIRST_LABEL_SMOOTHING, reduction="none"
    )


def second_loss(scores, targets):
    """Return the loss of each row (n,): Dice."""
    p = torch.softmax(scores, -1)
    p_true = (p * targets).sum(-1)
    return 1 - (2 * p_true + SECOND_SMOOTH) / (p.sum(-1) + targets.sum(-1) + SECOND_SMOOTH)


def third_loss(scores, targets):
    """Return the loss of each row (n,): Hinge (one-vs-rest)."""
    return torch.relu(1 - (2 * targets - 1) * scores).mean(-1)


def loss_of(scores, targets):
    """Return the weighted sum of the losses of each row (n,)."""
    first = FIRST_WEIGHT * first_loss(scores, targets)
    second = SECOND_WEIGHT * second_loss(scores, targets)
    third = THIRD_WEIGHT * third_loss(scores, targets)
    return first + second + third


def factor(progress, warmup=0.3, div_factor=25.0, final_div_factor=10000.0):
    """Return what the learning rate is multiplied by. `progress`: updates done over all updates, from 0."""
    first, last = 1 / div_factor, 1 / div_factor / final_div_factor
    if progress < warmup:
        return first + (1 - first) * (1 - math.cos(math.pi * progress / warmup)) / 2
    fallen = (progress - warmup) / (1 - warmup)
    return 1 - (1 - last) * (1 - math.cos(math.pi * fallen)) / 2


class Lion(torch.optim.Optimizer):
    """Lion, which PyTorch has not: arXiv:2302.06675, algorithm 2."""

    def __init__(self, parameters, lr, weight_decay=0.0):
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        """Update all parameters."""
        beta1, beta2 = 0.9, 0.99
        for group in self.param_groups:
            lr, decay = group["lr"], group["weight_decay"]
            for p in group["params"]:
                state, g = self.state[p], p.grad
                m = state.get("m", 0)
                direction = torch.sign(beta1 * m + (1 - beta1) * g)
                state["m"] = beta2 * m + (1 - beta2) * g
                p.copy_(p * (1 - lr * decay) - lr * direction)


def mean_loss(scores, targets):
    """Return the mean of the rows' losses, without the penalty."""
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
    weight_matrices = [p for p in model.parameters() if p.ndim == 2]  # without the biases
    optimizer = Lion(model.parameters(), lr=LEARNING_RATE)
    step, steps = 0, EPOCHS * math.ceil(len(X) / BATCH_SIZE)
    curve = [evaluate(model, data)]
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
            optimizer.step()
            with torch.no_grad():
                for weight in weight_matrices:
                    weight.copy_(torch.nn.functional.softshrink(weight, rate * STRENGTH))
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

"""Linear, mostly irrelevant features, Neural network: a run of Lossbench in PyTorch.

It minimises the loss Adaptive robust by AdamW.
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
from sklearn.datasets import make_regression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SEED = 0  # rules the initial weights, the order of the rows and the units left out
SPLIT_SEED = 0  # rules which rows train, and their damage
VALIDATION_SHARE, TEST_SHARE = 0.2, 0.2
OUTLIERS = 0.2  # share of the rows whose target is moved up
OUTLIER_SIZE = 5.0  # in standard deviations of the training targets
HIDDEN = (12,)
EPOCHS = 20
BATCH_SIZE = 32
LEARNING_RATE = 0.01
ALPHA = 1.0  # at the start; it is learned
SCALE = 1.0  # at the start; it is learned
STRENGTH = 0.001  # of the penalty on the weights; biases have none
L1_RATIO = 0.5
DROPOUT = 0.2
MAX_NORM = 1.5
DTYPE = torch.float64
SPLITS = ("train", "validation", "test")

torch.set_default_dtype(DTYPE)


def load_rows():
    """Return features X (N, D) and targets y (N, K)."""
    X, y = make_regression(300, 20, n_informative=5, n_targets=2, noise=10.0, random_state=0)
    return X, y.reshape(len(y), -1).astype(float)


def split_rows(y):
    """Return the numbers of the training, validation and test rows."""
    n_validation, n_test = round(len(y) * VALIDATION_SHARE), round(len(y) * TEST_SHARE)
    rest, test = train_test_split(np.arange(len(y)), test_size=n_test, random_state=SPLIT_SEED)
    train, validation = train_test_split(rest, test_size=n_validation, random_state=SPLIT_SEED)
    return {"train": train, "validation": validation, "test": test}


def damage(y, rows):
    """Return the targets, some of them wrong."""
    place = np.random.default_rng([SPLIT_SEED, 2]).permutation(len(y))
    far = OUTLIER_SIZE * y[rows["train"]].std(axis=0)
    damaged = y.copy()
    for name in SPLITS:
        wrong = rows[name][np.argsort(place[rows[name]])][: round(OUTLIERS * len(rows[name]))]
        damaged[wrong] += far
    return damaged


def prepare():
    """Return features (n, D) and targets (n, K) of each split, scaled by the training rows."""
    X, y = load_rows()
    rows = split_rows(y)
    y = damage(y, rows)
    scaler = StandardScaler().fit(X[rows["train"]])
    targets = StandardScaler().fit(y[rows["train"]]).transform(y)
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


def scores_with_dropout(model, X, step):
    """Return the scores of a batch in update number `step`, from 1, without the hidden units that are left out."""
    # Drawn by numpy, so that the units are the dashboard's; torch.nn.Dropout would leave out others.
    draws = np.random.default_rng([SEED, 2, step]).random((len(X), sum(HIDDEN)))
    masks = torch.tensor((draws >= DROPOUT) / (1 - DROPOUT), dtype=DTYPE).split(HIDDEN, dim=1)
    for i, mask in enumerate(masks):
        X = model[2 * i + 1](model[2 * i](X)) * mask
    return model[-1](X)


class AdaptiveRobust(torch.nn.Module):
    """The negative log-likelihood of Barron's distribution, whose shape and scale are learned: arXiv:1701.03077."""

    def __init__(self):
        super().__init__()
        self.shape = torch.nn.Parameter(torch.tensor(math.log(ALPHA / (2 - ALPHA))))
        self.log_scale = torch.nn.Parameter(torch.tensor(math.log(SCALE)))
        u = torch.arange(-61, 64) / 16  # points of the integral below, which crowd at 0
        self.x = torch.exp(torch.pi / 2 * torch.sinh(u))
        self.dx = torch.pi / 16 * torch.cosh(u) * self.x

    def rho(self, x, alpha):
        """Return the general robust loss of residuals in units of the scale."""
        b = (2 - alpha).clamp(min=1e-7)
        return b * torch.expm1(alpha / 2 * torch.log1p(x.square() / b)) / alpha

    def forward(self, scores, targets):
        """Return the loss of each row (n,)."""
        alpha, scale = 2 * torch.sigmoid(self.shape), torch.exp(self.log_scale.clamp(-12, 12)).clamp(1e-5, 1e5)
        integral = (self.dx * torch.exp(-self.rho(self.x, alpha))).sum()
        return (self.rho((scores - targets) / scale, alpha) + torch.log(scale) + torch.log(integral)).mean(-1)


def mean_loss(loss_of, scores, targets):
    """Return the mean of the rows' losses, without the penalty."""
    return loss_of(scores, targets).mean()


@torch.no_grad()
def evaluate(model, loss_of, data):
    """Return the loss of each split."""
    return {name: float(mean_loss(loss_of, model(X), *others)) for name, (X, *others) in data.items()}


def batches(n, epoch):
    """Return the rows of each batch of an epoch. Their order is drawn anew from the seed and the epoch."""
    order = np.random.default_rng([SEED, 1, epoch]).permutation(n)
    return np.split(order, range(BATCH_SIZE, n, BATCH_SIZE))


def train(data):
    """Return the model, and the losses before the first update and after each epoch, until the training ends."""
    X, targets = data["train"]
    model = make_model(X.shape[1], targets.shape[1])
    loss_of = AdaptiveRobust()
    # What the loss learns does not decay.
    groups = [{"params": list(model.parameters())}, {"params": list(loss_of.parameters()), "weight_decay": 0.0}]
    weight_matrices = [p for p in model.parameters() if p.ndim == 2]  # without the biases
    optimizer = torch.optim.AdamW(groups, lr=LEARNING_RATE, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.01)
    step = 0
    curve = [evaluate(model, loss_of, data)]
    for epoch in range(EPOCHS):
        for rows in batches(len(X), epoch):
            step += 1
            objective = mean_loss(loss_of, scores_with_dropout(model, X[rows], step), targets[rows])
            optimizer.zero_grad()
            objective.backward()
            optimizer.step()
            with torch.no_grad():
                for weight in weight_matrices:
                    shrunk = torch.nn.functional.softshrink(weight, LEARNING_RATE * STRENGTH * L1_RATIO)
                    weight.copy_(shrunk / (1 + LEARNING_RATE * STRENGTH * (1 - L1_RATIO)))
                    weight.mul_((MAX_NORM / weight.norm(dim=1, keepdim=True)).clamp(max=1))  # a row leads into one unit
        curve.append(evaluate(model, loss_of, data))
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

"""Write pixels.json: losses of pixels, IoU and Dice by PyTorch's autograd, and by the libraries whose conventions the docstrings of `core.losses.pixels` name.

Run from the root of the repository, in the environment of the tests with PyTorch, torchvision, MONAI 1.6.1 and segmentation-models-pytorch 0.6.0 added:
`python -m tests.reference.make_pixels`. The expressions for PyTorch are written from TP, FP and FN, apart from those that `Loss.pytorch` shows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from core.losses import LOSSES
from tests.reference.make_losses import short
from tests.reference.make_optimizers import write

PATH = Path(__file__).with_name("pixels.json")
#: height and width of an image
SHAPE = (3, 4)
#: a library's loss of `scores` and `masks` (B, 1, H, W), reduced to a number; ours; whose pixels it sums over; and what ours is to be multiplied by
LIBRARIES: list[tuple[str, str, str, dict[str, Any], str, float]] = [
    ("torchvision", "sigmoid_focal_loss(scores, masks, reduction='mean')", "pixel_focal", {}, "image", 1),
    ("MONAI", "DiceLoss(sigmoid=True)(scores, masks)", "pixel_dice", {"smooth": 1e-5}, "image", 1),
    ("MONAI", "DiceLoss(sigmoid=True, smooth_nr=0.7, smooth_dr=0.7)(scores, masks)", "pixel_dice", {"smooth": 0.7}, "image", 1),
    ("MONAI", "DiceLoss(sigmoid=True, batch=True)(scores, masks)", "pixel_dice", {"smooth": 1e-5}, "batch", 1),
    ("MONAI", "DiceLoss(sigmoid=True, jaccard=True)(scores, masks)", "pixel_tversky", {"alpha": 1.0, "beta": 1.0, "smooth": 5e-6}, "image", 1),
    ("MONAI", "TverskyLoss(sigmoid=True)(scores, masks)", "pixel_dice", {"smooth": 2e-5}, "image", 1),
    ("MONAI", "TverskyLoss(sigmoid=True, alpha=0.3, beta=0.7)(scores, masks)", "pixel_tversky", {"smooth": 1e-5}, "image", 1),
    (
        "MONAI", "unified_focal_loss.AsymmetricFocalTverskyLoss(gamma=0.5, reduction='none')(both(scores.sigmoid()), both(masks))[:, 1].mean()",
        "pixel_focal_tversky", {"smooth": 1e-7, "gamma": 2.0}, "image", 1,
    ),
    (
        "MONAI", "DiceCELoss(sigmoid=True, weight=torch.tensor([3.0]))(scores, masks)",
        "sum_segmentation", {"first": {"kind": "pixel_cross_entropy", "weight": 3.0}, "second": {"kind": "pixel_dice", "smooth": 1e-5}}, "image", 1,
    ),
    ("MONAI", "FocalLoss()(scores, masks)", "pixel_focal", {"alpha": 0.5}, "image", 2),
    ("MONAI", "FocalLoss(alpha=0.25)(scores, masks)", "pixel_focal", {}, "image", 1),
    ("SMP", "SoftBCEWithLogitsLoss(pos_weight=torch.tensor(3.0))(scores, masks)", "pixel_cross_entropy", {"weight": 3.0}, "image", 1),
    ("SMP", "DiceLoss('binary')(scores, masks)", "pixel_dice", {"smooth": 1e-7}, "batch", 1),
    ("SMP", "DiceLoss('binary', smooth=0.35)(scores, masks)", "pixel_dice", {"smooth": 0.7}, "batch", 1),
    ("SMP", "JaccardLoss('binary', smooth=0.4)(scores, masks)", "pixel_tversky", {"alpha": 1.0, "beta": 1.0, "smooth": 0.4}, "batch", 1),
    ("SMP", "TverskyLoss('binary', smooth=0.4)(scores, masks)", "pixel_tversky", {"alpha": 0.5, "beta": 0.5, "smooth": 0.4}, "batch", 1),
    ("SMP", "TverskyLoss('binary', alpha=0.3, beta=0.7, smooth=0.4)(scores, masks)", "pixel_tversky", {"smooth": 0.4}, "batch", 1),
    ("SMP", "TverskyLoss('binary', alpha=0.3, beta=0.7, smooth=0.4, gamma=0.75)(scores, masks)", "pixel_focal_tversky", {"smooth": 0.4}, "batch", 1),
    ("SMP", "FocalLoss('binary')(scores, masks)", "pixel_focal", {"alpha": 0.5}, "image", 2),
    ("SMP", "FocalLoss('binary', alpha=0.25, gamma=1.5)(scores, masks)", "pixel_focal", {"gamma": 1.5}, "image", 1),
]  # fmt: skip
#: for each loss an expression in PyTorch of p, q = 1 - p, t and the counts of each image, and several settings
AUTOGRAD: list[tuple[str, str, tuple[dict[str, float], ...]]] = [
    ("pixel_cross_entropy", "-(weight * t * log_p + (1 - t) * log_q).mean(-1)", ({}, {"weight": 30.0})),
    (
        "pixel_focal", "-(alpha * t * q**gamma * log_p + (1 - alpha) * (1 - t) * p**gamma * log_q).mean(-1)",
        ({}, {"gamma": 0.0, "alpha": 0.75}, {"gamma": 3.5, "alpha": 0.6}),
    ),
    ("pixel_dice", "(fp + fn) / (2 * tp + fp + fn + smooth)", ({}, {"smooth": 1e-5}, {"smooth": 100.0})),
    ("pixel_tversky", "(alpha * fp + beta * fn) / (tp + alpha * fp + beta * fn + smooth)", ({}, {"alpha": 0.9, "beta": 0.4, "smooth": 1e-5})),
    (
        "pixel_focal_tversky", "((alpha * fp + beta * fn) / (tp + alpha * fp + beta * fn + smooth)) ** (1 / gamma)",
        ({}, {"gamma": 1.0}, {"gamma": 2.5, "smooth": 1e-5}),
    ),
]  # fmt: skip
#: soft IoU and Dice, as they are written everywhere; both are among our losses
OVERLAPS = [
    ("pixel_tversky", {"alpha": 1.0, "beta": 1.0, "smooth": 0.5}, "1 - ((p * t).sum(-1) + smooth) / (p.sum(-1) + t.sum(-1) - (p * t).sum(-1) + smooth)"),
    ("pixel_dice", {"smooth": 0.5}, "1 - (2 * (p * t).sum(-1) + smooth) / (p.sum(-1) + t.sum(-1) + smooth)"),
]


def images(large: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and masks, each (B, K): one pixel of foreground, three, all but one, empty and full. `large`: the same again with scores up to ±40."""
    rng, size = np.random.default_rng(22), SHAPE[0] * SHAPE[1]
    masks = np.zeros((5, size))
    masks[0, 4], masks[1, :3], masks[2, 1:], masks[4] = 1, 1, 1, 1
    scores = rng.normal(scale=2, size=masks.shape).round(2)
    if large:
        scores, masks = np.vstack([scores, np.where(rng.random(masks.shape) < 0.5, 40.0, -40.0)]), np.vstack([masks, masks])
    return scores, masks


def by_autograd(code: str, settings: dict[str, float], scores: np.ndarray, masks: np.ndarray) -> dict[str, Any]:
    """Return value (B,) of an expression and the gradient (B, K) of each image's."""
    import torch

    s, t = torch.tensor(scores, requires_grad=True), torch.tensor(masks)
    p, q = torch.sigmoid(s), torch.sigmoid(-s)
    names = {"p": p, "q": q, "t": t, "log_p": torch.nn.functional.logsigmoid(s), "log_q": torch.nn.functional.logsigmoid(-s)}
    names |= {"tp": (p * t).sum(-1), "fp": (p * (1 - t)).sum(-1), "fn": (q * t).sum(-1)}
    value = eval(code, {**names, **settings})
    value.sum().backward()
    return {"value": short(value.detach().numpy()), "gradient": short(s.grad.numpy())}


def by_library(library: str, code: str, scores: np.ndarray, masks: np.ndarray) -> dict[str, Any]:
    """Return the number that a library makes of a batch, and its gradient (B, K)."""
    import monai.losses
    import segmentation_models_pytorch.losses
    import torch
    import torchvision.ops

    module = {"torchvision": torchvision.ops, "MONAI": monai.losses, "SMP": segmentation_models_pytorch.losses}[library]
    s = torch.tensor(scores.reshape(-1, 1, *SHAPE), requires_grad=True)
    names = {"torch": torch, "scores": s, "masks": torch.tensor(masks.reshape(-1, 1, *SHAPE)), "both": lambda x: torch.cat([1 - x, x], 1)}
    value = eval(code, {**vars(module), **names})
    value.backward()
    return {"value": float(value.detach()), "gradient": short(s.grad.numpy().reshape(scores.shape).astype(float))}


def marked(scores: np.ndarray, masks: np.ndarray) -> list[dict[str, Any]]:
    """Return IoU and Dice of what is marked at some thresholds, of each image and last of all together; 1 where nothing is there and nothing is marked."""
    import torch

    p, truth = torch.sigmoid(torch.tensor(scores)), torch.tensor(masks) > 0
    found = []
    for level in (1, 20, 50, 80, 99):
        own = p >= level / 100
        both, either, sizes = ((own & truth).sum(-1), (own | truth).sum(-1), own.sum(-1) + truth.sum(-1))
        both, either, sizes = (torch.cat([each, each.sum()[None]]).double() for each in (both, either, sizes))
        values = [torch.where(either > 0, above / below, 1.0) for above, below in ((both, either), (2 * both, sizes))]
        found.append({"level": level, "iou": short(values[0].numpy()), "dice": short(values[1].numpy())})
    return found


def main() -> None:
    """Write the file."""
    large, plain = images(True), images(False)
    autograd = []
    for kind, code, several in AUTOGRAD:
        for settings in several:
            loss = LOSSES[kind](**settings)
            autograd.append({"kind": kind, "settings": settings, "code": code, **by_autograd(code, {n: getattr(loss, n) for n in loss.parameters()}, *large)})
    autograd += [{"kind": kind, "settings": settings, "code": code, **by_autograd(code, settings, *large)} for kind, settings, code in OVERLAPS]
    libraries: list[dict[str, Any]] = [
        {"library": library, "call": code, "kind": kind, "settings": settings, "over": over, "times": times, **by_library(library, code, *plain)}
        for library, code, kind, settings, over, times in LIBRARIES
    ]
    nothing = by_library("SMP", "DiceLoss('binary')(scores, masks)", plain[0], 0 * plain[1])
    write(PATH, [{"autograd": autograd}, {"libraries": libraries}, {"nothing": nothing}, {"marked": marked(*plain)}])


if __name__ == "__main__":
    main()

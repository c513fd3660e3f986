"""The same form elsewhere: a weighted sum of losses, each of a part of what one network puts out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A summand: what it is of, its loss, and its weight in the article."""

    of: str
    loss: str
    weight: str


@dataclass(frozen=True)
class Form:
    """A sum of losses that is in use: its title, its formulas (the sum first), parts, what it shares with the digits here, and its source."""

    title: str
    formulas: tuple[str, ...]
    parts: tuple[Part, ...]
    here: str
    reference: str


FORMS = {
    "detection": Form(
        "Detection: class and place",
        (
            r"L = \tfrac{1}{N}\left(L_{\text{class}} + \alpha\,L_{\text{place}}\right)", r"L_{\text{class}} = -\sum \log p_{\text{own class}}",
            r"L_{\text{place}} = \sum \operatorname{smooth}_{L_1}(\hat g - g)",
        ),
        (Part("which object a box holds", "softmax cross-entropy", "1"), Part("where the box is", "smooth L1 of offsets", "α = 1")),
        "Class and place of the digits. SSD divides offsets by the size of its box and by a variance: it standardises the target before it weighs anything. "
        "YOLO's λ = 5 for places and 0.5 for boxes without an object are fixed weights by hand.",
        "Liu et al., SSD, arXiv:1512.02325; Redmon et al., YOLO, arXiv:1506.02640",
    ),
    "segmentation": Form(
        "Segmentation: cross-entropy and Dice",
        (
            r"L = L_{\text{CE}} + L_{\text{Dice}}", r"L_{\text{CE}} = -\frac1K\sum_k \log p_{k,t_k}",
            r"L_{\text{Dice}} = 1 - \frac{2\sum_k p_k t_k + \delta}{\sum_k p_k + \sum_k t_k + \delta}",
        ),
        (Part("every pixel by itself", "cross-entropy", "1"), Part("the object as a whole", "soft Dice", "1")),
        "Both losses are of the same scores, so the trunk is the whole network. It is `sum_segmentation` of the catalogue; the Segmentation page trains it.",
        "Isensee et al., nnU-Net, Nature Methods 18, 2021",
    ),
    "style": Form(
        "Style: content and style",
        (
            r"L = \alpha\,L_{\text{content}} + \beta\,L_{\text{style}}", r"L_{\text{content}} = \tfrac12 \sum (F - P)^2",
            r"L_{\text{style}} = \sum_l \frac{w_l}{4 N_l^2 M_l^2} \sum (G^l - A^l)^2", r"G^l = F^l (F^l)^\top",
        ),
        (
            Part("what is in the picture", "squared error of features", "α"),
            Part("how it is painted", "squared error of Gram matrices", "β = 1,000 α to 10,000 α"),
        ),
        "What is learned are pixels instead of weights. The ratio α / β is the dial of the article: its figures are a sweep along a Pareto front, as the "
        "first view here.",
        "Gatys, Ecker and Bethge, A Neural Algorithm of Artistic Style, arXiv:1508.06576",
    ),
}  # fmt: skip

"""The stories of the embedding: each asks one question, and answers it with a sentence that says on how many seeds it was seen.

tests/core/studies/metric_learning/test_stories.py checks every sentence on the seeds 0 to 4.
"""

from __future__ import annotations

from core.stories import Story
from core.studies.metric_learning.contests import mining
from core.studies.metric_learning.embedding import CIRCLE, SPHERE, Embedding, default_embedding, metric

_CRAMPED = (metric("nt_xent"), metric("supervised_contrastive"), metric("cosface"))

STORIES: tuple[Story[Embedding], ...] = (
    Story(
        "Four losses on digits",
        "Ten digits in the plane, four losses: what does each make of them?",
        "The same network, start and batches under four losses: each makes its own picture of ten digits.",
        default_embedding(),
    ),
    Story(
        "Hard mining collapses",
        "Random, semi-hard and hard triplets: does the hardest example teach the most?",
        "Hard mining pulls all digits together: the loss sticks at the margin, 0.30 to 0.35, and recall@1 stays below a half. "
        "Random and semi-hard triplets reach three quarters and more. Seen on 5 of 5 seeds.",
        mining(("random", "semi_hard", "hard"), 0.3, 0.03, 300),
    ),
    Story(
        "The margin's effect",
        "Four margins of the contrastive loss: what does a larger one buy?",
        "The larger the margin of the contrastive loss, the farther apart the classes: from m = 0.5 to m = 4 the silhouette rises by more than a tenth and "
        "recall@1 by five points and more. Seen on 5 of 5 seeds.",
        Embedding(runs=tuple(metric("contrastive", margin=margin) for margin in (0.5, 1.0, 2.0, 4.0))),
    ),
    Story(
        "Ten classes on a circle are cramped",
        "Three losses of angles on a circle: is there room for ten classes?",
        "On the circle each class has two neighbours to be mistaken for, and recall@1 stays below four fifths. The same three losses on the sphere come to "
        "more than six sevenths: choose it in the sidebar. Seen on 5 of 5 seeds.",
        Embedding(runs=_CRAMPED, space=CIRCLE),
    ),
    Story(
        "... and on a sphere they are not",
        "The same three losses on the sphere: how much does one more number help?",
        "Three numbers in place of two: recall@1 is above six sevenths for all three losses. Drag a sphere to turn it. Seen on 5 of 5 seeds.",
        Embedding(runs=_CRAMPED, space=SPHERE),
    ),
    Story(
        "Tighter classes transfer worse",
        "Four digits were held out: does the loss with the tighter classes find them better?",
        "The supervised contrastive loss makes the tighter classes of the six digits that it trains on, by their silhouette, and yet finds the four that it "
        "never saw less often than cross-entropy does. Seen on 5 of 5 seeds.",
        Embedding(
            runs=(metric("cross_entropy"), metric("supervised_contrastive", temperature=1.0)), held_out=(0, 1, 2, 3), classes=6,
        ),
    ),
    Story(
        "Center loss's dial",
        "From λ = 0 to 1: what does the pull to the centres do to the picture?",
        "From λ = 0 to 1 the classes move together, and the whole shrinks: the spread falls from above 20 to below 2. Recall@1 stays within an eighth. "
        "Seen on 5 of 5 seeds.",
        Embedding(runs=tuple(metric("center", weight=weight) for weight in (0.0, 0.01, 0.1, 1.0))),
    ),
)  # fmt: skip
"""The stories, in the order of a lesson."""

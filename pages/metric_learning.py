"""The Metric learning page: losses of distances, the embeddings that they make, and what these are good for with classes that were never seen."""

from pages.ui.metric_learning import embedding, mining, people, triplet
from pages.ui.widgets import views

VIEWS: views.Views = {
    "embedding": ("The embedding", embedding),
    "mining": ("Mining and collapse", mining),
    "people": ("People never seen", people),
    "triplet": ("One pair, one triplet", triplet),
}

views.draw("Metric learning", "metric_learning", VIEWS)

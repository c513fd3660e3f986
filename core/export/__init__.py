"""What a person takes home: a run as a PyTorch or scikit-learn script or as a notebook, and its model as numbers; races, duels and embeddings as scripts."""

from core.export.duel import duel_script
from core.export.embedding import embedding_script
from core.export.files import bundle
from core.export.model import model_bundle, prediction_frame
from core.export.pytorch import notebook, pytorch_script
from core.export.race import race_script
from core.export.sklearn import sklearn_script

__all__ = ["bundle", "duel_script", "embedding_script", "model_bundle", "notebook", "prediction_frame", "pytorch_script", "race_script", "sklearn_script"]

"""The engine: losses, optimizers and stacked training in numpy. It knows nothing of Streamlit or charts."""

from core.experiment import Experiment, Run
from core.training import advance, start, train

__all__ = ["Experiment", "Run", "advance", "start", "train"]

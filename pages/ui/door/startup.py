"""The loading of a server process. Importing this module does it, because Python imports a module once, under a lock.

The module starts the training that the dashboard opens with, imports the heavy libraries, and freezes all objects for the garbage collector.
The training comes first, so that the workers load the engine during the imports. Before it comes what both import: scikit-learn, in the thread of the
training, and Altair would take the parts of narwhals in opposite order, and Python ends one of two imports that wait for each other.
With these libraries a full garbage collection takes about 90 ms, and all pages wait for it. The collector skips frozen objects.
"""

import gc

import narwhals.stable  # noqa: F401

from core.experiment import default_experiment
from core.training.lanes import Comparison
from pages.ui.server.jobs import shared_jobs
from pages.ui.server.memory import give_back_large_arrays

give_back_large_arrays()
shared_jobs().job(Comparison(default_experiment().unlabelled())).watch("startup")

import altair  # noqa: F401
import pandas  # noqa: F401
import scipy.special  # noqa: F401
import sklearn.datasets
import sklearn.model_selection
import sklearn.preprocessing  # noqa: F401

gc.collect()
gc.freeze()

"""What happens once per server process: workers, the first comparison, the heavy imports, and taking these out of the garbage collector's sight.

With these libraries loaded a full collection of garbage takes some 90 ms, and everybody's page waits for it; frozen objects are not looked at.
Importing this module does it: Python imports a module once, under a lock. The workers come first, so that they load the engine, and train what the
dashboard opens with, beside the imports.
"""

import gc

from core.experiment import default_experiment, unlabelled
from pages.ui.server.jobs import shared_jobs

shared_jobs().get(unlabelled(default_experiment())).watch("startup")

import altair  # noqa: F401
import pandas  # noqa: F401
import scipy.special  # noqa: F401
import sklearn.datasets
import sklearn.model_selection
import sklearn.preprocessing  # noqa: F401

gc.collect()
gc.freeze()

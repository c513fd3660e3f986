"""What happens once per server process: the heavy imports, and taking them out of the garbage collector's sight.

Streamlit collects garbage after every run of a script. With these libraries loaded that takes some 90 ms each time, and a
class that opens the page at once waits in a queue for it; frozen objects are not looked at. Importing this module does it:
Python imports a module once, under a lock.
"""

import gc

import altair  # noqa: F401
import pandas  # noqa: F401
import scipy.special  # noqa: F401
import sklearn.datasets  # noqa: F401

import core  # noqa: F401

gc.collect()
gc.freeze()

"""The names of tasks, and of the links between a score and a target. They import nothing, so that data, losses and metrics may share them."""

REGRESSION = "regression"
CLASSIFICATION = "classification"

#: scores are standardised targets: (y - mean) / standard deviation of the training rows
IDENTITY = "identity"
#: scores are logarithms of targets in units of the training rows' mean
LOG = "log"

"""The names of tasks, and of the links between a score and a target. They import nothing, so that data, losses and metrics may share them."""

REGRESSION = "regression"
CLASSIFICATION = "classification"
#: a mask for each image; no data set of the workbench has this task
SEGMENTATION = "segmentation"

#: scores are standardised targets: (y - mean) / standard deviation of the training rows
IDENTITY = "identity"
#: scores are logarithms of targets in units of the training rows' mean
LOG = "log"

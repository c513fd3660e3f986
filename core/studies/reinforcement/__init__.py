"""Reinforcement: losses of values and of policies, in worlds so small that the truth is known. `learn(Quest(...))` trains what a document compares."""

from core.studies.reinforcement.climb import Actor, Climb
from core.studies.reinforcement.control import RULES, Learner, Quest
from core.studies.reinforcement.lanes import learn
from core.studies.reinforcement.methods import METHODS
from core.studies.reinforcement.policy_losses import POLICY_LOSSES
from core.studies.reinforcement.prediction import Estimator, Prediction
from core.studies.reinforcement.value_losses import VALUE_LOSSES

__all__ = ["METHODS", "POLICY_LOSSES", "RULES", "VALUE_LOSSES", "Actor", "Climb", "Estimator", "Learner", "Prediction", "Quest", "learn"]

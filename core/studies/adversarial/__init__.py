"""Two players: losses of critics and generators, what they do to the gradient, and duels that are trained."""

from core.studies.adversarial.clouds import CLOUDS
from core.studies.adversarial.duel import Contest, Duel
from core.studies.adversarial.lanes import play
from core.studies.adversarial.losses import ADVERSARIAL_LOSSES
from core.studies.adversarial.penalties import CRITIC_PENALTIES

__all__ = ["ADVERSARIAL_LOSSES", "CLOUDS", "CRITIC_PENALTIES", "Contest", "Duel", "play"]

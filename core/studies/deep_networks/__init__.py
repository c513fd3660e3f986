"""Deep networks: gradients that vanish or explode on their way back through the layers, and what cures that. `train(Networks(runs=(Network(),)))`."""

from core.studies.deep_networks.activations import ACTIVATIONS
from core.studies.deep_networks.lanes import train
from core.studies.deep_networks.networks import Network, Networks, network
from core.studies.deep_networks.norms import NORMS
from core.studies.deep_networks.starts import STARTS

__all__ = ["ACTIVATIONS", "NORMS", "STARTS", "Network", "Networks", "network", "train"]

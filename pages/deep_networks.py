"""The Deep networks page: gradients on their way back through many layers, and what brings them through."""

from pages.ui.deep_networks import networks

networks.draw()

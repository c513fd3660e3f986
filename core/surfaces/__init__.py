"""The surfaces, by name: `SURFACES["quadratic"](condition=50.0)`."""

# The order of registration is the order on the screen.
# isort: off
from core.surfaces import smooth
from core.surfaces import rugged
from core.surfaces import streams
from core.surfaces import fits
# isort: on
from core.surfaces.base import SURFACES, Surface

__all__ = ["SURFACES", "Surface", "fits", "rugged", "smooth", "streams"]

"""The surfaces, by name: `SURFACES["quadratic"](condition=50.0)`."""

# The order of registration is the order on the screen.
# isort: off
from core.studies.descent.surfaces import smooth
from core.studies.descent.surfaces import rugged
from core.studies.descent.surfaces import streams
from core.studies.descent.surfaces import fits
from core.studies.descent.surfaces import network
# isort: on
from core.studies.descent.surfaces.base import SURFACES, Surface

__all__ = ["SURFACES", "Surface", "fits", "network", "rugged", "smooth", "streams"]

"""Crowds whose trainings are kept in files, so that a changed rule is judged again in seconds: `python -m tests.trial keep=FOLDER`.

A file is that of one seed. It does not know of the code that made it: after a change of the engine, of the reference or of the patients the folder is emptied.
"""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

from tests.trial.judge import Clinic, light
from tests.trial.patients import Patient, crowd
from tests.trial.trial import Examined, examined


def judged(seed: int, sane: int, ill: int, folder: Path | None = None) -> list[Examined]:
    """Return what is said of each patient of a crowd. With a folder its trainings, and those of the cures, are taken from there and kept there."""
    path = folder / f"{seed}-{sane}-{ill}.pickle" if folder is not None else None
    if path is not None and path.exists():
        clinic, patients = pickle.loads(path.read_bytes())
    else:
        clinic, patients = certified(seed, sane, ill)
    found = [examined(clinic, patient) for patient in patients]
    if path is not None:
        clinic.lighten(clinic.outcomes([patient.experiment], patient.tables)[0] for patient in patients)
        path.write_bytes(pickle.dumps((clinic, patients)))
    return found


def certified(seed: int, sane: int, ill: int) -> tuple[Clinic, list[Patient]]:
    """Return the patients of a crowd, and the clinic that has trained them."""
    clinic = Clinic()
    patients = [replace(patient, twin=light(patient.twin) if patient.twin else None) for patient in crowd(clinic, seed, sane, ill)]
    return clinic, patients

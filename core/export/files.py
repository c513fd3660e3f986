"""Files that go together: a script with the rows of somebody's own data, as one zip."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from core.datasets import Table
from core.experiment import Experiment, Run
from core.export.pytorch import notebook, pytorch_script
from core.export.sources import TABLE_FILE

#: the names of the files in a zip
SCRIPT_FILE, NOTEBOOK_FILE = "pytorch_run.py", "pytorch_run.ipynb"
#: zips know no date before this one; with one for all the same content is the same file
_DATE = (1980, 1, 1, 0, 0, 0)


def bundle(experiment: Experiment, run: Run, table: Table) -> bytes:
    """Return a zip of a run's PyTorch script, the same as a notebook, and the rows that both read from `table.npz`.

    The rows are those of `table`, as numbers, before they are split and scaled: `X` (N, D), `y` (N,) or (N, K), `features`, `outputs` and, if there are
    some, `sample_weights` (N,). Raise ValueError as `pytorch_script` does.
    """
    files: dict[str, str | bytes] = {
        SCRIPT_FILE: pytorch_script(experiment, run, table=table), NOTEBOOK_FILE: notebook(experiment, run, table=table), TABLE_FILE: table_file(table),
    }  # fmt: skip
    return zipped(files)


def table_file(table: Table) -> bytes:
    """Return the rows of a table as an `.npz` file."""
    weights = {} if table.sample_weights is None else {"sample_weights": table.sample_weights}
    return arrays_file({"X": table.X, "y": table.y, "features": np.array(table.features), "outputs": np.array(table.outputs), **weights})


def arrays_file(arrays: Mapping[str, Any]) -> bytes:
    """Return arrays by name as an `.npz` file, which numpy loads without unpickling."""
    return zipped({f"{name}.npy": _array(np.asarray(array)) for name, array in arrays.items()})


def _array(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array)
    return file.getvalue()


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Return files by name as a zip. The same files make the same bytes."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    return whole.getvalue()

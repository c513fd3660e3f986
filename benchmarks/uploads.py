"""Processor time and memory of files that are made to be slow, against a table of the same size: `python -m benchmarks.uploads`.

Each file has up to 20 MB, the most that is taken. The ratio is to a table of numbers that is read whole, in the same run, so it says the same on any machine.
Memory is the most that Python and numpy had allocated at once, from a second reading, without the 20 MB of the file.

Processor seconds on a shared machine with two cores, and MB. The reader of 5 MB before it took 1.87 s and 63 MB for a quarter of the first file:

| up to 20 MB of | seconds | MB |
| --- | --- | --- |
| numbers, 100,000 rows of 20, read whole | 1.6 | 85 |
| the same with decimal commas | 1.6 | 85 |
| numbers of three decimals, which might be thousands | 3.0 | 54 |
| numbers, a tenth of them NA | 3.0 to 3.7 | 72 |
| two columns of different texts | 0.8 | |
| 1.8 million different texts | 3.4 | |
| 2 million different percentages (before units were taken off a whole column: 21.8) | 1.7 | |
| newlines, lines of a comma, or lines within a cell | 0.1 | |
| accents in Latin-1 | 0.8 | |
| rows of accents | 0.3 | |
| commas | 1.2 | |
| spaces | 0.9 | |
| 10,000 digits as name | 0.0 | |
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import numpy as np

from core.upload import Refused, read
from core.upload.decoding import MAX_BYTES

REPEATS = 3


def filled(unit: bytes, head: bytes = b"a,b\n", tail: bytes = b"") -> bytes:
    """Return a file of the largest size that repeats one thing."""
    return head + unit * ((MAX_BYTES - len(head) - len(tail)) // max(len(unit), 1)) + tail


def _rows(form: str, delimiter: str = ",", mark: str = ".", missing: str = "") -> bytes:
    """Return 100,000 rows of 20 numbers in a format, or as many as are taken; `missing` stands in a tenth of the cells."""
    rng = np.random.default_rng(0)
    values, absent = rng.normal(10 if form == ".3f" else 0, size=(100_000, 20)), rng.uniform(size=(100_000, 20)) < (0.1 if missing else 0)
    lines = [
        delimiter.join(missing if gone else f"{value:{form}}".replace(".", mark) for value, gone in zip(*row, strict=True))
        for row in zip(values, absent, strict=True)
    ]
    raw = "\n".join([delimiter.join(f"c{i}" for i in range(20)), *lines, ""]).encode()
    return raw if len(raw) <= MAX_BYTES else raw[: raw.rindex(b"\n", 0, MAX_BYTES) + 1]


def _cells(columns: int, cell: Callable[[int], str]) -> bytes:
    """Return 100,000 rows of cells that are made of their numbers."""
    lines = [",".join(cell(row * columns + column) for column in range(columns)) for row in range(100_000)]
    raw = "\n".join([",".join(f"c{i}" for i in range(columns)), *lines, ""]).encode()
    return raw if len(raw) <= MAX_BYTES else raw[: raw.rindex(b"\n", 0, MAX_BYTES) + 1]


FILES = {
    "numbers": _rows(".7f"),
    "decimal commas": _rows(".7f", ";", ","),
    "three decimals": _rows(".3f"),
    "NA in a tenth": _rows(".6f", missing="NA"),
    "different texts": filled(b"", b"a,b\n" + b"".join(b"t%08d,u%08d\n" % (i * 7919 % 99_999_989, i) for i in range(100_000))),
    "1.8 million texts": _cells(18, lambda i: f"t{i:x}abc"[:10]),
    "percent": _cells(20, lambda i: f"{i * 7919 % 9_999_991 / 100_000:.5f}%"),
    "newlines": filled(b"\n", tail=b"1,2\n"),
    "lines of a comma": filled(b",\n"),
    "accents in Latin-1": filled(b"\xe9", b"a,b\n1,"),
    "rows of accents": filled(b"\xe9,\xe9\n"),
    "commas": filled(b",", b""),
    "lines within a cell": filled(b"\n", b'a,b\n1,"', b'"\n'),
    "spaces": filled(b" "),
    "10,000 digits as name": b"1" * 10_000 + b"x,b\n1,2\n",
}


def seconds(raw: bytes) -> tuple[float, str]:
    """Return the processor time of one reading, and how it ended."""
    began = time.process_time()
    try:
        ending = f"{read(raw).n_rows} rows"
    except Refused as error:
        ending = str(error)
    return time.process_time() - began, ending


def megabytes(raw: bytes) -> float:
    """Return the most memory that a reading had allocated at once."""
    tracemalloc.start()
    seconds(raw)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 2**20


def main() -> None:
    """Print a line for each file."""
    unit = 0.0
    for name, raw in FILES.items():
        readings = [seconds(raw) for _ in range(REPEATS)]
        taken = min(taken for taken, _ in readings)
        unit = unit or taken
        print(f"{name:20} {len(raw) / 2**20:4.1f} MB {taken:7.3f} s  ratio {taken / unit:6.2f}  {megabytes(raw):5.0f} MB  {readings[0][1][:60]}", flush=True)


if __name__ == "__main__":
    main()

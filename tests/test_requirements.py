"""The table of pinned packages says what the requirements pin."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path


def test_each_pin_is_in_the_table_with_its_date(root: Path) -> None:
    lines = [line for name in ("requirements.txt", "requirements-dev.txt") for line in (root / name).read_text(encoding="utf-8").splitlines()]
    pinned = [tuple(line.split("==")) for line in lines if line and not line.startswith(("#", "-r"))]
    table = re.findall(r"^\| (\S+) \| (\d\S*) \| (\S+) \| \S.* \|$", (root / "docs/dependencies.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [(package, version) for package, version, _ in table] == pinned
    for _, _, day in table:
        date.fromisoformat(day)

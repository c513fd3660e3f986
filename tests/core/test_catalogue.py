"""The catalogue: up to date, complete, and readable as Markdown."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core import catalogue
from core.losses import LOSSES
from core.optimizers import OPTIMIZERS
from core.parameters import Registry
from core.penalties import PENALTIES
from core.schedules import SCHEDULES
from core.studies.adversarial import ADVERSARIAL_LOSSES, CRITIC_PENALTIES
from core.studies.deep_networks import ACTIVATIONS, NORMS, STARTS
from core.studies.metric_learning import EMBEDDING_LOSSES
from core.studies.reinforcement import POLICY_LOSSES, VALUE_LOSSES
from tests.items import in_one


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_the_document_is_up_to_date(root: Path) -> None:
    written = (root / "docs/catalogue.md").read_text(encoding="utf-8")
    assert written == catalogue.catalogue(), "run: python -m core.catalogue > docs/catalogue.md"


def test_the_command_prints_it(root: Path) -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-m", "core.catalogue"], cwd=root, capture_output=True, check=True, timeout=60)
    assert done.stdout.decode() == catalogue.catalogue()


def test_every_item_has_one_row_of_the_right_width() -> None:
    tables = [block.splitlines() for block in catalogue.catalogue().split("\n\n") if block.startswith("|")]
    registries: tuple[Registry[Any], ...] = (
        LOSSES, OPTIMIZERS, SCHEDULES, PENALTIES, ADVERSARIAL_LOSSES, CRITIC_PENALTIES, EMBEDDING_LOSSES, VALUE_LOSSES, POLICY_LOSSES,
        ACTIVATIONS, STARTS, NORMS,
    )  # fmt: skip
    assert [len(table) - 2 for table in tables] == [len(registry) for registry in registries]
    for table, registry in zip(tables, registries, strict=True):
        width = len(cells(table[0]))
        assert all(len(cells(line)) == width for line in table)
        assert [cells(line)[0] for line in table[2:]] == [f"`{kind}`" for kind in registry]


def test_a_bar_does_not_end_a_cell() -> None:
    row = next(line for line in catalogue.catalogue().splitlines() if line.startswith("| `absolute_error` "))
    assert r"$\vert r\vert ,\quad r = s - y$" in row


@pytest.mark.parametrize(
    ("kind", "checked"),
    [
        ("huber", "PyTorch: `torch.nn.functional.huber_loss`"),
        ("brier", "PyTorch's autograd of the formula"),
        ("adaptive_robust", "the formula, by finite differences and mpmath or identities"),
    ],
)
def test_what_a_loss_is_checked_against(kind: str, checked: str) -> None:
    assert catalogue.loss_checked(LOSSES[kind]) == checked


def test_what_an_optimizer_is_checked_against() -> None:
    for optimizer in OPTIMIZERS.values():
        checked = catalogue.optimizer_checked(optimizer)
        assert checked.startswith("PyTorch: `torch.optim.") if optimizer.pytorch else checked == "the paper's equations"


@in_one("kind", LOSSES)
def test_the_properties_are_those_of_the_loss(kind: str) -> None:
    loss = LOSSES[kind]()
    assert {each.attribute for each in catalogue.has(loss)} == {each.attribute for each in catalogue.PROPERTIES if getattr(loss, each.attribute)}

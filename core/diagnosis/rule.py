"""Findings, and the base class of the rules that make them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from core.diagnosis.changes import Change, Shared
from core.diagnosis.evidence import Evidence
from core.words import Said


@dataclass(frozen=True)
class Finding:
    """A statement about a run.

    `kind`: that of the rule that made it.
    `sentence`: the statement with its numbers.
    `severity`: `failure` (nothing was learned), `warning` (the result is worse than necessary) or `note`.
    `change`: the run to try, None without one. `other`: another one, which may be tried instead.
    `shared`: a change of what all runs share.
    """

    kind: str
    sentence: Said
    severity: str
    change: Change | None = None
    other: Change | None = None
    shared: Shared | None = None


class Rule(ABC):
    """A rule makes at most one finding of a run, from its records alone.

    In the rules, `shows` (S,) says for each seed whether the rule's pattern shows in its records.
    """

    kind: ClassVar[str]
    severity: ClassVar[str] = "warning"
    #: kinds of later rules whose findings are left out because this rule's finding explains them
    hides: ClassVar[frozenset[str]] = frozenset()
    #: whether this rule's finding leaves out the findings of all later rules
    alone: ClassVar[bool] = False

    @abstractmethod
    def finding(self, evidence: Evidence) -> Finding | None:
        """Return the finding; None if the pattern does not show. Most rules require it to show in more than half of the seeds."""

    def report(self, sentence: Said, change: Change | None = None, other: Change | None = None, shared: Shared | None = None) -> Finding:
        """Return a finding with this rule's kind and severity."""
        return Finding(self.kind, sentence, self.severity, change, other, shared)

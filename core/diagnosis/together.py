"""What is found of several runs, said once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.diagnosis.rule import Finding
from core.words import Figure, Said, Value


@dataclass(frozen=True)
class Group:
    """Findings of one rule that one sentence says of several `runs`. `findings` has that of each run."""

    runs: tuple[int, ...]
    findings: tuple[Finding, ...]
    sentence: Said


def together(findings: Sequence[Sequence[Finding]]) -> list[Group]:
    """Return the findings of runs, grouped where one sentence says them of all; the order is that in which they come first.

    Sentences are one if their templates are, and their values, but for numbers of the same form: of these it says from where to where they go.
    """
    groups: list[Group] = []
    for run, of_run in enumerate(findings):
        for finding in of_run:
            for i, group in enumerate(groups):
                said = _both(group.sentence, finding.sentence) if group.findings[0].kind == finding.kind else None
                if said is not None:
                    groups[i] = Group((*group.runs, run), (*group.findings, finding), said)
                    break
            else:
                groups.append(Group((run,), (finding,), finding.sentence))
    return groups


def _both(first: Said, second: Said) -> Said | None:
    """Return one sentence for two; None if there is none."""
    if first.template != second.template:
        return None
    values: dict[str, Value] = {}
    for (name, one), (_, other) in zip(first.values, second.values, strict=True):
        value = one if one == other else _range(one, other)
        if value is None:
            return None
        values[name] = value
    return first.of(values)


def _range(one: Value, other: Value) -> Value | None:
    """Return from where to where two numbers go, of which the first may be a range already; None if they are no numbers of the same form."""
    ends = _ends(one)
    if not ends or not isinstance(other, Figure | int) or isinstance(ends[0], Figure) != isinstance(other, Figure):
        return None
    if isinstance(other, Figure) and any(isinstance(end, Figure) and end.spec != other.spec for end in ends):
        return None
    low, high = min(*ends, other, key=_number), max(*ends, other, key=_number)
    return low if str(low) == str(high) else Said("{low} to {high}", low=low, high=high)


def _ends(value: Value) -> tuple[Figure | int, ...]:
    """Return the ends of a range that `_range` made, or a number; nothing of what is neither."""
    if isinstance(value, Figure | int):
        return (value,)
    if isinstance(value, Said) and value.template == "{low} to {high}":
        return tuple(end for _, end in value.values if isinstance(end, Figure | int))
    return ()


def _number(end: Figure | int) -> float:
    return end.value if isinstance(end, Figure) else end

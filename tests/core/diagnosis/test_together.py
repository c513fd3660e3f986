"""What is found of several runs is said once, with its numbers."""

from __future__ import annotations

from core.diagnosis.rule import Finding
from core.diagnosis.together import together
from core.words import Figure, Said


def falls(by: float, epochs: int = 4, kind: str = "still_improving") -> Finding:
    return Finding(kind, Said("fell by {by} in {epochs} epochs", by=Figure(by, ".0%"), epochs=epochs), "note")


def test_equal_sentences_and_those_of_other_numbers_are_one() -> None:
    other = Finding("leak", Said("{column} tells the target", column="a"), "warning")
    groups = together([(falls(0.07),), (other,), (falls(0.1), other), (falls(0.08),)])
    assert [(group.runs, str(group.sentence)) for group in groups] == [
        ((0, 2, 3), "fell by 7% to 10% in 4 epochs"), ((1, 2), "a tells the target"),
    ]  # fmt: skip
    assert groups[0].findings == (falls(0.07), falls(0.1), falls(0.08))


def test_numbers_that_read_alike_are_no_range() -> None:
    (group,) = together([(falls(0.071),), (falls(0.069),)])
    assert str(group.sentence) == "fell by 7% in 4 epochs"


def test_other_words_other_forms_and_other_rules_stay_apart() -> None:
    named = [Finding("leak", Said("{column} tells the target", column=name), "warning") for name in "ab"]
    forms = [Finding("far", Said("{size} away", size=Figure(2.0, spec)), "note") for spec in (".2g", ".0%")]
    rules = [falls(0.1), falls(0.1, kind="too_slow")]
    for pair in (named, forms, rules):
        assert [group.runs for group in together([(pair[0],), (pair[1],)])] == [(0,), (1,)]

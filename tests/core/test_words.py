"""What is said: templates and values, and every template that stands in the source."""

from __future__ import annotations

import ast
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.words import Figure, Said, reason

ROOT = Path(__file__).resolve().parents[2]
#: attributes that hold a constant of a declaration, which a translation maps as a whole
DECLARED = {"title", "short_title", "off", "brief", "words"}


def test_a_sentence_is_its_template_with_the_values_in_their_places() -> None:
    said = Said("Diverged at epoch {epoch}: η {rate} is too large.", epoch=3, rate=Figure(0.1, "g"))
    assert str(said) == "Diverged at epoch 3: η 0.1 is too large."
    assert f"{said}" == str(said)
    assert str(Said("{twice} and {twice}", twice="one")) == "one and one"
    assert str(Said("a set {{0, 1}}")) == "a set {0, 1}"


@pytest.mark.parametrize(
    ("figure", "shown"),
    [
        (Figure(0.12345, ".3g"), "0.123"), (Figure(1234567, ","), "1\u202f234\u202f567"), (Figure(0.256, ".0%"), "26%"), (Figure(-0.5, ".2f"), "\u22120.50"),
        (Figure(float("nan"), ".3g"), "nan"), (Figure(1e-9, "g"), "1e\u221209"),
        (Figure(54321.0, ".3g"), "54\u202f300"), (Figure(-987654321.0, ".4g"), "\u2212987\u202f700\u202f000"),
        (Figure(3.21e10, ".3g"), "3.21e+10"), (Figure(999.6, ".3g"), "1\u202f000"),
    ],
)  # fmt: skip
def test_a_number_knows_its_digits(figure: Figure, shown: str) -> None:
    assert str(figure) == shown


def test_a_list_and_a_sentence_stand_in_a_place() -> None:
    inner = Said("{count} of {all}", count=2, all=3)
    assert str(Said("{head}: {list}.", head=inner, list=("a", Said("b"), Figure(0.5, ".0%"), 4))) == "2 of 3: a, b, 50%, 4."
    assert str(Said("none: {list}", list=())) == "none: "


def test_text_of_users_is_taken_as_it_is() -> None:
    assert str(Said("“{name}”", name="{rate} {0} {{ %s")) == "“{rate} {0} {{ %s”"


@pytest.mark.parametrize("values", [{}, {"epoch": 1}, {"epoch": 1, "rate": 2, "more": 3}, {"epoch": 1, "rates": 2}])
def test_places_and_values_match(values: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="do not match"):
        Said("{epoch} {rate}", **values)


@pytest.mark.parametrize("template", ["{}", "{0}", "{epoch:.3g}", "{epoch!r}", "{epoch.real}", "{epoch[0]}", "{epoch", "epoch}"])
def test_a_place_is_a_bare_name(template: str) -> None:
    with pytest.raises(ValueError):
        Said(template, epoch=1)


@pytest.mark.parametrize("value", [0.5, None, ["a"], (1, 0.5), {"a": 1}])
def test_values_are_plain_data(value: object) -> None:
    with pytest.raises(TypeError, match="place must be"):
        Said("{place}", place=value)  # type: ignore[arg-type]


def test_equal_by_template_and_values() -> None:
    one, same = Said("{a} {b}", a=1, b=Figure(2.0, "g")), Said("{a} {b}", b=Figure(2.0, "g"), a=1)
    assert one == same
    assert hash(one) == hash(same)
    assert one != Said("{a} {b}", a=1, b=Figure(2.0, ".3f"))
    assert one != Said("{b} {a}", a=1, b=Figure(2.0, "g"))
    assert str(one) == "1 2"
    assert one != "1 2"
    assert pickle.loads(pickle.dumps(one)) == one


def test_the_reason_of_an_error() -> None:
    said = Said("{rows} rows are too few", rows=3)
    assert reason(ValueError(said)) == said
    assert str(ValueError(said)) == "3 rows are too few"
    assert str(reason(ValueError("a {text}"))) == "a {text}"
    assert str(reason(ValueError())) == ""


# The templates of the source


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Yield every call of `Said` in the engine and the pages, and where it stands."""
    for path in sorted([*(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Said" and path.name != "words.py":
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def variants(where: str, node: ast.expr) -> list[str]:
    """Return the templates among which a call chooses, none for a declared title; fail for one that is made as the program runs."""
    if isinstance(node, ast.IfExp):
        return variants(where, node.body) + variants(where, node.orelse)
    if isinstance(node, ast.Attribute) and node.attr in DECLARED:
        return []
    if where.startswith("core/parameters/") and ast.unparse(node) in ("name.replace('_', ' ')", "title", "option"):  # names and titles of a declaration
        return []
    assert isinstance(node, ast.Constant), f"{where}: a template must be a constant, whole in the call"
    assert isinstance(node.value, str)
    return [node.value]


def test_every_template_of_the_source_is_a_constant_that_suits_its_values() -> None:
    seen = 0
    for where, call in calls():
        assert len(call.args) == 1, where
        names = {keyword.arg: "x" for keyword in call.keywords}
        assert None not in names, f"{where}: the values must be named in the call"
        for template in variants(where, call.args[0]):
            said = Said(template, **names)
            assert str(said) == str(said).strip() != "", f"{where}: {template!r} is a fragment"
            seen += 1
    assert seen > 250


def test_what_refuses_an_experiment_says_data() -> None:
    """A job that several sessions share keeps its error."""
    paths = [*(ROOT / "core/preparation").rglob("*.py"), *(ROOT / "core/training").rglob("*.py"), ROOT / "core/class_weights.py", ROOT / "core/experiment.py"]
    raised = [node.exc for path in paths for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Raise)]
    errors = [call.args[0] for call in raised if isinstance(call, ast.Call) and ast.unparse(call.func) == "ValueError"]
    assert len(errors) > 10
    assert [text for error in errors if not (text := ast.unparse(error)).startswith("Said(") and text != "said"] == []

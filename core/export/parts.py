"""The parts of an exported script: text with the imports and constants that it needs, put together as a script or as the cells of a notebook."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import dedent

#: no line of a script is longer
WIDTH = 120


@dataclass(frozen=True)
class Part:
    """One part of a script: its title in a notebook, its functions as text, and what it needs.

    `imports`: lines such as `import json` or `from sklearn.datasets import load_digits`, one name each. `constants`: assignments at the top.
    """

    title: str
    code: str = ""
    imports: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()


def text(code: str, **places: object) -> str:
    """Return a block of code without its indentation and outer blank lines, with each `<name>` replaced by the value of the place.

    A line that is nothing but a place may become several lines, or vanish where the value is empty.
    """
    lines = []
    for line in dedent(code).strip("\n").split("\n"):
        alone = line.strip()
        if alone.startswith("<") and alone.endswith(">") and alone[1:-1] in places:
            indent = line[: len(line) - len(line.lstrip())]
            value = str(places[alone[1:-1]])
            lines += [fitted(indent + each) if each.strip() else "" for each in value.split("\n")] if value else []
            continue
        for name in places:
            line = line.replace(f"<{name}>", str(places[name]))
        lines.append(fitted(line))
    return "\n".join(lines)


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def fitted(line: str, width: int = WIDTH) -> str:
    """Return a line of code, broken within its outermost brackets if it is longer than `width`, as formatters do."""
    if line.endswith(","):
        return f"{fitted(line[:-1], width - 1)},"
    if len(line) <= width or not line.endswith((")", "}")) or line.lstrip().startswith("#"):
        return line
    closing, depth = len(line) - 1, 0
    for opening in range(closing, -1, -1):
        depth += (line[opening] in ")]}") - (line[opening] in "([{")
        if depth == 0:
            break
    indent = " " * (len(line) - len(line.lstrip()))
    inner = f"{indent}    {line[opening + 1 : closing]}"
    if len(inner) > WIDTH:
        inner = "\n".join(fitted(f"{indent}    {argument},") for argument in _arguments(line[opening + 1 : closing]))
    return f"{line[: opening + 1]}\n{inner}\n{indent}{line[closing:]}"


def _arguments(inner: str) -> list[str]:
    """Return what stands between the commas of a call that are in no inner brackets."""
    found, depth = [""], 0
    for character in inner:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return [argument.strip() for argument in found]


def script(doc: str, parts: Sequence[Part], ending: str) -> str:
    """Return the text of a script: its docstring, imports, constants, the parts, and what runs when it is started."""
    head = [f'"""{doc}"""', imported(parts), "\n".join(_constants(parts))]
    body = [part.code for part in parts if part.code]
    return "\n\n\n".join(["\n\n".join(block for block in head if block), *body, ending]) + "\n"


def cells(heading: str, parts: Sequence[Part], ending: str) -> str:
    """Return the JSON of a notebook (format 4.5): a heading, a cell of imports and constants, a cell for each part, and one that runs them."""
    blocks: list[tuple[str, str]] = [("markdown", heading)]
    blocks.append(("code", "\n\n".join(block for block in (imported(parts), "\n".join(_constants(parts))) if block)))
    for part in parts:
        if part.code:
            blocks += [("markdown", f"### {part.title}"), ("code", part.code)]
    blocks += [("markdown", "### Run"), ("code", ending)]
    made = [_cell(kind, source, f"cell-{number}") for number, (kind, source) in enumerate(blocks)]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
    return json.dumps({"cells": made, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


def _cell(kind: str, source: str, name: str) -> dict[str, object]:
    """Return one cell of a notebook."""
    cell: dict[str, object] = {"cell_type": kind, "id": name, "metadata": {}, "source": source.splitlines(keepends=True)}
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell


def imported(parts: Iterable[Part]) -> str:
    """Return the imports of the parts as isort orders them: the standard library, then packages, in each `import` before `from`."""
    lines = {line for part in parts for line in part.imports}
    names: dict[str, set[str]] = {}
    for line in lines:
        if line.startswith("from "):
            module, _, name = line.removeprefix("from ").partition(" import ")
            names.setdefault(module, set()).add(name)
    groups = []
    for standard in (True, False):
        whole = sorted(line for line in lines if line.startswith("import ") and _is_standard(line.split()[1]) == standard)
        some = [f"from {module} import {', '.join(sorted(names[module], key=_kind_of_name))}" for module in sorted(names) if _is_standard(module) == standard]
        groups.append("\n".join([*whole, *map(fitted, some)]))
    return "\n\n".join(group for group in groups if group)


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in {"copy", "csv", "json", "math", "pathlib", "sys", "itertools"}


def _kind_of_name(name: str) -> tuple[bool, str]:
    """Order classes before functions, as isort does."""
    return name[0].islower(), name


def _constants(parts: Iterable[Part]) -> list[str]:
    return list(dict.fromkeys(line for part in parts for line in part.constants))

"""The rules that keep the tree what docs/architecture.md says it is, read from the syntax trees of the files."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import core
from core.parameters import Declared, Registry
from pages.ui.charts import theme

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 350

CORE = sorted((ROOT / "core").rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))
SHARED = sorted((ROOT / "pages" / "ui").rglob("*.py"))
PURE = sorted((ROOT / "pages" / "ui" / "charts").rglob("*.py")) + [path for path in SHARED if path.stem.endswith("charts")]
APPLICATION = [*CORE, *PAGES, *SHARED, ROOT / "streamlit_app.py"]
EVERYTHING = [*APPLICATION, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    """Return the dotted names that a file imports, wherever in it the import stands."""
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}:{node.lineno} imports relatively"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def packages(path: Path) -> set[str]:
    return {dotted.partition(".")[0] for dotted in imported(path)}


def core_modules() -> Iterator[str]:
    yield "core"
    for module in pkgutil.walk_packages(core.__path__, "core."):
        yield module.name


def core_classes() -> list[type]:
    found = []
    for module_name in core_modules():
        module = importlib.import_module(module_name)
        found += [item for item in vars(module).values() if inspect.isclass(item) and item.__module__ == module_name]
    return found


# Who may import whom

PARAMETERS = ("core.words", "core.tasks", "core.parameters", "core.views", "core.stories", "core.runs")
CHOICES = tuple(f"core.{name}" for name in ("losses", "optimizers", "penalties", "schedules", "class_weights", "models", "datasets"))
ENGINE = (*PARAMETERS, *CHOICES, "core.preparation", "core.experiment", "core.training", "core.statistics", "core.inspection")
#: each study has a folder of its own, and one of the same name among the views
STUDY_NAMES = sorted(folder.name for folder in (ROOT / "core" / "studies").iterdir() if (folder / "__init__.py").exists())
STUDIES = tuple(f"core.studies.{name}" for name in STUDY_NAMES)
CORE_ROOMS = (*ENGINE, "core.upload", "core.diagnosis", *STUDIES, "core.export", "core.catalogue")
UI = tuple(f"pages.ui.{name}" for name in ("server", "session", "charts", "widgets", "training"))
VIEWS = ("pages.ui.workbench", *(f"pages.ui.{name}" for name in STUDY_NAMES))

#: each room (a folder, or a file beside the folders) and the rooms that it may import; docs/architecture.md says what lives where
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "core.words": (),
    "core.tasks": (),
    "core.statistics": (),
    "core.parameters": ("core.words", "core.tasks"),
    "core.views": ("core.words", "core.parameters"),
    **dict.fromkeys(("core.stories", "core.runs"), ("core.parameters",)),
    **dict.fromkeys(CHOICES, PARAMETERS),
    "core.upload": (*PARAMETERS, "core.datasets"),
    "core.preparation": (*PARAMETERS, "core.datasets"),
    "core.experiment": (*PARAMETERS, *CHOICES, "core.preparation"),
    "core.training": ENGINE[:-3],
    "core.inspection": ENGINE[:-1],
    "core.diagnosis": ENGINE,
    **dict.fromkeys(STUDIES, ENGINE),
    "core.export": (*ENGINE, "core.studies.adversarial", "core.studies.descent", "core.studies.metric_learning"),
    "core.screens": ("core.views", "core.inspection", *STUDIES),
    "core.catalogue": (*PARAMETERS, *CHOICES, *STUDIES),
    "core": ("core.experiment", "core.training"),
    "pages.ui": (),
    **dict.fromkeys(("pages.ui.server", "pages.ui.session", "pages.ui.charts"), CORE_ROOMS),
    "pages.ui.widgets": (*CORE_ROOMS, "pages.ui.session", "pages.ui.charts"),
    "pages.ui.training": (*CORE_ROOMS, "pages.ui.server", "pages.ui.session", "pages.ui.widgets"),
    **dict.fromkeys(VIEWS, (*CORE_ROOMS, *UI)),
    "pages.ui.door": (*CORE_ROOMS, "pages.ui.server", "pages.ui.session"),
    **{f"pages.{path.stem}": (*UI, *VIEWS) for path in PAGES},
    "streamlit_app": ("pages.ui.charts", "pages.ui.server", "pages.ui.door"),
}
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in APPLICATION}


def room(module: str) -> str:
    """Return the room that a module stands in: the longest of the table that its name begins with, `core` and `pages.ui` alone for what is in none."""
    names = module.split(".")
    inner = [".".join(names[:length]) for length in range(len(names), 0, -1)]
    return next((name for name in inner if name in MAY_IMPORT and (name not in ("core", "pages.ui") or name == module)), module)


@cache
def imports_of(module: str) -> frozenset[str]:
    """Return the modules of the application that a module imports, also under `TYPE_CHECKING` and within functions."""
    whole = {name if name in MODULES else name.rpartition(".")[0] for name in imported(MODULES[module])}
    return frozenset((whole & set(MODULES)) - {module})


def test_every_module_stands_in_a_room() -> None:
    assert {room(module) for module in MODULES} - {"core.studies"} == set(MAY_IMPORT)


def test_rooms_import_what_the_table_says() -> None:
    """So no page's views import another page's, and no study another study."""
    broken = {
        f"{module} imports {other}"
        for module in MODULES
        for other in imports_of(module)
        if room(other) != room(module) and room(other) not in MAY_IMPORT.get(room(module), ())
    }
    assert broken == set()


def circle(arrows: Mapping[str, Iterable[str]]) -> list[str]:
    """Return a circle of arrows, or nothing."""
    finished: set[str] = set()

    def walk(at: str, path: list[str]) -> list[str]:
        if at in path:
            return [*path[path.index(at) :], at]
        for other in arrows.get(at, ()) if at not in finished else ():
            if found := walk(other, [*path, at]):
                return found
        finished.add(at)
        return []

    return next((found for start in arrows if (found := walk(start, []))), [])


def test_no_circle_of_imports() -> None:
    assert circle({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c", "b"]
    assert circle({module: sorted(imports_of(module)) for module in MODULES}) == []
    assert circle(MAY_IMPORT) == []


def test_nothing_lies_loose_beside_the_folders_of_the_pages() -> None:
    assert [path.name for path in (ROOT / "pages" / "ui").iterdir() if path.is_file()] == ["__init__.py"]


def test_tests_mirror_the_tree() -> None:
    """A folder of tests is named as the folder that it is about."""
    for path in [*(ROOT / "tests" / "core").rglob("test_*.py"), *(ROOT / "tests" / "pages").rglob("test_*.py")]:
        assert (ROOT / path.parent.relative_to(ROOT / "tests")).is_dir(), name(path)


def importing(paths: list[Path], *forbidden: str) -> list[str]:
    """Return those of some files that import what they must not; there must be some."""
    assert paths
    return [name(path) for path in paths if packages(path) & {*forbidden}]


def test_the_engine_knows_nothing_of_streamlit_charts_or_pages() -> None:
    assert importing(CORE, "streamlit", "altair", "pages") == []


def test_charts_are_pure() -> None:
    assert importing(PURE, "streamlit") == []


def test_a_page_does_no_maths() -> None:
    assert importing(PAGES, "numpy", "sklearn", "scipy") == []


def loaded_by(statement: str) -> set[str]:
    command = f"{statement}; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return set(done.stdout.split())


def test_a_worker_loads_little() -> None:
    """A worker of the pool imports the training; with pandas and scikit-learn it would weigh three times as much."""
    assert not loaded_by("import core.training, core.diagnosis") & {"pandas", "sklearn", "streamlit", "altair"}


def test_the_front_door_opens_before_numpy_is_loaded() -> None:
    """The number of BLAS threads is set in streamlit_app.py, and numpy reads it when it is loaded."""
    assert "numpy" not in loaded_by("import streamlit; from pages.ui.door import lifespan")


# What is written nowhere


def test_nothing_that_unpickles_is_imported() -> None:
    assert importing(APPLICATION, "pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal") == []
    assert [name(path) for path in APPLICATION if "joblib.load" in imported(path)] == []


def nodes(paths: list[Path]) -> Iterator[tuple[str, ast.AST]]:
    """Yield every node of the files' syntax trees, and where it stands."""
    for path in paths:
        for node in ast.walk(tree(path)):
            yield f"{name(path)}:{getattr(node, 'lineno', 0)}", node


def test_nothing_dangerous() -> None:
    for where, node in nodes(APPLICATION):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else ""
            assert called not in {"eval", "exec", "compile", "__import__"}, f"{where} calls {called}"
            for keyword in node.keywords:
                assert keyword.arg not in {"unsafe_allow_html", "allow_pickle", "unsafe_allow_javascript"}, f"{where} passes {keyword.arg}"
        if isinstance(node, ast.Attribute):
            # pandas has an eval of its own; joblib's load and pandas' read_pickle unpickle
            assert node.attr not in {"eval", "read_pickle", "to_pickle"}, f"{where} uses {node.attr}"


def test_files_fit_in_one_reading() -> None:
    """One that does not is split by what it is about."""
    lines = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in EVERYTHING}
    assert {path: count for path, count in lines.items() if count > LONGEST_FILE} == {}


def test_the_engine_has_no_mutable_global_state_but_registries() -> None:
    """A list, dict or set at the top of a module is a constant: its name says so, and nothing in the engine changes it."""
    for path in CORE:
        has_no_mutable_global_state(path)


def has_no_mutable_global_state(path: Path) -> None:
    containers = set()
    for node in tree(path).body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        value = getattr(node, "value", None)
        made = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in {"list", "dict", "set", "defaultdict", "deque"}
        if made or isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
            containers |= {target.id for target in targets if isinstance(target, ast.Name)}
    containers.discard("__all__")
    lower = sorted(container for container in containers if not container.isupper())
    assert not lower, f"{name(path)}: {lower} would be mutable global state"
    for node in ast.walk(tree(path)):
        where = f"{name(path)}:{getattr(node, 'lineno', 0)}"
        assert not isinstance(node, ast.Global), f"{where} declares a global"
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del) and isinstance(node.value, ast.Name):
            assert node.value.id not in containers, f"{where} changes {node.value.id}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in containers:
            changing = {"append", "extend", "insert", "add", "update", "pop", "popitem", "remove", "discard", "clear", "setdefault", "sort", "reverse"}
            assert node.attr not in changing, f"{where} changes {node.value.id}"


# Classes


def test_no_class_derives_from_a_concrete_one() -> None:
    """A class is abstract or final: what two items share is in a base that is nobody's choice."""
    concrete = {
        item for module in core_modules() for value in vars(importlib.import_module(module)).values() if isinstance(value, Registry) for item in value.values()
    }
    assert concrete
    for item in core_classes():
        assert not concrete & set(item.__mro__[1:]), f"{item.__qualname__} derives from a registered class"
        if issubclass(item, Declared) and item in concrete:
            assert not inspect.isabstract(item), f"{item.__qualname__} is registered and abstract"


def test_every_public_method_of_the_engine_is_documented_there_or_in_its_base() -> None:
    missing = []
    for item in core_classes():
        for method_name, member in vars(item).items():
            function = member.__func__ if isinstance(member, classmethod | staticmethod) else member.fget if isinstance(member, property) else member
            if inspect.isfunction(function) and not method_name.startswith("_") and not inspect.getdoc(getattr(item, method_name)):
                missing.append(f"{item.__module__}.{item.__qualname__}.{method_name}")
    assert not missing


@pytest.mark.parametrize(("name", "dark"), [("light", False), ("dark", True)])
def test_charts_and_pages_share_one_palette(name: str, dark: bool, root: Path) -> None:
    page = tomllib.loads((root / ".streamlit/config.toml").read_text())["theme"][name]
    assert page["textColor"] == theme.INK[dark]
    assert page["backgroundColor"] == theme.PAPER[dark]
    assert tuple(page["chartCategoricalColors"]) == theme.RUN_COLORS

"""The house, enforced: who may import whom, who may touch a clock or a wire, how long anything may be.

The tables are in `rooms`; `python -m tests.house.test_architecture` prints the rows as the code has them.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests import ROOT
from tests.house.rooms import (
    COMES_WITH,
    FOLDERS,
    IMPORTED_AS,
    LONGER_MODULES,
    LONGEST_FUNCTION,
    LONGEST_MODULE,
    LONGEST_WITH_REASON,
    MOST_WITH_REASON,
    NARROW,
    OWNERS,
    PACKAGES,
)


@cache
def _modules() -> dict[str, Path]:
    """Dotted name -> file, for every module of the two packages."""
    found = {}
    for package, (home, _) in PACKAGES.items():
        for path in sorted((ROOT / home / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT / home).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _imports(name: str) -> tuple[str, ...]:
    """Full names of what a module imports, inside functions too; `from a import b` is `a.b` if that is one."""
    return tuple(_imported(name, ast.walk(_tree(_modules()[name]))))


def _imported(name: str, nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name}: relative import"
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (each if each in _modules() else str(node.module) for each in inner)


def _place(name: str) -> str:
    """A module's name as the tables have it: without the package, or with "load" in its place."""
    package, _, rest = name.partition(".")
    return rest if package == "generations_contract" else f"load.{rest}".rstrip(".")


@cache
def _folder(name: str) -> str:
    """The folder of the house that a module stands in, or the module itself where it is a door."""
    is_package = _modules()[name].name == "__init__.py"
    inside = _place(name) if is_package else _place(name).rpartition(".")[0]
    return _place(name) if inside in ("", "load") else inside


@cache
def _edges() -> dict[str, set[str]]:
    """Folder -> folders that it imports from; the packages' own `__init__`, which open doors lazily, aside."""
    edges: dict[str, set[str]] = {}
    for name in _modules():
        if name not in PACKAGES:
            here = _folder(name)
            there = {_folder(each) for each in _imports(name) if each in _modules() and each not in PACKAGES}
            edges.setdefault(here, set()).update(each for each in there if not _within(here, {each}))
    return edges


def _within(name: str, allowed: set[str]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in allowed)


def test_every_folder_has_its_row() -> None:
    """What the table says of a folder is what it imports from: no more, and no less."""
    assert _edges() == FOLDERS


def test_no_folder_goes_in_circles() -> None:
    """Imports go down: a reader can begin at the bottom."""
    TopologicalSorter(FOLDERS).prepare()


def test_no_module_goes_in_circles() -> None:
    """Inside a folder too, imports have an order, those for annotations included."""
    ours = _modules().keys() - PACKAGES
    TopologicalSorter({name: (ours & set(_imports(name))) - {name} for name in ours}).prepare()


@pytest.mark.parametrize("folder", NARROW)
def test_islands_import_what_they_may(folder: str) -> None:
    """Clauses and gateway share the vocabulary and no more; each sees only so much of what lies below."""
    shared = {each.partition(".")[0] for each in NARROW[folder]}
    imported = {
        _place(each)
        for name in _modules()
        if _within(_place(name), {folder})
        for each in _imports(name)
        if each in _modules()
    }
    assert {each for each in imported if _within(each, shared)} <= NARROW[folder]


def test_only_owners_import_what_is_owned() -> None:
    """Wire, clocks, chance and heavy libraries stay at their edges."""
    trespassers = [
        f"{name} imports {library}"
        for name in _modules()
        for library in {each.split(".")[0] for each in _imports(name)}
        if library in OWNERS and not _within(_place(name), OWNERS[library])
    ]
    assert trespassers == []


def test_owners_make_use_of_it() -> None:
    """The table claims no more than there is: who no longer imports a thing no longer owns it."""
    imported = {name: {each.split(".")[0] for each in _imports(name)} for name in _modules()}
    idle = [
        f"{owner}: {library}"
        for library, owners in OWNERS.items()
        for owner in owners
        if not any(library in found for name, found in imported.items() if _within(_place(name), {owner}))
    ]
    assert idle == []


def test_nobody_asks_what_time_it_is() -> None:
    """`datetime.now` and its like would smuggle a clock into the core: nobody calls them."""
    asking = [
        f"{name}:{node.lineno}"
        for name, path in _modules().items()
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in ("now", "utcnow", "today")
        and isinstance(node.value, ast.Name)
        and node.value.id in ("datetime", "date")
    ]
    assert asking == []


@cache
def _declared() -> dict[str, set[str]]:
    """Imported names of declared dependencies: of the package, and of its extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def names(requirements: list[str]) -> set[str]:
        bare = [re.split(r"[\s\[<>=!~;]", each)[0].lower() for each in requirements]
        return {IMPORTED_AS.get(name, name.replace("-", "_")) for name in bare}

    extras = {extra: names(each) for extra, each in project["optional-dependencies"].items()}
    return {"": names(project["dependencies"]), **extras}


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_imported_is_declared(package: str) -> None:
    """An installation has everything that its modules import; load tests need the extra `load`."""
    declared = _declared()[""] | _declared().get(PACKAGES[package][1], set())
    undeclared = {
        f"{name}: {library}"
        for name in _modules()
        if name.startswith(package)
        for library in {each.split(".")[0] for each in _imports(name)}
        if library not in {*sys.stdlib_module_names, *PACKAGES}
        and COMES_WITH.get(library, library) not in declared
    }
    assert undeclared == set()


def test_what_is_declared_is_used() -> None:
    """No installation fetches what nothing imports, but for the parts that uvicorn and pytest find themselves."""
    imported = {each.split(".")[0] for name in _modules() for each in _imports(name)}
    found_by_others = {"uvloop", "xdist"}
    declared = _declared()[""] | _declared()["load"]
    assert declared - imported - found_by_others == set()


def _python() -> list[Path]:
    return [*_modules().values(), *sorted((ROOT / "tests").rglob("*.py")), ROOT / "conftest.py"]


def test_modules_can_be_read_in_one_sitting() -> None:
    """No file of code or tests has more than 300 lines, or 400 with a reason that the table gives."""
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in _python()
    }
    long = {path: lines for path, lines in lengths.items() if lines > LONGEST_MODULE}
    assert long.keys() == LONGER_MODULES.keys()
    assert len(LONGER_MODULES) <= MOST_WITH_REASON
    assert {path: lines for path, lines in long.items() if lines > LONGEST_WITH_REASON} == {}


def test_functions_fit_on_a_screen() -> None:
    """No function has more than 50 lines, its docstring and decorators included."""
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in _python()
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - min([node.lineno, *(each.lineno for each in node.decorator_list)])
        >= LONGEST_FUNCTION
    ]
    assert long == []


def test_modules_open_with_what_they_are() -> None:
    """Every module begins with a docstring whose first line is a sentence."""
    openings = {path.relative_to(ROOT): ast.get_docstring(_tree(path)) or "" for path in _python()}
    wordless = [
        str(path) for path, text in openings.items() if not re.match(r".{10,}[.:?]", text.replace("\n", " "))
    ]
    assert wordless == []


def _rows() -> Iterator[str]:
    """The table as it would be now, from the ground up."""
    for folder in TopologicalSorter(_edges()).static_order():
        names = ", ".join(f'"{each}"' for each in sorted(_edges()[folder]))
        yield f'    "{folder}": {{{names}}},' if names else f'    "{folder}": set(),'


if __name__ == "__main__":
    print("\n".join(_rows()))

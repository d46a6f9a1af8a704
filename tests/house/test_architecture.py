"""The house, enforced: who may import whom, who may touch a clock or a wire, how long anything may be.

The tables are literal and complete: a new module must be given its layer here, and thereby a reason.
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

PACKAGES = ("contracts", "loadtests")

# From the ground up. A part imports from layers below its own, never from its own or above. A part is a module
# of `contracts`, or a package of it as a whole.
LAYERS: tuple[tuple[str, ...], ...] = (
    # The document's words; forms on the wire; nothing that knows of a request or an answer.
    ("vocabulary", "fact", "parsing", "plain", "redaction", "schema", "media", "budget", "collecting"),
    ("virtual_time", "terms", "profile", "signatures", "gateway"),
    # The two nouns that everything else is about: what happened, and what is under test.
    ("exchange", "target"),
    # What can be said of exchanges, and what can be done to get some.
    ("clause", "script", "wire", "embedded", "costs"),
    ("clauses", "judge", "baseline", "strategies", "driver", "probe", "client"),
    ("stage", "probes"),
    ("recordings",),
    ("verdict",),
    ("report",),
    # Probes on a stage, judged, within a budget.
    ("run",),
    # Doors: pytest, other people's tests, recorded traffic, the command line.
    ("audit", "mount", "watching"),
    ("plugin", "regression"),
    ("cli",),
)
# Parts that may import these and nothing else, whatever lies below them.
ISLANDS: dict[str, set[str]] = {
    # The reference shares the document's words with the clauses, and no reading of them (decision 4).
    "gateway": {"vocabulary"},
    # A clause judges exchanges: no I/O, no clock, no verdict, no gateway.
    "clauses": {"clause", "exchange", "fact", "media", "parsing", "schema", "signatures", "terms", "vocabulary"},
    "clause": {"exchange"},
    "exchange": {"fact", "parsing", "terms", "vocabulary"},
    # A script says what a client does; a probe plays one. Neither sends anything.
    "script": {"exchange"},
    "probes": {"exchange", "probe", "script", "signatures", "strategies", "target", "vocabulary"},
    "strategies": {"exchange", "schema", "script", "vocabulary"},
    # Load tests drive the same scripts and clauses, by a driver, a client and reports of their own.
    "loadtests": {
        "budget", "clause", "clauses", "client", "collecting", "costs", "exchange", "judge", "parsing", "plain", "recordings",
        "script", "target", "terms", "vocabulary", "wire",
    },
}  # fmt: skip
# Who may import what others must do without; a package stands for all in it.
OWNERS: dict[str, set[str]] = {
    "httpx": {"generations_contract.wire.transport", "generations_contract.wire.stage", "generations_contract.wire.deadline", "generations_contract.own_client.mount", "generations_contract.own_client.watch"},
    "httpcore": {"generations_contract.wire.deadline"},
    "respx": {"generations_contract.wire.stage", "generations_contract.own_client.mount"},
    # What locust patches on import must not reach the rest: only the locustfile imports these.
    "locust": {f"loadtests.{name}" for name in ("locustfile", "client", "leading", "population", "selftest", "telling")},
    "gevent": {f"loadtests.{name}" for name in ["client", "connection", "deadlines", "driver", "generating", "leading", "population", "runtime", "selftest"]},
    "geventhttpclient": {"generations_load.transport.client"},
    "httptools": {"generations_load.transport.client", "generations_load.transport.connection"},
    "flask": {"generations_load.under_locust.webui"},
    "psutil": {"generations_load.play.runtime"},
    "hdrh": {"generations_load.measure.metrics"},
    "uvicorn": {"generations_contract.gateway.doors.server"},
    "PIL": {f"contracts.{name}" for name in ("gateway.render", "gateway.faults.media_bytes", "gateway.variants.assets", "media")},
    "av": {"generations_contract.gateway.render", "generations_contract.media"},
    "jinja2": {"generations_contract.report.html"},
    "yaml": {"generations_contract.regression"},
    "hypothesis": {"generations_contract.strategies", "generations_contract.probes", "generations_contract.scripts.probe", "generations_contract.run.selection"},
    "pytest": {
        f"contracts.{name}"
        for name in ("plugin", "run", "probes", "cli", "mount", "virtual_time")
    },
    # Clocks and chance: at the edges only. The core and every test of it live in virtual time.
    "time": {
        f"contracts.{name}"
        for name in (
            "gateway.asgi", "gateway.serve", "wire.patience", "run", "stage", "virtual_time", "watching",
            # How long a question about schemas may take to decide.
            "regression",
        )
    } | {
        f"loadtests.{name}"
        for name in ("client", "control", "deadlines", "embedded", "leading", "population", "runtime")
    },
    "random": {"generations_contract.containment", "generations_load.plan.backoff", "generations_load.play.runtime", "generations_load.scenarios", "generations_load.plan.shapes"},
    "secrets": {"generations_contract.gateway.doors.serve", "generations_contract.wire.redaction", "generations_contract.run.session"},
    "subprocess": {"generations_contract.regression.sources", "generations_load.command", "generations_load.embedded"},
    "unittest": set(),
}  # fmt: skip
# Names under which distributions are imported; and what comes with another one that is declared.
IMPORTED_AS = {"pillow": "PIL", "pyyaml": "yaml", "hdrhistogram": "hdrh", "pytest-xdist": "xdist"}
COMES_WITH = {
    "httpcore": "httpx", "gevent": "locust", "flask": "locust", "psutil": "locust", "markupsafe": "jinja2",
    "jsonschema_specifications": "jsonschema",
}  # fmt: skip
LONGEST_MODULE, LONGEST_FUNCTION = 300, 50


@cache
def _modules() -> dict[str, Path]:
    """Dotted name -> file, for every module of the two packages."""
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files]
    return {name.removesuffix(".__init__"): path for name, path in zip(names, files, strict=True)}


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


def _part(name: str) -> str:
    """The part of the house that a module belongs to."""
    package, _, rest = name.partition(".")
    return package if package == "loadtests" else rest.partition(".")[0]


@cache
def _edges() -> set[tuple[str, str]]:
    """(part, part that it imports from), the package's own `__init__` aside: it only opens a door lazily."""
    return {
        (_part(name), _part(each))
        for name in _modules()
        for each in _imports(name)
        if each.split(".")[0] in PACKAGES and name != "contracts" and _part(name) != _part(each)
    }


def _within(name: str, allowed: set[str]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in allowed)


def test_every_part_has_one_layer() -> None:
    """A new module is given its layer in the table above; a removed one leaves it."""
    layered = [part for layer in LAYERS for part in layer]
    assert len(layered) == len(set(layered))
    assert set(layered) == {_part(name) for name in _modules()} - {"", "loadtests"}


def test_imports_go_down() -> None:
    """No part imports from its own layer or one above: no cycles, and a reader can begin at the bottom."""
    height = {part: level for level, layer in enumerate(LAYERS) for part in layer} | {
        "loadtests": len(LAYERS) - 1.5
    }
    assert [f"{low} imports {high}" for low, high in sorted(_edges()) if height[low] <= height[high]] == []


def test_no_module_goes_in_circles() -> None:
    """Inside a part too, imports have an order: what a module rests on never rests on it."""
    rests = {
        name: set(_imports(name)) - {*_imported(name, _for_types_only(name)), name} for name in _modules()
    }
    TopologicalSorter(rests | {"contracts": set()}).prepare()


def _for_types_only(name: str) -> list[ast.AST]:
    """What stands under `if TYPE_CHECKING`: names for annotations, which no module rests on."""
    ifs = (node for node in _tree(_modules()[name]).body if isinstance(node, ast.If))
    guards = [each for each in ifs if ast.unparse(each.test) == "TYPE_CHECKING"]
    return [each for guard in guards for each in ast.walk(guard)]


def test_islands_import_what_they_may() -> None:
    """Clauses and gateway share the vocabulary and nothing else; scripts and probes know no wire."""
    imported = {part: {to for start, to in _edges() if start == part} for part in ISLANDS}
    assert {part: found - ISLANDS[part] for part, found in imported.items() if found - ISLANDS[part]} == {}


def test_only_owners_import_what_is_owned() -> None:
    """Wire, clocks, chance and heavy libraries stay at their edges."""
    trespassers = [
        f"{name} imports {library}"
        for name in _modules()
        for library in {each.split(".")[0] for each in _imports(name)}
        if library in OWNERS and not _within(name, OWNERS[library])
    ]
    assert trespassers == []


def test_owners_make_use_of_it() -> None:
    """The table claims no more than there is: who no longer imports a thing no longer owns it."""
    imported = {name: {each.split(".")[0] for each in _imports(name)} for name in _modules()}
    idle = [
        f"{owner}: {library}"
        for library, owners in OWNERS.items()
        for owner in owners
        if not any(library in found for name, found in imported.items() if _within(name, {owner}))
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
    declared = _declared()[""] | (_declared()["load"] if package == "loadtests" else set())
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
    """No file of code or tests has more than 300 lines."""
    lengths = {
        path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in _python()
    }
    assert {str(path): lines for path, lines in lengths.items() if lines > LONGEST_MODULE} == {}


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

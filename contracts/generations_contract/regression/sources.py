"""Where versions of a contract come from: a file, a directory, a git revision, a release.

Only this module reads files and asks git. Whatever cannot be read is one line that names what to change.
"""

import subprocess
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

from generations_contract.api import documents
from generations_contract.api.pointers import at
from generations_contract.api.schema_files import NAMES, own_directory
from generations_contract.api.usage import UsageError
from generations_contract.containment.dialect import UnsupportedSchemaError
from generations_contract.containment.validators import ValidatorPair, check
from generations_contract.regression.verdicts.policy import policy_changes
from generations_contract.regression.versions.document import OPENAPI, SUFFIX, Contract, Origin, Role, Unit
from generations_contract.regression.versions.releases import PUBLISHED, releases

GIT: Final = "git:"
PROBLEMS_MAX: Final = 20  # so many places are told at once


def home() -> Path:
    """The directory of this project's schemas."""
    return own_directory()


def load(spec: str, roles: dict[str, Role] | None = None, excused: Collection[str] | None = ()) -> Contract:
    """The contract that a command-line argument names.

    Places of an OpenAPI document that are no valid schema are told all at once. Those that are `excused` (`None`: all,
    because an old version cannot be mended) are kept in `problems`: what changes there is undecided.

    `PATH` (a schema, an OpenAPI document, a directory of schemas), `published` (the latest release of this
    project), `published:DATE`, `git:REVISION` (its `schemas/`) or `git:REVISION:PATH`. Raises `UsageError`.
    """
    if spec.startswith(GIT):
        contract = _from_git(spec)
    elif spec == PUBLISHED or spec.startswith(f"{PUBLISHED}:"):
        contract = _released(spec)
    else:
        contract = _from_path(Path(spec), spec)
    contract.roles.update(roles or {})
    _checked(contract, excused)
    return contract


def _from_path(path: Path, label: str) -> Contract:
    if path.is_dir():
        names = sorted(p.name for p in path.iterdir() if p.is_file())
        return _gathered(label, names, lambda name: documents.content(path / name), _shown(path))
    if not path.is_file():
        raise UsageError(
            f"{label}: no such file or directory; name a schema, a directory of schemas, or git:REVISION"
        )
    return _single(label, path.name, documents.content(path), _shown(path))


def _shown(path: Path) -> str:
    """The path as a repository has it, where the project is worked on at its root."""
    return (
        path.resolve().relative_to(Path.cwd()).as_posix()
        if path.resolve().is_relative_to(Path.cwd())
        else str(path)
    )


def _gathered(label: str, names: Iterable[str], read: Callable[[str], bytes], folder: str) -> Contract:
    """A directory: its schema files, and its OpenAPI document where it has one; `folder` is its path."""
    names = list(names)
    schemas = [name for name in names if name.endswith(SUFFIX)]
    own = [name + SUFFIX for name in NAMES]
    if set(own) <= set(schemas):
        schemas = own  # beside them may lie schemas of this project's reports, which are no contract
    schemas = schemas or [name for name in names if name.endswith(".json") and not name.startswith("openapi")]
    described = [name for name in names if name in (OPENAPI, "openapi.yml", "openapi.json")]
    if not schemas and not described:
        raise UsageError(f"{label}: holds no *{SUFFIX} and no {OPENAPI}")
    contract = Contract(label, {})
    for name in [*schemas, *described[:1]]:
        known = OPENAPI if name in described else name
        content = read(name)
        contract.files[known] = documents.document(f"{label}/{name}", content)
        contract.origins[known] = Origin(f"{folder}/{name}", content.decode())
    return contract


def _single(label: str, name: str, content: bytes, path: str) -> Contract:
    document = documents.document(label, content)
    origin = Origin(path, content.decode())
    if isinstance(document, dict) and "openapi" in document:
        return Contract(label, {OPENAPI: document}, origins={OPENAPI: origin})
    if isinstance(document, dict) and "swagger" in document:
        raise UsageError(f"{label}: Swagger 2.0 is not read; convert it to OpenAPI 3.1")
    return Contract(label, {name: document}, origins={name: origin})


def _released(spec: str) -> Contract:
    date = spec.partition(":")[2]
    found = releases(home())
    chosen = [path for path in found if path.name == date] if date else found[-1:]
    if not chosen:
        dates = ", ".join(path.name for path in found) or "none yet"
        raise UsageError(f"{spec}: no such release (published: {dates}); name OLD, or run publish first")
    return _from_path(chosen[0], f"{PUBLISHED}:{chosen[0].name}")


def _from_git(spec: str) -> Contract:
    revision, _, path = spec.removeprefix(GIT).partition(":")
    path = path.rstrip("/") or "schemas"
    if not revision or revision.startswith("-"):
        raise UsageError(f"{spec}: name a revision, as in git:main")
    kind = _git(spec, "cat-file", "-t", f"{revision}:{path}").decode().strip()
    if kind == "blob":
        return _single(spec, path.rpartition("/")[2], _git(spec, "show", f"{revision}:{path}"), path)
    listed = _git(spec, "ls-tree", "--name-only", "-z", f"{revision}:{path}").decode().split("\0")
    return _gathered(
        spec, [n for n in listed if n], lambda name: _git(spec, "show", f"{revision}:{path}/{name}"), path
    )


def _git(spec: str, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607
    except OSError as error:
        raise UsageError(f"{spec}: git cannot be run: {error.strerror}") from error
    if done.returncode:
        line = (done.stderr.decode(errors="replace").splitlines() or ["git failed"])[0]
        raise UsageError(f"{spec}: {line}")
    return done.stdout


def _checked(contract: Contract, excused: Collection[str] | None) -> None:
    """Every unit of the contract must be a schema that can be judged, unless its place is excused."""
    for name, content in contract.files.items():
        if not isinstance(content, dict | bool) or (name == OPENAPI and not isinstance(content, dict)):
            where = "" if contract.label.endswith(name) else f"{name} "
            raise UsageError(f"{contract.label}: {where}is no schema: its top level must be an object")
    described = contract.openapi
    if described is not None and not str(described.get("openapi", "")).startswith("3.1"):
        raise UsageError(f"{contract.label}: OpenAPI {described.get('openapi')} is not read; use 3.1")
    try:
        problems = _problems(contract)
        policy_changes(contract, contract)  # goes wherever a comparison will go
    except UnsupportedSchemaError as error:
        raise UsageError(f"{contract.label}: {error}") from error
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise UsageError(f"{contract.label}: malformed: {type(error).__name__} {error}"[:200]) from error
    contract.problems = tuple(problems)
    if contract.openapi is None or (excused is not None and set(problems) - set(excused)):
        _refuse(contract.label, [one for one in problems if not excused or one not in excused])
    if not contract.units():
        raise UsageError(f"{contract.label}: describes no request and no answer")


def _refuse(label: str, problems: list[str]) -> None:
    """All places on one line: who mends one wants to know of the others."""
    more = f"; and {len(problems) - PROBLEMS_MAX} more" if len(problems) > PROBLEMS_MAX else ""
    if problems:
        raise UsageError(f"{label}: {'; '.join(problems[:PROBLEMS_MAX])}{more}")


def _problems(contract: Contract) -> list[str]:
    """What is no valid schema: components, whether or not something refers to them, then units; each looked at once."""
    wrong = dict(_problems_of_components(contract))
    found = [f"components/schemas/{name}: {problem}" for name, problem in wrong.items()]
    sound = {unit.name for unit in _sound_together(contract, wrong.keys())}
    seen: set[bytes] = set()
    for unit in contract.units():
        key = contract.key(unit)
        reached = contract.components_reached(unit) if contract.openapi and unit.file == OPENAPI else None
        if key in seen or unit.name in sound or set(reached or ()) & wrong.keys():
            continue
        seen.add(key)
        try:
            ValidatorPair(contract.schema(unit), contract.dialect, formats=True)
        except UnsupportedSchemaError as error:
            found.append(f"{error}" if contract.label.endswith(unit.name) else f"{unit.name}: {error}")
    return found


def _sound_together(contract: Contract, wrong: Collection[str]) -> list[Unit]:
    """The units that can be compiled in one go with all their components: none, where one of them cannot."""
    reached = {
        unit: names
        for unit in contract.units()
        if unit.file == OPENAPI
        and (names := contract.components_reached(unit)) is not None
        and not set(names) & set(wrong)
    }
    schemas = [at(contract.files[OPENAPI], unit.path) for unit in reached]
    if any(isinstance(schema, dict) and "$defs" in schema for schema in schemas):
        return []
    names = sorted({name for each in reached.values() for name in each})
    try:
        ValidatorPair(contract.complete({"anyOf": schemas}, names), contract.dialect, formats=True)
    except UnsupportedSchemaError:
        return []
    return list(reached)


def _problems_of_components(contract: Contract) -> Iterator[tuple[str, str]]:
    for name, schema in contract.components.items():
        try:
            check(schema, contract.dialect)
        except UnsupportedSchemaError as error:
            yield name, str(error)

"""Where versions of a contract come from: a file, a directory, a git revision, a release.

Only this module reads files and asks git. Whatever cannot be read is one line that names what to change.
"""

import contextlib
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from generations_contract.api import documents
from generations_contract.api.foreign_schemas import OPENAPI_NAMES
from generations_contract.api.schema_files import NAMES, own_directory
from generations_contract.api.usage import UsageError
from generations_contract.containment.dialect import UnsupportedSchemaError
from generations_contract.containment.validators import ValidatorPair, check
from generations_contract.regression.verdicts.policy import policy_changes
from generations_contract.regression.versions.document import OPENAPI, SUFFIX, Contract, Origin, Role, Unit
from generations_contract.regression.versions.releases import NOTES, PUBLISHED, releases

GIT: Final = "git:"


def home() -> Path:
    """The directory of the suite's own schemas: inside an installed package, else in its clone."""
    return own_directory()


def workplace() -> Path:
    """The contract that is worked on here: `schemas/`, else an OpenAPI document in the working folder.

    Raises `UsageError` where there is neither.
    """
    folder = Path("schemas")
    if folder.is_dir() and any(
        each.name.endswith(SUFFIX) or each.name in OPENAPI_NAMES for each in folder.iterdir()
    ):
        return folder
    found = next((Path(name) for name in OPENAPI_NAMES if Path(name).is_file()), None)
    if found is None:
        raise UsageError(
            f"here is neither schemas/ nor {OPENAPI}: name the contract, a directory or a document"
        )
    return found


def released_at(beside: str | None) -> Path:
    """Where releases are looked for: beside a version that is named by its path, here, and with the suite."""
    places = [Path(beside)] if beside and not beside.startswith((GIT, PUBLISHED)) else []
    with contextlib.suppress(UsageError):
        places.append(workplace())
    return next((folder for folder in map(folder_of, places) if releases(folder)), home())


def folder_of(place: Path) -> Path:
    """The directory of a contract: itself, or the one in which its document stands."""
    return place if place.is_dir() else place.parent


def load(spec: str, roles: dict[str, Role] | None = None, beside: str | None = None) -> Contract:
    """The contract that a command-line argument names.

    `PATH` (a schema, an OpenAPI document, a directory of schemas), `published` (the latest release: of the contract
    `beside`, else of the working folder's, else of the suite's own), `published:DATE`, `git:REVISION` (its
    `schemas/`) or `git:REVISION:PATH`. Raises `UsageError`.
    """
    if spec.startswith(GIT):
        contract = _from_git(spec)
    elif spec == PUBLISHED or spec.startswith(f"{PUBLISHED}:"):
        contract = _released(spec, released_at(beside))
    else:
        contract = _from_path(Path(spec), spec)
    contract.roles.update(roles or {})
    _checked(contract)
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
    schemas = schemas or [
        name for name in names if name.endswith(".json") and not name.startswith("openapi") and name != NOTES
    ]
    described = [name for name in names if name in OPENAPI_NAMES]
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


def _released(spec: str, folder: Path) -> Contract:
    date = spec.partition(":")[2]
    found = releases(folder)
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


def tags_between(first: str, last: str) -> list[str]:
    """The tags that a revision contains and another does not, oldest first; all of them where none is named."""
    beyond = ["--no-merged", _revision(first)] if first else []
    listed = _git(f"{first}..{last}", "tag", "--sort=creatordate", "--merged", _revision(last), *beyond)
    return listed.decode().split()


def object_at(revision: str, path: str) -> str:
    """What git calls the file or directory at a revision; nothing where it is not there."""
    _git(revision, "rev-parse", "--verify", "--quiet", f"{_revision(revision)}^{{commit}}")
    try:
        return _git(revision, "rev-parse", "--verify", f"{revision}:{path}").decode().strip()
    except UsageError:
        return ""


def day_of(revision: str) -> str:
    """The day of a revision's commit, as `YYYY-MM-DD`."""
    return _git(revision, "log", "-1", "--format=%cs", _revision(revision)).decode().strip()


def _revision(named: str) -> str:
    if named.startswith("-"):
        raise UsageError(f"{named}: is no revision")
    return named


def _git(spec: str, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607
    except OSError as error:
        raise UsageError(f"{spec}: git cannot be run: {error.strerror}") from error
    if done.returncode:
        line = (done.stderr.decode(errors="replace").splitlines() or ["git failed"])[0]
        raise UsageError(f"{spec}: {line}")
    return done.stdout


def _checked(contract: Contract) -> None:
    """Every unit of the contract must be a schema that can be judged."""
    for name, content in contract.files.items():
        if not isinstance(content, dict | bool) or (name == OPENAPI and not isinstance(content, dict)):
            where = "" if contract.label.endswith(name) else f"{name} "
            raise UsageError(f"{contract.label}: {where}is no schema: its top level must be an object")
    described = contract.openapi
    if described is not None and not str(described.get("openapi", "")).startswith("3.1"):
        raise UsageError(f"{contract.label}: OpenAPI {described.get('openapi')} is not read; use 3.1")
    units: list[Unit] = []
    unit: Unit | None = None
    try:
        _check_components(contract)
        policy_changes(contract, contract)  # goes wherever a comparison will go
        units = contract.units()
        for unit in units:
            ValidatorPair(contract.schema(unit), contract.dialect, formats=True)
    except UnsupportedSchemaError as error:
        where = f"{unit.name}: " if unit and not contract.label.endswith(unit.name) else ""
        raise UsageError(f"{contract.label}: {where}{error}") from error
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise UsageError(f"{contract.label}: malformed: {type(error).__name__} {error}"[:200]) from error
    if not units:
        raise UsageError(f"{contract.label}: describes no request and no answer")


def _check_components(contract: Contract) -> None:
    """What an OpenAPI document keeps under components is no part of any schema until it is referred to."""
    for name, schema in (contract.openapi or {}).get("components", {}).get("schemas", {}).items():
        try:
            check({**schema, "$schema": contract.dialect.uri} if isinstance(schema, dict) else schema)
        except UnsupportedSchemaError as error:
            raise UnsupportedSchemaError(f"components/schemas/{name}: {error}") from error

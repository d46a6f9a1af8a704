"""Where versions of a contract come from: a file, a directory, a git revision, a release.

Only this module reads files; `git` asks git. Whatever cannot be read is one line that names what to change.
"""

import contextlib
import posixpath
import sys
from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path
from typing import Final

from generations_contract.api import documents
from generations_contract.api.foreign_schemas import OPENAPI_NAMES
from generations_contract.api.schema_files import NAMES, own_directory
from generations_contract.api.schema_names import SUFFIX
from generations_contract.api.usage import UsageError
from generations_contract.containment.dialect import UnsupportedSchemaError
from generations_contract.containment.values import Json
from generations_contract.regression import git
from generations_contract.regression.checks import check_kinds, checked, malformed
from generations_contract.regression.versions.dialects import in_one_draft
from generations_contract.regression.versions.document import Contract, Origin
from generations_contract.regression.versions.reading import Fetch, Reading
from generations_contract.regression.versions.releases import NOTES, PUBLISHED, releases
from generations_contract.regression.versions.units import OPENAPI, Role

GIT: Final = "git:"
INPUT: Final = "-"
ADDRESSES: Final = ("https://", "http://")


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
    is_path = beside and beside != INPUT and not beside.startswith((GIT, PUBLISHED, *ADDRESSES))
    places = [Path(beside)] if beside and is_path else []
    with contextlib.suppress(UsageError):
        places.append(workplace())
    return next((folder for folder in map(folder_of, places) if releases(folder)), home())


def folder_of(place: Path) -> Path:
    """The directory of a contract: itself, or the one in which its document stands."""
    return place if place.is_dir() else place.parent


def load(
    spec: str,
    roles: dict[str, Role] | None = None,
    beside: str | None = None,
    ca: Path | None = None,
    excused: Collection[str] | None = (),
) -> Contract:
    """The contract that a command-line argument names.

    Places of an OpenAPI document that are no valid schema are told all at once. Those that are `excused` (`None`: all,
    because an old version cannot be mended) are kept in `problems`: what changes there is undecided.

    `PATH` (a schema, an OpenAPI document, a directory of schemas), `published` (the latest release: of the contract
    `beside`, else of the working folder's, else of the suite's own), `published:DATE`, `git:REVISION` (its
    `schemas/`), `git:REVISION:PATH`, an address (`https://…`, `ca`: certificates to trust) or `-`, the standard
    input. Raises `UsageError`.
    """
    if spec.startswith(GIT):
        contract, fetch = _from_git(spec)
    elif spec == PUBLISHED or spec.startswith(f"{PUBLISHED}:"):
        contract, fetch = _released(spec, released_at(beside))
    elif spec.startswith(ADDRESSES):
        contract, fetch = _from_address(spec, ca)
    elif spec == INPUT:
        contract, fetch = _from_input()
    else:
        contract, fetch = _from_path(Path(spec), spec)
    contract.roles.update(roles or {})
    check_kinds(contract)
    _resolved(contract, fetch)
    checked(contract, excused)
    return contract


def _from_path(path: Path, label: str) -> tuple[Contract, Fetch]:
    def beside(name: str) -> Json:
        place = (path if path.is_dir() else path.parent) / name
        return documents.document(str(place), documents.content(place))

    if path.is_dir():
        names = sorted(p.name for p in path.iterdir() if p.is_file())
        return _gathered(label, names, lambda name: documents.content(path / name), _shown(path)), beside
    if not path.is_file():
        raise UsageError(
            f"{label}: no such file or directory; name a schema, a directory of schemas, or git:REVISION"
        )
    return _single(label, path.name, documents.content(path), _shown(path)), beside


def _from_address(url: str, ca: Path | None) -> tuple[Contract, Fetch]:
    # What sends comes only where something is sent: who compares files does not wait for it.
    from generations_contract.regression.remote import Remote

    remote = Remote(url, ca)
    label, content = remote.read()

    def beside(name: str) -> Json:
        return documents.document(*remote.read(name))

    return _single(label, posixpath.basename(label) or "document", content, label), beside


def _from_input() -> tuple[Contract, Fetch]:
    content = sys.stdin.buffer.read(documents.SIZE_MAX_BYTES + 1)
    if len(content) > documents.SIZE_MAX_BYTES:
        raise UsageError(f"-: larger than {documents.SIZE_MAX_BYTES // 1_000_000} MB, which no contract is")

    def beside(name: str) -> Json:
        raise UsageError(f"{name}: beside the standard input lie no files; name the document's path")

    return _single("standard input", "document", content, "-"), beside


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
        contract.origins[known] = Origin(f"{folder}/{name}", documents.text(content))
    return contract


def _single(label: str, name: str, content: bytes, path: str) -> Contract:
    document = documents.document(label, content)
    origin = Origin(path, documents.text(content))
    if isinstance(document, dict) and "openapi" in document:
        return Contract(label, {OPENAPI: document}, origins={OPENAPI: origin})
    if isinstance(document, dict) and "swagger" in document:
        raise UsageError(f"{label}: Swagger 2.0 is not read; convert it to OpenAPI 3.0 or later")
    return Contract(label, {name: document}, origins={name: origin})


def _released(spec: str, folder: Path) -> tuple[Contract, Fetch]:
    date = spec.partition(":")[2]
    found = releases(folder)
    chosen = [path for path in found if path.name == date] if date else found[-1:]
    if not chosen:
        dates = ", ".join(path.name for path in found) or "none yet"
        raise UsageError(f"{spec}: no such release (published: {dates}); name OLD, or run publish first")
    return _from_path(chosen[0], f"{PUBLISHED}:{chosen[0].name}")


def _from_git(spec: str) -> tuple[Contract, Fetch]:
    revision, _, path = spec.removeprefix(GIT).partition(":")
    path = path.rstrip("/") or "schemas"
    if not revision or revision.startswith("-"):
        raise UsageError(f"{spec}: name a revision, as in git:main")
    kind = git.run(spec, "cat-file", "-t", f"{revision}:{path}").decode().strip()
    folder = path.rpartition("/")[0] if kind == "blob" else path

    def beside(name: str) -> Json:
        place = posixpath.normpath(posixpath.join(folder, name))
        return documents.document(f"{GIT}{revision}:{place}", git.run(spec, "show", f"{revision}:{place}"))

    if kind == "blob":
        return _single(
            spec, path.rpartition("/")[2], git.run(spec, "show", f"{revision}:{path}"), path
        ), beside
    listed = git.run(spec, "ls-tree", "--name-only", "-z", f"{revision}:{path}").decode().split("\0")
    read = partial(git.run, spec, "show")
    found = _gathered(spec, [n for n in listed if n], lambda name: read(f"{revision}:{path}/{name}"), path)
    return found, beside


def _resolved(contract: Contract, fetch: Fetch) -> None:
    """Make every reference lead to a place within the contract; raises `UsageError`."""
    try:
        in_one_draft(contract)
    except UnsupportedSchemaError as error:
        raise UsageError(f"{contract.label}: {error}") from error
    addresses = {name: contract.base(name) for name in contract.schema_files}
    try:
        for name, content in contract.files.items():
            beside = {} if name == OPENAPI else {n: a for n, a in addresses.items() if n != name}
            known = posixpath.basename(contract.origins[name].path)
            Reading(contract.label, known, content, fetch, beside).read()
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise malformed(contract, error) from error

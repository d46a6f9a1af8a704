"""What was edited between two versions of a contract, place by place, without judging it.

Schemas are walked side by side; an edit is one keyword, or one entry of a keyword, that differs. Every edit
knows how to be undone in the new version and done in the old one, because that is how blame is found. A
member that went while an equal one came is one edit, a rename.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from generations_contract.api.pointers import Path, pointer_of
from generations_contract.containment.dialect import ANNOTATIONS
from generations_contract.containment.values import Json
from generations_contract.regression.versions.document import Contract

ABSENT: Final = type("Absent", (), {"__repr__": lambda _: "absent", "__bool__": lambda _: False})()


# OpenAPI asks for a required member in one direction only: a document can tell.
_DIRECTED: Final = frozenset({"readOnly", "writeOnly"})
_DOCUMENTATION: Final = frozenset({"summary", "externalDocs"})
_HOLDERS: Final[tuple[Path, ...]] = (("$defs",), ("definitions",), ("components", "schemas"))


@dataclass(frozen=True)
class Patch:
    """One place in both versions, and what stands there: values, or `ABSENT`."""

    old_path: Path
    new_path: Path
    old: Json
    new: Json


@dataclass(frozen=True)
class Edit:
    """One difference: `kind` is a keyword, or one of the pseudo-keywords below; patches undo it.

    Pseudo-keywords: `property`, `rename`, `branch`, `definition`, `item`, `schema-file`, `schema`.
    """

    file: str
    kind: str
    patches: tuple[Patch, ...]
    old_holder: Json = field(default=None, compare=False)
    new_holder: Json = field(default=None, compare=False)
    name: str = ""

    @property
    def first(self) -> Patch:
        """The patch that names the edit's place."""
        return self.patches[0]

    @property
    def old_pointer(self) -> str:
        """Where it stands in the old version."""
        return pointer_of(self.first.old_path)

    @property
    def new_pointer(self) -> str:
        """Where it stands in the new version; of a rename, where the new name stands."""
        return pointer_of(self.patches[1 if self.kind == "rename" else 0].new_path)

    @property
    def is_annotation(self) -> bool:
        """Whether no document can tell the difference."""
        if self.kind in _DIRECTED:
            return False
        return self.kind in ANNOTATIONS or self.kind in _DOCUMENTATION or self.kind.startswith("x-")


def completed(contract: Contract, other: Contract) -> Contract:
    """The contract with the definitions and files that only the other version has.

    Nothing refers to them yet, so they change no verdict; an edit that brings a reference finds its target.
    """
    files = dict(contract.files)
    known = {contract.base(name) for name in files}
    for name, document in other.files.items():
        if name not in files and other.base(name) not in known:
            files[name] = document
        elif name in files:
            for path in _HOLDERS:
                files[name] = _filled(files[name], document, path)
    return Contract(contract.label, files, contract.roles, parts=contract.parts)


def _filled(document: Json, other: Json, path: Path) -> Json:
    """The document with what only the other holds at a path."""
    held = []
    for one in (document, other):
        for key in path:
            one = one.get(key) if isinstance(one, dict) else None
        held.append(one if isinstance(one, dict) else {})
    missing = {name: value for name, value in held[1].items() if name not in held[0]}
    return _with(document, path, held[0] | missing) if missing and isinstance(document, dict) else document


def done(contract: Contract, edit: Edit) -> Contract | None:
    """The old version with this edit alone, or nothing where it cannot be made alone."""
    return _patched(contract, edit, [(patch.old_path, patch.new) for patch in edit.patches])


def undone(contract: Contract, edit: Edit) -> Contract | None:
    """The new version without this edit, or nothing where it cannot be undone alone."""
    return _patched(contract, edit, [(patch.new_path, patch.old) for patch in edit.patches])


def _patched(contract: Contract, edit: Edit, values: list[tuple[Path, Json]]) -> Contract | None:
    files = dict(contract.files)
    if edit.kind == "schema-file":
        return None
    try:
        # From the back, so that an index stays what it was until its own turn.
        for path, value in sorted(values, key=lambda one: str(one[0]), reverse=True):
            files[edit.file] = _with(files[edit.file], path, value)
    except (LookupError, TypeError):
        return None
    return contract.edited(files)


def _with(document: Json, path: Path, value: Json) -> Json:
    """The document with a value at a path, or without it; only what is on the way is copied."""
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(document, list):
        return _with_item(document, int(key), rest, value)
    changed = dict(document)
    if rest:
        # An emptied `properties` may be gone as a whole.
        changed[key] = _with(
            document.get(key, {}) if isinstance(rest[0], str) else document[key], rest, value
        )
    elif value is ABSENT:
        changed.pop(key, None)
    else:
        changed[key] = value
    return changed


def _with_item(items: list[Json], place: int, rest: Path, value: Json) -> list[Json]:
    if rest:
        return [*items[:place], _with(items[place], rest, value), *items[place + 1 :]]
    return [*items[:place], *([] if value is ABSENT else [value]), *items[place + 1 :]]

"""Walks two versions of a contract side by side and finds the edits between them.

Nothing is judged or undone here: see `edits` for what an edit is. A member that went while an equal one
came is one edit, a rename; branches that moved are paired before they are compared, so that moving is no
edit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from generations_contract.api.pointers import Path, at
from generations_contract.api.subschemas import LISTS, MAPS, SINGLE
from generations_contract.containment.dialect import ANNOTATIONS
from generations_contract.containment.values import Json, compact, freeze, same
from generations_contract.regression.edits.edits import ABSENT, Edit, Patch
from generations_contract.regression.edits.moves import Moves, Place
from generations_contract.regression.edits.renames import together
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.units import OPENAPI

_SETS: Final = frozenset({"enum", "required"})


def edits_between(old: Contract, new: Contract) -> list[Edit]:
    """Every edit of the schemas, in the order of the files."""
    found: list[Edit] = []
    if old.schema_files and new.schema_files:
        names = _paired_files(old, new)
        for before, after in names:
            if before is None or after is None:
                found.append(_whole_file(old, new, before, after))
                continue
            walker = _Walker(after, old.files[before], new.files[after])
            walker.schema(old.files[before], new.files[after], (), ())
            found += walker.found()
    if old.openapi is not None and new.openapi is not None:
        found += _openapi_edits(old, new)
    return found


def _paired_files(old: Contract, new: Contract) -> list[tuple[str | None, str | None]]:
    """Files of the same name."""
    before, after = list(old.schema_files), list(new.schema_files)
    return [(n if n in before else None, n if n in after else None) for n in dict.fromkeys([*before, *after])]


def _whole_file(old: Contract, new: Contract, before: str | None, after: str | None) -> Edit:
    was = old.files[before] if before else ABSENT
    now = new.files[after] if after else ABSENT
    return Edit(
        str(before or after), "schema-file", (Patch((), (), was, now),), was, now, str(before or after)
    )


def _openapi_edits(old: Contract, new: Contract) -> list[Edit]:
    """The schemas of parameters, and, where there are no schema files, all schemas of the document."""
    before, after = old.files[OPENAPI], new.files[OPENAPI]
    walker = _Walker(OPENAPI, before, after)
    whole = old.is_apart or new.is_apart
    units = {unit.key: unit for unit in old.operation_units()}
    for unit in new.operation_units():
        was = units.get(unit.key)
        if was and (whole or unit.part != "body"):
            walker.once(Place(at(before, was.path), was.path), Place(at(after, unit.path), unit.path))
    if whole:
        held = [one.get("components", {}).get("schemas", {}) for one in (before, after)]
        walker.entries(held[0], held[1], ("components", "schemas"), ("components", "schemas"), "definition")
    return walker.found()


class _Walker:
    """Walks two schemas of one file side by side and collects edits."""

    def __init__(self, file: str, old: Json, new: Json) -> None:
        self.file = file
        self.edits: list[Edit] = []
        self.holders: tuple[Json, Json] = (None, None)
        self.moves = Moves(old, new)
        self.walked: set[tuple[Path, Path]] = set()

    def found(self) -> list[Edit]:
        """The edits, those that belong together joined; a definition that moved neither came nor went."""
        moved = [
            edit
            for edit in self.edits
            if edit.kind == "definition"
            and (edit.first.new is ABSENT or edit.first.old is ABSENT)
            and (edit.first.old_path in self.moves.gone or edit.first.new_path in self.moves.come)
        ]
        return together(_each_once(edit for edit in self.edits if edit not in moved))

    def add(self, kind: str, patch: Patch, name: str = "") -> None:
        """Record one edit, in the schema objects being compared."""
        self.edits.append(Edit(self.file, kind, (patch,), *self.holders, name))

    def schema(self, old: Json, new: Json, old_path: Path, new_path: Path) -> None:
        """Compare two schemas."""
        outer, self.holders = self.holders, (old, new)
        if isinstance(old, dict) and isinstance(new, dict):
            was, now = Place(old, old_path), Place(new, new_path)
            if moved := self.moves.split_off(was, now) or self.moves.inlined(was, now):
                self.beside(was, now, moved)
            else:
                self.keywords(was, now, frozenset())
        elif not same(old, new):
            self.add("schema", Patch(old_path, new_path, old, new))
        self.holders = outer

    def keywords(self, was: Place, now: Place, apart: frozenset[str]) -> None:
        """Compare two schema objects keyword by keyword."""
        if moved := self.moves.renamed(was.schema, now.schema):
            apart |= {"$ref"}
            self.once(*moved)
        elif self.file == OPENAPI and (apart_ := self.moves.elsewhere(was.schema, now.schema)) is not None:
            self.once(*apart_)
        for keyword in dict.fromkeys([*was.schema, *now.schema]):
            if keyword not in apart and keyword not in ("$id", "$schema"):
                before, after = was.schema.get(keyword, ABSENT), now.schema.get(keyword, ABSENT)
                self.keyword(keyword, Patch((*was.path, keyword), (*now.path, keyword), before, after))

    def once(self, was: Place, now: Place) -> None:
        """Compare two schemas that several references lead to, the first time."""
        if (was.path, now.path) not in self.walked:
            self.walked.add((was.path, now.path))
            self.schema(was.schema, now.schema, was.path, now.path)

    def beside(self, was: Place, now: Place, moved: tuple[Place, Place]) -> None:
        """Compare a definition with what stood, or stands, in place; words beside the reference are its own."""
        words = frozenset(
            keyword
            for keyword in ANNOTATIONS
            if any(
                keyword in holder.schema
                for holder, there in zip((was, now), moved, strict=True)
                if holder is not there
            )
        )
        for keyword in sorted(words):
            before, after = was.schema.get(keyword, ABSENT), now.schema.get(keyword, ABSENT)
            self.keyword(keyword, Patch((*was.path, keyword), (*now.path, keyword), before, after))
        self.holders = moved[0].schema, moved[1].schema
        self.keywords(*moved, words)

    def keyword(self, keyword: str, patch: Patch) -> None:
        """Compare what a keyword says, going into the schemas that it holds."""
        old, new = patch.old, patch.new
        if old is not ABSENT and new is not ABSENT and same(old, new):
            return
        if keyword in MAPS and isinstance(old or {}, dict) and isinstance(new or {}, dict):
            kind = {"properties": "property", "$defs": "definition", "definitions": "definition"}.get(
                keyword, keyword
            )
            self.entries(old or {}, new or {}, patch.old_path, patch.new_path, kind)
        elif keyword in LISTS and isinstance(old or [], list) and isinstance(new or [], list):
            self.branches(keyword, patch)
        elif keyword in _SETS and isinstance(old or [], list) and isinstance(new or [], list):
            self.members(keyword, patch)
        elif keyword in SINGLE and isinstance(old, dict) and isinstance(new, dict):
            self.schema(old, new, patch.old_path, patch.new_path)
        else:
            self.add(keyword, patch)

    def members(self, keyword: str, patch: Patch) -> None:
        """Compare lists that are sets: required names one by one, other values by what became of them."""
        old, new = list(patch.old or ()), list(patch.new or ())
        before, after = {freeze(value) for value in old}, {freeze(value) for value in new}
        come = [value for value in new if freeze(value) not in before]
        gone = [value for value in old if freeze(value) not in after]
        each = keyword == "required"
        groups = (
            [(("+", [v]) if v in come else ("-", [v])) for v in come + gone]
            if each
            else [("+", come), ("-", gone)]
        )
        if (patch.old is ABSENT or patch.new is ABSENT) and not each:
            self.add(keyword, patch)
            return
        for sign, values in groups:
            if values:
                known = {freeze(value) for value in values}
                was = [v for v in new if freeze(v) not in known] + (values if sign == "-" else [])
                now = [v for v in old if freeze(v) not in known] + (values if sign == "+" else [])
                self.add(
                    keyword,
                    Patch(patch.old_path, patch.new_path, was, now),
                    "\0".join(f"{sign}{compact(v)}" for v in values),
                )
        if not come and not gone:
            self.add(keyword, patch)

    def entries(
        self, old: dict[str, Json], new: dict[str, Json], old_path: Path, new_path: Path, kind: str
    ) -> None:
        """Compare schemas that are held by name."""
        for name in dict.fromkeys([*old, *new]):
            patch = Patch((*old_path, name), (*new_path, name), old.get(name, ABSENT), new.get(name, ABSENT))
            if patch.old is ABSENT or patch.new is ABSENT:
                self.add(kind, patch, name)
            elif not same(patch.old, patch.new):
                self.schema(patch.old, patch.new, patch.old_path, patch.new_path)

    def branches(self, keyword: str, patch: Patch) -> None:
        """Compare schemas that are held in a list; branches may have moved."""
        old, new = list(patch.old or ()), list(patch.new or ())
        if keyword in ("prefixItems", "items"):
            pairs = [(i, i) for i in range(min(len(old), len(new)))]
        else:
            pairs = _paired(old, new)
        for before, after in pairs:
            self.schema(old[before], new[after], (*patch.old_path, before), (*patch.new_path, after))
        if len(pairs) < max(len(old), len(new)):
            gone = [branch for i, branch in enumerate(old) if i not in {p[0] for p in pairs}]
            come = [branch for i, branch in enumerate(new) if i not in {p[1] for p in pairs}]
            kind = "branch" if keyword in ("anyOf", "oneOf", "allOf") else "item"
            # Branches that were edited in place have edits of their own: each version keeps its own of them.
            was, now = [new[j] for _, j in pairs] + gone, [old[i] for i, _ in pairs] + come
            patch = Patch(patch.old_path, patch.new_path, was or ABSENT, now or ABSENT)
            self.add(kind, patch, f"{keyword}:{len(gone)}:{len(come)}")


def _each_once(edits: Iterable[Edit]) -> list[Edit]:
    """The edits, each place once: a reference may lead into a schema that is compared where it stands, too."""
    found: dict[object, Edit] = {}
    for edit in edits:
        found.setdefault((edit.kind, edit.name, edit.first.old_path, edit.first.new_path), edit)
    return list(found.values())


def _paired(old: list[Json], new: list[Json]) -> list[tuple[int, int]]:
    """Which branch became which: equal ones first, then those of one title, then the rest in order."""
    pairs: list[tuple[int, int]] = []
    for key in (freeze, _title, _shape):
        for i, before in enumerate(old):
            for j, after in enumerate(new):
                free = i not in {p[0] for p in pairs} and j not in {p[1] for p in pairs}
                if free and key(before) is not None and key(before) == key(after):
                    pairs.append((i, j))
                    break
    left = [i for i in range(len(old)) if i not in {p[0] for p in pairs}]
    right = [j for j in range(len(new)) if j not in {p[1] for p in pairs}]
    return pairs + (list(zip(left, right, strict=True)) if len(left) == len(right) else [])


def _title(branch: Json) -> str | None:
    return branch.get("title") if isinstance(branch, dict) else None


def _shape(branch: Json) -> Any:
    return (
        str(branch.get("type") or branch.get("$ref") or sorted(branch)) if isinstance(branch, dict) else None
    )

"""What stands beside schemas and operations in an OpenAPI document: told where it changed, never passed over.

A table says of every member of an object who compares it. What nobody does is told as *not compared*, and is
undecided: whether it breaks anyone is not known. Words for people alone are no change of the contract.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from generations_contract.api.pointers import Path, at, pointer_of, referred
from generations_contract.containment.values import Json, freeze
from generations_contract.regression.edits.edits import ABSENT
from generations_contract.regression.verdicts.change import SAFE, UNDECIDED, Change
from generations_contract.regression.verdicts.operations import change
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.grammar import HELD, SECTIONS
from generations_contract.regression.versions.places import Operation, keyed, media, status
from generations_contract.regression.versions.references import references
from generations_contract.regression.versions.units import OPENAPI

NOT_COMPARED: Final = "no rule says whom it breaks: read it"
_UNREFERRED: Final = "nothing that both versions have refers to it"
_REFERRED: Final = "what something refers to of it is compared there"
# Words for people, and examples: whatever they say, the contract stays what it is.
_WORDS: Final = frozenset({"summary", "tags", "externalDocs", "example", "examples", "$self"})
# Who compares a member: `operations` and `policy`, or `comparison` for schemas.
_ELSEWHERE: Final[dict[str, frozenset[str]]] = {
    "document": frozenset({"info", "servers", "security", "paths", "webhooks", "components"}),
    "info": frozenset(
        {"title", "version", "termsOfService", "contact", "license", "description", "x-lifecycle", "x-wait",
         "x-error-codes"}
    ),
    "pathItem": frozenset({*HELD["pathItem"], "$ref"}),
    "operation": frozenset({"description", "security", *HELD["operation"]}),
    "parameter": frozenset({"name", "in", "required", "schema", "content", "style", "explode"}),
    "requestBody": frozenset({"required", "content"}),
    "response": frozenset({"headers", "content", "links", "x-error-code"}),
    "mediaType": frozenset({"schema", "itemSchema", "encoding"}),
    "encoding": frozenset({"headers"}),
}  # fmt: skip
# What a person must read; no document shows it.
_POLICY: Final = {
    "description": "description-changed", "deprecated": "deprecation-changed", "operationId": "id-changed",
    "servers": "server-changed", "x-sunset": "sunset-changed",
}  # fmt: skip
_KEYS: Final[dict[str, Callable[[str], str]]] = {"content": media, "responses": status, "headers": str.lower}
# The objects within an object that are compared here as well.
_INNER: Final = {
    "parameter": {"content": "mediaType"}, "requestBody": {"content": "mediaType"},
    "response": {"content": "mediaType", "headers": "header", "links": "link"},
    "mediaType": {"encoding": "encoding"}, "encoding": {"headers": "header"}, "header": {"content": "mediaType"},
}  # fmt: skip
_SPOKEN: Final = frozenset({"encoding", "headers"})
_STYLES: Final = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
_PRIMITIVE: Final = frozenset({"string", "number", "integer", "boolean"})


def remaining_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """What has changed and is compared nowhere else; nothing where either has no OpenAPI document."""
    if old.openapi is None or new.openapi is None:
        return
    pair = _Pair(old, new)
    yield from pair.members("document", ((), ()), "the document")
    yield from pair.members("info", (("info",), ("info",)), "info")
    for section in ("paths", "webhooks"):
        yield from pair.extensions(((section,), (section,)), section)
    before, after = ({one.key: one for one in version.operations()} for version in (old, new))
    for key in before.keys() & after.keys():
        yield from pair.operation(before[key], after[key])
    yield from pair.components()


def draft_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """The schema files that are written in another draft: each is read by its own."""
    for name in [one for one in old.drafts if new.drafts.get(one, old.drafts[one]) != old.drafts[one]]:
        found = change("schema-draft-changed", ("$schema",), old.drafts[name], new.drafts[name])
        yield replace(found, file=name)


@dataclass
class _Pair:
    """Two OpenAPI documents side by side; each two objects are compared once."""

    old: Contract
    new: Contract
    seen: set[tuple[Path, Path]] = field(default_factory=set)

    def operation(self, was: Operation, now: Operation) -> Iterator[Change]:
        """One operation, its path item, and all that it holds but schemas."""
        yield from self.members("pathItem", (was.item, now.item), now.about.partition(" ")[2])
        paths = self.old.follow(was.path)[0], self.new.follow(now.path)[0]
        yield from self.members("operation", paths, now.about)
        before, after = was.parameters(self.old.follow), now.parameters(self.new.follow)
        for key in [one for one in before if one in after]:
            told = f"{now.about} {key[0]} parameter {after[key][1].get('name')}"
            yield from self.held("parameter", (before[key][0], after[key][0]), told)
            yield from self.style((before[key][1], after[key][1]), after[key][0], told)
        for member, kind in (("requestBody", "requestBody"), ("responses", "response")):
            if all(member in at(self._document(side), paths[side]) for side in range(2)):
                places = (*paths[0], member), (*paths[1], member)
                if kind == "response":
                    yield from self.extensions(places, f"{now.about} {member}")
                    yield from self.map(kind, member, places, now.about)
                else:
                    yield from self.held(kind, places, f"{now.about} request")

    def held(self, kind: str, places: tuple[Path, Path], about: str) -> Iterator[Change]:
        """An object behind references, its members, and the objects that it holds by media type."""
        found = self.old.follow(places[0]), self.new.follow(places[1])
        paths = found[0][0], found[1][0]
        if paths in self.seen or not all(isinstance(one[1], dict) for one in found):
            return
        yield from self.members(kind, paths, about)
        for member, inner in _INNER.get(kind, {}).items():
            if all(isinstance(one[1].get(member), dict) for one in found):
                places = (*paths[0], member), (*paths[1], member)
                yield from self.map(
                    inner, member, places, f"{about} {member}" if member in _SPOKEN else about
                )

    def map(self, kind: str, member: str, places: tuple[Path, Path], about: str) -> Iterator[Change]:
        """The objects of a map that both versions have, by what their names mean."""
        before, after = (
            keyed(
                (n for n in self.value(side, places[side]) if not n.startswith("x-") or member in _SPOKEN),
                _KEYS.get(member, str),
            )
            for side in range(2)
        )
        for meant in [one for one in before if one in after]:
            paths = (*places[0], before[meant]), (*places[1], after[meant])
            yield from self.held(kind, paths, f"{about} {meant}")

    def extensions(self, paths: tuple[Path, Path], about: str) -> Iterator[Change]:
        """The members of a map that are no objects of it."""
        was, now = (self.value(side, paths[side]) for side in range(2))
        for name in dict.fromkeys(one for one in (*was, *now) if one.startswith("x-")):
            before, after = was.get(name, ABSENT), now.get(name, ABSENT)
            if not _same(name, before, after):
                yield _told("map", paths, name, (before, after), about)

    def members(self, kind: str, paths: tuple[Path, Path], about: str) -> Iterator[Change]:
        """The members of an object that nothing else compares."""
        if paths in self.seen:
            return
        self.seen.add(paths)
        if kind in ("header", "link"):
            return  # `operations` compares them as a whole
        was, now = (self.value(side, paths[side]) for side in range(2))
        elsewhere = _ELSEWHERE.get(kind, frozenset())
        for member in dict.fromkeys([*was, *now]):
            before, after = was.get(member, ABSENT), now.get(member, ABSENT)
            if member not in elsewhere | _WORDS and not _same(member, before, after):
                yield _told(
                    kind, paths, member, (before, after), about, is_referred=self.is_referred(kind, member)
                )

    def is_referred(self, kind: str, member: str) -> bool:
        """Whether the document refers into a member of its own that OpenAPI does not know."""
        start = f"#/{member}/"
        return kind == "document" and any(one.startswith(start) for one in references(self._document(1)))

    def style(self, sides: tuple[dict[str, Any], dict[str, Any]], path: Path, about: str) -> Iterator[Change]:
        """How a parameter is written down."""
        was, now = _written(sides[0]), _written(sides[1])
        if was == now:
            return
        found = change("parameter-style-changed", (*path, "style"), list(was), list(now), about)
        types = {self._type(side, sides[side].get("schema")) for side in range(2)}
        # Only of several values does it show whether they are exploded.
        alike = was[0] == now[0] and types <= _PRIMITIVE
        yield replace(found, level=SAFE, reason="a single value is written alike") if alike else found

    def _type(self, side: int, schema: Json) -> str:
        for _ in range(10):
            if not isinstance(schema, dict) or "$ref" not in schema:
                break
            schema = at(self._document(side), referred(schema["$ref"]))
        return str(schema.get("type")) if isinstance(schema, dict) else ""

    def components(self) -> Iterator[Change]:
        """The components that nothing has led to."""
        before, after = (self._document(side).get("components") or {} for side in range(2))
        for section, kind in SECTIONS.items():
            if section in ("schemas", "securitySchemes", "examples"):
                continue
            was, now = before.get(section) or {}, after.get(section) or {}
            for name in dict.fromkeys([*was, *now]):
                path: Path = ("components", section, name)
                old, new = was.get(name, ABSENT), now.get(name, ABSENT)
                if (path, path) in self.seen or freeze_or(old) == freeze_or(new):
                    continue
                way = "added" if old is ABSENT else "removed" if new is ABSENT else "changed"
                found = change(f"component-{kind.lower()}-{way}", path, old, new, f"{section} {name}")
                yield replace(found, level=SAFE, reason=_UNREFERRED)
        for section in dict.fromkeys([*before, *after]):
            told = before.get(section, ABSENT), after.get(section, ABSENT)
            if section not in SECTIONS and freeze_or(told[0]) != freeze_or(told[1]):
                yield _told("components", (("components",), ("components",)), section, told, "components")

    def value(self, side: int, path: Path) -> dict[str, Any]:
        """The object at a path; an empty one where there is none."""
        try:
            found = at(self._document(side), path)
        except (LookupError, TypeError):
            return {}
        return found if isinstance(found, dict) else {}

    def _document(self, side: int) -> dict[str, Any]:
        return (self.old, self.new)[side].openapi or {}


def freeze_or(value: Json) -> object:
    """A key of a value that may be absent."""
    return ABSENT if value is ABSENT else freeze(value)


def _same(member: str, before: Json, after: Json) -> bool:
    if member in ("deprecated", "allowReserved", "allowEmptyValue"):
        return bool(before) is bool(after)
    return freeze_or(before) == freeze_or(after)


def _written(parameter: dict[str, Any]) -> tuple[str, bool]:
    style = parameter.get("style") or _STYLES.get(str(parameter.get("in")), "form")
    return str(style), bool(parameter.get("explode", style == "form"))


def _told(
    kind: str,
    paths: tuple[Path, Path],
    member: str,
    values: tuple[Json, Json],
    about: str,
    *,
    is_referred: bool = False,
) -> Change:
    """The change of one member, with the level that its table gives it."""
    path = (*paths[1], member)
    spelled = kind.lower()
    if member in _POLICY:
        found = change(f"{spelled}-{_POLICY[member]}", path, *values, f"{about} {member}")
    elif member.startswith("x-") or is_referred:
        found = change("extension-changed", path, *values, f"{about} {member}")
        reason = _REFERRED if is_referred else "an extension: no reader of OpenAPI knows it"
        found = replace(found, level=SAFE, reason=reason)
    elif member in ("openapi", "jsonSchemaDialect"):
        name = "openapi-version-changed" if member == "openapi" else "schema-draft-changed"
        found = replace(change(name, path, *values), level=SAFE, reason="each version is read by its own")
    else:
        found = change("not-compared", path, *values, f"not compared: {about} {member}")
        found = replace(found, level=UNDECIDED, reason=NOT_COMPARED)
    return replace(found, old_pointer=pointer_of((*paths[0], member)), file=OPENAPI)

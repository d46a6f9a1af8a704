"""What is known of a piece of a contract by its identity: a digest of its text, and what it refers to.

No meaning is read here. Versions of a contract share most of their pieces, and an edit made alone shares all but
what is on the way to it; so each piece is looked at once, however many versions and units it is part of.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from generations_contract.api.subschemas import rewrite, walk
from generations_contract.containment.values import Json
from generations_contract.regression.versions.directed import directed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

COMPONENTS: Final = "#/components/schemas/"
DEFINITIONS: Final = "#/$defs/"
# With one of these in a piece, a reference in it may mean something else than a place under the components.
# (`$recursiveRef` says nothing in 2020-12.)
_ADDRESSES: Final = frozenset({"$id", "$anchor", "$dynamicAnchor", "$dynamicRef"})


def digest_of(*parts: bytes) -> bytes:
    """A digest of digests."""
    return blake2b(b"\0".join(parts), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Part:
    """One piece: a digest of its text, and the components it refers to.

    `is_plain`: every reference in it leads to a component as a whole, so that it can be carried elsewhere.
    """

    digest: bytes
    names: frozenset[str]
    is_plain: bool


@dataclass
class Parts:
    """The pieces of all versions under comparison. Each is kept, so that no other takes its identity."""

    _known: dict[int, tuple[Json, Part]] = field(default_factory=dict)
    _directed: dict[tuple[int, bool, frozenset[str]], tuple[Json, Json]] = field(default_factory=dict)
    _carried: dict[int, tuple[Json, Json]] = field(default_factory=dict)

    def of(self, value: Json) -> Part:
        """What is known of a value."""
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = value, _looked_at(value)
        return known[1]

    def directed(
        self,
        schema: Json,
        marked: frozenset[str],
        behind: Callable[[str], Json],
        *,
        is_sent: bool,
    ) -> Json:
        """The schema as it holds in one direction, itself where that is the same; `marked` components do not travel."""
        part = self.of(schema)
        if not part.is_plain:
            return directed(schema, is_sent, behind)
        key = id(schema), is_sent, part.names & marked
        if key not in self._directed:
            self._directed[key] = schema, directed(schema, is_sent, behind)
        return self._directed[key][1]

    def carried(self, schema: Json) -> Json:
        """The schema with its references to components pointed at `$defs`."""
        known = self._carried.get(id(schema))
        if known is None:
            known = self._carried[id(schema)] = schema, rewrite(schema, _pointed)
        return known[1]

    def reached(self, schema: Json, components: dict[str, Json]) -> list[str] | None:
        """The components that a schema reaches, sorted; nothing where they cannot all be told by name."""
        first = self.of(schema)
        if not first.is_plain:
            return None
        seen: set[str] = set()
        todo = [first]
        while todo:
            for name in todo.pop().names - seen:
                if name not in components:
                    return None
                seen.add(name)
                part = self.of(components[name])
                if not part.is_plain:
                    return None
                todo.append(part)
        return sorted(seen)

    def closure(self, schema: Json, names: Iterable[str], components: dict[str, Json]) -> bytes:
        """A digest of a schema together with the components that it reaches."""
        reached = (digest_of(name.encode(), self.of(components[name]).digest) for name in names)
        return digest_of(self.of(schema).digest, *reached)


def _looked_at(value: Json) -> Part:
    # Members in the order in which they stand: where they moved, nothing is equal at once, and that is all.
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    digest = blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()
    written = set(_references(value))
    followed = {str(inner["$ref"]) for inner in walk(value) if isinstance(inner.get("$ref"), str)}
    names = frozenset(name for one in followed if (name := component_of(one)) is not None)
    addressed = any(_ADDRESSES & inner.keys() for inner in walk(value))
    is_plain = not addressed and written == followed and len(names) == len(followed)
    return Part(digest, names, is_plain)


def _references(value: Json) -> Iterator[str]:
    """Every reference, also one in what may be data: such a piece is left where it stands."""
    todo = [value]
    while todo:
        inner = todo.pop()
        if isinstance(inner, dict):
            if isinstance(inner.get("$ref"), str):
                yield inner["$ref"]
            todo += inner.values()
        elif isinstance(inner, list):
            todo += inner


def component_of(reference: str) -> str | None:
    """The name of the component that a reference leads to as a whole."""
    name = reference.removeprefix(COMPONENTS)
    if name == reference or "/" in name:
        return None
    return unquote(name).replace("~1", "/").replace("~0", "~")


def _pointed(schema: dict[str, Json]) -> dict[str, Json]:
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith(COMPONENTS):
        schema["$ref"] = DEFINITIONS + reference.removeprefix(COMPONENTS)
    return schema

"""Definitions that were renamed, split off or inlined: what moves is no edit, what changed on the way is.

Nothing is compared here. A reference is looked through only where that cannot be mistaken: within one file,
and where whatever referred to the definition in one version refers to its counterpart in the other.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from generations_contract.api.pointers import Path, at, referred
from generations_contract.containment.dialect import ANNOTATIONS
from generations_contract.containment.values import Json

if TYPE_CHECKING:
    from collections.abc import Iterator


class Place(NamedTuple):
    """A schema and where it stands."""

    schema: Json
    path: Path


class Moves:
    """The references of two versions of one file, and the definitions that were seen to move."""

    def __init__(self, old: Json, new: Json) -> None:
        self.documents = (old, new)
        self.counts = (Counter(_references(old)), Counter(_references(new)))
        self.gone: set[Path] = set()
        self.come: set[Path] = set()

    def renamed(self, old: Json, new: Json) -> tuple[Place, Place] | None:
        """The definitions behind two references that differ in the name alone."""
        was, now = _reference(old), _reference(new)
        if not was or not now or was == now:
            return None
        before, after = self.counts
        if before[was] != after[now] or was in after or now in before:
            return None
        places = self._at(0, was), self._at(1, now)
        if places[0] is None or places[1] is None:
            return None
        self.gone.add(places[0].path)
        self.come.add(places[1].path)
        return places[0], places[1]

    def elsewhere(self, old: Json, new: Json) -> tuple[Place, Place] | None:
        """What one reference leads to in both versions, where no walk over the components comes by."""
        reference = _reference(old)
        if not reference or reference != _reference(new) or reference.startswith("#/components/schemas/"):
            return None
        was, now = self._at(0, reference), self._at(1, reference)
        return (was, now) if was and now else None

    def split_off(self, old: Place, new: Place) -> tuple[Place, Place] | None:
        """What stood in place before, and the definition that it became."""
        place = self._single(1, old.schema, new.schema)
        if place is None:
            return None
        self.come.add(place.path)
        return old, place

    def inlined(self, old: Place, new: Place) -> tuple[Place, Place] | None:
        """A definition, and what stands in place of the reference to it."""
        place = self._single(0, new.schema, old.schema)
        if place is None:
            return None
        self.gone.add(place.path)
        return place, new

    def _single(self, side: int, inline: Json, holder: Json) -> Place | None:
        """The definition that this schema alone refers to, saying nothing else itself."""
        reference = _reference(holder)
        if not reference or _reference(inline) or not isinstance(inline, dict):
            return None
        others = set(holder) - ANNOTATIONS - {"$ref"}
        is_known = reference in self.counts[1 - side]
        if others or is_known or self.counts[side][reference] != 1:
            return None
        place = self._at(side, reference)
        # A definition without words of its own: then those beside the reference are compared.
        return place if place and isinstance(place.schema, dict) else None

    def _at(self, side: int, reference: str) -> Place | None:
        path = referred(reference)
        try:
            return Place(at(self.documents[side], path), path)
        except (LookupError, TypeError, ValueError):
            return None


def _reference(schema: Json) -> str:
    found = schema.get("$ref") if isinstance(schema, dict) else None
    return found if isinstance(found, str) and found.startswith("#/") else ""


def _references(value: Json) -> Iterator[str]:
    todo = [value]
    while todo:
        inner = todo.pop()
        if isinstance(inner, dict):
            if reference := _reference(inner):
                yield reference
            todo += inner.values()
        elif isinstance(inner, list):
            todo += inner

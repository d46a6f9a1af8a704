"""Where the references of a document lead: all of them, and the schema objects that a place reaches.

Nothing is resolved here: whoever holds the files says what is behind a reference.
"""

from collections.abc import Callable, Iterator
from typing import Final

from generations_contract.api.pointers import Path, at
from generations_contract.api.subschemas import walk
from generations_contract.containment.values import Json

_REFERENCES: Final = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
Resolve = Callable[[str, str], tuple[str, Path] | None]


def objects_reached(files: dict[str, Json], file: str, path: Path, resolve: Resolve) -> set[int]:
    """The identities of the schema objects that take part in a schema; all, where a reference leads who knows where."""
    seen: set[int] = set()
    todo: list[tuple[str, Json]] = [(file, at(files[file], path))]
    while todo:
        file, schema = todo.pop()
        if not isinstance(schema, dict) or id(schema) in seen:
            continue
        # Definitions take part only where something refers to them.
        plain = {k: v for k, v in schema.items() if k not in ("$defs", "definitions")}
        for inner in walk(plain):
            if inner is not plain:  # the copy dies, and its identity would be another's
                seen.add(id(inner))
            for keyword in _REFERENCES & inner.keys():
                found = resolve(file, inner[keyword]) if keyword == "$ref" else None
                if found is None:  # what a reference leads to is not known: to anything
                    return {id(one) for each in files.values() for one in _objects(each)}
                todo.append((found[0], at(files[found[0]], found[1])))
        seen.add(id(schema))
    return seen


def _objects(value: Json) -> Iterator[dict[str, Json]]:
    """Every object in a value, itself too."""
    todo = [value]
    while todo:
        inner = todo.pop()
        if isinstance(inner, dict):
            yield inner
        todo += inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list) else ()


def references(document: Json) -> Iterator[str]:
    """The references within a document to places in it, as they are written."""
    for inner in _objects(document):
        reference = inner.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            yield reference

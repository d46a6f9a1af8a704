"""Where schemas sit inside schemas, in any draft: the keywords that hold them, and the ways through them.

Nothing is judged here, and no reference is followed.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

SINGLE: Final = frozenset(
    {
        "additionalItems", "additionalProperties", "contains", "else", "if", "items", "not",
        "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
    }
)  # fmt: skip
LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems", "items"})
MAPS: Final = frozenset(
    {"$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"}
)


def subschemas(schema: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every schema directly under this one, with the path of keys that leads to it."""
    if not isinstance(schema, dict):
        return
    for keyword, value in schema.items():
        if isinstance(value, list) and keyword in LISTS:
            yield from (((keyword, index), item) for index, item in enumerate(value))
        elif isinstance(value, dict) and keyword in MAPS:
            # A draft-07 dependency may be a list of names, which is no schema.
            yield from (((keyword, name), item) for name, item in value.items() if not isinstance(item, list))
        elif isinstance(value, dict | bool) and keyword in SINGLE:
            yield (keyword,), value


def walk(schema: Any) -> Iterator[dict[str, Any]]:
    """The schema object and every one inside it; `const`, `enum` and `examples` are not entered."""
    if isinstance(schema, dict):
        yield schema
        for _, inner in subschemas(schema):
            yield from walk(inner)


def rewrite(schema: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """A copy with `change` applied to every schema object, innermost first."""
    if not isinstance(schema, dict):
        return schema
    copy = dict(schema)
    for path, inner in subschemas(schema):
        keyword = path[0]
        if len(path) == 1:
            copy[str(keyword)] = rewrite(inner, change)
            continue
        if copy[str(keyword)] is schema[str(keyword)]:
            copy[str(keyword)] = schema[str(keyword)].copy()
        copy[str(keyword)][path[1]] = rewrite(inner, change)
    return change(copy)

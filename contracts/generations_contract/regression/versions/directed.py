"""A schema of an OpenAPI document as it holds in one direction: what OpenAPI says beside JSON Schema.

A required member that is `readOnly` is not asked of senders, and one that is `writeOnly` does not come back;
`int32` and `int64` are ranges. Nothing is compared here.
"""

from collections.abc import Callable
from typing import Any, Final

from generations_contract.api.subschemas import rewrite
from generations_contract.containment.values import Json

_RANGES: Final = {"int32": 2**31, "int64": 2**63}
_LONGEST_CHAIN: Final = 10


def directed(schema: Json, is_sent: bool, behind: Callable[[str], Json]) -> Json:  # noqa: FBT001 - one of two ways
    """The schema for senders, or for readers; `behind` gives the schema behind a reference."""

    def change(inner: dict[str, Json]) -> dict[str, Json]:
        members = inner.get("properties")
        if isinstance(inner.get("required"), list) and isinstance(members, dict):
            kept = [name for name in inner["required"] if not is_marked(members.get(name), is_sent, behind)]
            inner = {**inner, "required": kept}
        return _ranged(inner)

    found = rewrite(schema, change)
    return schema if found == schema else found


def is_marked(schema: Json, is_sent: bool, behind: Callable[[str], Json], depth: int = 0) -> bool:  # noqa: FBT001
    """Whether a member does not travel in this direction: so says its schema, or one that it is made of."""
    if not isinstance(schema, dict) or depth > _LONGEST_CHAIN:
        return False
    parts = list(schema["allOf"]) if isinstance(schema.get("allOf"), list) else []
    if isinstance(schema.get("$ref"), str):
        parts.append(behind(schema["$ref"]))
    mark = "readOnly" if is_sent else "writeOnly"
    return schema.get(mark) is True or any(is_marked(one, is_sent, behind, depth + 1) for one in parts)


def _ranged(schema: dict[str, Json]) -> dict[str, Json]:
    size = _RANGES.get(schema["format"]) if isinstance(schema.get("format"), str) else None
    if size is None:
        return schema
    low, high = schema.get("minimum"), schema.get("maximum")
    limits: dict[str, Any] = {
        "minimum": max(low, -size) if isinstance(low, int | float) else -size,
        "maximum": min(high, size - 1) if isinstance(high, int | float) else size - 1,
    }
    return {**schema, **limits}

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
    mark = "readOnly" if is_sent else "writeOnly"

    def change(inner: dict[str, Json]) -> dict[str, Json]:
        members = inner.get("properties")
        if isinstance(inner.get("required"), list) and isinstance(members, dict):
            kept = [name for name in inner["required"] if not _is_marked(members.get(name), mark, behind)]
            inner = {**inner, "required": kept}
        return _ranged(inner)

    return rewrite(schema, change)


def _is_marked(schema: Json, mark: str, behind: Callable[[str], Json], depth: int = 0) -> bool:
    """Whether a member is marked: by its schema, or by one that it is made of."""
    if not isinstance(schema, dict) or depth > _LONGEST_CHAIN:
        return False
    parts = list(schema["allOf"]) if isinstance(schema.get("allOf"), list) else []
    if isinstance(schema.get("$ref"), str):
        parts.append(behind(schema["$ref"]))
    return schema.get(mark) is True or any(_is_marked(one, mark, behind, depth + 1) for one in parts)


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

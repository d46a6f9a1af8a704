"""Schemas of OpenAPI 3.0, made into schemas of 3.1 that accept the same documents.

Nothing is decided here. A word that 3.0 gives no meaning stays where it is, so that a change of it is seen.
"""

from generations_contract.containment.values import Json


def as_3_1(schema: dict[str, Json]) -> None:
    """Change a schema object in place; those that it holds are not entered."""
    if isinstance(schema.get("$ref"), str):
        # 3.0: "this object cannot be extended with additional properties".
        for keyword in schema.keys() - {"$ref"}:
            del schema[keyword]
        return
    for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(bound), bool):
            is_exclusive = schema.pop(bound)
            if is_exclusive and limit in schema:
                schema[bound] = schema.pop(limit)
    # Null joins the type that stands beside it; without one, and into an enumeration, it does not come (3.0.3).
    if schema.get("nullable") is True and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        del schema["nullable"]
    elif schema.get("nullable") is False:
        del schema["nullable"]

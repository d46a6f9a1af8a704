"""To which edit a broken document is owed: the question that undoes one edit and leaves all others.

An edit is to blame when some document is broken by the whole change and saved by undoing this edit alone.
That is one containment question over three schemas, the old, the new, and the new without the edit; this
module only builds it. Two versions of one schema share their addresses, so each gets addresses of its own.
"""

from typing import Final
from urllib.parse import quote, urljoin

from generations_contract.containment.dialect import Dialect, subschemas, walk
from generations_contract.containment.values import Json

_DYNAMIC: Final = frozenset({"$dynamicRef", "$recursiveRef"})


def joined(schemas: list[Json], keyword: str, dialect: Dialect) -> Json | None:
    """One schema out of complete ones, under `allOf` or `anyOf`; nothing where references are dynamic."""
    if any(_DYNAMIC & inner.keys() for schema in schemas for inner in walk(schema)):
        return None
    homes = [f"https://version-{place}.invalid/" for place in range(len(schemas))]
    parts = {f"version-{place}": _moved(schemas[place], home) for place, home in enumerate(homes)}
    holder = "$defs" if dialect.is_modern else "definitions"
    return {"$schema": dialect.uri, keyword: [{"$ref": home} for home in homes], holder: parts}


def _moved(schema: Json, home: str) -> Json:
    """The schema at another address, with all that it embeds and refers to."""
    if not isinstance(schema, dict):
        return {"$id": home, "allOf": [schema]}
    root = str(schema.get("$id", home))
    addresses = {root: home}
    _collect(schema, root, addresses, home)
    return _rewritten(schema, root, addresses) | {"$id": home}


def _collect(schema: Json, base: str, addresses: dict[str, str], home: str) -> None:
    for _, inner in subschemas(schema):
        if isinstance(inner, dict):
            inside = _base(inner, base)
            if inside not in addresses:
                addresses[inside] = f"{home}{quote(inside, safe='')}"
            _collect(inner, inside, addresses, home)


def _base(schema: dict[str, Json], base: str) -> str:
    own = schema.get("$id")
    return urljoin(base, own) if isinstance(own, str) and not own.startswith("#") else base


def _rewritten(schema: Json, base: str, addresses: dict[str, str]) -> Json:
    if not isinstance(schema, dict):
        return schema
    base, copy = _base(schema, base), dict(schema)
    for path, inner in subschemas(schema):
        changed, keyword = _rewritten(inner, base, addresses), str(path[0])
        if len(path) == 1:
            copy[keyword] = changed
            continue
        if copy[keyword] is schema[keyword]:
            copy[keyword] = schema[keyword].copy()
        copy[keyword][path[1]] = changed
    if isinstance(schema.get("$id"), str) and not schema["$id"].startswith("#"):
        copy["$id"] = addresses[base]
    if isinstance(schema.get("$ref"), str):
        address, mark, fragment = urljoin(base, schema["$ref"]).partition("#")
        copy["$ref"] = f"{addresses.get(address, address)}{mark}{fragment}"
    copy.pop("$schema", None)
    return copy

"""The drafts that are understood.

No containment is decided here. A draft is data: which validators speak it; what the keywords mean is in the
package `terms`, and where schemas sit inside schemas in `api.subschemas`.
"""

from dataclasses import dataclass
from typing import Final

import jsonschema
import jsonschema_rs
from jsonschema.protocols import Validator as PythonValidator

from generations_contract.api.schema_files import ANNOTATION
from generations_contract.containment.values import Json

ANNOTATIONS: Final = frozenset(
    {
        "$comment", "$schema", "contentEncoding", "contentMediaType", "contentSchema", "default",
        "deprecated", "description", "example", "examples", "readOnly", "title", "writeOnly", ANNOTATION,
    }
)  # fmt: skip


class UnsupportedSchemaError(ValueError):
    """The schema is no valid, self-contained schema of a draft that is understood."""


# What a draft does not know yet, or no more, says nothing in it.
_SINCE_6: Final = frozenset({"const", "contains", "propertyNames"})
_SINCE_7: Final = frozenset({"if", "then", "else"})
_SINCE_2019: Final = frozenset(
    {
        "dependentRequired",
        "dependentSchemas",
        "minContains",
        "maxContains",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
_SINCE_2020: Final = frozenset({"prefixItems"})


@dataclass(frozen=True)
class Dialect:
    """One draft: its name, its meta-schema's address, the class that speaks it in each validator, and what it lacks."""

    name: str
    uri: str
    rust: type[jsonschema_rs.Validator]
    rust_draft: int
    python: type[PythonValidator]
    unknown: frozenset[str]

    @property
    def is_modern(self) -> bool:
        """Whether `$ref` has siblings and definitions stand in `$defs`: since 2019-09."""
        return self.rust_draft in (jsonschema_rs.Draft201909, jsonschema_rs.Draft202012)

    @property
    def is_latest(self) -> bool:
        """Whether arrays have `prefixItems`, and references may be dynamic: since 2020-12."""
        return self.rust_draft == jsonschema_rs.Draft202012

    @property
    def id_keyword(self) -> str:
        """The keyword that gives a schema its address."""
        return "id" if self.rust_draft == jsonschema_rs.Draft4 else "$id"


DRAFT_4: Final = Dialect(
    "draft-04",
    "http://json-schema.org/draft-04/schema",
    jsonschema_rs.Draft4Validator,
    jsonschema_rs.Draft4,
    jsonschema.Draft4Validator,
    _SINCE_6 | _SINCE_7 | _SINCE_2019 | _SINCE_2020,
)
DRAFT_6: Final = Dialect(
    "draft-06",
    "http://json-schema.org/draft-06/schema",
    jsonschema_rs.Draft6Validator,
    jsonschema_rs.Draft6,
    jsonschema.Draft6Validator,
    _SINCE_7 | _SINCE_2019 | _SINCE_2020,
)
DRAFT_7: Final = Dialect(
    "draft-07",
    "http://json-schema.org/draft-07/schema",
    jsonschema_rs.Draft7Validator,
    jsonschema_rs.Draft7,
    jsonschema.Draft7Validator,
    _SINCE_2019 | _SINCE_2020,
)
DRAFT_2019_09: Final = Dialect(
    "2019-09",
    "https://json-schema.org/draft/2019-09/schema",
    jsonschema_rs.Draft201909Validator,
    jsonschema_rs.Draft201909,
    jsonschema.Draft201909Validator,
    _SINCE_2020 | {"dependencies"},
)
DRAFT_2020_12: Final = Dialect(
    "2020-12",
    "https://json-schema.org/draft/2020-12/schema",
    jsonschema_rs.Draft202012Validator,
    jsonschema_rs.Draft202012,
    jsonschema.Draft202012Validator,
    frozenset({"additionalItems", "dependencies"}),
)
DIALECTS: Final = (DRAFT_4, DRAFT_6, DRAFT_7, DRAFT_2019_09, DRAFT_2020_12)


def _spellings(dialect: Dialect) -> list[str]:
    """The usual ways to name a draft: `7`, `07`, `draft-07`, `2020-12`, its address."""
    bare = dialect.name.removeprefix("draft-")
    short = {bare, bare.lstrip("0"), bare.replace("-", ""), bare.partition("-")[0]}
    return [f"{prefix}{name}" for name in short for prefix in ("", "draft", "draft-")] + [dialect.uri]


_SPELLINGS: Final = {
    **{spelling: dialect for dialect in DIALECTS for spelling in _spellings(dialect)},
    # The dialect of OpenAPI adds words that no validator asserts.
    "https://spec.openapis.org/oas/3.1/dialect/base": DRAFT_2020_12,
}


def dialect_named(draft: object) -> Dialect:
    """The dialect under any of its usual spellings (`7`, `"draft-07"`, `"2020-12"`, a meta-schema address).

    Raises `UnsupportedSchemaError` for every other draft.
    """
    spelling = (
        str(draft)
        .strip()
        .lower()
        .rstrip("#")
        .replace("https://json-schema.org/draft-0", "http://json-schema.org/draft-0")
    )
    known = ", ".join(dialect.name for dialect in DIALECTS)
    if (dialect := _SPELLINGS.get(spelling)) is None:
        raise UnsupportedSchemaError(f"draft {draft!r} is not supported: say one of {known}")
    return dialect


def dialect_for(draft: object, *schemas: Json) -> Dialect:
    """The dialect that is named, else the one that the first `$schema` names, else 2020-12.

    Raises `UnsupportedSchemaError`, also for a `$schema` that is no draft: what its keywords mean is not known.
    """
    named = [
        dialect_named(schema["$schema"])
        for schema in schemas
        if isinstance(schema, dict) and isinstance(schema.get("$schema"), str)
    ]
    if draft is not None:
        return dialect_named(draft)
    return named[0] if named else DRAFT_2020_12

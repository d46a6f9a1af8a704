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


@dataclass(frozen=True)
class Dialect:
    """One draft: its name, its meta-schema's address, and the class that speaks it in each validator."""

    name: str
    uri: str
    rust: type[jsonschema_rs.Validator]
    rust_draft: int
    python: type[PythonValidator]

    @property
    def is_modern(self) -> bool:
        """Whether `$ref` has siblings and arrays have `prefixItems`."""
        return self.rust_draft == jsonschema_rs.Draft202012


DRAFT_7: Final = Dialect(
    "draft-07",
    "http://json-schema.org/draft-07/schema",
    jsonschema_rs.Draft7Validator,
    jsonschema_rs.Draft7,
    jsonschema.Draft7Validator,
)
DRAFT_2020_12: Final = Dialect(
    "2020-12",
    "https://json-schema.org/draft/2020-12/schema",
    jsonschema_rs.Draft202012Validator,
    jsonschema_rs.Draft202012,
    jsonschema.Draft202012Validator,
)
_SPELLINGS: Final = {
    **dict.fromkeys(("7", "07", "draft7", "draft-7", "draft07", "draft-07"), DRAFT_7),
    **dict.fromkeys(
        ("2020", "202012", "2020-12", "draft2020-12", "draft-2020-12", "draft202012", "draft2020"),
        DRAFT_2020_12,
    ),
    DRAFT_7.uri: DRAFT_7,
    DRAFT_2020_12.uri: DRAFT_2020_12,
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
        .replace("https://json-schema.org/draft-07", "http://json-schema.org/draft-07")
    )
    if (dialect := _SPELLINGS.get(spelling)) is None:
        raise UnsupportedSchemaError(f"draft {draft!r} is not supported: say 7 or 2020-12")
    return dialect


def dialect_for(draft: object, *schemas: Json) -> Dialect:
    """The dialect that is named, else the one that the first `$schema` names, else 2020-12."""
    if draft is not None:
        return dialect_named(draft)
    for schema in schemas:
        if isinstance(schema, dict) and "$schema" in schema:
            return dialect_named(schema["$schema"])
    return DRAFT_2020_12

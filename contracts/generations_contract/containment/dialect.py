"""The drafts that are understood.

No containment is decided here. A draft is data: which validators speak it; what the keywords mean is in the
package `terms`, and where schemas sit inside schemas in `api.subschemas`.
"""

import re
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
    def is_spoken(self) -> bool:
        """Whether schemas are read as they are; those of other drafts are converted first."""
        return self.rust_draft in (jsonschema_rs.Draft7, jsonschema_rs.Draft202012)

    @property
    def is_modern(self) -> bool:
        """Whether `$ref` has siblings and arrays have `prefixItems`."""
        return self.rust_draft == jsonschema_rs.Draft202012


DRAFT_4: Final = Dialect(
    "draft-04",
    "http://json-schema.org/draft-04/schema",
    jsonschema_rs.Draft4Validator,
    jsonschema_rs.Draft4,
    jsonschema.Draft4Validator,
)
DRAFT_6: Final = Dialect(
    "draft-06",
    "http://json-schema.org/draft-06/schema",
    jsonschema_rs.Draft6Validator,
    jsonschema_rs.Draft6,
    jsonschema.Draft6Validator,
)
DRAFT_7: Final = Dialect(
    "draft-07",
    "http://json-schema.org/draft-07/schema",
    jsonschema_rs.Draft7Validator,
    jsonschema_rs.Draft7,
    jsonschema.Draft7Validator,
)
DRAFT_2019_09: Final = Dialect(
    "2019-09",
    "https://json-schema.org/draft/2019-09/schema",
    jsonschema_rs.Draft201909Validator,
    jsonschema_rs.Draft201909,
    jsonschema.Draft201909Validator,
)
DRAFT_2020_12: Final = Dialect(
    "2020-12",
    "https://json-schema.org/draft/2020-12/schema",
    jsonschema_rs.Draft202012Validator,
    jsonschema_rs.Draft202012,
    jsonschema.Draft202012Validator,
)
_SPELLINGS: Final = {
    **{
        spelling: dialect
        for number, dialect in (("4", DRAFT_4), ("6", DRAFT_6))
        for spelling in (
            number,
            f"0{number}",
            *(f"draft{s}{n}" for s in ("", "-") for n in (number, f"0{number}")),
        )
    },
    **dict.fromkeys(
        ("2019", "201909", "2019-09", "draft2019-09", "draft-2019-09", "draft201909"), DRAFT_2019_09
    ),
    DRAFT_4.uri: DRAFT_4,
    DRAFT_6.uri: DRAFT_6,
    DRAFT_2019_09.uri: DRAFT_2019_09,
    # The dialect of OpenAPI adds words that no validator asserts.
    "https://spec.openapis.org/oas/3.1/dialect/base": DRAFT_2020_12,
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
    spelling = str(draft).strip().lower().rstrip("#")
    # The older addresses begin with http, and are often written with https.
    spelling = re.sub(r"^https(?=://json-schema\.org/draft-0)", "http", spelling)
    if (dialect := _SPELLINGS.get(spelling)) is None:
        raise UnsupportedSchemaError(f"draft {draft!r} is not supported: say 4, 6, 7, 2019-09 or 2020-12")
    return dialect


def dialect_for(draft: object, *schemas: Json) -> Dialect:
    """The dialect that is named, else the one that the first `$schema` names, else 2020-12."""
    if draft is not None:
        return dialect_named(draft)
    for schema in schemas:
        if isinstance(schema, dict) and "$schema" in schema:
            return dialect_named(schema["$schema"])
    return DRAFT_2020_12
